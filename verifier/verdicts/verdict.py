"""What a check says: a verdict with its size, its certainty and one sentence why; and the record a check is."""

from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, Generic, Literal, TypeAlias, TypeVar, get_args

from verifier.contract import Basis, Contract
from verifier.expectations.price import DayPrice
from verifier.fact import Fact
from verifier.observation import Exactness, SilenceReason
from verifier.record import record
from verifier.units import Window
from verifier.verdicts.payouts.books import Books
from verifier.verdicts.spans import Span

State = TypeVar("State")

#: Why time was not seen: a silence, or what no source says of itself.
OwnReason: TypeAlias = Literal[
    "daemon_off", "not_asked_yet", "started_anew", "clocks_differ", "claimed_twice", "not_listed"
]
Reason: TypeAlias = SilenceReason | OwnReason
_OWN: Final[tuple[OwnReason, ...]] = get_args(OwnReason)


def reason_named(name: str) -> Reason:
    """The reason that a state kept by its name."""
    return next((own for own in _OWN if own == name), None) or SilenceReason(name)


class Outcome(StrEnum):
    """``undecided`` is measured but not decided either way; ``unknown`` is not measured. Never merged into ``met``."""

    MET = "met"
    SHORT = "short"
    UNDECIDED = "undecided"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


class Certainty(StrEnum):
    """What a claim rests on: nothing, one named assumption, chance with its error rate printed, or a possibility."""

    PROVEN = "proven"
    SUPPORTED = "supported"
    LIKELY = "likely"
    POSSIBLE = "possible"


@record
class Verdict:
    """One check's result for one contract or account.

    ``at`` is the instant at which it became true. ``delivered`` and ``owed`` are hashes over ``window``;
    ``interval`` are the low and high end of delivered ÷ owed; ``coverage`` is the part of the window that was seen;
    ``unseen_because`` the reason of the largest unseen part. ``size`` is 1 − delivered ÷ promised since ``since``;
    ``since_or_earlier``: that is the first moment anybody has seen, no change that was found.
    ``smallest_visible`` is the smallest shortfall that this span could have shown. ``values`` are named figures of
    this check alone (plain numbers, strings), used by ``explain``.
    """

    subject: str
    check: str
    at: datetime
    window: Window
    outcome: Outcome
    because: str
    certainty: Certainty = Certainty.SUPPORTED
    delivered: float | None = None
    owed: float | None = None
    interval: tuple[float, float] | None = None
    coverage: float | None = None
    unseen_because: Reason | None = None
    evidence: float | None = None
    since: datetime | None = None
    since_or_earlier: bool = False
    size: float | None = None
    size_error: float | None = None
    smallest_visible: float | None = None
    below_promise: bool = False
    false_alarm_years: float | None = None
    values: Mapping[str, float | str | None] = field(default_factory=dict)


@record
class Interval:
    """Work done in [start, end) as the decisive source counted it; ``shares`` is the effective share count.

    ``source`` is the account that counted, "" where nobody asks. Where nothing counts, ``exactness`` is average;
    ``rounding`` is how far the last digit shown may be off, in hashes.
    """

    start: datetime
    end: datetime
    hashes: float
    shares: float | None = None
    share_difficulty_floor: float = 0.0
    source: str = ""
    exactness: Exactness = Exactness.COUNT
    rounding: float = 0.0


@record
class AccountCase:
    """What a check about an account (not a contract) needs to know of it."""

    name: str
    kind: str
    title: str
    rhythms: Mapping[str, timedelta]
    contracts: tuple[str, ...] = ()
    address: str = ""


