"""F2Pool: averages, 10-minute history, and workers."""

from datetime import timedelta
from functools import partial
from itertools import groupby
from typing import Annotated, Final

from pydantic import BaseModel, Field

from verifier.errors import Misread
from verifier.observation import Observation, RateSeen, SharesSeen, WorkerPresence, WorkersSeen, WorkerState, WorkSeen
from verifier.reading import MOST_WORKERS, Count, Name, Number, UnixTime, UnixTimeOrNever, not_future
from verifier.sources.f2pool.speech import F2PoolAccount, answer, ask, stripped
from verifier.talk import Reply, Talk
from verifier.units import Window

SLOT: Final = timedelta(minutes=10)
#: A slot is read this long after its end at the earliest.
SETTLED: Final = timedelta(seconds=60)
#: The longest history that may be asked for.
REACH: Final = timedelta(days=30)

_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)


class _Rates(BaseModel):
    name: Name = ""
    hash_rate: Number
    h1: Annotated[Number, Field(alias="h1_hash_rate")]
    h24: Annotated[Number, Field(alias="h24_hash_rate")]
    h1_stale: Annotated[Number | None, Field(alias="h1_stale_hash_rate")] = None


class _Info(BaseModel):
    info: _Rates


class _Slot(BaseModel):
    timestamp: UnixTime
    hash_rate: Number
    stale: Annotated[Number | None, Field(alias="stale_hash_rate")] = None


class _History(BaseModel):
    # The documentation says `history`, a client in use reads `hash_rate_list`.
    history: Annotated[list[_Slot] | None, Field(max_length=10_000)] = None
    hash_rate_list: Annotated[list[_Slot] | None, Field(max_length=10_000)] = None


class _Worker(BaseModel):
    rates: Annotated[_Rates, Field(alias="hash_rate_info")]
    last_share_at: UnixTimeOrNever = None
    status: Count


class _Workers(BaseModel):
    workers: Annotated[list[_Worker], Field(max_length=MOST_WORKERS)]


def now(account: F2PoolAccount, _window: Window) -> Talk:
    """The averages of now, one hour and one day, and the last hour's accepted and stale work."""
    reply = yield ask(account, "/hash_rate/info")
    info, at = answer(_Info, reply).info, reply.received_at
    stale = None if info.h1_stale is None else info.h1_stale * _HOUR.total_seconds()
    return (
        RateSeen(at=at, per_second=info.hash_rate, window=SLOT),
        RateSeen(at=at, per_second=info.h1, window=_HOUR),
        RateSeen(at=at, per_second=info.h24, window=_DAY),
        SharesSeen(start=at - _HOUR, end=at, accepted=info.h1 * _HOUR.total_seconds(), stale=stale),
    )


def history(account: F2PoolAccount, window: Window) -> Talk:
    """Work per settled 10-minute slot, each named by its start; a hole between slots stays unknown."""
    missed = min(window.span + 2 * SLOT + SETTLED, REACH)
    duration = -(-missed // SLOT) * SLOT
    reply = yield ask(
        account, "/hash_rate/history", interval=int(SLOT.total_seconds()), duration=int(duration.total_seconds())
    )
    page = answer(_History, reply)
    slots = page.history if page.history is not None else page.hash_rate_list
    if slots is None:
        raise Misread("history: Field required")
    seen: list[Observation] = []
    if len({slot.timestamp for slot in slots}) < len(slots):
        raise Misread("history: a slot is given twice")
    for slot in sorted(slots, key=lambda slot: slot.timestamp):
        start = not_future(slot.timestamp, reply)
        end = start + SLOT
        if window.start - SLOT < end <= reply.received_at - SETTLED:
            accepted = slot.hash_rate * SLOT.total_seconds()
            seen.append(WorkSeen(start=start, end=end, hashes=accepted))
            if slot.stale is not None:
                seen.append(
                    SharesSeen(start=start, end=end, accepted=accepted, stale=slot.stale * SLOT.total_seconds())
                )
    return seen


def workers(account: F2PoolAccount, _window: Window) -> Talk:
    """The workers with their state, and each one's averages of an hour and a day."""
    reply = yield ask(account, "/hash_rate/worker/list")
    at = reply.received_at
    key = partial(_bare, account=account)
    named = {
        name: list(entries) for name, entries in groupby(sorted(answer(_Workers, reply).workers, key=key), key=key)
    }
    states = tuple(_state(name, entries, reply) for name, entries in named.items())
    rates = [
        RateSeen(worker=name, at=at, per_second=sum(getattr(e.rates, field) for e in entries), window=span)
        for name, entries in named.items()
        for field, span in (("h1", _HOUR), ("h24", _DAY))
    ]
    return (WorkersSeen(at=at, workers=states), *rates)


def _bare(worker: _Worker, account: F2PoolAccount) -> str:
    return stripped(worker.rates.name, account)


def _state(name: str, entries: list[_Worker], reply: Reply) -> WorkerState:
    last = max((not_future(e.last_share_at, reply) for e in entries if e.last_share_at is not None), default=None)
    online = any(entry.status == 0 for entry in entries)  # 1 is offline, 2 expired
    presence = WorkerPresence.ONLINE if online else WorkerPresence.OFFLINE
    return WorkerState(name=name, presence=presence, sessions=len(entries), last_share=last)
