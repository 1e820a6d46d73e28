"""A source is asked for a past of weeks, and its questions are answered one after the other, in any order."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from tests.verdicts.money import asked, daily, day, deal, earned, got, looked, paid
from verifier.contract import Category
from verifier.fact import Fact
from verifier.observation import EarningClaimed, PayoutClaimed, PayoutReceived
from verifier.verdicts.payouts import Books, PayoutRow, PayoutState, payout_rows, post

MINUTE = timedelta(minutes=1)


def learned_at_once(facts: list[Fact], number: float) -> list[Fact]:
    return [replace(fact, learned_at=day(number)) for fact in facts]


def kept(books: Books | None) -> set[PayoutRow]:
    return set(payout_rows(books))


@pytest.mark.parametrize("order", [*permutations((EarningClaimed, PayoutClaimed, PayoutReceived))])
def test_the_past_is_the_same_whichever_question_is_answered_first(order: tuple[type, ...]) -> None:
    facts = learned_at_once(daily(40), 42)
    expected = kept(post(deal(), None, facts, day(42) + 2 * MINUTE))
    assert {row.states for row in expected} == {(PayoutState.ON_TIME, PayoutState.CONFIRMED)}
    books: Books | None = None
    for turn, kind in enumerate(order):
        answer = [fact for fact in facts if isinstance(fact.observations[0], kind)]
        books = post(deal(), books, answer, day(42) + turn * MINUTE)
    assert kept(books) == expected
    later = post(deal(), books, learned_at_once([earned(40, 50_040)], 44), day(44))
    assert len(later.closed) > 20, "what stood long enough is closed all the same, a little later"


def test_what_came_after_the_pool_was_asked_last_is_not_called_unexplained() -> None:
    known = [looked(0), *daily(3), asked(5)]
    (new,) = [
        row for row in payout_rows(post(deal(), None, [*known, got(5.1, 70_000, "new")], day(5.3))) if row.at > day(5)
    ]
    assert (new.receipt, new.category, new.received) == (PayoutState.CONFIRMED, Category.OTHER, 70_000)
    told = [*known, got(5.1, 70_000, "new"), asked(5.5)]
    (new,) = [row for row in payout_rows(post(deal(), None, told, day(5.6))) if row.at > day(5)]
    assert new.receipt is PayoutState.UNEXPLAINED
    told = [*known, got(5.1, 70_000, "new"), paid(5.1, 70_000)]
    (new,) = [row for row in payout_rows(post(deal(), None, told, day(5.6))) if row.at > day(5)]
    assert (new.receipt, new.category) == (PayoutState.CONFIRMED, Category.MINING)
