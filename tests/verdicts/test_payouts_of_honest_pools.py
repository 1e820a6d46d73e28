"""What an honest pool may do without being called late, short or missing, and what is still told."""

from dataclasses import replace
from datetime import datetime
from typing import Final

import pytest

from tests.verdicts.money import ADDRESS, DAY, HOUR, PLAN, asked, daily, day, deal, earned, got, looked, paid, said
from tests.verdicts.test_payout_checks import NET, verdict, wallet_only
from verifier.contract import Category, Contract, PayoutPlan
from verifier.fact import Fact
from verifier.observation import EarningClaimed, Silence, SilenceReason
from verifier.units import Amount
from verifier.verdicts.payouts import PayoutState, payout_rows, post
from verifier.verdicts.verdict import Certainty, Outcome

ELSEWHERE: Final = "bc1qother00000000000000000000000000000000"
LATE, PAID, RECEIVED = "payout_late", "paid_below_credited", "received_below_paid"


def silent(account: str, number: float, question: str) -> Fact:
    one = Silence(at=day(number), reason=SilenceReason.UNREACHABLE, detail="no route")
    return said(account, day(number), one, question=question)


def of_pool(facts: list[Fact]) -> list[Fact]:
    return [fact for fact in facts if fact.subject == "pool"]


def carrying(days: int) -> list[Fact]:
    """A pool that pays whole thousands and carries the rest."""
    facts, balance = [], 0
    for number in range(days):
        facts.append(earned(number, 50_000 + number * 7_919 % 1_500))
        balance += 50_000 + number * 7_919 % 1_500
        sent = balance // 1_000 * 1_000
        balance -= sent
        facts.append(paid(number + 1.375, sent, txid=f"c{number}"))
        facts.append(got(number + 1.375, sent, f"c{number}"))
    return facts


def in_parts(days: int, parts: int = 6) -> list[Fact]:
    facts = []
    for number in range(days):
        facts.append(earned(number, parts * (10_000 + number)))
        for part in range(parts):
            at, name = number + 1 + (part + 1) / (parts + 0.5), f"{number}.{part}"
            facts.append(paid(at, 10_000 + number, name=name, txid=name))
            facts.append(got(at, 10_000 + number, name))
    return facts


def per_block(days: int, threshold: int) -> list[Fact]:
    """Credited with each block, paid with the block that reaches the threshold."""
    facts, balance = [], 0
    for number in range(8 * days):
        at = day(number / 8)
        amount = Amount(atoms=10_000 + number)
        facts.append(said("pool", at, EarningClaimed(id=f"b{number}", start=at, end=at, amount=amount)))
        balance += amount.atoms
        if balance >= threshold:
            facts.append(paid(number / 8 + 0.01, balance, txid=f"x{number}"))
            facts.append(got(number / 8 + 0.01, balance, f"x{number}"))
            balance = 0
    return facts


def weekly() -> Contract:
    return deal(payouts=replace(PLAN, every=7 * DAY))


def by_threshold() -> Contract:
    return deal(payouts=replace(PLAN, scheme=None, threshold=Amount(atoms=120_000)))


@pytest.mark.parametrize(
    ("facts", "now", "what"),
    [
        (carrying(20), day(20.5), deal()),
        (in_parts(10), day(11), deal()),
        (daily(20), day(20), weekly()),
        (per_block(20, 120_000), day(20.1), by_threshold()),
    ],
    ids=["carries a remainder", "pays in six parts", "pays more often than the plan", "pays per block"],
)
def test_a_pool_that_pays_everything_in_its_own_way_is_neither_late_nor_short(
    facts: list[Fact], now: datetime, what: Contract
) -> None:
    assert verdict(LATE, facts, now, what).outcome is Outcome.MET
    assert verdict(PAID, facts, now, what).outcome is Outcome.MET
    assert verdict(RECEIVED, facts, now, what).outcome is Outcome.MET
    states = {row.payment for row in payout_rows(post(what, None, facts, now))}
    assert states.isdisjoint({PayoutState.SHORT, PayoutState.MISSING})


