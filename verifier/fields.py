"""The fields of what sources send: numbers, coins, times, names and rates, each a type that a model is made of.

Numbers stay exact (int, Decimal) until a field says what they are, so that coins never pass through a float. What is
no such thing becomes a Misread with the path of the field (`reading.fit`).
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import floor, log10
from typing import Annotated, Final, NamedTuple, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator
from pydantic.alias_generators import to_camel

from verifier.units import HASHES_PER_DIFFICULTY

_LONGEST_NAME: Final = 256

_TOO_LARGE: Final = 10**41

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

_LAST_SECOND: Final = 253_402_300_799  # end of the year 9999

_DECIMAL: Final = re.compile(r"[+-]?\d{1,64}(?:\.\d{0,64})?(?:[eE][+-]?\d{1,3})?", re.ASCII)

_SUFFIXED: Final = re.compile(r"(\d{1,20}(?:\.\d{1,20})?(?:[eE][+-]?\d{1,2})?)([numkKMGTPEZY]?)", re.ASCII)

_SUFFIXES: Final = {
    "n": 1e-9, "u": 1e-6, "m": 1e-3, "": 1.0, "k": 1e3, "K": 1e3,
    "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18, "Z": 1e21, "Y": 1e24,
}  # fmt: skip

_PREFIXES: Final = frozenset({"", "K", "M", "G", "T", "P", "E"})

_UNIT: Final = re.compile(r"([kmgtpez]?)(?:h|sol)/s(?:ec)?", re.IGNORECASE | re.ASCII)


class Camel(BaseModel):
    """A part of an answer whose fields are written ``likeThis`` there and ``like_this`` in the model."""

    model_config = ConfigDict(alias_generator=to_camel)


def printable(value: object) -> str:
    """A source's own words for people: what is unprintable becomes U+FFFD, more than 256 characters are cut."""
    words = str(value)
    shown = words if words.isprintable() else "".join(c if c.isprintable() else "\ufffd" for c in words)
    return shown if len(shown) <= _LONGEST_NAME else shown[: _LONGEST_NAME - 1] + "…"


def _exact(value: object) -> int | Decimal:
    """A JSON number, or a string that holds one, of a believable size."""
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        value = Decimal(value)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError("a number was expected")  # noqa: TRY004 - pydantic reports ValueError with the field's path
    if not -_TOO_LARGE < value < _TOO_LARGE:
        raise ValueError("a number too large to be true")
    return value


def _not_negative(value: object) -> int | Decimal:
    number = _exact(value)
    if number < 0:
        raise ValueError("a negative number")
    return number


def _whole(value: object) -> int:
    number = _not_negative(value)
    if number != int(number):
        raise ValueError("a whole number was expected")
    return int(number)


def _unix(value: object) -> datetime:
    seconds = _not_negative(value)
    if seconds > _LAST_SECOND:
        raise ValueError("not a time in seconds")
    return _EPOCH + timedelta(microseconds=int(seconds * 1_000_000))


def _is_never(value: object) -> bool:
    """Whether nothing stands where a time is expected; an empty list or map is another shape."""
    return value is None or value in ("", "0") or (value == 0 and not isinstance(value, bool))


def _unix_milliseconds(value: object) -> datetime:
    moment = _unix(Decimal(_not_negative(value)) / 1000)
    if moment.year == _EPOCH.year:
        raise ValueError("not a time in milliseconds")
    return moment


def _dated(form: str, example: str) -> Callable[[object], datetime]:
    def read_as_utc(value: object) -> datetime:
        try:
            return datetime.strptime(str(value), form).replace(tzinfo=UTC)
        except ValueError:
            raise ValueError(f"a time such as {example} was expected") from None

    return read_as_utc


def _prefix(value: object) -> float:
    if not isinstance(value, str) or value not in _PREFIXES:
        raise ValueError("a unit such as T or P was expected")
    return _SUFFIXES[value]


def unit_of_rate(example: str) -> PlainValidator:
    """For a field that names the unit of the rate beside it, in any case: what that is to be multiplied with."""

    def size(value: object) -> float:
        match = _UNIT.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            raise ValueError(f"a unit such as {example} was expected")
        return _SUFFIXES[match[1].upper()]

    return PlainValidator(size)


def _iso(value: object) -> datetime:
    if not isinstance(value, str):
        raise ValueError("a time was expected")  # noqa: TRY004 - pydantic reports ValueError with the field's path
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise ValueError("not a time with its zone")


