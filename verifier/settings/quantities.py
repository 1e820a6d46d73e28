"""Quantities as people write them: ``100 TH/s``, ``5 % a day``, ``1800 USD``, ``90d``, ``2026-01-01 for 12 months``.

Every reader takes text and gives a value, or raises QuantityError saying what to write instead; nothing else.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Final, Literal
from zoneinfo import ZoneInfo

from verifier.contract import Tolerance
from verifier.errors import VerifierError
from verifier.units import ALGORITHMS, Hashrate, Money

#: The text of a clause that the contract does not have.
NOT_STATED: Final = "not stated"

#: Spans that a tolerance or a rhythm is averaged over; a month counts 30 days.
NAMED_SPANS: Final = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
    "month": timedelta(days=30),
}
#: Letters of a short span such as ``90d``, longest first.
SPAN_LETTERS: Final = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
PREFIXES: Final = {"z": 21, "e": 18, "p": 15, "t": 12, "g": 9, "m": 6, "k": 3, "": 0}

#: No one buys a thousand times the rate of the whole Bitcoin network (1e21 H/s in 2026).
_HIGHEST_RATE: Final = Decimal("1e24")
_YEARS: Final = range(2009, 2200)
_LONGEST: Final = {"day": 36_500, "month": 1_200, "year": 100}
_NUMBER: Final = r"([0-9]{1,30}(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,2})?)"
_RATE: Final = re.compile(_NUMBER + r" ?([zeptgmk]?)(H|Sol)(?:/s|ps|/sec)?", re.IGNORECASE | re.ASCII)
_PERCENT: Final = re.compile(_NUMBER + r" ?%", re.ASCII)
_TOLERANCE: Final = re.compile(_NUMBER + r" ?%(?: ?(?:a|an|per|each|/) ?([a-z]+))?", re.ASCII)
_MONEY: Final = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,8})?) ?([A-Z]{3,5})", re.ASCII)
_COMMA: Final = re.compile(r"[0-9],[0-9]", re.ASCII)
_SIGNED: Final = re.compile(r"([€$£]) ?([0-9.]{1,24})|([0-9.]{1,24}) ?([€$£])", re.ASCII)
_SIGNS: Final = {"€": "EUR", "$": "USD", "£": "GBP"}
_SPAN: Final = re.compile(r"([0-9]{1,9}) ?(w|d|h|m|s)", re.ASCII)
_TERM: Final = re.compile(r"(\S+) for ([0-9]{1,5}) (day|month|year)s?", re.ASCII)
_MOMENT: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[Tt ]([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?)"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})?)?",
    re.ASCII,
)


class QuantityError(VerifierError, ValueError):
    """A text that is not the quantity asked for; the message says what to write instead."""


def _ensure_no_comma(text: str, like: str) -> None:
    if _COMMA.search(text):
        problem = f"has a comma, write a point before decimals and nothing between thousands, like `{like}`"
        raise QuantityError(f"{_quoted(text)} {problem}")


def _quoted(text: str) -> str:
    return f"`{text[:40]}…`" if len(text) > 40 else f"`{text}`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A rate as written: what it counts is known, the algorithm not yet."""

    text: str
    per_second: float
    counts: Literal["H", "Sol"]

    def of(self, algorithm: str) -> Hashrate:
        """The rate of an algorithm that counts the same. Raises QuantityError otherwise."""
        unit = ALGORITHMS[algorithm]
        if self.counts != unit:
            raise QuantityError(
                f"{_quoted(self.text)} does not count what {algorithm} counts, "
                f"write it in {unit}/s or name another `algorithm:`"
            )
        return Hashrate(per_second=self.per_second, algorithm=algorithm)


def rate(text: str) -> Rate:
    """``100 TH/s``, ``1.5e14 H/s``, ``300 Sol/s``; sellers' ``500 TH`` means per second."""
    _ensure_no_comma(text, "100.5 TH/s")
    found = _RATE.fullmatch(text.strip())
    if found is None:
        raise QuantityError(f"{_quoted(text)} is not a hashrate, write a number and its unit, like `100 TH/s`")
    number, prefix, counted = found.groups()
    exact = Decimal(number).scaleb(PREFIXES[prefix.lower()])
    if not 0 < exact <= _HIGHEST_RATE:
        raise QuantityError(f"{_quoted(text)} cannot be a promised hashrate, write one above 0, like `100 TH/s`")
    return Rate(text=text, per_second=float(exact), counts="H" if counted.lower() == "h" else "Sol")


