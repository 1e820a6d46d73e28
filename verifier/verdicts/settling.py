"""One settlement period judged: delivered against promised, what counting leaves open, and what missing time leaves.

The truth is the work that was really done in the period, whatever rate brought it: the only noise is that shares are
found by chance, so a miner's ups and downs widen nothing here.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from math import floor
from types import MappingProxyType
from typing import Final

from verifier.contract import Contract
from verifier.expectations.rate import owed
from verifier.record import record
from verifier.units import Window
from verifier.verdicts.confidence import exact, running, smallest_visible
from verifier.verdicts.stretches import Sums
from verifier.verdicts.verdict import Outcome
from verifier.verdicts.wording import BECAUSE, measured, percent, span_named

YEAR: Final = timedelta(days=365.25)
#: No statement is made with less than 99 % confidence, however long the period.
MOST_ALPHA: Final = 0.01
_SAME: Final = 1e-9
_RESULTS: Final[Mapping[Outcome, str]] = MappingProxyType(
    {
        Outcome.MET: "delivered",
        Outcome.SHORT: "too little",
        Outcome.UNDECIDED: "too close to call",
        Outcome.UNKNOWN: "cannot tell",
        Outcome.NOT_APPLICABLE: "nothing was owed",
    }
)


@record
class Period:
    """One period as it was judged; work in hashes, the rest as parts.

    ``delivered`` and ``owed`` are of the time seen, ``promised`` of the whole window (up to now while it runs).
    ``interval`` is of delivered ÷ owed, ``bounds`` of delivered ÷ promised if nothing, and if everything, came in the
    time not seen. ``alpha`` is the chance that the interval misses: at one look when ``over``, at all looks together
    while it runs. ``made_by`` is the version of the check that judged; ``revised`` and ``revised_delivered`` are what
    answers that came later would have made of it: the result itself stays.
    """

    window: Window
    over: bool
    outcome: Outcome
    promised: float
    alpha: float
    made_by: int
    delivered: float | None = None
    owed: float | None = None
    interval: tuple[float, float] | None = None
    bounds: tuple[float, float] | None = None
    least: float = 0.0
    coverage: float = 0.0
    unseen_because: str | None = None
    smallest_visible: float | None = None
    below_promise: bool = False
    revised: Outcome | None = None
    revised_delivered: float | None = None

    @property
    def ratio(self) -> float | None:
        """Delivered ÷ promised in the time seen."""
        return None if self.delivered is None or not self.owed else self.delivered / self.owed

    @property
    def missing(self) -> float:
        """Hashes short of the promise in the time seen; below zero: more than promised."""
        return 0.0 if self.delivered is None or self.owed is None else self.owed - self.delivered


def alpha_of(window: Window, budget_per_year: float) -> float:
    """The error rate of one period, so that all periods of a year together use the budget."""
    return min(MOST_ALPHA, budget_per_year * (window.span / YEAR))


def period(
    contract: Contract, sums: Sums, until: datetime, *, budget_per_year: float, made_by: int, over: bool
) -> Period:
    """The period of some sums, up to a moment of it; while it runs it is tuned to its end, or to its first year.

    ``short`` when the upper end is below what the tolerance leaves of the time seen, ``met`` when the lower end is not,
    else ``undecided``; ``unknown`` where too little was seen, unless it is the same whatever came in the time not seen.
    """
    window = sums.window
    whole = owed(contract, Window(start=window.start, end=max(window.start, min(until, window.end))))
    alpha = alpha_of(window, budget_per_year)
    found = Period(
        window=window, over=over, outcome=Outcome.UNKNOWN, promised=whole.promised, alpha=alpha, made_by=made_by,
        unseen_because=sums.unseen_because if sums.seen < whole.seconds else None,
    )  # fmt: skip
    if whole.promised <= 0.0 or sums.promised <= 0.0:
        return replace(found, outcome=Outcome.NOT_APPLICABLE) if over and whole.promised <= 0.0 else found
    share = sums.hashes_per_share
    first_year = Window(start=window.start, end=min(window.end, window.start + YEAR))
    tuned_to = None if over else owed(contract, first_year).promised / share
    low, high = (share * end for end in _interval(sums.shares, alpha, tuned_to))
    not_seen = max(0.0, whole.promised - sums.promised)
    coverage = min(1.0, sums.seen / whole.seconds)
    enough = coverage >= contract.coverage_needed
    if high + not_seen < whole.least or (enough and high < sums.least):
        outcome = Outcome.SHORT
    elif low >= whole.least or (enough and low >= sums.least):
        outcome = Outcome.MET
    else:
        outcome = Outcome.UNDECIDED if enough else Outcome.UNKNOWN
    return replace(
        found,
        outcome=outcome,
        delivered=sums.hashes,
        owed=sums.promised,
        interval=(low / sums.promised, high / sums.promised),
        bounds=(low / whole.promised, (high + not_seen) / whole.promised),
        least=sums.least / sums.promised,
        coverage=coverage,
        smallest_visible=smallest_visible(sums.least / share, alpha, tuned_to),
        below_promise=outcome is Outcome.MET and high < sums.promised,
    )


def _interval(shares: float, alpha: float, tuned_to: float | None) -> tuple[float, float]:
    return exact(shares, alpha) if tuned_to is None else running(shares, alpha, tuned_to)


def kept(before: Period | None, found: Period) -> Period:
    """The result that was first told of a period that is over; what it would be now stands beside it."""
    if before is None:
        return found
    seen, now = before.delivered or 0.0, found.delivered or 0.0
    if before.outcome is found.outcome and abs(now - seen) <= _SAME * max(now, seen):
        return before
    return replace(before, revised=found.outcome, revised_delivered=found.delivered)


def part_seen(coverage: float) -> str:
    """``99.9 %``, rounded down: only all of it reads as all of it."""
    return percent(floor(coverage * 1000.0 + 1e-6) / 1000.0)


def said(row: Period) -> str:
    """``the UTC day of 19 Nov: 91.0 % ± 0.6 % of what was promised, of which 95.0 % must arrive; seen 99 % of it``."""
    if row.ratio is None or row.interval is None or row.bounds is None:
        reason = BECAUSE[row.unseen_because or "not_asked_yet"]
        return f"{span_named(row.window)}: nothing was seen, because {reason}"
    text = f"{span_named(row.window)}: {measured(row.ratio, *row.interval)} of what was promised"
    text += f", of which {percent(row.least)} must arrive" if row.least < 1.0 else ""
    if row.coverage < 1.0:
        low, high = row.bounds
        text += (
            f"; seen {part_seen(row.coverage)} of it, {percent(low)} if nothing and {percent(high)} if everything came "
        )
        text += f"in the rest, which was not seen because {BECAUSE[row.unseen_because or 'not_asked_yet']}"
    return text


def sentence(row: Period) -> str:
    """A period with its result."""
    text = f"{said(row)}: {_RESULTS[row.outcome]}"
    if row.outcome is Outcome.UNDECIDED and row.smallest_visible is not None:
        text += f"; a shortfall below {percent(row.smallest_visible)} cannot be seen in it"
    if row.below_promise:
        text += ", though less than promised"
    if row.revised is not None and row.revised is not row.outcome:
        text += f" (answers that came later would make it “{_RESULTS[row.revised]}”; the result stays)"
    elif row.revised is not None:
        text += " (answers that came later change the figures and not the result)"
    return f"{text}."
