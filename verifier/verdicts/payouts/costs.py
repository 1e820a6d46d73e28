"""What fees in money take from coins, at the price of each day, and what is left of an expectation."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, time
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal
from itertools import pairwise
from typing import Final, TypeAlias

from verifier.expectations.price import DayPrice, atoms_for
from verifier.expectations.schemes import Expected
from verifier.units import COIN_DECIMALS, Amount, Money, Window
from verifier.verdicts.payouts.dues import DAY

#: By currency the price of each UTC day that is over.
ByDay: TypeAlias = Mapping[str, Mapping[datetime, DayPrice]]

_TERAHASH_DAY: Final = Decimal(86_400) * 10**12


def taken(costs: Sequence[Money], hashes: float, window: Window, prices: ByDay) -> tuple[Decimal, Decimal] | None:
    """Base units that costs per TH/s and day take for work promised evenly over a window, and their spread.

    Neither is rounded. Each UTC day counts at its own price; a seller may convert at any price of that day, so three
    standard errors reach over all of them. None where the price of a day is not known.
    """
    total = spread = Decimal(0)
    for day, part in _by_day(window) if costs else ():
        terahash_days = Decimal(hashes) / _TERAHASH_DAY * part
        for cost in costs:
            if cost.currency in COIN_DECIMALS:
                total += (terahash_days * cost.value).scaleb(COIN_DECIMALS[cost.currency])
                continue
            price = prices.get(cost.currency, {}).get(day)
            if price is None:
                return None
            atoms = atoms_for(terahash_days * cost.value, price.value)
            total, spread = total + atoms, spread + atoms * price.spread / 3
    return total, spread


def _by_day(window: Window) -> Iterator[tuple[datetime, Decimal]]:
    """The UTC days that a window touches, each with its part of the window."""
    midnight = datetime.combine(window.start.astimezone(UTC).date(), time(), UTC)
    days = [midnight]
    while days[-1] + DAY < window.end:
        days.append(days[-1] + DAY)
    cuts = [window.start, *days[1:], window.end]
    for day, (start, end) in zip(days, pairwise(cuts), strict=True):
        yield day, Decimal((end - start) / window.span)


def less(earned: Expected, costs: Decimal, spread: Decimal) -> Expected:
    """What is left after costs: never below nothing.

    A contract may carry what a bad day lacks to the next days, so it counts as spread: three of them cover it.
    """
    left = earned.amount.atoms - costs
    unsure = earned.spread.atoms + spread + max(Decimal(0), -left) / 3
    return Expected(
        amount=Amount(atoms=max(0, int(left.quantize(Decimal(1), rounding=ROUND_HALF_EVEN)))),
        spread=Amount(atoms=int(unsure.to_integral_value(rounding=ROUND_CEILING))),
    )
