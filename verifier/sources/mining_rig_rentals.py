"""MiningRigRentals: what was advertised for a rental, what the market says it delivered, and what it cost.

An error comes inside HTTP 200 as `success: false`. Every figure bears its unit beside it, and numbers come as strings.
"""

import hmac
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Final, TypeVar

from pydantic import BaseModel, Field

from verifier.errors import Misread, Refused
from verifier.observation import (
    ChargeSeen,
    Exactness,
    Observation,
    OfferSeen,
    RateSeen,
    SilenceReason,
    WorkerPresence,
    WorkersSeen,
    WorkerState,
    WorkSeen,
)
from verifier.reading import Coins, Count, Name, Number, UnixTime, amount, decode, fit, not_future, silence
from verifier.talk import Account, AlgorithmName, Ask, Http, Question, Reply, Source, Talk
from verifier.units import COIN_DECIMALS, SHA256D, Amount, Window

#: Factors of the unit that stands beside a figure; thousands, as everywhere in mining.
UNITS: Final = {"hash": 1.0, "h": 1.0, "kh": 1e3, "mh": 1e6, "gh": 1e9, "th": 1e12, "ph": 1e15, "eh": 1e18}
#: One bar of the graph; a bar is read only when the next one has begun.
BAR: Final = timedelta(minutes=5)
REACH: Final = timedelta(days=2)
#: Trailing averages of the rig, by the name of the field.
AVERAGES: Final = {"last_5min": 5, "last_15min": 15, "last_30min": 30}
PER_PAGE: Final = 100

_DAY: Final = timedelta(days=1)
_POINT: Final = re.compile(r"\[(\d{13}),(\d{1,20}(?:\.\d{1,20})?)\]", re.ASCII)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class MiningRigRentalsAccount(Account):
    """One rental, or with `rental` left out the list of your rentals; read with a key that may only read."""

    secrets: ClassVar[tuple[str, ...]] = ("key", "secret")

    url: str = "https://www.miningrigrentals.com/api/v2"
    rental: Annotated[str | None, Field(pattern=r"^\d{1,12}$", description="number of the rental")] = None
    algorithm: AlgorithmName = SHA256D


class _Envelope(BaseModel):
    success: bool
    data: Any = None


class _Message(BaseModel):
    message: Name = ""


class _Hash(BaseModel):
    hash: Number
    unit: Annotated[Name, Field(alias="type")]

    @property
    def rate(self) -> float:
        return self.hash * _factor(self.unit)


class _Agreed(BaseModel):
    advertised: _Hash
    average: _Hash


class _Price(BaseModel):
    advertised: Annotated[Coins, Field(ge=0)]
    currency: Name
    unit: Annotated[Name, Field(alias="type")]


class _Rig(BaseModel):
    averages: Annotated[dict[Name, _Hash], Field(alias="hashrate", max_length=20)]


class _Rental(BaseModel):
    id: Name
    hashrate: _Agreed
    price: _Price
    start: Annotated[UnixTime, Field(alias="start_unix")]
    end: Annotated[UnixTime, Field(alias="end_unix")]
    ended: bool
    rig: _Rig


class _Rentals(BaseModel):
    total: Count
    rentals: Annotated[list[_Rental], Field(max_length=PER_PAGE)]


class _Bars(BaseModel):
    bars: str


class _Graph(BaseModel):
    chart: Annotated[_Bars, Field(alias="chartdata")]
    unit: Annotated[Name, Field(alias="hashtype")]


class _Booking(BaseModel):
    id: Name
    kind: Annotated[Name, Field(alias="type")]
    currency: Name
    amount: Coins
    when: Name
    rental: Name = ""


class _Bookings(BaseModel):
    transactions: Annotated[list[_Booking], Field(max_length=PER_PAGE)]


_Model = TypeVar("_Model", bound=BaseModel)


def rental(account: MiningRigRentalsAccount, _window: Window) -> Talk:
    """The averages that the market shows of a rental, and what was agreed."""
    reply = yield Http(path=f"/rental/{account.rental}")
    one, at = _answer(_Rental, reply), reply.received_at
    if one.id != account.rental:
        raise Misread("id: another rental was answered")
    offer = OfferSeen(
        at=at,
        per_second=one.hashrate.average.rate,
        limit=one.hashrate.advertised.rate,
        price=_price(one.price),
        start=one.start,
        end=one.end,
        state="ended" if one.ended else "running",
    )
    if one.ended or at >= one.end:
        return (offer,)
    # Before it has run that long, an average still holds what the rig did for somebody else.
    rates: list[Observation] = [
        RateSeen(at=at, per_second=shown.rate, window=timedelta(minutes=minutes), algorithm=account.algorithm)
        for name, minutes in AVERAGES.items()
        if (shown := one.rig.averages.get(name)) and at - timedelta(minutes=minutes) >= one.start
    ]
    return (offer, *rates)


