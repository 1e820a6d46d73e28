"""The configuration in force: how it comes into force at the start, while the daemon runs, and as imports come."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from verifier.contract import Contract
from verifier.daemon.agenda import Agenda
from verifier.daemon.deciding import Deciding
from verifier.daemon.decisions import (
    contracts_as_read,
    new_decisions,
    refuse_moving,
    refuse_rewriting,
    startable,
    stored_standing,
)
from verifier.daemon.flights import Flights
from verifier.daemon.guarding import Guarding, Measures
from verifier.daemon.imports import REGISTER, Imports
from verifier.daemon.last_words import last_words
from verifier.daemon.rereading import read_again
from verifier.daemon.showing import Showing
from verifier.daemon.subjects import Subjects
from verifier.fact import Fact
from verifier.ledger.ledger import Ledger
from verifier.outlets.telling import Telling
from verifier.settings.model import Settings
from verifier.wire import Wire

#: Workers that an account listed this long before it was asked last are its workers.
_LATELY: Final = timedelta(minutes=15)

log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class Configuring:
    """``settings`` are in force in all the other parts; they change between turns only."""

    settings: Settings
    ledger: Ledger
    wire: Wire
    telling: Telling
    guarding: Guarding
    flights: Flights
    deciding: Deciding
    agenda: Agenda
    showing: Showing

    async def start(self, now: datetime) -> None:
        """Go on where the ledger ends; a contract whose change would judge the past anew stays as it was read last."""
        judging, network = self.deciding.judging, self.deciding.network
        latest, since = await self.ledger.latest_answers(), await self.ledger.watched_since()
        network.configure(self.settings)
        await network.restore(self.ledger, self.settings, now)
        stored = await self.ledger.standings()
        before = await contracts_as_read(self.ledger, self.settings.contracts)
        settings, refused = startable(self.settings, before, stored_standing(stored))
        judging.imports = Imports().after(await self.ledger.decisions(REGISTER))
        subjects = Subjects.of(settings, judging.imports)
        judging.configure(subjects.cases)
        unfit = judging.restore(stored.values())
        self.agenda.readings = await self.read_again(settings, subjects, now)
        self.showing.painting.restore(latest, since, await last_words(self.ledger, settings, latest))
        await self._apply(settings, subjects, before, now)
        if refused is not None:
            log.error("the new configuration is not applied in full", why=refused)
            self.showing.refuse(refused, now)
        division, last = self.deciding.division, max((answer.asked_at for answer in latest.values()), default=now)
        division.fold(await self.ledger.facts_true_after(tuple(division.divided), last - _LATELY))
        self.agenda.gone = stored.keys() - judging.cases.keys()
        if stored:  # on a first start there is nothing to fold anew
            self.agenda.anew = {*unfit, *(subjects.judged.keys() - stored.keys())} & subjects.judged.keys()

    async def reload(self, settings: Settings, now: datetime) -> None:
        """Take a new configuration, or raise ConfigError and keep the old one."""
        refuse_moving(self.settings, settings)
        judging, agenda = self.deciding.judging, self.agenda
        known, subjects = judging.cases.keys(), Subjects.of(settings, judging.imports)
        before = await contracts_as_read(self.ledger, settings.contracts)
        refuse_rewriting(settings, before, judging.standings.get)
        agenda.readings = await self.read_again(settings, subjects, now)
        await self._apply(settings, subjects, before, now)
        agenda.anew = (agenda.anew | (subjects.judged.keys() - known)) & subjects.judged.keys()

    async def _apply(
        self, settings: Settings, subjects: Subjects, before: Mapping[str, Contract], now: datetime
    ) -> None:
        """Tell every part; ``before`` are the contracts as they were decided last."""
        for name, configured in settings.accounts.items():
            if configured.source.sign is not None and name not in self.wire.nonces:
                self.wire.nonces[name] = await self.ledger.nonce(name) or 0
        self.settings = settings
        gone, cases = self.deciding.configure(settings, subjects), self.deciding.judging.cases
        self.agenda.gone = (self.agenda.gone | set(gone)) - cases.keys()
        self.agenda.again = set(cases)
        self.agenda.decisions = new_decisions(settings, before, now)
        self.guarding.configure(settings, subjects.judged.values())
        self.flights.configure(settings.accounts, now)
        self.telling.configure(settings.channels, zone=settings.show.time_zone, external_url=settings.external_url)
        self.showing.configure(settings, now)

    def take(self, imports: Imports, now: datetime) -> None:
        """Judge contracts by these imports from now on."""
        self.deciding.judging.imports = imports
        self.deciding.take(Subjects.of(self.settings, imports))
        self.showing.take(now)

    async def read_again(
        self, settings: Settings, subjects: Subjects, now: datetime, only: str | None = None, *, anew: bool = False
    ) -> list[Fact]:
        """What the adapters of today make of answers that nobody could judge, of one account or all; without ids."""
        cases = (one for one in subjects.accounts.values() if one.contracts and only in (None, one.name))
        accounts = {case.name: settings.accounts[case.name] for case in cases}
        measures, steps = Measures.under(settings, subjects.judged.values()), self.deciding.network.steps
        found, self.showing.painting.read_later = await read_again(
            self.ledger, accounts, lambda name: measures.of(name, steps), now, anew=anew
        )
        return found
