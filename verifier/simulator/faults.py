"""What can go wrong between a pool and its reader: one word per fault, and what it does to a page."""

import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any, Final

from verifier.simulator.page import Page, http_date
from verifier.simulator.truth import World


class Fault(StrEnum):
    """Every fault that a face can be given."""

    ERROR_500 = "error_500"
    ERROR_503 = "error_503"
    TOO_MANY_REQUESTS = "too_many_requests"
    TOO_MANY_REQUESTS_UNTIL = "too_many_requests_until"
    SLOW = "slow"
    HANG = "hang"
    RESET = "reset"
    TRUNCATED = "truncated"
    HALF_DOCUMENT = "half_document"
    EMPTY = "empty"
    LOGIN_PAGE = "login_page"
    HUGE = "huge"
    GZIP_BOMB = "gzip_bomb"
    INVALID_UTF8 = "invalid_utf8"
    DUPLICATED_KEYS = "duplicated_keys"
    DEEP_NESTING = "deep_nesting"
    WRONG_TYPES = "wrong_types"
    NOT_A_NUMBER = "not_a_number"
    INFINITE = "infinite"
    NEGATIVE = "negative"
    INJECTION = "injection"
    MANY_WORKERS = "many_workers"
    FROZEN = "frozen"
    COUNTER_RESET = "counter_reset"
    FUTURE = "future"


#: Faults of the connection, played by the server and not by the page.
ON_THE_WIRE: Final = frozenset({Fault.SLOW, Fault.HANG, Fault.RESET, Fault.TRUNCATED})

RETRY_AFTER: Final = 7
HUGE_BYTES: Final = 40 * 1024 * 1024
BOMB_BYTES: Final = 128 * 1024 * 1024
MANY: Final = 10_000
AHEAD: Final = timedelta(days=2)

_LOGIN: Final = "<!doctype html><html><head><title>Sign in</title></head><body><form>Password</form></body></html>"
_NAME: Final = '<script>alert(1)</script>"} verifier_up 0\n# {{7*7}} \u202e\x00'
_NAMES: Final = frozenset(
    {"workername", "name", "workerName", "worker_name", "workerId", "worker", "username", "user_identity", "ID"}
)
_LISTS: Final = frozenset(
    {"worker", "workers", "workersList", "workerDatas", "details", "miners", "content", "rows", "extended_channels"}
)


def mapped(value: Any, number: Callable[[float], Any], key: str = "", name: str | None = None) -> Any:
    """A document with every number, and every worker's name when one is given, replaced."""
    if isinstance(value, dict):
        inside = {inner: mapped(item, number, inner, name) for inner, item in value.items()}
        return _renamed(inside, name) if name is not None and key in _LISTS else inside
    if isinstance(value, list):
        return [mapped(item, number, "", name) for item in value]
    if isinstance(value, str):
        return name if name is not None and key in _NAMES else value
    return value if value is None or isinstance(value, bool) else number(value)


def _renamed(workers: dict[str, Any], name: str) -> dict[str, Any]:
    """Workers that are named by their keys; the first has the name, the others begin with it."""
    return {f"{name}{number or ''}": item for number, item in enumerate(workers.values())}


def _same(number: float) -> float:
    return number


