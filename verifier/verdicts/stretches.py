"""The time of a contract in stretches, each told once and in order: what was seen, and gaps with their reason."""

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from datetime import UTC, datetime
from typing import Final, TypeAlias

from verifier.contract import Contract
from verifier.expectations.rate import Owed, owed
from verifier.record import record
from verifier.units import Window
from verifier.verdicts.spans import Span

#: Why time was not seen of which nobody said anything: it lies before the first reading.
NOT_ASKED: Final = "not_asked_yet"


@record
class Gap:
    """Time in [start, end) (epoch seconds) that nobody counted."""

    start: float
    end: float
    reason: str


Stretch: TypeAlias = Span | Gap


def in_order(
    waiting: Gap | None, measured: Sequence[Span], unseen: Sequence[tuple[Window, str]]
) -> tuple[tuple[Stretch, ...], Gap | None]:
    """What is new and settled, and the gap that may yet grow or be counted after all.

    The last gap is told again, longer, at each turn, and an interval that comes later takes its place: it waits.
    """
    new: list[Stretch] = [*measured]
    new += (Gap(start=w.start.timestamp(), end=w.end.timestamp(), reason=reason) for w, reason in unseen)
    found: list[Stretch] = []
    for one in sorted(new, key=lambda one: (one.start, one.end)):
        if waiting is not None and min(waiting.end, one.start) > waiting.start:
            found.append(replace(waiting, end=min(waiting.end, one.start)))
        waiting = None
        if isinstance(one, Gap):
            waiting = one
        else:
            found.append(one)
    return tuple(found), waiting


def moment_of(seconds: float) -> datetime:
    """Epoch seconds as a moment."""
    return datetime.fromtimestamp(seconds, UTC)


@record
class Sums:
    """What was seen of a window: seconds, hashes delivered, promised, and left by the tolerance, in the time seen.

    ``weight`` is the promised work weighted with the work behind a share (hashes²), ``share`` what that was last;
    ``rounding`` is how far off the last digits shown may be, all the same way, in hashes; ``unseen`` are seconds by
    reason.
    """

    window: Window
    seen: float = 0.0
    hashes: float = 0.0
    promised: float = 0.0
    least: float = 0.0
    weight: float = 0.0
    share: float = 0.0
    rounding: float = 0.0
    unseen: Mapping[str, float] = field(default_factory=dict)

    @property
    def hashes_per_share(self) -> float:
        """As known at the end where less than was assumed on the way: fit for looking back, not for an alarm.

        What rounding leaves open, variance r²/3, is that of so much harder shares.
        """
        return min(self.weight / self.promised, self.share) + self.rounding**2 / 3.0 / self.promised

    @property
    def shares(self) -> float:
        """Effective number of shares counted."""
        return self.hashes / self.hashes_per_share

    @property
    def unseen_because(self) -> str:
        """The reason of most of the time that was not seen."""
        return max(sorted(self.unseen), key=lambda reason: self.unseen[reason], default=NOT_ASKED)


def added(contract: Contract, sums: Sums, stretch: Stretch, part: Window) -> Sums:
    """The sums with one part of a stretch; its work is spread over the part of it in which something was owed."""
    return with_due(sums, stretch, owed(contract, part))


def with_due(sums: Sums, stretch: Stretch, due: Owed) -> Sums:
    """The same, where what was owed in the part is known already."""
    if isinstance(stretch, Gap):
        unseen = {**sums.unseen, stretch.reason: sums.unseen.get(stretch.reason, 0.0) + due.seconds}
        return replace(sums, unseen=unseen) if due.seconds > 0 else sums
    if due.promised <= 0.0:
        return sums
    return Sums(
        window=sums.window,
        seen=sums.seen + due.seconds,
        hashes=sums.hashes + stretch.hashes * due.promised / stretch.promised,
        promised=sums.promised + due.promised,
        least=sums.least + due.least,
        weight=sums.weight + due.promised * stretch.share,
        share=stretch.share,
        rounding=sums.rounding + stretch.rounding * due.promised / stretch.promised,
        unseen=sums.unseen,
    )
