"""WhiteBIT Mining Pool: work per five minutes, of the account and of named workers, and daily rewards with fee."""

import hmac
import json
from base64 import b64encode
from collections.abc import Generator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from itertools import pairwise
from typing import Annotated, ClassVar, Final, TypeVar

from pydantic import AliasChoices, BaseModel, Field

from verifier.errors import Misread, Refused, Unreachable
from verifier.observation import EarningClaimed, PoolSeen, WorkSeen
from verifier.reading import Coins, Count, Name, Number, UnixTime, amount, decode, document, fit, not_future, read
from verifier.talk import Account, Ask, Http, Question, Reply, Secret, Source, Talk
from verifier.units import Window

REACH: Final = timedelta(days=30)
#: The shortest slots that the pool has: whether a slot is named by its start is not told, and matters least with these.
SLOT: Final = timedelta(minutes=5)
SLOTS_REACH: Final = timedelta(days=7)
#: A slot is read this long after its end at the earliest, so that it has ended even if it is named by its end.
SETTLED: Final = timedelta(minutes=10)
#: Days are booked after they end; ids keep the overlap from counting twice.
BOOKED_LATE: Final = timedelta(days=3)
PER_PAGE: Final = 100
MOST_PAGES: Final = 100

_10_MINUTES: Final = timedelta(minutes=10)
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_6_HOURS: Final = timedelta(hours=6)
_LARGE: Final = 8_388_608
_FORM: Final = r"^[\w.-]{1,64}$"


class WhitebitAccount(Account):
    """A mining account at WhiteBIT, read with a key that may only read."""

    secrets: ClassVar[tuple[str, ...]] = ("key", "secret")

    url: str = "https://whitebit.com"
    account: Annotated[str, Field(pattern=_FORM, description="name of the mining account")]
    workers: Annotated[
        tuple[Annotated[str, Field(pattern=_FORM)], ...],
        Field(max_length=50, description="workers whose own history is asked for; the pool lists none"),
    ] = ()


class _Trouble(BaseModel):
    code: Count = 0
    message: Name = ""


class _Slot(BaseModel):
    # The account's history says `timestamp`, a worker's says `time`.
    start: Annotated[UnixTime, Field(validation_alias=AliasChoices("timestamp", "time"))]
    rate: Annotated[Number, Field(alias="hashrate")]


class _Slots(BaseModel):
    slots: Annotated[list[_Slot], Field(validation_alias=AliasChoices("hashrate", "hashrates"), max_length=10_000)]


class _History(BaseModel):
    data: _Slots


class _Reward(BaseModel):
    account: Annotated[Name, Field(alias="miningAccountName")]
    total: Annotated[Coins, Field(alias="totalReward", ge=0)]
    reward: Annotated[Coins, Field(ge=0)]
    fee: Annotated[Coins, Field(ge=0)]
    rate: Annotated[Number, Field(alias="hashRate")]
    date: UnixTime


class _Rewards(BaseModel):
    limit: Count
    data: Annotated[list[_Reward], Field(max_length=10_000)]


class _Info(BaseModel):
    fee: Annotated[Number, Field(le=100)]


class _Terms(BaseModel):
    data: _Info


class _Pool(BaseModel):
    # Two official pages write the same answer in camelCase and in snake_case.
    rate: Annotated[Number, Field(validation_alias=AliasChoices("currentHashRate", "current_hash_rate"))]
    workers: Count
    schemes: Annotated[
        list[Name], Field(validation_alias=AliasChoices("rewardSchemes", "reward_schemes"), max_length=20)
    ]


class _Pools(BaseModel):
    data: Annotated[list[_Pool], Field(min_length=1, max_length=100)] | _Pool


_Model = TypeVar("_Model", bound=BaseModel)


def history(account: WhitebitAccount, window: Window) -> Talk:
    """Work per settled slot, each taken as named by its start."""
    reply = yield _ask("hashrate", account=account.account, **_slots(window))
    return _work(None, _answer(_History, reply).data, window, reply)


def worker_history(account: WhitebitAccount, window: Window) -> Talk:
    """The same of each worker that the account names, beside the account's own: they may not be all of it."""
    seen = list((yield from history(account, window)))
    for name in account.workers:
        reply = yield _ask("workers/hashrate", account=account.account, worker=name, **_slots(window))
        seen += _work(name, _answer(_History, reply).data, window, reply)
    return seen


def earnings(account: WhitebitAccount, window: Window) -> Talk:
    """What was credited for each UTC day, with the fee that was kept."""
    reply, rows = yield from _rewards(account, window)
    return [
        EarningClaimed(
            id=f"{row.date:%Y-%m-%d}",
            start=row.date,
            end=row.date + _DAY,
            amount=amount(row.reward),
            scheme="FPPS",
            fee_rate=float(row.fee / row.total) if row.total else None,
            work_hashes=row.rate * _DAY.total_seconds(),
        )
        for row in rows
        if row.account == account.account and row.date <= reply.received_at - _DAY
    ]


