"""When what was credited is due: by the contract's plan, as soon as the unpaid balance has reached the threshold."""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from itertools import zip_longest
from typing import Final

from verifier.contract import Contract
from verifier.record import record
from verifier.verdicts.payouts.items import Earning

DAY: Final = timedelta(days=1)
#: How long a payout may take when the contract does not say so.
WITHIN: Final = timedelta(days=2)


@record
class Due:
    """Credits that one payout has to settle: due ``at`` a plan moment, late after ``by``."""

    key: str
    at: datetime
    by: datetime
    atoms: int
    earnings: tuple[str, ...]


def day_start(at: datetime, offset: timedelta) -> datetime:
    """The beginning of the pool's day that a moment lies in."""
    return datetime.combine((at + offset).date(), time(), UTC) - offset


def plan_moment(contract: Contract, at: datetime) -> datetime:
    """The first plan moment at or after ``at``; plans count from the pool's day in which the contract starts."""
    every = contract.payouts.every or DAY
    anchor = day_start(contract.starts, contract.payouts.pool_day or timedelta(0))
    periods = -((anchor - at) // every)
    return anchor + periods * every


def dues(
    contract: Contract, earnings: Iterable[tuple[str, Earning]], first_paid: datetime | None = None
) -> tuple[tuple[Due, ...], tuple[str, ...]]:
    """What is due from credits, in the order of time, and the keys of the credits still below the threshold.

    Without a plan nothing is due: every credit is below. Credits before the first known payout are due with it, as the
    balance that they were added to is not known.
    """
    credits_ = sorted(earnings, key=lambda pair: (pair[1].end, pair[0]))
    plan = contract.payouts
    if plan.every is None:
        return (), tuple(key for key, _ in credits_)
    threshold = 0 if plan.threshold is None else plan.threshold.atoms
    found: list[Due] = []
    waiting: list[tuple[str, Earning]] = []
    moments = [plan_moment(contract, earning.end) for _, earning in credits_]
    for (key, earning), at, then in zip_longest(credits_, moments, moments[1:]):
        waiting.append((key, earning))
        if then == at:
            continue
        atoms = sum(one.atoms for _, one in waiting)
        enough = atoms >= threshold
        if threshold and first_paid is not None and at <= first_paid:
            enough = then is None or then > first_paid
        if enough and atoms > 0:
            due = Due(
                key=f"due {at.isoformat()}",
                at=at,
                by=at + (plan.within or WITHIN),
                atoms=atoms,
                earnings=tuple(one for one, _ in waiting),
            )
            found.append(due)
            waiting = []
    return tuple(found), tuple(key for key, _ in waiting)