@record
class DifficultySteps:
    """Network difficulty as a step function: moments (ascending) and the difficulty in force from each.

    ``heights`` are moments (ascending) at which a block height was seen; they give the subsidy. ``fees`` are UTC days
    (ascending) that are over, with the mean fees of a block in base units. ``prices`` are by currency those of UTC days
    that are over, where a fee is in money. ``conflict`` says, for people, how sources of blocks contradict each other
    now, None while they agree.
    """

    steps: tuple[tuple[datetime, float], ...] = ()
    heights: tuple[tuple[datetime, int], ...] = ()
    fees: tuple[tuple[datetime, Decimal], ...] = ()
    prices: Mapping[str, Mapping[datetime, DayPrice]] = field(default_factory=dict)
    conflict: str | None = None

    def at(self, moment: datetime) -> float | None:
        """The difficulty in force, None before the first step that is known."""
        known = [difficulty for since, difficulty in self.steps if since <= moment]
        return known[-1] if known else None


@record
class News:
    """What is new since a check's last turn.

    ``facts`` in the order learned, ``intervals`` of the decisive source in time order; ``unseen`` spans of the
    contract's time, between intervals, that nobody will count any more, with the reason. ``books`` are the contract's
    coins as of this turn; ``same_coins``: what was said of coins last still stands, only work of today is new.
    ``measured`` are the intervals that a promise covers, with the work behind a share as it was known before each:
    what the hashrate check, which is judged first, hands to the checks after it. ``said`` is what each check says of
    the subject now, those judged later in the table what they said before. ``before`` is, when the past is folded anew,
    the check's own state as people know it, ``retold`` the time that a corrected file tells anew: what was said of it
    is no result to keep. ``excluded`` are workers that two contracts claim, ``nobodys`` by account
    those that none claims.
    """

    facts: tuple[Fact, ...] = ()
    intervals: tuple[Interval, ...] = ()
    unseen: tuple[tuple[Window, str], ...] = ()
    difficulty: DifficultySteps = field(default_factory=DifficultySteps)
    books: Books = field(default_factory=Books)
    same_coins: bool = False
    measured: tuple[Span, ...] = ()
    before: Any = None
    retold: tuple[Window, ...] = ()
    said: Mapping[str, Verdict] = field(default_factory=dict)
    excluded: frozenset[str] = frozenset()
    nobodys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@record
class Judged(Generic[State]):
    """A check's turn: its new state, verdicts in time order (the last is now), and when to look again.

    No verdict: what it said last, of the very state that it hands back, still stands. ``measured`` is handed on to
    the checks that follow in the table.
    """

    state: State
    verdicts: tuple[Verdict, ...]
    next_due: datetime | None = None
    measured: tuple[Span, ...] = ()


@record
class Check:
    """A check is a row: what it is about, its state, its turn, its part of the false-alarm budget.

    ``rests_on`` evidence: rewound and refolded when a late fact arrives; answers: folded in the order learned only;
    coins: carries nothing and judges the books, only where they, the network or a day that is over have changed.
    ``pending`` is how long ``short`` must last before a problem opens (statistical alarms need none).
    ``version`` changes when old state cannot be continued: another version refolds from the facts.
    ``sums``: judges sums of contracts too, from ``News.measured`` alone.
    ``keeps``: its state outlives a change of the others' versions, as what was said of time that is over stands.
    ``bases``: the kinds of contracts that it makes sense for; of others it says that it is not applicable.
    ``over_on``: the outcomes that end a problem; ``unknown`` never does, a problem is over only on evidence.
    """

    name: str
    of: Literal["contract", "account"]
    rests_on: Literal["evidence", "answers", "coins"]
    State: type[Any]
    judge: Callable[[Any, Any, News, datetime], Judged[Any]]
    version: int = 1
    budget: float = 0.0
    pending: timedelta = timedelta(0)
    severity: Literal["critical", "warning", "info"] = "warning"
    keeps: bool = False
    sums: bool = False
    bases: frozenset[Basis] = frozenset(Basis)
    over_on: frozenset[Outcome] = frozenset({Outcome.MET, Outcome.UNDECIDED, Outcome.NOT_APPLICABLE})


Case: TypeAlias = Contract | AccountCase
