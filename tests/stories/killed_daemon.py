"""A daemon in a process of its own that is told the time by a file, so that it can be killed and go on from there."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from tests.stories.watching import watching
from verifier.clock import SteppedClock
from verifier.ledger.ledger import Ledger

STARTS: Final = datetime.fromisoformat("2026-03-01T06:00:00Z")
#: Until here a turn a minute …
EVENTFUL: Final = STARTS + timedelta(hours=16)
#: … and from there on, while messages are tried again, a turn each ten minutes.
ENDS: Final = STARTS + timedelta(hours=64)


def now(directory: Path) -> datetime:
    """The moment of the turn that is being taken."""
    return datetime.fromisoformat((directory / "now").read_text())


def set_now(directory: Path, moment: datetime) -> None:
    """Tell the time to the daemon, also to one that is started after a kill, and to the pools."""
    new = directory / "now.new"
    new.write_text(moment.isoformat())
    new.rename(directory / "now")


def live(directory: Path) -> None:
    """From the moment in the file to the end, or until killed; the ids of the facts it relies on go to ``known``."""
    asyncio.run(_live(directory))


async def _live(directory: Path) -> None:
    clock = SteppedClock(now(directory))
    with (directory / "known").open("a", buffering=1) as known:
        async with watching(directory / "verifier.yaml", clock) as daemon:
            last = await _last_fact(daemon.ledger)
            while True:
                await daemon.step(clock.now())
                for fact in await daemon.ledger.facts(None, last):
                    known.write(f"{fact.id} {fact.digest}\n")
                    last = fact.id
                if clock.now() >= ENDS:
                    return
                pause = timedelta(minutes=1 if clock.now() < EVENTFUL else 10)
                set_now(directory, clock.now() + pause)
                clock.set(now(directory))


async def _last_fact(ledger: Ledger) -> int:
    last = 0
    while facts := await ledger.facts(None, last):
        last = facts[-1].id
    return last
