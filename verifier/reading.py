"""Bytes to typed values: every document, number, time and name that a source sends passes here or becomes a Misread.

JSON is read strictly (UTF-8, no repeated keys, no NaN, at most 64 levels) and its numbers stay exact (int, Decimal)
until a field says what they are, so that coins never pass through a float.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from math import floor, log10
from typing import Annotated, Final, NamedTuple, NoReturn, TypeAlias, TypeVar

from pydantic import BaseModel, PlainValidator, ValidationError

from verifier.errors import Implausible, Misread, Refused, Unreachable
from verifier.observation import (
    Observation,
    RateSeen,
    Silence,
    SilenceReason,
    WorkerPresence,
    WorkersSeen,
    WorkerState,
    WorkSeen,
)
from verifier.talk import Reply
from verifier.units import COIN_DECIMALS, Amount

#: Most entries that a list of workers may have.
MOST_WORKERS: Final = 50_000
#: How far a source's clock may run ahead of ours.
CLOCK_SLACK: Final = timedelta(minutes=10)

#: Words of pools for a worker that is not connected.
_AWAY: Final = frozenset({"inactive", "unactive", "offline", "dead", "off", "idle", "invalid", "stopped", "removed"})
_DEEPEST: Final = 64
_LONGEST_NAME: Final = 256
_TOO_LARGE: Final = 10**41
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_SECOND: Final = 253_402_300_799  # end of the year 9999
_TOKENS: Final = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)
_DECIMAL: Final = re.compile(r"[+-]?\d{1,64}(?:\.\d{0,64})?(?:[eE][+-]?\d{1,3})?", re.ASCII)
_SUFFIXED: Final = re.compile(r"(\d{1,20}(?:\.\d{1,20})?(?:[eE][+-]?\d{1,2})?)([numkKMGTPEZY]?)", re.ASCII)
_SUFFIXES: Final = {
    "n": 1e-9, "u": 1e-6, "m": 1e-3, "": 1.0, "k": 1e3, "K": 1e3,
    "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18, "Z": 1e21, "Y": 1e24,
}  # fmt: skip

_PREFIXES: Final = frozenset({"", "K", "M", "G", "T", "P", "E"})

Model = TypeVar("Model", bound=BaseModel)


def refuse_status(reply: Reply) -> None:
    """The one policy on statuses; a talk looks at those that mean something to it (404 at CKPool) before.

    Raises Refused (401, 403), Unreachable (429, 5xx) or Misread (any other that is not 2xx).
    """
    status = reply.status
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        raise Refused(f"the other end refuses the request (HTTP {status})")
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise Unreachable(f"the other end cannot answer now (HTTP {status})")
    if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        raise Misread(f"unexpected HTTP {status}")


def text(reply: Reply, longest: int = 128) -> str:
    """A short plain-text answer without surrounding space."""
    refuse_status(reply)
    words = _decoded(reply.body).strip()
    if len(words) > longest or not words.isprintable():
        raise Misread("a short line of text was expected")
    return words


def decode(reply: Reply) -> object:
    """The JSON document of an answer, numbers as int or Decimal."""
    refuse_status(reply)
    return document(reply)


def document(reply: Reply) -> object:
    """The same of an answer of any status, where errors are documents too."""
    return _parsed(_decoded(reply.body))


def fit(model: type[Model], value: object) -> Model:
    """A decoded document as a model. Raises Misread with the path of the first wrong field."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        path = ".".join(str(part) for part in first["loc"]) or "document"
        raise Misread(f"{path}: {first['msg'].removeprefix('Value error, ')}") from None


def read(model: type[Model], reply: Reply) -> Model:
    """An answer of one JSON document as a model."""
    return fit(model, decode(reply))


def read_lines(model: type[Model], reply: Reply) -> Model:
    """An answer of several JSON objects, one per line (CKPool's pool.status), as one model of all their fields."""
    refuse_status(reply)
    merged: list[tuple[str, object]] = []
    for line in _decoded(reply.body).splitlines():
        if line.strip():
            document = _parsed(line)
            if not isinstance(document, dict):
                raise Misread("each line was expected to be a JSON object")
            merged.extend(document.items())
    return fit(model, _unrepeated(merged))


