"""What a source said, in words for people and as a document for scripts."""

from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from verifier.cli.memory import utc
from verifier.observation import OBSERVATIONS, Coinbase, Observation, RateSeen, WorkersSeen, WorkSeen
from verifier.outlets import readable
from verifier.units import ALGORITHMS, Amount, scaled

if TYPE_CHECKING:
    from verifier.daemon.asking import Landed

Said: TypeAlias = Callable[[datetime], str | None]
Row: TypeAlias = tuple[str, str | None, str | None, str]

#: Fields that have a column of their own or say nothing to people.
_APART: Final = frozenset({"type", "worker", "start", "end", "at", "algorithm"})


def document(landed: "Landed") -> dict[str, Any]:
    """One conversation as JSON values; keys and values as in the ledger."""
    silence = landed.silence
    return {
        "question": landed.question.name,
        "asked_at": utc(landed.asked_at),
        "seconds": landed.seconds,
        "silence": None if silence is None else silence.reason.value,
        "detail": None if silence is None else silence.detail,
        "observations": OBSERVATIONS.dump_python(landed.observations, mode="json"),
        "exchanges": [
            {
                "url": exchange.url,
                "asked_at": utc(exchange.asked_at),
                "status": None if exchange.reply is None else exchange.reply.status,
                "bytes": None if exchange.reply is None else len(exchange.reply.body),
            }
            for exchange in landed.exchanges
        ],
    }


def described(one: Observation, said: Said) -> Iterator[Row]:
    """One observation as rows: what it is, of which worker, when, and its figures; a list of workers is a row each."""
    what, when = one.type.replace("_", " ").removesuffix(" seen"), _when(one, said)
    if isinstance(one, WorkersSeen):
        yield what, None, when, f"{len(one.workers)} listed"
        for worker in one.workers:
            last = "" if worker.last_share is None else f", last share {said(worker.last_share)}"
            yield "worker", worker.name, when, f"{worker.presence.value}{last}"
        return
    yield what, getattr(one, "worker", None), when, ", ".join(_figures(one))


def _when(one: Observation, said: Said) -> str | None:
    start, end = getattr(one, "start", None), getattr(one, "end", None) or getattr(one, "at", None)
    if end is None:
        return None
    return said(end) if start is None else f"{said(start)} to {said(end)}"


def _figures(one: Observation) -> Iterator[str]:
    unit = ALGORITHMS[one.algorithm] if isinstance(one, WorkSeen | RateSeen) else ALGORITHMS["sha256d"]
    for field in fields(one):
        value = getattr(one, field.name)
        if field.name not in _APART and value is not None and value != field.default:
            yield _figure(field.name, value, unit)


def _figure(name: str, value: Any, unit: str) -> str:
    match name, value:
        case "per_second", float():
            return scaled(value, f"{unit}/s")
        case "hashes" | "work_hashes" | "accepted" | "rejected" | "stale", float():
            work = scaled(value, unit)
            return work if name == "hashes" else f"{name.replace('_', ' ')} {work}"
        case _, Amount():
            return str(value)
        case _, Coinbase():
            # Between the height, the counters and the hashes stands what its miner wants to be read.
            said = "".join(chr(byte) if 32 <= byte < 127 else "·" for byte in bytes.fromhex(value.script))
            return f"the block says {said!r} and pays {len(value.paid)} address{'' if len(value.paid) == 1 else 'es'}"
        case _, timedelta():
            return f"{name} {readable.span(value)}"
        case _, float():
            return f"{name.replace('_', ' ')} {value:.6g}"
        case _:
            return f"{name.replace('_', ' ')} {value}"
