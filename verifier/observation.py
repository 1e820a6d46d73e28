"""What somebody said, or did not say: the closed union of observations, facts, and where they come from.

Moments are aware UTC. Rates are hashes per second, work is hashes. Coins are integer base units.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import ConfigDict, Field, TypeAdapter

from verifier.units import SHA256D, Amount, Window

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
class PayoutReceived:
    """An output on the chain; identity is (txid, vout). ``block`` is the hash of the block it is in, if any."""

    type: Literal["payout_received"] = "payout_received"
    txid: str
    vout: int
    at: datetime
    amount: Amount
    address: str
    confirmations: int
    coinbase: bool = False
    block: str | None = None


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
    """A block, or the tip with its difficulty; subsidy and fees where the source tells them."""

    type: Literal["block_seen"] = "block_seen"
    height: int
    at: datetime
    difficulty: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    hash: str | None = None
    subsidy: Amount | None = None
    fees: Amount | None = None
    coinbase_tag: str | None = None


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


class FactKind(StrEnum):
    """Who a fact comes from: somebody who answered, a person or file that said, or the program's own heartbeat."""

    OBSERVATION = "observation"
    DECISION = "decision"
    WATCH = "watch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing remembered for ever: when it was true, when it was learned, and the digest of what it rests on.

    ``subject`` is the account that answered, the contract a decision is about, or ``daemon`` for a watch.
    ``id`` grows in the order learned. ``observations`` is what one question brought; ``decision`` or ``watch``
    facts carry their content in ``content`` instead. What a newer adapter made of an answer that could not be read when
    it came has in ``content`` which fact that answer left (``heard_as``) and when (``heard_at``).
    """

    id: int
    kind: FactKind
    subject: str
    question: str = ""
    true: Window
    learned_at: datetime
    digest: str
    adapter: str = ""
    observations: tuple[Observation, ...] = ()
    content: dict[str, Any] = field(default_factory=dict)

    @property
    def read_later(self) -> bool:
        """Whether the answer was kept unread at first."""
        return "heard_as" in self.content

    @property
    def order(self) -> tuple[int, int]:
        """Its place among all facts: that of the answer, whenever it was read."""
        return self.content.get("heard_as", self.id), self.id

    def as_heard(self) -> "Fact":
        """The same as if it had been read at once: a clock is not wrong, and a figure not new, because we were slow."""
        if not self.read_later:
            return self
        return replace(self, learned_at=datetime.fromisoformat(self.content["heard_at"]))
