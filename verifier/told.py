"""What is told: observations made of the figures, lists and payments that an answer holds. No I/O here."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from typing import Final, Literal, TypeAlias, TypeVar

from pydantic import BaseModel

from verifier.errors import Misread
from verifier.fields import Shown
from verifier.observation import (
    EarningClaimed,
    Exactness,
    Observation,
    PayoutClaimed,
    RateSeen,
    WorkerPresence,
    WorkersSeen,
    WorkerState,
    WorkSeen,
)
from verifier.reading import not_future
from verifier.talk import Reply
from verifier.units import COIN_DECIMALS, DAY, SHA256D, Amount, Window

#: Words of pools for a worker that is not connected.
_AWAY: Final = frozenset({"inactive", "unactive", "offline", "dead", "off", "idle", "invalid", "stopped", "removed"})

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

Averaging: TypeAlias = Literal["exponential", "rolling", "since_previous_slot", "unsure"]

Key = TypeVar("Key")

#: A worker's name, whether he is connected, and his last share if that is told.
Listed: TypeAlias = tuple[str, WorkerPresence | bool, datetime | None]


@dataclass(frozen=True, slots=True)
class Over:
    """Beside the type of a field: it holds an average over this span."""

    span: timedelta


class Averages(BaseModel):
    """A part of an answer that holds averages, each in a field whose type says `Over` which span."""

    def over(self, unit: float = 1.0) -> list[tuple[timedelta, float | Shown | None]]:
        """Each average with its span, in hashes per second; a plain number is one of ``unit`` of them."""
        shown = [(span, getattr(self, name)) for name, span in _spans(type(self))]
        return [(span, rate * unit if isinstance(rate, float) else rate) for span, rate in shown]


@cache
def _spans(model: type[BaseModel]) -> tuple[tuple[str, timedelta], ...]:
    fields = model.model_fields.items()
    return tuple((name, sign.span) for name, field in fields for sign in field.metadata if isinstance(sign, Over))


def amount(coins: Decimal, coin: str = "BTC") -> Amount:
    """Coins as printed, in base units; a fraction of a base unit that a pool books is rounded half-even."""
    return Amount(atoms=int(coins.scaleb(COIN_DECIMALS[coin]).to_integral_value(ROUND_HALF_EVEN)), coin=coin)


def rates(
    at: datetime,
    shown: Iterable[tuple[str | None, Iterable[tuple[timedelta, float | Shown | None]]]],
    averaging: Averaging = "rolling",
    algorithm: str = SHA256D,
    unsure: Collection[timedelta] = (),
) -> list[RateSeen]:
    """Averages in hashes per second by worker (None: the account) and window; one that is not told is left out.

    Of the windows in ``unsure`` nobody states how they are taken.
    """

    def how(span: timedelta) -> Averaging:
        return "unsure" if span in unsure else averaging

    return [
        RateSeen(
            worker=worker, at=at, per_second=per_second, window=span, averaging=how(span), quantisation=quantisation,
            algorithm=algorithm,
        )
        for worker, spans in shown
        for span, rate in spans
        if rate is not None
        for per_second, quantisation in [rate if isinstance(rate, Shown) else (rate, 0.0)]
    ]  # fmt: skip


def settled(
    slots: Iterable[tuple[datetime, float]],
    span: timedelta,
    window: Window,
    reply: Reply,
    *,
    after: timedelta,
    again: timedelta = timedelta(0),
    worker: str | None = None,
    exactness: Exactness = Exactness.COUNT,
    algorithm: str = SHA256D,
) -> list[WorkSeen]:
    """Work of the slots, each its start and rate in hashes per second, that settled in the window, in their order.

    A slot is settled ``after`` its end, and told ``again`` so long after that: a later figure replaces an earlier one.
    Raises Implausible for a slot of the future.
    """
    return [
        WorkSeen(
            worker=worker, start=start, end=start + span, hashes=rate * span.total_seconds(), exactness=exactness,
            algorithm=algorithm,
        )
        for start, rate in sorted(slots)
        if window.start - again < not_future(start, reply) + span + after <= reply.received_at
    ]  # fmt: skip


def charted(
    points: Mapping[datetime, float],
    span: timedelta,
    apart: timedelta,
    window: Window,
    reply: Reply,
    worker: str | None = None,
    algorithm: str = SHA256D,
) -> list[WorkSeen]:
    """Work of the slots for which points of a chart speak, averages over the ``span`` before each, as `settled` tells.

    A slot is settled as long after its end as a point may lie ``apart`` from it.
    """
    started = [(end - span, rate) for end, rate in slots(points, span, apart).items()]
    exactness = Exactness.AVERAGE
    return settled(started, span, window, reply, after=apart, worker=worker, exactness=exactness, algorithm=algorithm)


def just_ended(
    rates: Iterable[RateSeen], apart: timedelta, window: Window, exactness: Exactness = Exactness.AVERAGE
) -> list[WorkSeen]:
    """Work of the slots that averages speak for: those asked at most ``apart`` from the end of a multiple of theirs."""
    return [
        WorkSeen(
            worker=one.worker, start=end - one.window, end=end, hashes=one.per_second * one.window.total_seconds(),
            exactness=exactness, algorithm=one.algorithm,
        )
        for one in rates
        for end in slots({one.at: one.per_second}, one.window, apart)
        if end <= window.end
    ]  # fmt: skip


def listed(
    reply: Reply, workers: Iterable[Listed], at: datetime | None = None, connected: int | None = None
) -> WorkersSeen:
    """The workers of a list, as of its receipt or the time it tells. Raises Implausible for a share of the future."""
    return WorkersSeen(
        at=at or reply.received_at,
        connected=connected,
        workers=tuple(
            WorkerState(name=name, presence=_presence(there), last_share=last and not_future(last, reply))
            for name, there, last in workers
        ),
    )


def credited_day(
    day: datetime,
    coins: Decimal | Amount,
    coin: str = "BTC",
    *,
    part: str = "",
    scheme: str | None = None,
    fee_rate: float | None = None,
    per_second: float | None = None,
    hashes: float | None = None,
) -> EarningClaimed:
    """What a pool says it credited for the day that begins then, or a ``part`` of it, with the rate or work."""
    return EarningClaimed(
        id=f"{day:%Y-%m-%d}{part and '/'}{part}", start=day, end=day + DAY,
        amount=coins if isinstance(coins, Amount) else amount(coins, coin), scheme=scheme, fee_rate=fee_rate,
        work_hashes=hashes if per_second is None else per_second * DAY.total_seconds(),
    )  # fmt: skip


def sent(
    reply: Reply,
    at: datetime,
    coins: Decimal | Amount,
    coin: str = "BTC",
    *,
    txid: str | None = None,
    id: str | None = None,  # noqa: A002 - the observation's own word
    address: str | None = None,
    rail: Literal["chain", "lightning"] = "chain",
) -> PayoutClaimed:
    """A payment that a pool says it sent, as coins of ``coin`` or already as an amount.

    Without a transaction and an ``id`` it is known by its time and its coins as the pool wrote them.
    """
    known = id or txid or f"{at:%Y-%m-%dT%H:%M:%SZ}/{coins}"
    paid = coins if isinstance(coins, Amount) else amount(coins, coin)
    return PayoutClaimed(
        id=known, at=not_future(at, reply), amount=paid, address=address or None, txid=txid or None, rail=rail
    )


def rewarded(
    reply: Reply,
    at: datetime,
    coins: Decimal | Amount,
    coin: str = "BTC",
    *,
    id: str,  # noqa: A002 - the observation's own word
    scheme: str | None = None,
) -> EarningClaimed:
    """Coins that a pool says it credited at one moment, as for a block, of ``coin`` or already as an amount."""
    earned = coins if isinstance(coins, Amount) else amount(coins, coin)
    return EarningClaimed(id=id, start=not_future(at, reply), end=at, amount=earned, scheme=scheme)


def together(parts: Iterable[tuple[Key, float]]) -> dict[Key, float]:
    """Sums by name or span of what is told in parts, as the sessions of a worker are, or the workers of an account."""
    sums: dict[Key, float] = {}
    for key, part in parts:
        sums[key] = sums.get(key, 0.0) + part
    return sums


def presence(word: str, here: str) -> WorkerPresence:
    """Whether a pool's word for a worker's state says that he is connected: ``here``, whatever its case.

    Raises Misread for a word that is not known for the contrary either: a new state is not an absence.
    """
    if word.lower() == here.lower():
        return WorkerPresence.ONLINE
    if word.lower() not in _AWAY:
        raise Misread(f"a worker's state that is not known: {word[:40]!r}")
    return WorkerPresence.OFFLINE


def recent(last: datetime | None, at: datetime, patience: timedelta, busy: bool) -> bool:
    """Whether a worker of whom no state is told is connected: his last share is not older; without one, ``busy``."""
    return busy if last is None else at - last <= patience


def lately(name: str, last: datetime | None, at: datetime, patience: timedelta, *, busy: bool = False) -> Listed:
    """A worker of whom no state is told, connected as `recent` says."""
    return name, recent(last, at, patience, busy), last


def slots(points: Mapping[datetime, float], length: timedelta, apart: timedelta) -> dict[datetime, float]:
    """Rates of UTC slots by their end, from averages over the ``length`` before each point.

    The point nearest to a slot's end speaks for the slot, if it lies at most ``apart`` from it; so trailing averages
    that overlap are not added twice.
    """
    found: dict[datetime, tuple[timedelta, float]] = {}
    for at, rate in points.items():
        end = _EPOCH + round((at - _EPOCH) / length) * length
        off = abs(at - end)
        if off <= apart and (end not in found or off < found[end][0]):
            found[end] = (off, rate)
    return {end: rate for end, (_, rate) in sorted(found.items())}


def told_once(observations: Sequence[Observation]) -> tuple[Observation, ...]:
    """The same without what is told twice, as a page that lists one name in two rows does.

    Sessions of one name are one worker, online if one of them is. Two figures of one thing that agree count once; two
    that differ are left out: whether they are parts of a sum, only the source's own file could know.
    """
    told: dict[tuple[object, ...], Observation | None] = {}
    for place, one in enumerate(observations):
        match one:
            case RateSeen():
                of: tuple[object, ...] = (one.worker, one.at, one.window, one.averaging, one.algorithm)
            case WorkSeen():
                of = (one.worker, one.start, one.end, one.exactness, one.algorithm, one.epoch)
            case _:
                of = (place,)
        once = replace(one, workers=_one_each(one.workers)) if isinstance(one, WorkersSeen) else one
        told[of] = once if told.get(of, once) == once else None
    return tuple(one for one in told.values() if one is not None)


def _one_each(workers: Sequence[WorkerState]) -> tuple[WorkerState, ...]:
    found: dict[str, WorkerState] = {}
    for one in workers:
        before = found.get(one.name)
        found[one.name] = one if before is None else _both(before, one)
    return tuple(found.values())


def _both(one: WorkerState, other: WorkerState) -> WorkerState:
    times = [at for at in (one.last_share, other.last_share) if at is not None]
    kept = one if one.presence is WorkerPresence.ONLINE else other
    return replace(kept, sessions=one.sessions + other.sessions, last_share=max(times, default=None))


def _presence(there: WorkerPresence | bool) -> WorkerPresence:
    if isinstance(there, WorkerPresence):
        return there
    return WorkerPresence.ONLINE if there else WorkerPresence.OFFLINE
