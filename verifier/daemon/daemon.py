"""The daemon: one turn asks what is due, remembers, judges what is touched, and tells what changed."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from verifier.clock import Clock, Timers
from verifier.daemon.agenda import Agenda
from verifier.daemon.asking import Landed
from verifier.daemon.configuring import Configuring
from verifier.daemon.decided import Decided
from verifier.daemon.deciding import Deciding
from verifier.daemon.entering import Entering
from verifier.daemon.flights import Flights
from verifier.daemon.guarding import Guarding
from verifier.daemon.pulse import BEAT, Pulse
from verifier.daemon.sending import Sending
from verifier.daemon.showing import Showing
from verifier.errors import LedgerError
from verifier.fact import Fact
from verifier.ledger.ledger import Ledger
from verifier.ledger.records import Answer
from verifier.outlets.metrics import Metrics
from verifier.outlets.picture import Picture
from verifier.outlets.telling import Telling
from verifier.settings.model import Settings
from verifier.wire import Wire

#: Answers that come within this many seconds share a turn and so a commit.
_TOGETHER: Final = 0.02
#: A clock that jumps back further than this makes every question due again.
_SET_BACK: Final = timedelta(minutes=1)
#: While the ledger cannot be written, it is tried again at this pace.
_CALM: Final = timedelta(seconds=5)
#: Seconds that conversations and messages under way are given when the daemon stops.
_PATIENCE: Final = 3.0

log = structlog.get_logger()


class Daemon:
    """One installation at work. ``step(now)`` does one turn for one instant; ``run`` takes a turn when one is due."""

    def __init__(
        self, settings: Settings, ledger: Ledger, wire: Wire, clock: Clock, telling: Telling, metrics: Metrics
    ) -> None:
        now = clock.now()
        self.wire, self.ledger, self._clock = wire, ledger, clock
        self._telling, self._metrics = telling, metrics
        self._wake, self._turning = asyncio.Event(), asyncio.Lock()
        self._guarding = Guarding(ledger)
        self._flights = Flights(wire, self._wake.set, self._guarding)
        self._sending = Sending(telling, self._wake.set)
        self._agenda, self._pulse = Agenda(), Pulse(now)
        self._deciding = Deciding(ledger)
        self._showing = Showing(settings, ledger, telling, metrics, self._deciding, now)
        self._configuring = Configuring(
            settings=settings,
            ledger=ledger,
            wire=wire,
            telling=telling,
            guarding=self._guarding,
            flights=self._flights,
            deciding=self._deciding,
            agenda=self._agenda,
            showing=self._showing,
        )
        self.entering = Entering(
            configuring=self._configuring, turning=self._turning, judge=self._judge, wake=self._wake.set
        )
        self._owing, self._last_turn = True, now

    async def start(self, now: datetime) -> None:
        """Go on where the ledger ends; a contract whose change would judge the past anew stays as it was read last."""
        self._showing.started_at = self._last_turn = now
        self._pulse.quicken(now)
        await self._configuring.start(now)
        await self._telling.start(now)

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
                self._flights.launch(now, self._showing.painting.answered_at)
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

    async def step(self, now: datetime) -> None:
        """Ask all that is due and wait for it, take one turn, send. For tests, captured hours and simulated days."""
        self._notice_clock(now)
        self._flights.launch(now, self._showing.painting.answered_at)
        await self._flights.flown()
        await self._turn(now)
        await self._telling.send(now)

    async def stop(self, now: datetime) -> None:
        """Let conversations under way end, for a few seconds; remember that we stopped, and leave."""
        await self._sending.end(_PATIENCE)
        await self._flights.flown(_PATIENCE)
        self._pulse.quicken(now, "stopped")
        await self._turn(now)

    def _notice_clock(self, now: datetime) -> None:
        if now < self._last_turn - _SET_BACK:
            log.warning("the clock was set back; every question is asked again", by=str(self._last_turn - now))
            self._flights.ask_all(now)
            self._last_turn = now
            self._pulse.quicken(now)

    def _next_at(self, now: datetime) -> datetime:
        """When the next turn is due, if nothing comes before."""
        moments = [
            self._flights.next_at(),
            self._deciding.judging.next_at(),
            self._sending.next_at(),
            self._pulse.next_at(),
        ]
        soonest = min(moment for moment in moments if moment is not None)
        return max(soonest, now + _CALM) if self.ledger_error else soonest

    async def _turn(self, now: datetime) -> None:
        """Judge what has landed and what the time touches, if anything; then make messages of what is owed."""
        async with self._turning:
            landed = self._flights.take()
            subjects = self._deciding.judging.due(now) | self._agenda.again
            beat = self._pulse.due(now)
            if landed or subjects or beat or self._agenda:
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
        entered: Sequence[Fact] = (),
        *,
        beat: bool = False,
    ) -> None:
        """Judge these subjects and all that new facts touch, and remember all of it at once, or nothing."""
        facts, answers = self._news(landed, now)
        facts += entered
        if beat:
            facts.append(self._pulse.fact(self.ledger.next_fact_id(), now))
        subjects |= self._deciding.fold(facts)
        self._guarding.difficulty = self._deciding.network.steps
        try:
            decided = await self._deciding.decide(subjects, facts, now, self._agenda.anew)
            remembered = replace(
                decided.batch(self.settings.channels),
                facts=tuple(facts),
                answers=tuple(answers),
                forgotten_standings=tuple(sorted(self._agenda.gone)),
                nonces=dict(self.wire.nonces),
            )
            await self.ledger.write(remembered)
        except LedgerError as error:
            self._hold(landed, subjects, error, now)
            return
        if beat:
            self._pulse.beaten(now)
        self._accept(decided, landed, subjects, now)

    def _news(self, landed: list[Landed], now: datetime) -> tuple[list[Fact], list[Answer]]:
        """What is to be remembered of this turn, with ids."""
        facts, answers = self._agenda.facts(self.ledger.next_fact_id, now), list[Answer]()
        for one in landed:
            fact, some = one.remembered(self.ledger.next_fact_id(), now)
            facts.append(fact)
            answers += some
        return facts, answers

    def _accept(self, decided: Decided, landed: list[Landed], subjects: set[str], now: datetime) -> None:
        """Make a remembered turn the present, and show it."""
        if self.ledger_error is not None:
            log.info("the ledger can be written again")
        self._showing.ledger_error = None
        self._last_turn = self._showing.stepped_at = now
        self._agenda.done(subjects)
        self._owing = self._owing or any(transition.tell for transition in decided.transitions)
        self._deciding.judging.accept(decided, now)
        for one in landed:
            self._showing.hear(one, now)
        self._showing.renew(subjects, now)

    def _hold(self, landed: list[Landed], subjects: Collection[str], error: LedgerError, now: datetime) -> None:
        """Nothing counts that is not remembered: keep the answers and try again with the next turn."""
        self._flights.give_back(landed)
        self._agenda.again |= set(subjects)
        if self.ledger_error is None:
            log.error("the ledger cannot be written; nothing is judged until it can", error=str(error))
        self._showing.ledger_error = str(error)
        self._showing.paint(now)

    # What people ask of it happens between two turns.

    def wake(self) -> None:
        """Take a turn now."""
        self._wake.set()

    async def reload(self, settings: Settings, now: datetime) -> None:
        """Take a new configuration at once, or raise ConfigError and keep the old one."""
        async with self._turning:
            await self._configuring.reload(settings, now)
        self._wake.set()

    def refuse(self, error: str, now: datetime) -> None:
        """Remember, for pages and metrics, that a new configuration was not applied."""
        self._showing.refuse(error, now)

    async def retry(self, message: str, now: datetime) -> None:
        """Try a message again at once. Raises KeyError when it does not wait or is not known, LedgerError."""
        await self._telling.retry(message, now)
        self._wake.set()

    # What others see of it.

    @property
    def settings(self) -> Settings:
        """The configuration in force."""
        return self._configuring.settings

    @property
    def picture(self) -> Picture | None:
        return self._showing.picture

    @property
    def config_error(self) -> str | None:
        return self._showing.config_error

    @property
    def ledger_error(self) -> str | None:
        return self._showing.ledger_error

    @property
    def well(self) -> bool:
        """Whether turns go on and are remembered."""
        late = self._clock.now() - self._last_turn > 3 * BEAT
        return self.ledger_error is None and not late
