"""The channels: a literal table. One more is one file with its row, one golden message, one line here."""

from typing import Final, TypeAlias

from verifier.outlets.channels import email, webhook
from verifier.outlets.channels.email import EmailChannel
from verifier.outlets.channels.webhook import WebhookChannel
from verifier.outlets.delivery import ChannelKind

__all__ = ["CHANNELS", "Channel", "EmailChannel", "WebhookChannel", "kind_of"]

CHANNELS: Final = (email.KIND, webhook.KIND)

Channel: TypeAlias = EmailChannel | WebhookChannel


def kind_of(channel: Channel) -> ChannelKind:
    """The row that can send through a configured channel."""
    return next(kind for kind in CHANNELS if isinstance(channel, kind.Settings))
