"""The shape of the configuration file as pydantic models: keys, types and what is required; no meaning across keys."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Final, Generic, Literal, TypeAlias, TypeVar
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    StrictBool,
    model_validator,
)

from verifier.contract import Basis, Category, Fee, Tolerance
from verifier.expectations.schemes import NAMES as SCHEMES
from verifier.settings import coins, quantities, receipts, work
from verifier.settings.quantities import NOT_STATED, QuantityError
from verifier.units import ALGORITHMS, Amount, Money

_MAIL: Final = r"^[^@\s,<>]+@[^@\s,<>]+$"

Value = TypeVar("Value")
Clear = TypeVar("Clear")


def _written(read: Callable[[str], Clear], *, may_be_not_stated: bool = False) -> PlainValidator:
    def validate(value: object) -> Clear | None:
        if not isinstance(value, str):
            raise QuantityError("is not a plain value, write one as in docs/configuration.md")
        return None if may_be_not_stated and value == NOT_STATED else read(value)

    return PlainValidator(validate, json_schema_input_type=str)


def _known_zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (OSError, ValueError, KeyError):
        raise QuantityError(f"`{name[:40]}` is not a time zone, write one like `Europe/Berlin` or `UTC`") from None


def _known_algorithm(name: str) -> str:
    if name not in ALGORITHMS:
        raise QuantityError(f"`{name[:40]}` is not known, write one of {', '.join(ALGORITHMS)}")
    return name


def _judged_basis(name: str) -> str:
    if name not in {Basis.RATE, Basis.WORK}:
        raise QuantityError(
            f"`{name[:40]}` is not judged by this version, write `rate` or `work`, or leave the contract out"
        )
    return name


def _one_line(text: str) -> str:
    if not text.isprintable() or not text.strip():
        raise QuantityError("holds line breaks or control characters or nothing, write one line of text")
    return text.strip()


Line: TypeAlias = Annotated[str, Field(max_length=500), AfterValidator(_one_line)]
Rate: TypeAlias = Annotated[quantities.Rate, _written(quantities.rate)]
Moment: TypeAlias = Annotated[date | datetime, _written(quantities.moment)]
EndOrOpen: TypeAlias = Annotated[date | datetime | None, _written(quantities.moment, may_be_not_stated=True)]
Term: TypeAlias = Annotated[quantities.Term, _written(quantities.term)]
Price: TypeAlias = Annotated[Money | Amount | None, _written(work.price, may_be_not_stated=True)]
Allowed: TypeAlias = Annotated[Tolerance | None, _written(quantities.tolerance, may_be_not_stated=True)]
Part: TypeAlias = Annotated[float, _written(quantities.fraction)]
PartOrNone: TypeAlias = Annotated[float | None, _written(quantities.fraction, may_be_not_stated=True)]
Span: TypeAlias = Annotated[timedelta, _written(quantities.span)]
SpanOrNone: TypeAlias = Annotated[timedelta | None, _written(quantities.span, may_be_not_stated=True)]
Coins: TypeAlias = Annotated[Amount | None, _written(coins.amount, may_be_not_stated=True)]
AgreedFee: TypeAlias = Annotated[Fee | None, _written(coins.fee, may_be_not_stated=True)]
PoolDay: TypeAlias = Annotated[timedelta | None, _written(coins.pool_day, may_be_not_stated=True)]
Scheme: TypeAlias = Annotated[str | None, _written(coins.scheme, may_be_not_stated=True)]
LineOrNone: TypeAlias = Annotated[str | None, _written(_one_line, may_be_not_stated=True)]
Algorithm: TypeAlias = Annotated[str, AfterValidator(_known_algorithm)]
Budget: TypeAlias = Annotated[float, Field(gt=0, le=100_000, allow_inf_nan=False)]


def _meant(written: object) -> object:
    if isinstance(written, str) and written != NOT_STATED:
        raise QuantityError("does not say what counts as up, write it like `{value: 99 %, method: reachable}`")
    return None if written == NOT_STATED else written


class Shape(BaseModel):
    """A mapping of the file: unknown keys are faults, and a fault never repeats what was typed."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, populate_by_name=False)


