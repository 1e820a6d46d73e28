"""AntPool: averages, workers, shares by fate, credited days and payouts, asked with signed requests."""

import hmac
import re
from collections.abc import Generator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Final, NamedTuple, TypeAlias, TypeVar
from urllib.parse import urlencode

from pydantic import BaseModel, Field, PlainValidator, TypeAdapter

from verifier.errors import Implausible, Misread, Refused
from verifier.observation import (
    BalanceSeen,
    EarningClaimed,
    PayoutClaimed,
    RateSeen,
    SharesSeen,
    WorkerPresence,
    WorkersSeen,
    WorkerState,
)
from verifier.reading import (
    MOST_WORKERS,
    Coins,
    Count,
    Name,
    Number,
    ZonelessTime,
    amount,
    decode,
    fit,
    not_future,
)
from verifier.talk import Account, Ask, Http, Question, Reply, Source, Talk
from verifier.units import HASHES_PER_DIFFICULTY, Window

REACH: Final = timedelta(days=30)
#: Days are booked a day after they were mined, written on the day of booking; ids keep overlap from counting twice.
BOOKED_LATE: Final = timedelta(days=3)
#: Times are written without a zone: they may be those of Beijing, 8 hours ahead of UTC.
ZONE_UNKNOWN: Final = timedelta(hours=8, minutes=10)
#: PPLNS income is told before the fee is taken (a client in production use corrects it so).
PPLNS_FEE: Final = Decimal("0.02")
#: A page after the last one is the first one again, so none is asked for that was not promised; or more than these.
MOST_PAGES: Final = 100

_10_MINUTES: Final = timedelta(minutes=10)
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_6_HOURS: Final = timedelta(hours=6)
_LARGE: Final = 8_388_608
_MH: Final = 1e6
_EVERY_WORKER: Final = MappingProxyType({"coinType": "BTC", "pageEnable": "0"})
_RATE: Final = re.compile(r"(\d{1,20}(?:\.\d{1,8})?) ([KMGTPE]?H/s)", re.ASCII)
_UNITS: Final = {"H/s": 1.0, "KH/s": 1e3, "MH/s": 1e6, "GH/s": 1e9, "TH/s": 1e12, "PH/s": 1e15, "EH/s": 1e18}


class AntpoolAccount(Account):
    """A user or sub-account at AntPool, read with a key of its interface."""

    secrets: ClassVar[tuple[str, ...]] = ("key", "secret")

    url: str = "https://antpool.com/api"
    user: Annotated[str, Field(pattern=r"^[\w.-]{1,64}$", description="user ID of the account or sub-account")]


def _unit(value: object) -> float:
    size = _UNITS.get(value) if isinstance(value, str) else None
    if size is None:
        raise ValueError("a unit such as PH/s was expected")
    return size


class Shown(NamedTuple):
    """A worker's rate, the relative error of its rounding, and whether its unit is told."""

    per_second: float
    quantisation: float
    told: bool


def _shown(value: object) -> Shown:
    match = _RATE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return Shown(_BARE.validate_python(value), 0.0, told=False)
    digits, places = float(match[1]), len(match[1].partition(".")[2])
    return Shown(digits * _unit(match[2]), 0.5 * 10.0**-places / digits if digits else 0.0, told=True)


_BARE: Final[TypeAdapter[float]] = TypeAdapter(Number)
Unit: TypeAlias = Annotated[float, PlainValidator(_unit)]
#: With its unit, as clients in use meet it (`306.23 TH/s`), or bare: H/s by typed clients, MH/s by another.
Rate: TypeAlias = Annotated[Shown, PlainValidator(_shown)]


class _Envelope(BaseModel):
    code: Count
    message: Name = ""
    data: Any = None


class _Overview(BaseModel):
    m10: Annotated[Number, Field(alias="hsLast10m")]
    h1: Annotated[Number, Field(alias="hsLast1h")]
    d1: Annotated[Number, Field(alias="hsLast1d")]


class _Shares(BaseModel):
    d1: Annotated[Number, Field(alias="last1d")]
    accepted: Number
    stale: Number
    duplicate: Annotated[Number, Field(alias="dupelicate")]
    other: Number


class _WorkerShares(_Shares):
    worker: Name


class _WorkerRates(BaseModel):
    name: Annotated[Name, Field(alias="workerId")]
    h1: Annotated[Rate, Field(alias="hsLast1h")]
    d1: Annotated[Rate, Field(alias="hsLast1d")]


class _Pages(BaseModel):
    total: Annotated[Count, Field(alias="totalPage")] = 1


class _WorkersShares(_Pages):
    rows: Annotated[list[_WorkerShares], Field(max_length=MOST_WORKERS)]


class _WorkersRates(_Pages):
    rows: Annotated[list[_WorkerRates], Field(max_length=MOST_WORKERS)]


class _Listed(BaseModel):
    result: _WorkersRates


