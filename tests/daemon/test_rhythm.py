"""Each question is asked at its own pace, slower where it fails, and never before the host wants to be asked."""

from datetime import UTC, datetime, timedelta

import pytest

from verifier.daemon.rhythm import Rhythm
from verifier.observation import SilenceReason
from verifier.talk import Http, Question, Talk

NOW = datetime(2026, 11, 20, 8, 33, 40, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
KEY = ("pool", "now")


def talk() -> Talk:
    yield Http(path="/")
    return ()


def question(every: timedelta = MINUTE, phase: timedelta | None = None) -> Question:
    return Question(name="now", sees=frozenset(), every=every, talk=talk, phase=phase)


def pauses(*failures: SilenceReason | None, every: timedelta = MINUTE) -> list[timedelta]:
    rhythm, found = Rhythm(), []
    for failure in failures:
        rhythm.after(KEY, NOW, question(every), failure, NOW)
        moment = rhythm.next_at()
        assert moment is not None
        found.append(moment - NOW)
        assert rhythm.take_due(moment) == [KEY]
    return found


def test_a_refused_key_is_asked_again_after_an_hour_six_hours_and_then_daily() -> None:
    refused = SilenceReason.REFUSED
    assert pauses(refused, refused, refused, refused, None) == [HOUR, 6 * HOUR, 24 * HOUR, 24 * HOUR, MINUTE]


def test_only_refusals_in_a_row_count() -> None:
    refused, gone = SilenceReason.REFUSED, SilenceReason.UNREACHABLE
    assert pauses(gone, gone, refused, gone, refused) == [MINUTE, MINUTE, HOUR, MINUTE, HOUR]


def test_an_answer_that_cannot_be_read_is_asked_for_slower_up_to_an_hour() -> None:
    found = pauses(*[SilenceReason.MISREAD] * 8)
    assert found == [MINUTE * 2**n for n in range(1, 6)] + [HOUR] * 3
    assert pauses(SilenceReason.MISREAD, every=6 * HOUR) == [6 * HOUR]


@pytest.mark.parametrize("failure", [None, SilenceReason.UNREACHABLE, SilenceReason.MISREAD, SilenceReason.REFUSED])
def test_nothing_is_asked_before_its_host_wants_to_be(failure: SilenceReason | None) -> None:
    rhythm = Rhythm()
    rhythm.after(KEY, NOW, question(), failure, NOW + timedelta(days=2))
    assert rhythm.next_at() == NOW + timedelta(days=2)


def test_slots_are_asked_for_when_they_have_settled() -> None:
    rhythm = Rhythm()
    rhythm.after(KEY, NOW, question(10 * MINUTE, phase=2 * MINUTE), None, NOW)
    assert rhythm.next_at() == NOW.replace(minute=42, second=0)


def test_a_question_moved_or_dropped_is_due_once_or_never() -> None:
    rhythm = Rhythm()
    rhythm.set(KEY, NOW)
    rhythm.set(KEY, NOW + MINUTE)
    rhythm.set(("pool", "history"), NOW)
    assert rhythm.take_due(NOW) == [("pool", "history")]
    assert rhythm.next_at() == NOW + MINUTE
    rhythm.drop([KEY])
    assert rhythm.next_at() is None
    assert rhythm.take_due(NOW + HOUR) == []
