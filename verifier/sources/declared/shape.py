"""The configuration of a dashboard: what is asked, where the rows are, and what their cells mean."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Final, Literal, Self, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator

from verifier.sources.declared.cells import scale
from verifier.sources.declared.trees import TREES, Form
from verifier.talk import Account, AlgorithmName, CoinName
from verifier.units import SHA256D

_LETTERS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_SPAN: Final = re.compile(r"([0-9]{1,8}) ?([smhd])", re.ASCII)
_SHORTEST: Final = timedelta(seconds=1)
_LONGEST: Final = timedelta(days=366)
_MOST_PAGES: Final = 50
_UNIT_MEANS: Final = "of a figure without one of its own: `TH/s`, `GH`, `difficulty`"
_PLACE: Final = re.compile(r"\{([a-z_]+)\}")


def _span(value: object) -> object:
    match = _SPAN.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("a span like `10m`, `1h` or `24h` was expected")
    span = timedelta(seconds=int(match[1]) * _LETTERS[match[2]])
    if not _SHORTEST <= span <= _LONGEST:
        raise ValueError("a span from one second to a year was expected")
    return span


def _unit(*rate: bool) -> AfterValidator:
    def known(value: str) -> str:
        if scale(value)[1] not in rate:
            raise ValueError(f"`{value}` is no unit of {'a rate, write `TH/s`' if rate[0] else 'work, write `TH`'}")
        return value

    return AfterValidator(known)


def _zone(value: object) -> object:
    try:
        return ZoneInfo(str(value))
    except (KeyError, ValueError, OSError):
        raise ValueError("a time zone like `Europe/Berlin` or `UTC` was expected") from None


Span: TypeAlias = Annotated[
    timedelta,
    BeforeValidator(_span, json_schema_input_type=str),
    PlainSerializer(lambda span: f"{span.total_seconds():.0f}s", return_type=str),
]
Zone: TypeAlias = Annotated[
    ZoneInfo, BeforeValidator(_zone, json_schema_input_type=str), PlainSerializer(str, return_type=str)
]
Unit: TypeAlias = Annotated[str, _unit(True, False)]
RateUnit: TypeAlias = Annotated[str, _unit(True)]
WorkUnit: TypeAlias = Annotated[str, _unit(False)]
Path: TypeAlias = Annotated[str, Field(max_length=500)]
Words: TypeAlias = Annotated[frozenset[Annotated[str, AfterValidator(str.lower)]], Field(max_length=20)]
Slash: TypeAlias = Annotated[str, Field(pattern=r"^/[^\s#]{0,500}$")]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Pages(_Shape):
    """How an answer goes on: ``query`` counts up, or (``next``) is given what the answer says of the next page.

    ``of`` is where the number of pages stands; without it pages are read until one has no rows.
    """

    query: str = "page"
    first: int = 1
    of: Path | None = None
    next: Path | None = None
    most: Annotated[int, Field(ge=1, le=_MOST_PAGES)] = 20


class Asked(_Shape):
    """One request, and how to tell what its answer is: by conditions that hold of the page.

    A page of which no row shows one of the cells that are ``needed`` is another page, not an empty one.
    """

    needed: ClassVar[tuple[str, ...]]

    get: Slash | None = None
    post: Slash | None = None
    body: dict[str, Any] | None = None
    pages: Pages | None = None
    fails: Path | None = Field(default=None, description="holds when the answer is an error")
    says: Path | None = Field(default=None, description="where the error's words stand")
    refused: Path | None = Field(default=None, description="holds when the key is not accepted")
    never_seen: Path | None = Field(default=None, description="holds when the login or address is not known")
    each: Path | None = Field(default=None, description="where the rows are; left out: the answer is the row")
    none: Path | None = Field(default=None, description="holds when a page without rows means that there are none")

    @model_validator(mode="after")
    def _one_path(self) -> Self:
        if (self.get is None) == (self.post is None):
            raise ValueError("either `get` or `post` is needed")
        return self

    def conditions(self) -> Iterator[str]:
        """The paths that are looked up in the whole page."""
        more = () if self.pages is None else (self.pages.of, self.pages.next)
        of_page = (self.fails, self.says, self.refused, self.never_seen, self.each, self.none, *more)
        yield from (path for path in of_page if path is not None)

    def cells(self) -> Iterator[tuple[str, str]]:
        """The paths that are looked up in each row, by the cell's name."""
        names = [name for name in type(self).model_fields if name in _CELLS]
        yield from ((name, path) for name in names if (path := getattr(self, name)) is not None)

    def asked_with(self) -> Iterator[str]:
        """Every text of the request, where placeholders may stand."""
        yield from _texts((self.get, self.post, self.body))


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            yield from (text for part in value.values() for text in _texts(part))
        case list() | tuple():
            yield from (text for part in value for text in _texts(part))


class _Counted(Asked):
    worker: Path | None = Field(default=None, description="left out: the whole account")
    value: Path
    unit: Unit = Field(description=_UNIT_MEANS)
    unit_at: Path | None = Field(default=None, description="where the answer says the unit; that counts, not `unit`")
    factor: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0
    absent: Literal["unknown", "zero"] = Field(default="unknown", description="what an empty cell means")


class Rate(_Counted):
    """An average over ``window`` that ends at ``at``."""

    needed = ("value", "at")
    sees: Literal["rate"]
    unit: RateUnit = Field(description=_UNIT_MEANS)
    window: Span
    averaging: Literal["exponential", "rolling", "since_previous_slot", "unsure"] = "rolling"
    at: Path | None = Field(default=None, description="left out: the moment of the answer")


