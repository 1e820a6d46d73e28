"""Facts may come late and in any order: what stands in the end is the same, and the past is not told."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event

from tests.daemon.judged import RATE, SLOT, START, Court, contract, slot
from verifier.fact import Fact, FactKind
from verifier.incidents.memory import dump_standing
from verifier.incidents.standing import Change, Phase, Standing
from verifier.ledger.ledger import Ledger
from verifier.ledger.place import Place
from verifier.ledger.records import Batch
from verifier.observation import WorkSeen
from verifier.verdicts.verdict import AccountCase, Outcome

DAY = timedelta(days=1)
SLOTS_A_DAY = 144
ACCOUNT = AccountCase(name="pool", kind="f2pool", title="F2Pool", rhythms={"history": SLOT}, contracts=("north",))


def part(number: int) -> float:
    """Three good days with a day at 80 % in between, and a bad end."""
    return 0.8 if SLOTS_A_DAY <= number < 2 * SLOTS_A_DAY or number >= 3 * SLOTS_A_DAY else 1.0


async def lived(ledger: Ledger, order: list[list[int]]) -> Court:
    """Turns that each learn some slots, with a last look at what is known."""
    court = Court(ledger)
    latest = START
    for numbers in order:
        latest = max(latest, START + (max(numbers) + 1) * SLOT)
        await court.turn(latest, *(slot(number, part(number)) for number in numbers))
    await court.turn(latest + SLOT, slot(0, part(0)))
    return court


def judged(standing: Standing) -> tuple[object, ...]:
    verdict = standing.verdicts["hashrate"]
    incident = standing.incidents["hashrate"]
    return (
        round(standing.evidence.tally.hashes / RATE),
        round(standing.evidence.tally.seen_seconds),
        standing.evidence.gaps,
        verdict.outcome,
        verdict.since,
        round(verdict.evidence or 0.0, 3),
        incident.phase,
        incident.since,
        incident.opened_at,
    )


@pytest.mark.parametrize("seed", [1, 2])
async def test_late_and_shuffled_slots_end_where_slots_in_order_end(places: Callable[[], Place], seed: int) -> None:
    shuffle = random.Random(seed)
    straight_order = [list(range(first, first + 4)) for first in range(0, int(3.5 * SLOTS_A_DAY), 4)]
    crooked_order = [list(numbers) for numbers in straight_order]
    for number in shuffle.sample(range(int(3.4 * SLOTS_A_DAY)), 12):
        crooked_order[number // 4].remove(number)
        crooked_order[shuffle.randrange(number // 4, len(crooked_order))].append(number)
    for numbers in crooked_order:
        shuffle.shuffle(numbers)
    crooked_order = [numbers for numbers in crooked_order if numbers]
    async with await Ledger.open(places()) as one, await Ledger.open(places()) as other:
        straight = await lived(one, straight_order)
        crooked = await lived(other, crooked_order)
        hours = [await ledger.hours("north", START, START + 4 * DAY) for ledger in (one, other)]
    assert judged(crooked.standing()) == judged(straight.standing())
    assert hours[0] == hours[1]
    assert straight.standing().verdicts["hashrate"].outcome is Outcome.SHORT
    open_ones = {court.told[-1].change for court in (straight, crooked)}
    assert open_ones == {Change.OPENED}


async def test_a_told_problem_that_a_late_slot_explains_away_is_corrected(ledger: Ledger) -> None:
    court = Court(ledger)
    for number in range(24):
        await court.turn(START + (number + 1) * SLOT, slot(number))
    # For an hour each slot holds half of its work: the pool had not counted the other half yet.
    for number in range(24, 40):
        await court.turn(START + (number + 1) * SLOT, slot(number, 0.5))
    assert [one.change for one in court.told] == [Change.OPENED]
    now = START + 41 * SLOT
    told = await court.turn(now, *(slot(number, 1.0) for number in range(24, 40)))
    assert [(one.change, one.at, one.concerns) for one in told] == [(Change.CORRECTED, now, ("north",))]
    assert told[0].problem == court.told[0].problem
    assert court.standing().incidents["hashrate"].phase is Phase.CLEAR
    changes = {row.change for row in await ledger.transitions("north")}
    assert changes == {"opened", "corrected"}  # nothing is erased
    for number in range(41, 60):
        await court.turn(START + (number + 1) * SLOT, slot(number, 0.5))
    assert [one.change for one in court.told] == [Change.OPENED, Change.CORRECTED, Change.OPENED]
    assert court.told[-1].problem != court.told[0].problem


async def test_a_late_fact_rewinds_to_the_last_midnight_before_it_and_drops_later_checkpoints(ledger: Ledger) -> None:
    court = Court(ledger)
    for first in range(0, 4 * SLOTS_A_DAY + 6, 6):
        # Noon of the third day is missing.
        numbers = [number for number in range(first, first + 6) if number != 2 * SLOTS_A_DAY + 72]
        await court.turn(START + (first + 6) * SLOT, *map(slot, numbers))
    kept = await ledger.checkpoint_before("north", START + 9 * DAY)
    assert kept is not None
    assert kept.at == START + 4 * DAY
    read: list[str] = []
    event.listen(ledger._engine.sync_engine, "before_cursor_execute", lambda *said: read.append(str(said[2])))
    await court.turn(START + (4 * SLOTS_A_DAY + 7) * SLOT, slot(2 * SLOTS_A_DAY + 72))
    assert len([statement for statement in read if statement.startswith("SELECT")]) == 2
    kept = await ledger.checkpoint_before("north", START + 9 * DAY)
    assert kept is not None
    assert kept.at == START + 2 * DAY
    assert court.standing().evidence.tally.seen_seconds == (4 * SLOTS_A_DAY + 6) * SLOT.total_seconds()


async def test_a_restart_forgets_nothing_and_repeats_nothing(ledger: Ledger) -> None:
    court = Court(ledger)
    for number in range(60):
        await court.turn(START + (number + 1) * SLOT, slot(number, 0.5))
        before = dump_standing(court.standing())
        await court.restart()
        assert dump_standing(court.standing()) == before
    assert [one.change for one in court.told] == [Change.OPENED]


async def test_a_daemon_that_is_restarted_every_noon_still_keeps_a_checkpoint_a_day(ledger: Ledger) -> None:
    court = Court(ledger)
    for number in (60, 70, SLOTS_A_DAY + 60):
        await court.turn(START + (number + 1) * SLOT, slot(number))
        await court.restart()
    kept = await ledger.checkpoint_before("north", START + DAY)
    assert kept is not None
    assert kept.at == START + DAY


async def test_a_checkpoint_from_a_clock_that_ran_ahead_is_not_continued_for_an_older_fact(ledger: Ledger) -> None:
    court = Court(ledger)
    await court.turn(START + SLOT, slot(0))
    await court.turn(START + 3 * DAY, slot(2 * SLOTS_A_DAY))
    await court.turn(START + 4 * DAY, slot(2 * SLOTS_A_DAY + 1))
    ahead = await ledger.checkpoint_before("north", START + 9 * DAY)
    assert ahead is not None
    await ledger.write(Batch(checkpoints=(replace(ahead, at=START + timedelta(hours=1)),)))
    await court.turn(START + 4 * DAY + SLOT, slot(9))
    assert court.standing().evidence.tally.seen_seconds == 4 * SLOT.total_seconds()


async def test_a_new_contract_on_an_old_account_is_judged_from_all_its_facts_without_news_of_the_past(
    ledger: Ledger,
) -> None:
    court = Court(ledger)
    for number in range(100):
        await court.turn(START + (number + 1) * SLOT, slot(number, 0.5 if number < 60 else 1.0))
    assert [one.change for one in court.told] == [Change.OPENED, Change.RESOLVED]
    court.cases = (contract(), contract("south"))
    court.judging.configure(court.cases)
    told = await court.turn(START + 101 * SLOT, anew=["south"])
    assert told == []
    assert judged(court.standing("south"))[:4] == judged(court.standing("north"))[:4]


async def test_a_decision_or_a_heartbeat_under_an_accounts_name_is_no_answer_of_the_account(ledger: Ledger) -> None:
    court = Court(ledger, cases=(contract(), ACCOUNT))
    await court.turn(START + SLOT, slot(0))
    said: Fact = replace(slot(0), kind=FactKind.DECISION, question="contract", observations=(), content={"a": 1})
    assert court.judging.touched([said]) == set()
    assert court.judging.touched([replace(said, kind=FactKind.OBSERVATION)]) == {"north", "account:pool"}
    await court.turn(START + 2 * SLOT, said, slot(1))
    assert court.standing("account:pool").checks["source_silent"].asked == ("history",)


async def test_moments_that_do_not_move_are_kept_once(ledger: Ledger) -> None:
    court = Court(ledger, cases=(replace(contract(), ends=START + 300 * DAY),))
    for number in range(30):
        await court.turn(START + (number + 1) * SLOT, slot(number))
    over = START + 30 * DAY  # the first billing period, a month where the contract names none
    assert court.judging.next_at() == over
    assert len(court.judging._heap) == 1
    assert court.judging.due(over) == {"north"}
    assert court.judging.next_at() is None


async def test_subjects_that_are_gone_are_named_once(ledger: Ledger) -> None:
    court = Court(ledger, cases=(contract(), contract("south")))
    await court.turn(START + SLOT, slot(0))
    assert court.judging.configure([contract()]) == ("south",)
    assert court.judging.configure([contract()]) == ()
    assert court.judging.touched([slot(1)]) == {"north"}


async def test_a_source_that_contradicts_itself_about_the_same_time_ends_nothing(ledger: Ledger) -> None:
    court = Court(ledger)
    await court.turn(START + 2 * SLOT, slot(0), slot(1))
    seen = slot(2).observations[0]
    assert isinstance(seen, WorkSeen)
    longer = replace(seen, end=seen.end + SLOT, hashes=3 * seen.hashes)
    for number in (4, 5, 6):
        await court.turn(START + number * SLOT, replace(slot(2), observations=(seen, longer)))
    await court.turn(START + 7 * SLOT, slot(6))
    assert court.standing().evidence.tally.seen_seconds == 4 * SLOT.total_seconds()
    assert court.standing().evidence.gaps == ((START + 3 * SLOT, START + 6 * SLOT),)
