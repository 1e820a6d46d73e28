"""What somebody said, or did not say: the closed union of observations.

Moments are aware UTC. Rates are hashes per second, work is hashes. Coins are integer base units.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import ConfigDict, Field, TypeAdapter

from verifier.units import SHA256D, Amount

NotNegative: TypeAlias = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class SilenceReason(StrEnum):
    """Why a question brought no observation; never the same as a value of zero."""

    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    MISREAD = "misread"
    STALE = "stale"
    NEVER_SEEN = "never_seen"
    IMPLAUSIBLE = "implausible"
    PAUSED = "paused"


class Exactness(StrEnum):
    """How exact a figure is, from the data itself."""

    COUNT = "count"
    AVERAGE = "average"
    DISPLAY = "display"


class WorkerPresence(StrEnum):
    """Whether the pool says that a worker is connected."""

    ONLINE = "online"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkSeen:
    """Work that a pool credited: an interval [start, end), or (start None) a counter's reading at ``end``.

    ``worker`` None means the whole account. ``epoch`` changes when a counter is known to have started anew.
    ``shares`` is the effective share count (sum d)^2 / sum d^2 of the interval or counter, None where hidden;
    ``share_difficulty_floor`` is the smallest difficulty a share can have there (1 on vanilla CKPool), 0 if unknown.
    """

    type: Literal["work_seen"] = "work_seen"
    worker: str | None = None
    start: datetime | None = None
    end: datetime
    hashes: NotNegative
    epoch: str | None = None
    shares: NotNegative | None = None
    share_difficulty_floor: NotNegative = 0.0
    exactness: Exactness = Exactness.COUNT
    algorithm: str = SHA256D


@dataclass(frozen=True, slots=True, kw_only=True)
class RateSeen:
    """An average shown by a pool over a window that ends at ``at``; ``quantisation`` is the relative rounding error.

    ``averaging`` "unsure": how it is taken nobody states, or it leaves time without shares out; it never decides.
    """

    type: Literal["rate_seen"] = "rate_seen"
    worker: str | None = None
    at: datetime
    per_second: NotNegative
    window: timedelta
    averaging: Literal["exponential", "rolling", "since_previous_slot", "unsure"] = "rolling"
    quantisation: NotNegative = 0.0
    algorithm: str = SHA256D


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerState:
    """One worker in a pool's list; several sessions of one name are one worker."""

    name: str
    presence: WorkerPresence
    sessions: int = 1
    last_share: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkersSeen:
    """All workers that the pool listed at ``at``; a worker missing from the list is gone from the list, no more."""

    type: Literal["workers_seen"] = "workers_seen"
    at: datetime
    workers: tuple[WorkerState, ...]
    connected: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SharesSeen:
    """Difficulty-weighted work per fate of the shares, in hashes, over [start, end)."""

    type: Literal["shares_seen"] = "shares_seen"
    worker: str | None = None
    start: datetime
    end: datetime
    accepted: NotNegative
    rejected: NotNegative | None = None
    stale: NotNegative | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EarningClaimed:
    """Coins that a pool says were earned for [start, end); ``work_hashes`` is the work it says it paid for."""

    type: Literal["earning_claimed"] = "earning_claimed"
    id: str
    start: datetime
    end: datetime
    amount: Amount
    scheme: str | None = None
    fee_rate: NotNegative | None = None
    work_hashes: NotNegative | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutClaimed:
    """A payment that a pool says it sent; what went over Lightning is never seen on the chain."""

    type: Literal["payout_claimed"] = "payout_claimed"
    id: str
    at: datetime
    amount: Amount
    address: str | None = None
    txid: str | None = None
    rail: Literal["chain", "lightning"] = "chain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Coinbase:
    """What a block says of its miner: its first transaction's input script, hexadecimal, and the addresses paid.

    Anybody can write either. An output without an address is left out.
    """

    script: Annotated[str, Field(pattern=r"^(?:[0-9a-f]{2})*$")]
    paid: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutReceived:
    """An output on the chain; identity is (txid, vout). ``block`` is the hash of the block it is in, if any.

    ``mined`` comes with a block's own reward, and only while the block is new: it never changes.
    """

    type: Literal["payout_received"] = "payout_received"
    txid: str
    vout: int
    at: datetime
    amount: Amount
    address: str
    confirmations: int
    coinbase: bool = False
    block: str | None = None
    mined: Coinbase | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceSeen:
    """Unpaid coins at ``at``."""

    type: Literal["balance_seen"] = "balance_seen"
    at: datetime
    amount: Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeSeen:
    """A fee that was taken: what for, how much, over which span, and how."""

    type: Literal["charge_seen"] = "charge_seen"
    id: str
    what: str
    start: datetime
    end: datetime
    amount: Amount
    taken: Literal["prepaid", "deducted", "invoiced"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendSeen:
    """Counter of the coins spent on a market order."""

    type: Literal["spend_seen"] = "spend_seen"
    at: datetime
    amount: Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSeen:
    """How the pool says it will pay this account."""

    type: Literal["account_seen"] = "account_seen"
    at: datetime
    payout_address: str | None = None
    threshold: Amount | None = None
    mode: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSeen:
    """What a pool says of itself: rate in hashes per second, connected workers, payout scheme, fee."""

    type: Literal["pool_seen"] = "pool_seen"
    at: datetime
    per_second: NotNegative | None = None
    workers: int | None = None
    scheme: str | None = None
    fee_rate: NotNegative | None = None
    minimum_payout: Amount | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferSeen:
    """The other side's own statement of what it sells.

    ``price`` is that of 1 EH/s (10^18 hashes a second) over a day; ``limit`` None is none, or none told.
    """

    type: Literal["offer_seen"] = "offer_seen"
    at: datetime
    per_second: NotNegative | None = None
    limit: NotNegative | None = None
    price: Amount | None = None
    start: datetime | None = None
    end: datetime | None = None
    state: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockSeen:
    """A block of the chain of ``coin``, or its tip; subsidy and fees where the source tells them.

    ``difficulty`` is in the coin's own measure: what it stands for in hashes differs from chain to chain.
    """

    type: Literal["block_seen"] = "block_seen"
    height: int
    at: datetime
    difficulty: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    hash: str | None = None
    subsidy: Amount | None = None
    fees: Amount | None = None
    coinbase_tag: str | None = None
    coin: str = "BTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockLeft:
    """A block that is no longer in the best chain."""

    type: Literal["block_left"] = "block_left"
    height: int
    hash: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A part of the time asked for that was too long to be read: what happened in it is not known.

    ``at`` is when it was left out; nothing is said of [since, until).
    """

    type: Literal["unread"] = "unread"
    at: datetime
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionSeen:
    """A transaction with its inputs (txid:vout) and outputs (address, base units)."""

    type: Literal["transaction_seen"] = "transaction_seen"
    txid: str
    at: datetime | None
    inputs: tuple[str, ...]
    outputs: tuple[tuple[str | None, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceSeen:
    """Price of one coin in a currency."""

    type: Literal["price_seen"] = "price_seen"
    at: datetime
    coin: str
    currency: str
    price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Nothing usable was said; ``detail`` is one line for people, without secrets."""

    type: Literal["silence"] = "silence"
    at: datetime
    reason: SilenceReason
    detail: str = ""


Observation: TypeAlias = (
    WorkSeen
    | RateSeen
    | WorkersSeen
    | SharesSeen
    | EarningClaimed
    | PayoutClaimed
    | PayoutReceived
    | BalanceSeen
    | ChargeSeen
    | SpendSeen
    | AccountSeen
    | PoolSeen
    | OfferSeen
    | BlockSeen
    | BlockLeft
    | Unread
    | TransactionSeen
    | PriceSeen
    | Silence
)

OBSERVATIONS: Final[TypeAdapter[tuple[Observation, ...]]] = TypeAdapter(
    tuple[Annotated[Observation, Field(discriminator="type")], ...],
    config=ConfigDict(ser_json_timedelta="float", ser_json_inf_nan="constants"),
)
