"""The table of channels: each has a golden message, and knows what it is configured with."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from tests.outlets.changes import KINDS, PICTURE
from tests.outlets.channels.far_end import email, webhook
from verifier.ledger.records import Message
from verifier.outlets import messages
from verifier.outlets.channels import CHANNELS, Channel, kind_of
from verifier.outlets.channels.email import mail
from verifier.outlets.channels.webhook import signed

NOW: Final = datetime(2026, 11, 20, 8, 20, tzinfo=UTC)
HOOK: Final = webhook("https://hooks.example.org/hashrate")


class _Text(SingleFileSnapshotExtension):
    _write_mode = WriteMode.TEXT
    file_extension = "txt"


def _message() -> Message:
    content = messages.write(KINDS["source_misread"], PICTURE, NOW)
    return Message(
        id="0123456789abcdef", channel="me", created_at=NOW, content={**content, "recipients": ["me@example.org"]}
    )


def _mail() -> str:
    letter = mail(_message(), email(587))
    parts = [f"[{part.get_content_type()}]\n{part.get_content()}" for part in letter.iter_parts()]
    return "\n".join([*(f"{name}: {value}" for name, value in letter.items()), "", *parts])


def _webhook() -> str:
    ask = signed(_message(), HOOK, NOW)
    assert isinstance(ask.body, bytes)
    return "\n".join([*(f"{name}: {value}" for name, value in ask.headers.items()), "", ask.body.decode(), ""])


SHOWN: Final[dict[str, Callable[[], str]]] = {"email": _mail, "webhook": _webhook}


@pytest.mark.parametrize("kind", [row.kind for row in CHANNELS])
def test_every_channel_has_a_golden_message(kind: str, snapshot: SnapshotAssertion) -> None:
    assert SHOWN[kind]().replace("\r\n", "\n") == snapshot(extension_class=_Text)


@pytest.mark.parametrize("channel", [email(587), HOOK])
def test_a_configured_channel_finds_its_row_and_shows_no_secret(channel: Channel) -> None:
    row = kind_of(channel)
    assert isinstance(channel, row.Settings)
    assert row.recipients(channel) in {("me@example.org",), ("hooks.example.org",)}
