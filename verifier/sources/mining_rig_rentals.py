"""MiningRigRentals: what was advertised for a rental, what the market says it delivered, and what it cost.

An error comes inside HTTP 200 as `success: false`. Every figure bears its unit beside it, and numbers come as strings.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Final

from pydantic import BaseModel, Field

from verifier.errors import Misread, Refused
from verifier.fields import Coins, Name, Number, UnixTime, ZonelessTime
from verifier.observation import ChargeSeen, Exactness, OfferSeen, RateSeen, WorkersSeen, WorkSeen
from verifier.phrases import proof, signing, unknown
from verifier.reading import decode, fit, not_future, rows
from verifier.talk import Account, AlgorithmName, Http, Reply, Source, Talk, asks, leaves_out, names
from verifier.told import amount, listed, rates, settled
from verifier.units import COIN_DECIMALS, HOUR, MINUTE, SHA256D, Amount, Window

#: Factors of the unit that stands beside a figure; thousands, as everywhere in mining.
UNITS: Final = {"hash": 1.0, "h": 1.0, "kh": 1e3, "mh": 1e6, "gh": 1e9, "th": 1e12, "ph": 1e15, "eh": 1e18}
#: One bar of the graph; a bar is read only when the next one has begun.
BAR: Final = 5 * MINUTE
REACH: Final = timedelta(days=2)
#: Trailing averages of the rig, by the name of the field.
AVERAGES: Final = {"last_5min": 5 * MINUTE, "last_15min": 15 * MINUTE, "last_30min": 30 * MINUTE}
PER_PAGE: Final = 100

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
    type: Name

    @property
    def rate(self) -> float:
        return self.hash * _factor(self.type)


class _Agreed(BaseModel):
    advertised: _Hash
    average: _Hash


class _Price(BaseModel):
    advertised: Annotated[Coins, Field(ge=0)]
    currency: Name
    type: Name


class _Rig(BaseModel):
    hashrate: Annotated[dict[Name, _Hash], Field(max_length=20)]


class _Rental(BaseModel):
    id: Name
    hashrate: _Agreed
    price: _Price
    start_unix: UnixTime
    end_unix: UnixTime
    ended: bool
    rig: _Rig


class _Bars(BaseModel):
    bars: str


class _Graph(BaseModel):
    chartdata: _Bars
    hashtype: Name


class _Booking(BaseModel):
    id: Name
    type: Name
    currency: Name
    amount: Coins
    when: ZonelessTime
    rental: Name = ""


@asks(RateSeen, OfferSeen, every=5 * MINUTE, asked_of=names("rental"))
def rental(account: MiningRigRentalsAccount, _window: Window) -> Talk:
    """The averages that the market shows of a rental, and what was agreed."""
    reply = yield Http(path=f"/rental/{account.rental}")
    one, at = fit(_Rental, _answer(reply)), reply.received_at
    if one.id != account.rental:
        raise Misread("id: another rental was answered")
    offer = OfferSeen(
        at=at,
        per_second=one.hashrate.average.rate,
        limit=one.hashrate.advertised.rate,
        price=_price(one.price),
        start=one.start_unix,
        end=one.end_unix,
        state="ended" if one.ended else "running",
    )
    if one.ended or at >= one.end_unix:
        return (offer,)
    # Before it has run that long, an average still holds what the rig did for somebody else.
    lived = [(name, span) for name, span in AVERAGES.items() if at - span >= one.start_unix]
    shown = [(span, one.rig.hashrate[name].rate) for name, span in lived if name in one.rig.hashrate]
    return (offer, *rates(at, [(None, shown)], algorithm=account.algorithm))


@asks(WorkSeen, every=10 * MINUTE, phase=MINUTE, reach=REACH, asked_of=names("rental"))
def graph(account: MiningRigRentalsAccount, window: Window) -> Talk:
    """The graph's bars of five minutes as work, each named by its start."""
    hours = min(-(-(window.span + 2 * BAR) // HOUR), REACH // HOUR)
    reply = yield Http(path=f"/rental/{account.rental}/graph", query={"hours": str(hours)})
    shown = fit(_Graph, _answer(reply))
    unit, bars = _factor(shown.hashtype), shown.chartdata.bars.replace(" ", "")
    points = {_EPOCH + timedelta(milliseconds=int(ms)): float(value) * unit for ms, value in _POINT.findall(bars)}
    if _POINT.sub("", bars).strip(","):
        raise Misread("chartdata.bars: pairs of a time and a figure were expected")
    return settled(
        points.items(), BAR, window, reply, after=BAR, exactness=Exactness.DISPLAY, algorithm=account.algorithm
    )


@asks(ChargeSeen, every=HOUR, asked_of=names("rental"))
def charges(account: MiningRigRentalsAccount, _window: Window) -> Talk:
    """What was paid for the rental; times bear no zone and are taken for UTC, as the rental's own say."""
    reply = yield Http(path="/account/transactions", query={"start": "0", "limit": str(PER_PAGE)})
    return [
        ChargeSeen(
            id=one.id,
            what="rental",
            start=not_future(one.when, reply),
            end=one.when,
            amount=amount(-one.amount, one.currency),
            taken="prepaid",
        )
        for one in rows(_Booking, _answer(reply), "transactions", most=PER_PAGE)
        if one.type == "Payment" and one.rental == account.rental and one.amount < 0 and one.currency in COIN_DECIMALS
    ]


@asks(WorkersSeen, every=10 * MINUTE, asked_of=leaves_out("rental"))
def rentals(_account: MiningRigRentalsAccount, _window: Window) -> Talk:
    """The rentals that run, so that the one to be watched can be named."""
    query = {"type": "renter", "history": "false", "start": "0", "limit": str(PER_PAGE)}
    reply = yield Http(path="/rental", query=query)
    found = rows(_Rental, _answer(reply), "rentals", most=PER_PAGE)
    if not found:
        return unknown(reply, "the account rents nothing")
    return (listed(reply, ((one.id, not one.ended, None) for one in found)),)


def signature(key: str, secret: str, nonce: str, endpoint: str) -> str:
    """HMAC-SHA1 over key, nonce and the endpoint without trailing slash or query, in hexadecimal (apidocv2)."""
    return proof(secret, f"{key}{nonce}{endpoint}", "sha1").hex()


@signing("key", "secret")
def signed(ask: Http, secrets: Mapping[str, str], _now: datetime, nonce: int) -> Http:
    """The ask with key, signature and a nonce that never goes back."""
    told = signature(secrets["key"], secrets["secret"], str(nonce), ask.path.rstrip("/"))
    headers = {"x-api-key": secrets["key"], "x-api-nonce": str(nonce), "x-api-sign": told}
    return replace(ask, headers={**ask.headers, **headers})


def _price(price: _Price) -> Amount | None:
    """The price of 1 EH/s over a day in base units; none in a currency that is no known coin."""
    if price.currency not in COIN_DECIMALS:
        return None
    return amount(price.advertised * Decimal(10**18) / Decimal(_factor(price.type)), price.currency)


def _factor(unit: str) -> float:
    if unit.lower() not in UNITS:
        raise Misread(f"an unknown unit of hashrate: {unit}")
    return UNITS[unit.lower()]


def _answer(reply: Reply) -> object:
    """The data. Raises Refused or Misread with the market's own words for an error inside HTTP 200."""
    envelope = fit(_Envelope, decode(reply))
    if envelope.success:
        return envelope.data
    said = fit(_Message, envelope.data).message
    if any(word in said.lower() for word in ("auth", "api key", "nonce")):
        raise Refused(said)
    raise Misread(said or "the market reports an error without words")


SOURCE: Final = Source(
    kind="mining_rig_rentals", title="MiningRigRentals", Account=MiningRigRentalsAccount, support="experimental",
    independence="seller_page", pace=2.0, sign=signed, questions=(rental, graph, charges, rentals),
)  # fmt: skip
