"""The checks of coins: what they say, when they say nothing, and whose figures they rest on."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import pytest

from tests.verdicts.cases import RATE, START
from tests.verdicts.money import (
    ADDRESS,
    CHAIN,
    DAY,
    HOUR,
    PLAN,
    daily,
    day,
    deal,
    earned,
    got,
    looked,
    paid,
    said,
    works,
)
from verifier.contract import Contract, Fee, Independence, Watch
from verifier.fact import Fact
from verifier.incidents.memory import dump_standing, load_standing
from verifier.incidents.review import Past, World, review
from verifier.incidents.standing import Standing
from verifier.observation import AccountSeen, ChargeSeen, EarningClaimed
from verifier.units import Amount, Hashrate, Money
from verifier.verdicts import CHECKS
from verifier.verdicts.payouts import day_rows, post
from verifier.verdicts.payouts.days import expect, terms
from verifier.verdicts.tally import Day
from verifier.verdicts.verdict import Certainty, DifficultySteps, News, Outcome, Verdict

_CHECKS: Final = {check.name: check for check in CHECKS}
OF_COINS: Final = sorted(check.name for check in CHECKS if check.rests_on == "coins")
#: What the contract's rate earns a day on the test chain, net of 2 % for the pool.
NET: Final = 6_231


def verdict(
    check: str,
    facts: Sequence[Fact],
    now: datetime,
    what: Contract | None = None,
    work: dict[str, Day] | None = None,
    chain: DifficultySteps = CHAIN,
) -> Verdict:
    what = what or deal()
    books = expect(what, post(what, None, facts, now), work or {}, chain, now)
    return _CHECKS[check].judge(what, None, News(books=books, difficulty=chain), now).verdicts[-1]


def rate() -> int:
    """Base units that a full day earns, from the books themselves."""
    books = expect(deal(), post(deal(), None, daily(1), day(2)), works(1), CHAIN, day(2))
    (row,) = day_rows(books)
    assert row.expected is not None
    assert row.promised == row.expected
    return row.expected


def credited(days: int, part: float, without: Sequence[int] = ()) -> list[Fact]:
    return [earned(number, int(rate() * part)) for number in range(days) if number not in without]


def test_credits_that_agree_with_the_delivered_work_are_as_expected() -> None:
    now = verdict("credited_below_expected", credited(10, 1.0), day(12), work=works(10))
    assert now.outcome is Outcome.MET
    assert now.values["credited_atoms"] == now.values["expected_atoms"]
    assert "± " in now.because, "never without its spread"


def test_a_seller_that_delivers_half_and_credits_half_is_met_here_and_short_elsewhere() -> None:
    now = verdict("credited_below_expected", credited(10, 0.5), day(12), work=works(10, 0.5))
    assert now.outcome is Outcome.MET
    assert float(now.values["promised_atoms"] or 0) == pytest.approx(
        2 * float(now.values["expected_atoms"] or 0), rel=0.01
    )


def test_credits_below_the_delivered_work_are_told() -> None:
    now = verdict("credited_below_expected", credited(10, 0.85), day(12), work=works(10))
    assert now.outcome is Outcome.SHORT
    assert now.because.startswith("Credited less than the delivered work earns")


def test_a_day_without_credit_is_told_after_a_week() -> None:
    facts = credited(12, 1.0, without=[2])
    assert verdict("credited_below_expected", facts, day(8), work=works(12)).outcome is Outcome.MET
    now = verdict("credited_below_expected", facts, day(12), work=works(12))
    assert now.outcome is Outcome.SHORT
    assert "Nothing was credited for 1 of them" in now.because


def test_expectations_need_a_scheme_a_fee_a_difficulty_and_some_days() -> None:
    facts = [earned(number, rate(), scheme=None) for number in range(10)]
    unnamed = deal(payouts=replace(PLAN, scheme=None))
    assert "scheme" in verdict("credited_below_expected", facts, day(12), unnamed, works(10)).because
    by_pool = verdict("credited_below_expected", credited(10, 1.0), day(12), unnamed, works(10))
    assert by_pool.outcome is Outcome.MET, "the pool says FPPS"
    pplns = deal(payouts=replace(PLAN, scheme="pplns"))
    unknown = verdict("credited_below_expected", facts, day(12), pplns, works(10))
    assert (unknown.outcome, unknown.because) == (Outcome.UNKNOWN, "Scheme not modelled yet: pplns.")
    assert "Too early" in verdict("credited_below_expected", credited(2, 1.0), day(4), work=works(2)).because
    bare = verdict("credited_below_expected", credited(10, 1.0), day(12), work=works(10), chain=DifficultySteps())
    assert "chain:" in bare.because


def test_a_fee_that_is_stated_nowhere_is_assumed_in_the_sellers_favour() -> None:
    now = verdict("credited_below_expected", credited(10, 0.985), day(12), deal(fees={}), works(10))
    assert now.outcome is Outcome.MET
    assert "Assumed: a pool fee of 4" in now.because
    items = post(deal(fees={}), None, [earned(0, 5, fee_rate=0.025)], day(2)).items
    rules = terms(deal(fees={}), items)
    assert not isinstance(rules, str)
    assert rules.fee == Decimal("0.025")


def test_a_fee_in_money_that_the_seller_deducts_is_said_to_be_open() -> None:
    fees = {"electricity": Fee(per_terahash_day=Money(value=Decimal("0.012"), currency="USD"))}
    arranged = deal(fees=fees, watch=(Watch(account="pool", independence=Independence.ARRANGED_BY_SELLER),))
    open_still = verdict("credited_below_expected", credited(10, 1.0), day(12), arranged, works(10))
    assert "no price of bitcoin in USD is known" in open_still.because
    scrypt = deal()
    promise = replace(scrypt.promises[0], rate=Hashrate(per_second=1e9, algorithm="scrypt"))
    other = replace(scrypt, promises=(promise,))
    assert "Bitcoin only" in verdict("credited_below_expected", [], day(12), other).because


def test_solo_is_too_close_to_call() -> None:
    solo = deal(payouts=replace(PLAN, scheme="solo"))
    assert verdict("credited_below_expected", credited(10, 0.9), day(12), solo, works(10)).outcome is Outcome.UNDECIDED


def test_what_was_credited_is_compared_with_what_was_paid() -> None:
    assert verdict("paid_below_credited", daily(5), day(8)).outcome is Outcome.MET
    short = [*daily(5, without=[2]), paid(3.4, 35_000, txid="t"), got(3.4, 35_000, "t")]
    now = verdict("paid_below_credited", short, day(8))
    assert now.outcome is Outcome.SHORT
    assert "pool paid 3.4" in now.because
    assert (now.values["payouts"], now.values["payouts_short"], now.values["short_atoms"]) == (5, 1, 15_002)
    assert float(now.values["due_atoms"] or 0) - float(now.values["paid_atoms"] or 0) == 15_002
    assert verdict("paid_below_credited", [earned(0, 5)], day(2)).outcome is Outcome.UNKNOWN


def test_what_was_paid_is_compared_with_the_chain() -> None:
    now = verdict("received_below_paid", daily(5), day(8))
    assert now.outcome is Outcome.MET
    assert "at least 6 confirmations" in now.because
    lost = verdict("received_below_paid", [*daily(5)[:-1], looked(15)], day(15))
    assert lost.outcome is Outcome.SHORT
    assert "never seen on the chain" in lost.because
    assert (lost.values["payouts_missed"], lost.values["missed_atoms"]) == (1, 50_004)
    assert lost.values["paid_atoms"] == 250_010, "all that was paid, not the missing payout alone"
    assert "no wallet" in verdict("received_below_paid", [paid(1, 5)], day(8)).because
    waiting = [said("wallet", day(1), question="receipts"), paid(1, 5)]
    assert verdict("received_below_paid", waiting, day(1) + HOUR).outcome is Outcome.UNKNOWN


def wallet_only(**plan: Any) -> Contract:
    return deal(watch=(Watch(account="wallet"),), payouts=replace(PLAN, **plan))


@pytest.mark.parametrize(("part", "outcome"), [(1.0, Outcome.MET), (0.95, Outcome.UNDECIDED), (0.7, Outcome.SHORT)])
def test_a_wallet_alone_says_as_if_how_much_had_worked(part: float, outcome: Outcome) -> None:
    full = rate()
    seen = [got(number + 1.4, int(full * part), f"t{number}") for number in range(30)]
    now = verdict("paid_as_if", seen, day(32), wallet_only())
    assert now.outcome is outcome
    assert float(now.values["as_if_per_second"] or 0) == pytest.approx(part * RATE, rel=0.005)
    assert now.because.startswith("Paid as if ")
    assert "does not show that anything was mined" in now.because


def test_paid_as_if_is_for_payouts_alone_and_needs_some() -> None:
    assert verdict("paid_as_if", daily(9), day(11), work=works(9)).outcome is Outcome.NOT_APPLICABLE
    assert "Too early" in verdict("paid_as_if", [got(1.4, 5, "t")], day(3), wallet_only()).because
    seen = [got(number + 1.4, NET, f"t{number}") for number in range(6)]
    assert verdict("paid_as_if", seen, day(8), wallet_only(scheme="score")).outcome is Outcome.UNKNOWN
    assert "chain:" in verdict("paid_as_if", seen, day(8), wallet_only(), chain=DifficultySteps()).because


def test_another_address_than_the_contracts_is_told_at_once() -> None:
    assert verdict("payout_target_changed", daily(2), day(4)).outcome is Outcome.MET
    shown = said("pool", day(3), AccountSeen(at=day(3), payout_address="bc1qother"))
    now = verdict("payout_target_changed", [*daily(2), shown], day(4))
    assert now.outcome is Outcome.SHORT
    assert "bc1qother" in now.because
    upper = said("pool", day(3), AccountSeen(at=day(3), payout_address=ADDRESS.upper()))
    assert verdict("payout_target_changed", [upper], day(4)).outcome is Outcome.MET
    assert verdict("payout_target_changed", [], day(4)).outcome is Outcome.UNKNOWN
    unstated = deal(payouts=replace(PLAN, address=None))
    assert verdict("payout_target_changed", [], day(4), unstated).outcome is Outcome.NOT_APPLICABLE


def charge(atoms: int, what: str = "pool") -> Fact:
    one = ChargeSeen(id=what, what=what, start=day(0), end=day(5), amount=Amount(atoms=atoms), taken="deducted")
    return said("pool", day(5), one)


def test_what_was_taken_is_compared_with_what_was_agreed() -> None:
    assert verdict("charged_above_agreed", daily(5), day(14)).outcome is Outcome.MET
    dearer = verdict("charged_above_agreed", [earned(0, 50_000, fee_rate=0.03)], day(3))
    assert (dearer.outcome, "3.0 % instead of 2.0 %" in dearer.because) == (Outcome.SHORT, True)
    assert verdict("charged_above_agreed", [*daily(5), charge(5_000)], day(7)).outcome is Outcome.MET
    assert verdict("charged_above_agreed", [*daily(5), charge(9_000)], day(7)).outcome is Outcome.SHORT
    kept = [one for number in range(5) for one in (earned(number, 50_000), paid(number + 1.4, 46_000))]
    assert "kept back from 5 payouts" in verdict("charged_above_agreed", kept, day(14)).because
    assert verdict("charged_above_agreed", [], day(7)).outcome is Outcome.UNKNOWN
    assert verdict("charged_above_agreed", [], day(7), deal(fees={})).outcome is Outcome.NOT_APPLICABLE


def by_block(gross: float, count: int = 40, part: float = 0.02) -> list[Fact]:
    """Earnings of a pool that pays by the block and takes its fee in whole base units of each."""
    facts = []
    for number in range(count):
        whole = round(gross * (0.7 + 0.6 * (number * 37 % 17) / 16))
        fee = round(whole * part)
        one = EarningClaimed(
            id=str(number),
            start=day(number / 8),
            end=day(number / 8),
            amount=Amount(atoms=whole - fee),
            scheme="TIDES",
            fee_rate=fee / whole,
        )
        facts.append(said("pool", day(number / 8) + HOUR, one))
    return facts


@pytest.mark.parametrize("gross", [8, 60, 600, 2_000])
def test_a_fee_that_is_rounded_to_base_units_is_not_above_the_agreed_one(gross: float) -> None:
    assert verdict("charged_above_agreed", by_block(gross), day(6)).outcome is Outcome.MET


def test_a_fee_above_the_agreed_one_is_told_whatever_its_rounding() -> None:
    now = verdict("charged_above_agreed", by_block(2_000, part=0.03), day(6))
    assert (now.outcome, "3.0 % instead of 2.0 %" in now.because) == (Outcome.SHORT, True)


def test_a_fee_of_another_time_is_not_this_contracts() -> None:
    facts = [earned(-2, 50_000, fee_rate=0.05), earned(0, 50_000, fee_rate=0.02)]
    assert verdict("charged_above_agreed", facts, day(3)).outcome is Outcome.MET


def test_the_pools_own_fee_is_that_of_its_sums() -> None:
    rules = terms(deal(fees={}), post(deal(), None, by_block(60), day(6)).items)
    assert not isinstance(rules, str)
    assert float(rules.fee) == pytest.approx(0.02, abs=0.003), "single rates of rounded sums go up to 2.6 %"


def test_an_address_of_before_the_contract_or_of_before_its_clause_is_no_change() -> None:
    old = paid(-10, 50_000, name="old", address="bc1qold")
    assert verdict("payout_target_changed", [old], day(1)).outcome is Outcome.UNKNOWN
    known_late = paid(2, 50_000, name="own", address="bc1qold")
    assert verdict("payout_target_changed", [known_late], day(4)).outcome is Outcome.UNKNOWN
    after = said("pool", day(12), AccountSeen(at=day(12), payout_address="bc1qnext"))
    assert verdict("payout_target_changed", [after], day(13), deal(ends=day(10))).outcome is Outcome.UNKNOWN


def test_another_address_may_be_the_users_own_change_and_is_not_proven() -> None:
    judge = _CHECKS["payout_target_changed"].judge
    first = judge(deal(), None, News(books=post(deal(), None, daily(2), day(4))), day(4))
    books = post(deal(), None, [*daily(2), paid(5, 50_000, name="x", address="bc1qother")], day(6))
    now = judge(deal(), first.state, News(books=books), day(6)).verdicts[-1]
    assert (now.outcome, now.certainty) == (Outcome.SHORT, Certainty.SUPPORTED)
    assert "If you changed it yourself" in now.because


def test_a_days_own_fees_are_worked_in_however_long_the_chain_is_known() -> None:
    facts, work = [earned(80, 50_000)], {day(80).date().isoformat(): Day(seen_seconds=86_400.0, hashes=RATE * 86_400)}

    def fees(until: int) -> DifficultySteps:
        steps = tuple((day(n), Decimal(500_000_000 if n == 80 else 2_000_000)) for n in range(until - 69, until + 1))
        return replace(CHAIN, fees=steps)

    before = expect(deal(), post(deal(), None, facts, day(81)), work, fees(79), day(81))
    later = expect(deal(), before, work, fees(80), day(81) + HOUR)
    anew = expect(deal(), before, work, fees(80), day(81) + HOUR, anew=True)
    assert later.days == anew.days
    assert later.days != before.days
    assert expect(deal(), later, work, fees(80), day(81) + 2 * HOUR) is later


def test_a_day_whose_fees_are_not_known_is_not_compared_by_the_fees_of_another_day() -> None:
    spike = replace(CHAIN, fees=(*CHAIN.fees[:4], (day(4), Decimal(500_000_000))))
    facts = credited(6, 1.0, without=[4])
    now = verdict("credited_below_expected", facts, day(9), work=works(6), chain=spike)
    assert (now.outcome, now.values["days"]) == (Outcome.MET, 4)


@pytest.mark.parametrize(("dark", "hours"), [(16, 8), (0, 16), (0, 8), (8, 8)])
def test_work_on_a_side_of_midnight_that_is_not_known_accuses_nobody(dark: int, hours: int) -> None:
    plan = deal(payouts=replace(PLAN, pool_day=8 * HOUR))  # its day begins at 16:00 UTC
    part = 1 - hours / 24
    work = {**works(9), day(1).date().isoformat(): Day(seen_seconds=86_400.0, hashes=part * RATE * 86_400)}
    facts = []
    for number in range(3):
        first, last = 16 + 24 * number, 40 + 24 * number
        lost = max(0, min(last, 24 + dark + hours) - max(first, 24 + dark))
        one = EarningClaimed(
            id=str(number),
            start=START + first * HOUR,
            end=START + last * HOUR,
            amount=Amount(atoms=int(rate() * (24 - lost) / 24)),
            scheme="FPPS",
        )
        facts.append(said("pool", START + (last + 1) * HOUR, one))
    now = verdict("credited_below_expected", facts, day(7), plan, work)
    assert now.outcome in {Outcome.MET, Outcome.UNDECIDED}


@pytest.mark.parametrize(("expected_blocks", "outcome"), [(1, "undecided"), (4, "undecided"), (16, "short")])
def test_one_block_where_some_were_expected_is_told_by_its_chance(expected_blocks: int, outcome: str) -> None:
    solo = wallet_only(scheme="solo")
    found = [got(1, 312_500_000, "a", coinbase=True), got(21, 312_500_000, "b", coinbase=True)]
    earned_by_one = 20 * 86_400 * RATE / (1e14 * 2**32)
    promise = solo.promises[0]
    per_second = promise.rate.per_second * expected_blocks / earned_by_one
    one = replace(promise, rate=Hashrate(per_second=per_second))
    now = verdict("paid_as_if", found, day(21.5), replace(solo, promises=(one,)))
    assert now.outcome.value == outcome


@pytest.mark.parametrize("check", OF_COINS)
def test_no_check_of_coins_speaks_before_the_start_of_shared_accounts_or_while_chains_disagree(check: str) -> None:
    assert verdict(check, [], START - DAY).outcome is Outcome.NOT_APPLICABLE
    shared = deal(watch=(Watch(account="pool", workers="north*"),))
    assert verdict(check, [], day(3), shared).outcome is Outcome.NOT_APPLICABLE
    torn = replace(CHAIN, conflict="one is 5 blocks behind other (block 1 and block 6)")
    now = verdict(check, daily(9, without=[3]), day(20), chain=torn)
    assert now.outcome is Outcome.UNKNOWN
    assert "no sign of a missing payout" in now.because


def test_a_wallet_alone_leaves_the_hashrate_unknown_and_says_why() -> None:
    facts = [got(number + 1.4, NET, f"t{number}") for number in range(6)]
    standing = review(wallet_only(), Standing(subject="north"), facts, day(8), World(difficulty=CHAIN)).standing
    assert standing.verdicts["hashrate"].outcome is Outcome.UNKNOWN
    assert "do not show that anything was mined" in standing.verdicts["hashrate"].because
    assert standing.verdicts["paid_as_if"].outcome is not Outcome.UNKNOWN
    assert load_standing("north", dump_standing(standing)) == (replace(standing, next_due=None), True)


def test_a_contract_judged_anew_has_the_same_books() -> None:
    facts = daily(20, without=[4])
    world, fresh = World(difficulty=CHAIN), Standing(subject="north")
    standing = fresh
    for number in range(23):
        new = [fact for fact in facts if day(number - 1) < fact.learned_at <= day(number)]
        standing = review(deal(), standing, new, day(number), world).standing
    again = review(deal(), standing, (), day(22), world, Past(standing=fresh, facts=tuple(facts))).standing
    assert standing.books is not None
    assert again.books is not None
    assert sorted(map(repr, (*again.books.rows, *again.books.closed))) == sorted(
        map(repr, (*standing.books.rows, *standing.books.closed))
    )
    assert again.next_due is None or again.next_due > day(22)
    assert timedelta(0) < DAY
