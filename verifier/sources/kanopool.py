"""KanoPool, and pools on the same pages: counters of work per worker and fate since the pool's last block."""

from typing import Annotated, ClassVar, Final, TypeAlias

from pydantic import BeforeValidator, Field

from verifier.errors import Misread, Unreachable
from verifier.fields import Count, Difficulty, Name, Number, UnixTime, UnixTimeOrNever
from verifier.observation import PoolSeen, RateSeen, SharesSeen, SilenceReason, WorkersSeen, WorkSeen
from verifier.phrases import stale
from verifier.reading import MOST_WORKERS, decode, fit, not_future, silence
from verifier.talk import Account, Http, Part, Reply, Secret, Source, Talk, asks
from verifier.told import Averages, Over, lately, listed, rates
from verifier.units import DAY, HOUR, MINUTE, Window

#: The averages are those of ckpool behind the pages, which decay (decay_time in src/libckpool.c).
DECAYING: Final = "exponential"


class KanopoolAccount(Account):
    """A user of KanoPool, read with the key of its interface."""

    secrets: ClassVar[tuple[str, ...]] = ("key",)
    url: str = "https://kano.is"
    user: Annotated[str, Field(pattern=r"^[^\s./_]{1,64}$", description="user name, without a worker")]


#: A rate of which the pool may have no recent figure.
_Shown: TypeAlias = Annotated[Number | None, BeforeValidator(lambda value: None if value == "?" else value)]


class _Account(Averages):
    STAMP: UnixTime
    lastblock: UnixTime
    lastblockheight: Count
    p_hashrate1hr: _Shown
    u_hashrate5m: Annotated[_Shown, Over(5 * MINUTE)]
    u_hashrate1hr: Annotated[_Shown, Over(HOUR)]


class _Worker(Averages):
    workername: Name
    w_hashrate5m: Annotated[Number, Over(5 * MINUTE)]
    w_hashrate1hr: Annotated[Number, Over(HOUR)]
    w_hashrate24hr: Annotated[Number, Over(DAY)]
    w_elapsed: Name  # -1 of a record that is too old, whose averages read 0
    w_lastshareacc: UnixTimeOrNever = None
    w_diffacc: Difficulty
    w_diffsta: Difficulty
    w_diffdup: Difficulty
    w_diffhi: Difficulty
    w_diffrej: Difficulty


@asks(RateSeen, PoolSeen, every=5 * MINUTE)
def now(account: KanopoolAccount, _window: Window) -> Talk:
    """The averages of five minutes and an hour, and the pool's own rate."""
    reply = yield _ask(account)
    page = fit(_Account, _answer(reply))
    at, shown = not_future(page.STAMP, reply), page.over()
    if any(rate is None for _, rate in shown):
        return silence(reply, SilenceReason.STALE, "the pool has no recent figure of this user")
    pool = PoolSeen(at=at, per_second=page.p_hashrate1hr, scheme="PPLNS")
    return stale(reply, at, 30 * MINUTE) or (*rates(at, [(None, shown)], DECAYING), pool)


@asks(WorkSeen, SharesSeen, RateSeen, WorkersSeen, every=5 * MINUTE, cap=67_108_864)
def workers(account: KanopoolAccount, _window: Window) -> Talk:
    """Counters of accepted work and shares by fate per worker since the pool's last block, averages, and presence."""
    reply = yield _ask(account)
    pool = fit(_Account, _answer(reply))
    reply = yield _ask(account, work="y")
    answer = _answer(reply)
    at, number = not_future(fit(UnixTime, answer, "STAMP"), reply), fit(Count, answer, "rows")
    if number > MOST_WORKERS or (number and f"workername:{number - 1}" not in answer):
        raise Misread(f"rows: {number} were promised")
    found = (
        fit(_Worker, {name: answer[key] for name in _Worker.model_fields if (key := f"{name}:{row}") in answer})
        for row in range(number)
    )
    named = [(stripped(one.workername, account), one) for one in found]
    # Who is connected is not told: whose share is not older.
    here = (lately(name, one.w_lastshareacc, at, 15 * MINUTE, busy=one.w_hashrate5m > 0) for name, one in named)
    fates = [
        SharesSeen(
            worker=name, start=pool.lastblock, end=at, accepted=one.w_diffacc, stale=one.w_diffsta,
            rejected=one.w_diffdup + one.w_diffhi + one.w_diffrej,
        )
        for name, one in named if pool.lastblock < at
    ]  # fmt: skip
    return (
        listed(reply, here, at),
        *(WorkSeen(worker=name, end=at, hashes=one.w_diffacc, epoch=f"{pool.lastblockheight}") for name, one in named),
        *fates,
        *rates(at, ((name, one.over()) for name, one in named if one.w_elapsed != "-1"), DECAYING),
    )


def stripped(name: str, account: Account) -> str:
    """A worker's name without the user and its separator (``.`` or ``_``)."""
    rest = name.removeprefix(account.user) if isinstance(account, KanopoolAccount) else name
    return rest[1:] if rest != name and rest[:1] in {".", "_"} else rest


def _answer(reply: Reply) -> dict[str, str]:
    """The answer, all of it text. Raises Unreachable for the one answer that stands for every failure."""
    if reply.body.strip() == b"nil" or "nil" in (answer := fit(dict[str, Name], decode(reply))):
        raise Unreachable("the pool answers nil: a wrong key, an unknown user, or its database is down")
    return answer


def _ask(account: KanopoolAccount, **more: str) -> Http:
    query: dict[str, Part] = {"k": "api", "username": account.user, "api": Secret("key"), "json": "y", **more}
    return Http(path="/index.php", query=query)


SOURCE: Final = Source(
    kind="kanopool", title="KanoPool", Account=KanopoolAccount, support="experimental", pace=2.0, naming=stripped,
    questions=(now, workers),
)  # fmt: skip
