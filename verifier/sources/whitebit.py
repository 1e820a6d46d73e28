"""WhiteBIT Mining Pool: work per five minutes, of the account and of named workers, and daily rewards with fee."""

import json
from base64 import b64encode
from collections.abc import Generator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from itertools import pairwise
from typing import Annotated, ClassVar, Final

from pydantic import AliasChoices, BaseModel, Field

from verifier.errors import Misread, Refused, Unreachable
from verifier.fields import Camel, Coins, Count, Name, Number, Percent, UnixTime
from verifier.observation import EarningClaimed, PoolSeen, WorkSeen
from verifier.phrases import proof
from verifier.reading import decode, document, fit, read, rows
from verifier.talk import BOOKED_LATE, LARGE, Account, Ask, Http, Reply, Secret, Source, Talk, asks
from verifier.told import credited_day, settled
from verifier.units import DAY, HOUR, MINUTE, Window

#: The shortest slots that the pool has: whether a slot is named by its start is not told, and matters least with these.
SLOT: Final = 5 * MINUTE
SLOTS_REACH: Final = timedelta(days=7)
#: A slot is read this long after its end at the earliest, so that it has ended even if it is named by its end.
SETTLED: Final = 10 * MINUTE
MOST_PAGES: Final = 100

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
    hashrate: Number


class _Slots(BaseModel):
    slots: Annotated[list[_Slot], Field(validation_alias=AliasChoices("hashrate", "hashrates"), max_length=10_000)]


class _Reward(Camel):
    mining_account_name: Name
    total_reward: Annotated[Coins, Field(ge=0)]
    reward: Annotated[Coins, Field(ge=0)]
    fee: Annotated[Coins, Field(ge=0)]
    hash_rate: Number
    date: UnixTime


class _Rewards(BaseModel):
    limit: Count


class _Info(BaseModel):
    fee: Annotated[Percent, Field(le=1)]


class _Pool(BaseModel):
    # Two official pages write the same answer in camelCase and in snake_case.
    rate: Annotated[Number, Field(validation_alias=AliasChoices("currentHashRate", "current_hash_rate"))]
    workers: Count
    schemes: Annotated[list[Name], Field(validation_alias=AliasChoices("rewardSchemes", "reward_schemes"))]


class _Pools(BaseModel):
    data: Annotated[list[_Pool], Field(min_length=1)] | _Pool


@asks(WorkSeen, every=10 * MINUTE, phase=timedelta(seconds=15), reach=SLOTS_REACH)
def history(account: WhitebitAccount, window: Window) -> Talk:
    """Work per settled slot, each taken as named by its start."""
    return (yield from _worked(account, window, None, "hashrate"))


@asks(
    WorkSeen, every=10 * MINUTE, phase=MINUTE, reach=SLOTS_REACH,
    asked_of=lambda account: isinstance(account, WhitebitAccount) and bool(account.workers),
)  # fmt: skip
def worker_history(account: WhitebitAccount, window: Window) -> Talk:
    """The same of each worker that the account names, beside the account's own: they may not be all of it."""
    seen = yield from _worked(account, window, None, "hashrate")
    for name in account.workers:
        seen += yield from _worked(account, window, name, "workers/hashrate", worker=name)
    return seen


@asks(EarningClaimed, every=6 * HOUR, reach=timedelta(days=30), cap=LARGE)
def earnings(account: WhitebitAccount, window: Window) -> Talk:
    """What was credited for each UTC day, with the fee that was kept."""
    told: list[_Reward] = []
    for _page in range(MOST_PAGES):
        span = _span(window.start - BOOKED_LATE, window.end)
        reply = yield _ask("rewards", account=account.account, **span, limit=100, offset=len(told))
        page = _answer(reply)
        here, limit = rows(_Reward, page, "data"), fit(_Rewards, page).limit
        told += here
        if not here or len(here) < limit:
            break
    else:
        raise Misread(f"more than {MOST_PAGES} pages")
    return [
        credited_day(
            row.date, row.reward, scheme="FPPS", per_second=row.hash_rate,
            fee_rate=float(row.fee / row.total_reward) if row.total_reward else None,
        )
        for row in told
        if row.mining_account_name == account.account and row.date <= reply.received_at - DAY
    ]  # fmt: skip


