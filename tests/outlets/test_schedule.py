"""When a message is tried again, and when it is given up."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from verifier.ledger.records import Message
from verifier.outlets.delivery import Dead, Later, Sent
from verifier.outlets.schedule import AT_ONCE, PATIENCE, PAUSES, next_of, settled

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
FRESH = Message(id="m", channel="me", created_at=NOON, content={})
FAILED = Later(reason="busy")


def test_pauses_grow_from_seconds_to_hours_until_three_days_are_over() -> None:
    message, now, pauses = FRESH, NOON, []
    while (message := settled(message, FAILED, now)).next_attempt_at is not None:
        pauses.append(message.next_attempt_at - now)
        now = message.next_attempt_at
    assert pauses[:7] == [*PAUSES, PAUSES[-1]]
    assert message.state == "dead"
    assert message.last_error == "busy"
    assert PATIENCE <= now - NOON < PATIENCE + PAUSES[-1]


def test_after_a_long_time_switched_off_a_message_still_gets_its_attempts() -> None:
    later = NOON + timedelta(days=30)
    assert settled(FRESH, FAILED, later).state == "waiting"
    assert settled(replace(FRESH, attempts=len(PAUSES)), FAILED, later).state == "dead"


def test_the_other_end_may_ask_for_more_time_and_never_for_less() -> None:
    wanted = settled(FRESH, Later(reason="busy", after=timedelta(hours=1)), NOON)
    assert wanted.next_attempt_at == NOON + timedelta(hours=1)
    tired = settled(replace(FRESH, attempts=3), Later(reason="busy", after=timedelta(seconds=1)), NOON)
    assert tired.next_attempt_at == NOON + PAUSES[3]


def test_delivered_and_dead_are_the_end() -> None:
    tried = replace(FRESH, attempts=2, last_error="busy", next_attempt_at=NOON)
    assert settled(tried, Sent(), NOON) == replace(FRESH, attempts=3, state="delivered")
    assert settled(tried, Dead(reason="gone"), NOON) == replace(FRESH, attempts=3, state="dead", last_error="gone")


def test_a_message_that_just_failed_holds_the_later_ones_back() -> None:
    first = replace(FRESH, attempts=1, next_attempt_at=NOON + timedelta(minutes=5))
    assert next_of([first, FRESH]) == first.next_attempt_at


def test_a_message_that_is_never_taken_stands_aside() -> None:
    first = replace(FRESH, attempts=5, next_attempt_at=NOON + timedelta(hours=5))
    assert next_of([first, FRESH]) == AT_ONCE


def test_where_nothing_waits_nothing_is_due() -> None:
    assert next_of([]) is None


@given(attempts=st.integers(0, 50), age=st.timedeltas(timedelta(0), timedelta(days=40)))
def test_a_waiting_message_is_always_due_later(attempts: int, age: timedelta) -> None:
    now = NOON + age
    after = settled(replace(FRESH, attempts=attempts), FAILED, now)
    assert (after.state == "dead") == (after.next_attempt_at is None)
    assert after.next_attempt_at is None or after.next_attempt_at > now
