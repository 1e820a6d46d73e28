"""A turn that brings nothing about coins looks at none of them: what was found last stands, at most for an hour."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from tests.daemon.judged import RATE
from tests.verdicts.money import CHAIN, day, deal, said
from verifier.contract import Contract
from verifier.fact import Fact
from verifier.incidents.review import World, review
from verifier.incidents.standing import Standing
from verifier.observation import EarningClaimed, WorkSeen
from verifier.units import Amount, Window
from verifier.verdicts import CHECKS
from verifier.verdicts.verdict import DifficultySteps

MINUTE = timedelta(minutes=1)
DEAL = deal()
WORLD = World(difficulty=CHAIN)
COINS = [check.name for check in CHECKS if check.rests_on == "coins"]


def work(start: datetime, end: datetime) -> Fact:
    seen = WorkSeen(start=start, end=end, hashes=RATE * (end - start).total_seconds())
    return replace(said("pool", end, seen, question="now"), true=Window(start=start, end=end))


def credit(number: int) -> EarningClaimed:
    return EarningClaimed(
        id=f"e{number}", start=day(number), end=day(number + 1), amount=Amount(atoms=70_000), scheme="FPPS"
    )


def lived(days: int) -> Standing:
    """Some days of work and credits, and a minute of the next day."""
    standing = Standing(subject=DEAL.name)
    for number in range(days):
        facts = [work(day(number), day(number + 1)), said("pool", day(number + 1), credit(number), question="money")]
        standing = review(DEAL, standing, facts, day(number + 1), WORLD).standing
    return turn(standing, day(days) + MINUTE)


def turn(standing: Standing, now: datetime, *more: Fact, case: Contract = DEAL, world: World = WORLD) -> Standing:
    reviewed = review(case, standing, [work(now - MINUTE, now), *more], now, world)
    assert reviewed.rewind_to is None
    return reviewed.standing


def looked_again(before: Standing, after: Standing) -> bool:
    """Whether any check of coins, or the one that compares work with credits, has spoken anew."""
    names = [*COINS, "payout_exceeds_seen_work"]
    again = {name: after.verdicts[name] is not before.verdicts[name] for name in names}
    assert len(set(again.values())) == 1, again
    return again[names[0]]


def test_work_of_today_alone_leaves_books_and_verdicts_the_very_same() -> None:
    before = lived(5)
    after = turn(before, day(5) + 2 * MINUTE)
    assert after.books is before.books
    assert not looked_again(before, after)
    assert after.verdicts["hashrate"] is not before.verdicts["hashrate"]


def test_news_of_coins_of_the_network_or_of_the_contract_is_looked_at_at_once() -> None:
    before, now = lived(5), day(5) + 2 * MINUTE
    assert looked_again(before, turn(before, now, said("pool", now, credit(5), question="money")))
    fees = (*CHAIN.fees, (day(60), Decimal(1)))
    other = DifficultySteps(steps=CHAIN.steps, heights=CHAIN.heights, fees=fees)
    assert looked_again(before, turn(before, now, world=World(difficulty=other)))
    assert looked_again(before, turn(before, now, case=deal(ends=day(50))))


def test_an_hour_later_and_on_another_day_it_is_looked_at_again() -> None:
    before = lived(5)
    assert looked_again(before, turn(before, day(5) + timedelta(hours=1, minutes=1)))
    late = turn(before, day(6) - MINUTE)
    assert looked_again(late, turn(late, day(6) + MINUTE))


def test_a_turn_at_a_time_ends_where_one_look_at_the_end_does() -> None:
    step = standing = lived(5)
    for number in range(2, 60):
        step = turn(step, day(5) + number * MINUTE)
    step = turn(step, day(5) + timedelta(hours=3))
    whole = review(DEAL, replace(standing, audit=None), [], day(5) + timedelta(hours=3), WORLD).standing
    for name in COINS:
        assert step.verdicts[name] == whole.verdicts[name]
