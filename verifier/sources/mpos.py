"""MPOS (Mining-Dutch and others): rates per worker, the ledger of the account, its balance, and the pool itself."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, ClassVar, Final, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, Field

from verifier.errors import Misread, Refused
from verifier.observation import (
    BalanceSeen,
    ChargeSeen,
    EarningClaimed,
    Exactness,
    Observation,
    PayoutClaimed,
    PoolSeen,
    RateSeen,
    WorkerPresence,
    WorkersSeen,
    WorkerState,
    WorkSeen,
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
    read,
    slots,
)
from verifier.talk import Account, AlgorithmName, CoinName, Http, Question, Reply, Secret, Source, Talk
from verifier.units import Window

#: Every rate is in kH/s over five minutes (statistics.class.php); idle time counts as zero.
KILO: Final = 1e3
WINDOW: Final = timedelta(minutes=5)
#: An answer this near to the end of five minutes speaks for them.
APART: Final = timedelta(minutes=2)
REACH: Final = timedelta(days=90)
#: Rows of the ledger in one answer, and the most answers.
ROWS: Final = 100
MOST_PAGES: Final = 20

#: Rows that are earnings, with the scheme where the row tells it (transaction.class.php).
_EARNED: Final = {"Credit": None, "Credit_PPS": "PPS", "Bonus": None}
_CHARGED: Final = {"Fee": "pool fee", "Fee_PPS": "pool fee", "Donation": "donation", "TXFee": "network fee"}
_SENT: Final = frozenset({"Debit_AP", "Debit_MP"})
_8_MB: Final = 8_388_608


def _zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("is not a time zone, write one like `Europe/Amsterdam`") from None


class MposAccount(Account):
    """A user of an MPOS pool, read with the key of the account page; ``url`` is the page that answers."""

    secrets: ClassVar[tuple[str, ...]] = ("api_key",)

    coin: CoinName
    algorithm: AlgorithmName
    time_zone: Annotated[
        str, AfterValidator(_zone), Field(description="zone of the pool's clock, which its times leave out")
    ] = "UTC"


class _Envelope(BaseModel):
    data: object


class _Status(BaseModel):
    hashrate: Number


class _Worker(BaseModel):
    name: Annotated[Name, Field(alias="username")]
    hashrate: Number


class _Balance(BaseModel):
    confirmed: Annotated[Coins, Field(ge=0)]


class _Row(BaseModel):
    id: Count
    type: Name
    amount: Annotated[Coins, Field(ge=0)]
    address: Annotated[Name | None, Field(alias="coin_address")] = None
    time: Annotated[ZonelessTime, Field(alias="timestamp")]
    txid: Name | None = None
    confirmations: int | None = None


class _Rows(BaseModel):
    transactions: Annotated[list[_Row], Field(max_length=1000)]


class _Public(BaseModel):
    hashrate: Number
    workers: Count | None = None
    fee: Number | None = None
    payout: Name | None = None


class _Error(BaseModel):
    error: Name


def now(account: MposAccount, window: Window) -> Talk:
    """Rates of the account and its workers over five minutes, and the work of them when asked right after their end."""
    reply = yield _ask("getuserstatus")
    whole = _answer(_Status, "getuserstatus", reply)
    page = yield _ask("getuserworkers")
    document = _data("getuserworkers", page)
    if not isinstance(document, list) or len(document) > MOST_WORKERS:
        raise Misread("getuserworkers.data: a list of workers was expected")
    workers = [fit(_Worker, one) for one in document]
    for one in workers:
        one.name = stripped(one.name, account)
    at = reply.received_at
    if len({one.name for one in workers}) < len(workers):
        raise Misread("getuserworkers.data: a name is listed twice")
    rates: list[tuple[str | None, float]] = [
        (None, whole.hashrate * KILO),
        *((one.name, one.hashrate * KILO) for one in workers),
    ]
    states = tuple(
        WorkerState(name=name, presence=WorkerPresence.ONLINE if rate > 0 else WorkerPresence.OFFLINE)
        for name, rate in rates
        if name is not None
    )
    return (
        *(
            RateSeen(worker=name, at=at, per_second=rate, window=WINDOW, algorithm=account.algorithm)
            for name, rate in rates
        ),
        *(
            WorkSeen(
                worker=name,
                start=end - WINDOW,
                end=end,
                hashes=rate * WINDOW.total_seconds(),
                exactness=Exactness.AVERAGE,
                algorithm=account.algorithm,
            )
            for name, rate in rates
            for end in slots({at: rate}, WINDOW, APART)
            if end <= window.end
        ),
        WorkersSeen(at=at, workers=states),
    )


def ledger(account: MposAccount, window: Window) -> Talk:
    """What was credited, what was taken, what was sent; blocks that were orphaned are left out."""
    seen: list[Observation] = []
    for page in range(MOST_PAGES):
        reply = yield _ask("getusertransactions", limit=ROWS, start=page * ROWS)
        rows = _answer(_Rows, "getusertransactions", reply).transactions
        seen += [one for row in rows if (one := _booked(account, row, reply)) is not None]
        if len(rows) < ROWS or _moment(account, rows[-1], reply) < window.start:
            return seen
    raise Misread("more pages than are read")


def balance(account: MposAccount, _window: Window) -> Talk:
    """Confirmed coins not yet paid."""
    reply = yield _ask("getuserbalance")
    confirmed = _answer(_Balance, "getuserbalance", reply).confirmed
    return (BalanceSeen(at=reply.received_at, amount=amount(confirmed, account.coin)),)


def pool(_account: MposAccount, _window: Window) -> Talk:
    """The whole pool's rate, workers, fee and scheme; asked without the key."""
    reply = yield Http(path="", query={"page": "api", "action": "public"})
    shown = read(_Public, reply)
    return (
        PoolSeen(
            at=reply.received_at,
            per_second=shown.hashrate * KILO,
            workers=shown.workers,
            scheme=None if shown.payout is None else shown.payout.upper(),
            fee_rate=None if shown.fee is None else shown.fee / 100,
        ),
    )


