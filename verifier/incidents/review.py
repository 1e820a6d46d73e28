"""The whole core in one pure function: what is known of one subject, and what is new, give what now stands."""

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from verifier.contract import Contract
from verifier.fact import Fact
from verifier.incidents.advance import Advanced, advance
from verifier.incidents.reconcile import reconcile
from verifier.incidents.retold import told_anew
from verifier.incidents.standing import Incident, Phase, Standing, Transition
from verifier.record import record
from verifier.verdicts import CHECKS
from verifier.verdicts.algorithms import of_its_algorithm
from verifier.verdicts.evidence import Evidence, Folded, fold
from verifier.verdicts.findings import not_applicable
from verifier.verdicts.payouts.audit import Audit, stands
from verifier.verdicts.payouts.books import Books, noted_otherwise, post
from verifier.verdicts.payouts.days import expect
from verifier.verdicts.spans import Span
from verifier.verdicts.tally import Hour
from verifier.verdicts.verdict import AccountCase, Case, Check, DifficultySteps, Judged, News, Outcome, Verdict

NEVER: Final = timedelta(days=36_500)
#: Before the first block of the chain nothing was mined.
BEGINNING: Final = datetime(2009, 1, 3, tzinfo=UTC)
_NOTHING: Final = Folded(state=Evidence())


@record
class World:
    """What is the same for all subjects of a turn.

    ``rhythms`` is how often each account is asked for work, ``repeat`` the time between reminders of an open problem;
    ``excluded`` are workers that two contracts claim, ``nobodys`` by account those that none claims.
    """

    difficulty: DifficultySteps = field(default_factory=DifficultySteps)
    rhythms: Mapping[str, timedelta] = field(default_factory=dict)
    repeat: timedelta = NEVER
    excluded: frozenset[str] = frozenset()
    nobodys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@record
class Past:
    """Where a rewound turn starts from: a standing not newer than the late fact, and all facts true since then."""

    standing: Standing
    facts: tuple[Fact, ...]


