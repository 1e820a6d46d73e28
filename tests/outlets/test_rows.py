"""The overview's rows: the worst first, whose fault it is, what is missing and what it cost."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.outlets import pictures
from tests.outlets.pictures import DAY
from verifier.contract import Tolerance
from verifier.incidents.standing import Incident, Phase
from verifier.outlets import rows, shortfalls
from verifier.outlets.picture import ContractView
from verifier.outlets.price import at_price_paid, missing_work
from verifier.units import Money
from verifier.verdicts.verdict import Outcome


def row(view: ContractView) -> rows.Row:
    return rows.row(view, pictures.every_result())


def test_the_worst_contract_stands_first() -> None:
    found = sorted(pictures.every_result().contracts.values(), key=rows.worst_first)
    assert [view.contract.name for view in found] == ["fixed", "north", "west", "tiny", "south", "east", "order"]


def test_a_problem_elsewhere_lifts_a_delivered_contract_above_the_others() -> None:
    view = replace(pictures.met(), incidents={"worker_gone": Incident(phase=Phase.OPEN, ordinal=1)})
    troubled = row(view)
    assert troubled.outcome == "met"
    assert troubled.also == ("a worker is gone",)
    assert rows.worst_first(view) < rows.worst_first(pictures.met())


def test_short_says_since_when_how_much_and_what_it_cost() -> None:
    short = row(pictures.short())
    assert (short.result, short.since) == ("too little", pictures.SHORT_SINCE)
    assert short.ratio == pytest.approx(0.89)
    assert short.share == "89.0 ± 2.8 %"
    assert (short.missing, short.money) == ("41.2 TH/s-days", "1.54 EUR")


def test_a_row_says_how_the_span_of_the_contract_stands_and_what_was_missing_in_a_month() -> None:
    short, met = row(pictures.short()), row(pictures.met())
    assert short.allowance == "not used up, missed if this goes on"
    assert short.stands is not None
    assert short.stands.endswith("It is missed at Fri 11:54 if this goes on.")
    assert short.last_month == "2, 82.5 TH/s-days, about 3.07 EUR"
    assert (met.allowance, met.stands, met.last_month) == (None, None, None)


def test_without_a_shortfall_nothing_is_said_of_how_long_it_lasted() -> None:
    view = pictures.met()
    assert shortfalls.lasted(view.contract, view.verdicts["hashrate"]) is None
    over = replace(view.verdicts["hashrate"], values=pictures.past_shortages(1))
    assert shortfalls.lasted(replace(view.contract, price=None), over) == "18 h, 41.2 TH/s-days"


def test_the_shortfall_of_now_alone_is_not_counted_twice() -> None:
    view = pictures.short()
    now = replace(view.verdicts["hashrate"], values=pictures.past_shortages(1))
    assert row(replace(view, verdicts={"hashrate": now})).last_month is None
    over = replace(now, outcome=Outcome.MET)
    assert row(replace(view, verdicts={"hashrate": over})).last_month == "1, 41.2 TH/s-days, about 1.54 EUR"


def test_an_error_that_reaches_below_zero_is_said_by_its_ends() -> None:
    wide = replace(pictures.short().verdicts["hashrate"], delivered=2.256, owed=1.0, interval=(0.02, 16.95))
    assert rows.share(wide) == "between 2 and 1695 %"
    little = replace(wide, delivered=0.023, interval=(0.001, 0.057))
    assert rows.share(little) == "between 0.1 and 5.7 %"
    assert rows.share(replace(wide, delivered=None)) is None
    assert rows.share(replace(wide, interval=None)) == "226 %"


def test_cannot_tell_says_whose_fault_it_is() -> None:
    assert row(pictures.unknown()).because == "the pool's answer cannot be read"


def test_not_applicable_says_why() -> None:
    assert row(pictures.not_applicable()).because == "No rate is promised now."


def test_a_gap_without_a_reason_is_told_by_its_sentence() -> None:
    view = pictures.unknown()
    verdict = replace(view.verdicts["hashrate"], unseen_because=None)
    assert row(replace(view, verdicts={"hashrate": verdict})).because == verdict.because


def test_nothing_is_missing_where_nothing_was_measured() -> None:
    unknown = row(pictures.unknown())
    assert (unknown.ratio, unknown.missing, unknown.money) == (None, None, None)


def test_inside_the_tolerance_but_under_the_promise_is_still_missing() -> None:
    view = pictures.met()
    figures = replace(view.verdicts["hashrate"], delivered=0.97, owed=1.0, below_promise=True)
    assert missing_work(figures) == pytest.approx(0.03)
    assert row(replace(view, verdicts={"hashrate": figures})).missing is not None


def test_chance_alone_is_not_missing() -> None:
    assert row(pictures.undecided()).missing is None


def test_before_the_first_result_the_source_is_being_asked() -> None:
    waiting = row(pictures.before_first_data())
    assert (waiting.outcome, waiting.result) == (rows.WAITING, "asking for the first time")


def test_work_is_valued_at_the_price_of_the_whole_term() -> None:
    what = pictures.contract("a", 10, "x")
    term = what.promised.per_second * ((what.ends or pictures.NOW) - what.starts).total_seconds()
    assert at_price_paid(what, term) == Money(value=Decimal("136.0"), currency="EUR")


def test_work_has_no_price_where_the_contract_states_none_or_has_no_end() -> None:
    what = pictures.contract("a", 10, "x")
    assert at_price_paid(replace(what, price=None), 1e18) is None
    assert at_price_paid(replace(what, ends=None), 1e18) is None


@pytest.mark.parametrize(
    ("tolerance", "said"),
    [
        (None, "not stated"),
        (Tolerance(fraction=0.05), "5 %"),
        (Tolerance(fraction=0.05, span=DAY), "5 % a day"),
        (Tolerance(fraction=0.05, span=timedelta(hours=1)), "5 % an hour"),
        (Tolerance(fraction=0.02, span=timedelta(hours=6)), "2 % over 6 h"),
    ],
)
def test_what_the_contract_allows_is_said_with_its_span(tolerance: Tolerance | None, said: str) -> None:
    assert rows.allowed(tolerance) == said


def test_results_are_counted_and_those_without_any_left_out() -> None:
    counted = rows.counts(pictures.every_result().contracts.values())
    assert [(outcome, number) for outcome, _, number in counted] == [
        ("short", 2), ("unknown", 1), ("undecided", 1), ("waiting", 1), ("met", 1), ("not_applicable", 1)
    ]  # fmt: skip
    assert rows.counts([]) == []


def test_accounts_that_cannot_be_read_stand_first() -> None:
    found = rows.account_rows(pictures.every_result())
    assert [(one.view.name, one.state) for one in found] == [
        ("west_pool", "the pool's answer cannot be read"),
        ("fresh", "asking for the first time"),
        ("renter1", "answering"),
    ]


def test_the_first_source_speaks_where_none_decides() -> None:
    view = pictures.short()
    undecided = replace(view, sources=tuple(replace(source, decisive=False) for source in view.sources))
    assert rows.decisive(undecided) == undecided.sources[0]
    assert rows.decisive(replace(view, sources=())) is None
