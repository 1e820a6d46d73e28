"""The server with certificates, over real TLS: versions, clients, and a new certificate while it runs."""

import ssl
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import ClientSession
from aiohttp.client_exceptions import ClientError

from tests.outlets import certificates, pictures
from tests.outlets.conftest import Reloading, app_of
from verifier.outlets.access import Access, Tls
from verifier.outlets.server import Server

pytestmark = pytest.mark.needs("openssl")


@pytest.fixture
def ca(tmp_path: Path) -> Path:
    return certificates.authority(tmp_path)


@pytest.fixture
def tls(ca: Path) -> Tls:
    certificate, key = certificates.signed(ca.parent, "server")
    return Tls(cert_file=certificate, key_file=key)


@pytest.fixture
async def server(tls: Tls, reloading: Reloading) -> AsyncGenerator[Server]:
    one = Server(app_of(pictures.every_result(), reloading, Access(tls=tls)), "127.0.0.1:0")
    await one.open()
    yield one
    await one.close()


async def status(client: ClientSession, server: Server, context: ssl.SSLContext) -> int:
    async with client.get(f"{server.url}/-/ready", ssl=context, headers={"Connection": "close"}) as answer:
        return answer.status


async def test_pages_are_encrypted_and_nothing_is_answered_in_the_clear(
    client: ClientSession, server: Server, ca: Path
) -> None:
    assert server.url.startswith("https://")
    assert await status(client, server, certificates.trusting(ca)) == 200
    with pytest.raises(ClientError):
        await client.get(server.url.replace("https:", "http:"))


async def test_an_older_version_than_written_is_refused(
    client: ClientSession, server: Server, ca: Path, tls: Tls
) -> None:
    await server.apply(Access(tls=replace(tls, min_version="TLS13")))
    old = certificates.trusting(ca)
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises(ClientError):
        await status(client, server, old)
    assert await status(client, server, certificates.trusting(ca)) == 200


async def test_a_client_without_a_certificate_is_kept_out(
    client: ClientSession, server: Server, ca: Path, tls: Tls
) -> None:
    known = certificates.trusting(ca, certificates.signed(ca.parent, "prometheus"))
    asked = replace(tls, client_auth_type="RequireAndVerifyClientCert", client_ca_file=ca)
    assert Access(tls=asked).guarded
    await server.apply(Access(tls=asked))
    assert await status(client, server, known) == 200
    with pytest.raises((ClientError, OSError)):
        await status(client, server, certificates.trusting(ca))
    await server.apply(Access(tls=replace(asked, client_auth_type="VerifyClientCertIfGiven")))
    assert await status(client, server, certificates.trusting(ca)) == 200


async def test_a_renewed_certificate_is_served_at_the_same_address(
    client: ClientSession, server: Server, ca: Path, tls: Tls, tmp_path: Path
) -> None:
    before = server.url
    other = tmp_path / "other"
    other.mkdir()
    newer = certificates.authority(other)
    certificate, key = certificates.signed(other, "server")
    with pytest.raises(ClientError):
        await status(client, server, certificates.trusting(newer))
    await server.apply(Access(tls=Tls(cert_file=certificate, key_file=key)))
    assert await status(client, server, certificates.trusting(newer)) == 200
    assert server.url == before


async def test_a_certificate_that_is_gone_changes_nothing(
    client: ClientSession, server: Server, ca: Path, tls: Tls
) -> None:
    with pytest.raises(OSError, match="No such file"):
        await server.apply(Access(tls=replace(tls, cert_file=ca.with_name("gone.pem"))))
    assert await status(client, server, certificates.trusting(ca)) == 200
