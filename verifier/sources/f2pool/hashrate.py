"""F2Pool: averages, 10-minute history, and workers."""

from datetime import timedelta
from typing import Annotated, Final

from pydantic import AliasChoices, BaseModel, Field

from verifier.errors import Misread
from verifier.fields import Count, Name, Number, UnixTime, UnixTimeOrNever
from verifier.observation import RateSeen, SharesSeen, WorkersSeen, WorkSeen
from verifier.reading import MOST_WORKERS, fit, rows
from verifier.sources.f2pool.speech import F2PoolAccount, answer, ask, stripped
from verifier.talk import LARGE, Talk, asks
from verifier.told import listed, rates, settled, together
from verifier.units import DAY, HOUR, MINUTE, Window

SLOT: Final = 10 * MINUTE
#: A slot is read this long after its end at the earliest.
SETTLED: Final = timedelta(seconds=60)
#: The longest history that may be asked for.
REACH: Final = timedelta(days=30)


class _Rates(BaseModel):
    name: Name = ""
    hash_rate: Number
    h1_hash_rate: Number
    h24_hash_rate: Number
    h1_stale_hash_rate: Number | None = None


class _Slot(BaseModel):
    timestamp: UnixTime
    hash_rate: Number
    stale_hash_rate: Number | None = None


class _History(BaseModel):
    # The documentation says `history`, a client in use reads `hash_rate_list`.
    history: Annotated[
        list[_Slot], Field(max_length=10_000, validation_alias=AliasChoices("history", "hash_rate_list"))
    ]


class _Worker(BaseModel):
    hash_rate_info: _Rates
    last_share_at: UnixTimeOrNever = None
    status: Count


@asks(RateSeen, SharesSeen, every=5 * MINUTE)
def now(account: F2PoolAccount, _window: Window) -> Talk:
    """The averages of now, one hour and one day, and the last hour's accepted and stale work."""
    reply = yield ask(account, "/hash_rate/info")
    info, at = fit(_Rates, answer(reply), "info"), reply.received_at
    accepted = info.h1_hash_rate * HOUR.total_seconds()
    stale = None if info.h1_stale_hash_rate is None else info.h1_stale_hash_rate * HOUR.total_seconds()
    spans = ((SLOT, info.hash_rate), (HOUR, info.h1_hash_rate), (DAY, info.h24_hash_rate))
    return (
        *rates(at, [(None, spans)], unsure={SLOT}),  # over how long the first is taken is not documented
        SharesSeen(start=at - HOUR, end=at, accepted=accepted, stale=stale),
    )


@asks(WorkSeen, SharesSeen, every=SLOT, phase=SETTLED + timedelta(seconds=15), reach=REACH, cap=LARGE)
def history(account: F2PoolAccount, window: Window) -> Talk:
    """Work per settled 10-minute slot, each named by its start; a hole between slots stays unknown."""
    missed = min(window.span + 2 * SLOT + SETTLED, REACH)
    duration = -(-missed // SLOT) * SLOT
    reply = yield ask(
        account, "/hash_rate/history", interval=int(SLOT.total_seconds()), duration=int(duration.total_seconds())
    )
    told = fit(_History, answer(reply)).history
    stale = {slot.timestamp + SLOT: slot.stale_hash_rate for slot in told}
    if len(stale) < len(told):
        raise Misread("history: a slot is given twice")
    slots = ((slot.timestamp, slot.hash_rate) for slot in told)
    work = settled(slots, SLOT, window, reply, after=SETTLED, again=SLOT - SETTLED)
    shares = [
        SharesSeen(start=one.end - SLOT, end=one.end, accepted=one.hashes, stale=rate * SLOT.total_seconds())
        for one in work
        if (rate := stale[one.end]) is not None
    ]
    return (*work, *shares)


@asks(WorkersSeen, RateSeen, every=10 * MINUTE, cap=LARGE)
def workers(account: F2PoolAccount, _window: Window) -> Talk:
    """The workers with their state, and each one's averages of an hour and a day."""
    reply = yield ask(account, "/hash_rate/worker/list")
    found = rows(_Worker, answer(reply), "workers", most=MOST_WORKERS)
    named = sorted(((stripped(one.hash_rate_info.name, account), one) for one in found), key=lambda one: one[0])
    shown = together(
        ((name, span), rate)
        for name, one in named
        for span, rate in ((HOUR, one.hash_rate_info.h1_hash_rate), (DAY, one.hash_rate_info.h24_hash_rate))
    )
    return (
        listed(reply, ((name, one.status == 0, one.last_share_at) for name, one in named)),  # 1 is offline, 2 expired
        *rates(reply.received_at, ((name, [(span, rate)]) for (name, span), rate in shown.items())),
    )
