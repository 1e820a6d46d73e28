"""The configuration as people write it, read into what the daemon runs by.

Its names are looked up when they are first used: ``verifier audit`` reads promises alone, and a year of them in a
second, imports included.
"""

# ruff: noqa: TC004 - the names are for the types; what runs is looked up
import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
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

_PLACES: Final = {
    "Alarm": "verifier.settings.model",
    "Channel": "verifier.outlets.channels",
    "ConfiguredAccount": "verifier.settings.model",
    "EmailChannel": "verifier.outlets.channels",
    "Flags": "verifier.settings.flags",
    "Heartbeat": "verifier.settings.model",
    "Settings": "verifier.settings.model",
    "Show": "verifier.settings.model",
    "Web": "verifier.settings.model",
    "WebhookChannel": "verifier.outlets.channels",
    "check_reach": "verifier.settings.web_config",
    "load": "verifier.settings.load",
    "read_web_config": "verifier.settings.web_config",
    "schema": "verifier.settings.schema",
    "show": "verifier.settings.written",
    "undated_changes": "verifier.settings.amendments",
}

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


class _Room(ModuleType):
    """A module of this room that is called like what it holds does not take its place."""

    def __getattr__(self, name: str) -> Any:
        if name not in _PLACES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_PLACES[name]), name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in _PLACES or not isinstance(value, ModuleType):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Room
