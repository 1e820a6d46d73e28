"""A private certificate authority, a door, and a message to send."""

import ssl
import subprocess
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.outlets.changes import KINDS, PICTURE
from verifier.clock import SteppedClock
from verifier.ledger.records import Message
from verifier.outlets import messages
from verifier.wire import Wire


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1, which is its own authority."""
    folder = tmp_path_factory.mktemp("mail-tls")
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1 "
        "-addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem"
    )
    subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    return folder / "cert.pem"


@pytest.fixture(scope="session")
def tls(authority: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority, authority.with_name("key.pem"))
    return context


@pytest.fixture
def now() -> datetime:
    """Real time: the library that verifies webhooks compares it with its own."""
    return datetime.now(UTC)


@pytest.fixture
async def wire(now: datetime) -> AsyncIterator[Wire]:
    async with Wire(SteppedClock(now), connect_timeout=2, read_timeout=2, total_timeout=5) as door:
        yield door


@pytest.fixture
def message(now: datetime) -> Message:
    content = messages.write(KINDS["hashrate_too_little"], PICTURE, now)
    return Message(
        id="0123456789abcdef", channel="me", created_at=now, content={**content, "recipients": ["me@example.org"]}
    )
