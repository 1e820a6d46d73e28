"""AntPool: averages, workers, shares by fate, credited days and payouts, asked with signed requests."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Final, TypeAlias
from urllib.parse import urlencode

from pydantic import BaseModel, Field, PlainValidator, TypeAdapter, ValidationError

from verifier.errors import Implausible, Misread, Refused
from verifier.fields import Camel, Coins, Count, Name, Number, PlacedRate, Shown, ZonelessTime, unit_of_rate
from verifier.observation import BalanceSeen, EarningClaimed, PayoutClaimed, RateSeen, SharesSeen, WorkersSeen
from verifier.phrases import Listing, Row, every_row, proof
from verifier.reading import decode, fit, not_future, rows
from verifier.talk import BOOKED_LATE, LARGE, Account, Ask, Http, Reply, Source, Talk, asks
from verifier.told import amount, credited_day, listed, rates, sent
from verifier.units import DAY, HASHES_PER_DIFFICULTY, HOUR, MINUTE, Window

REACH: Final = timedelta(days=30)
#: Times are written without a zone: they may be those of Beijing, 8 hours ahead of UTC.
ZONE_UNKNOWN: Final = timedelta(hours=8, minutes=10)
#: PPLNS income is told before the fee is taken (a client in production use corrects it so).
PPLNS_FEE: Final = Decimal("0.02")

_BARE: Final[TypeAdapter[float]] = TypeAdapter(Number)
_WITH_UNIT: Final[TypeAdapter[Shown]] = TypeAdapter(PlacedRate)


class AntpoolAccount(Account):
    """A user or sub-account at AntPool, read with a key of its interface."""

    secrets: ClassVar[tuple[str, ...]] = ("key", "secret")

    url: str = "https://antpool.com/api"
    user: Annotated[str, Field(pattern=r"^[\w.-]{1,64}$", description="user ID of the account or sub-account")]


def _rate(value: object) -> float | Shown:
    try:
        return _WITH_UNIT.validate_python(value)
    except ValidationError:
        return _BARE.validate_python(value)


#: With its unit, as clients in use meet it (`306.23 TH/s`), or bare: H/s by typed clients, MH/s by another.
Rate: TypeAlias = Annotated[float | Shown, PlainValidator(_rate)]
Paid: TypeAlias = Annotated[Coins, Field(ge=0)]


class _Envelope(BaseModel):
    code: Count
    message: Name = ""
    data: Any = None


class _Overview(BaseModel):
    m10: Annotated[Number, Field(alias="hsLast10m")]
    h1: Annotated[Number, Field(alias="hsLast1h")]
    d1: Annotated[Number, Field(alias="hsLast1d")]


class _Shares(BaseModel):
    last1d: Number
    accepted: Number
    stale: Number
    dupelicate: Number
    other: Number


class _WorkerShares(_Shares):
    worker: Name


class _Worker(Camel):
    worker_id: Name
    h1: Annotated[Rate, Field(alias="hsLast1h")]
    d1: Annotated[Rate, Field(alias="hsLast1d")]

    def over(self, form: type) -> list[tuple[timedelta, float | Shown | None]]:
        """Each average that comes in this form, with its span."""
        return [(span, rate if isinstance(rate, form) else None) for span, rate in ((HOUR, self.h1), (DAY, self.d1))]


class _Credit(Camel):
    timestamp: ZonelessTime
    hashrate: Number
    hashrate_unit: Annotated[float, unit_of_rate("PH/s")]
    pps_amount: Paid = Decimal(0)
    ppapps_amount: Paid = Decimal(0)
    pplns_amount: Paid = Decimal(0)
    ppapplns_amount: Paid = Decimal(0)
    solo_amount: Paid = Decimal(0)
    fpps_block_amount: Paid = Decimal(0)
    fpps_fee_amount: Paid = Decimal(0)

    @property
    def day(self) -> datetime:
        """The mined day, that before the row's: the row may bear the hour of its booking."""
        return self.timestamp.replace(hour=0, minute=0, second=0) - DAY

    def by_scheme(self) -> list[tuple[str, Decimal, float | None]]:
        """Each scheme that paid: its name, the coins after the fee, and the fee where it is known."""
        schemes = (
            ("FPPS", self.fpps_block_amount + self.fpps_fee_amount, None),
            ("PPS", self.pps_amount, None),
            ("PPS+", self.ppapps_amount + self.ppapplns_amount, None),
            ("PPLNS", self.pplns_amount * (1 - PPLNS_FEE), float(PPLNS_FEE)),
            ("SOLO", self.solo_amount, None),
        )
        return [entry for entry in schemes if entry[1]]


