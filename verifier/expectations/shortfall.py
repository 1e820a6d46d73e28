"""What is missing, in every unit: work, the coins it would have earned, and money at the price paid and on the market.

Each figure has its own meaning: the price paid spreads the whole price over all promised work, the market price is what
the coins would bring now. None of them is a claim; what a contract owes for a shortfall is in its clauses.
"""

from dataclasses import dataclass
from decimal import Decimal

from verifier.contract import Contract
from verifier.expectations.price import Price, worth
from verifier.expectations.schemes import Expected
from verifier.units import Amount, Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortfall:
    """``hashes`` that are missing. ``coins`` None: why they are not known is in ``coins_unknown``; money likewise.

    ``spread`` is one standard deviation of ``coins``, ``scheme`` how work is paid, None where nobody can tell;
    ``price`` is what ``at_market`` rests on.
    """

    hashes: float
    coins: Amount | None
    spread: Amount | None = None
    scheme: str | None = None
    coins_unknown: str | None = None
    at_price_paid: Money | None = None
    at_market: Money | None = None
    market_unknown: str | None = None
    price: Price | None = None


def shortfall(
    contract: Contract,
    hashes: float,
    coins: Expected | Amount | str,
    price: Price | None,
    scheme: str | None = None,
) -> Shortfall:
    """Missing work in every unit; ``coins`` are those it would have earned, or the sentence why nobody can tell."""
    amount = coins.amount if isinstance(coins, Expected) else coins
    return Shortfall(
        hashes=hashes,
        coins=None if isinstance(amount, str) else amount,
        spread=coins.spread if isinstance(coins, Expected) else None,
        scheme=scheme,
        coins_unknown=amount if isinstance(amount, str) else None,
        at_price_paid=at_price_paid(contract, hashes),
        at_market=None if price is None or isinstance(amount, str) else worth(amount, price),
        market_unknown=_why_no_money(amount, price),
        price=price,
    )


def _why_no_money(amount: Amount | str, price: Price | None) -> str | None:
    if price is None:
        return "no source of prices is named"
    return "the coins are not known" if isinstance(amount, str) else price.because


def at_price_paid(contract: Contract, hashes: float) -> Money | None:
    """What some work cost at the contract's price; None for an open-ended contract or one without a price."""
    if contract.price is None or contract.ends is None:
        return None
    turns = [*(promise.since for promise in contract.promises[1:]), contract.ends]
    total, start = 0.0, contract.starts
    for promise, end in zip(contract.promises, turns, strict=True):
        total += promise.rate.per_second * (end - start).total_seconds()
        start = end
    if total <= 0:
        return None
    return Money(value=contract.price.value * Decimal(hashes / total), currency=contract.price.currency)
