"""A configuration file over a simulated pool, and what to read from a daemon that runs by it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from aiohttp import web

from tests.simulator.worlds import ADDRESS, NOW, TOKEN, world
from verifier.clock import SteppedClock
from verifier.daemon.daemon import Daemon
from verifier.ledger.place import Place
from verifier.settings import Settings, load
from verifier.simulator.faults import Fault
from verifier.simulator.server import FAULTS, make_app

MINUTE = timedelta(minutes=1)
HEAD = """\
ledger: {ledger}
accounts:
  pool: {{kind: ckpool, url: "{base}/ckpool", address: {address}, allow_private: true, pace: 0}}
contracts:
"""
NORTH = """\
  north:
    seller: Northhash
    promised: 300 TH/s
    starts: 2026-11-20T08:00:00Z
    tolerance: 5 %
    watch: [{account: pool, workers: rig01}]
"""
SOUTH = NORTH.replace("north:", "south:").replace("rig01", "rig02").replace("300", "200")


@dataclass(slots=True)
class Pools:
    """The simulated pools, the file that watches them, and the time they are all told."""

    base: str
    clock: SteppedClock
    directory: Path
    ledger: Place
    app: web.Application

    def write(self, *contracts: str, head: str = HEAD, name: str = "verifier.yaml") -> Path:
        path = self.directory / name
        path.write_text(head.format(ledger=self.ledger, base=self.base, address=ADDRESS) + "".join(contracts))
        return path

    def read(self) -> Settings:
        return load(self.directory / "verifier.yaml", {}, None, self.clock.now())

    def give(self, fault: Fault | str, face: str = "ckpool") -> None:
        self.app[FAULTS].set(face, str(fault))


@asynccontextmanager
async def pools(directory: Path, ledger: Place, at: datetime = NOW) -> AsyncIterator[Pools]:
    clock = SteppedClock(at)
    (directory / "token").write_text(TOKEN)
    (directory / "token").chmod(0o600)
    app = make_app(world(), clock.now, slow=60.0)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port = runner.addresses[0][1]
        yield Pools(base=f"http://127.0.0.1:{port}", clock=clock, directory=directory, ledger=ledger, app=app)
    finally:
        await runner.cleanup()


async def asked(daemon: Daemon, account: str = "pool") -> list[datetime]:
    """When an account was asked, oldest first."""
    return sorted({answer.asked_at for answer in await daemon.ledger.answers(account, limit=10_000)})