def test_a_pool_that_carries_remainders_and_stops_is_late() -> None:
    facts = [*carrying(10), *(earned(number, 50_000) for number in range(10, 16)), asked(16)]
    now = verdict(LATE, facts, day(16.5))
    assert (now.outcome, now.certainty) == (Outcome.SHORT, Certainty.SUPPORTED)
    assert now.because.startswith("3 payouts late: 0.00")


def test_a_pool_that_pays_per_block_and_stops_is_late() -> None:
    stopped = [
        fact
        for fact in per_block(20, 120_000)
        if fact.learned_at < day(14) or not fact.observations[0].type.startswith("payout")
    ]
    now = verdict(LATE, [*stopped, asked(20)], day(20.1), by_threshold())
    assert (now.outcome, "payouts late: 0.00" in now.because) == (Outcome.SHORT, True)


def test_a_part_of_one_usual_payout_that_is_open_is_not_decided() -> None:
    facts = [*daily(2), earned(2, 50_000), paid(3.4, 20_000), asked(14)]
    assert verdict(LATE, facts, day(14)).outcome is Outcome.UNDECIDED
    assert verdict(PAID, facts, day(14)).outcome is Outcome.UNDECIDED


def test_a_silent_pool_is_no_late_payout() -> None:
    silence = [silent("pool", 4.2 + number, "payouts") for number in range(9)]
    now = verdict(LATE, [*daily(3), earned(3, 50_003), *silence], day(13))
    assert now.outcome is Outcome.UNKNOWN
    assert now.because == "Cannot tell: no source has said since 7 Nov 00:00 UTC what was paid."
    never = [*(earned(number, 50_000) for number in range(6)), *silence]
    assert verdict(LATE, never, day(13)).outcome is Outcome.UNKNOWN
    unheard = [*carrying(5), earned(5, 50_000), *silence]
    assert verdict(LATE, unheard, day(13)).outcome is Outcome.UNKNOWN
    assert verdict(PAID, unheard, day(13)).outcome is Outcome.UNKNOWN


def test_a_silent_wallet_is_no_missing_receipt() -> None:
    silence = [silent("wallet", 3.4 + number, "receipts") for number in range(9)]
    now = verdict(RECEIVED, [*daily(3)[:-1], *silence], day(12))
    assert (now.outcome, now.because.startswith("What can be told of 3")) == (Outcome.MET, True)
    assert verdict(RECEIVED, [*of_pool(daily(5)), *silence], day(12)).outcome is Outcome.UNKNOWN


def test_what_came_before_the_wallet_was_watched_is_not_missing() -> None:
    facts = [*of_pool(daily(25)), looked(30)]
    assert verdict(RECEIVED, facts, day(30.1)).outcome is Outcome.UNKNOWN
    only = verdict(LATE, [looked(30)], day(30), wallet_only())
    assert (only.outcome, "first payout" in only.because) == (Outcome.MET, True)


def test_a_payout_to_an_address_that_is_not_watched_is_not_missing() -> None:
    facts = [looked(0), earned(0, 50_000), paid(1.375, 50_000, txid="t", address=ELSEWHERE), looked(12)]
    assert verdict(RECEIVED, facts, day(14)).outcome is Outcome.UNKNOWN
    here = [looked(0), earned(0, 50_000), paid(1.375, 50_000, txid="t", address=ADDRESS), looked(12)]
    assert verdict(RECEIVED, here, day(14)).outcome is Outcome.SHORT


def test_what_was_earned_outside_the_term_is_somebody_elses() -> None:
    before = [earned(number, 50_000) for number in range(-12, 0)]
    assert verdict(LATE, [*before, asked(5)], day(5)).outcome is Outcome.UNKNOWN
    after = [*daily(10), *(earned(number, 50_000) for number in range(10, 16)), asked(17)]
    assert verdict(LATE, after, day(17), deal(ends=day(10))).outcome is Outcome.MET


