"""What was said about coins, as sets: joining them in any order, twice or in parts gives the same.

A source may say a thing again: what was learned last counts. A receipt is one output of one transaction, however many
sources show it: confirmed beats unconfirmed, and a block that left the chain takes its receipts back.
"""

from collections.abc import Mapping
from dataclasses import field, fields, replace
from datetime import datetime
from typing import Any, Final, Literal

from verifier.observation import Coinbase
from verifier.record import record

#: A coinbase output can be spent after so many blocks (Bitcoin Core, COINBASE_MATURITY).
MATURITY: Final = 100


@record
class Earning:
    """Base units that an account says were earned over [start, end), by its ``scheme``; ``fee`` is a fraction."""

    learned: datetime
    account: str
    id: str
    start: datetime
    end: datetime
    atoms: int
    fee: float | None = None
    scheme: str | None = None


@record
class Claim:
    """Base units that an account says were sent."""

    learned: datetime
    account: str
    id: str
    at: datetime
    atoms: int
    address: str | None = None
    txid: str | None = None
    rail: Literal["chain", "lightning"] = "chain"


@record
class Sighting:
    """What one source said last about a receipt."""

    learned: datetime
    confirmations: int
    block: str | None = None


@record
class Receipt:
    """One output to the renter's address; ``at`` is when it was first seen, ``sightings`` the last one per account.

    ``mined`` is what the block says of its miner, once a source has told.
    """

    txid: str
    vout: int
    at: datetime
    atoms: int
    address: str
    coinbase: bool = False
    confirmed_once: bool = False
    sightings: Mapping[str, Sighting] = field(default_factory=dict)
    mined: Coinbase | None = None


@record
class Charge:
    """Base units taken as a fee."""

    learned: datetime
    account: str
    id: str
    what: str
    start: datetime
    end: datetime
    atoms: int
    taken: Literal["prepaid", "deducted", "invoiced"]


@record
class Balance:
    """Base units not paid yet at a moment."""

    learned: datetime
    atoms: int


@record
class Target:
    """Where an account says that it pays to."""

    learned: datetime
    address: str


@record
class Gap:
    """A span of which a wallet did not read what was received."""

    learned: datetime
    since: datetime
    until: datetime


@record
class Items:
    """Everything said about one coin. Keys are the account and its own id, for receipts txid:vout.

    ``balances`` and ``targets`` are the latest per account, ``left`` the blocks that left the chain and when.
    ``payers`` are accounts that tell what they pay, ``wallets`` those that tell what was received, with when they last
    answered; ``since`` is how far back each wallet has looked, ``gaps`` what it left out since then. An answer that is
    missing in part is none.
    """

    earnings: Mapping[str, Earning] = field(default_factory=dict)
    claims: Mapping[str, Claim] = field(default_factory=dict)
    receipts: Mapping[str, Receipt] = field(default_factory=dict)
    charges: Mapping[str, Charge] = field(default_factory=dict)
    balances: Mapping[str, Balance] = field(default_factory=dict)
    targets: Mapping[str, Target] = field(default_factory=dict)
    left: Mapping[str, datetime] = field(default_factory=dict)
    payers: Mapping[str, datetime] = field(default_factory=dict)
    wallets: Mapping[str, datetime] = field(default_factory=dict)
    since: Mapping[str, datetime] = field(default_factory=dict)
    gaps: Mapping[str, Gap] = field(default_factory=dict)

    def read_since(self, at: datetime) -> bool:
        """Whether every wallet has read all that was received from a moment on."""
        return all(gap.until <= at for gap in self.gaps.values())


KINDS: Final = tuple(one.name for one in fields(Items))
#: What most facts say of coins.
NOTHING: Final = Items()


def union(one: Items, other: Items) -> Items:
    """Both sets as one; commutative, associative, and the same when repeated."""
    both: dict[str, Any] = {}
    for kind in KINDS:
        known, new = getattr(one, kind), getattr(other, kind)
        both[kind] = known
        if new:
            common = {key: joined(known[key], item, kind) for key, item in new.items() if key in known}
            both[kind] = {**known, **new, **common}
    return Items(**both)


def joined(one: Any, other: Any, kind: str) -> Any:
    """Two items of one kind under the same key as one."""
    if isinstance(one, Receipt):
        return _same_output(one, other)
    if isinstance(one, datetime):
        return min(one, other) if kind == "since" else max(one, other)
    return max(one, other, key=lambda item: (item.learned, repr(item)))


def _same_output(one: Receipt, other: Receipt) -> Receipt:
    sightings = dict(one.sightings)
    for account, seen in other.sightings.items():
        known = sightings.get(account)
        sightings[account] = seen if known is None else max(known, seen, key=_last)
    return replace(
        min(one, other, key=lambda receipt: (receipt.at, receipt.atoms, receipt.address)),
        coinbase=one.coinbase or other.coinbase,
        confirmed_once=one.confirmed_once or other.confirmed_once,
        sightings=sightings,
        # Of two tellings the one with more addresses: a source may not know them all.
        mined=max(
            (seen for seen in (one.mined, other.mined) if seen is not None),
            key=lambda seen: (len(seen.paid), repr(seen)),
            default=None,
        ),
    )


def _last(seen: Sighting) -> tuple[datetime, int, str]:
    return seen.learned, seen.confirmations, seen.block or ""


def confirmations(receipt: Receipt, left: Mapping[str, datetime]) -> int:
    """The most that a source shows of blocks that are still in the chain; 0 is unconfirmed or taken back."""
    return max(
        (
            seen.confirmations
            for seen in receipt.sightings.values()
            if seen.block is None or seen.block not in left or left[seen.block] <= seen.learned
        ),
        default=0,
    )
