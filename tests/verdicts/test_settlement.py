"""Was the period delivered: closed once, by one look, with what missing time leaves; and the period that runs."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import numpy as np
import pytest

from tests.verdicts.cases import RATE, SHARE, START, after, contract, counter, fact
from verifier.contract import Basis, Contract, Exclusion, Promise, Tolerance
from verifier.units import Hashrate, Window
from verifier.verdicts.checks.settlement import BUDGET, KEPT, State, judge
from verifier.verdicts.periods import DAY, MONTH
from verifier.verdicts.settling import Period, sentence
from verifier.verdicts.spans import Span
from verifier.verdicts.verdict import News, Outcome, Verdict

STEP = timedelta(minutes=30)


def deal(span: timedelta | None = DAY, part: float = 0.05, **changed: object) -> Contract:
    promise = Promise(
        since=START, rate=Hashrate(per_second=RATE), tolerance=Tolerance(fraction=part, span=span)
    )  # fmt: skip
    return contract(**{"promises": (promise,), **changed})


def span(start: datetime, end: datetime, level: float, share: float = SHARE) -> Span:
    promised = RATE * (end - start).total_seconds()
    return Span(
        start=start.timestamp(), end=end.timestamp(), seen=(end - start).total_seconds(), hashes=level * promised,
        promised=promised, boundary=0.95 * promised, noise=0.95 * promised * share,
    )  # fmt: skip


@dataclass
class Watched:
    """A contract watched every half hour; ``blind`` hours are not seen."""

    what: Contract = field(default_factory=deal)
    share: float = SHARE
    state: State | None = None
    said: list[Verdict] = field(default_factory=list)
    last: Verdict | None = None
    due: datetime | None = None

    def turn(self, now: datetime, *measured: Span, unseen: tuple[tuple[Window, str], ...] = ()) -> Verdict:
        judged = judge(self.what, self.state, News(measured=measured, unseen=unseen), now)
        self.state, self.due = judged.state, judged.next_due
        self.said += judged.verdicts[:-1]
        self.last = judged.verdicts[-1]
        return self.last

    def run(
        self, hours: Iterable[int], level: float | Callable[[int], float] = 1.0, blind: Iterable[int] = ()
    ) -> Verdict:
        missed, dark = None, set(blind)
        for hour in hours:
            for start in (after(hours=hour), after(hours=hour) + STEP):
                end = start + STEP
                if hour in dark:
                    missed = missed or start
                    self.turn(end, unseen=((Window(start=missed, end=end), "unreachable"),))
                    continue
                gap = () if missed is None else ((Window(start=missed, end=start), "unreachable"),)
                missed = None
                at = level(hour) if callable(level) else level
                self.turn(end, span(start, end, at, self.share), unseen=gap)
        assert self.last is not None
        return self.last

    @property
    def closed(self) -> tuple[Period, ...]:
        assert self.state is not None
        return self.state.closed

    @property
    def running(self) -> Period:
        assert self.state is not None
        assert self.state.running is not None
        return self.state.running

    @property
    def term(self) -> Period:
        assert self.state is not None
        assert self.state.term is not None
        return self.state.term


def test_a_day_is_closed_when_it_is_over_and_all_of_it_was_counted() -> None:
    seller = Watched(share=SHARE / 10)
    assert seller.run(range(23)).outcome is not Outcome.SHORT
    assert not seller.closed
    now = seller.run(range(23, 25))
    (row,) = seller.closed
    assert (row.window, row.outcome, row.coverage) == (Window(start=START, end=after(days=1)), Outcome.MET, 1.0)
    assert now.outcome is Outcome.MET
    assert now.window == row.window
    assert now.because.startswith("The UTC day of 1 Nov: 100.0 % ± 1.0 % of what was promised, of which 95.0 % must")
    assert "So far, the UTC day of 2 Nov" in now.because


def test_a_lost_day_is_told_at_its_end_and_the_next_good_one_ends_it() -> None:
    seller = Watched(share=SHARE / 10)
    seller.run(range(73), level=lambda hour: 0.9 if 24 <= hour < 48 else 1.0)
    assert [(one.at, one.outcome) for one in seller.said] == [
        (after(days=1), Outcome.MET),
        (after(days=2), Outcome.SHORT),
        (after(days=3), Outcome.MET),
    ]
    lost = seller.said[1]
    assert lost.since == after(days=1)
    assert lost.size == pytest.approx(0.1)
    assert lost.false_alarm_years == pytest.approx(1 / BUDGET)


def test_a_period_that_runs_is_never_a_problem_however_little_came() -> None:
    seller = Watched(share=SHARE / 10)
    now = seller.run(range(12), level=0.2)
    assert seller.running.outcome is Outcome.SHORT
    assert now.outcome is Outcome.UNDECIDED
    assert now.because.startswith("No period is over yet. So far, the UTC day of 1 Nov: 20.0 % ± 0.9 % of what")
    assert (now.size, now.since) == (None, None)


def test_inside_the_tolerance_and_below_the_promise_is_met_and_summed_over_the_term() -> None:
    seller = Watched(share=SHARE / 100)
    now = seller.run(range(49), level=0.97)
    assert now.outcome is Outcome.MET
    assert now.below_promise
    assert "delivered, though less than promised" in now.because
    assert now.values["below_promise_hashes"] == pytest.approx(0.03 * RATE * 2 * 86_400)
    assert now.values["periods_met"] == 2.0


def test_too_close_to_call_says_what_the_span_could_have_shown() -> None:
    seller = Watched(what=deal(), share=SHARE)
    now = seller.run(range(25), level=0.955)
    assert now.outcome is Outcome.UNDECIDED
    assert now.smallest_visible is not None
    assert 0.02 < now.smallest_visible < 0.05
    assert "too close to call; a shortfall below 3." in now.because


def test_the_users_own_wish_is_no_clause() -> None:
    seller = Watched(what=deal(tell_me_below=0.99), share=SHARE / 10)
    assert seller.run(range(25), level=0.97).outcome is Outcome.MET


def test_unseen_time_is_no_shortfall_and_says_whose_fault() -> None:
    seller = Watched(share=SHARE / 10)
    now = seller.run(range(25), blind=range(6, 10))
    (row,) = seller.closed
    assert row.coverage == pytest.approx(20 / 24)
    assert row.bounds is not None
    assert row.bounds[0] < 20 / 24 < 1.0 < row.bounds[1]
    assert now.outcome is Outcome.UNKNOWN
    assert now.unseen_because == "unreachable"
    assert "if nothing and" in now.because
    assert "the source did not answer" in now.because


def test_what_no_unseen_time_can_change_is_said_all_the_same() -> None:
    lost = Watched(share=SHARE / 10)
    assert lost.run(range(25), level=0.5, blind=range(6, 10)).outcome is Outcome.SHORT
    more = Watched(share=SHARE / 10)
    assert more.run(range(25), level=1.3, blind=range(6, 10)).outcome is Outcome.MET


def test_a_period_is_closed_a_day_late_where_nobody_tells_the_rest_of_it() -> None:
    seller = Watched(share=SHARE / 10)
    seller.run(range(71), blind=range(20, 71))
    (row,) = seller.closed
    assert (row.outcome, row.unseen_because) == (Outcome.UNKNOWN, "unreachable")
    assert row.coverage == pytest.approx(20 / 24)
    now = seller.run(range(71, 74), blind=range(71, 73))
    assert [one.outcome for one in seller.closed] == [Outcome.UNKNOWN, Outcome.UNKNOWN, Outcome.UNKNOWN]
    assert seller.closed[-1].coverage == 0.0
    assert now.because.startswith("The UTC day of 3 Nov: nothing was seen, because the source did not answer")
    assert seller.term.coverage == pytest.approx(21 / 74)


def test_a_counter_that_was_read_late_counts_for_the_days_it_covers() -> None:
    seller = Watched(share=SHARE / 10)
    seller.run(range(20))
    gap = (Window(start=after(hours=20), end=after(hours=30)), "unreachable")
    seller.turn(after(hours=30), unseen=(gap,))
    assert not seller.closed
    seller.turn(after(hours=31), span(after(hours=20), after(hours=31), 1.0, SHARE / 10))
    assert [(one.outcome, one.coverage) for one in seller.closed] == [(Outcome.MET, 1.0)]


def test_what_is_read_after_a_period_was_closed_counts_for_the_term_alone() -> None:
    seller = Watched(share=SHARE / 10)
    seller.run(range(49), blind=range(20, 49))
    before = seller.closed
    seller.turn(after(hours=50), span(after(hours=20), after(hours=50), 1.0, SHARE / 10))
    assert seller.closed[: len(before)] == before
    assert seller.term.delivered == pytest.approx(RATE * 50 * 3600)


def test_days_before_anything_was_seen_are_not_listed() -> None:
    seller = Watched(share=SHARE / 10)
    early = (Window(start=START, end=after(days=5, hours=6)), "not_asked_yet")
    seller.turn(after(days=5), unseen=((Window(start=START, end=after(days=5)), "not_asked_yet"),))
    assert seller.turn(after(days=5)).outcome is Outcome.UNKNOWN
    seller.turn(after(days=5, hours=7), span(after(days=5, hours=6), after(days=5, hours=7), 1.0), unseen=(early,))
    seller.run(range(127, 145))
    assert [one.window.start for one in seller.closed] == [after(days=5)]
    assert seller.closed[0].unseen_because == "not_asked_yet"
    assert seller.term.coverage == pytest.approx(19 / 145)


def test_hours_are_told_when_their_day_is_over() -> None:
    seller = Watched(what=deal(span=timedelta(hours=1)), share=SHARE / 1000)
    seller.run(range(23), level=lambda hour: 0.5 if hour == 5 else 1.0)
    assert not seller.closed
    seller.run(range(23, 25))
    assert [one.outcome for one in seller.closed].count(Outcome.SHORT) == 1
    assert {one.at for one in seller.said} == {after(days=1)}


def test_closed_periods_are_kept_for_a_month_and_older_ones_as_sums() -> None:
    seller = Watched(share=SHARE / 10)
    hours = 24 * (KEPT + 3) + 1
    for number in range(KEPT + 3):
        day = after(days=number)
        seller.turn(day + DAY, span(day, day + DAY, 0.9, SHARE / 10))
    now = seller.turn(after(hours=hours))
    assert len(seller.closed) == KEPT
    assert now.values["periods_short"] == KEPT + 3.0
    assert now.values["short_hashes"] == pytest.approx(0.1 * RATE * (hours - 1) * 3600)


def test_the_budget_of_a_year_is_shared_by_all_its_looks() -> None:
    days, months = Watched(), Watched(what=deal(span=MONTH))
    for seller in (days, months):
        seller.turn(after(hours=1), span(START, after(hours=1), 1.0))
    assert days.running.alpha * 365.25 == pytest.approx(BUDGET / 2)
    assert months.running.alpha * 365.25 / 30 == pytest.approx(BUDGET / 2)
    assert days.term.alpha == 0.01


def test_a_fixed_term_is_judged_as_a_whole_when_it_is_over_and_its_result_stays_for_a_month() -> None:
    seller = Watched(what=deal(ends=after(days=2, hours=6)), share=SHARE / 100)
    seller.run(range(54), level=lambda hour: 0.8 if hour < 24 else 0.99)
    running = seller.term
    now = seller.turn(after(days=3))
    assert [one.outcome for one in seller.closed] == [Outcome.SHORT, Outcome.MET, Outcome.MET]
    assert seller.closed[-1].window == Window(start=after(days=2), end=after(days=2, hours=6))
    assert (running.over, seller.term.over) == (False, True)
    assert (now.outcome, now.window) == (Outcome.SHORT, Window(start=START, end=after(days=2, hours=6)))
    assert now.because.startswith("The time from 1 Nov 00:00 UTC to 3 Nov 06:00 UTC: 90.")
    same = seller.term
    assert seller.turn(after(days=20)).outcome is Outcome.SHORT
    assert seller.term is same
    assert seller.due == after(days=32, hours=6)
    assert seller.turn(after(days=32, hours=6)).outcome is Outcome.NOT_APPLICABLE
    assert seller.due is None


def test_an_open_ended_term_goes_on_after_its_first_year() -> None:
    seller = Watched(what=deal(span=MONTH), share=SHARE)
    for number in range(0, 400, 10):
        start, end = after(days=number), after(days=number + 10)
        seller.turn(end, span(start, end, 0.97))
    assert seller.term.promised == seller.term.owed == pytest.approx(RATE * 400 * 86_400)
    assert (seller.term.outcome, seller.term.coverage) == (Outcome.MET, 1.0)
    assert seller.term.below_promise


def test_nothing_is_judged_before_the_start_nor_where_no_rate_is_promised() -> None:
    seller = Watched()
    assert seller.turn(START - DAY).outcome is Outcome.NOT_APPLICABLE
    assert seller.due == START
    other = Watched(what=deal(basis=Basis.WORK))
    assert other.turn(after(days=1)).outcome is Outcome.NOT_APPLICABLE


def test_time_that_the_contract_leaves_out_is_not_owed() -> None:
    announced = Exclusion(window=Window(start=after(hours=6), end=after(hours=12)), why="maintenance")
    seller = Watched(what=deal(exclusions=(announced,)), share=SHARE / 10)
    now = seller.run(range(25), level=lambda hour: 0.0 if 6 <= hour < 12 else 1.0)
    (row,) = seller.closed
    assert (row.outcome, row.coverage) == (Outcome.MET, 1.0)
    assert row.promised == pytest.approx(RATE * 18 * 3600)
    assert now.outcome is Outcome.MET
    whole = Exclusion(window=Window(start=START, end=after(days=1)), why="curtailment")
    idle = Watched(what=deal(exclusions=(whole,)), share=SHARE / 10)
    idle.turn(after(hours=1), span(START, after(hours=1), 0.0))
    idle.turn(after(hours=25), span(after(hours=1), after(hours=25), 1.0))
    assert idle.closed[0].outcome is Outcome.NOT_APPLICABLE


def test_a_closed_period_keeps_its_result_and_shows_what_later_answers_make_of_it() -> None:
    told = Watched(share=SHARE / 10)
    told.run(range(25), blind=range(6, 10))
    assert told.closed[0].outcome is Outcome.UNKNOWN
    everything = tuple(span(after(hours=hour), after(hours=hour + 1), 0.8, SHARE / 10) for hour in range(25))
    judged = judge(told.what, None, News(measured=everything, before=told.state), after(hours=25))
    (row,) = judged.state.closed
    assert row == replace(told.closed[0], revised=Outcome.SHORT, revised_delivered=row.revised_delivered)
    assert row.revised_delivered == pytest.approx(0.8 * RATE * 86_400)
    assert [one.outcome for one in judged.verdicts] == [Outcome.UNKNOWN, Outcome.UNKNOWN], "no alert about the past"
    assert "answers that came later would make it “too little”; the result stays" in judged.verdicts[-1].because
    same = replace(row, revised=row.outcome)
    assert "came later change the figures and not the result" in sentence(same)
    assert "would make it" not in sentence(same)
    anew = judge(told.what, None, News(measured=everything), after(hours=25)).state
    assert judge(told.what, None, News(measured=everything, before=anew), after(hours=25)).state == anew


def test_a_turn_without_news_says_the_same() -> None:
    seller = Watched(share=SHARE / 10)
    one = seller.run(range(25))
    again = seller.turn(after(hours=25))
    assert replace(again, at=one.at) == one


def test_what_runs_is_looked_at_now_and_then_and_misses_nothing_of_what_came_between() -> None:
    """Minute by minute with facts: ten of them between two looks, and every look as if all had been told at once."""
    state, looks, spans = None, list[datetime](), list[Span]()
    for minute in range(25 * 60):
        now = after(minutes=minute + 1)
        spans.append(span(after(minutes=minute), now, 0.99))
        judged = judge(
            deal(), state, News(facts=(fact(minute + 1, counter(minute + 1, 0.0)),), measured=tuple(spans[-1:])), now
        )
        state = judged.state
        if judged.verdicts:
            looks.append(now)
            assert state.looked == now
            if minute % 200 == 0:
                once = judge(deal(), None, News(measured=tuple(spans)), now)
                assert once.state.running == state.running
                assert once.verdicts[-1] == judged.verdicts[-1]
    assert looks == [
        after(minutes=minute) for minute in (*range(1, 24 * 60, 10), 24 * 60, *range(24 * 60 + 1, 25 * 60, 10))
    ]
    assert state is not None
    assert [one.outcome for one in state.closed] == [Outcome.MET]


@pytest.mark.parametrize("true", [0.95, 1.0])
def test_honest_days_are_hardly_ever_called_too_little(true: float) -> None:
    chance = np.random.default_rng(5)
    seller = Watched(what=deal(), share=SHARE)
    expected = RATE * 86_400 / SHARE
    for number in range(400):
        day = after(days=number)
        seller.turn(day + DAY, span(day, day + DAY, chance.poisson(true * expected) / expected))
    assert sum(one.outcome is Outcome.SHORT for one in seller.said) == 0
