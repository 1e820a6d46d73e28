"""What the daemon runs by: the settings as read from files, environment and credentials. Secrets stay out of repr."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from verifier.contract import Contract
from verifier.errors import Fault
from verifier.expectations.attribution import PoolList
from verifier.ledger.address import ServerAddress
from verifier.outlets.access import Access
from verifier.outlets.channels import Channel
from verifier.outlets.instances import Alertmanager
from verifier.settings.summed import sums
from verifier.talk import Account, Question, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfiguredAccount:
    """One account with what speaks its language, and its secrets by name for the door alone.

    ``origins`` says for each secret where it came from, without the secret.
    """

    name: str
    source: Source
    account: Account
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    origins: Mapping[str, str] = field(default_factory=dict)

    @property
    def questions(self) -> tuple[Question, ...]:
        """What this account is asked: of its kind's questions those that are put to an account like it."""
        return tuple(question for question in self.source.questions if question.asked_of(self.account))

    @property
    def algorithm(self) -> str | None:
        """What its hashes are of: as the account says, else as its kind does; None where only the answers do."""
        written: str | None = getattr(self.account, "algorithm", self.source.algorithm)
        return written

    @property
    def pool(self) -> str:
        """What tells its pool from others: the kind, and the host where that is not the kind's own."""
        host, home = _host(self.account.url), self.source.Account.model_fields["url"].default
        return self.source.kind if isinstance(home, str) and host == _host(home) else f"{self.source.kind} {host}"

    def tells(self, kinds: Collection[type]) -> bool:
        """Whether some question brings one of these kinds of observation."""
        return any(not question.sees.isdisjoint(kinds) for question in self.questions)


def _host(url: str) -> str:
    """The host in small letters; a folder of this machine is its own."""
    return urlsplit(url).hostname or url


@dataclass(frozen=True, slots=True, kw_only=True)
class Show:
    """How people are shown sums and times; UTC stands beside local time."""

    currency: str = "USD"
    time_zone: str = "UTC"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """Where pages and metrics are served, and who may read them; ``written_at`` is the address's file, line and key."""

    host: str = "127.0.0.1"
    port: int = 9580
    access: Access = field(default_factory=Access)
    written_at: tuple[str, int, str] = field(default=("command line", 0, "web_listen_address"), compare=False)

    @property
    def address(self) -> str:
        """Host and port as written in an address."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """A URL that is called while all is well, so that somebody else notices when it stops."""

    url: str = field(repr=False)
    every: timedelta = timedelta(minutes=5)
    allow_private: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Budgets of false alarms: per contract and year, and for all contracts together per month."""

    per_contract_year: float = 1.0
    fleet_per_month: float = 1.0

    def for_each(self, judged: int) -> float:
        """False alarms per year of each of so many contracts and sums that keep both budgets.

        The fleet's budget lowers all by one factor, which makes the time to find a shortfall ln(A·n) / ln(A) times as
        long: an alarm needs the seconds A to one false alarm as evidence.
        """
        return min(self.per_contract_year, 12 * self.fleet_per_month / max(1, judged))


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything the files say, checked.

    ``digest`` changes when anything effective changes, ``contract_digests`` when that contract changes (the budget
    lowered by other contracts is not part of it). ``chain`` names the accounts whose blocks give the difficulty,
    ``prices`` those that are asked what a coin costs. ``together`` says what contracts are summed by.
    ``mining_pools`` is the list that says whose block a block reward came from.
    ``remind_every`` is the time after which a problem that is still open is told again, None for never.
    ``state`` is the folder for what is kept beside a ledger that is no file.
    """

    file: Path
    accounts: Mapping[str, ConfiguredAccount]
    contracts: Mapping[str, Contract]
    channels: Mapping[str, Channel]
    remind_every: timedelta | None
    show: Show
    web: Web
    heartbeat: Heartbeat | None
    alarm: Alarm
    together: tuple[str, ...] = ()
    chain: tuple[str, ...]
    prices: tuple[str, ...] = ()
    mining_pools: PoolList | None = None
    ledger: Path | ServerAddress
    state: Path
    external_url: str | None
    digest: str
    contract_digests: Mapping[str, str]
    warnings: tuple[Fault, ...] = ()
    alertmanager: Alertmanager | None = None

    @property
    def sums(self) -> dict[str, Contract]:
        """Contracts that are judged together besides each by itself, as one contract each, by name."""
        pools = {name: configured.pool for name, configured in self.accounts.items()}
        return sums(self.contracts.values(), self.together, pools)

    @property
    def false_alarms(self) -> str:
        """How many alarms chance alone may bring, for people."""
        contracts, sums = len(self.contracts), len(self.sums)
        each = self.alarm.for_each(contracts + sums)
        added = f" and {sums} sum{'' if sums == 1 else 's'}" if sums else ""
        return (
            f"alarms by chance: at most {each:.2g} a year for each, {each * (contracts + sums) / 12:.2g} a month "
            f"over {contracts} contract{'' if contracts == 1 else 's'}{added}"
        )
