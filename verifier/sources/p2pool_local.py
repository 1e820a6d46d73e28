"""P2Pool on one's own machine: the counter of hashes, averages and workers that it writes into files."""

from collections import Counter
from datetime import timedelta
from typing import Annotated, Final

from pydantic import BaseModel, Field

from verifier.errors import Misread
from verifier.observation import (
    PoolSeen,
    RateSeen,
    SilenceReason,
    WorkerPresence,
    WorkersSeen,
    WorkerState,
    WorkSeen,
)
from verifier.reading import MOST_WORKERS, Count, Name, Number, last_modified, not_future, read, silence
from verifier.talk import Account, File, Question, Source, Talk
from verifier.units import Window

ALGORITHM: Final = "randomx"
#: The file is written anew at least every minute (api_update_local_stats, src/stratum_server.cpp).
STALE: Final = timedelta(minutes=10)

_PARTS: Final = 5


class P2PoolLocalAccount(Account):
    """The directory that P2Pool writes to (``--data-api DIR --local-api``)."""

    url: Annotated[
        str, Field(pattern=r"^file:///[^?#]*$", description="the directory, like `file:///var/lib/p2pool/api`")
    ]


class _Stratum(BaseModel):
    m15: Annotated[Number, Field(alias="hashrate_15m")]
    h1: Annotated[Number, Field(alias="hashrate_1h")]
    h24: Annotated[Number, Field(alias="hashrate_24h")]
    hashes: Annotated[Number, Field(alias="total_hashes")]
    connections: Count
    workers: Annotated[list[Name], Field(max_length=MOST_WORKERS)]


class _Whole(BaseModel):
    rate: Annotated[Number, Field(alias="hashRate")]
    miners: Count | None = None


class _Pool(BaseModel):
    pool_statistics: _Whole


def now(_account: P2PoolLocalAccount, _window: Window) -> Talk:
    """The counter of hashes since the start, the averages, and who is connected.

    The rate shown of a worker is what his difficulty was chosen for, no measure; it is not read.
    """
    reply = yield File(path="local/stratum")
    if reply.status == 404:
        return silence(reply, SilenceReason.NEVER_SEEN, "there is no local/stratum: start p2pool with --local-api")
    page = read(_Stratum, reply)
    at = not_future(last_modified(reply) or reply.received_at, reply)
    if reply.received_at - at > STALE:
        return silence(reply, SilenceReason.STALE, f"the file was written at {at:%Y-%m-%d %H:%M} UTC")
    # address:port,seconds,difficulty,hashrate,name
    rows = [row.split(",", _PARTS - 1) for row in page.workers]
    if any(len(row) != _PARTS for row in rows):
        raise Misread("workers: entries of five parts were expected")
    states = tuple(
        WorkerState(name=name, presence=WorkerPresence.ONLINE, sessions=sessions)
        for name, sessions in Counter(row[-1] for row in rows).items()
    )
    rates = (timedelta(minutes=15), page.m15), (timedelta(hours=1), page.h1), (timedelta(days=1), page.h24)
    return (
        WorkSeen(end=at, hashes=page.hashes, algorithm=ALGORITHM),
        *(RateSeen(at=at, per_second=rate, window=span, algorithm=ALGORITHM) for span, rate in rates),
        WorkersSeen(at=at, workers=states, connected=page.connections),
    )


def pool(_account: P2PoolLocalAccount, _window: Window) -> Talk:
    """The rate and the miners of the whole chain."""
    reply = yield File(path="pool/stats")
    if reply.status == 404:
        return silence(reply, SilenceReason.NEVER_SEEN, "there is no pool/stats: start p2pool with --data-api")
    shown = read(_Pool, reply).pool_statistics
    return (PoolSeen(at=reply.received_at, per_second=shown.rate, workers=shown.miners, scheme="PPLNS"),)


SOURCE: Final = Source(
    kind="p2pool_local",
    title="P2Pool on one's own machine",
    Account=P2PoolLocalAccount,
    support="documented",
    algorithm=ALGORITHM,
    share_interval=timedelta(seconds=30),  # the difficulty is chosen for that (stratum_server.cpp)
    independence="own_gateway",
    questions=(
        Question(name="now", sees=frozenset({WorkSeen, RateSeen, WorkersSeen}), every=timedelta(minutes=1), talk=now),
        Question(name="pool", sees=frozenset({PoolSeen}), every=timedelta(minutes=10), talk=pool),
    ),
)