class _Credit(BaseModel):
    booked: Annotated[ZonelessTime, Field(alias="timestamp")]
    rate: Annotated[Number, Field(alias="hashrate")]
    unit: Annotated[Unit, Field(alias="hashrateUnit")]
    pps: Annotated[Coins, Field(alias="ppsAmount", ge=0)] = Decimal(0)
    ppapps: Annotated[Coins, Field(alias="ppappsAmount", ge=0)] = Decimal(0)
    pplns: Annotated[Coins, Field(alias="pplnsAmount", ge=0)] = Decimal(0)
    ppapplns: Annotated[Coins, Field(alias="ppapplnsAmount", ge=0)] = Decimal(0)
    solo: Annotated[Coins, Field(alias="soloAmount", ge=0)] = Decimal(0)
    fpps_block: Annotated[Coins, Field(alias="fppsBlockAmount", ge=0)] = Decimal(0)
    fpps_fees: Annotated[Coins, Field(alias="fppsFeeAmount", ge=0)] = Decimal(0)

    @property
    def ended(self) -> datetime:
        """Midnight after the mined day: the row may bear the hour of its booking."""
        return self.booked.replace(hour=0, minute=0, second=0)

    def by_scheme(self) -> tuple[tuple[str, Decimal, Decimal | None], ...]:
        """Each scheme that paid: its name, the coins after the fee, and the fee where it is known."""
        schemes = (
            ("FPPS", self.fpps_block + self.fpps_fees, None),
            ("PPS", self.pps, None),
            ("PPS+", self.ppapps + self.ppapplns, None),
            ("PPLNS", self.pplns * (1 - PPLNS_FEE), PPLNS_FEE),
            ("SOLO", self.solo, None),
        )
        return tuple(entry for entry in schemes if entry[1])


class _Credits(_Pages):
    rows: Annotated[list[_Credit], Field(max_length=10_000)]


class _Payout(BaseModel):
    id: Name = ""
    at: Annotated[ZonelessTime, Field(alias="timestamp")]
    address: Annotated[Name | None, Field(alias="walletAddress")] = None
    txid: Annotated[Name | None, Field(alias="txId")] = None
    amount: Annotated[Coins, Field(ge=0)]


class _Payouts(_Pages):
    rows: Annotated[list[_Payout], Field(max_length=10_000)]


class _Balance(BaseModel):
    balance: Annotated[Coins, Field(ge=0)]


_Model = TypeVar("_Model", bound=BaseModel)
_PageModel = TypeVar("_PageModel", bound=_Pages)


def now(account: AntpoolAccount, _window: Window) -> Talk:
    """The averages of ten minutes, an hour and a day, and the last day's shares by fate."""
    reply = yield _ask(account, "accountOverview")
    shown = _answer(_Overview, reply)
    reply = yield _ask(account, "hashrate")
    shares, at = _answer(_Shares, reply), reply.received_at
    # One page counts H/s, the other MH/s: the same day in both shows that the units are still those.
    if max(shown.d1, shares.d1 * _MH) > 2 * min(shown.d1, shares.d1 * _MH) + 1e12:
        raise Implausible("two pages of the pool tell different rates for the last day")
    return (
        RateSeen(at=at, per_second=shown.m10, window=_10_MINUTES),
        RateSeen(at=at, per_second=shown.h1, window=_HOUR),
        RateSeen(at=at, per_second=shown.d1, window=_DAY),
        _fates(None, shares, at),
    )


def workers(account: AntpoolAccount, _window: Window) -> Talk:
    """The workers that the pool calls online, then those it calls offline, with averages of an hour and a day."""
    reply = yield _ask(account, "userWorkerList", workerStatus="1", **_EVERY_WORKER)
    online = _answer(_Listed, reply).result.rows
    reply = yield _ask(account, "userWorkerList", workerStatus="2", **_EVERY_WORKER)
    here, at = {worker.name for worker in online}, reply.received_at
    offline = [worker for worker in _answer(_Listed, reply).result.rows if worker.name not in here]
    states = (
        *(WorkerState(name=worker.name, presence=WorkerPresence.ONLINE) for worker in online),
        *(WorkerState(name=worker.name, presence=WorkerPresence.OFFLINE) for worker in offline),
    )
    rates = [
        RateSeen(
            worker=worker.name,
            at=at,
            per_second=shown.per_second,
            window=span,
            averaging="rolling" if shown.told else "unsure",
            quantisation=shown.quantisation,
        )
        for worker in (*online, *offline)
        for span, shown in ((_HOUR, worker.h1), (_DAY, worker.d1))
    ]
    return (WorkersSeen(at=at, workers=states), *rates)


def shares(account: AntpoolAccount, _window: Window) -> Talk:
    """The last day's accepted, stale and rejected work of each worker."""
    reply = yield _ask(account, "workers", pageEnable="0")
    return [_fates(row.worker, row, reply.received_at) for row in _answer(_WorkersShares, reply).rows]


