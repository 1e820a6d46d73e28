"""What the sentences of the checks of coins say, and that their figures are about the same payouts."""

import pytest

from tests.verdicts.money import daily, day, earned, got, looked, works
from tests.verdicts.test_payout_checks import credited, verdict
from verifier.verdicts.verdict import Outcome


@pytest.mark.parametrize(("part", "said"), [(30.0, "(30.0 times as much)"), (1.5, "(150.0 %)")])
def test_credits_above_the_delivered_work_are_no_agreement_with_it(part: float, said: str) -> None:
    now = verdict("credited_below_expected", credited(10, part), day(12), work=works(10))
    assert now.outcome is Outcome.MET
    assert now.because.startswith("Credited more than the delivered work earns: ")
    assert said in now.because
    assert now.because.endswith("This check is about too little only.")


def test_credits_for_days_without_work_are_more_than_nothing() -> None:
    facts = [earned(number, 50_000) for number in range(10)]
    now = verdict("credited_below_expected", facts, day(12), work=works(10, 0.0))
    assert now.because.startswith("Credited more than the delivered work earns: ")
    assert "(nothing expected)" in now.because


@pytest.mark.parametrize(("count", "named"), [(1, "1 payout"), (5, "5 payouts")])
def test_figures_hold_every_payout_that_the_sentence_counts(count: int, named: str) -> None:
    whole = sum(50_000 + number for number in range(count))
    as_paid = verdict("paid_below_credited", daily(count), day(count + 3))
    assert as_paid.because == f"What was credited was paid in the last 30 days: {named}."
    assert (as_paid.values["due_atoms"], as_paid.values["paid_atoms"], as_paid.values["short_atoms"]) == (
        whole,
        whole,
        0,
    )
    arrived = verdict("received_below_paid", daily(count), day(count + 3))
    depth = "with at least 6 confirmations" if count == 1 else "each with at least 6 confirmations"
    assert arrived.because == f"Everything paid in the last 30 days has arrived: {named}, {depth}."
    figures = [arrived.values[name] for name in ("paid_atoms", "received_atoms", "missed_atoms")]
    assert figures == [whole, whole, 0]
    on_time = verdict("payout_late", daily(count), day(count + 3))
    assert (on_time.values["due_atoms"], on_time.values["late_atoms"]) == (whole, 0)


def test_figures_hold_only_payouts_that_have_come_where_another_is_on_its_way() -> None:
    facts = [looked(0), *(earned(number, 50_000) for number in range(2)), got(1.4, 50_000, "a")]
    coming = got(2.4, 50_000, "b", confirmations=0, block=None)
    now = verdict("paid_below_credited", [*facts, coming], day(3))
    assert now.because == "What was credited was paid in the last 30 days: 1 payout."
    assert (now.values["payouts"], now.values["due_atoms"], now.values["paid_atoms"]) == (1, 50_000, 50_000)
