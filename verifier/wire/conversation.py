"""Drives a conversation through the door, and hands back what was understood with every answer it rests on."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from verifier.errors import Misread, SourceError
from verifier.observation import Observation
from verifier.talk import Ask, Reply, Talk
from verifier.told import told_once
from verifier.wire.destination import Destination, recorded_url
from verifier.wire.door import CAP, Wire

#: Bodies above this many bytes are read in a thread, so that the loop keeps turning meanwhile.
_LARGE: Final = 262_144


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One ask with its answer, None when there was none. ``url`` carries no secret."""

    url: str
    asked_at: datetime
    reply: Reply | None


async def converse(
    wire: Wire, destination: Destination, talk: Talk, *, cap: int = CAP, most_asks: int = 64, nonce: int | None = None
) -> tuple[Sequence[Observation], tuple[Exchange, ...]]:
    """The observations of a talk and its exchanges in order.

    A SourceError (of the door, of the talk, or Misread for more than ``most_asks`` asks) leaves with the exchanges so
    far in its ``exchanges``. The talk is closed in any case.
    """
    exchanges: list[Exchange] = []
    try:
        ask, observations = _advance(talk, None)
        while ask is not None:
            if len(exchanges) >= most_asks:
                raise Misread(f"more than {most_asks} asks in one conversation")
            exchange = Exchange(url=recorded_url(destination, ask), asked_at=wire.clock.now(), reply=None)
            exchanges.append(exchange)
            try:
                reply = await wire.ask(destination, ask, cap, nonce)
            except SourceError as error:
                ask, observations = _advance(talk, error)  # a talk may do without this answer
                continue
            exchanges[-1] = replace(exchange, reply=reply)
            if len(reply.body) > _LARGE:
                ask, observations = await asyncio.to_thread(_advance, talk, reply)
            else:
                ask, observations = _advance(talk, reply)
    except SourceError as error:
        error.exchanges = tuple(exchanges)
        raise
    finally:
        talk.close()
    return observations, tuple(exchanges)


def _advance(talk: Talk, said: Reply | SourceError | None) -> tuple[Ask | None, Sequence[Observation]]:
    """The next ask, or None and the observations at the end (StopIteration cannot leave a thread)."""
    try:
        if isinstance(said, SourceError):
            return talk.throw(said), ()
        return (next(talk) if said is None else talk.send(said)), ()
    except StopIteration as end:
        return None, told_once(end.value)
