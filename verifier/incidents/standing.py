"""Problems in time: how each check of a subject stands, and the transitions that are the only thing ever told."""

import hashlib
from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from verifier.record import record
from verifier.verdicts.payouts.audit import Audit
from verifier.verdicts.payouts.books import Books
from verifier.verdicts.verdict import Verdict


class Phase(StrEnum):
    """Where an incident stands: nothing wrong, wrong for less than it takes to be told, told and not over."""

    CLEAR = "clear"
    PENDING = "pending"
    OPEN = "open"


class Change(StrEnum):
    """What a transition says: a problem opened, is still open (repeat), was resolved, or was told in error."""

    OPENED = "opened"
    REMINDED = "reminded"
    RESOLVED = "resolved"
    CORRECTED = "corrected"


def problem_id(subject: str, check: str, ordinal: int) -> str:
    """The same episode has the same id for ever, also after a ledger is restored from yesterday."""
    return hashlib.sha256(f"{subject}\n{check}\n{ordinal}".encode()).hexdigest()[:16]


@record
class Incident:
    """How one check of one subject stands.

    ``ordinal`` counts episodes, ``told`` says that people know of the open one. ``void`` are ordinals of episodes that
    a late fact has taken away: never used again, so that no new problem bears the id of another one. ``recent`` are
    the openings of the last day.
    """

    phase: Phase = Phase.CLEAR
    ordinal: int = 0
    pending_since: datetime | None = None
    good_since: datetime | None = None
    opened_at: datetime | None = None
    since: datetime | None = None
    reminded_at: datetime | None = None
    told: bool = False
    recent: tuple[datetime, ...] = ()
    void: tuple[int, ...] = ()


@record
class Transition:
    """One change of an incident. ``at`` is when it became true, ``decided_at`` when we knew.

    ``tell`` False: found in the past and over by now; remembered, never sent.
    """

    id: str
    problem: str
    subject: str
    check: str
    ordinal: int
    change: Change
    at: datetime
    decided_at: datetime
    tell: bool
    severity: Literal["critical", "warning", "info"]
    verdict: Verdict
    concerns: tuple[str, ...] = ()


@record
class Standing:
    """All that is carried from turn to turn for one contract or account.

    ``position`` is the id of the last fact that changed something. ``evidence`` is the fold of work, ``books`` that of
    coins (both of contracts only). ``checks`` maps a check's name to its state, ``incidents`` to its incident,
    ``verdicts`` to its latest verdict. ``next_due`` is when time alone may change something, ``audit`` the last look
    at the coins; neither is stored, because everybody is judged at a start.
    """

    subject: str
    position: int = 0
    evidence: Any = None
    books: Books | None = None
    checks: Mapping[str, Any] = field(default_factory=dict)
    incidents: Mapping[str, Incident] = field(default_factory=dict)
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    next_due: datetime | None = None
    audit: Audit | None = field(default=None, compare=False, repr=False)
