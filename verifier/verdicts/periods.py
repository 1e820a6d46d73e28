"""The calendar of a contract: which UTC hour, UTC day, ISO week or calendar month of its term a moment lies in."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from verifier.contract import Contract
from verifier.units import Window

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(weeks=1)
MONTH: Final = timedelta(days=30)
TICK: Final = timedelta(microseconds=1)


def midnight(at: datetime) -> datetime:
    """The UTC midnight at or before a moment."""
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def calendar(length: timedelta, at: datetime, origin: datetime) -> Window:
    """The span of the calendar that holds a moment; those of another length follow each other from ``origin``."""
    if length == HOUR:
        start = at.replace(minute=0, second=0, microsecond=0)
    elif length == DAY:
        start = midnight(at)
    elif length == WEEK:
        start = midnight(at) - at.weekday() * DAY
    elif length == MONTH:
        start = midnight(at).replace(day=1)
        return Window(start=start, end=(start + 32 * DAY).replace(day=1))
    else:
        start = origin + (at - origin) // length * length
    return Window(start=start, end=start + length)


def settled_over(contract: Contract, at: datetime) -> timedelta:
    """What the clause in force averages over; a month where it says nothing."""
    tolerance = contract.promise_at(at).tolerance
    return tolerance.span if tolerance is not None and tolerance.span is not None else MONTH


def period_at(contract: Contract, at: datetime) -> Window | None:
    """The settlement period that holds a moment, as far as it lies in the term; None outside the term.

    An amendment that names another span ends a period and begins the next: periods follow each other without a gap.
    """
    if not contract.runs_at(at):
        return None
    length = settled_over(contract, at)
    window = calendar(length, at, contract.starts)
    spans = (
        (new.since, settled_over(contract, old.since), settled_over(contract, new.since))
        for old, new in pairwise(contract.promises)
    )
    changes = [since for since, before, after in spans if before != after]
    start = max([window.start, contract.starts, *(moment for moment in changes if moment <= at)])
    ends = [window.end, *(moment for moment in changes if moment > at)]
    return Window(start=start, end=min(ends if contract.ends is None else [*ends, contract.ends]))


def parts(contract: Contract, start: datetime, end: datetime) -> Iterator[tuple[Window, Window]]:
    """Each settlement period that a stretch of time touches, with the part of the stretch inside it."""
    at = max(start, contract.starts)
    while at < end and (period := period_at(contract, at)) is not None:
        yield period, Window(start=at, end=min(end, period.end))
        at = period.end
