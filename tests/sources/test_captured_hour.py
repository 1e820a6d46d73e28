"""An hour of real servers, asked each minute: what the sources make of throttles, pauses, crashes and restarts."""

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from verifier.errors import SourceError, Unreachable
from verifier.observation import Observation, RateSeen, Silence, SilenceReason, WorkersSeen, WorkSeen
from verifier.sources import SOURCES
from verifier.sources.recording import Exchange, retell
from verifier.talk import Http, Reply
from verifier.units import HASHES_PER_DIFFICULTY, Window

CAPTURED = Path(__file__).parent / "captured"
ADDRESS = "bcrt1qnrn4tljjlqf7hj4u27y9rhhdz7fk93gl7sydjz"
PATHS = {
    "users_contract": f"/users/{ADDRESS}",
    "pool.status": "/pool/pool.status",
    "client_contract": f"/client/{ADDRESS}",
}


def at(clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-20T{clock}").replace(tzinfo=UTC)


@cache
def answers(pool: str) -> tuple[tuple[datetime, Exchange], ...]:
    lines = [json.loads(line) for line in gzip.decompress((CAPTURED / f"{pool}.jsonl.gz").read_bytes()).splitlines()]
    return tuple(
        (
            moment := datetime.fromisoformat(line["ts"]),
            Exchange(
                ask=Http(path=PATHS[line["ep"]]),
                reply=Reply(
                    status=line["status"],
                    headers={"last-modified": line["lm"]} if line["lm"] else {},
                    body=line["body"].encode(),
                    received_at=moment,
                ),
            ),
        )
        for line in lines
        if line["ep"] in PATHS and line["status"]  # 0: nobody answered
    )


def heard(pool: str, kind: str, now: datetime) -> tuple[Observation, ...] | SourceError:
    """What question ``now`` brings at a moment: the answers of the ten seconds before it, or nobody answers."""
    source = SOURCES[kind]
    account = source.Account.model_validate({"kind": kind, "address": ADDRESS})
    latest = [exchange for moment, exchange in answers(pool) if now - timedelta(seconds=15) < moment <= now]
    try:
        return tuple(retell(source.question("now").talk(account, Window(start=now, end=now)), latest[::-1]))
    except SourceError as error:
        return error


def minutes(start: str, end: str) -> Iterator[datetime]:
    now = at(start)
    while now <= at(end):
        yield now
        now += timedelta(minutes=1)


def test_the_counter_of_a_worker_only_grows_and_ends_with_all_its_work() -> None:
    readings = [
        observation
        for now in minutes("05:31:00", "06:05:00")
        if isinstance(seen := heard("ckpool-lhr", "ckpool", now), tuple)
        for observation in seen
        if isinstance(observation, WorkSeen) and observation.worker == "contract-a"
    ]
    hashes = [reading.hashes for reading in readings]
    assert hashes == sorted(hashes)
    assert {reading.epoch for reading in readings} == {"1795152619"}, "a restart of the pool is no new counter"
    assert hashes[-1] == pytest.approx(3.882999999999973 * HASHES_PER_DIFFICULTY)


def test_a_pool_killed_behind_its_web_server_is_silent_within_three_minutes_and_counts_nothing() -> None:
    killed = at("05:55:00")
    seen = heard("ckpool", "ckpool", killed + timedelta(minutes=2))
    assert isinstance(seen, tuple)
    (said,) = seen
    assert isinstance(said, Silence)
    assert said.reason is SilenceReason.STALE
    assert said.at < killed + timedelta(minutes=3)
    assert "05:54:27" in said.detail


def test_the_pool_is_heard_again_after_its_restart() -> None:
    seen = heard("ckpool", "ckpool", at("05:59:00"))
    assert isinstance(seen, tuple)
    assert WorkSeen in {type(observation) for observation in seen}


@pytest.mark.parametrize("now", list(minutes("05:30:30", "06:05:00")), ids=str)
def test_no_connection_is_counted_twice(now: datetime) -> None:
    """The miners ran at most three workers at a time, and never above 45 MH/s together."""
    seen = heard("public-pool", "public_pool", now)
    if isinstance(seen, tuple):
        assert sum(rate.per_second for rate in seen if isinstance(rate, RateSeen)) < 45e6


def test_ghosts_of_a_crash_are_not_added_to_the_new_connections() -> None:
    for now in minutes("05:57:00", "06:00:00"):
        seen = heard("public-pool", "public_pool", now)
        assert isinstance(seen, tuple)
        listed = next(observation for observation in seen if isinstance(observation, WorkersSeen))
        sessions = {worker.name: worker.sessions for worker in listed.workers}
        assert sessions["contract-b"] == sessions["worker"] == 1
        assert (listed.connected or 0) >= sum(sessions.values())


def test_a_pool_that_crashed_with_its_node_is_unreachable_and_never_zero() -> None:
    assert isinstance(heard("public-pool", "public_pool", at("05:54:00")), Unreachable)


def test_a_worker_that_disconnects_leaves_the_list_at_once() -> None:
    def names(clock: str) -> set[str]:
        seen = heard("public-pool", "public_pool", at(clock))
        assert isinstance(seen, tuple)
        return {w.name for observation in seen if isinstance(observation, WorkersSeen) for w in observation.workers}

    assert "contract-a" in names("05:45:20")
    assert "contract-a" not in names("05:45:50")
