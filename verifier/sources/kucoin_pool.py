"""KuCoin Pool: averages of a sub-account and its workers, and credited days with the work they were for."""

import hmac
from base64 import b64encode
from collections.abc import Generator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, Final, Literal, TypeVar

from pydantic import BaseModel, Field

from verifier.errors import Misread, Refused, Unreachable
from verifier.observation import (
    EarningClaimed,
    RateSeen,
    SilenceReason,
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
    UnixMilliseconds,
    UnixMillisecondsOrNever,
    amount,
    decode,
    fit,
    not_future,
    silence,
)
from verifier.talk import Account, Ask, Http, Part, Question, Reply, Secret, Source, Talk
from verifier.units import Window

REACH: Final = timedelta(days=90)
#: Days are booked after they end; ids keep the overlap from counting twice.
BOOKED_LATE: Final = timedelta(days=3)
#: A worker is offline when no share came for this long; the list does not say.
PATIENCE: Final = timedelta(minutes=15)
PER_PAGE: Final = 100
MOST_PAGES: Final = 500

_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_10_MINUTES: Final = timedelta(minutes=10)
_LARGE: Final = 8_388_608
#: Parameters of the signature missing, no such key, wrong passphrase (KuCoin's own numbers).
_NOT_ACCEPTED: Final = {"400001", "400003", "400004"}
#: Too many requests, wrong time, server error.
_PASSING: Final = {"200002", "400002", "500000"}


class KucoinPoolAccount(Account):
    """A sub-account at KuCoin Pool, read with a key, its secret and its passphrase."""

    secrets: ClassVar[tuple[str, ...]] = ("key", "secret", "passphrase")

    url: str = "https://www.kucoin.com/_api/miningpool/v1/external"
    puid: Annotated[int, Field(ge=0, description="number of the sub-account")]


class _Envelope(BaseModel):
    success: bool
    code: Name = ""
    msg: Name = ""
    data: Any = None


class _Rates(BaseModel):
    unit: Annotated[Literal["H"], Field(alias="hashUnit")]
    now: Annotated[Number, Field(alias="realHashRate")]
    hour: Annotated[Number, Field(alias="hourHashRate")]
    day: Annotated[Number, Field(alias="dayHashRate")]

    def over(self) -> tuple[tuple[timedelta, float], ...]:
        """Each average with its span; that of the first is not told."""
        return (_10_MINUTES, self.now), (_HOUR, self.hour), (_DAY, self.day)


class _User(_Rates):
    puid: Count
    algorithm: Annotated[Name, Field(alias="defaultAlgo")]


class _Users(BaseModel):
    users: Annotated[list[_User], Field(max_length=10_000)]


class _Paged(BaseModel):
    pages: Annotated[Count, Field(alias="totalPage")]


class _Worker(_Rates):
    name: Annotated[Name, Field(alias="workerName")]
    last: Annotated[UnixMillisecondsOrNever, Field(alias="lastShareTime")] = None


class _Workers(_Paged):
    items: Annotated[list[_Worker], Field(max_length=MOST_WORKERS)]


class _Earning(BaseModel):
    amount: Annotated[Coins, Field(ge=0)]
    currency: Name
    rate: Annotated[Number, Field(alias="hashRate")]
    unit: Annotated[Literal["H"], Field(alias="hashUnit")]
    day: Annotated[UnixMilliseconds, Field(alias="miningDate")]


class _Earnings(_Paged):
    items: Annotated[list[_Earning], Field(max_length=10_000)]


_PageModel = TypeVar("_PageModel", bound=_Paged)


def now(account: KucoinPoolAccount, _window: Window) -> Talk:
    """The averages of now, an hour and a day."""
    reply = yield _ask("user/query")
    users = fit(_Users, {"users": _data(reply)}).users
    mine = next((user for user in users if user.puid == account.puid), None)
    if mine is None:
        return silence(reply, SilenceReason.NEVER_SEEN, "the pool lists no sub-account of this number")
    if mine.algorithm.lower() != "sha256d":
        raise Misread(f"defaultAlgo: {mine.algorithm} instead of SHA256d")
    return _seen(None, mine, reply.received_at)


def workers(account: KucoinPoolAccount, _window: Window) -> Talk:
    """The workers listed with their last share and averages."""
    sorting = {"sort": "ASC", "sortField": "WORKER", "status": "TOTAL"}
    reply, pages = yield from _all(_Workers, account, "worker/query", **sorting)
    at, listed = reply.received_at, [worker for page in pages for worker in page.items]
    states = tuple(_state(worker, at, reply) for worker in listed)
    rates = [rate for worker in listed for rate in _seen(worker.name, worker, at)]
    return (WorkersSeen(at=at, workers=states), *rates)


