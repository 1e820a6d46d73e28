"""The past judged anew: remembered facts through the same functions, and what differs from what was remembered.

A turn left facts, which share the moment they were learned. A turn by time alone left none; where it changed something
the transition bears the moment it was decided, and where it changed nothing the next turn finds the same. Reminders
are not compared: they repeat what is known, as often as the file wished at the time.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final, TypeAlias

from pydantic import TypeAdapter

from verifier.contract import Contract
from verifier.daemon.decisions import QUESTION
from verifier.daemon.imports import REGISTER, Imports
from verifier.daemon.judging import accounts_of, subject_of
from verifier.daemon.rehearsal import Rehearsal
from verifier.daemon.subjects import Subjects
from verifier.errors import ConfigError, Fault
from verifier.fact import Fact, FactKind
from verifier.incidents.memory import load_standing, load_transition
from verifier.incidents.review import BEGINNING
from verifier.incidents.standing import Change, Transition
from verifier.ledger.ledger import Ledger
from verifier.settings.model import Settings
from verifier.verdicts import CHECKS

Turns: TypeAlias = AsyncIterator[tuple[datetime, tuple[Fact, ...]]]

#: In the order true a turn is taken when a fact was true, a little before it was learned.
LAG: Final = timedelta(minutes=1)
_ALL: Final = 1_000_000
_CONTRACT: Final = TypeAdapter(Contract)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that was remembered otherwise: a change of a problem (None: there was none), or the result now."""

    subject: str
    check: str
    what: str
    remembered: datetime | str | None
    replayed: datetime | str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What was compared. ``versions`` are those of the programs that learned the facts."""

    facts: int
    turns: int
    changes: int
    results: int
    versions: tuple[str, ...]
    differences: tuple[Difference, ...]


async def replay(ledger: Ledger, settings: Settings, contract: str | None = None) -> Replayed:
    """Fold the facts in the order learned, with every contract as it was read at the time. Raises LedgerError.

    Raises ConfigError for a contract that once was read from an account which the settings do not name any more.
    """
    wanted = _wanted(settings, contract)
    remembered = await _remembered(ledger, wanted)
    rehearsal = Rehearsal(settings, wanted, ledger.facts_true_after)
    contracts: dict[str, Contract] = {}
    async for now, facts in _interleaved(_as_learned(ledger, remembered.until), remembered.moments):
        again, anew = set[str](), set[str]()
        read = _contracts_read(settings, facts)
        started = any(fact.kind is FactKind.WATCH and fact.question == "started" for fact in facts)
        if read or started:
            contracts |= read
            anew = rehearsal.configure(contracts, rehearsal.stored() if started else None)
            again = rehearsal.cases()
        await rehearsal.turn(now, facts, again, anew)
    return _compared(rehearsal, remembered, timedelta(0))


async def replay_as_known_now(ledger: Ledger, settings: Settings, contract: str | None = None) -> Replayed:
    """Fold the facts in the order they were true, with every contract as the settings have it now."""
    wanted = _wanted(settings, contract)
    remembered = await _remembered(ledger, wanted)
    imports = Imports().after(fact for fact in await ledger.decisions(REGISTER) if fact.learned_at <= remembered.until)
    brought = tuple({account for account, _ in imports.counting})
    found = await ledger.facts_true_after(("daemon", *settings.accounts, *brought), BEGINNING)
    known = (fact for fact in found if fact.learned_at <= remembered.until and imports.counts(fact))
    facts = [
        replace(fact.as_heard(), id=number, content={} if fact.read_later else fact.content)
        for number, fact in enumerate(known, 1)
    ]

    async def look(subjects: Sequence[str], at: datetime) -> Sequence[Fact]:
        return [fact for fact in facts if fact.subject in subjects and fact.true.end >= at]

    # Facts are numbered anew and what was taken back is gone: only which sources there are is left to know.
    rehearsal = Rehearsal(settings, wanted, look, replace(imports, taken_back={}))
    rehearsal.configure(settings.contracts)
    again = rehearsal.cases()
    async for now, some in _interleaved(_as_true(facts), remembered.moments):
        await rehearsal.turn(now, some, again, ())
        again = set()
    return _compared(rehearsal, remembered, LAG)


def _wanted(settings: Settings, contract: str | None) -> frozenset[str]:
    """The keys of the standings that are judged anew."""
    subjects = Subjects.of(settings)
    if contract is None:
        return frozenset(map(subject_of, subjects.cases))
    case = subjects.judged[subjects.members.get(contract, contract)]
    return frozenset({case.name, *(subject_of(subjects.accounts[name]) for name in accounts_of(case))})


def _contracts_read(settings: Settings, facts: Iterable[Fact]) -> dict[str, Contract]:
    read = {}
    for fact in facts:
        if fact.kind is FactKind.DECISION and fact.question == QUESTION and fact.subject in settings.contracts:
            read[fact.subject] = _CONTRACT.validate_python(fact.content["contract"])
    gone = sorted({w.account for one in read.values() for w in one.watch if w.account not in settings.accounts})
    if gone:
        problem = f"{', '.join(gone)} was watched in the past, write it again to judge the past anew"
        raise ConfigError([Fault(file=str(settings.file), line=1, path="accounts", problem=problem)])
    return read


@dataclass(frozen=True, slots=True, kw_only=True)
class _Remembered:
    """Changes by id and results by subject and check as the ledger has them, and the moments of turns they show.

    ``until`` is the last turn of which all is remembered: a daemon may be taking the next one meanwhile.
    """

    changes: Mapping[str, Transition]
    results: Mapping[tuple[str, str], str]
    moments: tuple[datetime, ...]
    until: datetime


async def _remembered(ledger: Ledger, wanted: frozenset[str]) -> _Remembered:
    standings = [load_standing(name, row.state)[0] for name, row in (await ledger.standings()).items()]
    until = max((verdict.at for one in standings for verdict in one.verdicts.values()), default=BEGINNING)
    kinds = {check.name: check.of for check in CHECKS}
    stored = [
        one
        for one in (load_transition(row.state) for row in await ledger.transitions(limit=_ALL))
        if one.decided_at <= until and _key(one.subject, kinds.get(one.check)) in wanted
    ]
    verdicts = {
        (one.subject, check): verdict
        for one in standings
        for check, verdict in one.verdicts.items()
        if one.subject in wanted
    }
    return _Remembered(
        changes={one.id: one for one in stored},
        results={key: verdict.outcome.value for key, verdict in verdicts.items()},
        moments=tuple({*(one.decided_at for one in stored), *(verdict.at for verdict in verdicts.values())}),
        until=until,
    )


def _key(subject: str, of: str | None) -> str:
    return f"account:{subject}" if of == "account" else subject


async def _as_learned(ledger: Ledger, until: datetime) -> Turns:
    """The facts of one turn after the other, up to a moment."""
    page, waiting = await ledger.facts(None), list[Fact]()
    while page:
        for fact in page:
            if fact.learned_at > until:
                continue
            if waiting and fact.learned_at != waiting[0].learned_at:
                yield waiting[0].learned_at, tuple(waiting)
                waiting = []
            waiting.append(fact)
        page = await ledger.facts(None, after_id=page[-1].id)
    if waiting:
        yield waiting[0].learned_at, tuple(waiting)


async def _as_true(facts: Iterable[Fact]) -> Turns:
    for now, some in groupby(facts, key=lambda fact: fact.true.end):
        yield now, tuple(some)


async def _interleaved(turns: Turns, moments: Iterable[datetime]) -> Turns:
    """The turns, with those by time alone between them."""
    rest = sorted(moments, reverse=True)
    async for now, facts in turns:
        while rest and rest[-1] <= now:
            if (moment := rest.pop()) < now:
                yield moment, ()
        yield now, facts
    for moment in reversed(rest):
        yield moment, ()


def _compared(rehearsal: Rehearsal, remembered: _Remembered, lag: timedelta) -> Replayed:
    differences, changes = [], 0
    for name in sorted(remembered.changes.keys() | rehearsal.changes.keys()):
        before, after = remembered.changes.get(name), rehearsal.changes.get(name)
        known = before or after
        if known is None or known.change is Change.REMINDED:
            continue
        changes += 1
        if before is None or after is None or abs(before.at - after.at) > lag:
            differences.append(
                Difference(
                    subject=known.subject,
                    check=known.check,
                    what=known.change.value,
                    remembered=None if before is None else before.at,
                    replayed=None if after is None else after.at,
                )
            )
    for (subject, check), outcome in remembered.results.items():
        verdict = rehearsal.standings[subject].verdicts.get(check) if subject in rehearsal.standings else None
        result = None if verdict is None else verdict.outcome.value
        if result != outcome:
            name = subject.removeprefix("account:")
            differences.append(
                Difference(subject=name, check=check, what="result", remembered=outcome, replayed=result)
            )
    return Replayed(
        facts=rehearsal.facts,
        turns=rehearsal.turns,
        changes=changes,
        results=len(remembered.results),
        versions=tuple(rehearsal.versions),
        differences=tuple(differences),
    )
