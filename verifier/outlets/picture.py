"""The latest picture that metrics, pages and messages read: made by the daemon after each turn, never changed."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Literal

from verifier.contract import Contract
from verifier.expectations.attribution import PoolList
from verifier.expectations.price import Price
from verifier.incidents.standing import Incident
from verifier.record import record
from verifier.verdicts.payouts.items import Items
from verifier.verdicts.payouts.rows import DayRow, PayoutRow, Totals
from verifier.verdicts.settling import Period
from verifier.verdicts.trail import Mark
from verifier.verdicts.verdict import DifficultySteps, Verdict


@record
class QuestionView:
    """How one question of an account stands: last asked, last answered, asked next, and the silence if there is one.

    ``next_ask_at`` is None where that is not known yet, as after a start.
    """

    name: str
    every_seconds: float
    last_asked_at: datetime | None = None
    last_answered_at: datetime | None = None
    silent_since: datetime | None = None
    silence: str | None = None
    detail: str = ""
    next_ask_at: datetime | None = None


@record
class ReadLater:
    """Answers that nobody could read when they came, from the first to the last, and the adapter that read them."""

    answers: int
    first: datetime
    last: datetime
    adapter: str


@record
class AccountView:
    """One account: what it speaks, whose contracts rest on it, its questions, and its checks.

    ``lagging`` is a line about a source of blocks that is behind the others, None while it is not. ``imported_at`` is
    when a file was brought last: nobody is asked then.
    """

    name: str
    kind: str
    title: str
    host: str
    questions: tuple[QuestionView, ...]
    contracts: tuple[str, ...] = ()
    watched_since: datetime | None = None
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    incidents: Mapping[str, Incident] = field(default_factory=dict)
    lagging: str | None = None
    read_later: tuple[ReadLater, ...] = ()
    imported_at: datetime | None = None


@record
class SourceLine:
    """What one source says about one contract: the rate it shows (hashes per second over ``window_seconds``)."""

    account: str
    title: str
    independence: str
    exactness: str
    decisive: bool
    watched_since: datetime | None = None
    per_second: float | None = None
    window_seconds: float | None = None
    last_answered_at: datetime | None = None
    workers_online: int | None = None


@record
class ContractView:
    """One contract with its latest verdicts, incidents and sources. ``days``: (UTC day start, seen seconds, hashes).

    ``payouts`` and ``payout_days`` are the kept rows of the four columns in ``coin``, in the order of time; ``totals``
    the sums of older ones; ``items`` is what was said of coins lately. ``periods`` are the last settlement
    periods that are over, the newest last; ``running`` and ``term`` so far. ``trail`` is how the
    evidence moved.
    """

    contract: Contract
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    incidents: Mapping[str, Incident] = field(default_factory=dict)
    sources: tuple[SourceLine, ...] = ()
    days: tuple[tuple[datetime, float, float], ...] = ()
    payouts: tuple[PayoutRow, ...] = ()
    payout_days: tuple[DayRow, ...] = ()
    totals: Totals = field(default_factory=Totals)
    coin: str = "BTC"
    items: Items = field(default_factory=Items)
    periods: tuple[Period, ...] = ()
    running: Period | None = None
    term: Period | None = None
    trail: tuple[Mark, ...] = ()


@record
class DaemonView:
    """How the daemon itself is: whether its memory can be written, what waits to be told."""

    version: str
    started_at: datetime
    ledger_error: str | None = None
    config_error: str | None = None
    config_warnings: tuple[str, ...] = ()
    config_loaded_at: datetime | None = None
    messages_waiting: int = 0
    messages_dead: int = 0
    facts: int = 0
    last_step_at: datetime | None = None
    nobodys_workers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    twice_claimed_workers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@record
class Picture:
    """Everything outlets may show, as of ``at``. ``severities``: how urgent each check's problems are.

    ``sums`` are contracts judged together besides each by itself: not among ``contracts``, so that nobody counts twice.

    ``chain`` are the accounts that tell blocks, ``network`` is what they say together; ``prices`` are those of a
    bitcoin by currency, empty where nobody is asked. ``mining_pools`` is the list that says who mined a block, if any.
    """

    at: datetime
    daemon: DaemonView
    contracts: Mapping[str, ContractView] = field(default_factory=dict)
    sums: Mapping[str, ContractView] = field(default_factory=dict)
    accounts: Mapping[str, AccountView] = field(default_factory=dict)
    time_zone: str = "UTC"
    external_url: str | None = None
    severities: Mapping[str, Literal["critical", "warning", "info"]] = field(default_factory=dict)
    chain: tuple[str, ...] = ()
    network: DifficultySteps = field(default_factory=DifficultySteps)
    prices: Mapping[str, Price] = field(default_factory=dict)
    mining_pools: PoolList | None = None

    def named(self, name: str) -> ContractView | None:
        """A contract, a group or a sum of contracts."""
        return self.contracts.get(name) or self.sums.get(name)
