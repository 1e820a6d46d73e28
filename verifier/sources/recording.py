"""Recorded conversations: written down with everything personal replaced, and told again to a talk."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, get_origin

from pydantic import TypeAdapter

from verifier.errors import SourceError, Unreachable
from verifier.observation import OBSERVATIONS, Observation
from verifier.talk import Account, Ask, File, Http, Lines, Reply, Source, Talk
from verifier.told import told_once
from verifier.units import Window

#: The headers that a talk may look at; all others are left out of recordings.
HEADERS: Final = ("content-type", "last-modified", "date", "retry-after")

_META: Final = "case.json"
_HTTP: Final = TypeAdapter(Http)
_LINES: Final = TypeAdapter(Lines)
_FILE: Final = TypeAdapter(File)
_WINDOW: Final = TypeAdapter(Window)
_REPLY: Final = TypeAdapter(Reply)
_ALONE: Final = r"(?<![A-Za-z0-9]){}(?![A-Za-z0-9])"
#: What identifies people and payments in any answer, with what is written instead.
_SHAPES: Final = (
    (re.compile(_ALONE.format(r"(?:bc|tb|bcrt)1[02-9ac-hj-np-z]{8,87}"), re.IGNORECASE), "bc1qsomebody{:05d}"),
    (re.compile(_ALONE.format(r"[123mn][1-9A-HJ-NP-Za-km-z]{25,34}")), "1Somebody{:05d}"),
    (re.compile(_ALONE.format(r"[0-9a-f]{64}")), "{:064x}"),
    (re.compile(_ALONE.format(r"\d{1,3}(?:\.\d{1,3}){3}")), "192.0.2.{}"),
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"), "somebody{}@example.org"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One ask as it left the talk (secrets are placeholders there) and the answer to it."""

    ask: Http | Lines | File
    reply: Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One conversation: the account's fields, the window that was asked for, and what was said."""

    account: Mapping[str, object]
    window: Window
    exchanges: tuple[Exchange, ...]


def follow(talk: Talk, answer: Callable[[Ask], Reply | None]) -> Sequence[Observation]:
    """What a talk makes of kept answers; an ask that has none meets Unreachable, as at the door.

    Raises whatever SourceError the talk lets out.
    """
    try:
        ask = next(talk)
        while True:
            reply = answer(ask)
            ask = talk.throw(Unreachable("this answer was not recorded")) if reply is None else talk.send(reply)
    except StopIteration as end:
        said: Sequence[Observation] = told_once(end.value)
        return said
    finally:
        talk.close()


def retell(talk: Talk, exchanges: Sequence[Exchange]) -> Sequence[Observation]:
    """What a talk makes of recorded answers, each given once and the last one of an ask again and again.

    Raises whatever SourceError the talk lets out.
    """
    asked: Counter[int] = Counter()

    def answer(ask: Ask) -> Reply | None:
        same = [exchange for exchange in exchanges if exchange.ask == ask]
        if not same:
            return None
        asked[id(same[0])] += 1
        return same[min(asked[id(same[0])], len(same)) - 1].reply

    return follow(talk, answer)


def understood(source: Source, question: str, case: Case) -> bytes:
    """What a source makes of a case, as the text of ``expected.json``: observations, or the error with its words."""
    account = source.Account.model_validate({"kind": source.kind, **case.account})
    try:
        observations = retell(source.question(question).talk(account, case.window), case.exchanges)
    except SourceError as error:
        return json.dumps({"error": type(error).__name__, "says": str(error)}, indent=1).encode() + b"\n"
    return OBSERVATIONS.dump_json(tuple(observations), indent=1) + b"\n"


def case_files(case: Case) -> dict[str, bytes]:
    """A case as the files of its folder: ``case.json`` and one file per body."""
    meta = {
        "account": dict(case.account),
        "window": _WINDOW.dump_python(case.window, mode="json"),
        "exchanges": [
            {
                "ask": _written(exchange.ask),
                "status": exchange.reply.status,
                "headers": {name: value for name, value in exchange.reply.headers.items() if name in HEADERS},
                "received_at": exchange.reply.received_at.isoformat(),
                "body": f"{number}.body",
            }
            for number, exchange in enumerate(case.exchanges, 1)
        ],
    }
    bodies = {f"{number}.body": exchange.reply.body for number, exchange in enumerate(case.exchanges, 1)}
    return {_META: json.dumps(meta, indent=1, ensure_ascii=False).encode() + b"\n", **bodies}


def read_case(files: Mapping[str, bytes]) -> Case:
    """The case in a folder's files."""
    meta = json.loads(files[_META])
    return Case(
        account=meta["account"],
        window=_WINDOW.validate_python(meta["window"]),
        exchanges=tuple(
            Exchange(
                ask=_ask(entry.pop("ask")),
                reply=_REPLY.validate_python({**entry, "body": files[entry["body"]]}),
            )
            for entry in meta["exchanges"]
        ),
    )


def redacted(case: Case, account: Account, secrets: Iterable[str]) -> Case:
    """The same case without the account's own words, the secrets, and what looks like somebody's address or payment.

    Equal things stay equal, so that a talk understands the same.
    """
    words = {re.compile(re.escape(secret)): "SECRET" for secret in secrets if secret}
    fields = type(account).model_fields
    own = account.model_dump(mode="json", exclude=set(Account.model_fields), exclude_none=True)
    for name, value in own.items():
        one_of_few = get_origin(fields[name].annotation) is Literal
        if isinstance(value, str) and not isinstance(fields[name].default, str) and not one_of_few:
            words[re.compile(_ALONE.format(re.escape(value)), re.IGNORECASE)] = f"Your{name.capitalize()}"
    numbers: dict[str, str] = {}

    def clean(said: str) -> str:
        for pattern, word in words.items():
            said = pattern.sub(word, said)
        for pattern, shape in _SHAPES:
            for found in dict.fromkeys(pattern.findall(said)):
                said = said.replace(found, numbers.setdefault(found, shape.format(len(numbers) + 1)))
        return said

    if fields["url"].is_required():
        own["url"] = "https://pool.example"
    files = case_files(replace(case, account=own))
    return read_case({name: _through(clean, body) for name, body in files.items()})


def _written(ask: Http | Lines | File) -> object:
    if isinstance(ask, Http):
        return _HTTP.dump_python(ask, mode="json", exclude_defaults=True)
    if isinstance(ask, File):
        return _FILE.dump_python(ask, mode="json", exclude_defaults=True)
    return _LINES.dump_python(ask, mode="json", exclude_defaults=True)


def _ask(written: Mapping[str, object]) -> Http | Lines | File:
    """A call in lines has no path; a file's path has no slash before it, as that of a page has."""
    if "path" not in written:
        return _LINES.validate_python(written)
    path = str(written["path"])
    return _FILE.validate_python(written) if path and not path.startswith("/") else _HTTP.validate_python(written)


def _through(clean: Callable[[str], str], body: bytes) -> bytes:
    return clean(body.decode(errors="surrogateescape")).encode(errors="surrogateescape")
