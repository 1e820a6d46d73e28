"""What each source said last is shown as it was said; what was not said is not shown as zero."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.daemon.judged import START
from verifier.contract import Watch
from verifier.daemon.seen import Seen
from verifier.observation import (
    Exactness,
    RateSeen,
    Silence,
    SilenceReason,
    WorkerPresence,
    WorkersSeen,
    WorkerState,
    WorkSeen,
)
from verifier.outlets.picture import QuestionView

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NOW = QuestionView(name="now", every_seconds=60.0)
WHOLE, PART = Watch(account="pool"), Watch(account="pool", workers="north.*")


def rate(per_second: float, window: timedelta, worker: str | None = None) -> RateSeen:
    return RateSeen(worker=worker, at=START, per_second=per_second, window=window)


def test_of_several_averages_the_one_nearest_to_an_hour_is_shown() -> None:
    seen = Seen()
    seen.hear(NOW, [rate(1.0, MINUTE), rate(2.0, HOUR), rate(3.0, 24 * HOUR)], START)
    assert seen.rate(WHOLE) == (2.0, 3600.0)
    assert seen.exactness is Exactness.AVERAGE
    seen.hear(NOW, [WorkSeen(end=START, hashes=1.0)], START)
    assert (seen.exactness, seen.rate(WHOLE)) == (Exactness.COUNT, (2.0, 3600.0))


@pytest.mark.parametrize("said", [Exactness.AVERAGE, Exactness.DISPLAY])
def test_how_exact_work_is_says_the_work_itself(said: Exactness) -> None:
    seen = Seen()
    seen.hear(NOW, [WorkSeen(start=START - HOUR, end=START, hashes=1.0, exactness=said)], START)
    assert seen.exactness is said
    seen.hear(NOW, [rate(1.0, HOUR)], START)
    assert seen.exactness is said, "an answer about something else changes nothing"
    seen.hear(NOW, [WorkSeen(end=START, hashes=1.0)], START)
    assert seen.exactness is Exactness.COUNT, "a counter beside it is the better word"


def test_a_part_of_an_account_is_the_sum_of_its_workers() -> None:
    seen = Seen()
    assert (seen.rate(PART), seen.online(PART)) == ((None, None), None)
    seen.hear(NOW, [rate(9.0, HOUR), *(rate(2.0, HOUR, name) for name in ("north.1", "north.2", "south.1"))], START)
    assert (seen.rate(WHOLE)[0], seen.rate(PART)[0]) == (9.0, 4.0)


def test_workers_online_are_counted_for_their_watch() -> None:
    seen, online = Seen(), WorkerPresence.ONLINE
    states = [WorkerState(name=name, presence=online) for name in ("north.1", "north.2", "south.1")]
    states[1] = replace(states[1], presence=WorkerPresence.OFFLINE)
    seen.hear(NOW, [WorkersSeen(at=START, workers=tuple(states))], START)
    assert (seen.online(WHOLE), seen.online(PART)) == (2, 1)


def test_a_silence_keeps_since_when_and_an_answer_ends_it() -> None:
    seen, silence = Seen(), Silence(at=START, reason=SilenceReason.UNREACHABLE, detail="no route")
    seen.hear(NOW, [], START)
    for minutes in (1, 2):
        seen.hear(seen.questions["now"], [silence], START + minutes * MINUTE)
    view = seen.questions["now"]
    assert (view.silent_since, view.silence, view.detail) == (START + MINUTE, "unreachable", "no route")
    assert (view.last_answered_at, view.last_asked_at) == (START, START + 2 * MINUTE)
    assert (seen.last_answered_at, seen.watched_since) == (START, START)
    seen.hear(view, [], START + HOUR)
    assert (seen.questions["now"].silence, seen.questions["now"].silent_since) == (None, None)
