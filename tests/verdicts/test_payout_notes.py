"""What the user notes of a receipt: it settles no payout unless it is mining, whatever was learned first."""

from dataclasses import replace
from itertools import pairwise
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from tests.verdicts.money import asked, daily, day, deal, earned, got, looked, paid
from tests.verdicts.test_payout_checks import NET, verdict, wallet_only
from verifier.contract import Category, Contract, ReceiptNote, Watch
from verifier.daemon.subjects import beside
from verifier.fact import Fact
from verifier.verdicts.payouts import Books, PayoutRow, PayoutState, payout_rows, post
from verifier.verdicts.payouts.books import noted_otherwise
from verifier.verdicts.verdict import Certainty, Outcome

S: Final = PayoutState
REFUND: Final = ReceiptNote(txid="t", category=Category.REFUND, cite="mail of 3 Mar")
MINED: Final = ReceiptNote(txid="t", category=Category.MINING)


def rows(facts: list[Fact], days: float, *notes: ReceiptNote, what: Contract | None = None) -> tuple[PayoutRow, ...]:
    return payout_rows(post(replace(what or deal(), receipts=notes), None, facts, day(days)))


def test_what_no_payout_explains_is_what_the_user_says_that_it_is() -> None:
    facts = [*daily(2), got(1.5, 7_000, "t"), asked(3)]
    (before,) = [row for row in rows(facts, 4) if not row.claims]
    (after,) = [row for row in rows(facts, 4, REFUND) if not row.claims]
    assert (before.category, before.receipt, before.note) == (Category.OTHER, S.UNEXPLAINED, None)
    assert (after.category, after.receipt, after.received) == (Category.REFUND, S.CONFIRMED, 7_000)
    assert after.note == REFUND


def test_a_receipt_that_looks_like_the_payout_settles_nothing_when_it_is_a_refund() -> None:
    facts = [looked(), earned(0, 50_000), paid(1.4, 50_000), got(1.4, 50_000, "t"), looked(6), asked(6)]
    (settled,) = rows(facts, 6)
    assert settled.receipts == ("t:0",)
    claimed, refund = sorted(rows(facts, 6, REFUND), key=lambda row: row.category is Category.REFUND)
    assert (claimed.receipts, claimed.receipt) == ((), S.LATE)
    assert (refund.category, refund.received, refund.payment) == (Category.REFUND, 50_000, None)


def test_a_payout_that_the_pool_itself_names_goes_with_its_receipt_and_is_not_missing() -> None:
    facts = [*daily(1), earned(1, 60_000), paid(2.4, 60_000, name="p", txid="t"), got(2.4, 60_000, "t"), asked(7)]
    _, due, refund = sorted(rows(facts, 7, REFUND), key=lambda row: (row.category is Category.REFUND, row.at))
    assert (due.due, due.paid, due.payment) == (60_000, None, S.LATE), "a refund pays for no work"
    assert (refund.claims, refund.receipts, refund.paid, refund.receipt) == (("pool p",), ("t:0",), None, S.CONFIRMED)


def test_a_note_on_one_output_leaves_the_others_of_its_transaction() -> None:
    facts = [earned(0, 50_000), paid(1.4, 50_000, txid="t"), got(1.4, 50_000, "t", 0), got(1.4, 900, "t", 1), looked(6)]
    payout, refund = sorted(rows(facts, 6, replace(REFUND, vout=1)), key=lambda row: not row.claims)
    assert (payout.received, payout.receipts, payout.states) == (50_000, ("t:0",), (S.ON_TIME, S.CONFIRMED))
    assert (refund.receipts, refund.received, refund.category) == (("t:1",), 900, Category.REFUND)


def test_what_the_user_says_is_mining_pays_for_what_is_lacking() -> None:
    facts = [*daily(12, without=[3]), got(4.4, 50_003, "t"), asked(20), looked(20)]
    without = [row.payment for row in rows(facts, 20) if row.payment is not S.ON_TIME]
    assert without == [S.MISSING, None]
    found = rows(facts, 20, MINED)
    (mined,) = [row for row in found if not row.claims and row.receipts]
    assert (mined.category, mined.receipt, mined.received, mined.note) == (
        Category.MINING, S.CONFIRMED, 50_003, MINED,
    )  # fmt: skip
    assert [row.payment for row in found if row.earnings == ("pool earned 3",)] == [S.TOGETHER]


def test_what_the_user_says_is_mining_counts_only_as_far_as_no_payout_took_of_it() -> None:
    facts = [earned(0, 50_000), paid(1.4, 50_000, txid="t"), got(1.4, 58_000, "t"), asked(6), looked(6)]
    payout, more = sorted(rows(facts, 6, MINED), key=lambda row: not row.claims)
    assert (payout.received, more.received, more.category) == (50_000, 8_000, Category.MINING)


def test_a_note_beside_a_wallet_alone_takes_the_receipt_out_of_what_was_mined() -> None:
    alone = deal(watch=(Watch(account="wallet"),))
    found = rows([got(1, 70_000, "a"), got(2, 80_000, "t")], 4, REFUND, what=alone)
    assert [(row.received, row.category) for row in found] == [(70_000, Category.MINING), (80_000, Category.REFUND)]