def fraction(text: str) -> float:
    """``95 %`` as 0.95; from 0 % to 100 %."""
    _ensure_no_comma(text, "99.5 %")
    found = _PERCENT.fullmatch(text.strip())
    if found is None or Decimal(found[1]) > 100:
        raise QuantityError(f"{_quoted(text)} is not a part of the whole, write it from 0 % to 100 %, like `95 %`")
    return float(Decimal(found[1]) / 100)


def tolerance(text: str) -> Tolerance:
    """``5 % a day`` or ``5 %``: the part of the promise that the contract lets pass, below 100 %."""
    _ensure_no_comma(text, "5.5 % a day")
    found = _TOLERANCE.fullmatch(text.strip())
    if found is None or Decimal(found[1]) >= 100:
        raise QuantityError(
            f"{_quoted(text)} is not a tolerance, write a part below 100 %, like `5 % a day` or `5 %`, or `not stated`"
        )
    if found[2] is not None and found[2] not in NAMED_SPANS:
        raise QuantityError(f"{_quoted(text)}: write the span as one of {', '.join(NAMED_SPANS)}, like `5 % a day`")
    return Tolerance(fraction=float(Decimal(found[1]) / 100), span=NAMED_SPANS[found[2]] if found[2] else None)


def money(text: str) -> Money:
    """``1800 USD``: a number without separators of thousands, and the code of the currency."""
    _ensure_no_comma(text, "1800.50 EUR")
    if signed := _SIGNED.fullmatch(text.strip()):
        number, code = signed[2] or signed[3], _SIGNS[signed[1] or signed[4]]
        problem = f"has a sign, write the code of the currency behind the number: `{number} {code}`"
        raise QuantityError(f"{_quoted(text)} {problem}")
    found = _MONEY.fullmatch(text.strip())
    if found is None:
        raise QuantityError(f"{_quoted(text)} is not a sum of money, write it like `1800 USD` or `1800.50 EUR`")
    return Money(value=Decimal(found[1]), currency=found[2])


def span(text: str) -> timedelta:
    """``30s``, ``5m``, ``12h``, ``90d``, ``2w``: above zero, up to ten years."""
    found = _SPAN.fullmatch(text.strip())
    seconds = int(found[1]) * SPAN_LETTERS[found[2]] if found else 0
    if not 0 < seconds <= 10 * 366 * 86_400:
        raise QuantityError(f"{_quoted(text)} is not a span of time, write it like `30s`, `5m`, `12h`, `90d` or `2w`")
    return timedelta(seconds=seconds)


def moment(text: str) -> datetime | date:
    """A date, or an RFC 3339 time with its offset from UTC."""
    found = _MOMENT.fullmatch(text.strip())
    if found is None:
        raise QuantityError(f"{_quoted(text)} is not a date, write `2026-01-31` or `2026-01-31T14:00:00+01:00`")
    day, clock, offset = found.groups()
    if clock and not offset:
        raise QuantityError(f"{_quoted(text)} does not say which time zone, write it like `{day}T{clock}Z`")
    try:
        read = datetime.fromisoformat(f"{day}T{clock}{offset.upper()}") if clock else date.fromisoformat(day)
    except ValueError:
        raise QuantityError(f"{_quoted(text)} is not in the calendar, write a day and time that exist") from None
    if read.year not in _YEARS:
        raise QuantityError(f"{_quoted(text)} is out of range, write a year from {_YEARS[0]} to {_YEARS[-1]}")
    return read


def in_zone(read: datetime | date, zone: ZoneInfo) -> datetime:
    """The UTC moment; a date means 00:00 in the zone."""
    if isinstance(read, datetime):
        return read.astimezone(UTC)
    return datetime.combine(read, time(), zone).astimezone(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A start and a number of calendar days, months or years; the last day of a short month stands in for a 31st."""

    starts: datetime | date
    count: int
    unit: Literal["day", "month", "year"]

    def window(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Start and end as UTC moments, counted on the calendar of the zone."""
        starts = in_zone(self.starts, zone)
        local = starts.astimezone(zone)
        if self.unit == "day":
            return starts, (local + timedelta(days=self.count)).astimezone(UTC)
        months = local.year * 12 + local.month - 1 + self.count * (12 if self.unit == "year" else 1)
        year, month = months // 12, months % 12 + 1
        ends = local.replace(year=year, month=month, day=min(local.day, monthrange(year, month)[1]))
        return starts, ends.astimezone(UTC)


def term(text: str) -> Term:
    """``2026-01-01 for 12 months``."""
    found = _TERM.fullmatch(text.strip())
    if found is None or not 0 < int(found[2]) <= _LONGEST[found[3]]:
        raise QuantityError(f"{_quoted(text)} is not a term, write it like `2026-01-01 for 12 months` (or days, years)")
    return Term(starts=moment(found[1]), count=int(found[2]), unit=found[3])  # type: ignore[arg-type]
