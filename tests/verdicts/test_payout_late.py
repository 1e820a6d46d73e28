"""What is late: a payout that was due, and, with a wallet alone, one that the promised work should have earned."""

from dataclasses import replace

from tests.verdicts.money import PLAN, asked, daily, day, deal, earned, got, looked, paid, said
from tests.verdicts.test_payout_checks import NET, verdict, wallet_only
from verifier.contract import PayoutPlan
from verifier.units import Amount
from verifier.verdicts.verdict import DifficultySteps, Outcome


def test_a_payout_that_has_not_come_is_late_and_then_missing() -> None:
    assert verdict("payout_late", daily(5), day(7)).outcome is Outcome.MET
    late = verdict("payout_late", [*daily(5, without=[4]), asked(8)], day(8))
    assert (late.outcome, late.since) == (Outcome.SHORT, day(5))
    assert "A payout is late" in late.because
    missing = verdict("payout_late", [*daily(5, without=[3, 4]), asked(15)], day(15))
    assert "2 payouts missing" in missing.because
    came = [*daily(5, without=[4]), paid(8, 50_004, txid="t"), got(8, 50_004, "t")]
    assert "Late, but paid: 1" in verdict("payout_late", came, day(9)).because


def test_below_the_threshold_nothing_is_late() -> None:
    plan = replace(PLAN, threshold=Amount(atoms=1_000_000))
    now = verdict("payout_late", [earned(0, 50_000)], day(20), deal(payouts=plan))
    assert now.outcome is Outcome.MET
    assert now.because.startswith("Nothing is due yet: 0.00050000 BTC")


def test_without_a_plan_or_a_word_nobody_can_tell_what_is_late() -> None:
    assert "payouts: {every: 1d}" in verdict("payout_late", daily(3), day(9), deal(payouts=PayoutPlan())).because
    assert "no source" in verdict("payout_late", [], day(9)).because


def test_a_wallet_alone_is_late_when_the_promised_work_should_have_earned_a_payout() -> None:
    seen = [got(number + 1.4, NET, f"t{number}") for number in range(6)]
    assert verdict("payout_late", seen, day(8), wallet_only()).outcome is Outcome.MET
    seen.append(looked(14))
    gone = verdict("payout_late", seen, day(14), wallet_only())
    assert (gone.outcome, gone.because.startswith("No payout since")) == (Outcome.SHORT, True)
    high = wallet_only(threshold=Amount(atoms=100_000))
    assert verdict("payout_late", seen, day(14), high).outcome is Outcome.MET
    unknown = verdict("payout_late", seen, day(14), wallet_only(scheme="tides"))
    assert unknown.outcome is Outcome.UNKNOWN
    assert verdict("payout_late", seen, day(14), wallet_only(), chain=DifficultySteps()).outcome is Outcome.UNKNOWN
    first = [said("wallet", day(0), question="receipts")]
    assert "first payout" in verdict("payout_late", first, day(1), wallet_only()).because
