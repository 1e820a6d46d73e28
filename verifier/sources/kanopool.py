"""KanoPool, and pools on the same pages: counters of work per worker and fate since the pool's last block."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Final, Literal

from pydantic import BaseModel, Field, RootModel

from verifier.errors import Misread, Unreachable
from verifier.observation import (
    Observation,
    PoolSeen,
    RateSeen,
    SharesSeen,
    SilenceReason,
    WorkerPresence,
    WorkersSeen,
    WorkerState,
    WorkSeen,
)
from verifier.reading import (
    MOST_WORKERS,
    Count,
    Name,
    Number,
    UnixTime,
    UnixTimeOrNever,
    decode,
    fit,
    not_future,
    silence,
)
from verifier.talk import Account, Http, Part, Question, Reply, Secret, Source, Talk
from verifier.units import HASHES_PER_DIFFICULTY, Window

#: A worker is offline when no share came for this long; the page does not say.
PATIENCE: Final = timedelta(minutes=15)
#: The averages are those of ckpool behind the pages, which decay (decay_time in src/libckpool.c).
DECAYING: Final = "exponential"
#: Figures older than this stand still.
STALE: Final = timedelta(minutes=30)

_5_MINUTES: Final = timedelta(minutes=5)
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_LARGE: Final = 67_108_864
#: What the pages answer to a wrong key and to a database that is down alike.
_NIL: Final = "nil"


class KanopoolAccount(Account):
    """A user of KanoPool, read with the key of its interface."""

    secrets: ClassVar[tuple[str, ...]] = ("key",)

    url: str = "https://kano.is"
    user: Annotated[str, Field(pattern=r"^[^\s./_]{1,64}$", description="user name, without a worker")]


class _Text(RootModel[dict[str, Name]]):
    pass


class _Account(BaseModel):
    at: Annotated[UnixTime, Field(alias="STAMP")]
    block: Annotated[UnixTime, Field(alias="lastblock")]
    height: Annotated[Count, Field(alias="lastblockheight")]
    pool: Annotated[Number | Literal["?"], Field(alias="p_hashrate1hr")]
    m5: Annotated[Number | Literal["?"], Field(alias="u_hashrate5m")]
    h1: Annotated[Number | Literal["?"], Field(alias="u_hashrate1hr")]


class _Worker(BaseModel):
    name: Annotated[Name, Field(alias="workername")]
    m5: Annotated[Number, Field(alias="w_hashrate5m")]
    h1: Annotated[Number, Field(alias="w_hashrate1hr")]
    h24: Annotated[Number, Field(alias="w_hashrate24hr")]
    elapsed: Annotated[Name, Field(alias="w_elapsed")]
    last: Annotated[UnixTimeOrNever, Field(alias="w_lastshareacc")] = None
    accepted: Annotated[Number, Field(alias="w_diffacc")]
    stale: Annotated[Number, Field(alias="w_diffsta")]
    duplicate: Annotated[Number, Field(alias="w_diffdup")]
    high: Annotated[Number, Field(alias="w_diffhi")]
    rejected: Annotated[Number, Field(alias="w_diffrej")]
    instances: Annotated[Count, Field(alias="w_instances")] = 1


class _Listed(BaseModel):
    at: Annotated[UnixTime, Field(alias="STAMP")]
    rows: Annotated[Count, Field(le=MOST_WORKERS)]


def now(account: KanopoolAccount, _window: Window) -> Talk:
    """The averages of five minutes and an hour, and the pool's own rate."""
    reply = yield _ask(account)
    shown = fit(_Account, _answer(reply))
    at = not_future(shown.at, reply)
    if shown.m5 == "?" or shown.h1 == "?":
        return silence(reply, SilenceReason.STALE, "the pool has no recent figure of this user")
    if reply.received_at - at > STALE:
        return silence(reply, SilenceReason.STALE, f"the figures are of {at:%Y-%m-%d %H:%M} UTC")
    rates = [
        RateSeen(at=at, per_second=rate, window=span, averaging=DECAYING)
        for span, rate in ((_5_MINUTES, shown.m5), (_HOUR, shown.h1))
    ]
    return (*rates, PoolSeen(at=at, per_second=None if shown.pool == "?" else shown.pool, scheme="PPLNS"))


