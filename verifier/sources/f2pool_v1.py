"""F2Pool's interface v1: one page per user or address, with hashes of the last hour and day and the payouts."""

from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, Final

from pydantic import BaseModel, Field, RootModel

from verifier.errors import Misread, Refused
from verifier.observation import (
    BalanceSeen,
    PayoutClaimed,
    RateSeen,
    SharesSeen,
    SilenceReason,
    WorkerPresence,
    WorkersSeen,
    WorkerState,
)
from verifier.reading import MOST_WORKERS, Coins, Count, IsoTime, Name, Number, amount, decode, fit, not_future, silence
from verifier.talk import Account, Http, Question, Reply, Secret, Source, Talk
from verifier.units import Window

REACH: Final = timedelta(days=366)
#: Payouts are told again for this long.
TOLD_AGAIN: Final = timedelta(days=7)
#: A worker is offline when no share came for this long; the page does not say.
PATIENCE: Final = timedelta(minutes=15)

_10_MINUTES: Final = timedelta(minutes=10)
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_LARGE: Final = 8_388_608
_UNKNOWN: Final = "the pool does not know this user or address"
#: Cells of a worker: name, rate, hashes of an hour, stale, hashes of a day, stale, last share.
_CELLS: Final = 7
_WORDS_OF_ERRORS: Final = frozenset({"code", "msg", "error"})
_PERMISSION_DENIED: Final = 5010


class F2PoolV1Account(Account):
    """A mining user, or the address that is mined to, read without a token or with one."""

    optional_secrets: ClassVar[tuple[str, ...]] = ("token",)

    url: str = "https://api.f2pool.com"
    user: Annotated[str, Field(pattern=r"^[\w.-]{1,128}$", description="mining user name or address")]


class _Page(BaseModel):
    """Hashes are counts of a span, not rates."""

    rate: Annotated[Number, Field(alias="hashrate")]
    hour: Annotated[Number, Field(alias="hashes_last_hour")]
    day: Annotated[Number, Field(alias="hashes_last_day")]
    stale_hour: Annotated[Number, Field(alias="stale_hashes_rejected_last_hour")]
    balance: Annotated[Coins, Field(ge=0)]


class _Cells(BaseModel):
    name: Name
    rate: Number
    hour: Number
    stale_hour: Number
    day: Number
    stale_day: Number
    last: IsoTime


class _Workers(BaseModel):
    workers: Annotated[
        list[Annotated[list[Any], Field(min_length=_CELLS, max_length=20)]], Field(max_length=MOST_WORKERS)
    ]


class _Payout(BaseModel):
    at: IsoTime
    txid: Name
    amount: Annotated[Coins, Field(ge=0)]


class _Payouts(BaseModel):
    payouts: Annotated[
        list[Annotated[list[Any], Field(min_length=3, max_length=20)]], Field(alias="payout_history", max_length=10_000)
    ]


class _Trouble(BaseModel):
    code: Count = 0
    msg: Name = ""


class _Object(RootModel[dict[str, Any]]):
    pass


def now(account: F2PoolV1Account, _window: Window) -> Talk:
    """The averages of now, an hour and a day, the last hour's accepted and stale work, and the balance."""
    reply = yield _ask(account)
    document = _document(reply)
    if document is None:
        return silence(reply, SilenceReason.NEVER_SEEN, _UNKNOWN)
    page, at = fit(_Page, document), reply.received_at
    return (
        # Over which span it is taken is not told.
        RateSeen(at=at, per_second=page.rate, window=_10_MINUTES, averaging="unsure"),
        RateSeen(at=at, per_second=page.hour / _HOUR.total_seconds(), window=_HOUR),
        RateSeen(at=at, per_second=page.day / _DAY.total_seconds(), window=_DAY),
        SharesSeen(start=at - _HOUR, end=at, accepted=page.hour, stale=page.stale_hour),
        BalanceSeen(at=at, amount=amount(page.balance)),
    )


def workers(account: F2PoolV1Account, _window: Window) -> Talk:
    """The workers listed with their last share, and each one's averages of an hour and a day."""
    reply = yield _ask(account)
    document = _document(reply)
    if document is None:
        return silence(reply, SilenceReason.NEVER_SEEN, _UNKNOWN)
    at = reply.received_at
    rows = [fit(_Cells, dict(zip(_Cells.model_fields, row, strict=False))) for row in fit(_Workers, document).workers]
    listed = [(stripped(row.name, account), row) for row in rows]
    states = tuple(_state(name, not_future(row.last, reply), at) for name, row in listed)
    rates = [
        RateSeen(worker=name, at=at, per_second=hashes / span.total_seconds(), window=span)
        for name, row in listed
        for span, hashes in ((_HOUR, row.hour), (_DAY, row.day))
    ]
    return (WorkersSeen(at=at, workers=states), *rates)


def payouts(account: F2PoolV1Account, window: Window) -> Talk:
    """What was sent."""
    reply = yield _ask(account)
    document = _document(reply)
    if document is None:
        return silence(reply, SilenceReason.NEVER_SEEN, _UNKNOWN)
    rows = [fit(_Payout, dict(zip(_Payout.model_fields, row, strict=False))) for row in fit(_Payouts, document).payouts]
    return [
        PayoutClaimed(id=row.txid, at=not_future(row.at, reply), amount=amount(row.amount), txid=row.txid)
        for row in rows
        if row.txid and row.at > window.start - TOLD_AGAIN
    ]


def stripped(name: str, account: Account) -> str:
    """A worker's name without the user; the page leaves the user away already."""
    return name.removeprefix(f"{account.user}.") if isinstance(account, F2PoolV1Account) else name


def _document(reply: Reply) -> dict[str, Any] | None:
    """The page; None of somebody unknown, who has a nearly empty one. Raises Refused or Misread for an error."""
    document = fit(_Object, decode(reply)).root
    if not _WORDS_OF_ERRORS.isdisjoint(document):
        trouble = fit(_Trouble, document)
        says = f"{trouble.code}: {trouble.msg}"
        raise Refused(says) if trouble.code == _PERMISSION_DENIED else Misread(says)
    return document if len(document) > 1 else None


def _state(name: str, last: datetime, at: datetime) -> WorkerState:
    presence = WorkerPresence.ONLINE if at - last <= PATIENCE else WorkerPresence.OFFLINE
    return WorkerState(name=name, presence=presence, last_share=last)


def _ask(account: F2PoolV1Account) -> Http:
    return Http(path=f"/bitcoin/{account.user}", headers={"F2P-API-SECRET": Secret("token")})


SOURCE: Final = Source(
    kind="f2pool_v1",
    title="F2Pool, interface v1",
    Account=F2PoolV1Account,
    support="documented",
    pace=2.0,
    naming=stripped,
    questions=(
        Question(
            name="now",
            sees=frozenset({RateSeen, SharesSeen, BalanceSeen}),
            every=timedelta(minutes=5),
            talk=now,
            cap=_LARGE,
        ),
        Question(name="workers", sees=frozenset({WorkersSeen, RateSeen}), every=_10_MINUTES, talk=workers, cap=_LARGE),
        Question(
            name="payouts",
            sees=frozenset({PayoutClaimed}),
            every=timedelta(hours=6),
            reach=REACH,
            talk=payouts,
            cap=_LARGE,
        ),
    ),
)