@record
class Review:
    """What a turn decided; ``standing`` is the very one of before when nothing in it has changed.

    ``rewind_to`` set: what was folded is to be folded anew from there, and nothing was folded. ``measured`` is the
    work of this turn as it is handed to sums of contracts.
    """

    standing: Standing
    transitions: tuple[Transition, ...] = ()
    hours: tuple[Hour, ...] = ()
    rewind_to: datetime | None = None
    measured: tuple[Span, ...] = ()


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
    asks for a rewind (a late fact, or other notes on receipts), the caller comes again with ``past``: evidence and the
    checks that rest on it are folded anew from there, and only what differs from what was told before is told.
    """
    since = past.standing if past else standing
    every = past.facts if past else tuple(facts)
    folded = _NOTHING
    if isinstance(case, Contract):
        facts = of_its_algorithm(case, facts)
        every = facts if past is None else of_its_algorithm(case, every)
        if past is None and noted_otherwise(case, standing.books):
            return Review(standing=standing, rewind_to=BEGINNING)
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
    verdicts = dict(standing.verdicts)
    news = News(
        facts=tuple(facts),
        intervals=folded.intervals,
        unseen=folded.unseen,
        difficulty=world.difficulty,
        books=books or Books(),
        retold=told_anew(folded.state.source, facts, every) if past is not None else (),
        same_coins=same,
        said=verdicts,
        excluded=world.excluded,
        nobodys=world.nobodys,
    )

    states, incidents = dict(standing.checks), dict(standing.incidents)
    transitions: list[Transition] = []
    dues: list[datetime | None] = [] if books is None else [books.next_due]
    kind = "contract" if isinstance(case, Contract) else "account"
    for check in (check for check in CHECKS if check.of == kind):
        known = incidents.get(check.name) or Incident()
        if same and check.rests_on == "coins" and known.phase is Phase.CLEAR:
            continue
        # What has no state begins with the oldest fact there is, whatever it rests on.
        rewound = past is not None and (check.rests_on == "evidence" or check.name not in states)
        if rewound:
            anew = replace(news, facts=every, before=states.get(check.name))
            judged = _spoken(check, _turn(check, case, since.checks.get(check.name), anew, now), since.verdicts)
            origin = replace(since.incidents.get(check.name, Incident()), void=known.void)
            advanced = _reconciled(case, check, known, _advance(case, check, origin, judged, now, world), judged, now)
        else:
            judged = _turn(check, case, states.get(check.name), news, now)
            if _stands(judged, known, verdicts.get(check.name)):
                states[check.name] = judged.state
                dues.append(judged.next_due)
                continue
            judged = _spoken(check, judged, verdicts)
            advanced = _advance(case, check, known, judged, now, world)
        news = replace(news, measured=judged.measured) if judged.measured else news
        states[check.name], incidents[check.name] = judged.state, advanced.incident
        transitions += advanced.transitions
        verdicts[check.name] = judged.verdicts[-1]
        dues += (judged.next_due, advanced.next_due)
    after = Standing(
        subject=standing.subject,
        position=max([standing.position, *(fact.id for fact in facts)]),
        evidence=folded.state if isinstance(case, Contract) else None,
        books=books,
        audit=audit,
        checks=states,
        incidents=incidents,
        verdicts=verdicts,
        next_due=min((due for due in dues if due is not None and due > now), default=None),
    )
    return Review(
        standing=standing if _unmoved(standing, after) else after,
        transitions=tuple(sorted(transitions, key=lambda transition: (transition.at, transition.id))),
        hours=folded.hours,
        measured=news.measured,
    )


def review_sum(case: Contract, standing: Standing, news: News, now: datetime, world: World) -> Review:
    """One turn for the sum of some contracts, which has no facts: ``news.measured`` is what is new; pure."""
    checks = [check for check in CHECKS if check.sums]
    found = {check.name: check.judge(case, standing.checks.get(check.name), news, now) for check in checks}
    advanced = {
        check.name: _advance(case, check, standing.incidents.get(check.name, Incident()), found[check.name], now, world)
        for check in checks
    }
    dues = [*(one.next_due for one in found.values()), *(one.next_due for one in advanced.values())]
    after = Standing(
        subject=standing.subject,
        checks={name: judged.state for name, judged in found.items()},
        incidents={name: one.incident for name, one in advanced.items()},
        verdicts={name: judged.verdicts[-1] for name, judged in found.items()},
        next_due=min((due for due in dues if due is not None and due > now), default=None),
    )
    return Review(standing=after, transitions=tuple(one for some in advanced.values() for one in some.transitions))


def _turn(check: Check, case: Case, state: Any, news: News, now: datetime) -> Judged[Any]:
    """A check's turn; of a contract of another kind than it judges it says so once."""
    if not isinstance(case, Contract) or case.basis in check.bases:
        return check.judge(case, state, _heard(check, news), now)
    said = news.said.get(check.name)
    if state is not None and said is not None and said.outcome is Outcome.NOT_APPLICABLE:
        return Judged(state=state, verdicts=())
    because = "This contract is of another kind, so this is not judged."
    verdict = replace(not_applicable(case, check.name, now), because=because)
    return Judged(state=check.State() if state is None else state, verdicts=(verdict,))


def _stands(judged: Judged[Any], known: Incident, said: Verdict | None) -> bool:
    """Whether nothing was said anew and time alone changes nothing of what was: most checks at most facts."""
    if judged.verdicts or judged.measured or said is None:
        return False
    return known.phase is Phase.CLEAR and said.outcome is not Outcome.SHORT


def _heard(check: Check, news: News) -> News:
    """The turn for a check: to one that asks who answered, what was read later stays the silence that it was."""
    if check.rests_on != "answers" or not any(fact.read_later for fact in news.facts):
        return news
    return replace(news, facts=tuple(fact for fact in news.facts if not fact.read_later))


def _spoken(check: Check, judged: Judged[Any], before: Mapping[str, Verdict]) -> Judged[Any]:
    """A turn with its verdict: where the check said nothing, what it said last of the very state still stands."""
    return judged if judged.verdicts else replace(judged, verdicts=(before[check.name],))


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
