"""One set of mutations that every question of every source survives, made from its recorded good case.

The law: the very same observations, or a SourceError, or a silence, or observations without the figure that was
changed; never a zero that was not there, never a figure that nobody sent, and never an error of another kind. What a
mutation has nothing to change in is found out, not listed.
"""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any, Final

from tests.sources.mutations import (
    Path,
    answered,
    at,
    documents,
    everywhere,
    figures,
    moments,
    no_new_zero,
    of_one_thing,
    only_less,
    put,
    rows,
    said,
    told,
    told_of_good,
    variants,
    without,
)
from tests.sources.test_laws import ALL, about, good, tell
from verifier.errors import Misread, SourceError
from verifier.observation import WorkersSeen
from verifier.sources import SOURCES
from verifier.talk import Http
from verifier.told import told_once

_UNIX: Final = ((1.2e9, 2.2e9, 1000), (1.2e12, 2.2e12, 0.001))
_ZONED: Final = re.compile(r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z| ?[+-]\d\d:?\d\d)$")
_UNIT: Final = re.compile(r"([kKMGTPE])([Hh](?:ash)?(?:/s|s)?|[Ss]ol/s)")
_UP: Final = {"k": "M", "K": "M", "M": "G", "G": "T", "T": "P", "P": "E", "E": "Z"}
STATUSES: Final = (401, 403, 404, 429, 500, 503)
#: Errors, pages and nothing at all, as some servers send them with a 200.
BEHIND: Final = (
    b'{"error": "invalid key", "message": "invalid key", "status": "error", "code": 401, "success": false}',
    b'{"result": null, "error": {"code": -1, "message": "busy"}, "data": null}',
    b"<!doctype html><html><body><form action='/login'></form></body></html>",
    b"{}",
    b"[]",
    b"null",
    b"",
)
ODD: Final[tuple[object, ...]] = ("what", [], {}, [[1]], True, -1, None)
#: Workers of one account; ten thousand, and fifty thousand and one, are among the laws.
MANY: Final = 2_000


@ALL
def test_an_error_by_its_status(kind: str, question: str) -> None:
    for status, body in product(STATUSES, (b"", b'{"error": "no"}', b"<html>no</html>")):
        with about((status, body)):
            assert told(kind, question, answered(kind, question, status=status, body=body)) is None


@ALL
def test_an_error_behind_a_good_status(kind: str, question: str) -> None:
    before = told_of_good(kind, question)
    for body in BEHIND:
        with about(body):
            after = told(kind, question, answered(kind, question, status=200, body=body))
            no_new_zero(before, after)
            if after is not None:
                assert not body.startswith(b"<"), "a login page is no answer"
                assert body == b"[]" or not figures(after), "nothing can be understood of it"


