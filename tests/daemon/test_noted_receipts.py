"""A note on a receipt in the file: the coins of the past are judged anew from the facts, once, and for good."""

from typing import Final

from tests.daemon.judged import Court
from tests.verdicts.money import asked, daily, day, deal, got
from verifier.contract import Category, ReceiptNote
from verifier.daemon.subjects import beside
from verifier.ledger.ledger import Ledger
from verifier.verdicts.payouts import payout_rows

NOTE: Final = ReceiptNote(txid="t", category=Category.REFUND, cite="mail of 3 Mar")


def category(court: Court) -> Category:
    (found,) = (row for row in payout_rows(court.standing().books) if row.receipts == ("t:0",))
    return found.category


async def test_a_note_reaches_what_was_closed_long_ago_and_taking_it_back_does_too(ledger: Ledger) -> None:
    court = Court(ledger, cases=(deal(),))
    facts = [*daily(30), got(1.5, 7_000, "t"), asked(31)]
    for number in range(32):
        await court.turn(day(number), *(fact for fact in facts if day(number - 1) < fact.learned_at <= day(number)))
    books = court.standing().books
    assert books is not None
    assert any(row.receipts == ("t:0",) for row in books.closed)
    assert category(court) is Category.OTHER
    court.judging.configure([deal(receipts=(NOTE,))])
    await court.turn(day(32), asked(32))
    assert category(court) is Category.REFUND
    court.cases = (deal(),)
    await court.restart()
    assert category(court) is Category.REFUND, "until it is judged again"
    await court.turn(day(33), asked(33))
    assert category(court) is Category.OTHER


async def test_it_is_done_once_and_not_where_no_coin_was_ever_told(ledger: Ledger) -> None:
    noted = beside({"north": deal(receipts=(NOTE,))})["north"]
    court = Court(ledger, cases=(noted,))
    for number in range(3):
        decided = await court.judging.judge({"north"}, (), day(number), court.world)
        assert not decided.stale
        court.judging.accept(decided, day(number))
    await court.turn(day(4), *daily(2), got(1.5, 7_000, "t"), asked(4))
    assert category(court) is Category.REFUND
    again = await court.judging.judge({"north"}, (), day(5), court.world)
    assert not again.stale, "the books rest on these notes already"
