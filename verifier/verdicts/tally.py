"""Sums of the work seen: the running clock hour, the last days, the whole term."""

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import Final

from verifier.record import record
from verifier.units import Window
from verifier.verdicts.verdict import Interval

_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_REMEMBERED_DAYS: Final = 40


@record
class Hour:
    """Delivery in one clock hour (UTC): seconds seen, hashes and shares counted in them (shares None: hidden)."""

    start: datetime
    seen_seconds: float = 0.0
    hashes: float = 0.0
    shares: float | None = 0.0


@record
class Day:
    """Delivery on one UTC day."""

    seen_seconds: float = 0.0
    hashes: float = 0.0


@record
class Tally:
    """``hour`` is the last one touched, ``days`` the last 40 by ISO date; the rest are totals of the term."""

    hour: Hour | None = None
    days: Mapping[str, Day] = field(default_factory=dict)
    seen_seconds: float = 0.0
    hashes: float = 0.0


def by_hour(interval: Interval) -> tuple[Interval, ...]:
    """An interval cut at full hours, its work and shares spread evenly."""
    hour = interval.start.replace(minute=0, second=0, microsecond=0)
    if interval.end <= hour + _HOUR:
        return (interval,)
    whole = (interval.end - interval.start).total_seconds()
    parts = []
    while hour < interval.end:
        start, end = max(hour, interval.start), min(hour + _HOUR, interval.end)
        part = (end - start).total_seconds() / whole
        parts.append(
            replace(
                interval,
                start=start,
                end=end,
                hashes=interval.hashes * part,
                shares=None if interval.shares is None else interval.shares * part,
            )
        )
        hour += _HOUR
    return tuple(parts)


def credit(tally: Tally, interval: Interval, touched: dict[datetime, Hour]) -> Tally:
    """The sums after an interval; the hours that it touches are put, with their new totals, into ``touched``."""
    hour, days = tally.hour, dict(tally.days)
    seconds = hashes = 0.0
    for part in by_hour(interval):
        start = part.start.replace(minute=0, second=0, microsecond=0)
        seen = (part.end - part.start).total_seconds()
        if hour is None or hour.start != start:
            hour = touched.get(start, Hour(start=start))
        hour = Hour(
            start=start,
            seen_seconds=hour.seen_seconds + seen,
            hashes=hour.hashes + part.hashes,
            shares=None if hour.shares is None or part.shares is None else hour.shares + part.shares,
        )
        touched[start] = hour
        date = start.date().isoformat()
        day = days.get(date, Day())
        days[date] = Day(seen_seconds=day.seen_seconds + seen, hashes=day.hashes + part.hashes)
        seconds, hashes = seconds + seen, hashes + part.hashes
    for old in sorted(days)[:-_REMEMBERED_DAYS] if len(days) > _REMEMBERED_DAYS else ():
        del days[old]
    return Tally(hour=hour, days=days, seen_seconds=tally.seen_seconds + seconds, hashes=tally.hashes + hashes)


def worked(days: Mapping[str, Day], window: Window) -> Day:
    """Work of the days that a window touches, each by the part of it that lies inside."""
    midnight = datetime.combine(window.start.date(), time(), UTC)
    cuts = [window.start]
    while (midnight := midnight + _DAY) < window.end:
        cuts.append(midnight)
    seconds = hashes = 0.0
    for start, end in pairwise([*cuts, window.end]):
        day, part = days.get(start.date().isoformat()), (end - start) / _DAY
        if day is not None:
            seconds, hashes = seconds + part * day.seen_seconds, hashes + part * day.hashes
    return Day(seen_seconds=seconds, hashes=hashes)