@asks(PoolSeen, every=6 * HOUR)
def terms(account: WhitebitAccount, _window: Window) -> Talk:
    """The fee that the pool takes from this account."""
    reply = yield _ask("miners/info", account=account.account)
    fee = fit(_Info, _answer(reply), "data").fee
    return (PoolSeen(at=reply.received_at, scheme="FPPS", fee_rate=fee),)


@asks(PoolSeen, every=HOUR)
def pool(_account: WhitebitAccount, _window: Window) -> Talk:
    """What the whole pool says of itself."""
    reply = yield Http(path="/api/v4/public/mining-pool")
    told = read(_Pools, reply).data
    first = told[0] if isinstance(told, list) else told
    scheme = first.schemes[0] if len(first.schemes) == 1 else None
    return (PoolSeen(at=reply.received_at, per_second=first.rate, workers=first.workers, scheme=scheme),)


def signature(secret: str, payload: str) -> str:
    """HMAC-SHA512 over the body in base64, in hexadecimal (WhiteBIT, private HTTP interface v4)."""
    return proof(secret, payload, "sha512").hex()


def signed(ask: Ask, secrets: Mapping[str, str], _now: datetime, nonce: int) -> Ask:
    """The ask with its own path and the nonce in its body, and the body once more, signed, in its headers."""
    if not isinstance(ask, Http) or not isinstance(ask.body, Mapping) or "secret" not in secrets:
        return ask
    body = json.dumps({**ask.body, "request": ask.path, "nonce": str(nonce)}, separators=(",", ":")).encode()
    payload = b64encode(body).decode()
    headers = {"X-TXC-PAYLOAD": payload, "X-TXC-SIGNATURE": signature(secrets["secret"], payload)}
    return replace(ask, body=body, headers={**ask.headers, **headers, "Content-Type": "application/json"})


def _worked(
    account: WhitebitAccount, window: Window, name: str | None, what: str, **of: str
) -> Generator[Ask, Reply, list[WorkSeen]]:
    span = _span(window.start - SETTLED - 2 * SLOT, window.end)
    reply = yield _ask(what, account=account.account, **of, **span, interval="5m")
    slots = sorted((slot.start, slot.hashrate) for slot in fit(_Slots, _answer(reply), "data").slots)
    apart = [later - start for (start, _), (later, _) in pairwise(slots)]
    if apart and (min(apart) < SLOT or min(apart) > SLOT):
        raise Misread("hashrate: slots of five minutes were expected")
    return settled(slots, SLOT, window, reply, after=SETTLED, worker=name)


def _span(start: datetime, end: datetime) -> dict[str, object]:
    return {"from": int(start.timestamp()), "to": int(end.timestamp())}


def _answer(reply: Reply) -> object:
    """The answer, decoded. Raises what the pool's words mean where it does not accept the request."""
    if reply.status != HTTPStatus.UNPROCESSABLE_ENTITY:
        return decode(reply)
    trouble = fit(_Trouble, document(reply))
    says, words = f"{trouble.code}: {trouble.message}", trouble.message.lower()
    if "timestamp" in words or "nonce" in words:
        raise Unreachable(says)
    raise Refused(says) if "key" in words else Misread(says)


def _ask(what: str, **body: object) -> Http:
    return Http(method="POST", path=f"/api/v4/mining/{what}", body=body, headers={"X-TXC-APIKEY": Secret("key")})


SOURCE: Final = Source(
    kind="whitebit", title="WhiteBIT Mining Pool", Account=WhitebitAccount, support="documented", sign=signed,
    questions=(history, worker_history, earnings, terms, pool),
)  # fmt: skip
