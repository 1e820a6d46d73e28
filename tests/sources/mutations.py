"""What the conformance suite does to a recorded good case, and what it compares: answers changed, figures told."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any, Final, TypeAlias

from tests.sources.test_laws import good, holds, paths, tell
from verifier.observation import Observation, Silence, WorkersSeen
from verifier.sources.recording import Exchange

Path: TypeAlias = tuple[Any, ...]
Seen: TypeAlias = tuple[Observation, ...]
Figure: TypeAlias = tuple[Any, ...]

#: Variants of one mutation per question: as many as stay cheap.
MOST: Final = 24
_WHO: Final = ("type", "worker", "id", "txid", "height", "window", "start", "end")


# ---- what is told of an answer ---------------------------------------------------------------------------------------


def told(kind: str, question: str, exchanges: tuple[Exchange, ...]) -> Seen | None:
    """Observations that keep the law of their kinds; None for a SourceError, a silence alone or nothing at all."""
    seen = holds(kind, question, exchanges)
    return None if seen is None or all(isinstance(one, Silence) for one in seen) else seen


@cache
def told_of_good(kind: str, question: str) -> Seen:
    """What is told of the good case as it was recorded."""
    return tell(kind, question, good(kind, question).exchanges)


def figures(seen: Seen) -> set[Figure]:
    """Every figure with what it is of: a worker and whether he is connected, a span and its work, a payment."""
    found: set[Figure] = set()
    for one in seen:
        if isinstance(one, WorkersSeen):
            found |= {("worker", worker.name, "presence", worker.presence.value) for worker in one.workers}
            found |= {("last share", worker.name, worker.last_share) for worker in one.workers if worker.last_share}
        else:
            who = tuple(getattr(one, name, None) for name in _WHO)
            found |= {
                (*who, name, value)
                for name in one.__dataclass_fields__
                if (value := getattr(one, name)) is not None and name not in {"quantisation", "share_difficulty_floor"}
            }
    return found


def of_one_thing(seen: Seen) -> list[Figure]:
    """What must not be told twice: a worker's work of a span, his average over a window."""
    return [
        tuple(getattr(one, name, None) for name in ("type", "worker", "id", "start", "end", "at", "window", "vout"))
        for one in seen
        if one.type in {"work_seen", "rate_seen", "shares_seen", "earning_claimed"}
    ]


def moments(seen: Seen) -> set[datetime]:
    return {value for *_, value in figures(seen) if isinstance(value, datetime)}


def zeros(seen: Seen) -> Counter[Figure]:
    """How many figures of each sort are zero, whoever's they are: a worker may be called otherwise."""
    found = (one for one in figures(seen) if not isinstance(one[-1], bool))
    return Counter((one[0], one[-2]) for one in found if one[-1] in (0, "offline") or getattr(one[-1], "atoms", 1) == 0)


def only_less(before: Seen, after: Seen | None) -> None:
    """Nothing is told that was not told of the good answer, and least of all a zero."""
    if after is not None:
        invented = figures(after) - figures(before)
        assert not invented, f"told what nobody sent: {sorted(map(repr, invented))[:3]}"


def no_new_zero(before: Seen, after: Seen | None, path: Path = ()) -> None:
    if after is not None:
        invented = found - zeros(before) if (found := zeros(after)) else found
        assert not invented, f"{path}: a zero that was not there: {sorted(map(repr, invented))[:3]}"


# ---- what is changed -------------------------------------------------------------------------------------------------


def answered(kind: str, question: str, **changes: Any) -> tuple[Exchange, ...]:
    """The good case with every answer changed."""
    return tuple(replace(one, reply=replace(one.reply, **changes)) for one in good(kind, question).exchanges)


@cache
def documents(kind: str, question: str) -> tuple[tuple[int, Any], ...]:
    """The answers that are JSON documents, with their place in the conversation; never changed in place."""
    return tuple(_documents(kind, question))


