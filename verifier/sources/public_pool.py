"""public-pool: sessions per address, and charts of exact work in 10-minute slots for the last day."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Annotated, Final
from urllib.parse import quote

from pydantic import Field

from verifier.errors import Misread
from verifier.fields import Camel, Count, IsoTime, Name, Number
from verifier.observation import BlockSeen, PoolSeen, RateSeen, WorkerPresence, WorkersSeen, WorkerState, WorkSeen
from verifier.reading import Many, decode, not_future, read, rows
from verifier.talk import LARGE, Account, Http, Quiet, Reply, Source, Talk, asks
from verifier.units import DAY, MINUTE, Window

SLOT: Final = 10 * MINUTE
#: A slot still grew for 30 seconds after its end on the real server.
SETTLED: Final = MINUTE
#: The pool itself forgets a session that has been silent for this long.
FORGOTTEN: Final = 5 * MINUTE
#: A session silent for this long when another of its name began was replaced by it.
REPLACED: Final = timedelta(seconds=90)
#: A session shows 0 until its first figure is written.
WARMING_UP: Final = 3 * MINUTE
MOST_CHARTS: Final = 20

_NAME: Final = attrgetter("name")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class PublicPoolAccount(Account):
    """An address at a public-pool server."""

    url: str = "https://public-pool.io:40557/api"
    address: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{3,128}$", description="the address that is mined to")]


class _Session(Camel):
    name: Name
    hash_rate: Number
    start_time: IsoTime
    last_seen: IsoTime


class _Client(Camel):
    best_difficulty: Number | None = None
    workers: Many[_Session]


class _Slot(Camel):
    label: IsoTime
    data: Number


class _Pool(Camel):
    total_hash_rate: Number
    total_miners: Count
    fee: Number | None = None


class _Network(Camel):
    blocks: Count
    difficulty: Annotated[Number, Field(gt=0)]


@asks(WorkersSeen, RateSeen, every=MINUTE, cap=LARGE)
def now(account: PublicPoolAccount, _window: Window) -> Talk:
    """The workers listed, and each one's rate as shown."""
    reply = yield Http(path=f"/client/{account.address}")
    client = _seen(reply)
    states: list[WorkerState] = []
    shown: list[RateSeen] = []
    for name, group in groupby(sorted(client.workers, key=_NAME), key=_NAME):
        sessions = list(group)
        last = max(not_future(session.last_seen, reply) for session in sessions)
        live = [s for s in _unreplaced(sessions) if reply.received_at - s.last_seen <= FORGOTTEN]
        presence = WorkerPresence.ONLINE if live else WorkerPresence.OFFLINE
        states.append(WorkerState(name=name, presence=presence, sessions=len(live), last_share=last))
        if live and not any(s.hash_rate == 0 and reply.received_at - s.start_time < WARMING_UP for s in live):
            shown.append(_rate(name, live))
    return (WorkersSeen(at=reply.received_at, workers=tuple(states), connected=len(client.workers)), *shown)


@asks(WorkSeen, every=SLOT, phase=SETTLED + timedelta(seconds=15), reach=DAY, cap=LARGE)
def history(account: PublicPoolAccount, window: Window) -> Talk:
    """Exact work per 10-minute slot, of the account and of its listed workers."""
    reply = yield Http(path=f"/client/{account.address}")
    names = sorted(name for name in {session.name for session in _seen(reply).workers} if _has_chart(name))
    reply = yield Http(path=f"/client/{account.address}/chart")
    seen = [*_slots(None, rows(_Slot, decode(reply), most=1000), reply, window)]
    for name in names[:MOST_CHARTS]:
        reply = yield Http(path=f"/client/{account.address}/{quote(name, safe='')}")
        seen += _slots(name, rows(_Slot, decode(reply), "chartData", most=1000), reply, window)
    return seen


@asks(PoolSeen, every=5 * MINUTE)
def pool(_account: PublicPoolAccount, _window: Window) -> Talk:
    """What the whole pool says of itself; the pool keeps this answer for five minutes."""
    reply = yield Http(path="/pool")
    page = read(_Pool, reply)
    # A cached 0 beside connected miners is a figure not yet written.
    rate = None if page.total_hash_rate == 0 and page.total_miners else page.total_hash_rate
    fee = None if page.fee is None else page.fee / 100
    return (PoolSeen(at=reply.received_at, per_second=rate, workers=page.total_miners, fee_rate=fee),)


@asks(BlockSeen, every=10 * MINUTE)
def network(_account: PublicPoolAccount, _window: Window) -> Talk:
    """The tip and the difficulty that the pool's node sees."""
    reply = yield Http(path="/network")
    tip = read(_Network, reply)
    return (BlockSeen(height=tip.blocks, at=reply.received_at, difficulty=tip.difficulty),)


def _seen(reply: Reply) -> _Client:
    """The page of an address. Raises Quiet for one that the pool does not know."""
    client = read(_Client, reply)
    if client.best_difficulty is None and not client.workers:
        raise Quiet(reply, "the pool has never seen a share for this address")
    return client


def _unreplaced(sessions: list[_Session]) -> list[_Session]:
    """Without the ghosts that a restart of the pool leaves beside the new sessions for five minutes."""
    newest = max(session.start_time for session in sessions)
    return [session for session in sessions if session.last_seen + REPLACED >= newest]


def _rate(name: str, live: list[_Session]) -> RateSeen:
    """The pool averages from the start of the previous slot, or of the session if that is later."""
    at = max(session.last_seen for session in live)
    slot = at - (at - _EPOCH) % SLOT - SLOT
    span = max(at - max(slot, min(session.start_time for session in live)), MINUTE)
    shown = sum(session.hash_rate for session in live)
    return RateSeen(worker=name, at=at, per_second=shown, window=span, averaging="since_previous_slot")


def _has_chart(name: str) -> bool:
    """Whether the name can be asked for: it is as the pool wrote it, and no other route of the interface."""
    return name not in {"", ".", "..", "chart"} and "\ufffd" not in name and "…" not in name


def _slots(worker: str | None, chart: list[_Slot], reply: Reply, window: Window) -> Iterable[WorkSeen]:
    """Settled slots that became known since the window's start.

    The server always hides a chart's last row. So a missing slot is 0 only when a later one is shown, and a row that
    was the last one shows up only when a later one exists: it is told again as long as it stands last.
    """
    work = {row.label: row.data for row in chart}
    starts = sorted(work)
    if len(work) < len(chart) or any((start - _EPOCH) % SLOT for start in starts):
        raise Misread("the chart's slots repeat or do not lie ten minutes apart")
    if starts and (not_future(starts[-1], reply) - starts[0]) > 2 * DAY:
        raise Misread("the chart is longer than a day")
    for i, start in enumerate(starts):
        told_before = i + 1 < len(starts) and starts[i + 1] + 2 * SLOT < window.start
        slot = starts[i - 1] + SLOT if i else start
        while slot <= start:
            if not told_before and slot + SLOT + SETTLED <= reply.received_at:
                hashes = work.get(slot, 0.0) * SLOT.total_seconds()
                yield WorkSeen(worker=worker, start=slot, end=slot + SLOT, hashes=hashes)
            slot += SLOT


SOURCE: Final = Source(
    kind="public_pool", title="public-pool", Account=PublicPoolAccount, support="verified",
    share_interval=timedelta(seconds=10),  # its variable difficulty aims at 6 shares a minute
    questions=(now, history, pool, network),
)  # fmt: skip
