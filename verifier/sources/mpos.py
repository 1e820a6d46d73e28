"""MPOS (Mining-Dutch and others): rates per worker, the ledger of the account, its balance, and the pool itself."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, ClassVar, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, Field

from verifier.errors import Misread, Refused
from verifier.fields import Coins, Count, Name, Number, Percent, ZonelessTime, printable
from verifier.observation import (
    BalanceSeen,
    ChargeSeen,
    EarningClaimed,
    Observation,
    PayoutClaimed,
    PoolSeen,
    RateSeen,
    WorkersSeen,
    WorkSeen,
)
from verifier.phrases import paged
from verifier.reading import decode, fit, not_future, read, rows
from verifier.talk import LARGE, Account, AlgorithmName, CoinName, Http, Reply, Secret, Source, Talk, asks
from verifier.told import amount, just_ended, listed, rates, rewarded, sent
from verifier.units import DAY, HOUR, MINUTE, Window

#: Every rate is in kH/s over five minutes (statistics.class.php); idle time counts as zero.
KILO: Final = 1e3
WINDOW: Final = 5 * MINUTE
#: An answer this near to the end of five minutes speaks for them.
APART: Final = 2 * MINUTE
#: Rows of the ledger in one answer, and the most answers.
ROWS: Final = 100
MOST_PAGES: Final = 20

#: Rows that are earnings, with the scheme where the row tells it (transaction.class.php).
_EARNED: Final = {"Credit": None, "Credit_PPS": "PPS", "Bonus": None}
_CHARGED: Final = {"Fee": "pool fee", "Fee_PPS": "pool fee", "Donation": "donation", "TXFee": "network fee"}


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
    username: Name
    hashrate: Number


class _Balance(BaseModel):
    confirmed: Annotated[Coins, Field(ge=0)]


class _Row(BaseModel):
    id: Count
    type: Name
    amount: Annotated[Coins, Field(ge=0)]
    coin_address: Name | None = None
    timestamp: ZonelessTime
    txid: Name | None = None
    confirmations: int | None = None


class _Public(BaseModel):
    hashrate: Number
    workers: Count | None = None
    fee: Percent | None = None
    payout: Name | None = None


@asks(RateSeen, WorkSeen, WorkersSeen, every=WINDOW, phase=timedelta(seconds=5), cap=LARGE)
def now(account: MposAccount, window: Window) -> Talk:
    """Rates of the account and its workers over five minutes, and the work of them when asked right after their end."""
    reply = yield _ask("getuserstatus")
    whole = fit(_Status, _data("getuserstatus", reply))
    page = yield _ask("getuserworkers")
    each = rows(_Worker, _data("getuserworkers", page))
    workers = {stripped(one.username, account): one.hashrate * KILO for one in each}
    if len(workers) < len(each):
        raise Misread("getuserworkers.data: a name is listed twice")
    shown = [(None, whole.hashrate * KILO), *workers.items()]
    over = ((name, [(WINDOW, rate)]) for name, rate in shown)
    told = rates(reply.received_at, over, algorithm=account.algorithm)
    states = listed(reply, ((name, rate > 0, None) for name, rate in workers.items()))
    return (*told, *just_ended(told, APART, window), states)


@asks(EarningClaimed, ChargeSeen, PayoutClaimed, every=HOUR, reach=90 * DAY)
def ledger(account: MposAccount, window: Window) -> Talk:
    """What was credited, what was taken, what was sent; blocks that were orphaned are left out."""
    reply, pages = yield from paged(
        lambda page: _ask("getusertransactions", limit=ROWS, start=page * ROWS),
        lambda reply: rows(_Row, _data("getusertransactions", reply), "transactions", most=1000),
        lambda pages: len(pages[-1]) < ROWS or _moment(account, pages[-1][-1]) < window.start,
        MOST_PAGES,
    )
    return [one for page in pages for row in page for one in _booked(account, row, reply)]


@asks(BalanceSeen, every=HOUR)
def balance(account: MposAccount, _window: Window) -> Talk:
    """Confirmed coins not yet paid."""
    reply = yield _ask("getuserbalance")
    confirmed = fit(_Balance, _data("getuserbalance", reply)).confirmed
    return (BalanceSeen(at=reply.received_at, amount=amount(confirmed, account.coin)),)


@asks(PoolSeen, every=HOUR)
def pool(_account: MposAccount, _window: Window) -> Talk:
    """The whole pool's rate, workers, fee and scheme; asked without the key."""
    reply = yield Http(path="", query={"page": "api", "action": "public"})
    shown, at = read(_Public, reply), reply.received_at
    scheme = None if shown.payout is None else shown.payout.upper()
    rate = shown.hashrate * KILO
    return (PoolSeen(at=at, per_second=rate, workers=shown.workers, scheme=scheme, fee_rate=shown.fee),)


def stripped(name: str, _account: Account) -> str:
    """A worker's name without the user, which never holds a dot."""
    user, separator, worker = name.partition(".")
    return worker if separator else user


def _ask(action: str, **more: int) -> Http:
    rest = {name: str(value) for name, value in more.items()}
    return Http(path="", query={"page": "api", "action": action, "api_key": Secret("api_key"), **rest})


def _data(action: str, reply: Reply) -> object:
    """What an answer holds. Raises Refused for an action that the pool's operator has turned off."""
    document = decode(reply)
    data = fit(_Envelope, document.get(action) if isinstance(document, dict) else None).data
    if isinstance(data, dict) and data.keys() == {"error"} and isinstance(data["error"], str):
        raise Refused(f"{action}: {printable(data['error'])}")
    return data


def _moment(account: MposAccount, row: _Row) -> datetime:
    try:
        return row.timestamp.replace(tzinfo=ZoneInfo(account.time_zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Misread("transactions: a time beyond belief") from None


def _booked(account: MposAccount, row: _Row, reply: Reply) -> list[Observation]:
    at, known, coins = not_future(_moment(account, row), reply), str(row.id), amount(row.amount, account.coin)
    if row.type in {"Debit_AP", "Debit_MP"}:
        return [sent(reply, at, coins, id=known, address=row.coin_address, txid=row.txid)]
    if row.confirmations == -1:  # orphaned
        return []
    if row.type in _EARNED:
        return [rewarded(reply, at, coins, id=known, scheme=_EARNED[row.type])]
    if row.type in _CHARGED:
        what = _CHARGED[row.type]
        return [ChargeSeen(id=known, what=what, start=at, end=at, amount=coins, taken="deducted")]
    return []


SOURCE: Final = Source(
    kind="mpos", title="MPOS: Mining-Dutch and others", Account=MposAccount, support="documented", pace=5.0,
    naming=stripped, questions=(now, ledger, balance, pool),
)  # fmt: skip
