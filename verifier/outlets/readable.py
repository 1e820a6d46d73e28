"""How moments, spans, rates and sums are said to people: each with its unit, zone or currency."""

from datetime import datetime, timedelta
from decimal import Decimal
from math import floor
from typing import Final
from zoneinfo import ZoneInfo

from verifier.units import ALGORITHMS, COIN_DECIMALS, Amount, scaled
from verifier.verdicts.wording import OR_EARLIER

#: A sum below this would be rounded to nothing.
_LEAST_SUM: Final = Decimal("0.005")


def capitalised(text: str) -> str:
    """A sentence's first letter in upper case, the rest as it is."""
    return text[:1].upper() + text[1:]


def place(zone: str) -> str:
    """The short name of a time zone: ``Europe/Berlin`` is ``Berlin``."""
    return zone.rsplit("/", 1)[-1].replace("_", " ")


def moment(at: datetime, zone: str) -> str:
    """A moment in the user's zone with UTC beside it: ``Thu 19 Nov 2026, 15:20 Berlin (14:20 UTC)``."""
    local = at.astimezone(ZoneInfo(zone))
    text = f"{local:%a} {local.day} {local:%b %Y, %H:%M} {place(zone)}"
    if not local.utcoffset():
        return text
    utc = at.astimezone(ZoneInfo("UTC"))
    day = "" if utc.date() == local.date() else f"{utc.day} {utc:%b} "
    return f"{text} ({day}{utc:%H:%M} UTC)"


def brief_moment(at: datetime, zone: str, now: datetime) -> str:
    """A moment as short as it stays clear: ``Thu 15:20`` within six days, else ``3 Nov`` or ``3 Nov 2025``."""
    local, today = at.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone))
    if abs(now - at) < timedelta(days=6):
        return f"{local:%a %H:%M}"
    return f"{local.day} {local:%b}" if local.year == today.year else f"{local.day} {local:%b %Y}"


def since(said: str, *, or_earlier: bool) -> str:
    """The beginning of a problem: `` or earlier`` where that is only the first moment that anybody has seen."""
    return f"{said}{OR_EARLIER * or_earlier}"


def span(length: timedelta) -> str:
    """A length of time in its leading unit: ``25 s``, ``40 min``, ``18 h``, ``12 days``."""
    seconds = max(0.0, length.total_seconds())
    for limit, unit, name in ((100, 1, "s"), (6000, 60, "min"), (172_800, 3600, "h")):
        if seconds < limit:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds / 86_400:.0f} days"


def every(seconds: float) -> str:
    """A rhythm: ``5 min``, ``1 h``."""
    return span(timedelta(seconds=seconds))


def percent(fraction: float, error: float | None = None) -> str:
    """A fraction as percent, with its error where known: ``89.0 ± 2.8 %``; never rounded across 100 %.

    An error that reaches below zero is said by its ends: ``between 0.0 and 5.1 %``.
    """
    if error is not None and error > abs(fraction):
        return f"between {max(0.0, fraction - error) * 100:.1f} and {(fraction + error) * 100:.1f} %"
    if error is not None:
        return f"{fraction * 100:.1f} ± {error * 100:.1f} %"
    # Near the promise a tenth of a percent decides, and 99.6 % must not read as 100 %.
    places = 0 if abs(fraction) < 0.9 or fraction > 1.1 or fraction == 1 else 1
    return f"{fraction * 100:.{places}f} %"


def seen(fraction: float) -> str:
    """The part of the time that was seen, rounded down so that only all of it reads as 100 %."""
    return f"{floor(fraction * 100 + 1e-9)} %"


def day(at: datetime) -> str:
    """A UTC day: ``19 Nov``."""
    return f"{at.day} {at:%b}"


def between(low: float, high: float) -> str:
    """The ends of an interval of fractions: ``86.1-91.8 %`` with an en dash."""
    return f"{low * 100:.1f}\N{EN DASH}{high * 100:.1f} %"


def rate(per_second: float, algorithm: str) -> str:
    """A rate with its unit: ``445 TH/s``."""
    return scaled(per_second, f"{ALGORITHMS[algorithm]}/s")


def work(hashes: float, algorithm: str) -> str:
    """Work as a rate held for a day: ``41.3 TH/s-days``."""
    return scaled(hashes / 86_400, f"{ALGORITHMS[algorithm]}/s-days", 3)


def money(value: Decimal, currency: str) -> str:
    """A sum with its currency: ``1.50 EUR``; what is below the smallest coin is not called nothing."""
    if 0 < value < _LEAST_SUM:
        return f"less than 0.01 {currency}"
    return f"{value:,.2f} {currency}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def coins(amount: Amount, *, unit: bool = True, exact: bool = False) -> str:
    """Coins to five places, or as many as show three digits, or ``exact``: ``0.00636 BTC``, ``0.00635996``."""
    most = COIN_DECIMALS[amount.coin]
    enough = max(5, 2 - amount.coins.adjusted()) if amount.atoms else 5
    return f"{amount.coins:.{most if exact else min(most, enough)}f}{f' {amount.coin}' if unit else ''}"
