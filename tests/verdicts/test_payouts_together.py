"""Payouts that settle several dues together, before or after: what is still told of a single one."""

import pytest

from tests.verdicts.money import asked, daily, day, deal, earned, got, paid
from tests.verdicts.test_payout_checks import verdict
from tests.verdicts.test_payouts_of_honest_pools import LATE, PAID, carrying
from verifier.fact import Fact
from verifier.observation import PayoutClaimed
from verifier.verdicts.payouts import PayoutRow, PayoutState, payout_rows, post
from verifier.verdicts.verdict import Outcome

S = PayoutState


def rows(facts: list[Fact], days: float) -> tuple[PayoutRow, ...]:
    return payout_rows(post(deal(), None, facts, day(days)))


def without(facts: list[Fact], name: str) -> list[Fact]:
    return [fact for fact in facts if getattr(fact.observations[0], "id", "") != f"paid {name}"]


def in_turns(days: int, unit: int = 20_000) -> list[Fact]:
    """A pool that pays whole units of two fifths of a day: some days much less than was due, some much more."""
    facts, balance = [], 0
    for number in range(days):
        facts.append(earned(number, 50_000 + number * 6_151 % 1_900))
        balance += 50_000 + number * 6_151 % 1_900
        facts.append(paid(number + 1.375, balance // unit * unit))
        balance %= unit
    return facts


def test_days_that_one_payout_settles_with_others_say_so() -> None:
    facts = [*daily(12, without=[3, 4, 5, 6, 7, 8]), paid(9.6, 300_000, name="all"), asked(12)]
    found = rows(facts, 12)
    assert [row.payment for row in found if not row.claims] == [S.TOGETHER] * 6
    assert verdict(LATE, facts, day(12)).outcome is Outcome.MET
    assert verdict(PAID, facts, day(12)).outcome is Outcome.MET


def test_what_was_paid_in_advance_is_paid_together_with_others() -> None:
    facts = [*daily(4), paid(4.6, 120_000, name="more"), *daily(12, without=[6, 7])[12:], asked(12)]
    assert [row.payment for row in rows(facts, 12) if row.due and not row.claims] == [S.TOGETHER] * 2


def test_one_skipped_payout_of_a_pool_that_carries_remainders_is_told() -> None:
    facts = without(carrying(20), "12.375")
    now = verdict(LATE, facts, day(20.5))
    assert (now.outcome, now.because.startswith("A payout is late: 0.0005")) == (Outcome.SHORT, True)
    assert [row.due_at for row in rows(facts, 20.5) if row.payment is S.LATE] == [day(12)]


def test_one_odd_payout_does_not_hide_the_next_missing_one() -> None:
    odd = [*daily(41, without=[3, 4, 5, 6, 7, 8, 30]), paid(9.6, 300_000, name="all"), asked(41)]
    waiting = verdict(LATE, odd, day(38))
    assert waiting.outcome is Outcome.UNDECIDED, "this pool has made up for more than three days once"
    now = verdict(LATE, odd, day(41))
    assert (now.outcome, now.because.startswith("A payout is missing: 0.00050030")) == (Outcome.SHORT, True)


def test_a_pool_that_makes_up_for_days_and_stops_is_late_by_its_balance_first() -> None:
    paid_once = [*daily(12, without=[3, 4, 5, 6, 7, 8]), paid(9.6, 300_000, name="all")]
    now = verdict(LATE, [*paid_once, *(earned(number, 50_100) for number in range(12, 20)), asked(20.2)], day(20.2))
    assert (now.outcome, now.because.startswith("Payouts are late: 0.00300600 BTC")) == (Outcome.SHORT, True)


@pytest.mark.parametrize("until", range(5, 40, 3))
def test_a_pool_that_pays_in_units_of_its_own_is_never_short(until: int) -> None:
    facts = in_turns(until)
    assert verdict(LATE, facts, day(until + 0.5)).outcome is not Outcome.SHORT
    assert verdict(PAID, facts, day(until + 0.5)).outcome is not Outcome.SHORT
    assert {row.payment for row in rows(facts, until + 0.5)}.isdisjoint({S.SHORT, S.MISSING})


def test_fees_of_transactions_never_add_up_to_a_late_payout() -> None:
    facts = [one for n in range(300) for one in (earned(n, 50_000), paid(n + 1.4, 49_600))]
    books = None
    for number in range(0, 310, 5):
        new = [fact for fact in facts if day(number - 5) < fact.learned_at <= day(number)]
        books = post(deal(), books, new, day(number))
    assert books is not None
    assert books.carried == 0
    assert books.totals.due - books.totals.paid > 80_000, "two usual payouts went to fees"


def test_a_payout_that_came_after_it_was_missing_settles_it() -> None:
    facts = [*daily(40, without=[3]), paid(25.5, 50_003, name="at last", txid="z"), got(25.5, 50_003, "z")]
    (row,) = [row for row in rows(facts, 42) if "pool earned 3" in row.earnings]
    assert (row.states, row.claims) == ((S.LATE, S.CONFIRMED), ("pool at last",))
    assert isinstance(facts[-2].observations[0], PayoutClaimed)
