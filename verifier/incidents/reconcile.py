"""After a refold of the past: what people were told, and what stands, are brought together again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from verifier.incidents.advance import Turn
from verifier.incidents.standing import Change, Incident, Phase, Transition, problem_id
from verifier.verdicts.verdict import Check, Verdict


def reconcile(
    before: Incident,
    after: Incident,
    found: Sequence[Transition],
    check: Check,
    verdict: Verdict,
    *,
    now: datetime,
    concerns: tuple[str, ...] = (),
) -> tuple[Incident, tuple[Transition, ...]]:
    """The incident and the transitions that hold: what was told and stands no more is closed as corrected.

    ``before`` is the incident as people were told, ``after`` and ``found`` what the refold says. Of the refolded past
    only the present state is told, and only where it differs from what was told before. A problem that is open before
    and after stays the same problem; any other one gets an ordinal that no episode had before.
    """
    told = before.phase is Phase.OPEN and before.told
    after, renumbered = _renumbered(before, after, found, told=told)
    opened = after.ordinal if after.phase is Phase.OPEN else None
    same = told and opened == before.ordinal
    transitions: list[Transition] = []
    if told and not same and not any(_ends(transition, before) for transition in renumbered):
        turn = Turn(check=check, subject=verdict.subject, now=now, concerns=concerns)
        transitions.append(turn.transition(before, Change.CORRECTED, now, verdict))
    for one in renumbered:
        begins = one.change is Change.OPENED and one.ordinal == opened and not same
        transitions.append(replace(one, tell=begins or (told and _ends(one, before))))
    reminded_at = before.reminded_at if same else after.reminded_at
    return replace(after, told=opened is not None, reminded_at=reminded_at), tuple(transitions)


def _ends(transition: Transition, incident: Incident) -> bool:
    return transition.change is Change.RESOLVED and transition.ordinal == incident.ordinal


def _renumbered(
    before: Incident, after: Incident, found: Sequence[Transition], *, told: bool
) -> tuple[Incident, tuple[Transition, ...]]:
    """The refolded episodes under ordinals that agree with those that people know; what is skipped is void."""
    if after.phase is Phase.OPEN:
        number = max(after.ordinal, before.ordinal if told else before.ordinal + 1)
        skipped = range(after.ordinal, number)
    else:
        number = max(after.ordinal, before.ordinal)
        skipped = range(after.ordinal + 1, number + 1)
    moved = after.phase is Phase.OPEN and number != after.ordinal
    transitions = tuple(_numbered(one, number) if moved and one.ordinal == after.ordinal else one for one in found)
    void = tuple(sorted({*before.void, *after.void, *skipped}))
    return replace(after, ordinal=number, void=void), transitions


def _numbered(transition: Transition, ordinal: int) -> Transition:
    problem = problem_id(transition.subject, transition.check, ordinal)
    identity = transition.id.replace(transition.problem, problem)
    return replace(transition, id=identity, problem=problem, ordinal=ordinal)
