"""Webhooks as in Standard Webhooks 1.0: one signed POST per attempt, the same id on every attempt."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from standardwebhooks.webhooks import Webhook

from verifier.errors import SourceError
from verifier.ledger.records import Message
from verifier.outlets.delivery import ChannelKind, Dead, Later, Result, Sent
from verifier.talk import Http, Reply

if TYPE_CHECKING:
    from verifier.wire import Wire

_PREFIX: Final = "whsec_"
#: Nothing in an answer is read but its status and headers.
_CAP: Final = 65_536


def can_sign(key: str) -> bool:
    """Whether a key is ``whsec_`` and the base64 of 24 to 64 bytes; the library would take any text."""
    try:
        return key.startswith(_PREFIX) and 24 <= len(base64.b64decode(key[len(_PREFIX) :], validate=True)) <= 64
    except (binascii.Error, ValueError):
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookChannel:
    """Signed POSTs to one URL. ``secrets`` are one or two ``whsec_`` keys: both sign while a key is being replaced.

    Raises ValueError for a key that cannot sign.
    """

    name: str
    url: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    allow_private: bool = False
    origins: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.secrets or not all(map(can_sign, self.secrets)):
            raise ValueError(f"{self.name}: a key is {_PREFIX} and the base64 of 24 to 64 bytes")

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""


def recipients(channel: WebhookChannel) -> tuple[str, ...]:
    """The host alone: the path of such an address is often all that guards it."""
    return (channel.host,)


def signed(message: Message, channel: WebhookChannel, now: datetime) -> Http:
    """The POST of one attempt at ``now``."""
    body = json.dumps(message.content["payload"], separators=(",", ":"), allow_nan=False)
    signatures = (Webhook(key).sign(message.id, now, body) for key in channel.secrets)
    return Http(
        path="",
        method="POST",
        headers={
            "Content-Type": "application/json",
            "webhook-id": message.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(signatures),
        },
        body=body.encode(),
        repeatable=False,
    )


async def send(message: Message, channel: WebhookChannel, wire: "Wire", now: datetime) -> Result:
    """One attempt. Any 2xx is delivered, 410 means that nobody wants this any more, all else is tried again."""
    from verifier.wire import Destination  # heavy, and needless where a file is only read

    # Named as a secret, the address is hidden in all texts and each channel has a pace of its own.
    destination = Destination(
        name=channel.name,
        url=channel.url,
        secrets={"address": channel.url},
        allow_private=channel.allow_private,
        follow_redirects=False,
    )
    try:
        reply = await wire.ask(destination, signed(message, channel, now), cap=_CAP)
    except SourceError as error:
        return Later(reason=str(error), after=max(timedelta(0), wire.not_before(destination) - now))
    return _result(reply, channel.host)


def _result(reply: Reply, host: str) -> Result:
    from verifier.wire.pace import retry_after

    if 200 <= reply.status < 300:
        return Sent()
    if reply.status == HTTPStatus.GONE:
        return Dead(reason=f"{host} answered 410: this address wants no more messages")
    if 300 <= reply.status < 400:
        return Later(reason=f"{host} answered {reply.status}: redirects are not followed, write the final address")
    wanted = retry_after(reply.headers, reply.received_at)
    return Later(reason=f"{host} answered {reply.status}", after=timedelta(seconds=wanted or 0.0))


KIND: Final = ChannelKind(kind="webhook", Settings=WebhookChannel, recipients=recipients, send=send)
