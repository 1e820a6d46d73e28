"""What was promised: the contract as read, every clause a value that may be not stated and can cite its place."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Final

from verifier.units import Amount, Hashrate, Money, Window

#: Honest ups and downs of a mean over 6 h that are allowed for unless the user says otherwise, relative.
HONEST_WANDER: Final = 0.03
#: Sellers that are named of contracts together.
_MOST_SELLERS: Final = 5


class Basis(StrEnum):
    """What is owed: a ``rate`` for a time, or ``work`` at a price. The others are refused when the file is read."""

    RATE = "rate"
    WORK = "work"
    FORMULA = "formula"
    SHARE = "share"


class Independence(StrEnum):
    """How far a source is from the seller, derived from its kind and ``opened_by``; never typed by the user."""

    OWN_GATEWAY = "own_gateway"
    CHOSEN_POOL = "chosen_pool"
    ARRANGED_BY_SELLER = "arranged_by_seller"
    SELLER_PAGE = "seller_page"
    OWN_NOTE = "own_note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """The part of the promise that the contract lets pass, averaged over ``span`` (None: not stated)."""

    fraction: float
    span: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """A source that speaks for this contract: an account, or those of its workers whose name fits the pattern.

    ``tells_earnings``: the source says what the work earned, so that a payout can be compared with it.
    """

    account: str
    workers: str | None = None
    independence: Independence = Independence.CHOSEN_POOL
    share_interval: timedelta = timedelta(seconds=6)
    share_difficulty: float | None = None
    tells_earnings: bool = True

    def speaks_for(self, worker: str) -> bool:
        """Whether a (stripped) worker name belongs to this contract."""
        return self.workers is None or fnmatchcase(worker, self.workers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A promised rate in force from a moment on."""

    since: datetime
    rate: Hashrate
    tolerance: Tolerance | None
    cite: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutPlan:
    """When and how coins are to be paid; every clause None where the contract does not state it.

    A payout is due at the first plan moment, ``every`` so often, at which the unpaid balance has reached ``threshold``,
    and is to come ``within`` that time. ``pool_day`` is the pool's offset from UTC: its day begins at 00:00 there.
    """

    every: timedelta | None = None
    threshold: Amount | None = None
    within: timedelta | None = None
    address: str | None = None
    scheme: str | None = None
    pool_day: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee:
    """An agreed fee: a ``fraction`` of the income, or a sum of money per TH/s and day."""

    fraction: Decimal | None = None
    per_terahash_day: Money | None = None


class UptimeMethod(StrEnum):
    """What a contract calls up: a worker is connected; work arrives; a share came lately; the promised work arrived."""

    REACHABLE = "reachable"
    HASHING = "hashing"
    SHARING = "sharing"
    DELIVERED = "delivered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Uptime:
    """The part of a span that the contract promises to be up, by one ``method``.

    ``rolling``: of every span that ends at a UTC midnight, else of UTC days, ISO weeks or calendar months. ``within``
    is how long the last share may be ago (``sharing`` only).
    """

    fraction: float
    method: UptimeMethod
    rolling: bool = False
    span: timedelta = timedelta(days=30)
    within: timedelta = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """Time in which nothing is owed, as the contract says: an announced maintenance, a curtailment."""

    window: Window
    why: str
    cite: str | None = None


