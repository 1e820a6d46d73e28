"""An hour of a real zny-nomp: throttled at 05:39:44, paused at 05:45:28, stopped at 05:50:10, again at 05:57:08."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from verifier.observation import Observation, RateSeen, Silence, SilenceReason, WorkersSeen, WorkSeen
from verifier.sources import nomp
from verifier.sources.recording import Exchange, retell
from verifier.talk import Http, Reply
from verifier.units import HASHES_PER_DIFFICULTY, Window

CAPTURED = Path(__file__).parents[1] / "stories" / "captured" / "nomp.jsonl.gz"
ADDRESS = "bcrt1qnrn4tljjlqf7hj4u27y9rhhdz7fk93gl7sydjz"
PATHS = {"stats": "/stats", "pool_stats": "/pool_stats", "worker_stats_contract": f"/worker_stats?{ADDRESS}"}
REST = {"kind": "nomp", "url": "https://pool.example.org/api", "coin": "BTC", "algorithm": "sha256d"}


def at(clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-20T{clock}").replace(tzinfo=UTC)


@cache
def answers() -> tuple[Exchange, ...]:
    lines = [json.loads(line) for line in gzip.decompress(CAPTURED.read_bytes()).splitlines()]
    return tuple(
        Exchange(
            ask=Http(path=PATHS[line["ep"]]),
            reply=Reply(
                status=line["status"],
                headers={},
                body=line["body"].encode(),
                received_at=datetime.fromisoformat(line["ts"]),
            ),
        )
        for line in lines
        if line["ep"] in PATHS
    )


def heard(question: str, clock: str, *, reach: timedelta = timedelta(hours=4)) -> tuple[Observation, ...]:
    """What a question brings at a moment, told with the newest answers of the two minutes before it."""
    now = at(clock)
    account = nomp.NompAccount.model_validate({**REST, "address": ADDRESS})
    latest = [one for one in answers() if now - timedelta(minutes=2) < one.reply.received_at <= now][::-1]
    window = Window(start=now - reach, end=latest[0].reply.received_at)
    return tuple(retell(nomp.SOURCE.question(question).talk(account, window), latest))


def difficulty(seen: tuple[Observation, ...], worker: str | None) -> dict[str, float]:
    return {
        f"{one.end:%H:%M}": one.hashes / HASHES_PER_DIFFICULTY
        for one in seen
        if isinstance(one, WorkSeen) and one.worker == worker
    }


def test_the_slots_of_a_worker_tell_throttle_pause_absence_and_return() -> None:
    told = difficulty(heard("history", "06:05:40"), "contract-a")
    assert list(told) == ["05:45", "05:50", "05:55", "06:00"]
    assert told["05:50"] < 0.1 * told["05:45"], "paused 28 seconds into the slot"
    assert told["05:55"] == 0, "gone, and the pool went on sampling"
    assert told["06:00"] == pytest.approx(0.6), "back at 05:57:08, for 172 of 300 seconds"


def test_the_slots_of_the_address_are_those_of_its_workers_together() -> None:
    seen = heard("history", "06:05:40")
    whole, parts = difficulty(seen, None), [difficulty(seen, name) for name in ("contract-a", "contract-b")]
    assert whole == {end: pytest.approx(sum(part[end] for part in parts)) for end in whole}


def test_what_was_told_of_a_slot_is_told_again_later() -> None:
    last = difficulty(heard("history", "06:05:40"), None)
    for clock in ("05:46:40", "05:51:40", "05:56:40", "06:01:40"):
        told = difficulty(heard("history", clock), None)
        assert told
        assert told == {end: last[end] for end in told}


def test_before_the_pool_ran_for_a_whole_window_no_slot_is_told() -> None:
    """It began at 05:36:51, so the slot that ends at 05:40 was not seen whole."""
    assert difficulty(heard("history", "05:41:00"), None) == {}


def test_a_worker_that_stopped_leaves_the_list_and_the_address_is_zero() -> None:
    seen = heard("now", "05:57:00")
    assert [one.per_second for one in seen if isinstance(one, RateSeen)] == [0.0]
    assert [one.workers for one in seen if isinstance(one, WorkersSeen)] == [()]


def test_shares_of_a_name_that_only_begins_like_the_address_are_nobodys() -> None:
    """The server answers `?bcrt1` with somebody's workers."""
    account = nomp.NompAccount.model_validate({**REST, "address": ADDRESS[:24]})
    exchange = next(one for one in answers() if one.ask == Http(path=f"/worker_stats?{ADDRESS}"))
    asked = Exchange(ask=Http(path=f"/worker_stats?{ADDRESS[:24]}"), reply=exchange.reply)
    moment = exchange.reply.received_at
    (said,) = retell(nomp.history.talk(account, Window(start=moment, end=moment)), [asked])
    assert isinstance(said, Silence)
    assert said.reason is SilenceReason.NEVER_SEEN
