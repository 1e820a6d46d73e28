"""nodejs-pool (SupportXMR, MoneroOcean, C3Pool): counters and rates per worker, credits per block, payments."""

from datetime import timedelta
from typing import Annotated, Final, TypeAlias

from pydantic import BaseModel, BeforeValidator, Field

from verifier.errors import Unreachable
from verifier.fields import Camel, Count, Funds, Name, Number, UnixMilliseconds, UnixTime, printable
from verifier.observation import BalanceSeen, EarningClaimed, PayoutClaimed, PoolSeen, RateSeen, WorkersSeen, WorkSeen
from verifier.phrases import paged
from verifier.reading import Named, decode, fit, not_future, rows
from verifier.talk import LARGE, Account, Http, MemberAccount, Quiet, Reply, Source, Talk, asks
from verifier.told import charted, just_ended, listed, rates, rewarded, sent
from verifier.units import DAY, HOUR, MINUTE, Amount, Window

COIN: Final = "XMR"
ALGORITHM: Final = "randomx"
#: Rates are the difficulty of the shares of ten minutes over ten minutes; idle workers are set to zero once.
WINDOW: Final = 10 * MINUTE
#: Answers are cached for up to a minute, charts have a point every two minutes (lib/worker.js of MoneroOcean).
APART: Final = MINUTE
#: Payments in one answer.
ROWS: Final = 100
#: The members that are known.
POOLS: Final = {
    "supportxmr": {"url": "https://supportxmr.com/api"},
    "moneroocean": {"url": "https://api.moneroocean.stream"},
    "c3pool": {"url": "https://api.c3pool.com"},
}
#: Those of the branch that changes algorithms and shows everything a second time as if it were Monero (`hash2`).
SWITCHING: Final = frozenset({"moneroocean", "c3pool"})


class NodejsPoolAccount(MemberAccount):
    """A Monero address at one pool of the family."""

    members = POOLS
    pool: Annotated[str, Field(description=f"a known pool: {', '.join(POOLS)}")] = ""
    url: str = POOLS["supportxmr"]["url"]
    address: Annotated[str, Field(pattern=r"^[A-Za-z0-9.]{3,200}$", description="the address that is mined to")]


#: The server says false of what it has not stored.
_UNLESS_STORED: Final = BeforeValidator(lambda value: None if value is False else value)
_Stored: TypeAlias = Annotated[Number | None, _UNLESS_STORED]


class _Worker(Camel):
    hash: _Stored = None
    hash2: _Stored = None
    counter: Annotated[_Stored, Field(alias="totalHash")] = None
    lts: Annotated[UnixTime | None, _UNLESS_STORED] = None


class _Miner(_Worker):
    hash: _Stored
    counter: Annotated[_Stored, Field(alias="totalHashes")]
    amt_due: Count


class _Point(BaseModel):
    ts: UnixMilliseconds
    hs2: Number


class _Payment(Camel):
    ts: UnixTime
    amount: Count
    txn_hash: Name


class _Credit(BaseModel):
    ts_found: UnixTime
    hash: Name
    value: Funds


def _switches(account: Account) -> bool:
    return isinstance(account, NodejsPoolAccount) and account.pool in SWITCHING