def not_future(moment: datetime, reply: Reply, slack: timedelta = CLOCK_SLACK) -> datetime:
    """The same moment. Raises Implausible when it lies more than ``slack`` after the receipt."""
    if moment > reply.received_at + slack:
        raise Implausible(f"a time in the future: {moment:%Y-%m-%d %H:%M:%S} UTC")
    return moment


def last_modified(reply: Reply) -> datetime | None:
    """When the page was written (header Last-Modified); None when the server does not say."""
    try:
        moment = parsedate_to_datetime(reply.headers["last-modified"])
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (KeyError, ValueError, OverflowError):
        return None


def silence(reply: Reply, reason: SilenceReason, detail: str) -> tuple[Silence]:
    """What a talk returns when an answer was understood and says nothing."""
    return (Silence(at=reply.received_at, reason=reason, detail=detail),)


def amount(coins: Decimal, coin: str = "BTC") -> Amount:
    """Coins as printed, in base units; a fraction of a base unit that a pool books is rounded half-even."""
    return Amount(atoms=int(coins.scaleb(COIN_DECIMALS[coin]).to_integral_value(ROUND_HALF_EVEN)), coin=coin)


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


def presence(word: str, here: str) -> WorkerPresence:
    """Whether a pool's word for a worker's state says that he is connected: ``here``, whatever its case.

    Raises Misread for a word that is not known for the contrary either: a new state is not an absence.
    """
    if word.lower() == here.lower():
        return WorkerPresence.ONLINE
    if word.lower() not in _AWAY:
        raise Misread(f"a worker's state that is not known: {word[:40]!r}")
    return WorkerPresence.OFFLINE


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


def _decoded(body: bytes) -> str:
    try:
        words = body.decode()
    except UnicodeDecodeError as error:
        raise Misread(f"not UTF-8 at byte {error.start}") from None
    if not words.strip():
        raise Misread("an empty answer")
    if words.lstrip().startswith("<"):
        raise Misread("a web page instead of data")
    return words


def _parsed(words: str) -> object:
    if words.count("[") + words.count("{") > _DEEPEST:  # fewer cannot be nested deeper
        _refuse_depth(words)
    try:
        return _DECODER.decode(words)
    except json.JSONDecodeError as error:
        raise Misread(f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None
    except ValueError:
        raise Misread("a number too long to be true") from None


def _refuse_depth(words: str) -> None:
    depth = 0
    for token in _TOKENS.finditer(words):
        depth += (token[0] in "[{") - (token[0] in "]}")
        if depth > _DEEPEST:
            raise Misread(f"nested deeper than {_DEEPEST} levels")


def _unrepeated(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise Misread("a key is given twice")
    return members


def _literal(digits: str) -> Decimal:
    try:
        return Decimal(digits)
    except InvalidOperation:
        raise Misread("a number too large to be true") from None


def _not_finite(constant: str) -> NoReturn:
    raise Misread(f"{constant} is not a number")


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_unrepeated, parse_float=_literal, parse_constant=_not_finite)


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
    shown = value if value.isprintable() else "".join(c if c.isprintable() else "\ufffd" for c in value)
    return shown if len(shown) <= _LONGEST_NAME else shown[: _LONGEST_NAME - 1] + "…"


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


#: A number that is not negative, also sent as a string.
Number: TypeAlias = Annotated[float, PlainValidator(lambda value: float(_not_negative(value)))]
#: The same, exact, and still telling whether the source wrote it whole (int) or with a fraction (Decimal).
Exact: TypeAlias = Annotated[int | Decimal, PlainValidator(_not_negative)]
#: A whole number that is not negative.
Count: TypeAlias = Annotated[int, PlainValidator(_whole)]
#: Coins, signed, from the very digits that were sent.
Coins: TypeAlias = Annotated[Decimal, PlainValidator(lambda value: Decimal(_exact(value)))]
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
#: CKPool's figure with an SI suffix; ``m`` is milli and ``M`` is mega, so case is never folded.
Suffixed: TypeAlias = Annotated[Shown, PlainValidator(_suffixed)]
#: A unit of rate named by its prefix alone: what the figure beside it is to be multiplied with.
Prefix: TypeAlias = Annotated[float, PlainValidator(_prefix)]
