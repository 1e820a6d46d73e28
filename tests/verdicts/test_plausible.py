"""What cannot be right is doubted, by one of three; an honest source never is."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.verdicts.listening import (
    DIFFICULTY,
    HOUR,
    NOBODY,
    POLL,
    PROMISED,
    START,
    Listener,
    average,
    bounds,
    contract,
    first,
    settled,
    slot,
)
from verifier.contract import Promise, Watch
from verifier.expectations.promised import Promised
from verifier.observation import RateSeen, WorkerPresence, WorkersSeen, WorkerState, WorkSeen
from verifier.units import HASHES_PER_DIFFICULTY, Hashrate
from verifier.verdicts.plausible import LASTING, Bounds, Doubt
from verifier.verdicts.verdict import DifficultySteps

LEVELS: Final = st.floats(0.05, 20.0)
#: Those that leave room for ups and downs below the contract's bound.
LOWER: Final = st.floats(0.05, 4.0)
#: What a source shows that has settled: within a factor of 2 of its level.
STEADY: Final = st.lists(st.floats(0.7, 1.4), min_size=3, max_size=8)


@given(levels=st.lists(st.one_of(st.just(0.0), LEVELS), min_size=1, max_size=12), of_slots=st.booleans())
def test_an_honest_source_within_its_contract_is_never_doubted(levels: list[float], *, of_slots: bool) -> None:
    listener = Listener(bounds(difficulty=DIFFICULTY))
    for level in levels:
        rate = level * PROMISED
        assert (listener.work(rate) if of_slots else listener.rate(rate)) is None


@given(st.lists(LEVELS, min_size=1, max_size=12))
def test_an_honest_counter_is_never_doubted_whatever_its_pace(levels: list[float]) -> None:
    listener, total = Listener(bounds(difficulty=DIFFICULTY)), 0.0
    for level in levels:
        total += level * PROMISED * POLL.total_seconds()
        assert listener.count(total) is None


@given(
    level=LOWER,
    before=STEADY,
    then=st.floats(0.7, 1.4),
    prefixes=st.sampled_from((-2, -1, 1, 2)),
    of_slots=st.booleans(),
    known=st.booleans(),
)
def test_a_flip_of_a_settled_source_is_doubted_and_what_follows_unflipped_is_not(
    level: float, before: list[float], then: float, prefixes: int, *, of_slots: bool, known: bool
) -> None:
    listener = Listener(bounds(difficulty=DIFFICULTY) if known else NOBODY)
    tell = listener.work if of_slots else listener.rate
    for one in before:
        assert tell(one * level * PROMISED) is None
    for _ in range(4):
        assert tell(then * level * PROMISED * 1000.0**prefixes) is not None
    assert tell(then * level * PROMISED) is None


@given(
    level=LOWER,
    answers=st.integers(3, 8),
    prefixes=st.sampled_from((-1, 1)),
    speed=st.floats(0.0, 4.0),
    known=st.booleans(),
)
def test_a_flip_of_a_counter_is_doubted_in_both_directions(
    level: float, answers: int, prefixes: int, speed: float, *, known: bool
) -> None:
    listener, each = Listener(bounds() if known else NOBODY), level * PROMISED * POLL.total_seconds()
    total = each * 100
    for _ in range(answers):
        assert listener.count(total) is None
        total += each
    for _ in range(3):
        assert listener.count(total * 1000.0**prefixes) is not None
        total += each * speed
    assert listener.count(total) is None


def test_the_words_say_which_of_the_three_and_the_figures() -> None:
    by_past = settled(bounds()).rate(PROMISED / 1000)
    assert by_past is not None
    assert by_past.by == "past"
    assert by_past.because == (
        "every figure of the account is about 1,000 times smaller than before 20 Nov 00:15 UTC (then 100 TH/s): "
        "another unit, not less work"
    )
    by_contract = Listener(bounds()).rate(PROMISED * 1000)
    assert by_contract is not None
    assert by_contract.by == "contract"
    assert by_contract.because == (
        "the account shows 100 PH/s, 1,000 times the 100 TH/s that the contracts on this account promise together: "
        "another unit, or machines that are not theirs"
    )
    by_network = Listener(bounds(difficulty=DIFFICULTY)).rate(1e21)
    assert by_network is not None
    assert by_network.by == "network"
    assert "all miners of the network together do about 859 EH/s" in by_network.because


def test_a_few_hard_shares_may_be_more_than_the_network_or_the_promise() -> None:
    hard = 20 * 1e9
    work = hard * HASHES_PER_DIFFICULTY / POLL.total_seconds()
    assert first([slot(work, START)], bounds()) is not None
    assert first([slot(work, START, difficulty=1e9)], bounds()) is None
    stated = replace(contract(), watch=(Watch(account="pool", share_difficulty=1e9),))
    assert first([slot(work, START)], bounds(stated)) is None


def test_rigs_that_no_contract_claims_may_do_what_they_want() -> None:
    rented = bounds(contract(workers="rented.*"))
    said = [
        average(3000 * PROMISED, START),
        average(PROMISED, START, "rented.1"),
        average(2999 * PROMISED, START, "own"),
    ]
    assert first(said, rented) is None
    too_much = [*said, average(30 * PROMISED, START, "rented.2")]
    found = first(too_much, rented)
    assert found is not None
    assert found.by == "contract"


def test_where_no_contract_runs_and_no_chain_is_asked_everything_is_possible_at_first() -> None:
    assert first([average(1e30, START)], NOBODY) is None
    ended = bounds(replace(contract(), ends=START - POLL))
    assert first([average(1e30, START)], ended) is None


def test_sources_of_blocks_that_contradict_each_other_doubt_nobody() -> None:
    steps = DifficultySteps(steps=((START - HOUR, DIFFICULTY),), conflict="two tips")
    assert first([average(1e30, START)], Bounds(promised=Promised("pool", ()), difficulty=steps)) is None


def test_where_nobody_is_connected_little_may_be_true() -> None:
    listener = settled(bounds())
    gone = WorkersSeen(at=listener.now, workers=(WorkerState(name="rig", presence=WorkerPresence.OFFLINE),))
    assert listener.hear(average(PROMISED / 1000, listener.now), gone) is None


@pytest.mark.parametrize("left", [0.5, 0.02, 0.0])
def test_who_really_does_less_is_believed(left: float) -> None:
    assert settled(bounds()).rate(left * PROMISED) is None


def test_one_worker_of_two_that_is_nearly_gone_is_no_other_unit() -> None:
    listener = Listener(NOBODY)
    for _ in range(3):
        listener.hear(average(1e12, listener.now, "a"), average(2e12, listener.now, "b"))
    assert listener.hear(average(1e9, listener.now, "a"), average(2e12, listener.now, "b")) is None
    assert listener.hear(average(1e9, listener.now, "a"), average(2e9, listener.now, "b")) is not None


def test_two_answers_are_not_settled_and_a_ramp_is_not_either() -> None:
    listener = Listener(bounds())
    for level in (0.0001, 0.0001, 0.1, 1.0, 1.0):
        assert listener.rate(level * PROMISED) is None


def test_a_contract_that_is_amended_makes_the_new_scale_plausible_at_once() -> None:
    listener = settled(bounds())
    assert listener.rate(1000 * PROMISED) is not None
    more = Promise(since=listener.now, rate=Hashrate(per_second=1000 * PROMISED), tolerance=None)
    listener.bounds = bounds(contract(promises=(more,)))
    assert listener.rate(1000 * PROMISED) is None
    less = Promise(since=listener.now, rate=Hashrate(per_second=PROMISED), tolerance=None)
    listener.bounds = bounds(contract(promises=(more, less)))
    assert listener.rate(PROMISED) is None


def test_a_small_amendment_is_no_other_order() -> None:
    listener = settled(bounds())
    some = Promise(since=listener.now, rate=Hashrate(per_second=1.2 * PROMISED), tolerance=None)
    listener.bounds = bounds(contract(promises=(some,)))
    assert listener.rate(PROMISED / 1000) is not None


def lasting(listener: Listener, rate: float) -> Doubt | None:
    """What is said of a new scale when it has lasted for a day and a little."""
    end, found = listener.now + LASTING + POLL, None
    while listener.now <= end:
        found = listener.rate(rate)
    return found


def test_a_start_from_next_to_nothing_is_no_larger_unit() -> None:
    assert settled(bounds(), 1.4e-6).rate(PROMISED) is None
    assert settled(NOBODY, 1e-6).rate(1e3 * 1e-6 * PROMISED) is not None


def test_where_the_account_tells_its_sum_its_workers_are_not_added_up() -> None:
    workers = [average(PROMISED, START, f"rig{number}") for number in range(50)]
    assert first([*workers, average(PROMISED, START)], bounds()) is None
    assert first(workers, bounds()) is not None


def test_a_scale_that_fits_the_promise_better_is_believed_after_a_day() -> None:
    assert lasting(settled(bounds(), 0.002), 2 * PROMISED) is None
    listener = settled(NOBODY)
    assert lasting(listener, PROMISED / 1000) is None
    assert listener.rate(PROMISED / 1000) is None, "and is the measure from then on"


def test_a_scale_that_would_make_the_seller_short_is_never_believed() -> None:
    found = lasting(settled(bounds()), PROMISED / 1000)
    assert found is not None
    assert "than before 20 Nov 00:15 UTC" in found.because, "the doubt says since when"


def test_what_was_doubted_goes_on_being_doubted_while_the_work_changes() -> None:
    listener = settled(bounds())
    assert listener.rate(PROMISED / 1000) is not None
    assert listener.rate(0.2 * PROMISED / 1000) is not None
    assert listener.rate(0.2 * PROMISED) is None


def test_a_counter_that_starts_anew_is_believed() -> None:
    listener = Listener(bounds())
    each = PROMISED * POLL.total_seconds()
    for number in (100.0, 101.0, 102.0, 103.0, 0.5, 1.5, 2.5):
        assert listener.count(number * each) is None


def test_one_jump_of_a_counter_is_doubted_once() -> None:
    listener, each = Listener(bounds()), PROMISED * POLL.total_seconds()
    totals: Sequence[float] = [101, 102, 103, 5000, 5001, 5002]
    assert [listener.count(total * each) is None for total in totals] == [True, True, True, False, True, True]


def test_a_doubt_does_not_wear_off_with_the_weeks() -> None:
    listener = settled(bounds())
    assert listener.rate(PROMISED / 1000) is not None
    listener.now += timedelta(days=30)
    assert listener.rate(PROMISED / 1000) is not None
    assert listener.rate(PROMISED) is None


def test_a_past_of_weeks_ago_is_no_measure() -> None:
    listener = settled(NOBODY)
    listener.now += timedelta(days=8)
    assert listener.rate(PROMISED / 1000) is None


def test_of_many_workers_the_same_ones_are_compared_whatever_their_order() -> None:
    names = [f"rig{number:03}" for number in range(200)]
    listener = Listener(NOBODY)
    for _ in range(3):
        assert listener.hear(*(average(1e12, listener.now, name) for name in names)) is None
    assert listener.hear(*(average(1e9, listener.now, name) for name in reversed(names))) is not None


def test_some_of_many_workers_may_do_more_or_less_when_the_unit_changes() -> None:
    listener = Listener(bounds(contract(workers="*")))
    for _ in range(3):
        assert listener.hear(*(average(1e12, listener.now, f"rig{number}") for number in range(20))) is None
    rates = [0.2e9, 3e9, *[1e9] * 18]
    assert listener.hear(*(average(rate, listener.now, f"rig{n}") for n, rate in enumerate(rates))) is not None


def test_a_flip_that_one_answer_hid_is_doubted_at_the_next() -> None:
    listener = settled(bounds())
    assert listener.rate(0.3 * PROMISED / 1000) is None, "as far from the prefix as from a real fall"
    assert listener.rate(PROMISED / 1000) is not None


def test_own_machines_that_are_left_when_the_rented_ones_leave_are_no_other_unit() -> None:
    listener = Listener(bounds(contract(workers="rented.*")))
    for _ in range(3):
        own = average(PROMISED / 1000, listener.now, "own")
        both = [own, average(1.001 * PROMISED, listener.now)]
        assert listener.hear(*both, average(PROMISED, listener.now, "rented.1")) is None
    left = [average(PROMISED / 1000, listener.now, name) for name in ("own", None)]
    assert listener.hear(*left) is None
    flipped = [average(PROMISED / 1000, listener.now), average(PROMISED, listener.now, "rented.1")]
    assert listener.hear(*flipped) is not None, "the account alone, which its workers do not add up to"


def test_an_order_that_begins_beside_a_small_machine_of_one_s_own_is_no_other_unit() -> None:
    assert settled(bounds(), 0.0014).rate(PROMISED) is None


def test_machines_that_no_contract_claims_are_no_excuse_for_another_unit() -> None:
    """What they do is far from the promise before and nearer to it after."""
    listener = Listener(bounds(contract(workers="rented.*")))
    for _ in range(3):
        said = average(2000 * PROMISED, listener.now, "own"), average(PROMISED, listener.now, "rented.1")
        assert listener.hear(*said) is None
    end = listener.now + LASTING + POLL
    while listener.now < end:
        said = average(2 * PROMISED, listener.now, "own"), average(PROMISED / 1000, listener.now, "rented.1")
        assert listener.hear(*said) is not None


def test_an_average_over_what_was_before_the_contract_is_held_against_all_that_ran() -> None:
    def day(rate: float) -> RateSeen:
        return RateSeen(at=START, per_second=rate, window=timedelta(days=1))

    young = replace(contract(), starts=START - HOUR)
    assert first([day(500 * PROMISED)], bounds(young)) is None, "own machines, while no contract ran"
    rates = [
        Promise(since=START - timedelta(days=9), rate=Hashrate(per_second=n * PROMISED), tolerance=None)
        for n in (1, 50)
    ]
    long = replace(contract(), starts=START - timedelta(days=9), promises=(rates[0],))
    more = replace(contract(), starts=START - 12 * HOUR, ends=START - HOUR, promises=(rates[1],))
    assert first([day(30 * PROMISED)], bounds(long, more)) is None, "an order that has ended since"
    assert first([day(30 * PROMISED)], bounds(long)) is not None


def test_the_difficulty_of_a_test_network_says_nothing() -> None:
    assert first([average(PROMISED, START)], bounds(difficulty=4.6e-10)) is None


@given(st.lists(st.sampled_from((5e-324, 1e-300, 1e-20, 1.0, 1e12, 1e300, 1.7e308)), min_size=4, max_size=6))
@pytest.mark.parametrize("kind", ["rate", "count", "work"])
@pytest.mark.parametrize("held_against", [bounds(difficulty=DIFFICULTY), NOBODY])
def test_no_figure_that_somebody_invents_ends_the_program(kind: str, held_against: Bounds, values: list[float]) -> None:
    listener = Listener(held_against)
    for value in values:
        if kind == "work":
            moment = timedelta(microseconds=1)
            listener.hear(WorkSeen(start=listener.now - moment, end=listener.now, hashes=value))
        else:
            {"rate": listener.rate, "count": listener.count}[kind](value)
