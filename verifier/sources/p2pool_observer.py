"""p2pool.observer: the public shares of a P2Pool miner as work per hour, and payouts that are outputs of coinbases."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Final

from pydantic import BaseModel, Field, RootModel, model_validator

from verifier.errors import Misread
from verifier.observation import PayoutClaimed, SilenceReason, WorkSeen
from verifier.reading import Count, Name, Number, UnixTime, not_future, read, silence
from verifier.talk import Account, Http, Question, Source, Talk, of_its_pool
from verifier.units import HASHES_PER_DIFFICULTY, Amount, Window

COIN: Final = "XMR"
ALGORITHM: Final = "randomx"
#: The chains that are known.
POOLS: Final = {
    "main": {"url": "https://p2pool.observer/api"},
    "mini": {"url": "https://mini.p2pool.observer/api"},
}
#: Twelve hours of shares of ten seconds each. When miners join, difficulty follows only over the chain's window of 2160
#: shares, which then last half as long: six hours of them would leave the oldest hour short. More may be asked for
#: (``ChainWindowSize * 4 * 7`` at most, cmd/api/api.go).
SHARES: Final = 4320
REACH: Final = timedelta(hours=5)
#: Shares become known after a moment, and their times are the miners' own.
SETTLED: Final = timedelta(minutes=10)
#: Somebody finds a share every ten seconds: an observer that shows none for so long stands still.
STALE: Final = timedelta(minutes=20)
NEWEST: Final = 30
#: How far back payouts are told.
PAID: Final = timedelta(days=30)

_HOUR: Final = timedelta(hours=1)
_8_MB: Final = 8_388_608


class P2PoolObserverAccount(Account):
    """A Monero address that mines on a P2Pool chain."""

    pool: Annotated[str, Field(description=f"the chain: {', '.join(POOLS)}")] = ""
    url: str = POOLS["main"]["url"]
    address: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{3,128}$", description="the address that is mined to")]

    @model_validator(mode="before")
    @classmethod
    def _of_its_pool(cls, given: object) -> object:
        return of_its_pool(given, POOLS)


class _Share(BaseModel):
    at: Annotated[UnixTime, Field(alias="timestamp")]
    difficulty: Annotated[Number, Field(gt=0)]


class _Shares(RootModel[Annotated[list[_Share], Field(max_length=20_000)]]):
    pass


class _Miner(BaseModel):
    last: Annotated[UnixTime, Field(alias="last_share_timestamp")]


class _Payout(BaseModel):
    at: Annotated[UnixTime, Field(alias="timestamp")]
    txid: Annotated[Name, Field(alias="coinbase_id")]
    output: Annotated[Count, Field(alias="coinbase_output_index")]
    atoms: Annotated[Count, Field(alias="coinbase_reward", le=10**18)]


class _Payouts(RootModel[Annotated[list[_Payout], Field(max_length=20_000)]]):
    pass


def history(account: P2PoolObserverAccount, window: Window) -> Talk:
    """Work per settled hour: each share stands for as many hashes as the chain's difficulty was, uncles too.

    ``difficulty`` is what the share had to reach; ``pow_difficulty``, what it happened to reach, is no measure of work.
    """
    reply = yield Http(path=f"/side_blocks_in_window/{account.address}", query={"window": str(SHARES)})
    if reply.status == 404:
        return silence(reply, SilenceReason.NEVER_SEEN, "no share of this address is known")
    shares = [(not_future(one.at, reply), one.difficulty) for one in read(_Shares, reply).root]
    everybody = yield Http(path="/side_blocks_in_window", query={"window": str(NEWEST)})
    newest = max((not_future(one.at, everybody) for one in read(_Shares, everybody).root), default=None)
    if newest is None or everybody.received_at - newest > STALE:
        return silence(everybody, SilenceReason.STALE, "the observer has seen no share of anybody for a while")
    if not shares:
        known = yield Http(path=f"/miner_info/{account.address}")
        if not_future(read(_Miner, known).last, known) > reply.received_at - REACH:
            raise Misread("no share is listed, and a newer one is known of the address")
    # What ends after the newest share of anybody may not have been read by the observer yet.
    end = min(reply.received_at - SETTLED, newest)
    end = end.replace(minute=0, second=0, microsecond=0)
    hours = [end - number * _HOUR for number in range(REACH // _HOUR)]
    return [_hour(until, shares) for until in sorted(hours) if window.start < until + SETTLED]


def payouts(account: P2PoolObserverAccount, window: Window) -> Talk:
    """Outputs of the coinbases of blocks that the chain found."""
    start = window.start - _HOUR
    reply = yield Http(path=f"/payouts/{account.address}", query={"from_timestamp": f"{start.timestamp():.0f}"})
    if reply.status == 404:
        return silence(reply, SilenceReason.NEVER_SEEN, "no share of this address is known")
    return [
        PayoutClaimed(
            id=f"{one.txid}:{one.output}",
            at=not_future(one.at, reply),
            amount=Amount(atoms=one.atoms, coin=COIN),
            address=account.address,
            txid=one.txid,
        )
        for one in read(_Payouts, reply).root
    ]


def _hour(end: datetime, shares: Sequence[tuple[datetime, float]]) -> WorkSeen:
    found = [difficulty for at, difficulty in shares if end - _HOUR <= at < end]
    return WorkSeen(
        start=end - _HOUR,
        end=end,
        hashes=sum(found),
        shares=sum(found) ** 2 / sum(one**2 for one in found) if found else 0.0,
        share_difficulty_floor=min(found, default=0.0) / HASHES_PER_DIFFICULTY,
        algorithm=ALGORITHM,
    )


SOURCE: Final = Source(
    kind="p2pool_observer",
    title="P2Pool observer",
    Account=P2PoolObserverAccount,
    support="documented",
    algorithm=ALGORITHM,
    pace=2.0,
    questions=(
        Question(
            name="history",
            sees=frozenset({WorkSeen}),
            every=timedelta(minutes=30),
            reach=REACH,
            talk=history,
            cap=_8_MB,
        ),
        Question(name="payouts", sees=frozenset({PayoutClaimed}), every=_HOUR, reach=PAID, talk=payouts, cap=_8_MB),
    ),
)