def workers(account: KanopoolAccount, _window: Window) -> Talk:
    """Counters of accepted work and shares by fate per worker since the pool's last block, averages, and presence."""
    reply = yield _ask(account)
    before = fit(_Account, _answer(reply))
    reply = yield _ask(account, work="y")
    answer = _answer(reply)
    page = fit(_Listed, answer)
    at = not_future(page.at, reply)
    rows: dict[str, dict[str, str]] = defaultdict(dict)
    for key, value in answer.items():
        field, _, row = key.rpartition(":")
        rows[row][field] = value
    if page.rows and f"{page.rows - 1}" not in rows:
        raise Misread(f"rows: {page.rows} were promised")
    listed = [fit(_Worker, rows[str(row)]) for row in range(page.rows)]
    states = tuple(_state(worker, account, at, reply) for worker in listed)
    seen: list[Observation] = [WorkersSeen(at=at, workers=states)]
    for worker in listed:
        seen += _figures(worker, stripped(worker.name, account), at, before)
    return seen


def stripped(name: str, account: Account) -> str:
    """A worker's name without the user and its separator (``.`` or ``_``)."""
    if isinstance(account, KanopoolAccount) and name.startswith(account.user):
        rest = name.removeprefix(account.user)
        return rest[1:] if rest[:1] in {".", "_"} else rest
    return name


def _figures(worker: _Worker, name: str, at: datetime, pool: _Account) -> list[Observation]:
    accepted = worker.accepted * HASHES_PER_DIFFICULTY
    seen: list[Observation] = [WorkSeen(worker=name, end=at, hashes=accepted, epoch=str(pool.height))]
    if pool.block < at:
        seen.append(
            SharesSeen(
                worker=name,
                start=pool.block,
                end=at,
                accepted=accepted,
                rejected=(worker.duplicate + worker.high + worker.rejected) * HASHES_PER_DIFFICULTY,
                stale=worker.stale * HASHES_PER_DIFFICULTY,
            )
        )
    if worker.elapsed != "-1":  # else the averages read 0 because their record is too old
        spans = ((_5_MINUTES, worker.m5), (_HOUR, worker.h1), (_DAY, worker.h24))
        seen += [RateSeen(worker=name, at=at, per_second=rate, window=span, averaging=DECAYING) for span, rate in spans]
    return seen


def _state(worker: _Worker, account: KanopoolAccount, at: datetime, reply: Reply) -> WorkerState:
    last = None if worker.last is None else not_future(worker.last, reply)
    online = at - last <= PATIENCE if last is not None else worker.m5 > 0
    presence = WorkerPresence.ONLINE if online else WorkerPresence.OFFLINE
    name = stripped(worker.name, account)
    return WorkerState(name=name, presence=presence, sessions=worker.instances, last_share=last)


def _answer(reply: Reply) -> dict[str, str]:
    """The answer, all of it text. Raises Unreachable for the one answer that stands for every failure."""
    if reply.body.strip() == _NIL.encode():
        raise Unreachable("the pool answers nil: a wrong key, an unknown user, or its database is down")
    answer = fit(_Text, decode(reply)).root
    if _NIL in answer:
        raise Unreachable("the pool answers nil: a wrong key, an unknown user, or its database is down")
    return answer


def _ask(account: KanopoolAccount, **more: str) -> Http:
    named: dict[str, Part] = {"k": "api", "username": account.user, "api": Secret("key"), "json": "y"}
    return Http(path="/index.php", query={**named, **more})


SOURCE: Final = Source(
    kind="kanopool",
    title="KanoPool",
    Account=KanopoolAccount,
    support="experimental",
    pace=2.0,
    naming=stripped,
    questions=(
        Question(name="now", sees=frozenset({RateSeen, PoolSeen}), every=_5_MINUTES, talk=now),
        Question(
            name="workers",
            sees=frozenset({WorkSeen, SharesSeen, RateSeen, WorkersSeen}),
            every=_5_MINUTES,
            talk=workers,
            cap=_LARGE,
        ),
    ),
)
