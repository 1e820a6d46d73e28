"""What each source said last, for pages: rates, workers, when it answered. Judges nothing."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from verifier.contract import Watch
from verifier.observation import Exactness, RateSeen, Silence, WorkerPresence, WorkersSeen, WorkSeen
from verifier.outlets.picture import QuestionView

#: Of the averages that a pool shows, the one nearest to an hour says most about now.
_PREFERRED: Final = timedelta(hours=1)


@dataclass(slots=True)
class Seen:
    """The last words of one account."""

    questions: dict[str, QuestionView] = field(default_factory=dict)
    rates: dict[str | None, RateSeen] = field(default_factory=dict)
    workers: WorkersSeen | None = None
    work: Exactness | None = None
    watched_since: datetime | None = None

    def hear(self, question: QuestionView, observations: Iterable[object], now: datetime) -> None:
        """Take in one answer or silence of a question."""
        observations = tuple(observations)
        silence = next((one for one in observations if isinstance(one, Silence)), None)
        self.watched_since = self.watched_since or now
        if silence is not None:
            self.questions[question.name] = replace(
                question,
                last_asked_at=now,
                silent_since=question.silent_since or now,
                silence=silence.reason.value,
                detail=silence.detail,
            )
            return
        self.questions[question.name] = replace(
            question, last_asked_at=now, last_answered_at=now, silent_since=None, silence=None, detail=""
        )
        self.recall(observations)

    def recall(self, observations: Iterable[object]) -> None:
        """Take in what an answer said, whenever that was."""
        observations = tuple(observations)
        said = {one.exactness for one in observations if isinstance(one, WorkSeen)} | {self.work}
        self.work = next((one for one in Exactness if one in said), None)
        self.workers = next((one for one in observations if isinstance(one, WorkersSeen)), self.workers)
        rates: dict[str | None, RateSeen] = {}
        for one in (one for one in observations if isinstance(one, RateSeen)):
            known = rates.get(one.worker)
            if known is None or abs(one.window - _PREFERRED) < abs(known.window - _PREFERRED):
                rates[one.worker] = one
        self.rates = rates or self.rates

    @property
    def exactness(self) -> Exactness:
        """The best that its words about work have said of themselves; a rate alone is an average."""
        return self.work or Exactness.AVERAGE

    @property
    def last_answered_at(self) -> datetime | None:
        return max((q.last_answered_at for q in self.questions.values() if q.last_answered_at), default=None)

    def rate(self, watch: Watch) -> tuple[float | None, float | None]:
        """Hashes per second that the source shows for a watch, and the seconds it is averaged over."""
        if watch.workers is None and None in self.rates:
            shown = [self.rates[None]]
        else:
            shown = [rate for name, rate in self.rates.items() if name is not None and watch.speaks_for(name)]
        if not shown:
            return None, None
        return sum(rate.per_second for rate in shown), shown[0].window.total_seconds()

    def online(self, watch: Watch) -> int | None:
        """How many of a watch's workers the source lists as online."""
        if self.workers is None:
            return None
        return sum(
            1
            for worker in self.workers.workers
            if worker.presence is WorkerPresence.ONLINE and watch.speaks_for(worker.name)
        )
