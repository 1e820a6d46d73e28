"""What verdicts mean in time: pending, open, resolved on evidence, on and off, told or only remembered."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Final

from verifier.incidents.standing import Change, Incident, Phase, Transition, problem_id
from verifier.record import record
from verifier.verdicts.verdict import Check, Outcome, Verdict

#: An episode that follows this many others within a day is "on and off": it must stay good for HOLD to be over.
FLAPS_A_DAY: Final = 3
HOLD: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)


@record
class Advanced:
    """The incident after a turn, what changed in it, and when time alone will change it."""

    incident: Incident
    transitions: tuple[Transition, ...] = ()
    next_due: datetime | None = None


@record
class Turn:
    """What every transition of one turn has in common."""

    check: Check
    subject: str
    now: datetime
    concerns: tuple[str, ...]

    def transition(self, incident: Incident, change: Change, at: datetime, verdict: Verdict) -> Transition:
        problem = problem_id(self.subject, self.check.name, incident.ordinal)
        suffix = f"-{int(at.timestamp())}" if change is Change.REMINDED else ""
        return Transition(
            id=f"{problem}-{change}{suffix}",
            problem=problem,
            subject=self.subject,
            check=self.check.name,
            ordinal=incident.ordinal,
            change=change,
            at=at,
            decided_at=self.now,
            tell=True,
            severity=self.check.severity,
            verdict=verdict,
            concerns=self.concerns,
        )


def hold(incident: Incident) -> timedelta:
    """How long a problem must stay good before it is over: at once, or HOLD when it comes on and off."""
    return HOLD if len(incident.recent) >= FLAPS_A_DAY else timedelta(0)


def _open(turn: Turn, incident: Incident, at: datetime, verdict: Verdict) -> tuple[Incident, Transition]:
    recent = (*(moment for moment in incident.recent if at - moment < _DAY), at)
    opened = Incident(
        phase=Phase.OPEN,
        ordinal=next(number for number in count(incident.ordinal + 1) if number not in incident.void),
        opened_at=at,
        since=verdict.since or incident.pending_since or at,
        reminded_at=at,
        recent=recent,
        void=incident.void,
    )
    return opened, turn.transition(opened, Change.OPENED, at, verdict)


def _resolve(turn: Turn, incident: Incident, at: datetime, verdict: Verdict) -> tuple[Incident, Transition]:
    cleared = Incident(ordinal=incident.ordinal, recent=incident.recent, void=incident.void)
    return cleared, turn.transition(incident, Change.RESOLVED, at, verdict)


def _elapse(turn: Turn, incident: Incident, until: datetime, verdict: Verdict) -> tuple[Incident, list[Transition]]:
    """What time alone brings until a moment; each change bears the instant at which it became true."""
    if incident.phase is Phase.PENDING and incident.pending_since is not None and verdict.outcome is Outcome.SHORT:
        at = incident.pending_since + turn.check.pending
        if at <= until:
            opened, transition = _open(turn, incident, at, verdict)
            return opened, [transition]
    if incident.phase is Phase.OPEN and incident.good_since is not None:
        at = incident.good_since + hold(incident)
        if at <= until:
            cleared, transition = _resolve(turn, incident, at, verdict)
            return cleared, [transition]
    return incident, []


def _meet(turn: Turn, incident: Incident, verdict: Verdict) -> tuple[Incident, list[Transition]]:
    """What one verdict brings at its own instant."""
    if verdict.outcome is Outcome.SHORT:
        if incident.phase is Phase.CLEAR:
            since = verdict.since if turn.check.pending and verdict.since is not None else verdict.at
            incident = replace(incident, phase=Phase.PENDING, pending_since=since)
        elif incident.phase is Phase.OPEN and incident.good_since is not None:
            incident = replace(incident, good_since=None)
    elif verdict.outcome in turn.check.over_on:
        if incident.phase is Phase.PENDING:
            incident = replace(incident, phase=Phase.CLEAR, pending_since=None)
        elif incident.phase is Phase.OPEN and incident.good_since is None:
            incident = replace(incident, good_since=verdict.at)
    return _elapse(turn, incident, verdict.at, verdict)


def advance(
    incident: Incident,
    check: Check,
    verdicts: Sequence[Verdict],
    *,
    subject: str,
    now: datetime,
    repeat: timedelta,
    concerns: tuple[str, ...] = (),
) -> Advanced:
    """Carry one check's incident over the verdicts of a turn, in time order, up to ``now``.

    An episode that both opened and ended within one turn lies in the past: it is remembered and not told. A problem
    that is still open is told once; a resolution is told when its opening was; ``repeat`` is the time between
    reminders while it stays open.
    """
    if incident.phase is Phase.CLEAR and not any(verdict.outcome is Outcome.SHORT for verdict in verdicts):
        return Advanced(incident=incident)
    turn = Turn(check=check, subject=subject, now=now, concerns=concerns)
    told_before = incident.ordinal if incident.told else None
    transitions: list[Transition] = []
    previous = verdicts[0]
    for verdict in verdicts:
        incident, elapsed = _elapse(turn, incident, verdict.at, previous)
        incident, met = _meet(turn, incident, verdict)
        transitions += elapsed + met
        previous = verdict
    incident, elapsed = _elapse(turn, incident, now, previous)
    transitions += elapsed
    if incident.phase is Phase.OPEN and incident.reminded_at is not None and now - incident.reminded_at >= repeat:
        missed = (now - incident.reminded_at) // repeat
        incident = replace(incident, reminded_at=incident.reminded_at + missed * repeat)
        if incident.told:
            transitions.append(turn.transition(incident, Change.REMINDED, incident.reminded_at or now, previous))
    transitions = [replace(t, tell=_worth_telling(t, incident, told_before)) for t in transitions]
    if incident.told is not (incident.phase is Phase.OPEN):
        incident = replace(incident, told=incident.phase is Phase.OPEN)
    return Advanced(incident=incident, transitions=tuple(transitions), next_due=_next(check, incident, repeat))


def _worth_telling(transition: Transition, incident: Incident, told_before: int | None) -> bool:
    if transition.change is Change.RESOLVED:
        return transition.ordinal == told_before
    return transition.ordinal == incident.ordinal and incident.phase is Phase.OPEN


def _next(check: Check, incident: Incident, repeat: timedelta) -> datetime | None:
    if incident.phase is Phase.PENDING and incident.pending_since is not None:
        return incident.pending_since + check.pending
    if incident.phase is Phase.OPEN:
        if incident.good_since is not None:
            return incident.good_since + hold(incident)
        if incident.reminded_at is not None:
            return incident.reminded_at + repeat
    return None
