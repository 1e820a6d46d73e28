"""How moments, shares and reasons are put for people; the terms are those of the pages and mails."""

from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from verifier.units import Window

#: Why something was not seen, as the end of "because ...".
BECAUSE: Final = MappingProxyType(
    {
        "unreachable": "the source did not answer",
        "refused": "the source did not accept the key or the address",
        "misread": "the source's answers could not be read",
        "stale": "the source's page stood still",
        "never_seen": "this address has never been seen there",
        "implausible": "the source's figures cannot be right",
        "paused": "asking was paused",
        "daemon_off": "this program was not running or had nothing to read",
        "not_asked_yet": "no source that decides has told of it",
        "started_anew": "the source's counter started anew",
        "clocks_differ": "the source's clock and ours disagree",
        "claimed_twice": "a worker is claimed by two contracts",
        "not_listed": "the source answered and listed no worker of this contract",
    }
)

#: Follows the first moment that anybody has seen, where a problem was there from then on.
OR_EARLIER: Final = " or earlier"

_DAYS_OF_A_YEAR: Final = 365.25
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
#: The spans that a contract names, as the end of "5 % ..."; a month is thirty days where it is a length of time.
_SPANS: Final = MappingProxyType(
    {
        timedelta(hours=1): "an hour",
        timedelta(days=1): "a day",
        timedelta(weeks=1): "a week",
        timedelta(days=30): "a month",
    }
)


def moment(at: datetime) -> str:
    """``8 Nov 14:20 UTC``."""
    return f"{at.day} {_MONTHS[at.month - 1]} {at.hour:02}:{at.minute:02} UTC"


def percent(fraction: float) -> str:
    """``92.1 %``."""
    return f"{100 * fraction:.1f} %"


def measured(fraction: float, low: float, high: float) -> str:
    """``92.1 % ± 0.6 %`` with as many places as the error allows; ``between 3 % and 180 %`` where it allows none."""
    error = (high - low) / 2.0
    if error > 0.5:
        return f"between {100 * low:.0f} % and {100 * high:.0f} %"
    places = 2 if error < 0.001 else 1 if error < 0.02 else 0
    return f"{100 * fraction:.{places}f} % ± {100 * error:.{places}f} %"


def once_in(years: float) -> str:
    """``once in 10 years``, in days below one year."""
    days = years * _DAYS_OF_A_YEAR
    if years >= 1:
        return f"once in {years:.3g} years" if years > 1 else "once a year"
    return f"once in {days:.3g} days" if days > 1 else "once a day"


def listed(names: tuple[str, ...], most: int = 5) -> str:
    """``a, b and 3 more``."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def a_span(length: timedelta) -> str:
    """``a day`` for a span with a name, else ``over 6 h``."""
    return _SPANS.get(length) or f"over {length / timedelta(hours=1):g} h"


def span_named(window: Window) -> str:
    """``the UTC day of 20 Nov``, ``the week from 16 Nov (UTC)``, ``November (UTC)``."""
    start, length = window.start, window.span
    if length == timedelta(days=1) and (start.hour, start.minute) == (0, 0):
        return f"the UTC day of {start.day} {start:%b}"
    if start.day == 1 and window.end.day == 1 and length > timedelta(days=27):
        return f"{start:%B} (UTC)"
    if length == timedelta(weeks=1):
        return f"the week from {start.day} {start:%b} (UTC)"
    return f"the time from {moment(start)} to {moment(window.end)}"