@ALL
def test_an_answer_that_breaks_off(kind: str, question: str) -> None:
    for place, _ in documents(kind, question):
        exchanges = good(kind, question).exchanges
        body = exchanges[place].reply.body
        cut = replace(exchanges[place], reply=replace(exchanges[place].reply, body=body[: len(body) * 2 // 3]))
        with about(f"answer {place + 1}"):
            after = told(kind, question, (*exchanges[:place], cut, *exchanges[place + 1 :]))
            only_less(told_of_good(kind, question), after)


@ALL
def test_a_field_of_another_type(kind: str, question: str) -> None:
    before = told_of_good(kind, question)
    for odd in ODD:

        def other(document: Any, path: Path, odd: object = odd) -> object:
            return document if isinstance(at(document, path), bool) else put(document, path, odd)

        for path, exchanges in variants(kind, question, other):
            with about((path, odd)):
                no_new_zero(before, told(kind, question, exchanges), path)


@ALL
def test_a_field_that_is_missing(kind: str, question: str) -> None:
    before = told_of_good(kind, question)

    def cut(document: Any, path: Path) -> object:
        return without(document, path) if path and path[-1] != 0 else document

    for path, exchanges in variants(kind, question, cut):
        with about(path):
            no_new_zero(before, told(kind, question, exchanges), path)


@ALL
def test_a_field_that_nobody_knows_changes_nothing(kind: str, question: str) -> None:
    before = told_of_good(kind, question)

    def more(document: Any, path: Path) -> object:
        inside = at(document, path)
        kinds = {type(value) for value in inside.values()} if isinstance(inside, dict) else {dict}
        if kinds & {dict, list} == kinds:
            return document  # a map of rows
        extra: object = {frozenset({str}): "1", frozenset({int}): 1, frozenset({float}): 1.5}.get(
            frozenset(kinds), [{"a": 1}]
        )
        return put(document, path, {**inside, "zz": extra})

    for path, exchanges in variants(kind, question, more):
        with about(path):
            assert told(kind, question, exchanges) == before


@ALL
def test_what_is_no_number(kind: str, question: str) -> None:
    before = told_of_good(kind, question)
    for nan in (float("nan"), float("inf")):
        exchanges, changed = everywhere(
            kind,
            question,
            lambda value, nan=nan: nan if isinstance(value, float) else value,  # type: ignore[misc]
        )
        if changed:
            only_less(before, told(kind, question, exchanges))


@ALL
def test_a_time_of_another_scale(kind: str, question: str) -> None:
    def scaled(value: object) -> object:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return value
        return next((type(value)(value * factor) for low, high, factor in _UNIX if low < value < high), value)

    exchanges, changed = everywhere(kind, question, scaled)
    if changed and (after := told(kind, question, exchanges)) is not None:
        case = good(kind, question)
        known = moments(told_of_good(kind, question)) | {one.reply.received_at for one in case.exchanges}
        assert moments(after) <= known


@ALL
def test_a_time_without_its_zone(kind: str, question: str) -> None:
    def local(value: object) -> object:
        found = _ZONED.fullmatch(value) if isinstance(value, str) else None
        return found[1] if found else value

    exchanges, changed = everywhere(kind, question, local)
    if changed:
        only_less(told_of_good(kind, question), told(kind, question, exchanges))


@ALL
def test_a_unit_of_another_name_and_another_size(kind: str, question: str) -> None:
    before = told_of_good(kind, question)

    def renamed(word: str) -> Callable[[object], object]:
        def change(value: object) -> object:
            found = _UNIT.fullmatch(value) if isinstance(value, str) else None
            return value if found is None else word or _UP[found[1]] + found[2]

        return change

    unknown, changed = everywhere(kind, question, renamed("bushels"))
    if changed:
        only_less(before, told(kind, question, unknown))
        larger, _ = everywhere(kind, question, renamed(""))
        after = told(kind, question, larger)
        if after is not None:
            was = {one[:-1]: one[-1] for one in figures(before) if isinstance(one[-1], float) and one[-1]}
            grown = {round(one[-1] / was[one[:-1]], 6) for one in figures(after) if one[:-1] in was}
            assert grown <= {1.0, 1000.0}


@ALL
def test_a_worker_with_two_sessions_is_one_worker(kind: str, question: str) -> None:
    """Whether the second row says the same or, being another connection, has figures of its own."""
    before = told_of_good(kind, question)
    for place, document, path, key in rows(kind, question):
        inside = at(document, path)
        if isinstance(inside, dict):
            continue
        row = inside[key]
        other = {name: value * 1.25 if isinstance(value, float) else value for name, value in row.items()}
        for second in (row, other):
            after = told(kind, question, said(kind, question, place, put(document, path, [*inside, second]))) or ()
            no_new_zero(before, after)
            assert max(Counter(of_one_thing(after)).values(), default=1) == 1
            for one in after:
                if isinstance(one, WorkersSeen):
                    assert len({worker.name for worker in one.workers}) == len(one.workers)


@ALL
def test_a_worker_that_vanishes_leaves_no_zero_behind(kind: str, question: str) -> None:
    before = told_of_good(kind, question)
    for place, document, path, key in rows(kind, question):
        no_new_zero(before, told(kind, question, said(kind, question, place, without(document, (*path, key)))))


@ALL
def test_thousands_of_workers_are_read_or_refused(kind: str, question: str) -> None:
    for place, document, path, key in rows(kind, question):
        inside, many = at(document, path), MANY
        if isinstance(inside, dict):
            grown: Any = {f"{key}{i}": inside[key] for i in range(many)}
        else:
            row = inside[key]
            (name, shown), *_ = [(one, value) for one, value in row.items() if isinstance(value, str) and value]
            grown = [{**row, name: f"{shown}{i}"} for i in range(many)]
        try:
            seen = tell(kind, question, said(kind, question, place, put(document, path, grown)))
        except SourceError:
            continue
        assert len(seen) <= 8 * many
        assert all(len(one.workers) <= many + 10 for one in seen if isinstance(one, WorkersSeen))
        return


@ALL
def test_pages_that_never_end(kind: str, question: str) -> None:
    """Whatever is asked of a path is answered with the first page that it gave, as often as the door lets it ask."""
    source, case = SOURCES[kind], good(kind, question)
    recorded = {repr(one.ask): one.reply for one in case.exchanges}
    first = {one.ask.path: one.reply for one in reversed(case.exchanges) if isinstance(one.ask, Http)}
    account = source.Account.model_validate({"kind": kind, **case.account})
    talk = source.question(question).talk(account, case.window)
    try:
        ask = next(talk)
        for _ in range(64):
            known = recorded.get(repr(ask)) or (first.get(ask.path) if isinstance(ask, Http) else None)
            if known is None:
                raise Misread("not about pages")
            ask = talk.send(known)
    except StopIteration as end:
        before, after = told_of_good(kind, question), told_once(end.value)
        no_new_zero(before, after)
        assert max(Counter(of_one_thing(after)).values(), default=1) == 1, "a page read twice counts once"
    except SourceError:
        pass
    finally:
        talk.close()
