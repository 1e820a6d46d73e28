"""A source without a past that shows the promise but for a prefix is doubted; who really delivers so little is not."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.verdicts.listening import (
    HOUR,
    NOBODY,
    POLL,
    PROMISED,
    START,
    Listener,
    average,
    bounds,
    contract,
    counter,
    first,
    settled,
    slot,
)
from verifier.contract import Promise, Watch
from verifier.observation import WorkerPresence, WorkersSeen, WorkerState
from verifier.units import HASHES_PER_DIFFICULTY, Hashrate

PREFIXES: Final = st.sampled_from((1, 2))
#: What an honest seller's figures are of the promise, and what nobody doubts.
DELIVERED: Final = st.floats(0.8, 1.1)
REALLY: Final = st.one_of(
    st.just(0.0),
    st.floats(2.3e-3, 20.0),
    st.floats(2.3e-6, 3.9e-4),
    st.floats(1e-12, 3.9e-7),
)


@given(delivered=st.lists(DELIVERED, min_size=1, max_size=8), prefixes=PREFIXES, of_slots=st.booleans(), then=DELIVERED)
def test_a_unit_that_is_too_small_from_the_first_answer_on_is_doubted_until_it_is_right(
    delivered: list[float], prefixes: int, then: float, *, of_slots: bool
) -> None:
    listener = Listener(bounds())
    tell = listener.work if of_slots else listener.rate
    for one in delivered:
        found = tell(one * PROMISED / 1000.0**prefixes)
        assert found is not None
        assert (found.by, found.scale is not None and found.scale.prefixes) == ("contract", prefixes)
        assert found.scale is not None
        assert found.scale.since == START, "the doubt began with the first answer"
    assert tell(then * PROMISED) is None


@given(levels=st.lists(REALLY, min_size=1, max_size=12), of_slots=st.booleans())
def test_who_really_delivers_any_other_part_of_the_promise_is_believed_at_once(
    levels: list[float], *, of_slots: bool
) -> None:
    for level in levels:
        listener = Listener(bounds())
        assert (listener.work if of_slots else listener.rate)(level * PROMISED) is None


@given(
    still=st.integers(0, 6),
    passing=DELIVERED,
    prefixes=PREFIXES,
    after=st.lists(st.floats(0.05, 1.5), min_size=1, max_size=8),
)
def test_a_start_of_mining_that_passes_by_is_believed_with_the_next_answer(
    still: int, passing: float, prefixes: int, after: list[float]
) -> None:
    listener = Listener(bounds())
    for _ in range(still):
        assert listener.rate(0.0) is None
    assert listener.rate(passing * PROMISED / 1000.0**prefixes) is not None
    for level in after:
        assert listener.rate(level * PROMISED) is None


def test_a_counter_is_doubted_from_its_second_answer_on_and_believed_when_it_is_right() -> None:
    listener, each = Listener(bounds()), PROMISED * POLL.total_seconds()
    totals: Sequence[float] = [5.0, 5.001, 5.002, 5.003, 6.0, 7.0]
    assert [listener.count(total * each) is None for total in totals] == [True, False, False, False, True, True]


def test_the_words_say_the_part_of_the_promise_and_that_it_may_be_another_unit() -> None:
    found = first([average(0.98 * PROMISED / 1000, START)], bounds())
    assert found is not None
    assert found.because == (
        "the account shows 98 GH/s, about 1/1,000 of the 100 TH/s that the contracts on this account promise "
        "together: perhaps another unit, its past cannot tell yet"
    )
    theirs = first([average(PROMISED / 1e6, START, "rented.1")], bounds(contract(workers="rented.*")))
    assert theirs is not None
    assert theirs.because.startswith("the workers of this account's contracts show 100 MH/s, about 1/1,000,000 of")


@pytest.mark.parametrize(("share", "doubted"), [(0.6, False), (1.3, False), (0.9, True)])
def test_of_many_shares_the_band_is_narrow(share: float, *, doubted: bool) -> None:
    assert (first([average(share * PROMISED / 1000, START)], bounds()) is not None) is doubted


@pytest.mark.parametrize("share", [0.5, 0.7, 1.4])
def test_of_few_shares_luck_is_allowed_for(share: float) -> None:
    """Twenty shares in five minutes: three standard errors are two thirds."""
    hard = PROMISED * POLL.total_seconds() / HASHES_PER_DIFFICULTY / 20
    assert first([slot(share * PROMISED / 1000, START, difficulty=hard)], bounds()) is not None
    stated = replace(contract(), watch=(Watch(account="pool", share_difficulty=hard),))
    assert first([slot(share * PROMISED / 1000, START)], bounds(stated)) is not None


def test_what_is_doubted_goes_on_being_so_while_the_work_changes_by_no_more_than_twice() -> None:
    listener = Listener(bounds())
    assert [listener.rate(share * PROMISED / 1000) is None for share in (1.0, 0.5, 1.6, 3.0, 0.5)] == [
        *[False] * 3,
        *[True] * 2,
    ]


def test_a_past_that_has_settled_says_what_the_unit_is() -> None:
    listener = settled(bounds(), 0.005)
    assert listener.rate(PROMISED / 1000) is None, "a real fall"


def test_where_nobody_is_connected_or_no_contract_runs_nothing_is_said() -> None:
    listener = Listener(bounds())
    gone = WorkersSeen(at=START, workers=(WorkerState(name="rig", presence=WorkerPresence.OFFLINE),))
    assert listener.hear(average(PROMISED / 1000, START), gone) is None
    assert first([average(PROMISED / 1000, START)], NOBODY) is None
    young = bounds(replace(contract(), starts=START - HOUR / 2))
    assert first([average(PROMISED / 1000, START)], young) is None, "an average over what was before"


def test_figures_of_which_one_is_of_the_promise_s_own_order_are_believed() -> None:
    assert first([average(PROMISED / 1000, START), slot(PROMISED, START)], bounds()) is None
    assert first([average(PROMISED / 1000, START), slot(PROMISED / 1e6, START)], bounds()) is None
    assert first([average(PROMISED / 1000, START), slot(PROMISED / 1000, START)], bounds()) is not None


def test_only_what_the_contracts_claim_is_held_against_them() -> None:
    rented = bounds(contract(workers="rented.*"))
    own = [average(PROMISED / 1000, START), average(PROMISED / 1000, START, "own")]
    assert first(own, rented) is None
    assert first([*own, average(PROMISED / 1000, START, "rented.1")], rented) is not None
    assert first([average(50 * PROMISED, START), average(PROMISED / 1000, START, "rented.1")], rented) is not None


def test_a_small_order_that_is_delivered_beside_a_large_one_that_is_not_is_no_other_unit() -> None:
    large = replace(contract(1000 * PROMISED), name="south")
    assert first([average(PROMISED, START)], bounds(contract(), large)) is None
    assert first([average(PROMISED, START)], bounds(large)) is not None


def test_an_amended_promise_ends_the_doubt() -> None:
    listener = Listener(bounds())
    assert listener.rate(PROMISED / 1000) is not None
    less = Promise(since=listener.now - 2 * HOUR, rate=Hashrate(per_second=PROMISED / 100), tolerance=None)
    listener.bounds = bounds(replace(contract(), promises=(less,)))
    assert listener.rate(PROMISED / 1000) is None


def test_a_doubt_without_a_past_does_not_wear_off() -> None:
    listener = Listener(bounds())
    for _ in range(30):
        assert listener.rate(PROMISED / 1000) is not None
        listener.now += timedelta(days=1)


def test_a_counter_of_which_nothing_was_known_before_says_nothing() -> None:
    assert first([counter(PROMISED, START)], bounds()) is None
