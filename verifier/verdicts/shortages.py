"""The shortfalls of the last thirty days: how long each lasted and what was missing, kept after they are over."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from verifier.verdicts.alarm import Problem, Shortage

REMEMBERED: Final = timedelta(days=30)
#: A seller who comes and goes all day long must not make the memory grow.
_MOST: Final = 100


def remembered(past: tuple[Shortage, ...], over: Shortage | None, at: float) -> tuple[Shortage, ...]:
    """The shortfalls that ended within the last thirty days, with one that has just ended."""
    if over is None:
        return past
    oldest = at - REMEMBERED.total_seconds()
    return (*(one for one in past if one.until > oldest), over)[-_MOST:]


def figures(past: tuple[Shortage, ...], problem: Problem | None, at: datetime) -> Mapping[str, float | str | None]:
    """The values of a verdict about them: the last one, and the number and the sum of thirty days (hashes)."""
    oldest = (at - REMEMBERED).timestamp()
    kept = [one for one in past if one.until > oldest]
    if problem is not None:
        span = problem.delivered
        kept.append(Shortage(since=span.start, until=span.end, missing=max(0.0, span.missing)))
    if not kept:
        return {}
    last = kept[-1]
    return {
        "shortage_since": datetime.fromtimestamp(last.since, UTC).isoformat(),
        "shortage_until": datetime.fromtimestamp(last.until, UTC).isoformat(),
        "shortage_missing_hashes": last.missing,
        "shortages_30_days": float(len(kept)),
        "shortages_30_days_missing_hashes": sum(one.missing for one in kept),
    }
