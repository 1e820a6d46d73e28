"""What the daemon shows of itself and of all it watches: the picture that outlets read, and the metrics made of it."""

from collections.abc import Iterable
from datetime import datetime

from verifier import __version__
from verifier.daemon.asking import Landed
from verifier.daemon.deciding import Deciding
from verifier.daemon.painting import Painting
from verifier.ledger.ledger import Ledger
from verifier.outlets.metrics import Metrics
from verifier.outlets.picture import DaemonView, Picture
from verifier.outlets.telling import Telling
from verifier.settings.model import Settings


class Showing:
    """Paints the picture anew whenever something has changed, of what is accepted and of what is wrong."""

    def __init__(
        self, settings: Settings, ledger: Ledger, telling: Telling, metrics: Metrics, deciding: Deciding, now: datetime
    ) -> None:
        self.picture: Picture | None = None
        self.config_error: str | None = None
        self.ledger_error: str | None = None
        self.started_at = now
        self.stepped_at: datetime | None = None
        self.painting = Painting()
        self._settings, self._configured_at = settings, now
        self._ledger, self._telling, self._metrics, self._deciding = ledger, telling, metrics, deciding

    def configure(self, settings: Settings, now: datetime) -> None:
        """Show what this configuration names, and that it is in force."""
        self._settings, self._configured_at, self.config_error = settings, now, None
        self.take(now)

    def take(self, now: datetime) -> None:
        """Show the subjects that are judged from now on."""
        deciding = self._deciding
        judging = deciding.judging
        self.painting.configure(self._settings, deciding.subjects, judging.standings, now, judging.imports.last_at())
        self.paint(now)

    def refuse(self, error: str, now: datetime) -> None:
        """Show that a new configuration was not applied."""
        self.config_error = error
        self.paint(now)

    def hear(self, landed: Landed, now: datetime) -> None:
        """Take in one conversation that is remembered."""
        self.painting.hear(landed, now)
        fate = "answered" if landed.silence is None else landed.silence.reason.value
        source = landed.line.configured.source.kind
        self._metrics.answered(account=landed.key[0], kind=source, fate=fate, seconds=landed.seconds)

    def renew(self, subjects: Iterable[str], now: datetime) -> None:
        """Show the new standings of some subjects."""
        self.painting.renew(subjects, self._deciding.judging.standings)
        self.paint(now)

    def paint(self, now: datetime) -> None:
        """Make the picture anew, and the metrics."""
        division = self._deciding.division
        daemon = DaemonView(
            version=__version__,
            started_at=self.started_at,
            ledger_error=self.ledger_error,
            config_error=self.config_error,
            config_warnings=tuple(map(str, self._settings.warnings)),
            config_loaded_at=self._configured_at,
            messages_waiting=self._telling.waiting,
            messages_dead=self._telling.dead,
            facts=self._ledger.facts_learned,
            last_step_at=self.stepped_at,
            nobodys_workers=division.nobodys(),
            twice_claimed_workers=division.claimed_twice(),
        )
        self.picture = self.painting.picture(daemon, now, self._deciding.network)
        self._metrics.publish(self.picture)
