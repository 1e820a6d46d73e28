"""p2pool.observer: the public shares of a P2Pool miner as work per hour, and payouts that are outputs of coinbases."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Final

from pydantic import BaseModel, Field

from verifier.errors import Misread
from verifier.fields import Count, Name, Number, UnixTime
from verifier.observation import PayoutClaimed, SilenceReason, WorkSeen
from verifier.phrases import unknown
from verifier.reading import decode, not_future, read, rows, silence
from verifier.talk import LARGE, Http, MemberAccount, Reply, Source, Talk, asks
from verifier.told import sent
from verifier.units import DAY, HASHES_PER_DIFFICULTY, HOUR, MINUTE, Amount, Window

ALGORITHM: Final = "randomx"
#: The chains that are known.
POOLS: Final = {"main": {"url": "https://p2pool.observer/api"}, "mini": {"url": "https://mini.p2pool.observer/api"}}
#: Twelve hours of shares of ten seconds each. When miners join, difficulty follows only over the chain's window of 2160
#: shares, which then last half as long: six hours of them would leave the oldest hour short. More may be asked for
#: (``ChainWindowSize * 4 * 7`` at most, cmd/api/api.go).
SHARES: Final = 4320
REACH: Final = timedelta(hours=5)
#: Shares become known after a moment, and their times are the miners' own.
SETTLED: Final = timedelta(minutes=10)
#: Somebody finds a share every ten seconds: an observer that shows none for so long stands still.
STALE: Final = timedelta(minutes=20)
NEVER: Final = "no share of this address is known"


class P2PoolObserverAccount(MemberAccount):
    """A Monero address that mines on a P2Pool chain."""

    members = POOLS
    pool: Annotated[str, Field(description=f"the chain: {', '.join(POOLS)}")] = ""
    url: str = POOLS["main"]["url"]
    address: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{3,128}$", description="the address that is mined to")]


class _Share(BaseModel):
    timestamp: UnixTime
    difficulty: Annotated[Number, Field(gt=0)]


class _Miner(BaseModel):
    last_share_timestamp: UnixTime


class _Payout(BaseModel):
    timestamp: UnixTime
    coinbase_id: Name
    coinbase_output_index: Count
    coinbase_reward: Annotated[Count, Field(le=10**18)]


@asks(WorkSeen, every=30 * MINUTE, reach=REACH, cap=LARGE)
def history(account: P2PoolObserverAccount, window: Window) -> Talk:
    """Work per settled hour: each share stands for as many hashes as the chain's difficulty was, uncles too.

    ``difficulty`` is what the share had to reach; ``pow_difficulty``, what it happened to reach, is no measure of work.
    """
    reply = yield Http(path=f"/side_blocks_in_window/{account.address}", query={"window": str(SHARES)})
    if reply.status == 404:
        return unknown(reply, NEVER)
    shares = _shares(reply)
    everybody = yield Http(path="/side_blocks_in_window", query={"window": "30"})
    newest = max((at for at, _ in _shares(everybody)), default=None)
    if newest is None or everybody.received_at - newest > STALE:
        return silence(everybody, SilenceReason.STALE, "the observer has seen no share of anybody for a while")
    if not shares:
        known = yield Http(path=f"/miner_info/{account.address}")
        if not_future(read(_Miner, known).last_share_timestamp, known) > reply.received_at - REACH:
            raise Misread("no share is listed, and a newer one is known of the address")
    # What ends after the newest share of anybody may not have been read by the observer yet.
    end = min(reply.received_at - SETTLED, newest).replace(minute=0, second=0, microsecond=0)
    hours = [end - number * HOUR for number in range(REACH // HOUR)]
    return [_hour(until, shares) for until in sorted(hours) if window.start < until + SETTLED]


@asks(PayoutClaimed, every=HOUR, reach=30 * DAY, cap=LARGE)
def payouts(account: P2PoolObserverAccount, window: Window) -> Talk:
    """Outputs of the coinbases of blocks that the chain found."""
    since = {"from_timestamp": f"{(window.start - HOUR).timestamp():.0f}"}
    reply = yield Http(path=f"/payouts/{account.address}", query=since)
    if reply.status == 404:
        return unknown(reply, NEVER)
    return [
        sent(
            reply, one.timestamp, Amount(atoms=one.coinbase_reward, coin="XMR"), txid=one.coinbase_id,
            id=f"{one.coinbase_id}:{one.coinbase_output_index}", address=account.address,
        )
        for one in rows(_Payout, decode(reply), most=20_000)
    ]  # fmt: skip


def _shares(reply: Reply) -> list[tuple[datetime, float]]:
    return [(not_future(one.timestamp, reply), one.difficulty) for one in rows(_Share, decode(reply), most=20_000)]


def _hour(end: datetime, shares: Sequence[tuple[datetime, float]]) -> WorkSeen:
    found = [difficulty for at, difficulty in shares if end - HOUR <= at < end]
    return WorkSeen(
        start=end - HOUR,
        end=end,
        hashes=sum(found),
        shares=sum(found) ** 2 / sum(one**2 for one in found) if found else 0.0,
        share_difficulty_floor=min(found, default=0.0) / HASHES_PER_DIFFICULTY,
        algorithm=ALGORITHM,
    )


SOURCE: Final = Source(
    kind="p2pool_observer", title="P2Pool observer", Account=P2PoolObserverAccount, support="documented",
    algorithm=ALGORITHM, pace=2.0, questions=(history, payouts),
)  # fmt: skip
