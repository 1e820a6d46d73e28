"""What was said about coins, as sets: joining them in any order, twice or in parts gives the same.

A source may say a thing again: what was learned last counts. A receipt is one output of one transaction, however many
sources show it: confirmed beats unconfirmed, and a block that left the chain takes its receipts back.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any, Final, Literal

from verifier.contract import Contract
from verifier.observation import (
    AccountSeen,
    BalanceSeen,
    BlockLeft,
    ChargeSeen,
    EarningClaimed,
    Fact,
    PayoutClaimed,
    PayoutReceived,
    Silence,
)

#: A coinbase output can be spent after so many blocks (Bitcoin Core, COINBASE_MATURITY).
MATURITY: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
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


@dataclass(frozen=True, slots=True, kw_only=True)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What one source said last about a receipt."""

    learned: datetime
    confirmations: int
    block: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One output to the renter's address; ``at`` is when it was first seen, ``sightings`` the last one per account."""

    txid: str
    vout: int
    at: datetime
    atoms: int
    address: str
    coinbase: bool = False
    confirmed_once: bool = False
    sightings: Mapping[str, Sighting] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """Base units not paid yet at a moment."""

    learned: datetime
    atoms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where an account says that it pays to."""

    learned: datetime
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """Everything said about one coin. Keys are the account and its own id, for receipts txid:vout.

    ``balances`` and ``targets`` are the latest per account, ``left`` the blocks that left the chain and when.
    ``payers`` are accounts that tell what they pay, ``wallets`` those that tell what was received, with when they last
    answered; ``since`` is how far back each wallet has looked. An answer that is missing in part is none.
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


_KINDS: Final = tuple(one.name for one in fields(Items))


def sources(contract: Contract) -> frozenset[str]:
    """The accounts that speak for the contract as a whole.

    Payouts of single workers cannot be told apart, nor those of contracts that watch the very same accounts.
    """
    if contract.paid_with:
        return frozenset()
    return frozenset(watch.account for watch in contract.watch if watch.workers is None)


def gather(contract: Contract, facts: Iterable[Fact], coin: str) -> Items:
    """What facts say about a coin: of the contract's own accounts all, of those paid beside it what they paid."""
    own, beside = sources(contract), frozenset(contract.beside)
    found: dict[str, dict[str, Any]] = {kind: {} for kind in _KINDS}

    def add(kind: str, key: str, item: Any) -> None:
        known = found[kind].get(key)
        found[kind][key] = item if known is None else _joined(known, item, kind)

    for fact in facts:
        if fact.subject not in own and fact.subject not in beside:
            continue
        account, learned = fact.subject, fact.learned_at
        if account in own:
            _answered(add, fact)
        for one in fact.observations:
            amount = getattr(one, "amount", None)
            told = (amount is None or amount.coin == coin) and (account in own or isinstance(one, PayoutClaimed))
            if told and _counts(contract, one):
                _add(add, account, learned, one)
    return Items(**found)


def _answered(add: Any, fact: Fact) -> None:
    """Note that an account said, in full, what it paid or received."""
    if any(isinstance(one, Silence) for one in fact.observations):
        return
    account, learned = fact.subject, fact.learned_at
    seen = [one.at for one in fact.observations if isinstance(one, PayoutReceived)]
    if fact.question == "payouts" or any(isinstance(one, PayoutClaimed) for one in fact.observations):
        add("payers", account, learned)
    if fact.question == "receipts" or seen:
        add("wallets", account, learned)
        add("since", account, min([learned, *seen]))


def _counts(contract: Contract, one: object) -> bool:
    """Whether something said of coins is of the contract's term: of another term it is somebody else's."""
    match one:
        case EarningClaimed():
            return one.start >= contract.starts and (contract.ends is None or one.end <= contract.ends)
        case PayoutClaimed() | PayoutReceived():
            return one.at >= contract.starts
        case _:
            return True


def _add(add: Any, account: str, learned: datetime, one: object) -> None:
    match one:
        case BlockLeft():
            add("left", one.hash, one.at)
        case PayoutClaimed():
            claim = Claim(
                learned=learned,
                account=account,
                id=one.id,
                at=one.at,
                atoms=one.amount.atoms,
                address=one.address,
                txid=one.txid,
                rail=one.rail,
            )
            add("claims", f"{account} {one.id}", claim)
        case EarningClaimed():
            earning = Earning(
                learned=learned,
                account=account,
                id=one.id,
                start=one.start,
                end=one.end,
                atoms=one.amount.atoms,
                fee=one.fee_rate,
                scheme=one.scheme,
            )
            add("earnings", f"{account} {one.id}", earning)
        case PayoutReceived():
            sighting = Sighting(learned=learned, confirmations=one.confirmations, block=one.block)
            receipt = Receipt(
                txid=one.txid,
                vout=one.vout,
                at=one.at,
                atoms=one.amount.atoms,
                address=one.address,
                coinbase=one.coinbase,
                confirmed_once=one.confirmations > 0,
                sightings={account: sighting},
            )
            add("receipts", f"{one.txid}:{one.vout}", receipt)
        case ChargeSeen():
            charge = Charge(
                learned=learned,
                account=account,
                id=one.id,
                what=one.what,
                start=one.start,
                end=one.end,
                atoms=one.amount.atoms,
                taken=one.taken,
            )
            add("charges", f"{account} {one.id}", charge)
        case BalanceSeen():
            add("balances", account, Balance(learned=one.at, atoms=one.amount.atoms))
        case AccountSeen(payout_address=str(address)):
            add("targets", account, Target(learned=one.at, address=address))
        case _:
            pass


def union(one: Items, other: Items) -> Items:
    """Both sets as one; commutative, associative, and the same when repeated."""
    joined: dict[str, Any] = {}
    for kind in _KINDS:
        known, new = getattr(one, kind), getattr(other, kind)
        joined[kind] = known
        if new:
            common = {key: _joined(known[key], item, kind) for key, item in new.items() if key in known}
            joined[kind] = {**known, **new, **common}
    return Items(**joined)


def _joined(one: Any, other: Any, kind: str) -> Any:
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