def earnings(account: KucoinPoolAccount, window: Window) -> Talk:
    """What was credited for each UTC day, settled or not, with the work it was for."""
    start, end = window.start - BOOKED_LATE, window.end
    span = {"startTime": str(int(start.timestamp() * 1000)), "endTime": str(int(end.timestamp() * 1000))}
    reply, pages = yield from _all(_Earnings, account, "earn/query", **span)
    return [
        EarningClaimed(
            id=f"{row.day:%Y-%m-%d}",
            start=row.day,
            end=row.day + _DAY,
            amount=amount(row.amount),
            work_hashes=row.rate * _DAY.total_seconds(),
        )
        for page in pages
        for row in page.items
        if row.currency == "BTC" and row.day <= reply.received_at - _DAY
    ]


def passphrase(secret: str, chosen: str) -> str:
    """The passphrase as it is sent: base64 of HMAC-SHA256 under the secret (KuCoin's mining documentation)."""
    return b64encode(hmac.new(secret.encode(), chosen.encode(), "sha256").digest()).decode()


def signed(ask: Ask, secrets: Mapping[str, str], now: datetime, _nonce: int) -> Ask:
    """The ask with its time in milliseconds, five seconds right at most, and the passphrase."""
    if not isinstance(ask, Http) or not {"secret", "passphrase"} <= set(secrets):
        return ask
    proof = passphrase(secrets["secret"], secrets["passphrase"])
    return replace(ask, query={**ask.query, "timestamp": str(int(now.timestamp() * 1000)), "passphrase": proof})


def _seen(name: str | None, shown: _Rates, at: datetime) -> list[RateSeen]:
    return [
        RateSeen(
            worker=name, at=at, per_second=rate, window=span, averaging="unsure" if span == _10_MINUTES else "rolling"
        )
        for span, rate in shown.over()
    ]


def _state(worker: _Worker, at: datetime, reply: Reply) -> WorkerState:
    last = None if worker.last is None else not_future(worker.last, reply)
    online = at - last <= PATIENCE if last is not None else worker.now > 0
    presence = WorkerPresence.ONLINE if online else WorkerPresence.OFFLINE
    return WorkerState(name=worker.name, presence=presence, last_share=last)


def _all(
    model: type[_PageModel], account: KucoinPoolAccount, what: str, **query: str
) -> Generator[Ask, Reply, tuple[Reply, list[_PageModel]]]:
    """Every page of an answer. Raises Misread when there are more than any account has."""
    pages: list[_PageModel] = []
    while len(pages) < MOST_PAGES:
        paging = {"currentPage": str(len(pages) + 1), "pageSize": str(PER_PAGE)}
        reply = yield _ask(what, algo="SHA256d", puid=str(account.puid), **query, **paging)
        pages.append(fit(model, _data(reply)))
        if len(pages) >= pages[-1].pages:
            return reply, pages
    raise Misread(f"more than {MOST_PAGES} pages")


def _data(reply: Reply) -> object:
    """The data of an answer. Raises what the pool's own number means for an error inside HTTP 200."""
    envelope = fit(_Envelope, decode(reply))
    says = f"{envelope.code}: {envelope.msg}"
    if envelope.success:
        return envelope.data
    if envelope.code in _PASSING:
        raise Unreachable(says)
    raise Refused(says) if envelope.code in _NOT_ACCEPTED else Misread(says)


def _ask(what: str, **query: str) -> Http:
    proof: dict[str, Part] = {"key": Secret("key"), "version": "2"}
    return Http(path=f"/{what}", query={**query, **proof})


SOURCE: Final = Source(
    kind="kucoin_pool",
    title="KuCoin Pool",
    Account=KucoinPoolAccount,
    support="documented",
    pace=1.0,
    sign=signed,
    questions=(
        Question(name="now", sees=frozenset({RateSeen}), every=timedelta(minutes=5), talk=now),
        Question(name="workers", sees=frozenset({WorkersSeen, RateSeen}), every=_10_MINUTES, talk=workers, cap=_LARGE),
        Question(
            name="earnings",
            sees=frozenset({EarningClaimed}),
            every=timedelta(hours=6),
            reach=REACH,
            talk=earnings,
            cap=_LARGE,
        ),
    ),
)
