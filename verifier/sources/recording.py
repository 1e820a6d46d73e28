"""Recorded conversations: written down with everything personal replaced, and told again to a talk."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from pydantic import TypeAdapter

from verifier.errors import SourceError, Unreachable
from verifier.observation import OBSERVATIONS, Observation
from verifier.talk import Account, Http, Reply, Source, Talk
from verifier.units import Window

#: The headers that a talk may look at; all others are left out of recordings.
HEADERS: Final = ("content-type", "last-modified", "date", "retry-after")

_META: Final = "case.json"
_ASK: Final = TypeAdapter(Http)
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

    ask: Http
    reply: Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One conversation: the account's fields, the window that was asked for, and what was said."""

    account: Mapping[str, object]
    window: Window
    exchanges: tuple[Exchange, ...]


def retell(talk: Talk, exchanges: Sequence[Exchange]) -> Sequence[Observation]:
    """What a talk makes of recorded answers, each given once and the last one of an ask again and again.

    An ask that was not recorded meets Unreachable, as at the door. Raises whatever SourceError the talk lets out.
    """
    asked: Counter[int] = Counter()
    try:
        ask = next(talk)
        while True:
            same = [exchange for exchange in exchanges if exchange.ask == ask]
            if not same:
                ask = talk.throw(Unreachable("this answer was not recorded"))
                continue
            asked[id(same[0])] += 1
            ask = talk.send(same[min(asked[id(same[0])], len(same)) - 1].reply)
    except StopIteration as end:
        said: Sequence[Observation] = end.value
        return said


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
                "ask": _ASK.dump_python(exchange.ask, mode="json", exclude_defaults=True),
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
                ask=_ASK.validate_python(entry.pop("ask")),
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
    own = {name: getattr(account, name) for name in type(account).model_fields if name not in Account.model_fields}
    for name, value in own.items():
        if isinstance(value, str) and not isinstance(type(account).model_fields[name].default, str):
            words[re.compile(_ALONE.format(re.escape(value)), re.IGNORECASE)] = f"Your{name.capitalize()}"
    numbers: dict[str, str] = {}

    def clean(said: str) -> str:
        for pattern, word in words.items():
            said = pattern.sub(word, said)
        for pattern, shape in _SHAPES:
            for found in dict.fromkeys(pattern.findall(said)):
                said = said.replace(found, numbers.setdefault(found, shape.format(len(numbers) + 1)))
        return said

    files = case_files(replace(case, account={name: value for name, value in own.items() if value is not None}))
    return read_case({name: _through(clean, body) for name, body in files.items()})


def _through(clean: Callable[[str], str], body: bytes) -> bytes:
    return clean(body.decode(errors="surrogateescape")).encode(errors="surrogateescape")