def earnings(account: AntpoolAccount, window: Window) -> Talk:
    """What was credited for each mined day, by scheme; rows bear the day after it."""
    reply, rows = yield from _booked(_Credits, account, "recv")
    return [
        EarningClaimed(
            id=f"{row.ended - _DAY:%Y-%m-%d}/{scheme}",
            start=row.ended - _DAY,
            end=row.ended,
            amount=amount(coins),
            scheme=scheme,
            fee_rate=None if fee is None else float(fee),
            # How a day's work was divided between two schemes is not told.
            work_hashes=row.rate * row.unit * _DAY.total_seconds() if len(row.by_scheme()) == 1 else None,
        )
        for page in rows
        for row in page.rows
        for scheme, coins, fee in row.by_scheme()
        if window.start - BOOKED_LATE < not_future(row.booked, reply, ZONE_UNKNOWN)
    ]


def payouts(account: AntpoolAccount, window: Window) -> Talk:
    """What was sent."""
    reply, rows = yield from _booked(_Payouts, account, "payout")
    return [
        PayoutClaimed(
            id=row.id or row.txid or f"{row.at:%Y-%m-%dT%H:%M:%S}",
            at=min(not_future(row.at, reply, ZONE_UNKNOWN), reply.received_at),
            amount=amount(row.amount),
            address=row.address or None,
            txid=row.txid or None,
        )
        for page in rows
        for row in page.rows
        if row.at > window.start - BOOKED_LATE
    ]


def balance(account: AntpoolAccount, _window: Window) -> Talk:
    """Coins earned and not yet paid."""
    reply = yield _ask(account, "account")
    return (BalanceSeen(at=reply.received_at, amount=amount(_answer(_Balance, reply).balance)),)


def signature(user: str, key: str, secret: str, nonce: int) -> str:
    """HMAC-SHA256 over user, key and nonce, in upper-case hexadecimal (AntPool's interface guide)."""
    return hmac.new(secret.encode(), f"{user}{key}{nonce}".encode(), "sha256").hexdigest().upper()


def signed(ask: Ask, secrets: Mapping[str, str], _now: datetime, nonce: int) -> Ask:
    """The ask as a form with key, nonce (milliseconds, never going back) and signature."""
    if not isinstance(ask, Http) or not isinstance(ask.body, Mapping) or not {"key", "secret"} <= set(secrets):
        return ask
    proof = signature(str(ask.body["userId"]), secrets["key"], secrets["secret"], nonce)
    form = {**ask.body, "key": secrets["key"], "nonce": nonce, "signature": proof}
    headers = {**ask.headers, "Content-Type": "application/x-www-form-urlencoded"}
    return replace(ask, body=urlencode(form).encode(), headers=headers)


def _fates(worker: str | None, shares: _Shares, at: datetime) -> SharesSeen:
    return SharesSeen(
        worker=worker,
        start=at - _DAY,
        end=at,
        accepted=shares.accepted * HASHES_PER_DIFFICULTY,
        rejected=(shares.duplicate + shares.other) * HASHES_PER_DIFFICULTY,
        stale=shares.stale * HASHES_PER_DIFFICULTY,
    )


def _booked(
    model: type[_PageModel], account: AntpoolAccount, kind: str
) -> Generator[Ask, Reply, tuple[Reply, list[_PageModel]]]:
    """Every page of a history. Raises Misread when it has more than any account's."""
    pages: list[_PageModel] = []
    while len(pages) < MOST_PAGES:
        reply = yield _ask(account, "paymentHistoryV2", type=kind, page=str(len(pages) + 1), pageSize="50")
        pages.append(_answer(model, reply))
        if len(pages) >= pages[-1].total:
            return reply, pages
    raise Misread(f"more than {MOST_PAGES} pages")


def _answer(model: type[_Model], reply: Reply) -> _Model:
    """The data of an answer. Raises Refused or Misread with the pool's own words for an error inside HTTP 200."""
    envelope = fit(_Envelope, decode(reply))
    if envelope.code and any(word in envelope.message.lower() for word in ("signature", "api key", "permission")):
        raise Refused(envelope.message)
    if envelope.code:
        raise Misread(f"{envelope.code}: {envelope.message}")
    return fit(model, envelope.data)


def _ask(account: AntpoolAccount, what: str, **more: str) -> Http:
    return Http(method="POST", path=f"/{what}.htm", body={"userId": account.user, "coin": "BTC", **more})


SOURCE: Final = Source(
    kind="antpool",
    title="AntPool",
    Account=AntpoolAccount,
    support="documented",
    pace=2.0,
    sign=signed,
    questions=(
        Question(name="now", sees=frozenset({RateSeen, SharesSeen}), every=_10_MINUTES, talk=now),
        Question(name="workers", sees=frozenset({WorkersSeen, RateSeen}), every=_10_MINUTES, talk=workers, cap=_LARGE),
        Question(name="shares", sees=frozenset({SharesSeen}), every=_6_HOURS, talk=shares, cap=_LARGE),
        Question(
            name="earnings", sees=frozenset({EarningClaimed}), every=_6_HOURS, reach=REACH, talk=earnings, cap=_LARGE
        ),
        Question(
            name="payouts", sees=frozenset({PayoutClaimed}), every=_6_HOURS, reach=REACH, talk=payouts, cap=_LARGE
        ),
        Question(name="balance", sees=frozenset({BalanceSeen}), every=_HOUR, talk=balance),
    ),
)