class Clause(Shape, Generic[Value]):
    """A value of the contract, plain or with the place where it is written: ``{value: …, cite: …}``."""

    value: Value
    cite: Line | None = None

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, written: Any) -> Any:
        return written if isinstance(written, dict) else {"value": written}


class WatchShape(Shape):
    """Who speaks for the contract. The short form ``{f2pool: renter1}`` is turned into ``account`` beforehand."""

    account: Line = Field(description="name of an account; or write its kind as the key and its login as the value")
    workers: Line | None = Field(default=None, description='pattern of worker names, like "north.*"')
    opened_by: Literal["me", "seller"] = Field(default="me", description="who opened the account")


class AmendmentShape(Shape):
    """A change of the promise from a date on."""

    since: Moment = Field(alias="from", description="the day of the change, like `2027-02-01`")
    promised: Rate = Field(description="the hashrate from then on")
    tolerance: Allowed = None
    cite: Line | None = None


class ExclusionShape(Shape):
    """Time in which nothing is owed, as the contract says."""

    since: Moment = Field(alias="from", description="when it begins, like `2027-02-01T22:00:00Z`")
    until: Moment = Field(alias="to", description="when it is over, like `2027-02-02T04:00:00Z`")
    why: Line = Field(description="like `announced maintenance`")
    cite: Line | None = None


class ReceiptShape(Shape):
    """What a receipt is for, in the user's own word."""

    txid: Annotated[str, _written(receipts.transaction)] = Field(description="the transaction: 64 hex digits")
    vout: Annotated[int | None, _written(receipts.output)] = Field(
        default=None, description="which of its outputs, like `0`; every one that came to you unless written"
    )
    category: Annotated[Category, _written(receipts.category)] = Field(
        description="what it is for, like `refund`", json_schema_extra={"enum": [one.value for one in Category]}
    )
    cite: Line | None = None


class UptimeShape(Shape):
    """The promised part of the time that it is up, and what that means."""

    value: Part = Field(description="the promised part, like `99 %`")
    method: Literal["reachable", "hashing", "sharing", "delivered"] = Field(
        description="what counts as up: `reachable`, `hashing`, `sharing` or `delivered`"
    )
    window: Literal["calendar", "rolling"] = "calendar"
    over: Literal["day", "week", "month"] = "month"
    within: Span = Field(default=timedelta(minutes=15), description="`sharing`: how old the last share may be, `15m`")
    cite: Line | None = None


class PayoutsShape(Shape):
    """When and how coins are to be paid."""

    every: Clause[SpanOrNone] | None = Field(default=None, description="how often, like `1d`")
    threshold: Clause[Coins] | None = Field(default=None, description="the least that is paid, like `0.005 BTC`")
    within: Clause[SpanOrNone] | None = Field(default=None, description="how long a payout may take, like `2d`")
    address: Clause[LineOrNone] | None = Field(default=None, description="where to, like `bc1q…`")
    scheme: Clause[Scheme] | None = Field(default=None, description=f"one of {', '.join(SCHEMES)}")
    pool_day: Clause[PoolDay] | None = Field(default=None, description="`UTC` or an offset like `+08:00`")


class FeesShape(Shape):
    """What is taken from the income, or for each TH/s and day."""

    pool: Clause[AgreedFee] | None = Field(default=None, description="like `2 %`")
    electricity: Clause[AgreedFee] | None = Field(default=None, description="like `0.012 USD/TH/day`")
    maintenance: Clause[AgreedFee] | None = Field(default=None, description="like `0.012 USD/TH/day`")
    management: Clause[AgreedFee] | None = Field(default=None, description="like `6 %`")


class DatesShape(Shape):
    """When a contract runs."""

    starts: Clause[Moment] | None = None
    ends: Clause[EndOrOpen] | None = None
    term: Clause[Term] | None = Field(default=None, description="instead of starts and ends: 2026-01-01 for 12 months")


