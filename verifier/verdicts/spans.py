"""Sums of delivery over a span, and what counting error leaves of them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final, TypeVar

import numpy as np

from verifier.record import record
from verifier.units import Window
from verifier.verdicts.statistics import Array, poisson_interval, smallest_visible

#: A number, or a column of them.
Figure = TypeVar("Figure", float, Array)

_HOUR: Final = 3600.0
#: From this part on an interval lies wholly in the time that counts.
_ALL: Final = 1.0 - 1e-9


@record
class Span:
    """Seen delivery in [start, end) (epoch seconds): hashes delivered, promised and at the boundary in the time seen.

    ``noise`` is the boundary work weighted with the work behind one share, hashes²: noise / boundary is the work
    behind a share, fixed before the shares were counted. ``rounding`` is how far off the last digits shown may be, in
    hashes: figures of one display may all be rounded the same way, so that it adds up like the work itself.
    """

    start: float
    end: float
    seen: float
    hashes: float
    promised: float
    boundary: float
    noise: float
    rounding: float = 0.0

    @property
    def window(self) -> Window:
        """From the start to the end, the time not seen in it included."""
        return Window(start=datetime.fromtimestamp(self.start, UTC), end=datetime.fromtimestamp(self.end, UTC))

    @property
    def share(self) -> float:
        """Hashes behind one share; a rounding error of up to r, variance r²/3, is that of so much harder shares."""
        return (self.noise + self.rounding**2 / 3.0) / self.boundary

    @property
    def ratio(self) -> float:
        """Delivered as a part of the promise."""
        return self.hashes / self.promised

    @property
    def missing(self) -> float:
        """Hashes short of the promise in the time seen; below zero: more than promised."""
        return self.promised - self.hashes

    def interval(self) -> tuple[float, float]:
        """99 % interval of delivered / promised."""
        low, high = poisson_interval(self.hashes / self.share)
        return low * self.share / self.promised, high * self.share / self.promised

    def for_an_alarm(self) -> "Span":
        """With the boundary lowered by what rounding may hide: a figure supports no claim smaller than its last digit.

        It may be rounded the same way for ever, so that no variance covers it. At most half of the boundary.
        """
        if self.rounding <= 0.0:
            return self
        part = 1.0 - min(self.rounding / self.boundary, 0.5)
        return replace(self, boundary=self.boundary * part, noise=self.noise * part)

    def smallest_visible(self) -> float:
        """The smallest shortfall below the boundary that this span could have shown."""
        return smallest_visible(self.boundary / self.share)


def below_promise(interval: tuple[float, float]) -> bool:
    """Whether delivered ÷ promised is below 1 beyond the error of counting, not by chance alone."""
    return interval[1] < 1.0


def joined(one: Span, next_one: Span) -> Span:
    """The sum of two spans, from the start of the first to the end of the second."""
    return Span(
        start=one.start,
        end=next_one.end,
        seen=one.seen + next_one.seen,
        hashes=one.hashes + next_one.hashes,
        promised=one.promised + next_one.promised,
        boundary=one.boundary + next_one.boundary,
        noise=one.noise + next_one.noise,
        rounding=one.rounding + next_one.rounding,
    )


def total(spans: Sequence[Span]) -> Span:
    """The sum of spans in time order, at least one."""
    seen = hashes = promised = boundary = noise = rounding = 0.0
    for span in spans:
        seen, hashes, promised = seen + span.seen, hashes + span.hashes, promised + span.promised
        boundary, noise, rounding = boundary + span.boundary, noise + span.noise, rounding + span.rounding
    return Span(
        start=spans[0].start,
        end=spans[-1].end,
        seen=seen,
        hashes=hashes,
        promised=promised,
        boundary=boundary,
        noise=noise,
        rounding=rounding,
    )


def as_known_last(span: Span, share: float) -> Span:
    """A span with the work behind a share as known at its end, where that is less than was assumed on the way.

    Fit for an interval that looks back, not for an alarm, whose scale must be known beforehand.
    """
    return replace(span, noise=min(span.noise, span.boundary * share))


def work_in(hashes: Figure, part: Figure, promised: Figure) -> Figure:
    """Work of an interval in the ``part`` of its time that the contract does not leave out; numbers or columns.

    Nobody knows when in the interval it was done: evenly, but as much as the promise asks where a seller may have
    paused in the time left out. So it is no shortfall that the rest of the time does not prove.
    """
    work: Figure = np.minimum(np.maximum(hashes * part, promised * (part < _ALL)), hashes)
    return work


def extended(spans: tuple[Span, ...], span: Span, oldest: float) -> tuple[Span, ...]:
    """A new span behind the others, joined to the last one while that is shorter than an hour; old ones dropped."""
    kept = tuple(one for one in spans if one.end > oldest) if spans and spans[0].end <= oldest else spans
    if kept and kept[-1].end == span.start and span.end - kept[-1].start <= _HOUR:
        return (*kept[:-1], joined(kept[-1], span))
    return (*kept, span)
