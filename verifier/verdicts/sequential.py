"""Evidence over time for checks other than the alarm: opens on evidence, closes on evidence of the return.

The mixture e-detector of statistics.py (Shin, Ramdas, Rinaldo 2022) for gains of any shape: per alternative
M ← L·(M + Δt), L an e-value (mean at most 1 while nothing is amiss), so that the mean time to a false opening is at
least the line, however often one looks; and a CUSUM start per alternative for "since" and the sums since then.
"""

from collections.abc import Sequence
from math import exp, log
from typing import Final

from verifier.contract import Contract
from verifier.record import record
from verifier.verdicts.statistics import NOTHING

#: ln of the seconds to a wrong closing: one month, as for the alarm.
_CLOSING: Final = log(30 * 86_400.0)
_YEAR_SECONDS: Final = 365.25 * 86_400.0


@record
class Path:
    """One alternative: ln M in ln seconds, and its CUSUM with the start and the figures summed since then."""

    evidence: float = NOTHING
    cusum: float = 0.0
    start: float = 0.0
    sums: tuple[float, ...] = ()


@record
class Sequential:
    """``since`` (epoch seconds) while a problem is open, with the figures summed since; ``paths`` by alternative."""

    paths: tuple[Path, ...] = ()
    since: float | None = None
    sums: tuple[float, ...] = ()


def years_of(contract: Contract, budget: float) -> float:
    """Years to a false alarm that a part of the contract's budget allows."""
    return 1.0 / (contract.false_alarms_per_year * budget)


def look(
    before: Sequential, gains: Sequence[float], span: tuple[float, float], figures: tuple[float, ...], years: float
) -> Sequential:
    """After one span (epoch seconds): ``gains`` are ln e-values per alternative, of the return while a problem is open.

    Opens when the mean of M reaches ``years``; then, and when it closes, the evidence starts anew.
    """
    start, end = span
    known = before.paths or tuple(Path() for _ in gains)
    paths = tuple(_moved(path, gain, start, end - start, figures) for path, gain in zip(known, gains, strict=True))
    reached = _log_mean(paths)
    if before.since is None:
        if reached < log(years * _YEAR_SECONDS):
            return Sequential(paths=paths)
        best = max(paths, key=lambda path: path.cusum)
        return Sequential(since=best.start, sums=best.sums)
    if reached >= _CLOSING:
        return Sequential()
    return Sequential(paths=paths, since=before.since, sums=_added(before.sums, figures))


def _moved(path: Path, gain: float, start: float, seconds: float, figures: tuple[float, ...]) -> Path:
    afresh = path.cusum <= 0.0
    return Path(
        evidence=max(_log_sum(path.evidence, log(seconds)) + gain, NOTHING),
        cusum=(0.0 if afresh else path.cusum) + gain,
        start=start if afresh else path.start,
        sums=figures if afresh else _added(path.sums, figures),
    )


def _added(one: tuple[float, ...], other: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(a + b for a, b in zip(one, other, strict=True))


def _log_sum(one: float, other: float) -> float:
    top = max(one, other)
    return top + log(exp(one - top) + exp(other - top))


def _log_mean(paths: Sequence[Path]) -> float:
    top = max(path.evidence for path in paths)
    return top + log(sum(exp(path.evidence - top) for path in paths) / len(paths))
