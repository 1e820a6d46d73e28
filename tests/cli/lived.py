"""Two hours of a daemon's life, with a pool that goes silent, a turn by time alone, a restart, and a contract added."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from aiohttp import web

from verifier.clock import Clock, SteppedClock
from verifier.daemon.daemon import Daemon
from verifier.ledger.ledger import Ledger
from verifier.ledger.place import Place
from verifier.outlets.metrics import Metrics
from verifier.outlets.telling import Telling
from verifier.settings import load
from verifier.simulator.demo import demo_world, write_demo
from verifier.simulator.faults import Fault
from verifier.simulator.server import FAULTS, make_app
from verifier.simulator.truth import World
from verifier.wire import Wire

START: Final = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)
STEP: Final = timedelta(minutes=5)
SILENT: Final = (START + timedelta(minutes=20), START + timedelta(minutes=65))
RESTART: Final = START + timedelta(minutes=80)


def sellers() -> World:
    """Two sellers of the demo: one delivers and is watched at two pools, the other delivers too little."""
    world = demo_world(START)
    return World(seed=world.seed, sellers=[one for one in world.sellers if one.name in {"honest", "skimming"}])


@asynccontextmanager
async def pools(clock: Clock) -> AsyncIterator[tuple[str, web.Application]]:
    """The simulated pools at an address of their own, and the application with its switches."""
    application = make_app(sellers(), clock.now)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", application
    finally:
        await runner.cleanup()


@asynccontextmanager
async def watching(config: Path, clock: SteppedClock) -> AsyncIterator[Daemon]:
    """A daemon that stops in order when the block ends."""
    settings = load(config, {}, None, clock.now())
    async with await Ledger.open(settings.ledger) as ledger, Wire(clock) as wire:
        daemon = Daemon(settings, ledger, wire, clock, Telling(ledger, wire), Metrics(process=False))
        await daemon.start(clock.now())
        yield daemon
        await daemon.stop(clock.now())


async def live(folder: Path, hours: timedelta, ledger: Place | None = None) -> None:
    """Watch both sellers for some hours; remembered in the folder, or elsewhere."""
    clock = SteppedClock(START)
    async with pools(clock) as (address, application):
        config = write_demo(sellers(), address, folder)
        whole = config.read_text() if ledger is None else f"ledger: {ledger}\n{config.read_text()}"
        # The second contract is written into the file when its accounts have been asked for a while.
        config.write_text(whole[: whole.index("  skimming:\n")] + "chain: [chain]\n")
        for end in (RESTART, START + hours):
            async with watching(config, clock) as daemon:
                while clock.now() < end:
                    silent = SILENT[0] <= clock.now() < SILENT[1]
                    application[FAULTS].set("ckpool", Fault.ERROR_500 if silent else "off")
                    await daemon.step(clock.now())
                    # Half a minute later only time has passed: no answer, and no sign of life.
                    await daemon.step(clock.now() + timedelta(seconds=30))
                    clock.set(clock.now() + STEP)
            config.write_text(whole)
            clock.set(clock.now() + timedelta(minutes=7))
