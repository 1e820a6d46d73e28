"""Which settlement period a moment belongs to, and the time of a contract told once and in order."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.verdicts.cases import RATE, START, after, contract
from verifier.contract import Contract, Promise, Tolerance
from verifier.units import Hashrate, Window
from verifier.verdicts.periods import DAY, MONTH, WEEK, parts, period_at
from verifier.verdicts.spans import Span
from verifier.verdicts.stretches import Gap, in_order


def promise(since: datetime, span: timedelta | None) -> Promise:
    return Promise(since=since, rate=Hashrate(per_second=RATE), tolerance=Tolerance(fraction=0.05, span=span))


def deal(*promises: Promise, **changed: object) -> Contract:
    return contract(promises=promises or (promise(START, DAY),), **changed)


@pytest.mark.parametrize(
    ("span", "start", "end"),
    [
        (timedelta(hours=1), after(days=4, hours=14), after(days=4, hours=15)),
        (DAY, after(days=4), after(days=5)),
        (WEEK, after(days=1), after(days=8)),
        (MONTH, START, after(days=30)),
        (None, START, after(days=30)),
    ],
)
def test_a_period_is_that_of_the_tolerance_and_a_month_without_one(
    span: timedelta | None, start: datetime, end: datetime
) -> None:
    window = period_at(deal(promise(START, span)), after(days=4, hours=14, minutes=20))
    assert window == Window(start=start, end=end)


def test_no_tolerance_at_all_settles_by_the_month() -> None:
    assert period_at(contract(tolerance=None), after(days=3)) == Window(start=START, end=after(days=30))


def test_the_term_cuts_the_first_and_the_last_period() -> None:
    what = deal(promise(after(hours=6), WEEK), starts=after(hours=6), ends=after(days=2))
    assert period_at(what, after(hours=7)) == Window(start=after(hours=6), end=after(days=1))
    assert period_at(what, after(days=1, hours=1)) == Window(start=after(days=1), end=after(days=2))
    assert period_at(what, after(hours=5)) is None
    assert period_at(what, after(days=2)) is None


def test_an_amendment_of_the_span_ends_a_period_and_begins_one() -> None:
    what = deal(promise(START, MONTH), promise(after(days=10, hours=3), DAY), promise(after(days=12), DAY))
    assert period_at(what, after(days=10)) == Window(start=START, end=after(days=10, hours=3))
    assert period_at(what, after(days=10, hours=4)) == Window(start=after(days=10, hours=3), end=after(days=11))
    assert period_at(what, after(days=12)) == Window(start=after(days=12), end=after(days=13)), "only the rate changed"


@given(
    start=st.integers(min_value=0, max_value=60 * 24 * 40),
    length=st.integers(min_value=1, max_value=60 * 24 * 40),
    change=st.integers(min_value=1, max_value=60 * 24 * 40),
)
def test_the_parts_of_a_stretch_follow_each_other_without_a_gap(start: int, length: int, change: int) -> None:
    what = deal(promise(START, WEEK), promise(after(minutes=change), DAY), promise(after(minutes=2 * change), MONTH))
    found = list(parts(what, after(minutes=start), after(minutes=start + length)))
    assert found[0][1].start == after(minutes=start)
    assert found[-1][1].end == after(minutes=start + length)
    for (before, one), (behind, other) in pairwise(found):
        assert one.end == other.start == before.end == behind.start
    assert all(period.start <= part.start < part.end <= period.end for period, part in found)


def seen(start: float, end: float) -> Span:
    return Span(start=start, end=end, seen=end - start, hashes=1.0, promised=1.0, boundary=1.0, noise=1.0)


def missed(start: float, end: float, reason: str = "stale") -> tuple[Window, str]:
    first = after().timestamp()
    return Window(start=after(seconds=start - first), end=after(seconds=end - first)), reason


def at(seconds: float) -> float:
    return START.timestamp() + seconds


def test_a_gap_waits_until_something_comes_after_it() -> None:
    stretches, waiting = in_order(None, (), (missed(at(0), at(60)),))
    assert stretches == ()
    assert waiting == Gap(start=at(0), end=at(60), reason="stale")
    again, longer = in_order(waiting, (), (missed(at(0), at(90)),))
    assert again == ()
    assert longer == Gap(start=at(0), end=at(90), reason="stale")
    told, nothing = in_order(longer, (seen(at(90), at(100)),), ())
    assert told == (Gap(start=at(0), end=at(90), reason="stale"), seen(at(90), at(100)))
    assert nothing is None


def test_an_interval_that_comes_later_takes_the_place_of_a_gap() -> None:
    waiting = Gap(start=at(10), end=at(60), reason="stale")
    assert in_order(waiting, (seen(at(10), at(70)),), ()) == ((seen(at(10), at(70)),), None)
    told, _ = in_order(waiting, (seen(at(40), at(70)),), ())
    assert told == (replace(waiting, end=at(40)), seen(at(40), at(70)))
