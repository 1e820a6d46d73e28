"""What the F2Pool-format account earned and was paid: FPPS per UTC day, paid out from 0.005 BTC on.

pps = Σ hashes / (D · 2^32) · subsidy, tx_fee = pps · the day's part of fees, both less the fee rate.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from typing import Final

import numpy as np

from verifier.simulator.chain import SUBSIDY, Chain
from verifier.simulator.truth import DAY, Seller, World, draw, minute
from verifier.units import HASHES_PER_DIFFICULTY, Amount

FEE_RATE: Final = Decimal("0.025")
THRESHOLD: Final = Amount(atoms=500_000)
SETTLED_AFTER: Final = 1_200
SENT_AFTER: Final = 4 * 3_600


@dataclass(frozen=True, slots=True, kw_only=True)
class Income:
    """The bill of one UTC day; ``pps`` and ``tx_fee`` are gross, ``credited`` is net of the fee."""

    day: int
    pps: Amount
    tx_fee: Amount
    credited: Amount
    per_second: float

    @property
    def created_at(self) -> int:
        return (self.day + 1) * 86_400 + SETTLED_AFTER


@dataclass(frozen=True, slots=True, kw_only=True)
class Payout:
    """The whole balance, sent after the bill of ``day``."""

    day: int
    amount: Amount

    @property
    def created_at(self) -> int:
        return (self.day + 1) * 86_400 + SENT_AFTER

    @property
    def paid_at(self) -> int:
        return self.created_at + 900


def _whole(atoms: Decimal) -> Amount:
    return Amount(atoms=int(atoms.quantize(Decimal(1), rounding=ROUND_HALF_EVEN)))


@cache
def fee_part(seed: int, day: int) -> float:
    """Transaction fees of a day's blocks as a part of the subsidy, 2 to 4 %."""
    return float(draw(seed, "fees", day).uniform(0.02, 0.04))


def block_fees(world: World, height: int) -> int:
    """Transaction fees of a block in base units: the part of its UTC day."""
    return round(SUBSIDY * fee_part(world.seed, world.chain.time(height) // 86_400))


def txid(world: World, seller: Seller, payout: Payout) -> str:
    """The transaction that a payout was sent in."""
    return hashlib.sha256(f"{world.seed}/{seller.name}/payout/{payout.day}".encode()).hexdigest()


def confirmed_at(chain: Chain, payout: Payout) -> int:
    """Height of the block that a payout's transaction is in: the first one after it was sent."""
    return chain.tip(payout.paid_at - 1) + 1


def income(world: World, seller: Seller, day: int) -> Income:
    """The bill of one day, in base units rounded once per figure."""
    minutes = np.arange(day * DAY, (day + 1) * DAY)
    shares = world.shares(seller).between(day * DAY, (day + 1) * DAY).sum(axis=0)
    blocks = float((shares * seller.share_difficulty / world.chain.difficulties(minutes * 60)).sum())
    pps = _whole(Decimal(blocks) * SUBSIDY)
    tx_fee = _whole(Decimal(blocks * fee_part(world.seed, day)) * SUBSIDY)
    if seller.fixed_income is not None:
        tx_fee = Amount(atoms=0)
        pps = _whole(seller.fixed_income.atoms / (1 - FEE_RATE))
    credited = seller.fixed_income or _whole((pps + tx_fee).atoms * (1 - FEE_RATE))
    per_second = int(shares.sum()) * seller.hashes_per_share / 86_400
    return Income(day=day, pps=pps, tx_fee=tx_fee, credited=credited, per_second=per_second)


def books(world: World, seller: Seller, now: datetime) -> Iterator[Income | Payout]:
    """Everything on the account so far, oldest first."""
    seconds = int(now.timestamp())
    balance = Amount(atoms=0)
    for day in range(minute(seller.starts) // DAY, seconds // 86_400):
        bill = income(world, seller, day)
        if bill.created_at > seconds:
            return
        yield bill
        balance += bill.credited
        payout = Payout(day=day, amount=balance)
        if balance.atoms >= THRESHOLD.atoms and payout.paid_at <= seconds:
            yield payout
            balance = Amount(atoms=0)


def expected_income(seller: Seller, chain: Chain, at: datetime) -> Amount:
    """Net FPPS income of one day at the promised rate with 3 % of fees, at the difficulty of a moment."""
    difficulty = chain.difficulty(chain.tip(int(at.timestamp())))
    blocks = seller.promised * 86_400 / (difficulty * HASHES_PER_DIFFICULTY)
    return _whole(Decimal(blocks * 1.03 * SUBSIDY) * (1 - FEE_RATE))
