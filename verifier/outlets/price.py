"""What some work cost at the price of the whole contract."""

from decimal import Decimal

from verifier.contract import Contract
from verifier.outlets import words
from verifier.units import Money


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


def about(money: Money | None) -> str:
    """``, about 1.54 EUR`` behind a figure; nothing where there is no price."""
    if money is None:
        return ""
    said = words.money(money.value, money.currency)
    return f", {said}" if said.startswith("less") else f", about {said}"


def valued(contract: Contract, hashes: float) -> str:
    """Work with its price: ``41.2 TH/s-days, about 1.54 EUR``."""
    return f"{words.work(hashes, contract.promised.algorithm)}{about(at_price_paid(contract, hashes))}"
