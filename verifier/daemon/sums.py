"""The sums of contracts: what is measured of their members turn by turn, gathered until it can be judged."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from verifier.contract import Contract
from verifier.incidents.review import Review, World, review_sum
from verifier.incidents.standing import Standing
from verifier.verdicts.checks import hashrate
from verifier.verdicts.spans import Span
from verifier.verdicts.summing import Closed, Summing, most_common
from verifier.verdicts.verdict import AccountCase, News


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Work of a contract as sums take it; ``anew``: in place of what was told of the same time."""

    spans: tuple[Span, ...]
    anew: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedUp:
    """What a turn decided about a sum, and by which slots."""

    review: Review
    closed: Closed


class Sums:
    """Costs each new fact the same, however many contracts there are: nothing of a member is folded here again.

    What is gathered is kept in memory alone. Of a slot that was open when the program ended, only what is measured
    after the next start is in the sum.
    """

    def __init__(self) -> None:
        self._cases: dict[str, Contract] = {}
        self._gathering: dict[str, Summing] = {}
        self._sums_of: dict[str, tuple[str, ...]] = {}

    def configure(self, cases: Iterable[Contract | AccountCase]) -> None:
        """Take these sums and no others; one that is known goes on."""
        self._cases = {case.name: case for case in cases if isinstance(case, Contract) and case.sum_of}
        self._gathering = {name: known for name, known in self._gathering.items() if name in self._cases}
        self._sums_of = {}
        for case in self._cases.values():
            for member in case.sum_of:
                self._sums_of[member] = (*self._sums_of.get(member, ()), case.name)

    def due(self, now: datetime) -> set[str]:
        """The sums that have a slot to close, or have yet to begin."""
        begun = self._gathering.items()
        return {name for name, one in begun if one.due <= now.timestamp()} | self._cases.keys() - self._gathering.keys()

    def next_at(self) -> datetime | None:
        soonest = min((one.due for one in self._gathering.values()), default=None)
        return None if soonest is None else datetime.fromtimestamp(soonest, UTC)

    def judge(
        self, subjects: Iterable[str], standings: Mapping[str, Standing], now: datetime, world: World
    ) -> dict[str, AddedUp]:
        """Review the sums among some subjects by the slots that are over; these are taken by ``accept``."""
        sums = sorted(self._cases.keys() & set(subjects))
        return {name: self._judge(self._cases[name], standings, now, world) for name in sums}

    def _judge(self, case: Contract, standings: Mapping[str, Standing], now: datetime, world: World) -> AddedUp:
        standing = standings[case.name]
        if case.name not in self._gathering:
            self._gathering[case.name] = Summing(_from(standing, now))
        closed = self._gathering[case.name].closed(now.timestamp())
        known = [standings[name].verdicts.get(hashrate.NAME) for name in case.sum_of if name in standings]
        reason = most_common(one.unseen_because for one in known if one is not None)
        news = News(measured=closed.spans, unseen=tuple((window, reason) for window in closed.unseen))
        return AddedUp(review=review_sum(case, standing, news, now, world), closed=closed)

    def wanted(self, member: str, spans: tuple[Span, ...], *, anew: bool) -> Measured | None:
        """What the sums of a contract take of its new work; None where they take nothing."""
        gathering = [self._gathering[name] for name in self._sums_of.get(member, ()) if name in self._gathering]
        late = min((one.until for one in gathering), default=None)
        if late is None or not spans:
            return None
        return Measured(spans=tuple(span for span in spans if span.end > late), anew=anew)

    def accept(self, closed: Mapping[str, Closed], measured: Mapping[str, Measured], now: datetime) -> None:
        """Make a remembered turn the present: what was closed is gone, what was measured in this turn is new."""
        for name, taken in closed.items():
            if name in self._gathering:
                self._gathering[name].forget(taken)
        for member, one in measured.items():
            for name in self._sums_of.get(member, ()):
                if name in self._gathering:
                    self._gathering[name].add(member, one.spans, now.timestamp(), anew=one.anew)


def _from(standing: Standing, now: datetime) -> float:
    """Where a sum begins: now, and behind what it was judged by before."""
    verdict = standing.verdicts.get(hashrate.NAME)
    known = now if verdict is None or verdict.delivered is None else verdict.window.end
    return max(now, known).timestamp()