@pytest.mark.parametrize("note", [REFUND, MINED], ids=lambda note: note.category.value)
def test_a_note_holds_for_every_contract_of_the_wallet_and_is_a_row_of_its_own_contract_alone(
    note: ReceiptNote,
) -> None:
    north = deal(receipts=(note,))
    south = deal(name="south", watch=(Watch(account="pool of south"), Watch(account="wallet")))
    both = beside({"north": north, "south": south})
    assert (both["north"].noted_beside, both["south"].noted_beside) == ((), (note,))
    facts = [*daily(1), got(1.5, 7_000, "t"), asked(3), asked(3, "pool of south")]
    names = {name: [row.receipts for row in post(one, None, facts, day(4)).rows] for name, one in both.items()}
    assert ("t:0",) in names["north"]
    assert ("t:0",) not in names["south"]


def test_books_of_other_notes_are_to_be_made_anew_and_then_are_not() -> None:
    facts = [*daily(30), got(1.5, 7_000, "t"), asked(31)]
    books = post(deal(), None, facts, day(32))
    assert [row.category for row in books.closed if row.receipts == ("t:0",)] == [Category.OTHER], "closed by now"
    assert not noted_otherwise(deal(), books)
    assert not noted_otherwise(deal(receipts=(REFUND,)), None), "nothing was ever told"
    assert noted_otherwise(deal(receipts=(REFUND,)), books)
    anew = post(deal(receipts=(REFUND,)), None, facts, day(32))
    assert [row.category for row in anew.closed if row.receipts == ("t:0",)] == [Category.REFUND]
    assert not noted_otherwise(deal(receipts=(REFUND,)), anew)
    assert TypeAdapter(Books).validate_json(TypeAdapter(Books).dump_json(anew, exclude_defaults=True)) == anew


def test_what_a_note_takes_out_is_no_received_payout_and_proves_nothing() -> None:
    facts = [*daily(1), paid(2.4, 60_000, txid="t"), got(2.4, 50_000, "t"), looked(7)]
    assert verdict("received_below_paid", facts, day(6)).certainty is Certainty.PROVEN
    refunded = verdict("received_below_paid", facts, day(6), deal(receipts=(REFUND,)))
    assert (refunded.outcome, refunded.values["payouts"]) == (Outcome.MET, 1.0), "the refund is no payout"
    parts = [*facts, got(2.4, 9_999, "t", 1)]
    assert verdict("received_below_paid", parts, day(6)).outcome is Outcome.MET
    told = verdict("received_below_paid", parts, day(6), deal(receipts=(replace(REFUND, vout=1),)))
    assert (told.outcome, told.certainty) == (Outcome.SHORT, Certainty.SUPPORTED), "it rests on the user's word"


def test_a_refund_to_a_wallet_alone_is_not_the_payout_that_is_waited_for() -> None:
    facts = [got(number + 1.4, NET, f"t{number}") for number in range(5)]
    facts += [got(12.4, NET, "t"), looked(14)]
    assert verdict("payout_late", facts, day(14), wallet_only()).outcome is Outcome.MET
    noted = replace(wallet_only(), receipts=(REFUND,))
    assert verdict("payout_late", facts, day(14), noted).outcome is Outcome.SHORT


NOTES: Final = tuple(
    ReceiptNote(txid=txid, vout=vout, category=category)
    for txid, vout in (("tx 0", None), ("tx 2", 0), ("tx 4", 1), ("t", None), ("lost", None))
    for category in (Category.REFUND, Category.MINING)
)
FACTS: Final = [
    *daily(7, without=[3]),
    got(4.4, 50_003, "t"),
    got(3.4, 900, "lost"),
    got(5.375, 300, "tx 4", 1),
    got(5.375, 50_004, "tx 4", confirmations=0, block=None),
    paid(3.375, 20_000, name="x", account="pool of south", txid="tx 2"),
    *(one for number in range(9) for one in (asked(number), looked(number))),
]


@given(
    st.permutations(FACTS),
    st.lists(st.integers(0, len(FACTS)), max_size=4),
    st.lists(st.sampled_from(NOTES), max_size=3, unique_by=lambda note: note.txid),
)
@settings(max_examples=60, deadline=None)
def test_what_is_noted_depends_on_no_order_and_every_base_unit_stays_in_one_row(
    order: list[Fact], cuts: list[int], notes: list[ReceiptNote]
) -> None:
    what = deal(beside=("pool of south",), receipts=tuple(notes))
    reference = post(replace(what, receipts=tuple(notes[::-1])), None, FACTS, day(8)).rows
    books: Books | None = None
    bounds = [0, *sorted(cuts), len(order)]
    for start, end in pairwise(bounds):
        books = post(what, books, order[start:end], day(8))
    assert books is not None
    assert books.rows == reference
    named = {note.txid for note in notes if note.category is Category.REFUND and note.vout is None}
    for row in reference:
        apart = {key.rsplit(":", 1)[0] for key in row.receipts} & named
        assert not apart or row.category is Category.REFUND
        assert not (apart and row.earnings)


def test_a_pool_whose_only_payout_is_no_mined_coins_is_not_said_to_have_paid_nothing() -> None:
    facts = [looked(0), paid(1.4, 60_000, txid="t"), got(1.4, 60_000, "t"), looked(3), asked(3)]
    told = verdict("received_below_paid", facts, day(3), deal(receipts=(REFUND,)))
    assert told.because == "Cannot tell: no payout of the last 30 days is known to be of mined coins."
