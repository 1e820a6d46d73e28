"""Everything put together: ledger, door, daemon and pages of one installation, with the signals that steer it."""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from verifier.clock import Clock, SystemClock
from verifier.daemon.daemon import Daemon
from verifier.daemon.imports import Offered
from verifier.daemon.inbox import Inbox
from verifier.daemon.systemd import notify
from verifier.errors import ConfigError, LedgerError
from verifier.incidents.memory import load_transition
from verifier.incidents.standing import Transition
from verifier.ledger.ledger import Ledger
from verifier.outlets.access import Access
from verifier.outlets.alertmanager import Pushing
from verifier.outlets.heartbeat import heartbeat
from verifier.outlets.metrics import Metrics
from verifier.outlets.server import Server
from verifier.outlets.telling import Telling
from verifier.outlets.web import Outcome, make_app
from verifier.settings import check_reach, read_web_config
from verifier.settings.model import Settings
from verifier.wire import Wire

#: systemd's watchdog is fed by turns of the loop, at most this often.
_FED: Final = timedelta(seconds=10)
#: Seconds between looks at the web configuration and its certificates.
_LOOKED_AT: Final = 10.0
#: So many objects more than before are looked through for garbage: more than a turn of hundreds of contracts makes.
_LEFT_OVER: Final = 100_000
#: Seconds after which a thread lets another one have the interpreter; Python's own are five times as long.
SWITCH: Final = 0.001

log = structlog.get_logger()


@dataclass(slots=True)
class Control:
    """What requests and signals may make the daemon do."""

    daemon: Daemon
    clock: Clock
    read: Callable[[datetime], Settings]
    server: Server | None = None
    _reloading: asyncio.Lock = field(default_factory=asyncio.Lock)
    _refused: str = ""

    async def reload(self) -> str | None:
        """Apply the file as it is now; None when done, else why the configuration before stays in force."""
        async with self._reloading:
            notify(os.environ, f"RELOADING=1\nMONOTONIC_USEC={int(self.clock.monotonic() * 1e6)}")
            error: str | None = None
            try:
                settings = await asyncio.to_thread(self.read, self.clock.now())
                await self.daemon.reload(settings, self.clock.now())
                await self._apply(settings.web.access)
                log.info("a new configuration is in force")
                for warning in settings.warnings:
                    log.warning("probably not meant in the configuration", what=str(warning))
            except (ConfigError, LedgerError, OSError) as fault:
                error = str(fault)
            except Exception as bug:
                # A file must not end the watching, whatever reading it brings about.
                log.exception("the new configuration cannot be applied")
                error = f"{type(bug).__name__}: {bug}"
            if error is not None:
                self.daemon.refuse(error, self.clock.now())
                log.warning("the new configuration is not applied; the one before stays in force", why=error)
            notify(os.environ, "READY=1")
            return error

    async def renew(self) -> None:
        """Apply the web configuration where it or a certificate it names was changed; a faulty one changes nothing."""
        file = self.server.access.file if self.server is not None else None
        if file is None:
            return
        try:
            access = await asyncio.to_thread(read_web_config, file)
            check_reach(replace(self.daemon.settings.web, access=access))
        except ConfigError as fault:
            if str(fault) != self._refused:
                log.warning("the new web configuration is not applied; the one before stays in force", why=str(fault))
            self._refused = str(fault)
            return
        self._refused = ""
        async with self._reloading:
            await self._apply(access)

    async def _apply(self, access: Access) -> None:
        if self.server is not None and access != self.server.access:
            await self.server.apply(access)
            log.info("a new web configuration is in force")

    async def retry(self, message: str) -> str | None:
        """Try a message again at once; None when it will be, else why not."""
        try:
            await self.daemon.retry(message, self.clock.now())
        except KeyError:
            return "no message of this id waits or was given up"
        except LedgerError as error:
            return str(error)
        return None

    async def bring(self, contract: str, file: str, content: bytes, options: Mapping[str, str]) -> Outcome:
        """Import a file; what was done, or why it was not."""
        offered = Offered(
            contract=contract,
            file=file,
            content=content,
            kind=options.get("kind"),
            from_seller=options.get("from") == "seller",
        )
        try:
            read = await self.daemon.entering.bring(offered, self.clock.now())
        except (ConfigError, LedgerError) as error:
            return False, {"error": str(error)}
        return True, {"digest": read.digest, "kind": read.kind, "new": read.new, "known": read.known}

    async def read_again(self, account: str | None) -> Outcome:
        """Try kept answers again that could not be read or believed; how many were, or why not."""
        try:
            found = await self.daemon.entering.read_again(account, self.clock.now())
        except KeyError as error:
            return False, {"error": str(error.args[0])}
        except LedgerError as error:
            return False, {"error": str(error)}
        return True, {"accounts": found}

    async def take_back(self, digest: str) -> Outcome:
        """Let an import count no longer; what it was, or why not."""
        try:
            found = await self.daemon.entering.take_back(digest, self.clock.now())
        except KeyError as error:
            return False, {"error": str(error.args[0])}
        except LedgerError as error:
            return False, {"error": str(error)}
        return True, {"digest": found.digest, "contract": found.contract, "file": found.file}


