"""Pictures with coins: payouts in four columns, and a contract that nothing but a wallet tells of."""

from dataclasses import replace

from tests.outlets.pictures import DAY, HOUR, NOW, STARTS, contract, every_result, hashrate, met, payouts, short
from verifier.contract import Category, ReceiptNote
from verifier.outlets.picture import ContractView, Picture
from verifier.verdicts.payouts.rows import DayRow, PayoutRow, PayoutState, Totals
from verifier.verdicts.verdict import Outcome


def paid() -> ContractView:
    """Nineteen settlement days and their payouts: one taken back, one late, one on its way, and a refund."""
    view = met()
    earned = 22_000
    days = tuple(
        DayRow(
            start=STARTS + number * DAY, end=STARTS + (number + 1) * DAY, expected=earned + 40 * number,
            expected_spread=310, credited=earned if number < 19 else None,
        )
        for number in range(20)
    )  # fmt: skip
    rows = [
        PayoutRow(
            at=STARTS + (number + 1) * DAY + 2 * HOUR, due_at=STARTS + (number + 1) * DAY,
            by=STARTS + (number + 2) * DAY, due=earned, paid=earned, received=earned, confirmations=144 * (19 - number),
            payment=PayoutState.ON_TIME, receipt=PayoutState.CONFIRMED,
        )
        for number in range(19)
    ]  # fmt: skip
    rows[5] = replace(rows[5], receipt=PayoutState.REORGED, confirmations=0, received=None)
    rows[7] = replace(rows[7], payment=PayoutState.LATE, revised=True)
    rows[18] = replace(rows[18], paid=None, received=None, payment=PayoutState.CREDITED, receipt=None)
    note = ReceiptNote(txid=64 * "a", category=Category.REFUND, cite="mail of 3 Mar")
    refund = PayoutRow(
        at=NOW - DAY, received=1_234, category=Category.REFUND, receipt=PayoutState.CONFIRMED,
        receipts=(f"{note.txid}:0",), note=note,
    )  # fmt: skip
    return replace(view, payout_days=days, payouts=(*rows, refund), totals=Totals(received=5, paid=5))


def wallet_only() -> ContractView:
    """A contract that nothing but a wallet tells of."""
    what = contract("cloud", 50, "Cloudhash, plan S")
    because = "Paid as if 48 TH/s had worked for you, from payouts only; it does not show that anything was mined."
    rows = tuple(
        PayoutRow(at=STARTS + number * DAY, received=10_900, confirmations=900, receipt=PayoutState.CONFIRMED)
        for number in range(1, 19)
    )
    return ContractView(
        contract=what,
        verdicts={
            "hashrate": hashrate("cloud", Outcome.UNKNOWN, "Payouts do not show how much was mined."),
            "paid_as_if": replace(payouts("cloud", Outcome.MET, because), check="paid_as_if"),
        },
        payouts=rows,
        sources=(),
    )


def with_payouts() -> Picture:
    """Payouts in four columns, a contract with a wallet alone, and one whose payout is missing."""
    views = (paid(), wallet_only(), replace(short(), payouts=(PayoutRow(at=NOW, due=9, payment=PayoutState.LATE),)))
    found = {view.contract.name: view for view in views}
    return replace(every_result(), contracts={**every_result().contracts, **found})
