"""What a face is asked and what it answers: values only, no HTTP library."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Literal

from verifier.simulator.truth import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request: the parts of its path that the route named, header names in lower case, query and body."""

    parts: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One answer: JSON documents, one after the other, or a text when there are none; ``raw`` replaces both."""

    documents: tuple[Any, ...] = ()
    text: str = ""
    raw: bytes | None = None
    status: int = 200
    content_type: str = "application/json; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    indent: int | None = None
    separators: tuple[str, str] | None = (",", ":")

    @property
    def body(self) -> bytes:
        if self.raw is not None:
            return self.raw
        if not self.documents:
            return self.text.encode()
        lines = (json.dumps(d, indent=self.indent, separators=self.separators) for d in self.documents)
        return "\n".join(lines).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One path below the face's prefix, ``{name}`` being a part, and the pure function that answers it."""

    path: str
    answer: Callable[[World, Asked, datetime], Page]
    method: Literal["GET", "POST"] = "GET"


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """One pool format: its prefix, its routes in order, and what it says to any other path."""

    name: str
    routes: tuple[Route, ...]
    missing: Callable[[str, str], Page]


def http_date(at: datetime) -> str:
    """A moment as HTTP headers write it (RFC 9110)."""
    return format_datetime(at, usegmt=True)
