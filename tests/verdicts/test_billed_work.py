"""Work billed by a market against work credited by a pool: told only when more is billed, never for being outbid."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter

from tests.verdicts.cases import RATE, START, after, contract, fact, silence, slots
from verifier.contract import Basis, Contract, Independence, Watch
from verifier.fact import Fact
from verifier.observation import OfferSeen, SharesSeen, SpendSeen
from verifier.units import Amount
from verifier.verdicts.checks.billed_work import CHECK, PRICED, State, judge
from verifier.verdicts.verdict import News, Outcome, Verdict

STATE = TypeAdapter(State)
DAY = 144
#: 1,000,000 base units for 1 EH/s over a day would bill 100 TH/s with too few of them to be told apart.
PRICE = 46_500_000_000
MARKET = Watch(account="market", independence=Independence.SELLER_PAGE)
ORDER = contract(basis=Basis.WORK, tolerance=None, watch=(MARKET, Watch(account="pool")))


def run(deal: Contract, facts: Iterable[Fact], batch: int = 150) -> list[Verdict]:
    state, verdicts, ordered = None, list[Verdict](), sorted(facts, key=lambda one: (one.learned_at, one.id))
    for k in range(0, len(ordered), batch):
        part = tuple(ordered[k : k + batch])
        turn = judge(deal, state, News(facts=part), part[-1].learned_at)
        state = STATE.validate_json(STATE.dump_json(turn.state))
        verdicts += turn.verdicts
    return verdicts


def pool(level: float | Callable[[int], float], days: int, seed: int = 1) -> list[Fact]:
    return [fact(k + 1, one) for k, one in enumerate(slots(level, days * DAY, seed))]


def market(
    level: float | Callable[[int], float],
    days: int,
    price: Callable[[int], int] = lambda _k: PRICE,
    late: int = 0,
) -> list[Fact]:
    """An order read every five minutes, beside the edges of the pool's slots; work is booked ``late`` minutes late."""
    told, coins = list[Fact](), 0.0

    def rate(minute: int) -> float:
        return 0.0 if minute < late else RATE * (level((minute - late) // 10) if callable(level) else level)

    for k in range(2 * days * DAY):
        now = 5 * k + 4
        coins += sum(60.0 * rate(minute) for minute in range(now - 5, now)) / PRICED * price(k // 2) if k else 0.0
        offer = OfferSeen(
            at=after(minutes=now), per_second=rate(now), price=Amount(atoms=price(k // 2)), state="ACTIVE"
        )
        told.append(fact(100_000 + k, SpendSeen(at=offer.at, amount=Amount(atoms=int(coins))), offer, account="market"))
    return told


def ups_and_downs(k: int) -> float:
    return (0.0, 1.0, 0.6, 0.2)[k // 36 % 4]


def test_an_order_that_is_billed_for_what_the_pool_credits_is_met_whatever_its_rate() -> None:
    verdict = run(ORDER, [*market(ups_and_downs, 10), *pool(ups_and_downs, 10)])[-1]
    assert verdict.outcome is Outcome.MET
    assert "EH billed by market" in verdict.because
    assert verdict.values["compared"] == pytest.approx(39, abs=2)
    assert float(verdict.values["billed_hashes"] or 0) == pytest.approx(
        float(verdict.values["credited_hashes"] or 1), rel=0.05
    )


def test_being_outbid_is_told_as_a_fact_and_never_as_a_shortfall() -> None:
    verdicts = run(ORDER, [*market(ups_and_downs, 10), *pool(ups_and_downs, 10)])
    assert Outcome.SHORT not in {one.outcome for one in verdicts}
    last = verdicts[-1]
    assert float(last.values["idle_seconds"] or 0) / float(last.values["seen_seconds"] or 1) == pytest.approx(
        0.25, abs=0.03
    )
    assert "of the time nothing was bought: outbid or paused, which is no shortfall." in last.because


@pytest.mark.parametrize("late", [0, 7, 14])
def test_a_market_that_books_late_is_not_held_to_have_billed_an_idle_time(late: int) -> None:
    verdicts = run(ORDER, [*market(ups_and_downs, 12, late=late), *pool(ups_and_downs, 12)])
    assert Outcome.SHORT not in {one.outcome for one in verdicts}


def test_more_billed_than_credited_is_told_with_its_size_and_since_when() -> None:
    credited = pool(lambda k: 1.0 if k < 3 * DAY else 0.85, 7)
    verdicts = run(ORDER, [*market(1.0, 7), *credited])
    found = [one for one in verdicts if one.outcome is Outcome.SHORT]
    assert found
    assert found[0].since is not None
    assert abs(found[0].since - after(days=3)) <= timedelta(hours=18)
    assert found[0].at < after(days=6)
    assert "of what was billed was not credited" in found[-1].because
    assert (
        0.12
        < 1 - float(found[-1].values["credited_hashes"] or 0) / float(found[-1].values["billed_hashes"] or 1)
        < 0.16
    )
    assert found[-1].false_alarm_years == pytest.approx(1 / CHECK.budget)


def test_it_is_over_when_the_pool_credits_again_what_is_billed() -> None:
    verdicts = run(ORDER, [*market(1.0, 10), *pool(lambda k: 0.7 if 2 * DAY <= k < 4 * DAY else 1.0, 10)])
    seen = [one.outcome for k, one in enumerate(verdicts) if not k or verdicts[k - 1].outcome is not one.outcome]
    assert seen == [Outcome.UNDECIDED, Outcome.MET, Outcome.SHORT, Outcome.MET]


def test_less_billed_than_credited_is_nobody_s_trouble() -> None:
    assert run(ORDER, [*market(0.7, 5), *pool(1.0, 5)])[-1].outcome is Outcome.MET


def test_rejected_work_of_two_percent_may_be_billed() -> None:
    assert run(ORDER, [*market(1.0, 12), *pool(0.985, 12)])[-1].outcome is Outcome.MET


def test_a_price_above_the_agreed_one_is_work_that_was_not_delivered() -> None:
    agreed = replace(ORDER, work_price=Amount(atoms=PRICE * 8 // 10))
    verdict = run(agreed, [*market(1.0, 5), *pool(1.0, 5)])[-1]
    assert verdict.outcome is Outcome.SHORT
    assert verdict.values["price"] == "0.37200000 BTC"
    assert str(verdict.values["paid_per_credited"]).startswith("0.46")


def test_a_bid_that_is_changed_is_billed_at_the_price_in_force() -> None:
    told = market(1.0, 6, price=lambda k: PRICE if k < 400 else 2 * PRICE)
    assert run(ORDER, [*told, *pool(1.0, 6)])[-1].outcome is Outcome.MET


def test_a_market_that_tells_no_price_is_not_compared_unless_one_was_agreed() -> None:
    told, credited = market(1.0, 3, price=lambda _k: PRICE), pool(1.0, 3)
    silent = [replace(one, observations=one.observations[:1]) for one in told]
    assert run(ORDER, [*silent, *credited])[-1].outcome is Outcome.UNDECIDED
    agreed = replace(ORDER, work_price=Amount(atoms=PRICE))
    assert run(agreed, [*silent, *credited])[-1].outcome is Outcome.MET


def test_coins_given_back_and_hours_not_watched_leave_their_slot_out() -> None:
    whole = market(1.0, 10)
    holes = [one for k, one in enumerate(whole) if not 600 <= k < 640]
    assert run(ORDER, [*holes, *pool(1.0, 10)])[-1].values["compared"] == pytest.approx(37, abs=1)
    back = [
        one
        if k < 1400
        else replace(one, observations=(replace_spend(one.observations[0], -5_000_000), one.observations[1]))
        for k, one in enumerate(whole)
    ]
    verdict = run(ORDER, [*back, *pool(1.0, 10)])[-1]
    assert verdict.outcome is Outcome.MET
    assert verdict.values["compared"] == pytest.approx(37, abs=1)


def replace_spend(spent: Any, by: int) -> SpendSeen:
    return SpendSeen(at=spent.at, amount=Amount(atoms=max(0, spent.amount.atoms + by)))


def test_what_the_market_itself_calls_rejected_is_shown_once() -> None:
    hour = SharesSeen(start=START, end=after(hours=1), accepted=90.0, rejected=10.0)
    told = [fact(200_000 + k, hour, account="market") for k in range(3)]
    verdict = run(ORDER, [*told, *market(1.0, 2), *pool(1.0, 2)])[-1]
    assert (verdict.values["market_accepted_hashes"], verdict.values["market_rejected_hashes"]) == (90.0, 10.0)


def test_a_market_that_says_nothing_is_unknown_and_after_the_end_nothing_is_judged() -> None:
    verdict = run(ORDER, [fact(1, silence(5.0), account="market"), *pool(1.0, 1)])[-1]
    assert verdict.outcome is Outcome.UNKNOWN
    assert "has not told what was charged" in verdict.because
    ended = replace(ORDER, ends=after(days=1))
    assert run(ended, [*market(1.0, 2), *pool(0.5, 2)])[-1].outcome is Outcome.NOT_APPLICABLE


def test_a_turn_without_news_says_nothing_and_changes_nothing() -> None:
    first = judge(ORDER, None, News(facts=tuple(market(1.0, 1))), after(days=1))
    again = judge(ORDER, first.state, News(), after(days=1, minutes=5))
    assert (again.state, again.verdicts) == (first.state, ())
