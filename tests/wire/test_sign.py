from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from aiohttp import web

from tests.wire.far_end import KEY, NOON, TOKEN, CountingClock, Pool, served
from verifier.talk import Ask, Http
from verifier.wire import Destination, Wire


def sign(ask: Ask, secrets: Mapping[str, str], now: datetime, nonce: int) -> Ask:
    assert isinstance(ask, Http)
    assert ask.headers == {"Key": TOKEN}
    return replace(ask, query={"at": now.isoformat(), "nonce": str(nonce), "length": str(len(secrets["token"]))})


def signing(url: str) -> Destination:
    return Destination(name="market", url=url, secrets={"token": KEY}, allow_private=True, sign=sign)


NOW = Http(path="/", headers={"Key": TOKEN})
MILLIS = int(NOON.timestamp() * 1000)


async def test_a_signature_knows_the_key_the_time_of_the_host_and_a_nonce(wire: Wire) -> None:
    far = Pool(web.Response(headers={"Date": "Sun, 01 Mar 2026 12:05:00 GMT"}))
    async with served(far) as url:
        await wire.ask(signing(url), NOW)
        await wire.ask(signing(url), NOW)
    first, second = (request.query for request in far.asked)
    assert (first["at"], first["nonce"], first["length"]) == (NOON.isoformat(), str(MILLIS), str(len(KEY)))
    assert second["at"] == (NOON + timedelta(minutes=5)).isoformat()


async def test_a_nonce_never_goes_back(wire: Wire, clock: CountingClock) -> None:
    far = Pool(
        web.Response(headers={"Date": "Sun, 01 Mar 2026 12:00:01 GMT"}), web.Response(status=500), web.Response()
    )
    async with served(far) as url:
        there = signing(url)
        await wire.ask(there, NOW, nonce=MILLIS + 50)
        clock.set(NOON - timedelta(days=1))
        await wire.ask(there, NOW)
    nonces = [int(request.query["nonce"]) for request in far.asked]
    assert nonces[0] == MILLIS + 50
    assert nonces == sorted(set(nonces))
    assert len(nonces) == 3
    assert wire.nonces == {"market": nonces[-1]}


@pytest.mark.parametrize("date", ["Sun, 01 Mar 2026 12:00:01 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "no date", ""])
async def test_neither_rounding_nor_a_broken_clock_corrects_the_time(wire: Wire, date: str) -> None:
    far = Pool(web.Response(headers={"Date": date}))
    async with served(far) as url:
        await wire.ask(signing(url), NOW)
        await wire.ask(signing(url), NOW)
    assert far.asked[1].query["at"] == NOON.isoformat()
