"""What CKPool is asked: the page of an address each minute, and the page of the pool."""

from collections import defaultdict
from collections.abc import Generator, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

from verifier.errors import Misread, SourceError
from verifier.fields import Shown
from verifier.observation import Observation, PoolSeen, RateSeen, Silence, SilenceReason, WorkersSeen, WorkSeen
from verifier.phrases import unknown
from verifier.reading import last_modified, not_future, read, read_lines, silence
from verifier.sources.ckpool.pages import CkpoolAccount, Counted, Status, User, Worker, stripped
from verifier.talk import LARGE, Ask, Http, Reply, Talk, asks
from verifier.told import listed, recent
from verifier.units import DAY, HASHES_PER_DIFFICULTY, HOUR, MINUTE, Window

#: Pages are rewritten each minute: a missed write is found within 3 minutes when asked each minute.
STALE_AFTER: Final = 2 * MINUTE
#: A worker is offline when no share came for this long, or for ten mean share intervals if that is longer …
PATIENCE: Final = 10 * MINUTE
#: … but never longer than this.
MOST_PATIENCE: Final = HOUR

_OF_A_WORKER: Final = {"hashrate5m": 5 * MINUTE, "hashrate1hr": HOUR}
_SPANS: Final = {"hashrate1m": MINUTE, **_OF_A_WORKER, "hashrate1d": DAY}


@asks(WorkSeen, RateSeen, WorkersSeen, every=MINUTE, cap=LARGE)
def now(account: CkpoolAccount, _window: Window) -> Talk:
    """The counters of accepted work at the moment the page was written, the averages shown, and the workers."""
    reply, page = yield from _user(Http(path=f"{account.users_path}{account.address}"))
    if page is None:
        return unknown(reply, "the pool has no page for this address")
    at = min(not_future(last_modified(reply) or page.lastupdate or reply.received_at, reply), reply.received_at)
    shown = True
    if reply.received_at - at > STALE_AFTER:
        since = yield from _running(account)
        if since is None or since[0] <= at:
            return _stale(reply, at)
        page, at, shown = page.model_copy(update={"workers": 0}), since[1], False
    if page.lastshare is not None:
        not_future(page.lastshare, reply)
    epoch = None if page.authorised is None else str(page.authorised)
    seen = [*_figures(None, [page], _SPANS if shown else {}, at, epoch)]
    if page.worker is None:  # the 2017 form lists no workers
        return seen
    named: dict[str, list[Worker]] = defaultdict(list)
    for entry in page.worker:
        named[stripped(entry.workername, account)].append(entry)
    sessions = sorted(named.items())
    states = (
        (name, there, entry.lastshare)
        for name, entries in sessions
        for there in [page.workers > 0 and _lately(entries, at)]
        for entry in entries
    )
    seen.append(listed(reply, states, at, page.workers))
    for name, entries in sessions:
        seen += _figures(name, entries, _OF_A_WORKER if shown else {}, at, epoch)
    return seen


@asks(PoolSeen, every=5 * MINUTE)
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


def _floor(entries: Iterable[Counted]) -> float:
    """Vanilla counts whole shares of difficulty 1 and more; LHR writes fractions and goes as low as it likes."""
    return 1.0 if all(isinstance(entry.shares, int) for entry in entries) else 0.0


def _figures(
    worker: str | None, entries: Sequence[Counted], spans: Mapping[str, timedelta], at: datetime, epoch: str | None
) -> Iterable[Observation]:
    """The counter and the averages of all entries of one name."""
    hashes = float(sum(entry.shares for entry in entries)) * HASHES_PER_DIFFICULTY
    yield WorkSeen(worker=worker, end=at, hashes=hashes, epoch=epoch, share_difficulty_floor=_floor(entries))
    for field, span in spans.items():
        figures: list[Shown] = [getattr(entry, field) for entry in entries]
        yield RateSeen(
            worker=worker,
            at=at,
            per_second=sum(figure.per_second for figure in figures),
            window=span,
            averaging="exponential",
            quantisation=max(figure.quantisation for figure in figures),
        )


def _lately(entries: Sequence[Worker], at: datetime) -> bool:
    """Whether one of a name has sent something; without the time of a last share an average that has not faded says."""
    hourly = sum(entry.hashrate1hr.per_second for entry in entries)
    interval = timedelta(seconds=_floor(entries) * HASHES_PER_DIFFICULTY / max(hourly, 1.0))
    patience = max(PATIENCE, min(MOST_PATIENCE, 10 * interval))
    last = max((entry.lastshare for entry in entries if entry.lastshare is not None), default=None)
    busy = any(entry.hashrate5m.per_second > 0 for entry in entries)
    return any(entry.started != 0 for entry in entries) and recent(last, at, patience, busy)
