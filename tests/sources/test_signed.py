"""The door's part of a signed conversation, once, with a source that signs: patience, the clock, a new key."""

from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

from aiohttp import web

from tests.wire.far_end import NOON, CountingClock, Pool, served
from verifier.daemon.asking import Landed, Line, ask
from verifier.observation import BalanceSeen, SilenceReason
from verifier.settings.model import ConfiguredAccount
from verifier.sources import SOURCES
from verifier.wire import Wire

GOOD = (Path(__file__).parent / "recorded" / "viabtc" / "balance" / "good" / "1.body").read_bytes()
KEYS = {"key": "a-key-of-mine", "secret": "a-secret-of-mine"}
AHEAD = timedelta(minutes=7)


def answer(status: int = 200, **headers: str) -> web.Response:
    dated = {"Date": format_datetime(NOON + AHEAD, usegmt=True), "Content-Type": "application/json"}
    return web.Response(status=status, body=GOOD, headers={**dated, **headers})


def line(url: str, keys: dict[str, str]) -> Line:
    source = SOURCES["viabtc"]
    account = source.Account.model_validate({"kind": "viabtc", "url": url, "allow_private": True, "pace": 0})
    return Line.to(ConfiguredAccount(name="via", source=source, account=account, secrets=keys))


async def balance(wire: Wire, of: Line) -> Landed:
    return await ask(wire, of, of.configured.source.question("balance"), None, wire.clock.now())


async def test_it_waits_as_told_and_signs_anew_by_the_hosts_clock() -> None:
    clock, far = CountingClock(), Pool(answer(429, **{"Retry-After": "3"}), answer())
    async with served(far) as url, Wire(clock) as wire:
        landed = await balance(wire, line(url, KEYS))
    assert any(isinstance(one, BalanceSeen) for one in landed.observations)
    assert clock.pauses == [3.0]
    first, second = (request.query["tonce"] for request in far.asked)
    assert int(second) - int(first) == (AHEAD + timedelta(seconds=3)).total_seconds() * 1000
    assert far.asked[0].headers["X-SIGNATURE"] != far.asked[1].headers["X-SIGNATURE"]
    assert {request.headers["X-API-KEY"] for request in far.asked} == {KEYS["key"]}
    assert not any(secret in repr((landed.exchanges, landed.line)) for secret in KEYS.values())


async def test_a_key_that_is_no_longer_accepted_is_refused_and_a_new_one_goes_at_once() -> None:
    clock, far = CountingClock(), Pool(answer(401), answer())
    async with served(far) as url, Wire(clock) as wire:
        old = await balance(wire, line(url, KEYS))
        new = await balance(wire, line(url, {**KEYS, "secret": "a-newer-secret"}))
    assert (old.failure, new.failure) == (SilenceReason.REFUSED, None)
    assert len(far.asked) == 2, "a refused key is not tried again in the same breath"
    assert clock.pauses == []