class ContractShape(DatesShape):
    """One contract: what was promised. Its ``watch`` is read entry by entry, because it needs the accounts."""

    amendments: Annotated[list[AmendmentShape], Field(max_length=200)] = []
    seller: Clause[Line] = Field(description="seller and order, in your words")
    basis: Annotated[str, AfterValidator(_judged_basis)] = Field(
        default="rate", json_schema_extra={"enum": ["rate", "work"]}
    )
    algorithm: Algorithm = Field(default="sha256d", json_schema_extra={"enum": list(ALGORITHMS)})
    promised: Clause[Rate] | None = Field(default=None, description="promised hashrate, like `100 TH/s`")
    limit: Clause[Rate] | None = Field(default=None, description="`basis: work`: the most that the order lets through")
    tolerance: Clause[Allowed] | None = Field(default=None, description="what the contract lets pass, like `5 % a day`")
    uptime: Annotated[UptimeShape | None, BeforeValidator(_meant)] = Field(
        default=None, description="{value: 99 %, method: reachable, window: calendar, over: month}"
    )
    exclusions: Annotated[list[ExclusionShape], Field(max_length=200)] = []
    rejects: Clause[PartOrNone] | None = Field(default=None, description="what may be rejected or stale, like `2 %`")
    price: Clause[Price] | None = Field(
        default=None, description="what you paid, like `1800 USD`; `basis: work`: like `0.000465 BTC per PH/day`"
    )
    payouts: PayoutsShape | None = Field(default=None, description="{every: 1d, threshold: 0.005 BTC, within: 2d}")
    receipts: Annotated[list[ReceiptShape], Field(max_length=1_000)] = []
    fees: FeesShape | None = Field(default=None, description="{pool: 2 %, electricity: 0.012 USD/TH/day}")
    group: Line | None = Field(default=None, description="contracts that are judged together")
    tell_me_below: Part | None = Field(default=None, description="your own wish, like `95 %`")
    wander: Part | None = Field(default=None, description="honest ups and downs of a mean over 6 h, like `3 %`")
    coverage_needed: Clause[Part] | None = Field(default=None, description="part of the time to be seen, like `90 %`")
    labels: Annotated[dict[Line, Line], Field(max_length=20)] = {}


class EmailShape(Shape):
    """Mail through your own provider."""

    email: Line = Field(pattern=_MAIL, description="one address, like `me@example.org`")
    smtp: Line = Field(description="host or host:port of the mail server, port 587 unless written")
    user: Line | None = None
    password_file: Line | None = None
    sender: Annotated[Line, Field(pattern=_MAIL)] | None = Field(
        default=None, alias="from", description="one address, like `verifier@example.org`"
    )
    tls: Literal["starttls", "tls", "none"] | None = None
    ca_file: Line | None = Field(default=None, description="PEM file of a private certificate authority")


class WebhookShape(Shape):
    """Signed POSTs (Standard Webhooks) to a URL of yours."""

    webhook: Line
    secret_file: Line | None = None
    allow_private: StrictBool = False


def _as_list(written: object) -> object:
    return [written] if isinstance(written, str) else written


class AlertmanagerShape(Shape):
    """Open problems as alerts of an Alertmanager of yours, at all its instances."""

    alertmanager: Annotated[
        list[Line],
        Field(min_length=1, max_length=16, description="address or list of addresses, like `http://127.0.0.1:9093`"),
        BeforeValidator(_as_list, json_schema_input_type=str | list[str]),
    ]
    every: Span = timedelta(minutes=1)
    allow_private: StrictBool = False
    runbooks: Line | None = Field(default=None, description="where the runbook pages are read, for links")


class ShowShape(Shape):
    """How people are shown sums and times."""

    currency: str = Field(default="USD", pattern=r"^[A-Z]{3}$", description="a code of three letters, like `EUR`")
    time_zone: Annotated[str, AfterValidator(_known_zone)] = "UTC"


class WebShape(Shape):
    """Where pages and metrics are served."""

    listen: Line = "127.0.0.1:9580"


class HeartbeatShape(Shape):
    """A URL to call while all is well."""

    url: Line
    every: Span = timedelta(minutes=5)
    allow_private: StrictBool = False


class AlarmShape(Shape):
    """How many false alarms are allowed."""

    per_contract_year: Budget = Field(default=1.0, description="a number above 0, like `1`")
    fleet_per_month: Budget = Field(default=1.0, description="a number above 0, like `1`")
