"""nodejs-pool (SupportXMR, MoneroOcean, C3Pool): counters and rates per worker, credits per block, payments."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Final, TypeAlias, TypeVar

from pydantic import BaseModel, BeforeValidator, Field, RootModel, model_validator

from verifier.errors import Misread, Unreachable
from verifier.observation import (
    BalanceSeen,
    EarningClaimed,
    Exactness,
    Observation,
    PayoutClaimed,
    PoolSeen,
    RateSeen,
    SilenceReason,
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
    UnixMilliseconds,
    UnixTime,
    amount,
    decode,
    fit,
    not_future,
    silence,
    slots,
)
from verifier.talk import Account, Http, Question, Reply, Source, Talk, of_its_pool
from verifier.units import Amount, Window

COIN: Final = "XMR"
ALGORITHM: Final = "randomx"
#: Rates are the difficulty of the shares of ten minutes over ten minutes; idle workers are set to zero once.
WINDOW: Final = timedelta(minutes=10)
#: Answers are cached for up to a minute, charts have a point every two minutes (lib/worker.js of MoneroOcean).
APART: Final = timedelta(minutes=1)
#: Hours of two-minute points that every server keeps; days of credits that MoneroOcean tells (lib/api/public.js).
CHARTED: Final = timedelta(hours=8)
CREDITED: Final = timedelta(days=7)
REACH: Final = timedelta(days=90)
MOST_PAGES: Final = 20

#: The members that are known.
POOLS: Final = {
    "supportxmr": {"url": "https://supportxmr.com/api"},
    "moneroocean": {"url": "https://api.moneroocean.stream"},
    "c3pool": {"url": "https://api.c3pool.com"},
}
#: Those of the branch that changes algorithms and shows everything a second time as if it were Monero (`hash2`).
SWITCHING: Final = frozenset({"moneroocean", "c3pool"})

_PAGE: Final = 100
_8_MB: Final = 8_388_608


class NodejsPoolAccount(Account):
    """A Monero address at one pool of the family."""

    pool: Annotated[str, Field(description=f"a known pool: {', '.join(POOLS)}")] = ""
    url: str = POOLS["supportxmr"]["url"]
    address: Annotated[str, Field(pattern=r"^[A-Za-z0-9.]{3,200}$", description="the address that is mined to")]

    @model_validator(mode="before")
    @classmethod
    def _of_its_pool(cls, given: object) -> object:
        return of_its_pool(given, POOLS)


#: The server says false of what it has not stored.
_Stored: TypeAlias = Annotated[Number | None, BeforeValidator(lambda value: None if value is False else value)]
_StoredTime: TypeAlias = Annotated[UnixTime | None, BeforeValidator(lambda value: None if value is False else value)]


class _Miner(BaseModel):
    rate: Annotated[_Stored, Field(alias="hash")]
    as_monero: Annotated[_Stored, Field(alias="hash2")] = None
    counter: Annotated[_Stored, Field(alias="totalHashes")]
    due: Annotated[Count, Field(alias="amtDue")]


class _Worker(BaseModel):
    rate: Annotated[_Stored, Field(alias="hash")] = None
    as_monero: Annotated[_Stored, Field(alias="hash2")] = None
    counter: Annotated[_Stored, Field(alias="totalHash")] = None
    last: Annotated[_StoredTime, Field(alias="lts")] = None


class _Workers(RootModel[Annotated[dict[Name, _Worker], Field(max_length=MOST_WORKERS)]]):
    pass


class _Point(BaseModel):
    at: Annotated[UnixMilliseconds, Field(alias="ts")]
    as_monero: Annotated[Number, Field(alias="hs2")]


class _Points(RootModel[Annotated[list[_Point], Field(max_length=20_000)]]):
    pass


class _Payment(BaseModel):
    at: Annotated[UnixTime, Field(alias="ts")]
    amount: Count
    txid: Annotated[Name, Field(alias="txnHash")]


class _Payments(RootModel[Annotated[list[_Payment], Field(max_length=10_000)]]):
    pass


class _Credit(BaseModel):
    at: Annotated[UnixTime, Field(alias="ts_found")]
    block: Annotated[Name, Field(alias="hash")]
    value: Annotated[Coins, Field(ge=0)]


class _Credits(RootModel[Annotated[list[_Credit], Field(max_length=100_000)]]):
    pass


class _Whole(BaseModel):
    rate: Annotated[Number, Field(alias="hashRate")]
    miners: Count | None = None


class _PoolPage(BaseModel):
    pool_statistics: _Whole


class _Error(BaseModel):
    error: Name


_Answer = TypeVar("_Answer", bound=BaseModel)


def now(account: NodejsPoolAccount, window: Window) -> Talk:
    """The counters of hashes, the rates of ten minutes, the workers, the balance.

    Where the pool changes algorithms, ``hash`` counts in the present one's own scale and the counter in no known one:
    there ``hash2`` is read, and decides by slots of ten minutes.
    """
    reply = yield Http(path=f"/miner/{account.address}/stats")
    miner = _answer(_Miner, reply)
    if miner.counter is None:
        return silence(reply, SilenceReason.NEVER_SEEN, "the pool has never seen a share of this address")
    page = yield Http(path=f"/miner/{account.address}/stats/allWorkers")
    workers = {name: one for name, one in _answer(_Workers, page).root.items() if name != "global"}
    # A server of that branch says `hash2: false` before it has worked one out: its counter is none of hashes even then.
    at, switching = reply.received_at, "as_monero" in miner.model_fields_set or account.pool in SWITCHING
    seen: list[Observation] = []
    shown: list[tuple[str | None, _Miner | _Worker]] = [(None, miner), *workers.items()]
    for name, one in shown:
        rate = one.as_monero if switching else one.rate
        if rate is not None:
            seen.append(RateSeen(worker=name, at=at, per_second=rate, window=WINDOW, algorithm=ALGORITHM))
        if not switching and one.counter is not None:
            seen.append(WorkSeen(worker=name, end=at, hashes=one.counter, algorithm=ALGORITHM))
        if switching and rate is not None:
            seen += [_slot(name, end, rate) for end in slots({at: rate}, WINDOW, APART) if end <= window.end]
    states = tuple(
        WorkerState(
            name=name,
            presence=WorkerPresence.ONLINE if one.rate else WorkerPresence.OFFLINE,
            last_share=None if one.last is None else not_future(one.last, page),
        )
        for name, one in workers.items()
        if one.rate is not None
    )
    return (*seen, WorkersSeen(at=at, workers=states), BalanceSeen(at=at, amount=Amount(atoms=miner.due, coin=COIN)))


def history(account: NodejsPoolAccount, window: Window) -> Talk:
    """Slots of ten minutes of the address; while all workers are idle no points are stored, and nothing is said."""
    reply = yield Http(path=f"/miner/{account.address}/chart/hashrate")
    points = {not_future(point.at, reply): point.as_monero for point in _answer(_Points, reply).root}
    return [
        _slot(None, end, rate)
        for end, rate in slots(points, WINDOW, APART).items()
        if window.start < end + APART <= window.end
    ]


def credits_of(account: NodejsPoolAccount, _window: Window) -> Talk:
    """What was credited per block in the last seven days; blocks without a share of the address are left out."""
    reply = yield Http(path=f"/miner/{account.address}/block_payments")
    return [
        EarningClaimed(
            id=one.block, start=not_future(one.at, reply), end=one.at, amount=amount(one.value, COIN), scheme="PPLNS"
        )
        for one in _answer(_Credits, reply).root
        if one.value
    ]


def payouts(account: NodejsPoolAccount, window: Window) -> Talk:
    """What the pool says it has sent."""
    seen: list[Observation] = []
    for page in range(MOST_PAGES):
        reply = yield Http(path=f"/miner/{account.address}/payments", query={"page": str(page), "limit": str(_PAGE)})
        rows = _answer(_Payments, reply).root
        seen += _paid(account, rows, reply)
        if len(rows) < _PAGE or rows[-1].at < window.start:
            return seen
    raise Misread("more pages than are read")


def pool(_account: NodejsPoolAccount, _window: Window) -> Talk:
    """The whole pool's rate."""
    reply = yield Http(path="/pool/stats")
    return (PoolSeen(at=reply.received_at, per_second=_answer(_PoolPage, reply).pool_statistics.rate),)