def _name(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("a name was expected")  # noqa: TRY004 - pydantic reports ValueError with the field's path
    return printable(value)


class Shown(NamedTuple):
    """A figure with few digits: its value and the relative error that the rounding leaves."""

    per_second: float
    quantisation: float


def _suffixed(value: object) -> Shown:
    match = _SUFFIXED.fullmatch(value if isinstance(value, str) else str(_not_negative(value)))
    if match is None:
        raise ValueError("a rate such as 9.41P was expected")
    digits, suffix = float(match[1]), match[2]
    if digits == 0:
        return Shown(0.0, 0.0)
    # Below 1000 H/s vanilla CKPool cuts to whole numbers; above, C's %.3g rounds to three significant digits.
    error = 10.0 ** (floor(log10(digits)) - 2) / 2 if suffix or "." in match[1] else 1.0
    return Shown(digits * _SUFFIXES[suffix], error / digits)


def _placed(unit: str, example: str) -> Callable[[object], Shown]:
    form = re.compile(rf"(\d{{1,20}}(?:\.(\d{{1,20}}))?){unit}", re.ASCII)

    def read_with_error(value: object) -> Shown:
        match = form.fullmatch(str(value))
        if match is None:
            raise ValueError(f"a rate such as {example} was expected")
        digits = float(match[1])
        return Shown(digits * _SUFFIXES[match[3]], 0.5 * 10.0 ** -len(match[2] or "") / digits if digits else 0.0)

    return read_with_error


#: A number that is not negative, also sent as a string.
Number: TypeAlias = Annotated[float, PlainValidator(lambda value: float(_not_negative(value)))]

#: The same, exact, and still telling whether the source wrote it whole (int) or with a fraction (Decimal).
Exact: TypeAlias = Annotated[int | Decimal, PlainValidator(_not_negative)]

#: Difficulty of SHA-256 shares, as the hashes that it stands for.
Difficulty: TypeAlias = Annotated[
    float, PlainValidator(lambda value: float(_not_negative(value)) * HASHES_PER_DIFFICULTY)
]

#: A share written in percent, as a rate: ``0.5`` is 0.005.
Percent: TypeAlias = Annotated[float, PlainValidator(lambda value: float(_not_negative(value)) / 100)]

#: A whole number that is not negative.
Count: TypeAlias = Annotated[int, PlainValidator(_whole)]

#: Coins, signed, from the very digits that were sent.
Coins: TypeAlias = Annotated[Decimal, PlainValidator(lambda value: Decimal(_exact(value)))]

#: The same where nothing can be owed: a balance, an income, a payment.
Funds: TypeAlias = Annotated[Coins, Field(ge=0)]

#: The same that may be written with commas between thousands.
Grouped: TypeAlias = Annotated[Coins, BeforeValidator(lambda written: str(written).replace(",", "")), Field(ge=0)]

#: Seconds since 1970.
UnixTime: TypeAlias = Annotated[datetime, PlainValidator(_unix)]

#: The same where 0 means never.
UnixTimeOrNever: TypeAlias = Annotated[
    datetime | None, PlainValidator(lambda value: None if _is_never(value) else _unix(value))
]

#: Milliseconds since 1970; a figure in seconds would lie in the January of 1970 and is refused.
UnixMilliseconds: TypeAlias = Annotated[datetime, PlainValidator(_unix_milliseconds)]

#: The same where 0 means never.
UnixMillisecondsOrNever: TypeAlias = Annotated[
    datetime | None, PlainValidator(lambda value: None if _is_never(value) else _unix_milliseconds(value))
]

#: A day, ``2025-11-19``, of UTC unless the source counts otherwise.
Day: TypeAlias = Annotated[datetime, PlainValidator(_dated("%Y-%m-%d", "2025-11-19"))]

#: The same without dashes, also as a number.
CompactDay: TypeAlias = Annotated[datetime, PlainValidator(_dated("%Y%m%d", "20251119"))]

#: A time without its zone, read as UTC: the source says which it is.
ZonelessTime: TypeAlias = Annotated[datetime, PlainValidator(_dated("%Y-%m-%d %H:%M:%S", "2025-11-17 14:17:29"))]

#: ISO 8601 with its zone.
IsoTime: TypeAlias = Annotated[datetime, PlainValidator(_iso)]

#: A worker's name: unprintable characters become U+FFFD, more than 256 are cut, so that no name blinds a source.
Name: TypeAlias = Annotated[str, PlainValidator(_name)]

#: The name of a payout scheme, in capitals.
Scheme: TypeAlias = Annotated[str, PlainValidator(lambda value: _name(value).upper())]

#: CKPool's figure with an SI suffix; ``m`` is milli and ``M`` is mega, so case is never folded.
Suffixed: TypeAlias = Annotated[Shown, PlainValidator(_suffixed)]

#: A figure rounded to the places that are shown, with an SI suffix: ``14.697T``.
Placed: TypeAlias = Annotated[Shown, PlainValidator(_placed("([KMGTPE]?)", "14.697T"))]

#: The same with its whole unit: ``306.23 TH/s``.
PlacedRate: TypeAlias = Annotated[Shown, PlainValidator(_placed(" ([KMGTPE]?)H/s", "306.23 TH/s"))]

#: A unit of rate named by its prefix alone: what the figure beside it is to be multiplied with.
Prefix: TypeAlias = Annotated[float, PlainValidator(_prefix)]