def test_small_differences_add_up() -> None:
    facts = [one for number in range(20) for one in (earned(number, 50_000), paid(number + 1.4, 47_500))]
    now = verdict(PAID, facts, day(21.5))
    assert (now.outcome, now.certainty) == (Outcome.SHORT, Certainty.SUPPORTED)
    assert now.because.startswith("0.00050000 BTC less was paid than credited in 20 payouts")
    little = [one for number in range(20) for one in (earned(number, 50_000), paid(number + 1.4, 49_900))]
    told = verdict(PAID, little, day(21.5))
    assert (told.outcome, told.certainty) == (Outcome.MET, Certainty.SUPPORTED), "not proven with a difference"


def test_small_differences_on_the_chain_add_up_and_a_named_transaction_is_exact() -> None:
    named = [earned(0, 50_000), paid(1.4, 50_000, txid="t"), got(1.4, 49_000, "t")]
    assert "less than was said to be sent" in verdict(RECEIVED, named, day(5)).because
    lost = [one for n in range(9) for one in (earned(n, 50_000), paid(n + 1.4, 50_000), got(n + 1.4, 48_000, f"{n}"))]
    assert verdict(RECEIVED, lost, day(12)).because.startswith("0.00018000 BTC less arrived than was said to be sent")
    little = [one for n in range(9) for one in (earned(n, 50_000), paid(n + 1.4, 50_000), got(n + 1.4, 49_900, f"{n}"))]
    now = verdict(RECEIVED, little, day(12))
    assert (now.outcome, now.certainty) == (Outcome.MET, Certainty.SUPPORTED)


def test_what_is_not_confirmed_is_on_its_way_and_not_paid_nothing() -> None:
    facts = [looked(0), earned(0, 500_000), got(1.4, 500_000, "u", confirmations=0, block=None)]
    now = verdict(PAID, facts, day(3.2))
    assert (now.outcome, "on their way" in now.because) == (Outcome.UNKNOWN, True)


def test_dust_and_unconfirmed_receipts_do_not_end_the_wait_for_a_payout() -> None:
    dust = [looked(0), *(got(number + 0.3, 546, f"dust{number}") for number in range(30))]
    now = verdict(LATE, dust, day(30), wallet_only())
    assert (now.outcome, now.because.startswith("Only 0.0001")) == (Outcome.SHORT, True)
    unsure = [looked(0), got(28, NET, "u", confirmations=0, block=None), looked(30)]
    assert verdict(LATE, unsure, day(30), wallet_only()).because.startswith("No payout since")


def test_a_replaced_transaction_gives_way_to_the_one_in_a_block() -> None:
    facts = [
        *(earned(0, 50_000), paid(1.4, 50_000)),
        got(1.4, 50_000, "replaced", confirmations=0, block=None),
        got(1.42, 50_000, "mined", after=3 * HOUR, confirmations=3),
    ]
    mined, replaced = sorted(payout_rows(post(deal(), None, facts, day(20))), key=lambda row: not row.claims)
    assert (mined.receipts, mined.received) == (("mined:0",), 50_000)
    assert (replaced.receipt, replaced.received, replaced.category) == (PayoutState.UNCONFIRMED, 0, Category.OTHER)


def test_a_source_that_is_behind_takes_nothing_back() -> None:
    again = got(1.375, 50_000, "tx 0", after=2 * HOUR, confirmations=0, block=None)
    facts = [*daily(1), again]
    assert verdict(RECEIVED, facts, day(1.6)).outcome is Outcome.UNKNOWN
    assert verdict(RECEIVED, facts, day(3)).outcome is Outcome.SHORT


def test_receipts_alone_are_summed_like_payouts() -> None:
    alone = [
        fact for fact in carrying(20) if fact.subject == "wallet" or isinstance(fact.observations[0], EarningClaimed)
    ]
    assert verdict(LATE, alone, day(20.5)).outcome is Outcome.MET


