"""One pure function decides a turn: what is known and what is new give what stands, what changed, and when to look."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.daemon.judged import SLOT, START, contract, slot, work
from verifier.fact import Fact
from verifier.incidents.review import Past, Review, World, review
from verifier.incidents.standing import Change, Incident, Phase, Standing
from verifier.observation import Silence, SilenceReason, WorkSeen
from verifier.verdicts import CHECKS
from verifier.verdicts.verdict import AccountCase, Outcome

WORLD = World(rhythms={"pool": SLOT})
ACCOUNT = AccountCase(name="pool", kind="f2pool", title="F2Pool", rhythms={"history": SLOT}, contracts=("north",))


def slots(first: int, last: int, part: float = 1.0) -> tuple[Fact, ...]:
    return tuple(replace(slot(number, part), id=number + 1) for number in range(first, last))


def after(number: int) -> Review:
    return review(contract(), Standing(subject="north"), slots(0, number), START + number * SLOT, WORLD)


def silent(fact_id: int, reason: SilenceReason | None) -> Fact:
    said = () if reason is None else (Silence(at=START + fact_id * SLOT, reason=reason),)
    moment = START + fact_id * SLOT
    return replace(slot(0), id=fact_id, question="now", observations=said, learned_at=moment)


def test_a_turn_without_anything_new_changes_nothing_but_the_moment() -> None:
    one = after(12)
    again = review(contract(), one.standing, (), START + 12 * SLOT, WORLD)
    assert (again.standing, again.transitions, again.hours) == (one.standing, (), ())


def test_a_source_that_goes_on_answering_stands_as_it_stood() -> None:
    one = review(ACCOUNT, Standing(subject="account:pool"), (silent(1, None),), START + SLOT, WORLD)
    again = review(ACCOUNT, one.standing, (silent(2, None),), START + 2 * SLOT, WORLD)
    assert one.standing.verdicts["source_silent"].outcome is Outcome.MET
    assert again.standing is one.standing
    quiet = review(ACCOUNT, again.standing, (silent(3, SilenceReason.UNREACHABLE),), START + 3 * SLOT, WORLD)
    assert quiet.standing.position == 3
    assert quiet.standing.incidents["source_silent"].phase is Phase.PENDING


def test_a_late_fact_asks_for_the_past_and_folds_nothing() -> None:
    one = after(12)
    late = replace(slot(3, 0.5), id=99)
    asked = review(contract(), one.standing, (late,), START + 13 * SLOT, WORLD)
    assert asked.rewind_to == START + 3 * SLOT
    assert asked.standing == one.standing
    past = Past(standing=Standing(subject="north"), facts=(*slots(0, 12), late))
    anew = review(contract(), one.standing, (late,), START + 13 * SLOT, WORLD, past)
    assert anew.rewind_to is None
    assert anew.standing.position == 99
    assert anew.standing.evidence is not None
    assert anew.standing.evidence.tally.hashes == pytest.approx(work(*slots(0, 3), late, *slots(4, 12)))


def test_work_of_another_algorithm_is_never_judged() -> None:
    scrypt = tuple(
        replace(
            one,
            observations=tuple(
                replace(seen, algorithm="scrypt") for seen in one.observations if isinstance(seen, WorkSeen)
            ),
        )
        for one in slots(0, 36, 1e-3)
    )
    result = review(contract(), Standing(subject="north"), scrypt, START + 36 * SLOT, WORLD)
    assert result.standing.verdicts["hashrate"].outcome is Outcome.UNKNOWN
    assert result.standing.position == 36
    assert not any(one.tell for one in result.transitions)
    past = Past(standing=Standing(subject="north"), facts=scrypt)
    again = review(contract(), Standing(subject="north"), (), START + 36 * SLOT, WORLD, past)
    assert again.standing.verdicts["hashrate"].outcome is Outcome.UNKNOWN


def test_a_check_that_has_no_state_begins_with_the_oldest_fact() -> None:
    facts = slots(0, 36, 0.5)
    told = Incident(phase=Phase.OPEN, ordinal=1, opened_at=START, since=START, reminded_at=START, told=True)
    upgraded = Standing(subject="north", incidents={"hashrate": told})
    past = Past(standing=Standing(subject="north"), facts=facts)
    result = review(contract(), upgraded, (), START + 36 * SLOT, WORLD, past)
    assert result.standing.incidents["hashrate"].ordinal == 1
    assert not any(one.tell for one in result.transitions)
    assert set(result.standing.checks) == {check.name for check in CHECKS if check.of == "contract"}


def test_moments_that_have_passed_are_not_waited_for() -> None:
    fixed = replace(contract(), ends=START + timedelta(days=1))
    assert review(fixed, Standing(subject="north"), (), START, WORLD).standing.next_due == fixed.ends
    assert review(fixed, Standing(subject="north"), (), START + timedelta(days=2), WORLD).standing.next_due is None


def test_a_silent_account_is_pending_then_open_at_the_instant_it_became_true_and_concerns_its_contracts() -> None:
    first = review(ACCOUNT, Standing(subject="account:pool"), [silent(1, SilenceReason.UNREACHABLE)], START, WORLD)
    due = first.standing.next_due
    assert due == START + SLOT + timedelta(minutes=15)
    assert first.transitions == ()
    (opened,) = review(ACCOUNT, first.standing, (), due + SLOT, WORLD).transitions
    assert (opened.change, opened.at, opened.decided_at) == (Change.OPENED, due, due + SLOT)
    assert opened.concerns == ("north",)
    assert first.standing.evidence is None


def test_while_nobody_can_tell_a_pending_problem_waits_without_a_moment() -> None:
    pending = Incident(phase=Phase.PENDING, pending_since=START)
    standing = Standing(subject="north", incidents={"worker_gone": pending})
    result = review(contract(), standing, (), START + timedelta(hours=1), WORLD)
    assert result.standing.verdicts["worker_gone"].outcome is Outcome.UNKNOWN
    assert result.standing.next_due is None