def stripped(name: str, _account: Account) -> str:
    """A worker's name without the user, which never holds a dot."""
    user, separator, worker = name.partition(".")
    return worker if separator else user


def _ask(action: str, **more: int) -> Http:
    rest = {name: str(value) for name, value in more.items()}
    return Http(path="", query={"page": "api", "action": action, "api_key": Secret("api_key"), **rest})


_Model = TypeVar("_Model", bound=BaseModel)


def _answer(model: type[_Model], action: str, reply: Reply) -> _Model:
    return fit(model, _data(action, reply))


def _data(action: str, reply: Reply) -> object:
    """What an answer holds. Raises Refused for an action that the pool's operator has turned off."""
    document = decode(reply)
    data = fit(_Envelope, document.get(action) if isinstance(document, dict) else None).data
    if isinstance(data, dict) and data.keys() == {"error"}:
        raise Refused(f"{action}: {fit(_Error, data).error}")
    return data


def _moment(account: MposAccount, row: _Row, reply: Reply) -> datetime:
    try:
        zoned = row.time.replace(tzinfo=ZoneInfo(account.time_zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Misread("transactions: a time beyond belief") from None
    return not_future(zoned, reply)


def _booked(account: MposAccount, row: _Row, reply: Reply) -> Observation | None:
    at, coins = _moment(account, row, reply), amount(row.amount, account.coin)
    if row.type in _EARNED and row.confirmations != -1:
        return EarningClaimed(id=str(row.id), start=at, end=at, amount=coins, scheme=_EARNED[row.type])
    if row.type in _CHARGED and row.confirmations != -1:
        what = _CHARGED[row.type]
        return ChargeSeen(id=str(row.id), what=what, start=at, end=at, amount=coins, taken="deducted")
    if row.type in _SENT:
        return PayoutClaimed(id=str(row.id), at=at, amount=coins, address=row.address, txid=row.txid)
    return None


SOURCE: Final = Source(
    kind="mpos",
    title="MPOS: Mining-Dutch and others",
    Account=MposAccount,
    support="documented",
    pace=5.0,
    naming=stripped,
    questions=(
        Question(
            name="now",
            sees=frozenset({RateSeen, WorkSeen, WorkersSeen}),
            every=timedelta(minutes=5),
            phase=timedelta(seconds=5),
            talk=now,
            cap=_8_MB,
        ),
        Question(
            name="ledger",
            sees=frozenset({EarningClaimed, ChargeSeen, PayoutClaimed}),
            every=timedelta(hours=1),
            reach=REACH,
            talk=ledger,
        ),
        Question(name="balance", sees=frozenset({BalanceSeen}), every=timedelta(hours=1), talk=balance),
        Question(name="pool", sees=frozenset({PoolSeen}), every=timedelta(hours=1), talk=pool),
    ),
)
