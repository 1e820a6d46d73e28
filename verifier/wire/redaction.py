"""Secrets enter an ask here and leave it nowhere: placeholders are filled in, values hidden in what comes out."""

from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeAlias
from urllib.parse import quote, quote_plus

from verifier.talk import Ask, File, Http, Lines, Part, Secret

HIDDEN: Final = "***"

#: A value shorter than this is not looked for in a body, where it could not be told apart from data.
TELLABLE: Final = 8

#: What stands for a placeholder; None where the account has no such secret.
Filling: TypeAlias = Callable[[Secret], str | None]


def spellings(secrets: Iterable[str]) -> tuple[str, ...]:
    """Every way in which the values could be written in a text: plain, in a URL, in base64; longest first."""
    ways = {
        spelled
        for value in secrets
        if value
        for spelled in (value, quote(value, safe=""), quote_plus(value), b64encode(value.encode()).decode())
    }
    return tuple(sorted(ways, key=len, reverse=True))


def redact(text: str, secrets: Mapping[str, str]) -> str:
    """The text without any of the secret values, however they are spelled."""
    return hide(text, spellings(secrets.values()))


def hide(text: str, spelled: Iterable[str]) -> str:
    """The text with ``***`` in place of every spelling."""
    for spelling in spelled:
        text = text.replace(spelling, HIDDEN)
    return text


def hide_in_body(body: bytes, spelled: Iterable[str]) -> bytes:
    """The body with ``***`` in place of every spelling that is long enough to be no figure or word."""
    for spelling in spelled:
        if len(spelling) >= TELLABLE:
            body = body.replace(spelling.encode(), HIDDEN.encode())
    return body


def filled_parts(parts: Mapping[str, Part], filling: Filling) -> dict[str, str]:
    """A query or headers with the placeholders filled in; a part whose secret is not configured is left out."""
    values = {name: filling(part) if isinstance(part, Secret) else part for name, part in parts.items()}
    return {name: value for name, value in values.items() if value is not None}


def filled(value: object, filling: Filling) -> object:
    """A value with every placeholder in it filled in, at any depth; None for a secret that is not configured."""
    match value:
        case Secret():
            return filling(value)
        case Mapping():
            return {key: filled(part, filling) for key, part in value.items()}
        case list() | tuple():
            return [filled(part, filling) for part in value]
        case _:
            return value


def carries_secret(ask: Ask) -> bool:
    """Whether a placeholder stands anywhere in the ask."""
    match ask:
        case Http():
            return _holds_secret(ask.query) or _holds_secret(ask.headers) or _holds_secret(ask.body)
        case Lines():
            return _holds_secret(ask.params)
        case File():
            return False


def _holds_secret(value: object) -> bool:
    match value:
        case Secret():
            return True
        case Mapping():
            return any(map(_holds_secret, value.values()))
        case list() | tuple():
            return any(map(_holds_secret, value))
        case _:
            return False