def terms(account: WhitebitAccount, _window: Window) -> Talk:
    """The fee that the pool takes from this account."""
    reply = yield _ask("miners/info", account=account.account)
    fee = _answer(_Terms, reply).data.fee
    return (PoolSeen(at=reply.received_at, scheme="FPPS", fee_rate=fee / 100),)


def pool(_account: WhitebitAccount, _window: Window) -> Talk:
    """What the whole pool says of itself."""
    reply = yield Http(path="/api/v4/public/mining-pool")
    told = read(_Pools, reply).data
    first = told[0] if isinstance(told, list) else told
    scheme = first.schemes[0] if len(first.schemes) == 1 else None
    return (PoolSeen(at=reply.received_at, per_second=first.rate, workers=first.workers, scheme=scheme),)


def signature(secret: str, payload: str) -> str:
    """HMAC-SHA512 over the body in base64, in hexadecimal (WhiteBIT, private HTTP interface v4)."""
    return hmac.new(secret.encode(), payload.encode(), "sha512").hexdigest()


def signed(ask: Ask, secrets: Mapping[str, str], _now: datetime, nonce: int) -> Ask:
    """The ask with its own path and the nonce in its body, and the body once more, signed, in its headers."""
    if not isinstance(ask, Http) or not isinstance(ask.body, Mapping) or "secret" not in secrets:
        return ask
    body = json.dumps({**ask.body, "request": ask.path, "nonce": str(nonce)}, separators=(",", ":")).encode()
    payload = b64encode(body).decode()
    proof = {"X-TXC-PAYLOAD": payload, "X-TXC-SIGNATURE": signature(secrets["secret"], payload)}
    return replace(ask, body=body, headers={**ask.headers, **proof, "Content-Type": "application/json"})


def _rewards(account: WhitebitAccount, window: Window) -> Generator[Ask, Reply, tuple[Reply, list[_Reward]]]:
    rows: list[_Reward] = []
    span = _span(window.start - BOOKED_LATE, window.end)
    for _page in range(MOST_PAGES):
        more = {**span, "limit": PER_PAGE, "offset": len(rows)}
        reply = yield _ask("rewards", account=account.account, **more)
        told = _answer(_Rewards, reply)
        rows += told.data
        if not told.data or len(told.data) < told.limit:
            return reply, rows
    raise Misread(f"more than {MOST_PAGES} pages")


def _work(worker: str | None, page: _Slots, window: Window, reply: Reply) -> list[WorkSeen]:
    slots = sorted(page.slots, key=lambda slot: slot.start)
    if any(later.start - slot.start < SLOT for slot, later in pairwise(slots)) or (
        len(slots) > 1 and all(later.start - slot.start > SLOT for slot, later in pairwise(slots))
    ):
        raise Misread("hashrate: slots of five minutes were expected")
    return [
        WorkSeen(worker=worker, start=slot.start, end=slot.start + SLOT, hashes=slot.rate * SLOT.total_seconds())
        for slot in slots
        if window.start - SETTLED < not_future(slot.start, reply) + SLOT <= reply.received_at - SETTLED
    ]


def _slots(window: Window) -> dict[str, object]:
    return {**_span(window.start - SETTLED - 2 * SLOT, window.end), "interval": "5m"}


def _span(start: datetime, end: datetime) -> dict[str, object]:
    return {"from": int(start.timestamp()), "to": int(end.timestamp())}


def _answer(model: type[_Model], reply: Reply) -> _Model:
    """The answer as a model. Raises what the pool's words mean where it does not accept the request."""
    if reply.status == HTTPStatus.UNPROCESSABLE_ENTITY:
        trouble = fit(_Trouble, document(reply))
        says = f"{trouble.code}: {trouble.message}"
        if "timestamp" in trouble.message.lower() or "nonce" in trouble.message.lower():
            raise Unreachable(says)
        raise Refused(says) if "key" in trouble.message.lower() else Misread(says)
    return fit(model, decode(reply))


def _ask(what: str, **body: object) -> Http:
    return Http(method="POST", path=f"/api/v4/mining/{what}", body=body, headers={"X-TXC-APIKEY": Secret("key")})


SOURCE: Final = Source(
    kind="whitebit",
    title="WhiteBIT Mining Pool",
    Account=WhitebitAccount,
    support="documented",
    pace=1.0,
    sign=signed,
    questions=(
        Question(
            name="history",
            sees=frozenset({WorkSeen}),
            every=_10_MINUTES,
            phase=timedelta(seconds=15),
            reach=SLOTS_REACH,
            talk=history,
        ),
        Question(
            name="worker_history",
            sees=frozenset({WorkSeen}),
            every=_10_MINUTES,
            phase=timedelta(minutes=1),
            reach=SLOTS_REACH,
            talk=worker_history,
            asked_of=lambda account: isinstance(account, WhitebitAccount) and bool(account.workers),
        ),
        Question(
            name="earnings", sees=frozenset({EarningClaimed}), every=_6_HOURS, reach=REACH, talk=earnings, cap=_LARGE
        ),
        Question(name="terms", sees=frozenset({PoolSeen}), every=_6_HOURS, talk=terms),
        Question(name="pool", sees=frozenset({PoolSeen}), every=_HOUR, talk=pool),
    ),
)
