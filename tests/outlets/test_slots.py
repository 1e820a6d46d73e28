"""Delivery over time: slots keep to the term, share counts make the error, problems lie where they were."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.outlets import pictures
from tests.outlets.pictures import DAY, HOUR, NOW, STARTS
from verifier.contract import Tolerance
from verifier.outlets import slots
from verifier.units import Hashrate


def test_days_begin_with_the_term_and_end_now() -> None:
    series = slots.days(pictures.short(), NOW)
    assert (series.window.start, series.window.end) == (STARTS, NOW)
    assert len(series.slots) == 21
    assert series.slots[0].length == pytest.approx(1 / 24)
    assert series.slots[-1].length == pytest.approx((8 * 60 + 20) / 1440)


def test_thirty_days_are_enough() -> None:
    view = pictures.short()
    old = replace(view, contract=replace(view.contract, starts=STARTS - 300 * DAY))
    assert len(slots.days(old, NOW).slots) == 30


def test_a_term_that_has_not_begun_has_no_slots() -> None:
    view = pictures.short()
    later = replace(view, contract=replace(view.contract, starts=NOW + DAY))
    assert slots.days(later, NOW).slots == ()


def test_a_day_nobody_saw_has_no_rate() -> None:
    unseen = slots.days(pictures.short(), NOW).slots[7]
    assert (unseen.seen, unseen.ratio) == (0.0, None)


def test_an_amended_promise_is_compared_from_its_own_day() -> None:
    view = pictures.met()
    doubled = replace(view.contract.promises[0], since=NOW - 2 * DAY, rate=Hashrate(per_second=200e12))
    amended = replace(view, contract=replace(view.contract, promises=(*view.contract.promises, doubled)))
    ratios = [slot.ratio for slot in slots.days(amended, NOW).slots]
    assert ratios[-1] == pytest.approx(0.5, abs=0.02)
    assert ratios[-4] == pytest.approx(1.0, abs=0.02)


def test_hours_take_their_error_from_the_share_count() -> None:
    series = slots.hours(pictures.short(), pictures.hours("north"), NOW)
    assert len(series.slots) == 48
    first = series.slots[0]
    assert first.ratio is not None
    assert first.error == pytest.approx(first.ratio / 720**0.5)


def test_a_hidden_share_count_is_taken_from_the_usual_pause_between_shares() -> None:
    hidden = [replace(hour, shares=None) for hour in pictures.hours("north")]
    series = slots.hours(pictures.short(), hidden, NOW)
    first = series.slots[0]
    assert first.ratio is not None
    assert first.error == pytest.approx(first.ratio / 600**0.5)


def test_a_problem_spans_from_its_beginning_to_its_end_or_the_present() -> None:
    series = slots.days(pictures.short(), NOW)
    spans = slots.problem_spans(pictures.transitions("north"), "hashrate", series)
    whole = (NOW - STARTS) / DAY
    expected = [(whole - 9, whole - 8), ((pictures.SHORT_SINCE - STARTS) / DAY, whole)]
    assert [edge for span in spans for edge in span] == pytest.approx([edge for span in expected for edge in span])


def test_problems_before_the_chart_are_not_drawn() -> None:
    series = slots.hours(pictures.short(), [], NOW)
    assert len(slots.problem_spans(pictures.transitions("north"), "hashrate", series)) == 1
    assert slots.problem_spans(pictures.transitions("north"), "worker_gone", series) == []


def test_ticks_reach_from_end_to_end() -> None:
    series = slots.hours(pictures.short(), [], NOW)
    assert series.ticks()[0] == NOW - timedelta(minutes=20) - 47 * HOUR
    assert series.ticks()[-1] == NOW


def test_what_may_be_missing_is_that_of_the_contract_in_force_then() -> None:
    view = pictures.short()
    first = view.contract.promises[0]
    strict = replace(first, since=NOW.replace(hour=0, minute=0) - 2 * DAY, tolerance=Tolerance(fraction=0.01))
    amended = replace(view, contract=replace(view.contract, promises=(first, strict)))
    assert [slot.allowed for slot in slots.days(amended, NOW).slots[-4:]] == [0.05, 0.01, 0.01, 0.01]
    none = replace(view, contract=replace(view.contract, promises=(replace(first, tolerance=None),)))
    assert {slot.allowed for slot in slots.days(none, NOW).slots} == {None}