def test_what_is_known_is_said_where_a_comparison_lacks_its_other_side() -> None:
    received = [looked(0), *(earned(number, 50_000) for number in range(5)), got(0.1, 240_000, "a")]
    for check in (PAID, RECEIVED):
        found = verdict(check, received, day(4))
        assert found.outcome is Outcome.UNKNOWN
        assert found.because.startswith("Cannot tell: 0.00240000 BTC was received so far, and no source says what")
    nothing = verdict(PAID, received[:-1], day(4))
    assert nothing.because == "Cannot tell: no source says what the pool has paid."
    uncredited = verdict(PAID, [looked(0), paid(1.375, 50_000), asked(3)], day(4), deal(payouts=PayoutPlan()))
    assert uncredited.because == (
        "Cannot tell: 0.00050000 BTC was said to be paid; no payout of the last 30 days is known from both sides."
    )
    elsewhere = [looked(0), earned(0, 50_000), paid(1.375, 50_000, txid="t", address=ELSEWHERE), looked(12)]
    found = verdict(RECEIVED, elsewhere, day(14))
    assert found.because == (
        "Cannot tell: 0.00050000 BTC was said to be paid, and no wallet that is watched would show it yet."
    )


def below_threshold() -> tuple[Contract, list[Fact]]:
    """A month of credits below the threshold; what was received before it is older than the pool's list."""
    what = deal(payouts=replace(PLAN, threshold=Amount(atoms=1_500_000)))
    return what, [looked(0), got(1.9, 504_000, "a"), *(earned(number, 40_000) for number in range(3, 32))]


def test_where_nothing_was_due_and_nothing_paid_there_is_nothing_to_compare() -> None:
    what, facts = below_threshold()
    facts += [asked(33), looked(33)]
    as_credited, as_paid = (verdict(check, facts, day(33), what) for check in (PAID, RECEIVED))
    assert (as_credited.outcome, as_paid.outcome) == (Outcome.NOT_APPLICABLE, Outcome.NOT_APPLICABLE)
    assert as_credited.because == (
        "Nothing is due yet: 0.01160000 BTC, credited since 4 Nov 00:00 UTC, is below what is paid at once. "
        "0.00504000 BTC was received before."
    )
    assert as_paid.because == (
        "Nothing was said to be paid in the last 30 days: the pool, last asked on 4 Dec 00:00 UTC, shows no payout. "
        "0.00504000 BTC was received before."
    )
    on_time = verdict(LATE, facts, day(33), what)
    assert on_time.outcome is Outcome.MET
    assert on_time.because == "Nothing is due yet: 0.01160000 BTC is below what is paid at once."
    target = verdict("payout_target_changed", facts, day(33), what)
    assert target.because == (
        "Cannot tell yet: the pool has told of no payout, and no source says where the next one goes to."
    )


def test_a_pool_that_has_not_answered_for_days_has_not_said_that_it_paid_nothing() -> None:
    what, facts = below_threshold()
    for check in (PAID, RECEIVED):
        found = verdict(check, [*facts, asked(31), looked(36)], day(36), what)
        assert found.outcome is Outcome.UNKNOWN
        assert found.because == (
            "Cannot tell: the pool, last asked on 2 Dec 00:00 UTC, shows no payout of the last 30 days; "
            "0.00504000 BTC was received so far."
        )


def test_what_a_month_ago_was_short_or_missing_is_not_said_to_be_nothing_due() -> None:
    what, facts = below_threshold()
    facts += [earned(0, 2_000_000), paid(1.4, 2_000_000, txid="a whole"), earned(1, 2_000_000)]
    facts += [paid(2.4, 1_600_000, txid="a part"), looked(36), asked(36)]
    for check in (PAID, RECEIVED):
        assert verdict(check, facts, day(36), what).outcome is Outcome.UNKNOWN


def test_thousands_of_payouts_are_matched_by_equal_amounts_only() -> None:
    facts = [earned(number, 50_000 + number) for number in range(40)]
    facts += [paid(1 + number / 12, 2_000 + number % 13, name=f"h{number}") for number in range(480)]
    facts.append(paid(41.4, 50_039, name="whole"))
    rows = payout_rows(post(deal(), None, facts, day(42)))
    assert [row.due for row in rows if row.claims == ("pool whole",)] == [50_039]
