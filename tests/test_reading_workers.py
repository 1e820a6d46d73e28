"""Workers and figures that an answer tells twice, and words for a worker's state."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from verifier.errors import Misread
from verifier.observation import (
    BalanceSeen,
    RateSeen,
    WorkerPresence,
    WorkersSeen,
    WorkerState,
    WorkSeen,
)
from verifier.reading import presence, told_once
from verifier.units import Amount

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def rate(worker: str | None, per_second: float) -> RateSeen:
    return RateSeen(worker=worker, at=AT, per_second=per_second, window=timedelta(hours=1))


def test_what_is_told_twice_counts_once_and_what_contradicts_itself_not_at_all() -> None:
    balance = BalanceSeen(at=AT, amount=Amount(atoms=1))
    work = WorkSeen(end=AT, hashes=5.0)
    whole = [rate(None, 3.0), rate("a", 1.0), rate("a", 1.0), rate("b", 1.0), rate("b", 2.0), rate("b", 1.0)]
    told = told_once([*whole, work, replace(work, hashes=6.0), balance, balance])
    assert told == (rate(None, 3.0), rate("a", 1.0), balance, balance)


def test_sessions_of_one_name_are_one_worker_who_is_online_if_one_of_them_is() -> None:
    on, off = WorkerPresence.ONLINE, WorkerPresence.OFFLINE
    listed = WorkersSeen(
        at=AT,
        workers=(
            WorkerState(name="a", presence=off, last_share=AT),
            WorkerState(name="b", presence=on),
            WorkerState(name="a", presence=on, sessions=2, last_share=AT - timedelta(hours=1)),
        ),
    )
    (told,) = told_once([listed])
    assert isinstance(told, WorkersSeen)
    assert told.workers == (
        WorkerState(name="a", presence=on, sessions=3, last_share=AT),
        WorkerState(name="b", presence=on),
    )


def test_a_word_for_a_workers_state_that_nobody_knows_is_no_absence() -> None:
    assert presence("ACTIVE", "active") is WorkerPresence.ONLINE
    assert presence("Inactive", "active") is WorkerPresence.OFFLINE
    with pytest.raises(Misread, match="not known: 'resting'"):
        presence("resting", "active")
