"""Averages as evidence: one sample per window, what a decaying one still holds of before, and the digits shown."""

from collections.abc import Iterable
from datetime import timedelta
from math import exp
from random import Random
from typing import Any

import pytest

from tests.verdicts.cases import RATE, START, after, contract, counter, fact, slot
from verifier.contract import Contract, Independence, Watch
from verifier.fact import Fact
from verifier.observation import Exactness, RateSeen
from verifier.units import Window
from verifier.verdicts.evidence import Evidence, Folded, fold

HOUR = timedelta(hours=1)


def turn(facts: Iterable[Fact], state: Evidence | None = None, deal: Contract | None = None, **how: Any) -> Folded:
    facts = tuple(facts)
    moment = max(one.learned_at for one in facts)
    return fold(deal or contract(), {"pool": timedelta(minutes=5)}, state or Evidence(), facts, moment, **how)


def shown(minutes: float, part: float = 1.0, worker: str | None = None, **more: Any) -> RateSeen:
    return RateSeen(at=after(minutes=minutes), per_second=part * RATE, worker=worker, **{"window": HOUR, **more})


def polled(first: int, last: int, part: float = 1.0, **more: Any) -> list[Fact]:
    """An answer every five minutes."""
    return [fact(number, shown(5 * number, part, **more)) for number in range(first, last)]


def rates(folded: Folded) -> list[float]:
    return [one.hashes / (one.end - one.start).total_seconds() / RATE for one in folded.intervals]


def test_an_average_counts_once_per_window_and_only_where_it_lies_in_the_term() -> None:
    folded = turn(polled(1, 60))
    assert folded.intervals[0].start == after(hours=1), "the first one that lies in the term is a baseline"
    assert [one.end - one.start for one in folded.intervals] == [HOUR] * 3
    assert rates(folded) == pytest.approx([1.0] * 3)
    assert {one.exactness for one in folded.intervals} == {Exactness.AVERAGE}
    assert folded.unseen == ((Window(start=START, end=after(hours=1)), "not_asked_yet"),)
    ended = turn(polled(1, 60), deal=contract(ends=after(hours=2, minutes=30)))
    assert [one.end for one in ended.intervals] == [after(hours=2)]


def test_windows_that_overlap_a_little_are_neighbours_and_nothing_counts_twice() -> None:
    facts = [fact(number, shown(60 + 58 * number)) for number in range(5)]
    folded = turn(facts)
    assert [one.end - one.start for one in folded.intervals] == [timedelta(minutes=58)] * 4
    assert rates(folded) == pytest.approx([1.0] * 4)
    assert len(turn([fact(number, shown(60 + 40 * number)) for number in range(5)]).intervals) == 2


def test_the_shortest_window_that_misses_nothing_between_two_answers_is_used() -> None:
    both = [fact(n, shown(5 * n, window=timedelta(minutes=1)), shown(5 * n), shown(5 * n, window=timedelta(days=1)))
            for n in range(1, 40)]  # fmt: skip
    assert {one.end - one.start for one in turn(both).intervals} == {HOUR}
    assert turn(polled(1, 40, window=timedelta(minutes=1))).intervals == ()


def test_one_answer_may_tell_of_many_moments_and_of_workers_that_are_seconds_apart() -> None:
    history = fact(1, *(shown(60 * number) for number in range(1, 6)))
    assert rates(turn([history])) == pytest.approx([1.0] * 4)
    apart = [
        fact(n, shown(60 * n, 0.4, "a"), shown(60 * n + 0.2, 0.6, "b"), shown(60 * n, 9.0, "c", window=2 * HOUR))
        for n in range(1, 4)
    ]
    assert rates(turn(apart)) == pytest.approx([1.0] * 2)


def test_a_decaying_average_is_rid_of_what_it_holds_of_before() -> None:
    facts = []
    for number in range(12, 72):
        # An hour at full rate, then half of it: f' = f K + r (1 - K).
        held = 1.0 if number <= 24 else 0.5 + 0.5 * exp(-(number - 24) / 12.0)
        facts.append(fact(number, shown(5 * number, held, averaging="exponential", quantisation=0.005)))
    folded = turn(facts)
    assert rates(folded) == pytest.approx([1.0, 0.5, 0.5, 0.5])
    assert folded.intervals[0].rounding > 0.005 * folded.intervals[0].hashes, "the rounding of both samples"


def decay_time(held: float, added: float, seconds: float, window: float) -> float:
    """ckpool's src/libckpool.c."""
    part = 1.0 - exp(-min(seconds / window, 36.0))
    return (held + added / seconds * part) / (1.0 + part)


