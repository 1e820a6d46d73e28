"""Sums of delivery over a span, and what counting error leaves of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from verifier.verdicts.statistics import poisson_interval, smallest_visible

_HOUR: Final = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Seen delivery in [start, end) (epoch seconds): hashes delivered, promised and at the boundary in the time seen.

    ``noise`` is the boundary work weighted with the work behind one share, hashes²: noise / boundary is the work
    behind a share, fixed before the shares were counted.
    """

    start: float
    end: float
    seen: float
    hashes: float
    promised: float
    boundary: float
    noise: float

    @property
    def share(self) -> float:
        """Hashes behind one share."""
        return self.noise / self.boundary

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
    )


def total(spans: Sequence[Span]) -> Span:
    """The sum of spans in time order, at least one."""
    return Span(
        start=spans[0].start,
        end=spans[-1].end,
        seen=sum(span.seen for span in spans),
        hashes=sum(span.hashes for span in spans),
        promised=sum(span.promised for span in spans),
        boundary=sum(span.boundary for span in spans),
        noise=sum(span.noise for span in spans),
    )


def as_known_last(span: Span, share: float) -> Span:
    """A span with the work behind a share as known at its end, where that is less than was assumed on the way.

    Fit for an interval that looks back, not for an alarm, whose scale must be known beforehand.
    """
    return replace(span, noise=min(span.noise, span.boundary * share))


def extended(spans: tuple[Span, ...], span: Span, oldest: float) -> tuple[Span, ...]:
    """A new span behind the others, joined to the last one while that is shorter than an hour; old ones dropped."""
    kept = tuple(one for one in spans if one.end > oldest) if spans and spans[0].end <= oldest else spans
    if kept and kept[-1].end == span.start and span.end - kept[-1].start <= _HOUR:
        return (*kept[:-1], joined(kept[-1], span))
    return (*kept, span)