@asynccontextmanager
async def installed(
    settings: Settings, clock: Clock, read: Callable[[datetime], Settings]
) -> AsyncIterator[tuple[Daemon, Control, str]]:
    """An installation that serves its pages; gives the daemon, its control, and the page's address."""
    metrics = Metrics()
    async with await Ledger.open(settings.ledger) as ledger, Wire(clock) as wire:
        daemon = Daemon(settings, ledger, wire, clock, Telling(ledger, wire), metrics)
        control = Control(daemon=daemon, clock=clock, read=read)

        async def transitions(contract: str) -> Sequence[Transition]:
            return [load_transition(row.state) for row in await ledger.transitions(contract)]

        app = make_app(lambda: daemon.picture, ledger.hours, transitions, control, metrics, settings.web.access)
        control.server = Server(app, settings.web.address)
        await control.server.open()
        try:
            await daemon.start(clock.now())
            yield daemon, control, f"{control.server.url}/"
        finally:
            await control.server.close()


async def run(
    settings: Settings,
    read: Callable[[datetime], Settings],
    ready: Callable[[str], None],
    hung_up: Callable[[], bool] = lambda: False,
) -> None:
    """Run until SIGINT or SIGTERM; SIGHUP reads the file again, or ends it when the terminal has ``hung_up``.

    ``ready`` hears the page's address once it answers. Raises ConfigError, LedgerError, and OSError when the address of
    the page is taken.
    """
    clock, stop, changed = SystemClock(), asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, stop.set)

    def hear_hangup() -> None:
        (stop if hung_up() else changed).set()

    loop.add_signal_handler(signal.SIGHUP, hear_hangup)
    async with installed(settings, clock, read) as (daemon, control, address), asyncio.TaskGroup() as tasks:
        beside = [tasks.create_task(one(daemon, clock)) for one in (_beat, _push, _look)]
        beside += [
            tasks.create_task(_renew(control)),
            tasks.create_task(_reload(changed, control)),
            tasks.create_task(_wake(stop, daemon)),
        ]
        # The loop asks for the interpreter several times a turn, and waits so long each time while a thread renders.
        sys.setswitchinterval(SWITCH)
        look_for_garbage()
        ready(address)
        notify(os.environ, "READY=1")
        await daemon.run(stop, Feeding(os.environ, clock.now()))
        notify(os.environ, "STOPPING=1")
        for task in beside:
            task.cancel()
        await daemon.stop(clock.now())


def look_for_garbage() -> None:
    """Look for garbage seldom from now on, and not through what was loaded, which stays.

    What a turn makes is gone with the next one, without being looked for; looking through it meanwhile took 50 µs of a
    poll of 200 contracts, 170 of one of 1,000.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_LEFT_OVER)
    gc.enable()


class Feeding:
    """Feeds systemd's watchdog with the turns of the loop, and with nothing else."""

    def __init__(self, environment: Mapping[str, str], now: datetime) -> None:
        self._environment = environment
        self._fed_at = now - _FED

    def __call__(self, now: datetime) -> None:
        if abs(now - self._fed_at) >= _FED:
            self._fed_at = now
            notify(self._environment, "WATCHDOG=1")


async def _wake(stop: asyncio.Event, daemon: Daemon) -> None:
    await stop.wait()
    daemon.wake()


async def _reload(changed: asyncio.Event, control: Control) -> None:
    while True:
        await changed.wait()
        changed.clear()
        await control.reload()


async def _beat(daemon: Daemon, clock: Clock) -> None:
    """Call the heartbeat's address while all is well: turns go on and are remembered."""
    while True:
        wanted = daemon.settings.heartbeat
        if wanted is not None and daemon.well:
            await heartbeat(daemon.wire, wanted.url, wanted.allow_private, clock.now())
        await clock.sleep(60.0 if wanted is None else wanted.every.total_seconds())


async def _push(daemon: Daemon, clock: Clock) -> None:
    """Tell Alertmanager what is open, again and again, where the file asks for it."""
    pushing = Pushing(daemon.wire)
    while True:
        wanted, picture = daemon.settings.alertmanager, daemon.picture
        if wanted is not None and picture is not None:
            await pushing.push(wanted, picture, clock.now())
        await clock.sleep(60.0 if wanted is None else wanted.every.total_seconds())


async def _renew(control: Control) -> None:
    """Follow the web configuration: certificates are renewed by programs that tell nobody."""
    while True:
        await control.clock.sleep(_LOOKED_AT)
        await control.renew()


async def _look(daemon: Daemon, clock: Clock) -> None:
    """Import what lies in the inbox, once a minute."""
    inbox = Inbox(daemon)
    while True:
        await inbox.look(clock.now())
        await clock.sleep(60.0)