def test_what_ckpool_lets_decay_step_by_step_is_undone_to_a_part_of_the_change() -> None:
    assert decay_time(0.0, 100.0, 10.0, 60.0) == pytest.approx(1.330869899697324)
    assert decay_time(10.0, 0.0, 60.0, 3600.0) == pytest.approx(9.837402046007256)
    held, facts = 1.0, [fact(1, shown(60, 1.0, averaging="exponential"))]
    for _ in range(60):
        held = decay_time(held, 0.5 * 60.0, 60.0, 3600.0)
    facts.append(fact(2, shown(120, held, averaging="exponential")))
    assert rates(turn(facts)) == pytest.approx([0.5], abs=0.01)


def test_averages_of_a_sellers_page_decide_nothing() -> None:
    page = contract(watch=(Watch(account="pool", independence=Independence.SELLER_PAGE),))
    assert turn(polled(12, 40), deal=page).intervals == ()


def test_a_worker_whose_average_begins_at_zero_delivered_from_there_on() -> None:
    deal = contract(watch=(Watch(account="pool", workers="n*"),))
    older = [fact(1, shown(60, 0.5, "n1", averaging="exponential"))]
    both = fact(2, *(shown(120, part, name, averaging="exponential") for name, part in (("n1", 0.5), ("n2", 0.316))))
    assert rates(turn([*older, both], deal=deal)) == pytest.approx([1.0], rel=1e-3)


def test_a_decaying_average_after_a_long_silence_is_a_new_baseline() -> None:
    facts = [fact(1, shown(60, averaging="exponential")), fact(2, shown(400, averaging="exponential"))]
    folded = turn(facts)
    assert folded.intervals == ()
    assert folded.unseen[-1][0] == Window(start=after(hours=1), end=after(minutes=400))


def test_averages_never_stand_beside_what_is_counted() -> None:
    facts = [fact(n, shown(5 * n), counter(5 * n, n * RATE * 300.0)) for n in range(1, 40)]
    folded = turn(facts)
    assert {one.exactness for one in folded.intervals} == {Exactness.COUNT}
    assert len(folded.intervals) == 38
    later = turn([fact(60, shown(400))], folded.state)
    assert later.intervals == ()
    assert later.rewind_to is None


def test_the_first_count_takes_over_from_averages_of_a_more_independent_source() -> None:
    deal = contract(watch=(Watch(account="pool"), Watch(account="other")))
    first = turn(polled(12, 40), deal=deal)
    assert first.state.window == 3600.0
    counts = [fact(n, counter(5 * n, n * RATE * 300.0), account="other") for n in range(40, 44)]
    after_that = turn([*counts, fact(60, shown(300))], first.state, deal)
    assert after_that.state.source == "other"
    assert {one.exactness for one in after_that.intervals} == {Exactness.COUNT}
    same = turn([fact(50, counter(200, 5.0))], first.state, deal)
    assert same.state.window is None
    assert "not used any more" in same.state.notes[-1][1]


def test_slots_that_reach_back_take_the_place_of_averages() -> None:
    first = turn(polled(12, 40))
    slots = fact(50, *(slot(number, 5.0) for number in range(13, 20)))
    assert turn([slots], first.state).rewind_to == after(minutes=130)
    anew = turn([*polled(12, 40), slots])
    assert {one.exactness for one in anew.intervals} == {Exactness.COUNT, Exactness.AVERAGE}
    assert all(one.end <= after(hours=2) for one in anew.intervals if one.exactness is Exactness.AVERAGE)


def test_checks_that_compare_counts_can_leave_averages_out() -> None:
    assert turn(polled(12, 40), averages=False).intervals == ()


def test_since_the_last_sample_not_more_than_a_window_is_waited_for() -> None:
    folded = turn(polled(12, 25))
    quiet = fold(contract(), {"pool": timedelta(minutes=5)}, folded.state, (), after(hours=3), frozenset())
    assert quiet.unseen == ()
    quiet = fold(contract(), {"pool": timedelta(minutes=5)}, folded.state, (), after(hours=4), frozenset())
    assert quiet.unseen == ((Window(start=after(hours=2), end=after(hours=4)), "daemon_off"),)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("averaging", ["rolling", "exponential"])
def test_averages_in_any_order_end_where_averages_in_order_end(seed: int, averaging: str) -> None:
    facts = polled(10, 70, averaging=averaging)
    told = [*facts, *facts[::7]]
    Random(seed).shuffle(told)
    state, learned = Evidence(), list[Fact]()
    for one in told:
        learned.append(one)
        folded = turn([one], state)
        if folded.rewind_to is not None:
            folded = turn(learned)
            assert folded.rewind_to is None
        state = folded.state
    assert state == turn(facts).state
