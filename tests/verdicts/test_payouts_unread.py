"""Nobody read the chain for a while: what may have come then is not called missing."""

from typing import Final

from tests.verdicts.money import daily, day, deal, earned, got, left, looked, paid, said
from tests.verdicts.test_payout_checks import NET, verdict, wallet_only
from verifier.fact import Fact
from verifier.observation import Unread
from verifier.verdicts.payouts import PayoutState, payout_rows, post
from verifier.verdicts.verdict import Outcome

RECEIVED: Final = "received_below_paid"


def unread(since: float, until: float, at: float, account: str = "wallet") -> Fact:
    one = Unread(at=day(at), since=day(since), until=day(until))
    return said(account, day(at), one, question="receipts")


def test_a_payout_into_time_that_nobody_read_is_not_missing() -> None:
    facts = [*daily(3)[:-1], unread(3.2, 4.1, 4.5), looked(14)]
    assert PayoutState.MISSING not in [row.receipt for row in payout_rows(post(deal(), None, facts, day(14)))]
    only = verdict(
        RECEIVED, [looked(0), earned(0, 50_000), paid(1.4, 50_000), unread(1.2, 2.1, 3), looked(14)], day(14)
    )
    assert (only.outcome, only.because) == (
        Outcome.UNKNOWN,
        "Cannot tell: what was received from 2 Nov 04:48 UTC to 3 Nov 02:24 UTC was not read.",
    )


def test_a_payout_after_the_gap_is_missing_and_one_that_was_seen_has_come() -> None:
    facts = [unread(-20, 0.2, 0.3), *daily(3)[:-1], looked(14)]
    assert verdict(RECEIVED, facts, day(14)).outcome is Outcome.SHORT
    assert verdict(RECEIVED, [*daily(3), unread(1.2, 4.1, 4.5), looked(14)], day(14)).outcome is Outcome.MET


def test_the_rest_of_a_payout_may_have_come_while_nobody_read() -> None:
    part = [looked(0), earned(0, 50_000), paid(1.4, 50_000), got(1.4, 30_000, "t"), looked(14)]
    assert verdict(RECEIVED, part, day(14)).outcome is Outcome.SHORT
    assert verdict(RECEIVED, [*part, unread(1.5, 2.1, 3)], day(14)).outcome is Outcome.UNKNOWN
    named = [looked(0), earned(0, 50_000), paid(1.4, 50_000, txid="t"), got(1.4, 30_000, "t"), unread(1.5, 2.1, 3)]
    assert verdict(RECEIVED, named, day(14)).outcome is Outcome.SHORT, "the transaction itself was read"


def test_a_block_that_left_may_have_been_replaced_while_nobody_read() -> None:
    facts = [*daily(1), left("block of tx 0", 1.6), looked(4)]
    assert [row.receipt for row in payout_rows(post(deal(), None, facts, day(4)))] == [PayoutState.REORGED]
    again = [*facts, unread(1.6, 2.4, 2.5)]
    assert [row.receipt for row in payout_rows(post(deal(), None, again, day(4)))] == [PayoutState.UNCONFIRMED]


def test_a_wallet_alone_waits_anew_after_a_gap() -> None:
    seen = [got(number + 1.4, NET, f"t{number}") for number in range(6)]
    assert verdict("payout_late", [*seen, looked(14)], day(14), wallet_only()).outcome is Outcome.SHORT
    gap = unread(6.5, 12.5, 13)
    assert verdict("payout_late", [*seen, gap, looked(14)], day(14), wallet_only()).outcome is Outcome.MET
    later = verdict("payout_late", [*seen, gap, looked(24)], day(24), wallet_only())
    assert (later.outcome, later.because.startswith("No payout since 13 Nov 12:00")) == (Outcome.SHORT, True)


def test_credits_of_which_a_wallet_alone_would_show_the_payout_are_not_late_across_a_gap() -> None:
    wallet = [fact for fact in daily(5) if fact.subject == "wallet"]
    credit = [earned(number, 50_000 + number) for number in range(7)]
    assert verdict("payout_late", [looked(0), *credit, *wallet, looked(14)], day(14)).outcome is Outcome.SHORT
    facts = [looked(0), *credit, *wallet, unread(6.5, 12.5, 13), looked(14)]
    assert verdict("payout_late", facts, day(14)).outcome is Outcome.UNKNOWN


def test_payouts_are_summed_up_as_if_only_after_the_last_gap() -> None:
    seen = [got(number + 1.4, NET, f"t{number}") for number in range(30) if not 10 <= number < 20]
    holed = verdict("paid_as_if", seen, day(32), wallet_only())
    assert holed.outcome is Outcome.SHORT
    read = verdict("paid_as_if", [*seen, unread(11, 21, 21.1)], day(32), wallet_only())
    assert (read.outcome, read.values["payouts"]) == (Outcome.UNDECIDED, 9), "nine payouts are few"


def test_a_gap_of_long_ago_is_forgotten() -> None:
    books = post(deal(), None, [*daily(3), unread(1, 2, 2.5)], day(3))
    assert len(books.items.gaps) == 1
    assert not post(deal(), books, daily(80)[-1:], day(81)).items.gaps
