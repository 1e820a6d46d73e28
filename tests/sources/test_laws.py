"""Whatever a source sends becomes observations or a SourceError, in bounded time, and nothing else."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest

from verifier.errors import SourceError
from verifier.observation import OBSERVATIONS, Observation, PayoutReceived, Silence, WorkersSeen, WorkSeen
from verifier.sources import SOURCES
from verifier.sources.recording import Case, Exchange, read_case, retell
from verifier.talk import Account

RECORDED = Path(__file__).parent / "recorded"
QUESTIONS = [(kind, question.name) for kind, source in SOURCES.items() for question in source.questions]
ODD = (
    b"null",
    b"true",
    b"-1",
    b"1e999",
    b"NaN",
    b'""',
    b'"x"',
    b"[]",
    b"{}",
    b"9" * 400,
    b'"\\ud800\\u0000"',
    b"<",
    b"\xff",
)
ODD_VALUES: tuple[object, ...] = (None, True, -5, 10**30, 0.5, -1e-9, float("inf"), float("nan"), "", "\ud800x", [], {})
STATUSES = (200, 200, 204, 301, 400, 401, 404, 429, 500)
#: Damages of each sort per question. Drawn by a generator of its own: hypothesis takes six times what reading takes.
DAMAGES = 8
ALL = pytest.mark.parametrize(("kind", "question"), QUESTIONS)


@contextmanager
def about(what: object) -> Iterator[None]:
    """Several changes are one test: a failure says of which it is."""
    try:
        yield
    except Exception as error:
        error.add_note(f"what was changed: {what!r}")
        raise


@cache
def good(kind: str, question: str) -> Case:
    folder = RECORDED / kind / question / "good"
    return read_case({file.name: file.read_bytes() for file in folder.iterdir()})


@cache
def account(kind: str, question: str) -> Account:
    return SOURCES[kind].Account.model_validate({"kind": kind, **good(kind, question).account})


def tell(kind: str, question: str, exchanges: tuple[Exchange, ...]) -> tuple[Observation, ...]:
    talk = SOURCES[kind].question(question).talk(account(kind, question), good(kind, question).window)
    return tuple(retell(talk, exchanges))


def holds(kind: str, question: str, exchanges: tuple[Exchange, ...]) -> tuple[Observation, ...] | None:
    """The law: observations of the kinds the question names that survive being written down, or a SourceError: None."""
    try:
        seen = tell(kind, question, exchanges)
    except SourceError:
        return None
    assert {type(observation) for observation in seen} <= {*SOURCES[kind].question(question).sees, Silence}
    assert OBSERVATIONS.validate_json(OBSERVATIONS.dump_json(seen)) == seen
    return seen


def with_body(case: Case, which: int, body: bytes) -> tuple[Exchange, ...]:
    exchanges = list(case.exchanges)
    exchanges[which] = replace(exchanges[which], reply=replace(exchanges[which].reply, body=body))
    return tuple(exchanges)


@ALL
def test_any_bytes_of_any_status(kind: str, question: str) -> None:
    case, chance = good(kind, question), Random(f"bytes {kind} {question}")
    for _ in range(DAMAGES):
        which, status = chance.randrange(len(case.exchanges)), chance.choice(STATUSES)
        exchanges = list(with_body(case, which, chance.randbytes(chance.randrange(60))))
        exchanges[which] = replace(exchanges[which], reply=replace(exchanges[which].reply, status=status))
        with about(exchanges[which].reply):
            holds(kind, question, tuple(exchanges))


@ALL
def test_any_damage_to_a_good_body(kind: str, question: str) -> None:
    case, chance = good(kind, question), Random(f"damage {kind} {question}")
    for _ in range(DAMAGES):
        which = chance.randrange(len(case.exchanges))
        body = case.exchanges[which].reply.body
        start = chance.randint(0, len(body))
        end = chance.randint(start, min(len(body), start + 40))
        odd = chance.choice((*ODD, chance.randbytes(chance.randrange(8))))
        with about((which, start, end, odd)):
            holds(kind, question, with_body(case, which, body[:start] + odd + body[end:]))


def paths(document: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    return [here, *(path for key, value in inner for path in paths(value, (*here, key)))]


def changed(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    copy = document.copy()
    copy[path[0]] = changed(copy[path[0]], path[1:], value)
    return copy


def documents(case: Case) -> list[int]:
    """Which answers are JSON documents."""
    found = []
    for place, exchange in enumerate(case.exchanges):
        try:
            json.loads(exchange.reply.body)
        except ValueError:
            continue
        found.append(place)
    return found


@pytest.mark.parametrize(("kind", "question"), [pair for pair in QUESTIONS if documents(good(*pair))])
def test_any_field_of_any_type(kind: str, question: str) -> None:
    case, chance = good(kind, question), Random(f"field {kind} {question}")
    found = [(which, json.loads(case.exchanges[which].reply.body)) for which in documents(case)]
    for _ in range(DAMAGES):
        which, document = chance.choice(found)
        path, odd = chance.choice(paths(document)), chance.choice(ODD_VALUES)
        with about((which, path, odd)):
            holds(kind, question, with_body(case, which, json.dumps(changed(document, path, odd)).encode()))


def test_ten_thousand_workers_are_read_whole() -> None:
    """Some 2.5 MB of a CKPool page: every worker once, the parts as large as the whole."""
    case = good("ckpool", "now")
    page = json.loads(case.exchanges[0].reply.body)
    template, address = page["worker"][0], case.account["address"]
    page["worker"] = [{**template, "workername": f"{address}.rig{i:05d}", "shares": i} for i in range(10_000)]
    page["shares"] = sum(range(10_000))
    seen = tell("ckpool", "now", with_body(case, 0, json.dumps(page).encode()))
    workers = next(observation for observation in seen if isinstance(observation, WorkersSeen)).workers
    assert len({worker.name for worker in workers}) == 10_000
    whole, *parts = [observation.hashes for observation in seen if isinstance(observation, WorkSeen)]
    assert sum(parts) == whole
    assert len(parts) == 10_000


def test_ten_thousand_workers_of_pools_that_name_them_by_key() -> None:
    case = good("ocean", "workers")
    page = json.loads(case.exchanges[0].reply.body)
    template = page["result"]["workers"]["rig01"]
    page["result"]["workers"] = {f"rig{i:05d}": template for i in range(10_000)}
    seen = tell("ocean", "workers", with_body(case, 0, json.dumps(page).encode()))
    assert len(next(one for one in seen if isinstance(one, WorkersSeen)).workers) == 10_000

    case = good("braiins", "workers")
    page = json.loads(case.exchanges[0].reply.body)
    template = page["btc"]["workers"]["renter1.rig01"]
    page["btc"]["workers"] = {f"renter1.rig{i:05d}": template for i in range(10_000)}
    seen = tell("braiins", "workers", with_body(case, 0, json.dumps(page).encode()))
    names = {worker.name for worker in next(one for one in seen if isinstance(one, WorkersSeen)).workers}
    assert names == {f"rig{i:05d}" for i in range(10_000)}


def test_coins_are_read_from_their_digits_and_no_float_on_the_way_changes_them() -> None:
    case = good("bitcoin_core", "receipts")
    body = case.exchanges[3].reply.body
    assert b"0.01733412" in body
    # No binary fraction equals it: through a float it would be 20999999.9769 rounded to something else.
    most = with_body(case, 3, body.replace(b"0.01733412", b"20999999.97690000"))
    received = [one for one in tell("bitcoin_core", "receipts", most) if isinstance(one, PayoutReceived)]
    assert max(one.amount.atoms for one in received) == 2_099_999_997_690_000


def test_a_page_beyond_fifty_thousand_workers_is_refused() -> None:
    case = good("f2pool", "workers")
    worker = {"hash_rate_info": {"hash_rate": 1, "h1_hash_rate": 1, "h24_hash_rate": 1}, "status": 0}
    body = json.dumps({"workers": [worker] * 50_001}).encode()
    with pytest.raises(SourceError, match=r"workers: .*50000"):
        tell("f2pool", "workers", with_body(case, 0, body))
