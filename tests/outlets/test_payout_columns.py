"""Payouts as figures: a column nobody tells of is absent, and only mining counts."""

from dataclasses import replace
from datetime import timedelta

from tests.outlets import pictures
from tests.outlets.test_metrics import value
from verifier.contract import Category
from verifier.outlets.payout_columns import kept, states, sums
from verifier.outlets.picture import ContractView, Picture
from verifier.units import Amount
from verifier.verdicts.payouts.rows import DayRow, PayoutRow, PayoutState, Totals

DAY = timedelta(days=1)
AT = pictures.STARTS


def paid_view() -> ContractView:
    """Two days of which one is credited, two payouts of which one has come, and a refund."""
    return replace(
        pictures.met(),
        payout_days=(
            DayRow(start=AT, end=AT + DAY, credited=900, expected=1_000),
            DayRow(start=AT + DAY, end=AT + 2 * DAY, expected=1_000),
        ),
        payouts=(
            PayoutRow(at=AT + DAY, paid=900, payment=PayoutState.ON_TIME, receipt=PayoutState.CONFIRMED, received=900),
            PayoutRow(at=AT + 2 * DAY, payment=PayoutState.LATE),
            PayoutRow(at=AT + 2 * DAY, received=70, category=Category.REFUND),
        ),
        totals=Totals(credited=100, received=50),
    )


def picture() -> Picture:
    return replace(pictures.every_result(), contracts={"east": paid_view()})


def test_columns_grow_by_what_is_known() -> None:
    told = {column: amount.atoms for column, amount in sums(paid_view()).items()}
    assert told == {"expected": 2_000, "credited": 1_000, "paid": 900, "received": 950}


def test_a_column_nobody_tells_of_is_absent() -> None:
    assert sums(pictures.met()) == {}
    one = DayRow(start=AT, end=AT + DAY, credited=0)
    assert sums(replace(pictures.met(), payout_days=(one,), coin="LTC")) == {"credited": Amount(atoms=0, coin="LTC")}


def test_a_payout_counts_as_paid_and_as_received() -> None:
    told = {state.value: count for state, count in states(paid_view()).items() if count}
    assert told == {"on_time": 1, "confirmed": 1, "late": 1}
    assert states(pictures.met()) == {}


def test_what_was_paid_together_with_others_is_not_counted_twice() -> None:
    rows = (
        PayoutRow(at=AT, due=500, payment=PayoutState.TOGETHER),
        PayoutRow(at=AT + DAY, paid=900, received=900, receipt=PayoutState.CONFIRMED),
    )
    found = kept(replace(pictures.met(), payouts=rows))
    assert found is not None
    assert (found.came, found.expected, found.due) == (1, 1, Amount(atoms=900))


def test_metrics_say_it_in_whole_coins() -> None:
    name = "verifier_payout_coins"
    assert value(picture(), name, contract="east", coin="BTC", column="credited") == 0.00001
    assert value(picture(), "verifier_payouts", contract="east", state="late") == 1
    assert value(picture(), "verifier_payouts", contract="east", state="missing") == 0
    assert value(pictures.every_result(), name, contract="east", coin="BTC", column="credited") is None


def test_what_the_contract_lets_pass_is_a_figure_where_it_is_stated() -> None:
    name = "verifier_contract_allowed_ratio"
    assert value(pictures.every_result(), name, contract="east") == 0.95
    assert value(pictures.every_result(), name, contract="tiny") is None
