"""Averages as work, where nothing counts: one sample per window, and what a decaying one still holds of before.

A rolling average is the work of its window. A decaying one is f' = f·K + r·(1 − K) after s seconds at the rate r, with
K = e^(−s/i) for a window i: ckpool's decay_time (src/libckpool.c) in steps that are short beside i.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from math import exp
from typing import Final

from verifier.verdicts.readings import ACCOUNT, Count, Reading

#: Windows that overlap by this part of one are neighbours: polls do not come at the very moment.
OVERLAP: Final = 1.0 / 20.0
#: A decaying average says little of the time more than so many windows ago (e⁻²).
_FADED: Final = 2.0


def follows(reading: Reading, sample: datetime) -> bool:
    """Whether a window lies behind an earlier sample."""
    return reading.first + OVERLAP * (reading.end - reading.first) >= sample


def missed(reading: Reading, since: datetime | None, samples: Sequence[datetime]) -> bool:
    """Whether this one would have been a sample, had it been known in time: ``samples`` are the last ones taken."""
    if since is not None and reading.end < since:
        return True
    return any(follows(reading, one) and reading.end < other for one, other in pairwise(samples))


def continues(reading: Reading, shown: Mapping[str, Count], before: Mapping[str, Count], sample: datetime) -> bool:
    """Whether a decaying average can be set against the sample before: of the same level, and not too long ago."""
    if not reading.decaying:
        return True
    faded = reading.end - sample > _FADED * (reading.end - reading.first)
    return not faded and (ACCOUNT in shown) == (ACCOUNT in before)


def worked(
    reading: Reading, shown: Mapping[str, Count], before: Mapping[str, Count], start: datetime
) -> tuple[float, float]:
    """Hashes from ``start`` to the end of the window, and how far off they may be by rounding.

    Who is not in the sample before began at zero since.
    """
    windows = (reading.end - start) / (reading.end - reading.first)
    kept = exp(-windows) if reading.decaying else 0.0
    hashes = rounding = 0.0
    for name, one in shown.items():
        held = before.get(name, Count(hashes=0.0))
        hashes += max(0.0, one.hashes - kept * held.hashes)
        rounding += one.rounding + kept * held.rounding
    return windows * hashes / (1.0 - kept), windows * rounding / (1.0 - kept)
