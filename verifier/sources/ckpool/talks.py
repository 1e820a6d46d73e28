"""What CKPool is asked: the page of an address each minute, and the page of the pool."""

from collections.abc import Generator, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from itertools import groupby
from typing import Final

from verifier.errors import Misread, SourceError
from verifier.observation import (
    Observation,
    PoolSeen,
    RateSeen,
    Silence,
    SilenceReason,
    WorkerPresence,
    WorkersSeen,
    WorkerState,
    WorkSeen,
)
from verifier.reading import Shown, last_modified, not_future, read, read_lines, silence
from verifier.sources.ckpool.pages import CkpoolAccount, Counted, Status, User, Worker, stripped
from verifier.talk import Account, Ask, Http, Reply, Talk
from verifier.units import HASHES_PER_DIFFICULTY, Window

#: Pages are rewritten each minute: a missed write is found within 3 minutes when asked each minute.
STALE_AFTER: Final = timedelta(seconds=120)
#: A worker is offline when no share came for this long, or for ten mean share intervals if that is longer …
PATIENCE: Final = timedelta(minutes=10)
#: … but never longer than this.
MOST_PATIENCE: Final = timedelta(hours=1)

_WINDOWS: Final = {
    "hashrate1m": timedelta(minutes=1),
    "hashrate5m": timedelta(minutes=5),
    "hashrate1hr": timedelta(hours=1),
    "hashrate1d": timedelta(days=1),
}
_OF_A_WORKER: Final = ("hashrate5m", "hashrate1hr")


def now(account: CkpoolAccount, _window: Window) -> Talk:
    """The counters of accepted work at the moment the page was written, the averages shown, and the workers."""
    reply, page = yield from _user(Http(path=f"{account.users_path}{account.address}"))
    if page is None:
        return silence(reply, SilenceReason.NEVER_SEEN, "the pool has no page for this address")
    at = min(not_future(last_modified(reply) or page.lastupdate or reply.received_at, reply), reply.received_at)
    shown = True
    if reply.received_at - at > STALE_AFTER:
        since = yield from _running(account)
        if since is None or since[0] <= at:
            return _stale(reply, at)
        page, at, shown = page.model_copy(update={"workers": 0}), since[1], False
    for entry in (page, *(page.worker or ())):
        if entry.lastshare is not None:
            not_future(entry.lastshare, reply)
    epoch = None if page.authorised is None else str(page.authorised)
    seen: list[Observation] = [*_figures(None, [page], _WINDOWS if shown else (), at, epoch)]
    if page.worker is None:  # the 2017 form lists no workers
        return seen
    key = partial(_bare, account=account)
    named = {name: list(entries) for name, entries in groupby(sorted(page.worker, key=key), key=key)}
    states = tuple(_state(name, entries, page.workers, at) for name, entries in named.items())
    seen.append(WorkersSeen(at=at, workers=states, connected=page.workers))
    for name, entries in named.items():
        seen += _figures(name, entries, _OF_A_WORKER if shown else (), at, epoch)
    return seen


def pool(account: CkpoolAccount, _window: Window) -> Talk:
    """What the whole pool says of itself."""
    reply = yield Http(path=account.status_path)
    status = read_lines(Status, reply)
    if reply.received_at - not_future(status.lastupdate, reply) > STALE_AFTER:
        return _stale(reply, status.lastupdate)
    at = min(status.lastupdate, reply.received_at)
    return (PoolSeen(at=at, per_second=status.hashrate5m.per_second, workers=status.workers),)


def _running(account: CkpoolAccount) -> Generator[Ask, Reply, tuple[datetime, datetime] | None]:
    """Since when the pool runs and when it wrote last; None when it has stopped.

    A pool that was started anew rewrites a page only when somebody mines to it again.
    """
    try:
        reply = yield Http(path=account.status_path)
        status = read_lines(Status, reply)
    except SourceError:
        return None
    fresh = abs(reply.received_at - status.lastupdate) <= STALE_AFTER
    return (status.lastupdate - timedelta(seconds=status.runtime), status.lastupdate) if fresh else None


def _user(ask: Http) -> Generator[Ask, Reply, tuple[Reply, User | None]]:
    """The page; the pool rewrites the file in place, so half a page is asked for once more."""
    reply = yield ask
    try:
        return reply, _page(reply)
    except Misread:
        reply = yield ask
    return reply, _page(reply)


def _page(reply: Reply) -> User | None:
    return None if reply.status == HTTPStatus.NOT_FOUND else read(User, reply)


def _stale(reply: Reply, at: datetime) -> Sequence[Silence]:
    return silence(reply, SilenceReason.STALE, f"the pool stopped writing this page at {at:%Y-%m-%d %H:%M:%S} UTC")


def _bare(worker: Worker, account: Account) -> str:
    return stripped(worker.workername, account)


def _floor(entries: Iterable[Counted]) -> float:
    """Vanilla counts whole shares of difficulty 1 and more; LHR writes fractions and goes as low as it likes."""
    return 1.0 if all(isinstance(entry.shares, int) for entry in entries) else 0.0


def _figures(
    worker: str | None, entries: Sequence[Counted], fields: Iterable[str], at: datetime, epoch: str | None
) -> Iterable[Observation]:
    """The counter and the averages of all entries of one name."""
    hashes = float(sum(entry.shares for entry in entries)) * HASHES_PER_DIFFICULTY
    yield WorkSeen(worker=worker, end=at, hashes=hashes, epoch=epoch, share_difficulty_floor=_floor(entries))
    for field in fields:
        figures: list[Shown] = [getattr(entry, field) for entry in entries]
        yield RateSeen(
            worker=worker,
            at=at,
            per_second=sum(figure.per_second for figure in figures),
            window=_WINDOWS[field],
            averaging="exponential",
            quantisation=max(figure.quantisation for figure in figures),
        )


def _state(name: str, entries: Sequence[Worker], connected: int, at: datetime) -> WorkerState:
    last = max((entry.lastshare for entry in entries if entry.lastshare is not None), default=None)
    here = connected > 0 and any(entry.started != 0 for entry in entries)
    hourly = sum(entry.hashrate1hr.per_second for entry in entries)
    interval = timedelta(seconds=_floor(entries) * HASHES_PER_DIFFICULTY / max(hourly, 1.0))
    patience = max(PATIENCE, min(MOST_PATIENCE, 10 * interval))
    # Where no last share is told, an average that has not faded is the sign.
    lately = at - last <= patience if last is not None else any(entry.hashrate5m.per_second > 0 for entry in entries)
    online = here and lately
    presence = WorkerPresence.ONLINE if online else WorkerPresence.OFFLINE
    return WorkerState(name=name, presence=presence, sessions=len(entries), last_share=last)
