"""The daemon: one turn asks what is due, remembers, judges what is touched, and tells what changed."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from verifier import __version__
from verifier.clock import Clock, Timers
from verifier.contract import Contract
from verifier.daemon.asking import Landed
from verifier.daemon.decided import Decided
from verifier.daemon.decisions import (
    contracts_as_read,
    new_decisions,
    refuse_moving,
    refuse_rewriting,
    startable,
    stored_standing,
    watch,
)
from verifier.daemon.division import Division
from verifier.daemon.flights import Flights
from verifier.daemon.imports import REGISTER, Import, Imports, Offered, Read, read_offered, taking_back
from verifier.daemon.judging import Judging
from verifier.daemon.network import Network
from verifier.daemon.painting import Painting
from verifier.daemon.rereading import READINGS, noted, read_again
from verifier.daemon.sending import Sending
from verifier.daemon.subjects import Subjects
from verifier.errors import LedgerError
from verifier.incidents.review import NEVER, World
from verifier.ledger.ledger import Ledger
from verifier.ledger.records import Answer
from verifier.observation import Fact
from verifier.outlets.metrics import Metrics
from verifier.outlets.picture import DaemonView, Picture
from verifier.outlets.telling import Telling
from verifier.settings.model import Settings
from verifier.wire import Wire

#: While running one watch fact a minute is remembered: its absence is how we know that the daemon was off.
BEAT: Final = timedelta(minutes=1)
#: Conversations held in memory while the ledger cannot be written; the oldest are given up beyond.
_HELD: Final = 2_000
#: Answers that come within this many seconds share a turn and so a commit.
_TOGETHER: Final = 0.02
#: A clock that jumps back further than this makes every question due again.
_SET_BACK: Final = timedelta(minutes=1)
#: While the ledger cannot be written, it is tried again at this pace.
_CALM: Final = timedelta(seconds=5)
#: Seconds that conversations and messages under way are given when the daemon stops.
_PATIENCE: Final = 3.0
#: Workers that an account listed this long before it was asked last are its workers.
_LATELY: Final = timedelta(minutes=15)

log = structlog.get_logger()


class Daemon:
    """One installation at work. ``step(now)`` does one turn for one instant; ``run`` takes a turn when one is due."""

    def __init__(
        self, settings: Settings, ledger: Ledger, wire: Wire, clock: Clock, telling: Telling, metrics: Metrics
    ) -> None:
        self.settings = settings
        self.picture: Picture | None = None
        self.config_error: str | None = None
        self.ledger_error: str | None = None
        self.wire = wire
        self.ledger, self._clock = ledger, clock
        self._telling, self._metrics = telling, metrics
        self._wake = asyncio.Event()
        self._flights = Flights(wire, self._wake.set)
        self._judging = Judging(ledger)
        self._sending = Sending(telling, self._wake.set)
        self._painting = Painting()
        self._network, self._division, self._subjects = Network(), Division(()), Subjects()
        self._decisions: list[Fact] = []
        self._readings: list[Fact] = []
        self._again: set[str] = set()
        self._anew: set[str] = set()
        self._gone: set[str] = set()
        self._owing = True
        self._turning = asyncio.Lock()
        self._started_at = self._beat_at = self._last_turn = self._configured_at = clock.now()
        self._stepped_at: datetime | None = None
        self._event = "started"

    async def start(self, now: datetime) -> None:
        """Go on where the ledger ends; a contract whose change would judge the past anew stays as it was read last."""
        self._started_at = self._last_turn = now
        self._beat_at = now - BEAT
        latest, since = await self.ledger.latest_answers(), await self.ledger.watched_since()
        self._network.configure(self.settings)
        await self._network.restore(self.ledger, self.settings, now)
        stored = await self.ledger.standings()
        before = await contracts_as_read(self.ledger, self.settings.contracts)
        settings, refused = startable(self.settings, before, stored_standing(stored))
        self._judging.imports = Imports().after(await self.ledger.decisions(REGISTER))
        subjects = Subjects.of(settings, self._judging.imports)
        self._judging.configure(subjects.cases)
        unfit = self._judging.restore(stored.values())
        readings = await self.ledger.decisions(READINGS)
        watched = {name: one for name, one in settings.accounts.items() if subjects.accounts[name].contracts}
        self._readings = await read_again(self.ledger, watched, readings, now)
        self._painting.restore(latest, since, noted([*readings, *self._readings]))
        await self._configure(settings, subjects, before, now)
        if refused is not None:
            log.error("the new configuration is not applied in full", why=refused)
            self.refuse(refused, now)
        last = max((answer.asked_at for answer in latest.values()), default=now)
        self._division.fold(await self.ledger.facts_true_after(tuple(self._division.divided), last - _LATELY))
        self._gone = stored.keys() - self._judging.cases.keys()
        if stored:  # on a first start there is nothing to fold anew
            self._anew = {*unfit, *(subjects.judged.keys() - stored.keys())} & subjects.judged.keys()
        await self._telling.start(now)

    async def reload(self, settings: Settings, now: datetime) -> None:
        """Take a new configuration at once, or raise ConfigError and keep the old one."""
        refuse_moving(self.settings, settings)
        async with self._turning:
            known, subjects = self._judging.cases.keys(), Subjects.of(settings, self._judging.imports)
            before = await contracts_as_read(self.ledger, settings.contracts)
            refuse_rewriting(settings, before, self._judging.standings.get)
            await self._configure(settings, subjects, before, now)
            self._anew = (self._anew | (subjects.judged.keys() - known)) & subjects.judged.keys()
        self._wake.set()

    async def bring(self, offered: Offered, now: datetime) -> Read:
        """Remember what a file adds to what was brought before. Raises ConfigError with its faults, LedgerError."""
        async with self._turning:
            read = await read_offered(offered, self.settings, self.ledger, now)
            if read.facts:
                await self._enter(read.facts, now)
            return read

    async def take_back(self, digest: str, now: datetime) -> Import:
        """Let an import count no longer. Raises KeyError, for people, when the digest names none; LedgerError."""
        async with self._turning:
            found = self._judging.imports.named(digest)
            await self._enter([taking_back(found, now)], now)
            return found

    async def _enter(self, facts: Sequence[Fact], now: datetime) -> None:
        """Write facts that have no ids yet, and judge what they concern from the beginning, or change nothing."""
        numbered = [replace(fact, id=self.ledger.next_fact_id()) for fact in facts]
        before = self._judging.imports
        self._take(before.after(numbered), now)
        concerned = self._subjects.concerned(numbered)
        self._anew |= concerned
        await self._judge([], set(concerned), now, beat=False, entered=numbered)
        if self.ledger_error is not None:
            self._take(before, now)
            raise LedgerError(self.ledger_error)
        self._wake.set()

    def _take(self, imports: Imports, now: datetime) -> None:
        """Judge contracts by these imports from now on."""
        self._judging.imports = imports
        self._subjects = Subjects.of(self.settings, imports)
        self._judging.configure(self._subjects.cases)
        self._division = Division(self._subjects.judged.values(), self._division.names)
        self._painting.configure(self.settings, self._subjects, self._judging.standings, now)
        self._paint(now)

    async def stop(self, now: datetime) -> None:
        """Let conversations under way end, for a few seconds; remember that we stopped, and leave."""
        await self._sending.end(_PATIENCE)
        await self._flights.flown(_PATIENCE)
        self._event, self._beat_at = "stopped", now - BEAT
        await self._turn(now)

    async def step(self, now: datetime) -> None:
        """Ask all that is due and wait for it, take one turn, send. For tests, captured hours and simulated days."""
        self._notice_clock(now)
        self._flights.launch(now, self._painting.answered_at)
        await self._flights.flown()
        await self._turn(now)
        await self._telling.send(now)

    async def run(self, stop: asyncio.Event, progress: Callable[[datetime], None]) -> None:
        """Turns as answers come and moments pass, until ``stop`` is set; ``progress`` hears of every turn taken."""
        timers = Timers()
        timers.start()
        try:
            while not stop.is_set():
                now = self._clock.now()
                self._wake.clear()
                self._notice_clock(now)
                # First the turn: a start is ready before it asks hundreds of questions.
                await self._turn(now)
                self._flights.launch(now, self._painting.answered_at)
                progress(now)
                self._sending.begin(now)
                timers.wake_at(self._next_at(now), self._wake.set)
                # Not the timer alone: it follows the machine's clock, which may be set back.
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), BEAT.total_seconds())
                await self._clock.sleep(_TOGETHER)
                self._flights.raise_bugs()
        finally:
            timers.stop()

    def wake(self) -> None:
        """Take a turn now."""
        self._wake.set()

    async def retry(self, message: str, now: datetime) -> None:
        """Try a message again at once. Raises KeyError when it does not wait or is not known, LedgerError."""
        await self._telling.retry(message, now)
        self._wake.set()

    def refuse(self, error: str, now: datetime) -> None:
        """Remember, for pages and metrics, that a new configuration was not applied."""
        self.config_error = error
        self._paint(now)

    @property
    def well(self) -> bool:
        """Whether turns go on and are remembered."""
        late = self._clock.now() - self._last_turn > 3 * BEAT
        return self.ledger_error is None and not late

    async def _configure(
        self, settings: Settings, subjects: Subjects, before: Mapping[str, Contract], now: datetime
    ) -> None:
        for name, configured in settings.accounts.items():
            if configured.source.sign is not None and name not in self.wire.nonces:
                self.wire.nonces[name] = await self.ledger.nonce(name) or 0
        gone = self._judging.configure(subjects.cases)
        self._gone = (self._gone | set(gone)) - self._judging.cases.keys()
        self._again = set(self._judging.cases)
        self.settings, self._subjects = settings, subjects
        self._division = Division(subjects.judged.values(), self._division.names)
        self._network.configure(settings)
        self._flights.configure(settings.accounts, now)
        self._telling.configure(settings.channels, zone=settings.show.time_zone, external_url=settings.external_url)
        self._decisions = new_decisions(settings, before, now)
        self._configured_at, self.config_error = now, None
        self._painting.configure(settings, subjects, self._judging.standings, now)
        self._paint(now)

    def _notice_clock(self, now: datetime) -> None:
        if now < self._last_turn - _SET_BACK:
            log.warning("the clock was set back; every question is asked again", by=str(self._last_turn - now))
            self._flights.ask_all(now)
            self._last_turn, self._beat_at = now, now - BEAT

    async def _turn(self, now: datetime) -> None:
        async with self._turning:
            landed = self._flights.take()
            beat = now - self._beat_at >= BEAT
            subjects = self._judging.due(now) | self._again
            if landed or subjects or beat or self._decisions or self._readings or self._gone:
                started = self._clock.monotonic()
                await self._judge(landed, subjects, now, beat=beat)
                self._metrics.stepped(self._clock.monotonic() - started)
            if self._owing and self.ledger_error is None and self.picture is not None:
                self._owing = False
                if await self._telling.plan(now, self.picture):
                    self._wake.set()

    async def _judge(
        self,
        landed: list[Landed],
        subjects: set[str],
        now: datetime,
        *,
        beat: bool,
        entered: Sequence[Fact] = (),
    ) -> None:
        facts, answers = self._remember(landed, now)
        facts += entered
        if beat:
            facts.append(watch(self._event, self.ledger.next_fact_id(), now, __version__))
        if self._network.fold(facts):
            subjects |= self._subjects.judged.keys()  # a new difficulty concerns every contract's payouts
        self._division.fold(facts)
        self._judging.excluded, self._judging.seen_by = self._division.excluded, self._network.seen_by
        subjects |= self._judging.touched(facts)
        world = World(
            difficulty=self._network.steps,
            rhythms=self._subjects.rhythms,
            nobodys=self._division.nobodys(),
            repeat=self.settings.remind_every or NEVER,
        )
        try:
            decided = await self._judging.judge(subjects, facts, now, world, anew=self._anew & subjects)
            remembered = replace(
                decided.batch(self.settings.channels),
                facts=tuple(facts),
                answers=tuple(answers),
                forgotten_standings=tuple(sorted(self._gone)),
                nonces=dict(self.wire.nonces),
            )
            await self.ledger.write(remembered)
        except LedgerError as error:
            self._hold(landed, subjects, error, now)
            return
        if self.ledger_error is not None:
            log.info("the ledger can be written again")
        self.ledger_error = None
        self._last_turn = self._stepped_at = now
        if beat:
            self._beat_at, self._event = now, "beat"
        self._accept(decided, landed, subjects, now)

    def _accept(self, decided: Decided, landed: list[Landed], subjects: set[str], now: datetime) -> None:
        """Make a remembered turn the present, and show it."""
        self._gone.clear()
        self._decisions.clear()
        self._readings.clear()
        self._again -= subjects
        self._anew -= subjects
        self._owing = self._owing or any(transition.tell for transition in decided.transitions)
        self._judging.accept(decided, now)
        for one in landed:
            self._painting.hear(one, now)
            fate = "answered" if one.silence is None else one.silence.reason.value
            source = one.line.configured.source.kind
            self._metrics.answered(account=one.key[0], kind=source, fate=fate, seconds=one.seconds)
        self._painting.renew(subjects, self._judging.standings)
        self._paint(now)

    def _remember(self, landed: list[Landed], now: datetime) -> tuple[list[Fact], list[Answer]]:
        facts = [replace(fact, id=self.ledger.next_fact_id()) for fact in self._decisions]
        facts += [replace(fact, id=self.ledger.next_fact_id(), learned_at=now) for fact in self._readings]
        answers: list[Answer] = []
        for one in landed:
            fact, some = one.remembered(self.ledger.next_fact_id(), now)
            facts.append(fact)
            answers += some
        return facts, answers

    def _hold(self, landed: list[Landed], subjects: Collection[str], error: LedgerError, now: datetime) -> None:
        """Nothing counts that is not remembered: keep the answers and try again with the next turn."""
        self._flights.give_back(landed, _HELD)
        self._again |= set(subjects)
        if self.ledger_error is None:
            log.error("the ledger cannot be written; nothing is judged until it can", error=str(error))
        self.ledger_error = str(error)
        self._paint(now)

    def _paint(self, now: datetime) -> None:
        daemon = DaemonView(
            version=__version__,
            started_at=self._started_at,
            ledger_error=self.ledger_error,
            config_error=self.config_error,
            config_warnings=tuple(map(str, self.settings.warnings)),
            config_loaded_at=self._configured_at,
            messages_waiting=self._telling.waiting,
            messages_dead=self._telling.dead,
            facts=self.ledger.facts_learned,
            last_step_at=self._stepped_at,
            nobodys_workers=self._division.nobodys(),
            twice_claimed_workers=self._division.claimed_twice(),
        )
        self.picture = self._painting.picture(daemon, now, self._network)
        self._metrics.publish(self.picture)

    def _next_at(self, now: datetime) -> datetime:
        moments = [
            self._flights.next_at(),
            self._judging.next_at(),
            self._sending.next_at(),
            self._beat_at + BEAT,
        ]
        soonest = min(moment for moment in moments if moment is not None)
        return max(soonest, now + _CALM) if self.ledger_error else soonest