def graph(account: MiningRigRentalsAccount, window: Window) -> Talk:
    """The graph's bars of five minutes as work, each named by its start."""
    hours = -(-(window.span + 2 * BAR) // timedelta(hours=1))
    reply = yield Http(path=f"/rental/{account.rental}/graph", query={"hours": str(min(hours, REACH.days * 24))})
    shown = _answer(_Graph, reply)
    unit = _factor(shown.unit)
    bars = shown.chart.bars.replace(" ", "")
    points = {_EPOCH + timedelta(milliseconds=int(ms)): float(value) * unit for ms, value in _POINT.findall(bars)}
    if _POINT.sub("", bars).strip(","):
        raise Misread("chartdata.bars: pairs of a time and a figure were expected")
    return [
        WorkSeen(
            start=start,
            end=start + BAR,
            hashes=rate * BAR.total_seconds(),
            exactness=Exactness.DISPLAY,
            algorithm=account.algorithm,
        )
        for start, rate in sorted(points.items())
        if window.start < not_future(start, reply) + 2 * BAR <= reply.received_at
    ]


def rentals(_account: MiningRigRentalsAccount, _window: Window) -> Talk:
    """The rentals that run, so that the one to be watched can be named."""
    query = {"type": "renter", "history": "false", "start": "0", "limit": str(PER_PAGE)}
    reply = yield Http(path="/rental", query=query)
    listed = _answer(_Rentals, reply).rentals
    if not listed:
        return silence(reply, SilenceReason.NEVER_SEEN, "the account rents nothing")
    states = tuple(
        WorkerState(name=one.id, presence=WorkerPresence.OFFLINE if one.ended else WorkerPresence.ONLINE)
        for one in listed
    )
    return (WorkersSeen(at=reply.received_at, workers=states),)


def charges(account: MiningRigRentalsAccount, _window: Window) -> Talk:
    """What was paid for the rental; times bear no zone and are taken for UTC, as the rental's own say."""
    reply = yield Http(path="/account/transactions", query={"start": "0", "limit": str(PER_PAGE)})
    return [
        ChargeSeen(
            id=one.id,
            what="rental",
            start=(when := not_future(_utc(one.when), reply)),
            end=when,
            amount=amount(-one.amount, one.currency),
            taken="prepaid",
        )
        for one in _answer(_Bookings, reply).transactions
        if one.kind == "Payment" and one.rental == account.rental and one.amount < 0 and one.currency in COIN_DECIMALS
    ]


def signature(key: str, secret: str, nonce: str, endpoint: str) -> str:
    """HMAC-SHA1 over key, nonce and the endpoint without trailing slash or query, in hexadecimal (apidocv2)."""
    return hmac.new(secret.encode(), f"{key}{nonce}{endpoint}".encode(), "sha1").hexdigest()


def signed(ask: Ask, secrets: Mapping[str, str], _now: datetime, nonce: int) -> Ask:
    """The ask with key, signature and a nonce that never goes back."""
    if not isinstance(ask, Http) or not {"key", "secret"} <= set(secrets):
        return ask
    proof = signature(secrets["key"], secrets["secret"], str(nonce), ask.path.rstrip("/"))
    headers = {"x-api-key": secrets["key"], "x-api-nonce": str(nonce), "x-api-sign": proof}
    return replace(ask, headers={**ask.headers, **headers})


def _price(price: _Price) -> Amount | None:
    """The price of 1 EH/s over a day in base units; none in a currency that is no known coin."""
    if price.currency not in COIN_DECIMALS:
        return None
    return amount(price.advertised * Decimal(10**18) / Decimal(_factor(price.unit)), price.currency)


def _factor(unit: str) -> float:
    if unit.lower() not in UNITS:
        raise Misread(f"an unknown unit of hashrate: {unit}")
    return UNITS[unit.lower()]


def _utc(words: str) -> datetime:
    try:
        return datetime.strptime(words, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        raise Misread("when: a time was expected") from None


def _answer(model: type[_Model], reply: Reply) -> _Model:
    """The data. Raises Refused or Misread with the market's own words for an error inside HTTP 200."""
    envelope = fit(_Envelope, decode(reply))
    if not envelope.success:
        said = fit(_Message, envelope.data).message
        if "auth" in said.lower() or "api key" in said.lower() or "nonce" in said.lower():
            raise Refused(said)
        raise Misread(said or "the market reports an error without words")
    return fit(model, envelope.data)


def _of_a_rental(account: Account) -> bool:
    return getattr(account, "rental", None) is not None


def _of_an_account(account: Account) -> bool:
    return not _of_a_rental(account)


SOURCE: Final = Source(
    kind="mining_rig_rentals",
    title="MiningRigRentals",
    Account=MiningRigRentalsAccount,
    support="experimental",
    independence="seller_page",
    pace=2.0,
    sign=signed,
    questions=(
        Question(
            name="rental",
            sees=frozenset({RateSeen, OfferSeen}),
            every=timedelta(minutes=5),
            talk=rental,
            asked_of=_of_a_rental,
        ),
        Question(
            name="graph",
            sees=frozenset({WorkSeen}),
            every=timedelta(minutes=10),
            phase=timedelta(minutes=1),
            reach=REACH,
            talk=graph,
            asked_of=_of_a_rental,
        ),
        Question(
            name="charges", sees=frozenset({ChargeSeen}), every=timedelta(hours=1), talk=charges, asked_of=_of_a_rental
        ),
        Question(
            name="rentals",
            sees=frozenset({WorkersSeen}),
            every=timedelta(minutes=10),
            talk=rentals,
            asked_of=_of_an_account,
        ),
    ),
)
