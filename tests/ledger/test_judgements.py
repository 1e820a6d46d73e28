"""What was judged, and what became of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tests.ledger.examples import NOON, message, minutes, news, poll, transition
from verifier.ledger.ledger import Ledger
from verifier.ledger.records import Batch, Checkpoint, Day, Hour, Owed, StoredStanding

MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)


async def test_a_standing_is_replaced_and_forgotten(ledger: Ledger) -> None:
    await ledger.write(poll(1))
    await ledger.write(poll(2))
    stands = StoredStanding(subject="north", position=2, state=b"{}")
    assert await ledger.standings() == {"north": stands}
    assert await ledger.standing("north") == stands
    await ledger.write(Batch(forgotten_standings=("north",)))
    assert await ledger.standing("north") is None


async def test_a_rewind_finds_the_checkpoint_before_the_late_fact(ledger: Ledger) -> None:
    kept = [Checkpoint(subject="north", at=MIDNIGHT + n * DAY, position=n, state=b"%d" % n) for n in range(3)]
    await ledger.write(Batch(checkpoints=tuple(kept)))
    assert await ledger.checkpoint_before("north", MIDNIGHT + DAY + minutes(1)) == kept[1]
    assert await ledger.checkpoint_before("north", MIDNIGHT) == kept[0]
    assert await ledger.checkpoint_before("north", MIDNIGHT - minutes(1)) is None
    refolded = replace(kept[1], position=9, state=b"anew")
    await ledger.write(Batch(checkpoints=(refolded,), stale_checkpoints=(("north", MIDNIGHT),)))
    assert await ledger.checkpoint_before("north", MIDNIGHT + 9 * DAY) == refolded
    assert await ledger.checkpoint_before("north", MIDNIGHT + DAY - minutes(1)) == kept[0]
    await ledger.write(Batch(forgotten_standings=("north",)))
    assert await ledger.checkpoint_before("north", MIDNIGHT + 9 * DAY) is None


async def test_hours_are_added_up_per_day_and_absence_is_not_zero(ledger: Ledger) -> None:
    hours = [
        Hour(contract="north", start=MIDNIGHT + timedelta(hours=n), seen_seconds=3600, hashes=1e18, shares=10)
        for n in (0, 1, 23, 24, 25)
    ]
    hours[-1] = replace(hours[-1], shares=None)
    await ledger.write(Batch(hours=tuple(hours)))
    await ledger.write(Batch(hours=(replace(hours[0], seen_seconds=1800.5),)))
    assert await ledger.hours("north", MIDNIGHT, MIDNIGHT + timedelta(hours=2)) == [
        replace(hours[0], seen_seconds=1800.5),
        hours[1],
    ]
    assert await ledger.days("north", MIDNIGHT, MIDNIGHT + 2 * DAY) == [
        Day(contract="north", start=MIDNIGHT, seen_seconds=9000.5, hashes=3e18, shares=30),
        Day(contract="north", start=MIDNIGHT + DAY, seen_seconds=7200, hashes=2e18, shares=None),
    ]
    assert await ledger.days("south", MIDNIGHT, MIDNIGHT + DAY) == []


async def test_a_transition_is_decided_once(ledger: Ledger) -> None:
    told = transition("t1")
    later = transition("t2", decided_at=NOON + minutes(1), subject="south")
    await ledger.write(Batch(transitions=(told, later)))
    await ledger.write(Batch(transitions=(replace(told, state=b"another"),)))
    assert await ledger.transitions() == [later, told]
    assert await ledger.transitions("north") == [told]
    assert await ledger.transitions(limit=1) == [later]


async def test_what_is_owed_stays_owed_until_a_message_carries_it(ledger: Ledger) -> None:
    await ledger.write(Batch(transitions=(transition("t0", decided_at=NOON + minutes(1)),)))
    await ledger.write(news("t1"))
    owed = (Owed(transition="t0", channel="me"), Owed(transition="t1", channel="hook"))
    await ledger.write(Batch(owed=owed))
    expected = [(one.transition, one.channel) for one in (owed[1], Owed(transition="t1", channel="me"), owed[0])]
    assert [(one.transition, one.channel) for one, _ in await ledger.owed_unwritten()] == expected
    assert (await ledger.owed_unwritten())[0][1] == transition("t1")

    await ledger.write(Batch(messages=(message(),), owed=(Owed(transition="t1", channel="me", message="m1"),)))
    await ledger.write(news("t1"))
    assert [(one.transition, one.channel) for one, _ in await ledger.owed_unwritten()] == [expected[0], expected[2]]


async def test_a_message_keeps_its_text_and_is_marked_after_an_attempt(ledger: Ledger) -> None:
    await ledger.write(Batch(messages=(message("m1"), message("m2", created_at=NOON - minutes(1)))))
    await ledger.write(Batch(messages=(message("m1", content={"subject": "another"}),)))
    assert await ledger.messages(["waiting"]) == [message("m2", created_at=NOON - minutes(1)), message("m1")]
    await ledger.mark_message(
        "m1",
        at=NOON,
        state="waiting",
        attempts=1,
        next_attempt_at=NOON + minutes(5),
        last_error="no\0route",
        result="no\0route",
    )
    await ledger.mark_message("m2", at=NOON, state="delivered", attempts=1, result="250 ok")
    retried = message("m1", attempts=1, next_attempt_at=NOON + minutes(5), last_error="no\ufffdroute")
    assert await ledger.messages(["waiting"]) == [retried]
    assert [one.id for one in await ledger.messages(["delivered", "dead"])] == ["m2"]
    assert (await ledger.counts())["delivery"] == 2


async def test_a_nonce_never_goes_back(ledger: Ledger) -> None:
    assert await ledger.nonce("acme") is None
    await ledger.write(Batch(nonces={"acme": 7}))
    await ledger.write(Batch(nonces={"acme": 5}))
    assert await ledger.nonce("acme") == 7
