"""What is measured of several contracts is one: each interval counts once, and nobody's absence is a shortfall."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from tests.verdicts.cases import START, contract
from verifier.contract import together
from verifier.verdicts.checks import hashrate
from verifier.verdicts.spans import Span
from verifier.verdicts.summing import GRACE, SLOT, Summing, most_common
from verifier.verdicts.verdict import Judged, News, Outcome

MEMBERS = ("north", "south", "west")
#: One share in a second of each contract.
RATE = 1.0


def span(start: float, end: float, part: float = 1.0, rate: float = RATE) -> Span:
    promised = rate * (end - start)
    boundary = 0.98 * promised
    return Span(
        start=start, end=end, seen=end - start, hashes=part * promised, promised=promised, boundary=boundary,
        noise=boundary,
    )  # fmt: skip


def taken(summing: Summing, now: float) -> Sequence[Span]:
    closed = summing.closed(now)
    summing.forget(closed)
    return closed.spans


def test_an_interval_counts_whole_in_the_slot_in_which_it_ends() -> None:
    summing = Summing(began=10.0)
    summing.add("north", [span(10.0, 250.0), span(250.0, 310.0)], 310.0)
    summing.add("south", [span(100.0, 300.0)], 310.0)
    first, second = taken(summing, 2 * SLOT + GRACE)
    assert (first.hashes, first.end) == (240.0 + 200.0, SLOT)
    assert (second.hashes, second.start, second.end) == (60.0, SLOT, 2 * SLOT)


def test_a_contract_that_nobody_saw_lends_no_promise() -> None:
    summing = Summing(began=0.0)
    summing.add("north", [span(0.0, 300.0)], 300.0)
    (found,) = taken(summing, SLOT + GRACE)
    assert found.ratio == 1.0


def test_what_is_learned_after_a_slot_is_closed_is_left_out() -> None:
    summing = Summing(began=0.0)
    summing.add("north", [span(0.0, 300.0)], 300.0)
    taken(summing, SLOT + GRACE)
    summing.add("south", [span(0.0, 300.0, part=0.0)], 500.0)
    summing.add("north", [span(200.0, 400.0, part=0.0), span(300.0, 500.0)], 500.0, anew=True)
    (found,) = taken(summing, 2 * SLOT + GRACE)
    assert found.hashes == 200.0


def test_what_comes_too_late_is_left_out_whether_or_not_its_slot_was_closed_yet() -> None:
    summing = Summing(began=0.0)
    summing.add("north", [span(0.0, 300.0)], 300.0)
    summing.add("south", [span(0.0, 300.0, part=0.0)], SLOT + GRACE)
    summing.add("north", [span(0.0, 300.0, part=0.0)], SLOT + GRACE, anew=True)
    (found,) = taken(summing, SLOT + GRACE)
    assert found.hashes == found.promised == 300.0


def test_what_is_found_anew_takes_the_place_of_what_was_told_of_open_slots() -> None:
    summing = Summing(began=0.0)
    summing.add("north", [span(0.0, 150.0, part=0.5), span(150.0, 300.0)], 300.0)
    summing.add("north", [span(0.0, 300.0)], 310.0, anew=True)
    (found,) = taken(summing, SLOT + GRACE)
    assert found.hashes == found.promised == 300.0


def test_a_slow_rhythm_has_seen_the_slots_that_it_leaves_empty() -> None:
    summing = Summing(began=0.0)
    summing.add("north", [span(0.0, 3600.0)], 3600.0)
    closed = summing.closed(3600.0 + GRACE)
    assert ([one.seen for one in closed.spans], closed.unseen) == ([3600.0], ())


def test_time_of_which_nothing_comes_is_not_seen() -> None:
    summing = Summing(began=0.0)
    summing.add("north", [span(0.0, 300.0)], 300.0)
    closed = summing.closed(7200.0 + GRACE)
    assert [(one.start.timestamp(), one.end.timestamp()) for one in closed.unseen] == [(300.0, 7200.0)]
    summing.forget(closed)
    summing.add("north", [span(9000.0, 9300.0)], 9300.0)
    after = summing.closed(9300.0 + GRACE)
    assert [one.start.timestamp() for one in after.unseen] == [300.0]


def test_nobody_saw_it_for_the_reason_that_most_contracts_name() -> None:
    assert most_common(["stale", None, "unreachable", "unreachable"]) == "unreachable"
    assert most_common([None]) == "not_asked_yet"


@given(
    cuts=some.lists(some.lists(some.integers(1, 40), min_size=1, max_size=30), min_size=1, max_size=3),
    seed=some.integers(0, 1000),
)
def test_whatever_the_rhythms_every_interval_in_time_counts_exactly_once(cuts: list[list[int]], seed: int) -> None:
    chance, summing, told, counted = Random(seed), Summing(began=0.0), 0.0, list[Span]()
    waiting: list[tuple[float, str, Span]] = []
    for member, steps in zip(MEMBERS, cuts, strict=False):
        at = 0.0
        for step in steps:
            one = span(at, at + 30.0 * step, part=chance.random())
            waiting.append((one.end, member, one))
            at, told = one.end, told + one.hashes
    for moment, member, one in sorted(waiting, key=lambda row: row[:2]):
        counted += taken(summing, moment)
        summing.add(member, [one], moment)
    counted += taken(summing, 1e6)
    assert sum(one.hashes for one in counted) == pytest.approx(told)
    assert all(one.end <= other.start for one, other in pairwise(counted))
    assert all(0.0 < one.seen == one.end - one.start for one in counted)


def test_many_contracts_two_percent_under_the_line_are_found_together_within_hours() -> None:
    members = [contract(name=f"c{number}", tolerance=0.02) for number in range(100)]
    whole = replace(together("all", members), sum_of=tuple(one.name for one in members))
    chance, share = np.random.default_rng(7), 100e12 * 0.98 * 5.0
    state, began = None, START.timestamp()
    judged: Judged[hashrate.State] | None = None
    for number in range(11 * 288):
        part = 1.0 if number < 10 * 288 else 0.96
        start = began + number * SLOT
        shares = float(chance.poisson(100 * part * 100e12 * SLOT / share))
        promised = 100 * 100e12 * SLOT
        one = Span(
            start=start, end=start + SLOT, seen=SLOT, hashes=shares * share, promised=promised,
            boundary=0.98 * promised, noise=0.98 * promised * share,
        )  # fmt: skip
        now = datetime.fromtimestamp(start + SLOT, START.tzinfo)
        judged = hashrate.judge(whole, state, News(measured=(one,)), now)
        state = judged.state
        if judged.verdicts[-1].outcome is Outcome.SHORT:
            break
    assert judged is not None
    assert judged.verdicts[-1].at.timestamp() - began - 10 * 86_400.0 < 5 * 3600.0
    assert judged.verdicts[-1].outcome is Outcome.SHORT
    assert judged.verdicts[-1].because.startswith("100 contracts together: Delivered 9")
    assert "of this sum" in judged.verdicts[-1].because
