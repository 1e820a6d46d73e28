"""Bytes to documents and models: what a source sends is read here, or becomes a Misread.

JSON is read strictly (UTF-8, no repeated keys, no NaN, at most 64 levels) and its numbers stay exact (int, Decimal)
until a field says what they are, so that coins never pass through a float.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from functools import cache, lru_cache
from http import HTTPStatus
from typing import Annotated, Any, Final, NoReturn, TypeAlias, TypeVar, cast

from pydantic import Field, TypeAdapter, ValidationError

from verifier.errors import Implausible, Misread, Refused, Unreachable
from verifier.fields import Name
from verifier.observation import Silence, SilenceReason
from verifier.talk import Reply

#: Most entries that a list of workers may have.
MOST_WORKERS: Final = 50_000
#: How far a source's clock may run ahead of ours.
CLOCK_SLACK: Final = timedelta(minutes=10)

_DEEPEST: Final = 64
_TOKENS: Final = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)


Row = TypeVar("Row")
#: A list of workers, and workers by their names.
Many: TypeAlias = Annotated[list[Row], Field(max_length=MOST_WORKERS)]
Named: TypeAlias = Annotated[dict[Name, Row], Field(max_length=MOST_WORKERS)]


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


def fit(form: type[Row], value: object, *path: str) -> Row:
    """What a decoded document holds at a path of keys, as a model or other type.

    Raises Misread with the path of the first wrong field.
    """
    of: Any = form  # a type that is made at run time is none to the checker
    try:
        return cast("Row", _form(of).validate_python(_at(value, path)))
    except ValidationError as error:
        raise _misread(error, *path) from None


def rows(row: type[Row], value: object, *path: str, most: int = MOST_WORKERS) -> list[Row]:
    """The list that a decoded document holds at a path of keys, each of its entries a model or other type.

    Raises Misread with the path of the first wrong field, and for more than ``most`` entries.
    """
    entries: Any = row
    try:
        return cast("list[Row]", _list_of(entries, most).validate_python(_at(value, path)))
    except ValidationError as error:
        raise _misread(error, *path) from None


def _at(value: object, path: Sequence[str]) -> object:
    for depth, key in enumerate(path):
        if not isinstance(value, Mapping) or key not in value:
            raise Misread(f"{'.'.join(path[: depth + 1])}: Field required")
        value = value[key]
    return value


@lru_cache(maxsize=1024)
def _form(of: Any) -> TypeAdapter[Any]:
    return TypeAdapter(of)


@cache
def _list_of(row: Any, most: int) -> TypeAdapter[Any]:
    return TypeAdapter(Annotated[list[row], Field(max_length=most)])


def _misread(error: ValidationError, *path: str) -> Misread:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = ".".join(str(part) for part in (*path, *first["loc"])) or "document"
    return Misread(f"{place}: {first['msg'].removeprefix('Value error, ')}")


def read(form: type[Row], reply: Reply, *path: str) -> Row:
    """An answer of one JSON document, or what it holds at a path of keys, as a model or other type."""
    return fit(form, decode(reply), *path)


def read_lines(model: type[Row], reply: Reply) -> Row:
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
