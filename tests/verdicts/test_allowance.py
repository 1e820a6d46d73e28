"""What a contract lets be missing over its span, and how far that is used."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.verdicts.cases import RATE, START, after, contract, slots
from verifier.contract import Contract, Promise, Tolerance
from verifier.units import Hashrate
from verifier.verdicts.allowance import (
    ENDED,
    Use,
    carried,
    ended,
    figures,
    found,
    how_it_ended,
    how_it_stands,
    running,
    sentence,
    stands,
)
from verifier.verdicts.spans import Span
from verifier.verdicts.wording import moment

DAY, WEEK, MONTH = timedelta(days=1), timedelta(weeks=1), timedelta(days=30)


def deal(part: float = 0.05, span: timedelta | None = DAY, **changed: object) -> Contract:
    what = contract(**changed)
    tolerance = Tolerance(fraction=part, span=span)
    return replace(what, promises=tuple(replace(one, tolerance=tolerance) for one in what.promises))


def seen(start: datetime, end: datetime, level: float, share: float = 0.95 * RATE) -> Span:
    seconds = (end - start).total_seconds()
    promised = RATE * seconds
    return Span(
        start=start.timestamp(), end=end.timestamp(), seen=seconds, hashes=promised * level, promised=promised,
        boundary=promised * 0.95, noise=promised * 0.95 * share,
    )  # fmt: skip


def folded(what: Contract, *spans: Span) -> tuple[Span, ...]:
    state: tuple[Span, ...] = ()
    for one in spans:
        state = carried(what, state, one)
    return state


@pytest.mark.parametrize(
    ("span", "start", "end"),
    [
        (timedelta(hours=1), after(days=4, hours=14), after(days=4, hours=15)),
        (DAY, after(days=4), after(days=5)),
        (WEEK, after(days=1), after(days=8)),
        (MONTH, START, after(days=30)),
        (timedelta(days=3), after(days=3), after(days=6)),
    ],
)
def test_the_span_that_runs_follows_the_utc_calendar(span: timedelta, start: datetime, end: datetime) -> None:
    window = running(deal(span=span), after(days=4, hours=14, minutes=20))
    assert window is not None
    assert (window.start, window.end) == (start, end)


def test_no_span_and_no_allowance_are_not_judged() -> None:
    for what in (deal(span=None), deal(part=0.0), contract(tolerance=None)):
        assert running(what, after(hours=1)) is None
        assert stands(what, folded(what, seen(START, after(hours=1), 0.5)), after(hours=1)) is None


def test_a_minute_of_nothing_uses_little_of_five_percent_a_month_and_runs_out_in_a_day_and_a_half() -> None:
    what, at = deal(span=MONTH), after(minutes=1)
    now = stands(what, folded(what, seen(START, at, 0.0)), at, lately=0.0)
    assert now is not None
    assert now.use is Use.RUNNING_OUT
    assert now.used == pytest.approx(1 / (0.05 * 30 * 1440))
    assert now.missed_at is not None
    assert now.missed_at - START == pytest.approx(timedelta(days=1.5), abs=timedelta(seconds=1))
    assert "allowed so far. It is missed at 2 Nov 12:00 UTC if this goes on." in how_it_stands(now, moment)


def test_a_day_at_89_percent_since_the_afternoon_stands_at_95_6_percent() -> None:
    what, noon = deal(), after(hours=14, minutes=20)
    state = folded(what, seen(START, noon, 1.0), seen(noon, after(days=1), 0.89))
    now = stands(what, state, after(days=1), lately=0.89)
    assert now is not None
    assert now.stands_at == pytest.approx(0.9557, abs=1e-4)
    assert now.use is Use.ALLOWED
    assert sentence(what, now, None, moment) == (
        "The contract allows 5 % a day to be missing: the UTC day of 1 Nov stands at 95.6 % if the rest of it arrives "
        "in full: allowed, also if this goes on until its end. The next one is missed if this goes on."
    )


def test_more_missing_than_allowed_is_missed_only_beyond_the_error_of_counting() -> None:
    what, at = deal(), after(hours=12)
    sure = stands(what, folded(what, seen(START, at, 0.8)), at, lately=0.8)
    assert sure is not None
    assert sure.use is Use.MISSED
    assert "stands at 90.0 % if the rest of it arrives in full: missed, unless more" in how_it_stands(sure, moment)
    unsure = stands(what, folded(what, seen(START, at, 0.89, share=RATE * 600)), at)
    assert unsure is not None
    assert unsure.use is Use.USED_UP
    assert "within the error of counting" in how_it_stands(unsure, moment)


def test_a_new_day_begins_with_its_whole_allowance_and_its_part_of_an_interval() -> None:
    what = deal()
    state = folded(what, seen(START, after(hours=23), 0.0), seen(after(hours=23), after(hours=25), 0.5))
    assert state[-1].missing == pytest.approx(RATE * 3600 * 0.5)
    now = stands(what, state, after(hours=25))
    assert now is not None
    assert now.use is Use.ALLOWED
    assert how_it_stands(now, moment).endswith("allowed so far.")
    assert stands(what, state, after(days=3)) is None, "nothing of that day was seen"


def test_the_day_before_counts_where_the_shortfall_reaches_into_it() -> None:
    what, evening = deal(), after(hours=22)
    for level, use, said in ((0.8, Use.ALLOWED, "98.3 %: allowed"), (0.0, Use.MISSED, "91.7 %: missed")):
        state = folded(what, seen(START, evening, 1.0), seen(evening, after(hours=26), level))
        last = ended(what, state, evening.timestamp())
        assert last is not None
        assert last.use is use
        assert how_it_ended(last) == f"the UTC day of 1 Nov ended at {said}"
        now = stands(what, state, after(hours=26), level)
        assert now is not None
        assert f"ended at {said}; the UTC day of 2 Nov stands at" in sentence(what, now, last, moment)
        assert ended(what, state, after(hours=25).timestamp()) is None
        assert ended(what, state[-1:], START.timestamp()) is None


def test_a_day_that_nobody_saw_between_is_not_jumped() -> None:
    what = deal()
    state = folded(what, seen(START, after(hours=10), 0.5), seen(after(days=2), after(days=2, hours=1), 0.5))
    assert len(state) == 2
    assert ended(what, state, START.timestamp()) is None


def test_an_interval_over_several_days_is_cut_into_the_last_two() -> None:
    state = folded(deal(), seen(START, after(hours=1), 1.0), seen(after(hours=1), after(days=3, hours=6), 0.5))
    assert [one.seen for one in state] == pytest.approx([86_400.0, 6 * 3600.0])


def test_a_clause_that_begins_within_an_interval_has_no_day_before() -> None:
    what = deal()
    first = replace(what.promises[0], tolerance=None)
    what = replace(what, promises=(first, replace(what.promises[0], since=after(days=1))))
    state = folded(what, seen(after(hours=20), after(hours=30), 0.5))
    assert [one.seen for one in state] == pytest.approx([6 * 3600.0])


def test_the_promise_of_the_span_follows_amendments_and_the_term() -> None:
    what = deal(ends=after(hours=18))
    raised = Promise(since=after(hours=12), rate=Hashrate(per_second=2 * RATE), tolerance=what.promises[0].tolerance)
    what = replace(what, promises=(*what.promises, raised))
    now = stands(what, folded(what, seen(START, after(hours=1), 0.9)), after(hours=1))
    assert now is not None
    assert now.promised == pytest.approx(RATE * 3600 * 24)


def test_what_a_verdict_holds_is_read_back() -> None:
    what = deal()
    for lately in (None, 0.5):
        now = stands(what, folded(what, seen(START, after(hours=1), 0.5)), after(hours=1), lately)
        assert now is not None
        assert found(figures(now)) == now
        assert found(figures(now, ENDED), ENDED) == now
    assert found({}) is None


@pytest.mark.parametrize(
    ("span", "named"),
    [
        (timedelta(hours=1), "the time from 5 Nov 14:00 UTC to 5 Nov 15:00 UTC"),
        (WEEK, "the week from 2 Nov (UTC)"),
        (MONTH, "November (UTC)"),
    ],
)
def test_a_span_is_called_by_its_name(span: timedelta, named: str) -> None:
    what, at = deal(span=span), after(days=4, hours=14, minutes=20)
    now = stands(what, folded(what, seen(at - timedelta(minutes=5), at, 0.5)), at)
    assert now is not None
    assert how_it_stands(now, moment).startswith(named)


def test_the_memory_of_the_span_stays_one_sum() -> None:
    what = deal(span=MONTH)
    state: tuple[Span, ...] = ()
    for one in slots(1.0, 10, seed=1):
        assert one.start is not None
        state = carried(what, state, seen(one.start, one.end, 1.0))
    assert [(one.start, one.seen) for one in state] == [(START.timestamp(), 6000.0)]
