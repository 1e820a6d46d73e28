"""A pool that credits every day and pays the next morning, for the tests of coins; every fact is made by hand."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any, Final

from tests.verdicts.cases import RATE, START, contract
from verifier.contract import Contract, Fee, PayoutPlan, Watch
from verifier.fact import Fact, FactKind
from verifier.observation import BlockLeft, EarningClaimed, Observation, PayoutClaimed, PayoutReceived
from verifier.units import Amount, Window
from verifier.verdicts.tally import Day
from verifier.verdicts.verdict import DifficultySteps

DAY: Final = timedelta(days=1)
HOUR: Final = timedelta(hours=1)
ADDRESS: Final = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
CHAIN: Final = DifficultySteps(
    steps=((START, 1e14),),
    heights=((START, 920_000),),
    fees=tuple((START + number * DAY, Decimal(2_000_000)) for number in range(40)),
)
PLAN: Final = PayoutPlan(every=DAY, within=2 * DAY, address=ADDRESS, scheme="fpps", pool_day=timedelta(0))

_ids: Final = count(1)


def day(number: float) -> datetime:
    return START + number * DAY


def deal(**changed: Any) -> Contract:
    fields: dict[str, Any] = {
        "watch": (Watch(account="pool"), Watch(account="wallet")),
        "payouts": PLAN,
        "fees": {"pool": Fee(fraction=Decimal("0.02"))},
    }
    return contract(**{**fields, **changed})


def said(account: str, learned: datetime, *seen: Observation, question: str = "") -> Fact:
    """A fact; its number counts up, as the ledger's do."""
    return Fact(
        id=next(_ids),
        kind=FactKind.OBSERVATION,
        subject=account,
        question=question,
        true=Window(start=learned, end=learned),
        learned_at=learned,
        digest="",
        observations=seen,
    )


def earned(number: int, atoms: int, account: str = "pool", **more: Any) -> Fact:
    more.setdefault("scheme", "FPPS")
    one = EarningClaimed(
        id=f"earned {number}", start=day(number), end=day(number + 1), amount=Amount(atoms=atoms), **more
    )
    return said(account, day(number + 1) + HOUR, one)


def paid(number: float, atoms: int, *, name: str | None = None, account: str = "pool", **more: Any) -> Fact:
    """A payout that the pool says it sent; ``number`` is the day on which it did, counted from the start."""
    more.setdefault("address", ADDRESS)
    one = PayoutClaimed(id=name or f"paid {number}", at=day(number), amount=Amount(atoms=atoms), **more)
    return said(account, day(number) + HOUR, one)


def got(number: float, atoms: int, txid: str, vout: int = 0, *, after: timedelta = HOUR, **more: Any) -> Fact:
    """An output seen on the chain, ``after`` it was sent."""
    more.setdefault("confirmations", 6)
    more.setdefault("block", f"block of {txid}")
    one = PayoutReceived(
        txid=txid, vout=vout, at=day(number) + HOUR, amount=Amount(atoms=atoms), address=ADDRESS, **more
    )
    return said("wallet", day(number) + HOUR + after, one, question="receipts")


def asked(number: float = 0, account: str = "pool") -> Fact:
    """An answer about payouts that names none."""
    return said(account, day(number), question="payouts")


def looked(number: float = 0) -> Fact:
    """An answer of the wallet that names no receipt."""
    return said("wallet", day(number), question="receipts")


def left(block: str, number: float) -> Fact:
    return said("wallet", day(number), BlockLeft(height=1, hash=block, at=day(number)), question="reorgs")


def daily(days: int, atoms: int = 50_000, without: Sequence[int] = ()) -> list[Fact]:
    """Days credited, paid the next morning at nine and received, except those whose payout is ``without``."""
    facts: list[Fact] = []
    for number in range(days):
        facts.append(earned(number, atoms + number))
        if number not in without:
            facts.append(paid(number + 1.375, atoms + number, txid=f"tx {number}"))
            facts.append(got(number + 1.375, atoms + number, f"tx {number}"))
    return facts


def works(days: int, level: float = 1.0) -> dict[str, Day]:
    """What the evidence says was done on each day."""
    return {
        day(number).date().isoformat(): Day(seen_seconds=86_400.0, hashes=level * RATE * 86_400.0)
        for number in range(days)
    }