def _slot(name: str | None, end: datetime, rate: float) -> WorkSeen:
    return WorkSeen(
        worker=name,
        start=end - WINDOW,
        end=end,
        hashes=rate * WINDOW.total_seconds(),
        exactness=Exactness.AVERAGE,
        algorithm=ALGORITHM,
    )


def _paid(account: NodejsPoolAccount, rows: Sequence[_Payment], reply: Reply) -> list[PayoutClaimed]:
    return [
        PayoutClaimed(
            id=row.txid,
            at=not_future(row.at, reply),
            amount=Amount(atoms=row.amount, coin=COIN),
            address=account.address,
            txid=row.txid,
        )
        for row in rows
    ]


def _answer(model: type[_Answer], reply: Reply) -> _Answer:
    """The page. Raises Unreachable with the pool's own words for an error, which comes with HTTP 200."""
    document = decode(reply)
    if isinstance(document, dict) and document.keys() == {"error"}:
        raise Unreachable(fit(_Error, document).error)
    return fit(model, document)


def _switches(account: Account) -> bool:
    return isinstance(account, NodejsPoolAccount) and account.pool in SWITCHING


SOURCE: Final = Source(
    kind="nodejs_pool",
    title="nodejs-pool: SupportXMR, MoneroOcean, C3Pool",
    Account=NodejsPoolAccount,
    support="documented",
    algorithm=ALGORITHM,
    pace=2.0,
    questions=(
        Question(
            name="now",
            sees=frozenset({RateSeen, WorkSeen, WorkersSeen, BalanceSeen}),
            every=timedelta(minutes=5),
            phase=timedelta(seconds=20),
            talk=now,
            cap=_8_MB,
        ),
        Question(
            name="history",
            sees=frozenset({WorkSeen}),
            every=timedelta(hours=1),
            reach=CHARTED,
            talk=history,
            asked_of=_switches,
            cap=_8_MB,
        ),
        Question(
            name="credits",
            sees=frozenset({EarningClaimed}),
            every=timedelta(hours=1),
            reach=CREDITED,
            talk=credits_of,
            asked_of=_switches,
            cap=_8_MB,
        ),
        Question(
            name="payouts",
            sees=frozenset({PayoutClaimed}),
            every=timedelta(hours=1),
            reach=REACH,
            talk=payouts,
            cap=_8_MB,
        ),
        Question(name="pool", sees=frozenset({PoolSeen}), every=timedelta(hours=1), talk=pool),
    ),
)
