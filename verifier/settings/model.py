"""What the daemon runs by: the settings as read from files, environment and credentials. Secrets stay out of repr."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from verifier.contract import Contract
from verifier.errors import Fault
from verifier.ledger.address import ServerAddress
from verifier.outlets.access import Access
from verifier.outlets.channels import Channel
from verifier.outlets.instances import Alertmanager
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

    def tells(self, kinds: Collection[type]) -> bool:
        """Whether some question brings one of these kinds of observation."""
        return any(not question.sees.isdisjoint(kinds) for question in self.questions)


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
    """Where pages and metrics are served, and who may read them."""

    host: str = "127.0.0.1"
    port: int = 9580
    access: Access = field(default_factory=Access)

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

    def for_each(self, contracts: int) -> float:
        """False alarms per year and contract that keep both budgets (verdict.md 2, several checks, many contracts)."""
        return min(self.per_contract_year, 12 * self.fleet_per_month / max(1, contracts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything the files say, checked.

    ``digest`` changes when anything effective changes, ``contract_digests`` when that contract changes (the budget
    lowered by other contracts is not part of it). ``chain`` names the accounts whose blocks give the difficulty,
    ``prices`` those that are asked what a coin costs.
    ``remind_every`` is the time after which a problem that is still open is told again, None for never.
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
    chain: tuple[str, ...]
    prices: tuple[str, ...] = ()
    ledger: Path | ServerAddress
    external_url: str | None
    digest: str
    contract_digests: Mapping[str, str]
    warnings: tuple[Fault, ...] = ()
    alertmanager: Alertmanager | None = None