class Counter(_Counted):
    """Work done since a start that is not told; only its growth counts."""

    needed = ("value", "at")
    sees: Literal["counter"]
    unit: WorkUnit = Field(description=_UNIT_MEANS)
    shares: Path | None = None
    at: Path | None = None


class Slots(_Counted):
    """Work, or the mean rate, of spans of ``slot`` that begin at ``start``; the running one is left out."""

    needed = ("value", "start")
    sees: Literal["slots"]
    start: Path
    slot: Span
    shares: Path | None = None
    settled: Span = timedelta(0)


class Shares(Asked):
    """Accepted, rejected and stale work of the ``window`` that ends at ``at``."""

    needed = ("accepted", "at")
    sees: Literal["shares"]
    worker: Path | None = None
    accepted: Path
    rejected: Path | None = None
    stale: Path | None = None
    unit: WorkUnit = Field(description=_UNIT_MEANS)
    window: Span
    at: Path | None = None


class Workers(Asked):
    """The workers listed, and whether they are connected; a word that stands for neither is not guessed at."""

    needed = ("worker",)
    sees: Literal["workers"]
    worker: Path
    online: Path | None = Field(default=None, description="left out: who is listed is connected")
    online_is: Words = frozenset({"true", "yes", "1", "on", "online", "active", "alive", "up", "ok"})
    offline_is: Words = frozenset({"false", "no", "0", "off", "offline", "inactive", "dead", "down"})
    last_share: Path | None = None


class _Paid(Asked):
    amount: Path
    coin: CoinName = "BTC"
    base_units: bool = Field(default=False, description="the figure counts base units (satoshi), not coins")


class Balance(_Paid):
    """Unpaid coins."""

    needed = ("amount", "at")
    sees: Literal["balance"]
    at: Path | None = None


class Earnings(_Paid):
    """Coins that a span of ``length`` from ``start`` earned."""

    needed = ("amount", "start")
    sees: Literal["earnings"]
    start: Path
    length: Span = timedelta(days=1)
    scheme: str | None = None


class Payouts(_Paid):
    """Coins that were sent."""

    needed = ("amount",)
    sees: Literal["payouts"]
    at: Path
    id: Path | None = None
    txid: Path | None = None
    address: Path | None = None


Entry: TypeAlias = Annotated[
    Rate | Counter | Slots | Shares | Workers | Balance | Earnings | Payouts, Field(discriminator="sees")
]

_CELLS: Final = frozenset(("worker", "value", "unit_at", "at", "start", "shares", "accepted", "rejected", "stale")) | (
    frozenset(("online", "last_share", "amount", "id", "txid", "address"))
)


class Dashboard(Account):
    """A dashboard that is read as the file says; ``{token}``, ``{user}``, ``{start}`` are filled into what is asked."""

    optional_secrets: ClassVar[tuple[str, ...]] = ("token", "password")
    form: ClassVar[Form]

    run_by: Literal["seller", "pool"] = Field(description="whose word it is: a seller's page decides nothing")
    user: Annotated[str | None, Field(max_length=200)] = None
    headers: dict[str, str] = Field(default_factory=dict)
    algorithm: AlgorithmName = SHA256D
    time: str = Field(default="iso", description="`unix`, `unix_ms`, `iso`, or a pattern like `%d.%m.%Y %H:%M`")
    zone: Zone | None = None
    decimal_comma: bool = False
    asks: Annotated[tuple[Entry, ...], Field(max_length=20, json_schema_extra={"minItems": 1})]

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not self.asks:
            raise ValueError("`asks` is empty, write what is to be read: `[{sees: rate, get: /stats, …}]`")
        timed = [name for entry in self.asks for name, _ in entry.cells() if name in {"at", "start", "last_share"}]
        if timed and self.zone is None and self.time not in {"iso", "unix", "unix_ms"} and "%z" not in self.time:
            raise ValueError("`time` tells no zone, write one like `zone: Europe/Berlin`")
        known = {"start", "end", *self.optional_secrets, *(() if self.user is None else ("user",))}
        for number, entry in enumerate(self.asks):
            for path in (*entry.conditions(), *dict(entry.cells()).values()):
                try:
                    TREES[self.form].check(path)
                except ValueError as error:
                    raise ValueError(f"asks.{number}: `{path[:60]}` is {error}") from None
            if getattr(entry, "unit", None) == "difficulty" and self.algorithm != SHA256D:
                raise ValueError(
                    f"asks.{number}: a difficulty of {self.algorithm} is written as `unit: H` and `factor`"
                )
            for word in _texts((tuple(entry.asked_with()), self.headers)):
                if missing := [place for place in _PLACE.findall(word) if place not in known]:
                    raise ValueError(f"asks.{number}: nothing is known to stand for `{{{missing[0]}}}`")
        return self

    @property
    def independence(self) -> Literal["seller_page", "chosen_pool"]:
        """Whose word this is: a seller's page decides nothing."""
        return "seller_page" if self.run_by == "seller" else "chosen_pool"

    @property
    def read_by(self) -> str:
        """All that the file says of a dashboard but whose word it is, who asks and by which way."""
        asked = {*Account.model_fields, "run_by", "user", "headers"}
        # Sets are sorted: their order differs from start to start.
        return json.dumps(self.model_dump(exclude=asked, exclude_defaults=True), sort_keys=True, default=sorted)


class JsonDashboard(Dashboard):
    """A dashboard whose answers are JSON; paths are JMESPath."""

    form = "json"


class HtmlDashboard(Dashboard):
    """A dashboard of web pages; paths are CSS selectors."""

    form = "html"


class CsvDashboard(Dashboard):
    """A file of lines with columns; paths are names of columns."""

    form = "csv"
