"""How the evidence for a shortfall moved: its highest value in each of the last 48 hours, kept for people to see."""

from math import floor
from typing import Final, TypeAlias

#: Start of a clock hour (epoch seconds, UTC), and ln of the evidence in ln seconds; None while a problem is open.
Mark: TypeAlias = tuple[int, float | None]

HOUR: Final = 3600
_HOURS: Final = 48
#: Digits that are kept: it is stored with every standing, and looked at.
_PLACES: Final = 3


def marked(trail: tuple[Mark, ...], end: float, evidence: float | None) -> tuple[Mark, ...]:
    """The trail after an interval that ends at ``end`` (epoch seconds); as long as before, whatever lies behind it."""
    hour = -floor(-end / HOUR) * HOUR - HOUR
    value = None if evidence is None else round(evidence, _PLACES)
    if trail and trail[-1][0] >= hour:
        known = trail[-1][1]
        return (*trail[:-1], (trail[-1][0], value if known is None else known if value is None else max(known, value)))
    return (*(one for one in trail if one[0] > hour - _HOURS * HOUR), (hour, value))
