from collections.abc import Iterable
from dataclasses import replace
from math import comb, exp, sqrt
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter

from tests.verdicts.cases import RATE, SLOT, START, contract, fact, slot
from verifier.contract import Independence, Watch
from verifier.units import HASHES_PER_DIFFICULTY
from verifier.verdicts.checks.steadier_than_counting_allows import BUDGET, State, judge
from verifier.verdicts.verdict import Interval, News, Outcome, Verdict

STATE = TypeAdapter(State)
SLOT_SHARES = 100.0
SHARE = RATE * SLOT.total_seconds() / SLOT_SHARES


def intervals(hashes: Iterable[float], **told: Any) -> tuple[Interval, ...]:
    return tuple(
        Interval(start=START + k * SLOT, end=START + (k + 1) * SLOT, hashes=work, source="pool", **told)
        for k, work in enumerate(hashes)
    )


def run(counted: tuple[Interval, ...], state: State | None = None) -> tuple[State, tuple[Verdict, ...]]:
    turn = judge(contract(), state, News(intervals=counted), counted[-1].end)
    return STATE.validate_json(STATE.dump_json(turn.state)), turn.verdicts


@pytest.mark.parametrize("theta", [0.5, 2.0])
def test_the_mean_of_the_evidence_is_at_most_one_for_honest_counts(theta: float) -> None:
    for n in (1, 2, 3, 5, 10, 20, 41, 100):
        for p in (0.4, 0.47, 0.5, 0.6):
            for harder in (1, 2, 5, 30):
                mean = sum(
                    comb(n, k) * p**k * (1 - p) ** (n - k)
                    * sqrt(1 + theta) * exp(-theta * harder * (k - n * p) ** 2 / (n * p * (1 - p)) / 2)
                    for k in range(n + 1)
                )  # fmt: skip
                assert mean <= 1.0


def test_invented_constant_numbers_are_found_within_hours_and_named() -> None:
    smooth = [RATE * SLOT.total_seconds() * (1.0 + 0.01 * (-1) ** k) for k in range(72)]
    _, verdicts = run(intervals(smooth, shares=SLOT_SHARES))
    assert verdicts[-1].outcome is Outcome.SHORT
    assert verdicts[-1].since == START
    assert "What pool counts since 1 Nov 00:00 UTC varies 0.14 times as much" in verdicts[-1].because
    first = next(one for one in verdicts if one.outcome is Outcome.SHORT)
    assert first.at - START < 90 * SLOT


def test_honest_counts_are_never_too_steady_whatever_their_difficulty_does() -> None:
    chance = np.random.default_rng(7)
    found = 0
    for _ in range(40):
        counts = chance.poisson(SLOT_SHARES, 1000) * SHARE
        found += run(intervals(counts.tolist(), shares=SLOT_SHARES))[1][-1].outcome is Outcome.SHORT
        level = np.cumprod(1 + 0.02 * chance.standard_normal(1000))
        harder = chance.poisson(SLOT_SHARES * level / 4) * SHARE * 4
        found += run(intervals(harder.tolist(), share_difficulty_floor=SHARE / HASHES_PER_DIFFICULTY))[1][
            -1
        ].outcome is (Outcome.SHORT)
    assert found == 0


def test_a_source_that_tells_no_shares_is_not_judged_and_costs_nothing() -> None:
    smooth = intervals([1e18] * 10)
    state, verdicts = run(smooth)
    assert [one.outcome for one in verdicts] == [Outcome.NOT_APPLICABLE, Outcome.NOT_APPLICABLE]
    again = judge(contract(), state, News(intervals=smooth), smooth[-1].end)
    assert again.verdicts == ()
    assert again.state is state


def test_numbers_so_large_that_rounding_hides_chance_are_not_judged() -> None:
    many = run(intervals([1e18] * 100, shares=1e6))[1][-1]
    assert many.outcome is Outcome.NOT_APPLICABLE
    assert "or none counts a number from which it shows" in many.because, "this one does tell how many shares it counts"


def test_it_is_over_when_the_counts_vary_again() -> None:
    chance = np.random.default_rng(3)
    smooth = [100.0 * SHARE] * 144
    honest = (chance.poisson(SLOT_SHARES, 400) * SHARE).tolist()
    _, verdicts = run(intervals(smooth + honest, shares=SLOT_SHARES))
    assert [one.outcome for one in verdicts][-3:] == [Outcome.SHORT, Outcome.MET, Outcome.MET]


def test_a_sellers_page_that_counts_is_judged_although_it_never_decides() -> None:
    page = Watch(account="page", independence=Independence.SELLER_PAGE)
    deal = contract(watch=(Watch(account="pool"), page))
    facts = tuple(fact(k + 1, slot(k, 100.0 * SHARE, shares=SLOT_SHARES), account="page") for k in range(144))
    told = judge(deal, None, News(facts=facts), facts[-1].learned_at).verdicts[-1]
    assert (told.outcome, told.values["sources"]) == (Outcome.SHORT, "page")


def test_after_the_end_nothing_is_said_any_more() -> None:
    ended = replace(contract(), ends=START + SLOT)
    told = judge(ended, None, News(), START + 2 * SLOT).verdicts[-1]
    assert told.outcome is Outcome.NOT_APPLICABLE
    assert "ended" in told.because
    assert BUDGET == 0.02
