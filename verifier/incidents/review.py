"""The whole core in one pure function: what is known of one subject, and what is new, give what now stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from verifier.contract import Contract
from verifier.incidents.advance import Advanced, advance
from verifier.incidents.reconcile import reconcile
from verifier.incidents.standing import Incident, Phase, Standing, Transition
from verifier.observation import Fact
from verifier.verdicts import CHECKS
from verifier.verdicts.evidence import Evidence, Folded, fold
from verifier.verdicts.payouts.audit import Audit, stands
from verifier.verdicts.payouts.books import Books, post
from verifier.verdicts.payouts.days import expect
from verifier.verdicts.tally import Hour
from verifier.verdicts.verdict import AccountCase, Check, DifficultySteps, Judged, News

NEVER: Final = timedelta(days=36_500)
_NOTHING: Final = Folded(state=Evidence())


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What is the same for all subjects of a turn.

    ``rhythms`` is how often each account is asked for work, ``repeat`` the time between reminders of an open problem;
    ``excluded`` are workers that two contracts claim.
    """

    difficulty: DifficultySteps = field(default_factory=DifficultySteps)
    rhythms: Mapping[str, timedelta] = field(default_factory=dict)
    repeat: timedelta = NEVER
    excluded: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """Where a rewound turn starts from: a standing not newer than the late fact, and all facts true since then."""

    standing: Standing
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What a turn decided; ``standing`` is the very one of before when nothing in it has changed.

    ``rewind_to`` set: a fact older than the fold's position arrived and nothing was folded.
    """

    standing: Standing
    transitions: tuple[Transition, ...] = ()
    hours: tuple[Hour, ...] = ()
    rewind_to: datetime | None = None


def review(
    case: Contract | AccountCase,
    standing: Standing,
    facts: Sequence[Fact],
    now: datetime,
    world: World,
    past: Past | None = None,
) -> Review:
    """One turn for one contract or account; pure.

    ``facts`` are those of the subject's accounts since ``standing.position``, in the order learned. When the answer
    asks for a rewind, the caller comes again with ``past``: evidence and the checks that rest on it are folded anew
    from there, and only what differs from what was told before is told.
    """
    since = past.standing if past else standing
    every = past.facts if past else tuple(facts)
    folded = _NOTHING
    if isinstance(case, Contract):
        before = since.evidence or Evidence()
        folded = fold(case, world.rhythms, before, every, now, world.excluded, final=past is not None)
        if folded.rewind_to is not None:
            return Review(standing=standing, rewind_to=folded.rewind_to)
    books, audit, same = standing.books, None, False
    if isinstance(case, Contract):
        afresh = past is not None and not past.standing.position
        books = post(case, None if afresh else books, every if afresh else facts, now)
        work = folded.intervals
        same = past is None and stands(standing.audit, case, books, world.difficulty, work, now)
        if not same:
            books = expect(case, books, folded.state.tally.days, world.difficulty, now, anew=past is not None)
        fresh = Audit(at=now, contract=case, books=books, network=world.difficulty)
        audit = standing.audit if same else fresh
    news = News(
        facts=tuple(facts),
        intervals=folded.intervals,
        unseen=folded.unseen,
        difficulty=world.difficulty,
        books=books or Books(),
        same_coins=same,
    )

    states, incidents, verdicts = dict(standing.checks), dict(standing.incidents), dict(standing.verdicts)
    transitions: list[Transition] = []
    dues: list[datetime] = []
    kind = "contract" if isinstance(case, Contract) else "account"
    for check in (check for check in CHECKS if check.of == kind):
        known = incidents.get(check.name) or Incident()
        if same and check.rests_on == "coins" and known.phase is Phase.CLEAR:
            continue
        # What has no state begins with the oldest fact there is, whatever it rests on.
        rewound = past is not None and (check.rests_on == "evidence" or check.name not in states)
        if rewound:
            judged: Judged[Any] = check.judge(case, since.checks.get(check.name), replace(news, facts=every), now)
            origin = replace(since.incidents.get(check.name, Incident()), void=known.void)
            advanced = _reconciled(case, check, known, _advance(case, check, origin, judged, now, world), judged, now)
        else:
            judged = check.judge(case, states.get(check.name), news, now)
            if not judged.verdicts:
                judged = replace(judged, verdicts=(verdicts[check.name],))
            advanced = _advance(case, check, known, judged, now, world)
        news = replace(news, measured=judged.measured) if judged.measured else news
        states[check.name] = judged.state
        incidents[check.name] = advanced.incident
        transitions += advanced.transitions
        verdicts[check.name] = judged.verdicts[-1]
        dues += [due for due in (judged.next_due, advanced.next_due) if due is not None and due > now]
    if books is not None and books.next_due is not None and books.next_due > now:
        dues.append(books.next_due)
    after = Standing(
        subject=standing.subject,
        position=max([standing.position, *(fact.id for fact in facts)]),
        evidence=folded.state if isinstance(case, Contract) else None,
        books=books,
        audit=audit,
        checks=states,
        incidents=incidents,
        verdicts=verdicts,
        next_due=min(dues, default=None),
    )
    return Review(
        standing=standing if _unmoved(standing, after) else after,
        transitions=tuple(sorted(transitions, key=lambda transition: (transition.at, transition.id))),
        hours=folded.hours,
    )


def _unmoved(before: Standing, after: Standing) -> bool:
    """Whether facts were read that changed nothing: no part was made anew."""
    parts = ((before.checks, after.checks), (before.incidents, after.incidents), (before.verdicts, after.verdicts))
    return (
        after.evidence is before.evidence
        and after.books is before.books
        and after.audit is before.audit
        and after.next_due == before.next_due
        and all(one is old.get(name) for old, new in parts for name, one in new.items())
    )


def _concerns(case: Contract | AccountCase) -> tuple[str, ...]:
    return case.contracts if isinstance(case, AccountCase) else (case.name,)


def _advance(
    case: Contract | AccountCase, check: Check, incident: Incident, judged: Judged[Any], now: datetime, world: World
) -> Advanced:
    return advance(
        incident,
        check,
        judged.verdicts,
        subject=case.name,
        now=now,
        repeat=world.repeat,
        concerns=_concerns(case),
    )


def _reconciled(
    case: Contract | AccountCase, check: Check, told: Incident, found: Advanced, judged: Judged[Any], now: datetime
) -> Advanced:
    incident, transitions = reconcile(
        told, found.incident, found.transitions, check, judged.verdicts[-1], now=now, concerns=_concerns(case)
    )
    return replace(found, incident=incident, transitions=transitions)
