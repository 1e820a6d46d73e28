"""Payouts as people read them: the overview's cell, the rows in order, and what payouts alone cannot show."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.outlets import payout_pictures, pictures
from verifier.contract import Category, ReceiptNote
from verifier.outlets import api, pages, payout_words, readable, words
from verifier.outlets.payout_words import cell, rows
from verifier.outlets.picture import ContractView
from verifier.units import Amount
from verifier.verdicts.payouts.rows import DayRow, PayoutRow, PayoutState
from verifier.verdicts.verdict import Outcome

DAY = timedelta(days=1)
AT = pictures.STARTS
MINED = ReceiptNote(txid=64 * "b", category=Category.MINING)


def came(number: int, atoms: int = 22_000) -> PayoutRow:
    return PayoutRow(
        at=AT + number * DAY,
        due=atoms,
        paid=atoms,
        received=atoms,
        payment=PayoutState.ON_TIME,
        receipt=PayoutState.CONFIRMED,
        confirmations=6,
    )


def view_of(*payouts: PayoutRow) -> ContractView:
    return replace(pictures.met(), payouts=payouts)


def page_of(view: ContractView) -> str:
    picture = replace(pictures.every_result(), contracts={view.contract.name: view})
    return pages.contract(picture, view, (), ())


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


def test_the_cell_says_how_many_came_and_how_much() -> None:
    said = cell(view_of(*(came(number) for number in range(29))))
    assert said == payout_words.Cell(outcome="met", text="29 of 29 payouts: 0.00638 of 0.00638 BTC")


def test_a_payout_that_is_on_its_way_is_not_counted_and_one_taken_back_has_not_come() -> None:
    waiting = replace(came(3), paid=None, received=None, payment=PayoutState.CREDITED, receipt=None)
    back = replace(came(4), receipt=PayoutState.REORGED)
    late = replace(came(5), paid=None, received=None, payment=PayoutState.LATE, receipt=None)
    said = cell(view_of(came(1), came(2), waiting, back, late))
    assert said is not None
    assert (said.outcome, said.text) == ("undecided", "2 of 4 payouts: 0.000440 of 0.000880 BTC")


def test_without_a_wallet_the_payer_s_word_counts() -> None:
    said = cell(view_of(replace(came(1), received=None, receipt=None)))
    assert said is not None
    assert said.text == "1 of 1 payout: 0.000220 of 0.000220 BTC"


def test_a_problem_is_said_before_the_figures() -> None:
    late = replace(pictures.payouts("east", Outcome.SHORT, "…"), check="payout_late")
    view = view_of(came(1))
    said = cell(replace(view, verdicts={**view.verdicts, "payout_late": late}))
    assert said == payout_words.Cell(
        outcome="short", text="a payout is late", detail="1 of 1 payout: 0.000220 of 0.000220 BTC"
    )


def test_a_wallet_alone_says_what_it_cannot_show() -> None:
    said = cell(payout_pictures.wallet_only())
    assert said is not None
    assert (said.outcome, said.text) == ("met", "18 payouts: 0.00196 BTC")
    assert said.detail == "from payouts only; does not show that anything was mined"
    assert "From payouts only; does not show that anything was mined." in page_of(payout_pictures.wallet_only())
    assert "From payouts only" not in page_of(payout_pictures.paid())
    nothing = cell(replace(payout_pictures.wallet_only(), payouts=()))
    assert nothing is None or "from payouts only" not in nothing.detail, "nothing rests on what has not come"


def test_without_a_source_of_payouts_there_is_no_cell_and_no_section() -> None:
    view = pictures.undecided()
    assert cell(view) is None
    assert 'id="payouts"' not in page_of(view)


def test_rows_are_days_and_payouts_the_newest_first() -> None:
    found = rows(payout_pictures.paid())
    assert [row.line.at for row in found] == sorted((row.line.at for row in found), reverse=True)
    assert sum(row.line.day for row in found) == 20
    said = {row.state for row in found}
    assert "on time, received (1 confirmation)" not in said
    assert "on time, received (144 confirmations)" not in said
    assert "on time, taken back" in said
    assert "refund (your note: mail of 3 Mar), received" in said
    assert "credited" in said
    assert "expected" in said
    assert any(state.startswith("late, received") and state.endswith("changed later") for state in said)


@pytest.mark.parametrize(
    ("row", "outcome", "state"),
    [
        (came(1), "met", "on time, received (6 confirmations)"),
        (replace(came(1), confirmations=1), "met", "on time, received (1 confirmation)"),
        (replace(came(1), receipt=PayoutState.MISSING), "short", "on time, missing"),
        (PayoutRow(at=AT, due=5, payment=PayoutState.TOGETHER), "met", "paid together with others"),
        (PayoutRow(at=AT, received=5, receipt=PayoutState.UNEXPLAINED), "undecided", "not explained"),
        (
            PayoutRow(at=AT, received=5, receipt=PayoutState.UNEXPLAINED, receipts=(f"{'4a5e1e' * 10}ffff:1",)),
            "undecided",
            "not explained (transaction 4a5e1e4a5e1e4a5e…)",
        ),
        (PayoutRow(at=AT, received=5, receipt=PayoutState.IMMATURE), "waiting", "block reward, not spendable yet"),
        (PayoutRow(at=AT, received=5, category=Category.BONUS), "not_applicable", "bonus"),
        (replace(came(1), note=MINED), "met", "mining (your note), on time, received (6 confirmations)"),
    ],
)
def test_a_row_says_how_it_stands(row: PayoutRow, outcome: str, state: str) -> None:
    (found,) = rows(view_of(row))
    assert (found.outcome, found.state) == (outcome, state)


def test_the_page_has_four_columns_sums_and_a_bounded_number_of_rows() -> None:
    days = tuple(
        DayRow(start=AT + number * DAY, end=AT + (number + 1) * DAY, expected=10, credited=9) for number in range(60)
    )
    page = text_of(page_of(replace(view_of(came(1)), payout_days=days)))
    assert "In BTC Expected Credited Paid Received How it stands" in page
    assert page.count("work of") == payout_words.ROWS_SHOWN
    assert "all that is known expected 0.00000600 credited 0.00000540 paid 0.00022000 received 0.00022000" in page
    assert "with 21 older rows" in page


def test_every_state_and_every_receipt_has_words() -> None:
    assert {state.value for state in PayoutState} == set(words.PAYOUT_STATES)
    assert {category.value for category in Category} == set(words.RECEIPTS)


@pytest.mark.parametrize(
    ("atoms", "said"),
    [(636_000, "0.00636 BTC"), (635_996, "0.00636 BTC"), (0, "0.00000 BTC"), (64, "0.00000064 BTC"),
     (123_456_789, "1.23457 BTC"), (64_321, "0.000643 BTC"), (1, "0.00000001 BTC")],
)  # fmt: skip
def test_coins_are_said_in_few_digits_and_never_as_nothing(atoms: int, said: str) -> None:
    assert readable.coins(Amount(atoms=atoms)) == said
    assert readable.coins(Amount(atoms=atoms), unit=False, exact=True) == f"{Amount(atoms=atoms).coins:.8f}"


def test_the_document_carries_the_same_rows_with_base_units_as_text() -> None:
    view = payout_pictures.paid()
    told = api.one_contract(payout_pictures.with_payouts(), view, ())
    assert told["payouts"]["paid"] == {"atoms": "396005", "coin": "BTC", "value": "0.00396005"}
    assert len(told["payout_rows"]) == len(rows(view))
    (refund,) = (row for row in told["payout_rows"] if row["category"] == "refund")
    assert (refund["receipts"], refund["your_note"], refund["cite"]) == ([64 * "a" + ":0"], True, "mail of 3 Mar")
    assert (refund["kind"], refund["received"]["atoms"], refund["expected"]) == ("payout", "1234", None)