class _Payout(Camel):
    id: Name = ""
    timestamp: ZonelessTime
    wallet_address: Name | None = None
    tx_id: Name | None = None
    amount: Paid


class _Balance(BaseModel):
    balance: Paid


class _Page(Camel):
    total_page: Count = 1


@asks(RateSeen, SharesSeen, every=10 * MINUTE)
def now(account: AntpoolAccount, _window: Window) -> Talk:
    """The averages of ten minutes, an hour and a day, and the last day's shares by fate."""
    reply = yield _ask(account, "accountOverview")
    shown = fit(_Overview, _data(reply))
    reply = yield _ask(account, "hashrate")
    shares, at = fit(_Shares, _data(reply)), reply.received_at
    # One page counts H/s, the other MH/s: the same day in both shows that the units are still those.
    days = (shown.d1, shares.last1d * 1e6)
    if max(days) > 2 * min(days) + 1e12:
        raise Implausible("two pages of the pool tell different rates for the last day")
    averages = [(10 * MINUTE, shown.m10), (HOUR, shown.h1), (DAY, shown.d1)]
    return (*rates(at, [(None, averages)]), _fates(None, shares, at))


@asks(WorkersSeen, RateSeen, every=10 * MINUTE, cap=LARGE)
def workers(account: AntpoolAccount, _window: Window) -> Talk:
    """The workers that the pool calls online, then those it calls offline, with averages of an hour and a day."""
    every = {"coinType": "BTC", "pageEnable": "0"}
    reply = yield _ask(account, "userWorkerList", workerStatus="1", **every)
    online = rows(_Worker, _data(reply), "result", "rows")
    reply = yield _ask(account, "userWorkerList", workerStatus="2", **every)
    here = {one.worker_id for one in online}
    told = rows(_Worker, _data(reply), "result", "rows")
    told = [*online, *(one for one in told if one.worker_id not in here)]
    return (
        listed(reply, ((one.worker_id, one.worker_id in here, None) for one in told)),
        *rates(reply.received_at, ((one.worker_id, one.over(Shown)) for one in told)),
        *rates(reply.received_at, ((one.worker_id, one.over(float)) for one in told), "unsure"),
    )


@asks(SharesSeen, every=6 * HOUR, cap=LARGE)
def shares(account: AntpoolAccount, _window: Window) -> Talk:
    """The last day's accepted, stale and rejected work of each worker."""
    reply = yield _ask(account, "workers", pageEnable="0")
    told = rows(_WorkerShares, _data(reply), "rows")
    return [_fates(row.worker, row, reply.received_at) for row in told]


@asks(EarningClaimed, every=6 * HOUR, reach=REACH, cap=LARGE)
def earnings(account: AntpoolAccount, window: Window) -> Talk:
    """What was credited for each mined day, by scheme; rows bear the day after it."""
    reply, told = yield from _booked(_Credit, account, "recv")
    return [
        credited_day(
            row.day, coins, part=scheme, scheme=scheme, fee_rate=fee,
            # How a day's work was divided between two schemes is not told.
            per_second=row.hashrate * row.hashrate_unit if len(row.by_scheme()) == 1 else None,
        )
        for row in told
        if window.start - BOOKED_LATE < not_future(row.timestamp, reply, ZONE_UNKNOWN)
        for scheme, coins, fee in row.by_scheme()
    ]  # fmt: skip


