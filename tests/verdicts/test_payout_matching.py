"""What is matched by amount is bound in time; what names its transaction is not."""

from datetime import timedelta

import pytest

from tests.verdicts.money import DAY, HOUR, day
from verifier.verdicts.payouts.matching import Match, Sum, match


def matched(debt: Sum, payment: Sum) -> bool:
    found = match([debt], [payment], early=HOUR, late=30 * DAY, near=9 * DAY)
    assert found in {(), (Match(debts=(debt.key,), payments=(payment.key,)),)}
    return bool(found)


@pytest.mark.parametrize(
    ("after", "atoms", "settles"),
    [
        (-HOUR, 50_000, True),
        (-HOUR - timedelta(seconds=1), 50_000, False),
        (30 * DAY, 50_000, True),
        (30 * DAY + timedelta(seconds=1), 50_000, False),
        (9 * DAY, 49_000, True),
        (9 * DAY + timedelta(seconds=1), 49_000, False),
        (9 * DAY, 25_000, True),
        (9 * DAY + timedelta(seconds=1), 25_000, False),
        (DAY, 24_999, False),
        (DAY, 50_001, False),
    ],
)
def test_a_payment_settles_a_debt_only_in_time(after: timedelta, atoms: int, settles: bool) -> None:
    debt, payment = Sum(key="d", at=day(1), atoms=50_000), Sum(key="p", at=day(1) + after, atoms=atoms)
    assert matched(debt, payment) is settles


def test_a_transaction_that_is_named_is_known_whenever_and_whatever_it_brings() -> None:
    debt = Sum(key="d", at=day(1), atoms=50_000, ref="t")
    assert matched(debt, Sum(key="p", at=day(90), atoms=7, ref="t"))
    assert not matched(debt, Sum(key="p", at=day(1), atoms=50_000, ref="another"))
