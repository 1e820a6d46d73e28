"""An undated change that reaches into judged time is answered with the line to write instead."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from verifier.contract import Basis, Contract, Exclusion, Promise, Tolerance, Watch
from verifier.settings import undated_changes
from verifier.units import Hashrate, Window

START = datetime(2026, 1, 1, tzinfo=UTC)
JUDGED = datetime(2026, 11, 20, 14, tzinfo=UTC)
FIRST = Promise(since=START, rate=Hashrate(per_second=1e14), tolerance=Tolerance(fraction=0.05))
NORTH = Contract(
    name="north", seller="Northhash", starts=START, ends=None, promises=(FIRST,), watch=(Watch(account="acme"),)
)


def later(since: datetime, per_second: float) -> Promise:
    return replace(FIRST, since=since, rate=Hashrate(per_second=per_second))


def left_out(first: datetime, last: datetime) -> Exclusion:
    return Exclusion(window=Window(start=first, end=last), why="announced maintenance")


def test_the_same_contract_changes_nothing() -> None:
    assert undated_changes(NORTH, NORTH, JUDGED) == []


def test_words_and_wishes_may_change() -> None:
    assert undated_changes(NORTH, replace(NORTH, seller="North", labels={"a": "b"}, tell_me_below=0.9), JUDGED) == []


def test_a_change_of_the_promised_rate_is_answered_with_the_amendment_to_write() -> None:
    (told,) = undated_changes(NORTH, replace(NORTH, promises=(later(START, 1.2e14),)), JUDGED)
    assert told == (
        "contracts.north: changes what was promised in time that was judged already, "
        "write back `promised: 100 TH/s, tolerance: 5 %` and add "
        "`amendments: [{from: 2026-11-20T14:00:00Z, promised: 120 TH/s, tolerance: 5 %}]` "
        "with the day on which it changed"
    )


def test_a_change_of_the_tolerance_is_one_too() -> None:
    (told,) = undated_changes(NORTH, replace(NORTH, promises=(replace(FIRST, tolerance=None),)), JUDGED)
    assert "tolerance: not stated}]" in told


def test_a_dated_amendment_from_now_on_is_fine() -> None:
    assert undated_changes(NORTH, replace(NORTH, promises=(FIRST, later(JUDGED, 1.2e14))), JUDGED) == []


def test_an_amendment_dated_back_is_refused() -> None:
    back = replace(NORTH, promises=(FIRST, later(JUDGED - timedelta(days=1), 1.2e14)))
    assert "write back" in undated_changes(NORTH, back, JUDGED)[0]


def test_an_amendment_that_was_judged_cannot_vanish() -> None:
    amended = replace(NORTH, promises=(FIRST, later(datetime(2026, 6, 1, tzinfo=UTC), 1.2e14)))
    (told,) = undated_changes(amended, NORTH, JUDGED)
    assert "amendments: [{from: 2026-06-01T00:00:00Z, promised: 120 TH/s" in told


def test_a_change_that_ends_as_it_was_needs_no_amendment() -> None:
    month = datetime(2026, 6, 1, tzinfo=UTC)
    detour = replace(NORTH, promises=(FIRST, later(month, 9e13), later(month + timedelta(days=30), 1e14)))
    (told,) = undated_changes(NORTH, detour, JUDGED)
    assert told.endswith("write back `promised: 100 TH/s, tolerance: 5 %`")


def test_the_start_cannot_move_once_it_was_judged() -> None:
    moved = replace(NORTH, starts=START + timedelta(days=5), promises=(later(START + timedelta(days=5), 1e14),))
    (told,) = undated_changes(NORTH, moved, JUDGED)
    assert told.startswith("contracts.north.starts: ")
    assert "`starts: 2026-01-01T00:00:00Z`" in told


def test_the_end_may_move_but_not_into_judged_time() -> None:
    ended = replace(NORTH, ends=JUDGED + timedelta(days=1))
    assert undated_changes(NORTH, ended, JUDGED) == []
    assert "`ends: not stated`" in undated_changes(NORTH, replace(NORTH, ends=JUDGED - timedelta(days=1)), JUDGED)[0]
    over = replace(NORTH, ends=JUDGED - timedelta(days=1))
    assert "`ends: 2026-11-19T14:00:00Z`" in undated_changes(over, NORTH, JUDGED)[0]


def test_before_the_start_everything_may_change() -> None:
    other = replace(NORTH, promises=(later(START, 5e13),))
    assert undated_changes(NORTH, other, START) == []


def test_time_to_come_may_be_left_out() -> None:
    planned = replace(NORTH, exclusions=(left_out(JUDGED, JUDGED + timedelta(hours=6)),))
    assert undated_changes(NORTH, planned, JUDGED) == []
    begun = replace(NORTH, exclusions=(left_out(JUDGED - timedelta(hours=1), JUDGED + timedelta(hours=6)),))
    ended = replace(NORTH, exclusions=(left_out(JUDGED - timedelta(hours=1), JUDGED + timedelta(hours=1)),))
    assert undated_changes(begun, ended, JUDGED) == [], "it ended earlier than announced"


def test_time_that_was_judged_cannot_be_left_out_any_more() -> None:
    late = replace(NORTH, exclusions=(left_out(JUDGED - timedelta(days=1), JUDGED),))
    (told,) = undated_changes(NORTH, late, JUDGED)
    assert told == (
        "contracts.north.exclusions: changes what is left out of time that was judged already, write back "
        "`exclusions: []`, and what is new with a `from` of 2026-11-20T14:00:00Z or later"
    )
    (gone,) = undated_changes(late, NORTH, JUDGED)
    assert "{from: 2026-11-19T14:00:00Z, to: 2026-11-20T14:00:00Z, why: announced maintenance}" in gone


def test_the_limit_of_an_order_may_change_at_any_time_but_not_what_kind_of_contract_it_is() -> None:
    order = replace(NORTH, basis=Basis.WORK)
    assert undated_changes(order, replace(order, promises=(later(START, 5e13),)), JUDGED) == []
    (told,) = undated_changes(NORTH, order, JUDGED)
    assert told == (
        "contracts.north.basis: changes what was judged already, write back `basis: rate`, "
        "or give the contract another name"
    )
