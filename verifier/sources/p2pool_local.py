"""P2Pool on one's own machine: the counter of hashes, averages and workers that it writes into files."""

from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Final

from pydantic import BaseModel, Field

from verifier.errors import Misread
from verifier.fields import Count, Name, Number
from verifier.observation import PoolSeen, RateSeen, SilenceReason, WorkersSeen, WorkSeen
from verifier.phrases import unknown
from verifier.reading import MOST_WORKERS, last_modified, not_future, read, silence
from verifier.talk import Account, File, Source, Talk, asks
from verifier.told import listed, rates
from verifier.units import DAY, HOUR, MINUTE, Window

ALGORITHM: Final = "randomx"
#: The file is written anew at least every minute (api_update_local_stats, src/stratum_server.cpp).
STALE: Final = timedelta(minutes=10)


class P2PoolLocalAccount(Account):
    """The directory that P2Pool writes to (``--data-api DIR --local-api``)."""

    url: Annotated[
        str, Field(pattern=r"^file:///[^?#]*$", description="the directory, like `file:///var/lib/p2pool/api`")
    ]


class _Stratum(BaseModel):
    hashrate_15m: Number
    hashrate_1h: Number
    hashrate_24h: Number
    total_hashes: Number
    connections: Count
    workers: Annotated[list[Name], Field(max_length=MOST_WORKERS)]


class _Whole(BaseModel):
    hashRate: Number
    miners: Count | None = None


class _Pool(BaseModel):
    pool_statistics: _Whole


@asks(WorkSeen, RateSeen, WorkersSeen, every=MINUTE)
def now(_account: P2PoolLocalAccount, _window: Window) -> Talk:
    """The counter of hashes since the start, the averages, and who is connected.

    The rate shown of a worker is what his difficulty was chosen for, no measure; it is not read.
    """
    reply = yield File(path="local/stratum")
    if reply.status == 404:
        return unknown(reply, "there is no local/stratum: start p2pool with --local-api")
    page = read(_Stratum, reply)
    at = not_future(last_modified(reply) or reply.received_at, reply)
    if reply.received_at - at > STALE:
        return silence(reply, SilenceReason.STALE, f"the file was written at {at:%Y-%m-%d %H:%M} UTC")
    # address:port,seconds,difficulty,hashrate,name
    parts = [worker.split(",", 4) for worker in page.workers]
    if any(len(one) != 5 for one in parts):
        raise Misread("workers: entries of five parts were expected")
    shown = [(15 * MINUTE, page.hashrate_15m), (HOUR, page.hashrate_1h), (DAY, page.hashrate_24h)]
    workers = listed(reply, ((name, True, None) for *_, name in parts))
    return (
        WorkSeen(end=at, hashes=page.total_hashes, algorithm=ALGORITHM),
        *rates(at, [(None, shown)], algorithm=ALGORITHM),
        replace(workers, at=at, connected=page.connections),
    )


@asks(PoolSeen, every=10 * MINUTE)
def pool(_account: P2PoolLocalAccount, _window: Window) -> Talk:
    """The rate and the miners of the whole chain."""
    reply = yield File(path="pool/stats")
    if reply.status == 404:
        return unknown(reply, "there is no pool/stats: start p2pool with --data-api")
    shown = read(_Pool, reply).pool_statistics
    return (PoolSeen(at=reply.received_at, per_second=shown.hashRate, workers=shown.miners, scheme="PPLNS"),)


SOURCE: Final = Source(
    kind="p2pool_local", title="P2Pool on one's own machine", Account=P2PoolLocalAccount, support="documented",
    algorithm=ALGORITHM, independence="own_gateway", questions=(now, pool),
    share_interval=timedelta(seconds=30),  # the difficulty is chosen for that (stratum_server.cpp)
)  # fmt: skip