@asks(PayoutClaimed, every=6 * HOUR, reach=REACH, cap=LARGE)
def payouts(account: AntpoolAccount, window: Window) -> Talk:
    """What was sent."""
    reply, told = yield from _booked(_Payout, account, "payout")
    return [
        sent(
            reply, min(not_future(row.timestamp, reply, ZONE_UNKNOWN), reply.received_at), row.amount,
            id=row.id or row.tx_id or f"{row.timestamp:%Y-%m-%dT%H:%M:%S}", txid=row.tx_id, address=row.wallet_address,
        )
        for row in told
        if row.timestamp > window.start - BOOKED_LATE
    ]  # fmt: skip


@asks(BalanceSeen, every=HOUR)
def balance(account: AntpoolAccount, _window: Window) -> Talk:
    """Coins earned and not yet paid."""
    reply = yield _ask(account, "account")
    return (BalanceSeen(at=reply.received_at, amount=amount(fit(_Balance, _data(reply)).balance)),)


def signature(user: str, key: str, secret: str, nonce: int) -> str:
    """HMAC-SHA256 over user, key and nonce, in upper-case hexadecimal (AntPool's interface guide)."""
    return proof(secret, f"{user}{key}{nonce}").hex().upper()


def signed(ask: Ask, secrets: Mapping[str, str], _now: datetime, nonce: int) -> Ask:
    """The ask as a form with key, nonce (milliseconds, never going back) and signature."""
    if not isinstance(ask, Http) or not isinstance(ask.body, Mapping) or not {"key", "secret"} <= set(secrets):
        return ask
    told = signature(str(ask.body["userId"]), secrets["key"], secrets["secret"], nonce)
    form = {**ask.body, "key": secrets["key"], "nonce": nonce, "signature": told}
    headers = {**ask.headers, "Content-Type": "application/x-www-form-urlencoded"}
    return replace(ask, body=urlencode(form).encode(), headers=headers)


def _fates(worker: str | None, shares: _Shares, at: datetime) -> SharesSeen:
    return SharesSeen(
        worker=worker, start=at - DAY, end=at, accepted=shares.accepted * HASHES_PER_DIFFICULTY,
        rejected=(shares.dupelicate + shares.other) * HASHES_PER_DIFFICULTY, stale=shares.stale * HASHES_PER_DIFFICULTY,
    )  # fmt: skip


def _booked(row: type[Row], account: AntpoolAccount, kind: str) -> Listing[Row]:
    """Every row of a history. A page after the last is the first one again: none is asked for that was not promised."""

    def ask(before: int) -> Ask:
        return _ask(account, "paymentHistoryV2", type=kind, page=str(before + 1), pageSize="50")

    return (yield from every_row(row, _Page, ask, _data, lambda page, told: len(told) >= page.total_page, "rows"))


def _data(reply: Reply) -> object:
    """The data of an answer. Raises Refused or Misread with the pool's own words for an error inside HTTP 200."""
    envelope = fit(_Envelope, decode(reply))
    if envelope.code and any(word in envelope.message.lower() for word in ("signature", "api key", "permission")):
        raise Refused(envelope.message)
    if envelope.code:
        raise Misread(f"{envelope.code}: {envelope.message}")
    return envelope.data


def _ask(account: AntpoolAccount, what: str, **more: str) -> Http:
    return Http(method="POST", path=f"/{what}.htm", body={"userId": account.user, "coin": "BTC", **more})


SOURCE: Final = Source(
    kind="antpool", title="AntPool", Account=AntpoolAccount, support="documented", pace=2.0, sign=signed,
    questions=(now, workers, shares, earnings, payouts, balance),
)  # fmt: skip