class Category(StrEnum):
    """What a receipt is for; only mining counts towards payouts."""

    MINING = "mining"
    COMPENSATION = "compensation"
    REFUND = "refund"
    BONUS = "bonus"
    OWN_TRANSFER = "own_transfer"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptNote:
    """What the user says that a receipt is for: one output of a transaction, or (``vout`` None) each of them."""

    txid: str
    category: Category
    vout: int | None = None
    cite: str | None = None

    def __str__(self) -> str:
        return self.txid if self.vout is None else f"{self.txid}:{self.vout}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """One contract as read from the file.

    ``promises`` are the promised rates by date (first at ``starts``, then the amendments). ``ends`` None is open-ended.
    ``tolerance`` None in a promise means not stated: zero plus measuring error. ``false_alarms_per_year`` is the
    budget of the whole contract over all its sequential checks. ``wander`` bounds what is learnt of honest ups and
    downs: relative, of a mean over 6 h. ``rejects`` is the part of the work sent that may be
    rejected or stale, None: not stated. ``cites`` maps a clause's key (``price``,
    ``payouts.threshold``) to where it is written. ``fees`` are the agreed ones by what they are for, None: not stated.
    ``beside`` are accounts of other contracts that are paid to the same wallet: their payouts share its receipts.
    ``paid_with`` are contracts of the same time that share an account, where no pool tells either of them apart: the
    split is not visible.
    ``receipts`` are the user's notes on what receipts are for, ``noted_beside`` those of contracts of the same wallet.
    ``exclusions`` are in time order and do not overlap. ``sum_of`` are the contracts and groups that this one is the
    sum of: it has no source of its own, only its work is judged.
    Where ``basis`` is work no rate is owed: the one promise is the order's limit, a ceiling, and ``work_price`` the
    agreed price of 1 EH/s over a day, None: not stated.
    """

    name: str
    seller: str
    basis: Basis = Basis.RATE
    starts: datetime
    ends: datetime | None
    promises: tuple[Promise, ...]
    price: Money | None = None
    work_price: Amount | None = None
    watch: tuple[Watch, ...]
    group: str | None = None
    tell_me_below: float | None = None
    coverage_needed: float = 0.9
    false_alarms_per_year: float = 1.0
    wander: float = HONEST_WANDER
    rejects: float | None = None
    labels: dict[str, str] = field(default_factory=dict)
    cites: dict[str, str] = field(default_factory=dict)
    payouts: PayoutPlan = field(default_factory=PayoutPlan)
    fees: dict[str, Fee | None] = field(default_factory=dict)
    beside: tuple[str, ...] = ()
    paid_with: tuple[str, ...] = ()
    receipts: tuple[ReceiptNote, ...] = ()
    noted_beside: tuple[ReceiptNote, ...] = ()
    uptime: Uptime | None = None
    exclusions: tuple[Exclusion, ...] = ()
    sum_of: tuple[str, ...] = ()

    @property
    def promised(self) -> Hashrate:
        """The rate promised last."""
        return self.promises[-1].rate

    def promise_at(self, at: datetime) -> Promise:
        """The promise in force at a moment (the first one before the start)."""
        for promise in reversed(self.promises):
            if promise.since <= at:
                return promise
        return self.promises[0]

    def least_at(self, at: datetime) -> float:
        """The part of the promise below which people are told: the user's own wish, else what the tolerance leaves.

        A wish for less than a stated tolerance leaves is refused when the file is read: it would hide a breach.
        """
        tolerance = self.promise_at(at).tolerance
        if tolerance is None:
            return 1.0 if self.tell_me_below is None else self.tell_me_below
        return max(1.0 - tolerance.fraction, self.tell_me_below or 0.0)

    def runs_at(self, at: datetime) -> bool:
        """Whether a moment lies inside the term."""
        return self.starts <= at and (self.ends is None or at < self.ends)

    def term(self, now: datetime) -> Window:
        """The part of the term that lies before ``now``."""
        end = now if self.ends is None else min(now, self.ends)
        return Window(start=self.starts, end=max(self.starts, end))


def _shared_span(members: Sequence[Contract], at: datetime) -> timedelta | None:
    """The span that the clauses of all members name; None where they differ, or a wish stands in for a clause."""
    tolerances = [member.promise_at(at).tolerance for member in members]
    spans = {None if one is None else one.span for one in tolerances}
    wishes = any(member.tell_me_below is not None for member in members)
    return spans.pop() if len(spans) == 1 and not wishes else None


def _sellers(members: Sequence[Contract]) -> str:
    """Who sells them, each once: "seller and order, in your words", so what follows a comma is no part of who it is."""
    spelt: dict[str, str] = {}
    for member in members:
        name = member.seller.split(",")[0].strip() or member.seller
        spelt.setdefault(" ".join(name.casefold().split()), name)
    *others, last = spelt.values()
    if len(others) > _MOST_SELLERS:
        others, last = others[:_MOST_SELLERS], f"{len(others) + 1 - _MOST_SELLERS} more"
    return " and ".join(filter(None, [", ".join(others), last]))


def together(group: str, members: Sequence[Contract]) -> Contract:
    """Contracts whose work cannot be divided, as one: the sum promised, by date, over all their sources.

    A member counts from its start to its end. The tolerance of the sum leaves the sum of what each must at least
    deliver. Clauses about payouts, fees, uptime and time left out are kept where all members agree on them; notes on
    receipts of each hold for all. Raises ValueError when there is no member or algorithms are mixed.
    """
    if not members:
        raise ValueError("a group has members")
    algorithms = {promise.rate.algorithm for member in members for promise in member.promises}
    if len(algorithms) != 1:
        raise ValueError(f"group {group} mixes {', '.join(sorted(algorithms))}")
    if len({member.basis for member in members}) != 1:
        raise ValueError(f"group {group} mixes contracts of a rate and of work")
    (algorithm,) = algorithms
    ends = [member.ends for member in members]
    last = None if None in ends else max(end for end in ends if end is not None)
    dates = {promise.since for member in members for promise in member.promises} | {*ends} - {None, last}
    promises = []
    for date in sorted(date for date in dates if date is not None):
        running = [member for member in members if member.runs_at(date)]
        total = sum(member.promise_at(date).rate.per_second for member in running)
        least = sum(member.promise_at(date).rate.per_second * member.least_at(date) for member in running)
        tolerance = Tolerance(fraction=1 - least / total, span=_shared_span(running, date)) if total else None
        rate = Hashrate(per_second=total, algorithm=algorithm)
        promises.append(Promise(since=date, rate=rate, tolerance=tolerance))
    return Contract(
        name=group,
        seller=_sellers(members),
        basis=members[0].basis,
        starts=promises[0].since,
        ends=last,
        promises=tuple(promises),
        work_price=members[0].work_price if all(one.work_price == members[0].work_price for one in members) else None,
        watch=tuple(dict.fromkeys(watch for member in members for watch in member.watch)),
        coverage_needed=max(member.coverage_needed for member in members),
        false_alarms_per_year=min(member.false_alarms_per_year for member in members),
        wander=max(member.wander for member in members),
        rejects=members[0].rejects if all(one.rejects == members[0].rejects for one in members) else None,
        payouts=members[0].payouts if all(one.payouts == members[0].payouts for one in members) else PayoutPlan(),
        fees=members[0].fees if all(one.fees == members[0].fees for one in members) else {},
        receipts=tuple(dict.fromkeys(note for member in members for note in member.receipts)),
        uptime=members[0].uptime if all(one.uptime == members[0].uptime for one in members) else None,
        exclusions=members[0].exclusions if all(one.exclusions == members[0].exclusions for one in members) else (),
    )
