"""What the chain brought of each payout that was said to be sent, and what no payout explains."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Final

from verifier.record import record
from verifier.verdicts.payouts.items import Claim, Receipt
from verifier.verdicts.payouts.matching import Match, Sum, match

#: How long a transaction may take to be seen after the pool says that it was sent.
ARRIVAL: Final = timedelta(days=2)


@record
class Brought:
    """What the chain brought of one claim."""

    atoms: int
    receipts: tuple[str, ...]


def arrived(claims: Mapping[str, Claim], receipts: Mapping[str, Receipt]) -> tuple[Match, ...]:
    """Claims of all contracts of the wallet with the outputs that settle them."""
    sent = [
        Sum(key=key, at=claim.at, atoms=claim.atoms, ref=claim.txid)
        for key, claim in claims.items()
        if claim.rail == "chain"
    ]
    found: tuple[Match, ...] = ()
    # A transaction that was never in a block may have been replaced by one that was.
    for mined in (True, False):
        done = {key for one in found for key in one.debts}
        seen = (
            Sum(key=key, at=one.at, atoms=one.atoms, ref=one.txid)
            for key, one in receipts.items()
            if one.confirmed_once is mined
        )
        open_ = (one for one in sent if one.key not in done)
        found += match(open_, seen, early=ARRIVAL, late=ARRIVAL, near=ARRIVAL)
    return found


def divided(
    matches: Iterable[Match], claims: Mapping[str, Claim], receipts: Mapping[str, Receipt]
) -> tuple[dict[str, Brought], dict[tuple[str, ...], int]]:
    """What each claim received, and what no claim explains, by receipts.

    A transaction that settles several claims is divided by them, in proportion when it brings less than all of them.
    """
    brought: dict[str, Brought] = {}
    spare: dict[tuple[str, ...], int] = {(key,): one.atoms for key, one in receipts.items()}
    for found in matches:
        total = sum(receipts[key].atoms for key in found.payments)
        for key in found.payments:
            del spare[key,]
        parts = _parts(
            min(total, sum(claims[key].atoms for key in found.debts)), [claims[k].atoms for k in found.debts]
        )
        for key, atoms in zip(found.debts, parts, strict=True):
            brought[key] = Brought(atoms=atoms, receipts=found.payments)
        if total > sum(parts):
            spare[found.payments] = total - sum(parts)
    return brought, spare


def _parts(total: int, weights: list[int]) -> list[int]:
    """A total divided by weights into integers that add up to it; the base units left over go to the first ones."""
    whole = sum(weights)
    parts = [total * weight // whole for weight in weights] if whole else [0 for _ in weights]
    for position in range(total - sum(parts)):
        parts[position] += 1
    return parts
