"""Delivery over time as chart slots: thirty UTC days or two days of hours, with the spans of the problems over them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from verifier.contract import Contract
from verifier.incidents.standing import Change, Transition
from verifier.ledger.records import Hour
from verifier.outlets.chart import Slot, counting_error
from verifier.outlets.picture import ContractView
from verifier.units import Window

DAYS_SHOWN: Final = 30
HOURS_SHOWN: Final = 48
_DAY: Final = timedelta(days=1)
_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Slots of one length over ``window``, the first and the last cut by it."""

    window: Window
    step: timedelta
    slots: tuple[Slot, ...]

    def position(self, at: datetime) -> float:
        """A moment in slots from the left, held inside the drawing."""
        return (min(max(at, self.window.start), self.window.end) - self.window.start) / self.step

    def ticks(self, count: int = 4) -> tuple[datetime, ...]:
        """Evenly spread moments for the time axis, both ends included."""
        return tuple(self.window.start + self.window.span * part / count for part in range(count + 1))


def _slot(contract: Contract, hour: Hour, window: Window, step: timedelta) -> Slot:
    length = window.span / step
    promise = contract.promise_at(window.start)
    promised, allowed = promise.rate.per_second, promise.tolerance.fraction if promise.tolerance else None
    if hour.seen_seconds <= 0 or promised <= 0:
        return Slot(seen=0.0, length=length, allowed=allowed)
    ratio = hour.hashes / hour.seen_seconds / promised
    shares = hour.shares
    if shares is None and contract.watch:
        shares = hour.seen_seconds / contract.watch[0].share_interval.total_seconds()
    error = counting_error(ratio, shares) if shares else None
    seen = min(1.0, hour.seen_seconds / window.span.total_seconds())
    return Slot(seen=seen, length=length, ratio=ratio, error=error, allowed=allowed)


def _series(contract: Contract, known: Sequence[Hour], first: datetime, step: timedelta, now: datetime) -> Series:
    by_start = {hour.start: hour for hour in known}
    shown = Window(start=first, end=now).overlap(contract.term(now))
    if shown is None:
        return Series(window=Window(start=first, end=now), step=step, slots=())
    found, start = [], first
    while start < shown.end:
        part = shown.overlap(Window(start=start, end=start + step))
        if part is not None:
            nothing = Hour(contract=contract.name, start=start, seen_seconds=0.0, hashes=0.0)
            found.append(_slot(contract, by_start.get(start, nothing), part, step))
        start += step
    return Series(window=shown, step=step, slots=tuple(found))


def _midnight(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def days(view: ContractView, now: datetime) -> Series:
    """The last thirty UTC days, or fewer since the start of the term.

    The error comes from the pool's usual share interval, because days do not keep a share count.
    """
    name = view.contract.name
    known = [Hour(contract=name, start=at, seen_seconds=seen, hashes=hashes) for at, seen, hashes in view.days]
    return _series(view.contract, known, _midnight(now) - (DAYS_SHOWN - 1) * _DAY, _DAY, now)


def recent_hours_start(now: datetime) -> datetime:
    """Where the hourly chart begins."""
    return now.replace(minute=0, second=0, microsecond=0) - (HOURS_SHOWN - 1) * _HOUR


def hours(view: ContractView, known: Sequence[Hour], now: datetime) -> Series:
    """The last two days by the hour, with the evidence; the error comes from the share count where a pool tells it."""
    found = _series(view.contract, known, recent_hours_start(now), _HOUR, now)
    evidence = {datetime.fromtimestamp(hour, UTC): value for hour, value in view.trail}
    first = found.window.start.replace(minute=0, second=0, microsecond=0)
    told = (evidence.get(first + number * _HOUR) for number in range(len(found.slots)))
    marked = tuple(replace(slot, evidence=value) for slot, value in zip(found.slots, told, strict=True))
    return replace(found, slots=marked)


def problem_spans(changes: Sequence[Transition], check: str, series: Series) -> list[tuple[float, float]]:
    """From when to when each problem of one check lasted, in slots; one that is still open reaches the right edge."""
    begun = {change.problem: change.verdict.since or change.at for change in changes if change.change is Change.OPENED}
    over = {change.problem: change.at for change in changes if change.change in {Change.RESOLVED, Change.CORRECTED}}
    of_check = {change.problem for change in changes if change.check == check}
    spans = [
        (series.position(begun[problem]), series.position(over.get(problem, series.window.end)))
        for problem in begun
        if problem in of_check
    ]
    return [(start, end) for start, end in spans if end > start]
