"""When the coins of a contract need no new look: nothing was said of them, and only work of today is new."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from verifier.contract import Contract
from verifier.record import record
from verifier.verdicts.payouts.books import Books
from verifier.verdicts.payouts.days import Network
from verifier.verdicts.payouts.dues import day_start
from verifier.verdicts.verdict import Interval

#: What is said of coins is about a span that ends now: it stands for so long.
STANDS: Final = timedelta(hours=1)


@record
class Audit:
    """The last look at a contract's coins: when it was, and at which very contract, books and network."""

    at: datetime
    contract: Contract
    books: Books
    network: Network


def stands(
    audit: Audit | None, contract: Contract, books: Books, network: Network, work: Iterable[Interval], now: datetime
) -> bool:
    """Whether the last look still holds: the same objects, the same day, and no ``work`` of a day that is over."""
    if audit is None or audit.books is not books or audit.network is not network or audit.contract is not contract:
        return False
    today = day_start(now, contract.payouts.pool_day or timedelta(0))
    return today <= audit.at <= now < audit.at + STANDS and all(one.start >= today for one in work)
