"""Counters as work: what was counted since they were read last, and where that cannot be told."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from math import isnan, nan
from typing import Final

from verifier.verdicts.readings import ACCOUNT, Count, Reading

#: Two figures that differ by this part are one.
ROUNDING: Final = 1e-9
#: A page is rewritten once a minute or more often, so what it says of its own time is learned that much later at most.
#: Answers that came hours late say nothing of clocks.
_CLOCKS_AGREE: Final = timedelta(minutes=1)
_PROMPT: Final = timedelta(hours=2)


def delay(reading: Reading) -> float | None:
    """Seconds until a reading was learned, None where it came so late that this says nothing of clocks."""
    return reading.delay.total_seconds() if abs(reading.delay) <= _PROMPT else None


def clocks_agree(reading: Reading, before: float | None) -> bool:
    """Whether the time since the last reading is as long by the source's clock as by ours, or nobody can tell.

    ``before`` is the delay of the last one.
    """
    now = delay(reading)
    return now is None or before is None or abs(now - before) <= _CLOCKS_AGREE.total_seconds()


def another_measure(now: Mapping[str, Count], names: frozenset[str], before: Mapping[str, Count]) -> bool:
    """Whether only workers are counted where only the account was: nothing to take a difference from."""
    return ACCOUNT in before and ACCOUNT not in now and not names & before.keys()


def fallen(now: Mapping[str, Count], names: frozenset[str], before: Mapping[str, Count]) -> list[str]:
    """Whose counter fell, of some."""
    return sorted(name for name in names & before.keys() if _fell(before[name], now[name]))


def renamed(
    now: Mapping[str, Count], names: frozenset[str], before: Mapping[str, Count], missing: Collection[str]
) -> tuple[str, str] | None:
    """Who left and who came at once, None where a name was not exchanged for another.

    ``missing`` had left before; who did all its work since the last reading is no old one under a new name.
    """
    left = sorted(before.keys() - now.keys() - {ACCOUNT, *missing})
    came = [name for name in sorted(names - before.keys()) if left and not _began_since(now, before, now[name])]
    return (left[0], came[0]) if came else None


def renewed(now: Mapping[str, Count], names: frozenset[str], before: Mapping[str, Count]) -> list[str]:
    """Whose epoch alone is new: no restart, for crediting the whole value would invent a lifetime of work."""
    return sorted(name for name in names & before.keys() if _another_epoch(before[name], now[name]))


def worked(now: Mapping[str, Count], names: frozenset[str], before: Mapping[str, Count]) -> tuple[float, float | None]:
    """Hashes and shares of some counters since they were read last, shares None where hidden; none of them fell."""
    hashes, shares = 0.0, [0.0]
    for name in sorted(names):
        one, last = now[name], before.get(name)
        if last is None:
            if not _began_since(now, before, one):
                continue
            last = Count(hashes=0.0, shares=0.0)
        hashes += max(0.0, one.hashes - last.hashes)
        if one.shares is not None and last.shares is not None:
            shares.append(max(0.0, one.shares - last.shares))
        else:
            shares.append(nan)
    total = sum(shares)
    return hashes, None if isnan(total) or (hashes > 0 and total <= 0) else total


def _began_since(now: Mapping[str, Count], before: Mapping[str, Count], one: Count) -> bool:
    """Whether a worker never listed before did all its work since the last reading of the account."""
    account, last = now.get(ACCOUNT), before.get(ACCOUNT)
    if account is None or last is None:
        return False
    since = account.hashes if _fell(last, account) else account.hashes - last.hashes
    return one.hashes <= since * (1.0 + ROUNDING)


def _fell(before: Count, now: Count) -> bool:
    return now.hashes < before.hashes * (1.0 - ROUNDING)


def _another_epoch(before: Count, now: Count) -> bool:
    return before.epoch is not None and now.epoch is not None and before.epoch != now.epoch