@asks(RateSeen, WorkSeen, WorkersSeen, BalanceSeen, every=5 * MINUTE, phase=timedelta(seconds=20), cap=LARGE)
def now(account: NodejsPoolAccount, window: Window) -> Talk:
    """The counters of hashes, the rates of ten minutes, the workers, the balance.

    Where the pool changes algorithms, ``hash`` counts in the present one's own scale and the counter in no known one:
    there ``hash2`` is read, and decides by slots of ten minutes.
    """
    reply = yield Http(path=f"/miner/{account.address}/stats")
    miner, at = fit(_Miner, _answer(reply)), reply.received_at
    if miner.counter is None:
        raise Quiet(reply, "the pool has never seen a share of this address")
    page = yield Http(path=f"/miner/{account.address}/stats/allWorkers")
    workers = {name: one for name, one in fit(Named[_Worker], _answer(page)).items() if name != "global"}
    # A server of that branch says `hash2: false` before it has worked one out: its counter is none of hashes even then.
    switching = "hash2" in miner.model_fields_set or _switches(account)
    shown: list[tuple[str | None, _Worker]] = [(None, miner), *workers.items()]
    over = ((name, [(WINDOW, one.hash2 if switching else one.hash)]) for name, one in shown)
    seen = rates(at, over, algorithm=ALGORITHM)
    counters = ((name, one.counter) for name, one in shown if not switching)
    counted = [WorkSeen(worker=name, end=at, hashes=n, algorithm=ALGORITHM) for name, n in counters if n is not None]
    states = ((name, bool(one.hash), one.lts) for name, one in workers.items() if one.hash is not None)
    return (
        *seen,
        *counted,
        *(just_ended(seen, APART, window) if switching else ()),
        listed(reply, states),
        BalanceSeen(at=at, amount=Amount(atoms=miner.amt_due, coin=COIN)),
    )


# Hours of two-minute points that every server keeps.
@asks(WorkSeen, every=HOUR, reach=8 * HOUR, cap=LARGE, asked_of=_switches)
def history(account: NodejsPoolAccount, window: Window) -> Talk:
    """Slots of ten minutes of the address; while all workers are idle no points are stored, and nothing is said."""
    reply = yield Http(path=f"/miner/{account.address}/chart/hashrate")
    points = {not_future(one.ts, reply): one.hs2 for one in rows(_Point, _answer(reply))}
    return charted(points, WINDOW, APART, window, reply, algorithm=ALGORITHM)


# Days of credits that MoneroOcean tells (lib/api/public.js).
@asks(EarningClaimed, every=HOUR, reach=7 * DAY, cap=LARGE, asked_of=_switches)
def credits(account: NodejsPoolAccount, _window: Window) -> Talk:  # noqa: A001 - the question's own name
    """What was credited per block in the last seven days; blocks without a share of the address are left out."""
    reply = yield Http(path=f"/miner/{account.address}/block_payments")
    found = rows(_Credit, _answer(reply), most=100_000)
    return [rewarded(reply, one.ts_found, one.value, COIN, id=one.hash, scheme="PPLNS") for one in found if one.value]


@asks(PayoutClaimed, every=HOUR, reach=90 * DAY, cap=LARGE)
def payouts(account: NodejsPoolAccount, window: Window) -> Talk:
    """What the pool says it has sent."""
    path, limit = f"/miner/{account.address}/payments", str(ROWS)
    reply, pages = yield from paged(
        lambda page: Http(path=path, query={"page": str(page), "limit": limit}),
        lambda reply: rows(_Payment, _answer(reply)),
        lambda pages: len(pages[-1]) < ROWS or pages[-1][-1].ts < window.start,
        most=20,
    )
    return [
        sent(reply, one.ts, Amount(atoms=one.amount, coin=COIN), txid=one.txn_hash, address=account.address)
        for page in pages
        for one in page
    ]


@asks(PoolSeen, every=HOUR)
def pool(_account: NodejsPoolAccount, _window: Window) -> Talk:
    """The whole pool's rate."""
    reply = yield Http(path="/pool/stats")
    rate = fit(Number, _answer(reply), "pool_statistics", "hashRate")
    return (PoolSeen(at=reply.received_at, per_second=rate),)


def _answer(reply: Reply) -> object:
    """The page. Raises Unreachable with the pool's own words for an error, which comes with HTTP 200."""
    document = decode(reply)
    if isinstance(document, dict) and document.keys() == {"error"} and isinstance(document["error"], str):
        raise Unreachable(printable(document["error"]))
    return document


SOURCE: Final = Source(
    kind="nodejs_pool", title="nodejs-pool: SupportXMR, MoneroOcean, C3Pool", Account=NodejsPoolAccount,
    support="documented", algorithm=ALGORITHM, pace=2.0, questions=(now, history, credits, payouts, pool),
)  # fmt: skip