def _documents(kind: str, question: str) -> Iterator[tuple[int, Any]]:
    for place, exchange in enumerate(good(kind, question).exchanges):
        try:
            document = json.loads(exchange.reply.body)
        except ValueError:
            continue
        if isinstance(document, dict | list):
            yield place, document


def said(kind: str, question: str, place: int, document: object) -> tuple[Exchange, ...]:
    """The good case with another document at a place."""
    body = json.dumps(document).encode()
    exchanges = good(kind, question).exchanges
    return tuple(
        replace(one, reply=replace(one.reply, body=body)) if number == place else one
        for number, one in enumerate(exchanges)
    )


def at(document: Any, path: Path) -> Any:
    for step in path:
        document = document[step]
    return document


def put(document: Any, path: Path, value: object) -> Any:
    """A copy with another value at a path."""
    if not path:
        return value
    copy = document.copy()
    copy[path[0]] = put(copy[path[0]], path[1:], value)
    return copy


def without(document: Any, path: Path) -> Any:
    parent = at(document, path[:-1]).copy()
    del parent[path[-1]]
    return put(document, path[:-1], parent)


def leaves(document: Any) -> list[Path]:
    """The paths of the first element of each list and map: the others have the same form."""
    every = paths(document)
    chosen = [path for path in every if all(step in {0, -1} or isinstance(step, str) for step in path)]
    step = max(1, len(chosen) // MOST)
    return chosen[::step]


@cache
def _of_each_form(kind: str, question: str) -> tuple[tuple[int, Any], ...]:
    """Of answers that look alike, like a chain of blocks, the first and the last."""
    alike: dict[tuple[Path, ...], list[tuple[int, Any]]] = {}
    for place, document in documents(kind, question):
        alike.setdefault(tuple(leaves(document)), []).append((place, document))
    return tuple(one for some in alike.values() for one in (some if len(some) < 3 else (some[0], some[-1])))


def variants(
    kind: str, question: str, change: Callable[[Any, Path], object]
) -> Iterator[tuple[Path, tuple[Exchange, ...]]]:
    """The good case with each field in turn changed; a change that returns the document itself does not apply."""
    for place, document in _of_each_form(kind, question):
        for path in leaves(document):
            changed = change(document, path)
            if changed is not document:
                yield path, said(kind, question, place, changed)


def everywhere(kind: str, question: str, change: Callable[[object], object]) -> tuple[tuple[Exchange, ...], bool]:
    """The good case with every value that ``change`` has something else for, and whether there was one."""
    exchanges, changed = good(kind, question).exchanges, False
    for place, document in documents(kind, question):
        new = document
        for path in paths(document):
            value = at(new, path)
            if not isinstance(value, dict | list) and (other := change(value)) is not value:
                new, changed = put(new, path, other), True
        exchanges = (*exchanges[:place], said(kind, question, place, new)[place], *exchanges[place + 1 :])
    return exchanges, changed


def rows(kind: str, question: str) -> Iterator[tuple[int, Any, Path, Any]]:
    """The lists and maps whose entries are workers, found by their names: place, document, path, key of the first."""
    before = told_of_good(kind, question)
    names = {worker.name for one in before if isinstance(one, WorkersSeen) for worker in one.workers if worker.name}
    for place, document in documents(kind, question):
        for path in paths(document):
            inside = at(document, path)
            if isinstance(inside, list) and inside and isinstance(inside[0], dict):
                if any(named(entry, names) for entry in inside):
                    yield place, document, path, next(i for i, entry in enumerate(inside) if named(entry, names))
            elif isinstance(inside, dict) and any(is_named(key, names) for key in inside):
                yield place, document, path, next(key for key in inside if is_named(key, names))


def is_named(value: object, names: set[str]) -> bool:
    return isinstance(value, str) and any(value == name or value.endswith((f".{name}", f"/{name}")) for name in names)


def named(entry: object, names: set[str]) -> bool:
    return isinstance(entry, dict) and any(is_named(value, names) for value in entry.values())
