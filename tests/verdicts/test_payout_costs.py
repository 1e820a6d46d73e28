"""Fees in money: converted at the price of each day, and unknown with a reason where a day has none."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.verdicts.cases import RATE, START
from tests.verdicts.money import CHAIN, PLAN, day, deal, earned, got, works
from verifier.contract import Contract, Fee, Independence, Watch
from verifier.expectations.price import DayPrice
from verifier.expectations.schemes import Expected
from verifier.fact import Fact
from verifier.units import Amount, Money, Window
from verifier.verdicts.checks.credited_below_expected import CHECK as CREDITED
from verifier.verdicts.checks.paid_as_if import CHECK as PAID_AS_IF
from verifier.verdicts.payouts.books import post
from verifier.verdicts.payouts.costs import less, taken
from verifier.verdicts.payouts.days import expect, gross_terms, terms
from verifier.verdicts.payouts.items import Items
from verifier.verdicts.payouts.rows import DayRow
from verifier.verdicts.verdict import DifficultySteps, News, Outcome, Verdict

DAY = timedelta(days=1)
FEES = {
    "pool": Fee(fraction=Decimal("0.02")),
    "electricity": Fee(per_terahash_day=Money(value=Decimal("0.012"), currency="USD")),
}
ARRANGED = deal(fees=FEES, watch=(Watch(account="pool", independence=Independence.ARRANGED_BY_SELLER),))
CALM = DayPrice(value=Decimal(90_000), spread=Decimal("0.03"))
PRICED = replace(CHAIN, prices={"USD": {day(number): CALM for number in range(40)}})
#: 100 TH/s at 0.012 USD each, at 90,000 USD a coin.
COST = round(100 * 0.012 / 90_000 * 1e8)


def rows(network: DifficultySteps, contract: Contract = ARRANGED, days: int = 6) -> list[DayRow]:
    books = expect(contract, post(contract, None, [earned(0, 1)], day(days)), works(days), network, day(days))
    return [books.days[key] for key in sorted(books.days)]


def credited(network: DifficultySteps, atoms: int, days: int = 10) -> Verdict:
    facts: list[Fact] = [earned(number, atoms) for number in range(days)]
    now = day(days + 2)
    books = expect(ARRANGED, post(ARRANGED, None, facts, now), works(days), network, now)
    return CREDITED.judge(ARRANGED, None, News(books=books, difficulty=network), now).verdicts[-1]


def test_a_fee_in_money_is_taken_off_at_the_price_of_the_day() -> None:
    gross, net = rows(CHAIN, deal(fees={"pool": FEES["pool"]}))[0], rows(PRICED)[0]
    assert gross.expected is not None
    assert net.expected == gross.expected - COST
    assert net.promised == (gross.promised or 0) - COST
    assert net.expected_spread is not None
    assert gross.expected_spread is not None
    assert 0 <= net.expected_spread - gross.expected_spread - COST * 0.03 / 3 <= 1


def test_a_seller_who_takes_what_was_agreed_credits_as_expected_and_one_who_takes_more_does_not() -> None:
    honest = rows(PRICED)[0].expected or 0
    met = credited(PRICED, honest)
    assert met.outcome is Outcome.MET
    assert "at the price of each day" in met.because
    assert met.values["costs"] == "0.012 USD/TH/day"
    assert credited(PRICED, honest - COST).outcome is Outcome.SHORT


def test_a_day_without_a_price_is_left_out_and_said() -> None:
    half = replace(PRICED, prices={"USD": {day(0): CALM}})
    known = [row.expected is not None for row in rows(half)]
    assert known == [True, False, False, False, False, False]
    assert "and the price of each" in credited(half, 5).because


def test_without_any_price_in_its_currency_nothing_is_expected_and_the_reason_is_said() -> None:
    said = "is in USD, and no price of bitcoin in USD is known of any day: name sources under `prices:`."
    assert str(terms(ARRANGED, Items(), CHAIN)).endswith(said)
    found = credited(CHAIN, 5)
    assert (found.outcome, said in found.because) == (Outcome.UNKNOWN, True)
    assert "in money" in str(terms(ARRANGED, Items()))
    assert not isinstance(gross_terms(ARRANGED, Items()), str), "what was not mined is worth its coins all the same"


def test_a_fee_that_is_paid_apart_takes_nothing_from_the_coins() -> None:
    chosen = deal(fees=FEES)
    found = terms(chosen, Items(), CHAIN)
    assert not isinstance(found, str)
    assert found.costs == ()


@pytest.mark.parametrize(("part", "outcome"), [(1.0, Outcome.MET), (0.6, Outcome.SHORT)])
def test_what_a_fee_took_from_payouts_to_a_wallet_was_earned_too(part: float, outcome: Outcome) -> None:
    wallet = deal(fees=FEES, watch=(Watch(account="wallet"),))
    gross = rows(CHAIN, deal(fees={"pool": FEES["pool"]}))[0].promised or 0
    facts = [got(number + 1.4, round(part * gross) - COST, f"t{number}") for number in range(30)]
    books = post(wallet, None, facts, day(32))
    found = PAID_AS_IF.judge(wallet, None, News(books=books, difficulty=PRICED), day(32)).verdicts[-1]
    assert found.outcome is outcome
    assert float(found.values["as_if_per_second"] or 0) == pytest.approx(part * RATE, rel=0.01)
    half = replace(PRICED, prices={"USD": {day(0): CALM}})
    unknown = PAID_AS_IF.judge(wallet, None, News(books=books, difficulty=half), day(32)).verdicts[-1]
    assert (unknown.outcome, "price of a day is not known" in unknown.because) == (Outcome.UNKNOWN, True)


def test_a_fee_in_coins_needs_no_price() -> None:
    cost = Money(value=Decimal("0.00000013"), currency="BTC")
    assert taken((cost,), RATE * 86_400, Window(start=START, end=START + DAY), {}) == (Decimal(1_300), Decimal(0))


def test_a_pool_day_that_spans_two_utc_days_has_the_price_of_each() -> None:
    shifted = Window(start=START + 0.75 * DAY, end=START + 1.75 * DAY)
    dear = {"USD": {day(0): CALM, day(1): replace(CALM, value=Decimal(180_000))}}
    cost = Money(value=Decimal("0.012"), currency="USD")
    found = taken((cost,), RATE * 86_400, shifted, dear)
    assert found is not None
    assert round(found[0], 6) == round(Decimal("1.2") / 90_000 * 10**8 * (Decimal("0.25") + Decimal("0.375")), 6)
    assert taken((cost,), RATE * 86_400, shifted, {"USD": {day(0): CALM}}) is None


def test_a_day_that_costs_more_than_it_earns_expects_nothing_and_lets_the_rest_be_carried() -> None:
    earned_then = Expected(amount=Amount(atoms=100), spread=Amount(atoms=1))
    found = less(earned_then, Decimal(160), Decimal(0))
    assert (found.amount.atoms, found.spread.atoms) == (0, 21)


def test_what_is_missing_is_worth_its_coins_before_fees_in_money() -> None:
    books = post(ARRANGED, None, [earned(0, 1)], day(3))
    ninety = expect(ARRANGED, books, works(3, 0.9), PRICED, day(3)).days[day(0).isoformat()]
    gross = rows(CHAIN, deal(fees={"pool": FEES["pool"]}))[0].promised or 0
    assert ninety.missing == pytest.approx(0.1 * gross, abs=1)
    assert rows(PRICED)[0].missing == pytest.approx(0, abs=1)


@given(st.floats(0, 1e21), st.floats(0, 1e21), st.integers(1, 10**6))
def test_what_a_fee_takes_is_linear_in_the_promised_work(one: float, other: float, price: int) -> None:
    window = Window(start=START, end=START + DAY)
    known = {"USD": {START: DayPrice(value=Decimal(price), spread=Decimal(0))}}
    cost = (Money(value=Decimal("0.05"), currency="USD"),)
    found = [taken(cost, hashes, window, known) for hashes in (one, other, one + other)]
    values = [float(each[0]) for each in found if each is not None]
    assert values[0] + values[1] == pytest.approx(values[2], abs=1e-6)


def test_schemes_that_are_not_modelled_are_named_wherever_they_keep_something_unknown() -> None:
    for scheme in ("tides", "pplns", "pps+"):
        unknown = deal(payouts=replace(PLAN, scheme=scheme))
        assert terms(unknown, Items(), CHAIN) == f"Scheme not modelled yet: {scheme}."
        assert gross_terms(unknown, Items()) == f"Scheme not modelled yet: {scheme}."