def _crowded(value: Any) -> Any:
    """Every list of workers, and every map of them, with ten thousand."""
    if isinstance(value, list):
        return [_crowded(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: _crowd(item) if key in _LISTS and item else _crowded(item) for key, item in value.items()}


def _crowd(workers: Any) -> Any:
    if isinstance(workers, dict):
        items = list(workers.values())
        return {f"rig{index:05d}": items[index % len(items)] for index in range(MANY)}
    if isinstance(workers, list) and isinstance(workers[0], dict):
        return [mapped(workers[index % len(workers)], _same, name=f"rig{index:05d}") for index in range(MANY)]
    return workers


_DOCUMENTS: Final[Mapping[Fault, Callable[[Any], Any]]] = {
    Fault.WRONG_TYPES: lambda document: mapped(document, lambda _: {"value": []}),
    Fault.NOT_A_NUMBER: lambda document: mapped(document, lambda _: float("nan")),
    Fault.INFINITE: lambda document: mapped(document, lambda _: float("inf")),
    Fault.NEGATIVE: lambda document: mapped(document, lambda number: -abs(number) - 1),
    Fault.INJECTION: lambda document: mapped(document, _same, name=_NAME),
    Fault.MANY_WORKERS: _crowded,
}


@cache
def _bomb() -> bytes:
    return gzip.compress(b" " * BOMB_BYTES, compresslevel=9)


def _doubled(page: Page) -> bytes:
    """Each object says everything twice, which JSON forbids nobody."""
    bodies = (json.dumps(document) for document in page.documents)
    return "\n".join(f"{b[:-1]}, {b[1:]}" if b.startswith("{") and b != "{}" else b for b in bodies).encode()


_BODIES: Final[Mapping[Fault, Callable[[Page], bytes]]] = {
    Fault.HALF_DOCUMENT: lambda page: page.body[: len(page.body) // 2],
    Fault.EMPTY: lambda _: b"",
    Fault.LOGIN_PAGE: lambda _: _LOGIN.encode(),
    Fault.HUGE: lambda page: page.body + b" " * HUGE_BYTES,
    Fault.GZIP_BOMB: lambda _: _bomb(),
    Fault.INVALID_UTF8: lambda page: b"\xff\xfe\x80" + page.body,
    Fault.DUPLICATED_KEYS: lambda page: _doubled(page) or page.body,
    Fault.DEEP_NESTING: lambda _: b"[" * 100_000 + b"]" * 100_000,
}


def _refusal(fault: Fault, now: datetime) -> Page | None:
    waits = {
        Fault.TOO_MANY_REQUESTS: str(RETRY_AFTER),
        Fault.TOO_MANY_REQUESTS_UNTIL: http_date(now + timedelta(seconds=RETRY_AFTER)),
        Fault.ERROR_503: str(RETRY_AFTER),
    }
    status = {Fault.ERROR_500: 500, Fault.ERROR_503: 503}.get(fault, 429 if fault in waits else 200)
    if status == 200:
        return None
    headers = {"Retry-After": waits[fault]} if fault in waits else {}
    return Page(text=f"error {status}", status=status, content_type="text/plain", headers=headers)


def spoiled(fault: Fault, page: Page, now: datetime) -> Page:
    """What is sent instead of a page while a fault is on."""
    page = _refusal(fault, now) or page
    if fault in _DOCUMENTS:
        page = replace(page, documents=tuple(map(_DOCUMENTS[fault], page.documents)))
    if fault in _BODIES:
        page = replace(page, raw=_BODIES[fault](page))
    if fault is Fault.LOGIN_PAGE:
        page = replace(page, status=200, content_type="text/html")
    if fault is Fault.GZIP_BOMB:
        page = replace(page, headers={**page.headers, "Content-Encoding": "gzip"})
    return page


class Switches:
    """The fault of each face, none at first, and what the face sees of the world because of it."""

    def __init__(self, world: World, faces: tuple[str, ...], now: Callable[[], datetime]) -> None:
        self._world = world
        self._now = now
        self._set: dict[str, tuple[Fault, datetime, World]] = {}
        self._faces = faces

    def set(self, face: str, fault: str) -> None:
        """Give a face a fault from now on; ``off`` clears it. Raises ValueError for an unknown face or fault."""
        if face not in self._faces:
            raise ValueError(f"no face {face!r}; there are {', '.join(self._faces)}")
        if fault == "off":
            self._set.pop(face, None)
            return
        at, chosen = self._now(), Fault(fault)
        seen = self._world.restarted(at) if chosen is Fault.COUNTER_RESET else self._world
        self._set[face] = (chosen, at, seen)

    def of(self, face: str) -> Fault | None:
        """The fault that is on."""
        return self._set[face][0] if face in self._set else None

    def view(self, face: str) -> tuple[World, datetime]:
        """The world and the moment that the face speaks of."""
        now = self._now()
        if face not in self._set:
            return self._world, now
        fault, since, world = self._set[face]
        return world, {Fault.FROZEN: since, Fault.FUTURE: now + AHEAD}.get(fault, now)

    def states(self) -> dict[str, str]:
        """The fault of every face, ``off`` where there is none."""
        return {face: self.of(face) or "off" for face in self._faces}
