"""Standings and transitions as JSON bytes, so that a restart goes on where the last turn ended."""

import json
from collections.abc import Iterable
from typing import Any, Final

from pydantic import TypeAdapter
from pydantic_core import from_json

from verifier.incidents.standing import Incident, Standing, Transition
from verifier.verdicts import CHECKS
from verifier.verdicts.evidence import Evidence
from verifier.verdicts.payouts.books import Books
from verifier.verdicts.verdict import Verdict

#: Changes when a fold of before cannot be continued.
EVIDENCE_VERSION: Final = 2
BOOKS_VERSION: Final = 2

_EVIDENCE: Final = TypeAdapter(Evidence)
_BOOKS: Final = TypeAdapter(Books)
_INCIDENTS: Final = TypeAdapter(dict[str, Incident])
_VERDICT: Final = TypeAdapter(Verdict)
_VERDICTS: Final = TypeAdapter(dict[str, Verdict])
_TRANSITION: Final = TypeAdapter(Transition)
_STATES: Final[dict[str, TypeAdapter[Any]]] = {check.name: TypeAdapter(check.State) for check in CHECKS}
_VERSIONS: Final = {check.name: check.version for check in CHECKS} | {
    "evidence": EVIDENCE_VERSION,
    "books": BOOKS_VERSION,
}
_VERSIONS_WRITTEN: Final = json.dumps(_VERSIONS).encode()

#: Books and verdicts are half of a standing and mostly the very same as a turn before: each is written once.
_WRITTEN: Final[dict[tuple[str, str], tuple[object, bytes]]] = {}


def dump_standing(standing: Standing) -> bytes:
    """A standing as bytes, with the versions of the checks that wrote it."""
    subject = standing.subject
    return b'{"position":%d,"versions":%b,"evidence":%b,"books":%b,"incidents":%b,"verdicts":{%b},"checks":{%b}}' % (
        standing.position,
        _VERSIONS_WRITTEN,
        b"null" if standing.evidence is None else _EVIDENCE.dump_json(standing.evidence),
        b"null" if standing.books is None else _once(subject, "", standing.books, _BOOKS),
        _INCIDENTS.dump_json(dict(standing.incidents), exclude_defaults=True),
        _members((name, _once(subject, name, verdict, _VERDICT)) for name, verdict in standing.verdicts.items()),
        _members((name, _STATES[name].dump_json(state)) for name, state in standing.checks.items()),
    )


def _members(written: Iterable[tuple[str, bytes]]) -> bytes:
    return b",".join(b'"%b":%b' % (name.encode(), value) for name, value in written)


def _once(subject: str, part: str, value: object, adapter: TypeAdapter[Any]) -> bytes:
    kept = _WRITTEN.get((subject, part))
    if kept is None or kept[0] is not value:
        kept = _WRITTEN[subject, part] = value, adapter.dump_json(value, exclude_defaults=True)
    return kept[1]


def load_standing(subject: str, content: bytes) -> tuple[Standing, bool]:
    """A standing from its bytes, and whether every part can be continued.

    A check of another version cannot continue its old state: the caller refolds it from the facts, keeping the
    incidents, which are what people were told, and the states of checks that keep what they said of time that is over.
    """
    raw = from_json(content)
    incidents = _INCIDENTS.validate_python(raw["incidents"])
    if raw["versions"] != _VERSIONS:
        kept = {one.name for one in CHECKS if one.keeps and raw["versions"].get(one.name) == one.version}
        states = {name: _STATES[name].validate_python(raw["checks"][name]) for name in kept & raw["checks"].keys()}
        return Standing(subject=subject, incidents=incidents, checks=states), False
    standing = Standing(
        subject=subject,
        position=raw["position"],
        evidence=None if raw["evidence"] is None else _EVIDENCE.validate_python(raw["evidence"]),
        books=None if raw["books"] is None else _BOOKS.validate_python(raw["books"]),
        checks={name: _STATES[name].validate_python(state) for name, state in raw["checks"].items()},
        incidents=incidents,
        verdicts=_VERDICTS.validate_python(raw["verdicts"]),
    )
    return standing, True


def dump_transition(transition: Transition) -> bytes:
    """A transition as bytes."""
    return _TRANSITION.dump_json(transition)


def load_transition(content: bytes) -> Transition:
    """A transition from its bytes."""
    return _TRANSITION.validate_json(content)
