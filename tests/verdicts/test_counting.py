"""What the moments of readings are worth: a clock that is set anew, and a page that comes late."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.verdicts.cases import RATE, START, after, contract, counter, fact
from verifier.contract import Contract
from verifier.fact import Fact
from verifier.verdicts.evidence import Evidence, Folded, fold

POLL = 5.0
WORK = RATE * POLL * 60.0


def turn(facts: Iterable[Fact], state: Evidence | None = None, deal: Contract | None = None) -> Folded:
    facts = tuple(facts)
    moment = max(one.learned_at for one in facts)
    return fold(deal or contract(), {"pool": timedelta(minutes=POLL)}, state or Evidence(), facts, moment)


def read(number: int, source_off: float = 0.0, ours_off: float = 0.0) -> Fact:
    """The steady seller's counter after so many polls, with both clocks off by so many minutes."""
    one = fact(number + 1, counter(POLL * number + source_off, number * WORK))
    return replace(one, learned_at=after(minutes=POLL * number + ours_off))


def rates(folded: Folded) -> list[float]:
    return [one.hashes / (one.end - one.start).total_seconds() / RATE for one in folded.intervals]


@pytest.mark.parametrize("off", [-4.0, -2.0, 2.0, 4.0])
def test_when_the_source_sets_its_clock_the_span_that_nobody_can_measure_is_not_seen(off: float) -> None:
    folded = turn([read(number, off if number >= 20 else 0.0) for number in range(60)])
    assert rates(folded) == pytest.approx([1.0] * len(folded.intervals))
    assert [reason for _, reason in folded.unseen] == ["clocks_differ"]
    missed = folded.unseen[0][0]
    assert missed.start == after(minutes=19 * POLL)
    assert missed.span <= timedelta(minutes=6 * POLL + abs(off))
    assert "set anew" in folded.state.notes[-1][1]


def test_when_our_own_clock_is_set_it_is_no_shortfall_either() -> None:
    folded = turn([read(number, ours_off=-3.0 if number >= 20 else 0.0) for number in range(60)])
    assert rates(folded) == pytest.approx([1.0] * len(folded.intervals))
    assert [reason for _, reason in folded.unseen] == ["clocks_differ"]


def test_a_page_that_comes_late_by_its_own_time_loses_nothing() -> None:
    late = [replace(one, learned_at=one.learned_at + timedelta(minutes=4)) if one.id % 3 else one for one in polls(30)]
    folded = turn(late)
    assert folded.unseen == ()
    assert sum(one.hashes for one in folded.intervals) == pytest.approx(28 * WORK)
    assert rates(folded) == pytest.approx([1.0] * len(folded.intervals))


def polls(count: int) -> list[Fact]:
    return [read(number) for number in range(count)]


def test_answers_that_are_hours_late_say_nothing_of_clocks() -> None:
    late = [replace(one, learned_at=one.learned_at + timedelta(hours=one.id % 5)) for one in polls(30)]
    folded = turn(late)
    assert sum(one.hashes for one in folded.intervals) == pytest.approx(29 * WORK)
    assert rates(folded) == pytest.approx([1.0] * len(folded.intervals))


def test_a_clock_that_is_wrong_but_goes_on_evenly_costs_nothing() -> None:
    folded = turn([read(number, source_off=-50.0) for number in range(11, 30)])
    assert len(folded.intervals) == 18
    assert folded.unseen[:1] == () or folded.unseen[0][0].start == START


@given(
    st.lists(
        st.tuples(
            st.sampled_from([0.0, 0.4, 1.5, 4.0, 25.0, 200.0]), st.sampled_from([0.0, 0.0, 2.0, -3.0]), st.booleans()
        ),
        min_size=1,
        max_size=25,
    )
)
def test_as_they_are_learned_or_all_at_once_readings_end_in_the_same_state(
    told: list[tuple[float, float, bool]],
) -> None:
    """Late by so many minutes, the source's clock off by so many, and whether the counter started anew before it."""
    facts, since = list[Fact](), 0
    for number, (late, off, anew) in enumerate(told):
        since = number if anew else since
        one = fact(number + 1, counter(POLL * number + off, (number - since + 0.5) * WORK))
        facts.append(replace(one, learned_at=after(minutes=POLL * number + late)))
    state, learned = Evidence(), list[Fact]()
    for one in sorted(facts, key=lambda one: one.learned_at):
        learned.append(one)
        folded = turn([one], state)
        if folded.rewind_to is not None:
            folded = turn(learned)
            assert folded.rewind_to is None
        state = folded.state
    assert state == turn(facts).state


def test_told_one_by_one_a_clock_that_is_set_ends_in_the_same_state_as_told_at_once() -> None:
    facts = [read(number, 3.0 if number >= 5 else 0.0) for number in range(20)]
    state = Evidence()
    for one in facts:
        folded = turn([one], state)
        assert folded.rewind_to is None
        state = folded.state
    assert state == turn(facts).state


@pytest.mark.parametrize(("begins", "stops"), [(2.5, 60.0), (0.0, 57.5), (-60.0, 120.0)])
def test_who_begins_and_stops_with_the_contract_is_not_short_in_the_polls_around_that(
    begins: float, stops: float
) -> None:
    """Nobody knows when in a poll work was done: as much of it as the promise asks may lie inside the term."""
    deal = contract(starts=after(minutes=2.5), ends=after(minutes=57.5))
    done = [max(0.0, min(POLL * number, stops) - begins) * 60.0 * RATE for number in range(14)]
    folded = turn([fact(number + 1, counter(POLL * number, work)) for number, work in enumerate(done)], deal=deal)
    assert rates(folded) == pytest.approx([1.0] * 12)
    assert folded.intervals[0].start == deal.starts
    assert folded.intervals[-1].end == deal.ends
