"""A daemon on real files and a real ledger that is told the time."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

from verifier.clock import SteppedClock
from verifier.daemon.daemon import Daemon
from verifier.ledger.ledger import Ledger
from verifier.outlets.metrics import Metrics
from verifier.outlets.telling import Telling
from verifier.settings import load
from verifier.talk import Source
from verifier.wire import Wire


@asynccontextmanager
async def watching(
    config: Path,
    clock: SteppedClock,
    *,
    patience: float = 30.0,
    max_pages: int | None = None,
    sources: Mapping[str, Source] | None = None,
) -> AsyncIterator[Daemon]:
    """A started daemon on a configuration file; leaving closes it as a crash would: nothing is said or written.

    It waits ``patience`` seconds (real ones) for bytes; its ledger may grow to ``max_pages`` pages of 4096 bytes.
    ``sources`` are kinds that stand in the place of the program's own.
    """
    settings = load(config, {}, None, clock.now(), sources)
    ledger_opening = Ledger.open(settings.ledger, max_pages=max_pages)
    async with await ledger_opening as ledger, Wire(clock, read_timeout=patience) as wire:
        daemon = Daemon(settings, ledger, wire, clock, Telling(ledger, wire), Metrics(process=False))
        await daemon.start(clock.now())
        yield daemon


async def pass_time(daemon: Daemon, clock: SteppedClock, until: datetime, step: timedelta) -> None:
    """One turn at each step up to a moment."""
    while clock.now() < until:
        clock.set(min(clock.now() + step, until))
        await daemon.step(clock.now())
