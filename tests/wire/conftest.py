"""A door with a counting clock and jitter that always draws one half."""

import ssl
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.wire.far_end import CountingClock
from verifier.wire import Wire


@pytest.fixture
def clock() -> CountingClock:
    return CountingClock()


@pytest.fixture
async def wire(clock: CountingClock) -> AsyncIterator[Wire]:
    async with Wire(clock, connect_timeout=2, read_timeout=1.0, total_timeout=5, jitter=lambda: 0.5) as door:
        yield door


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1, which is its own authority."""
    folder = tmp_path_factory.mktemp("tls")
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1 "
        "-addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem"
    )
    subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    return folder / "cert.pem"


@pytest.fixture(scope="session")
def server_context(authority: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority, authority.with_name("key.pem"))
    return context
