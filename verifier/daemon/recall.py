"""The picture as a ledger holds it, for those who read beside a running daemon: nothing is asked, nothing judged."""

from dataclasses import dataclass
from datetime import datetime

from verifier import __version__
from verifier.daemon.imports import REGISTER, Imports
from verifier.daemon.judging import Judging
from verifier.daemon.last_words import last_words
from verifier.daemon.painting import Painting
from verifier.daemon.rereading import READINGS, noted
from verifier.daemon.subjects import Subjects
from verifier.incidents.standing import Standing
from verifier.ledger.ledger import Ledger
from verifier.outlets.picture import DaemonView, Picture
from verifier.settings.model import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """What the daemon wrote last. ``as_of`` is when it last asked anybody, None when it never did.

    ``standings`` are by subject, of the subjects that the settings name and the ledger knows.
    """

    picture: Picture
    subjects: Subjects
    imports: Imports
    standings: dict[str, Standing]
    as_of: datetime | None


async def recall(ledger: Ledger, settings: Settings, now: datetime) -> Recalled:
    """Read the results of every contract as they were remembered last. Raises LedgerError."""
    imports = Imports().after(await ledger.decisions(REGISTER))
    subjects = Subjects.of(settings, imports)
    judging = Judging(ledger)
    judging.configure(subjects.cases)
    stored = await ledger.standings()
    judging.restore(stored.values())
    latest = await ledger.latest_answers()
    as_of = max((answer.asked_at for answer in latest.values()), default=None)
    painting = Painting()
    painting.read_later = noted(await ledger.decisions(READINGS))
    painting.restore(latest, await ledger.watched_since(), await last_words(ledger, settings, latest))
    painting.configure(settings, subjects, judging.standings, now, imports.last_at())
    daemon = DaemonView(
        version=__version__,
        started_at=now,
        config_warnings=tuple(map(str, settings.warnings)),
        facts=ledger.facts_learned,
        last_step_at=as_of,
    )
    return Recalled(
        picture=painting.picture(daemon, now),
        subjects=subjects,
        imports=imports,
        standings={name: one for name, one in judging.standings.items() if name in stored},
        as_of=as_of,
    )
