"""Payout schemes as a table of functions: what work is expected to be paid, and the spread of chance around it.

PPS and FPPS pay every share its expectation (Rosenfeld 2011, section 2.2; FPPS adds the transaction fees of the whole
network, averaged over the pool's day). SOLO is paid by the block: with λ blocks expected the relative standard
deviation is 1/√λ. Schemes whose income hangs on the blocks of a pool are named and not modelled yet.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from types import MappingProxyType
from typing import Final

from verifier.units import Amount

#: What the mean of a day's fees may differ by between averaging rules (mean, trimmed mean, 144 blocks), as a fraction.
FEE_RULE_SPREAD: Final = Decimal("0.15")


@dataclass(frozen=True, slots=True, kw_only=True)
class Income:
    """What work earns before chance and fees of the pool: exact expectations, in base units.

    ``subsidy`` and ``fees`` are the parts of the block reward; ``fees`` None where no source told them. ``reward`` is
    one whole block; ``spread`` the standard error of the work itself, as a fraction.
    """

    subsidy: Decimal
    fees: Decimal | None
    reward: Decimal
    spread: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """Expected coins: an estimate, rounded half to even once at the end, never without its spread (one σ)."""

    amount: Amount
    spread: Amount


#: Income and the pool's fee (a fraction) to base units and their standard deviation, neither rounded.
Scheme = Callable[[Income, Decimal], tuple[Decimal, Decimal]]


def _pps(income: Income, fee: Decimal) -> tuple[Decimal, Decimal]:
    """Subsidy alone: transaction fees stay with the pool."""
    paid = income.subsidy * (1 - fee)
    return paid, paid * income.spread


def _fpps(income: Income, fee: Decimal) -> tuple[Decimal, Decimal]:
    """Subsidy and the network's average fees, whose averaging rule is the pool's own."""
    fees = income.fees or Decimal(0)
    paid = (income.subsidy + fees) * (1 - fee)
    return paid, paid * income.spread + fees * (1 - fee) * FEE_RULE_SPREAD


def _solo(income: Income, fee: Decimal) -> tuple[Decimal, Decimal]:
    """Whole blocks by chance: λ expected blocks vary by √λ, each worth ``reward``."""
    paid = (income.subsidy + (income.fees or Decimal(0))) * (1 - fee)
    blocks = (income.subsidy + (income.fees or Decimal(0))) / income.reward
    return paid, blocks.sqrt() * income.reward * (1 - fee) + paid * income.spread


SCHEMES: Final[Mapping[str, Scheme]] = MappingProxyType({"fpps": _fpps, "pps": _pps, "solo": _solo})
#: Every scheme that a contract may name; those without a row above are not modelled yet.
NAMES: Final = ("fpps", "pps", "solo", "pps+", "pplns", "tides", "prop", "score")


def expected(scheme: str, income: Income, fee: Decimal) -> Expected | None:
    """What a scheme pays for work, rounded to base units; None for a scheme that is not modelled yet."""
    function = SCHEMES.get(scheme)
    if function is None:
        return None
    paid, spread = function(income, fee)
    return Expected(amount=_rounded(paid), spread=_rounded(spread))


def _rounded(atoms: Decimal) -> Amount:
    return Amount(atoms=int(atoms.quantize(Decimal(1), rounding=ROUND_HALF_EVEN)))
