"""The configuration as people write it, read into what the daemon runs by."""

from verifier.outlets.channels import Channel, EmailChannel, WebhookChannel
from verifier.settings.amendments import undated_changes
from verifier.settings.flags import Flags
from verifier.settings.load import load
from verifier.settings.model import (
    Alarm,
    ConfiguredAccount,
    Heartbeat,
    Settings,
    Show,
    Web,
)
from verifier.settings.schema import schema
from verifier.settings.web_config import check_reach, read_web_config
from verifier.settings.written import show

__all__ = [
    "Alarm",
    "Channel",
    "ConfiguredAccount",
    "EmailChannel",
    "Flags",
    "Heartbeat",
    "Settings",
    "Show",
    "Web",
    "WebhookChannel",
    "check_reach",
    "load",
    "read_web_config",
    "schema",
    "show",
    "undated_changes",
]
