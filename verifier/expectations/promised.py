"""What all contracts of one account promise together, and which of its workers are theirs."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from fnmatch import translate
from itertools import groupby
from typing import Final

from verifier.contract import Contract

#: A promise that grows or shrinks by more in one step is another order: what was before is no measure of it.
_ANOTHER_ORDER: Final = 10.0
_NEVER: Final = datetime.min.replace(tzinfo=UTC)


class Promised:
    """What the contracts of one account promise together, by algorithm and moment; worked out once per configuration.

    ``floor`` is the largest difficulty of a share that one of them states.
    """

    def __init__(self, account: str, contracts: Iterable[Contract]) -> None:
        self._contracts = tuple(one for one in contracts if any(watch.account == account for watch in one.watch))
        self._account = account
        watches = [watch for one in self._contracts for watch in one.watch if watch.account == account]
        self.floor = max((watch.share_difficulty or 0.0 for watch in watches), default=0.0)
        self._steps: dict[str, tuple[list[datetime], list[float], list[datetime]]] = {}
        for algorithm in {one.promised.algorithm for one in self._contracts}:
            self._steps[algorithm] = _steps([one for one in self._contracts if one.promised.algorithm == algorithm])

    def at(self, when: datetime, algorithm: str) -> float:
        """Hashes per second promised by all that run then; 0 where none does, which says nothing of the figures."""
        moments, sums, _ = self._steps.get(algorithm, ([], [], []))
        place = bisect_right(moments, when)
        return sums[place - 1] if place else 0.0

    def most(self, start: datetime, end: datetime, algorithm: str) -> float:
        """The most that is promised at one moment of a span; 0 where at another none runs, as in ``at``."""
        moments, sums, _ = self._steps.get(algorithm, ([], [], []))
        first, last = bisect_right(moments, start), bisect_right(moments, end)
        return max(sums[first - 1 : last]) if first and all(sums[first - 1 : last]) else 0.0

    def least(self, when: datetime, algorithm: str) -> float:
        """What the smallest contract that runs then promises; 0 where none does."""
        running = (one for one in self._contracts if one.runs_at(when) and one.promised.algorithm == algorithm)
        return min((one.promise_at(when).rate.per_second for one in running), default=0.0)

    def since(self, when: datetime, algorithm: str) -> datetime:
        """When the sum became of another order last."""
        moments, _, orders = self._steps.get(algorithm, ([], [], []))
        place = bisect_right(moments, when)
        return orders[place - 1] if place else _NEVER

    def claimed(self, names: Iterable[str], when: datetime, algorithm: str) -> frozenset[str]:
        """Those of some names (``""`` is the account as a whole) whose work is that of a contract which runs then.

        As in counting: for a contract of the whole account its own figure stands, else the sum of its workers.
        """
        told, workers = frozenset(names) & {""}, frozenset(names) - {""}
        watches = [
            watch
            for one in self._contracts
            if one.runs_at(when) and one.promised.algorithm == algorithm
            for watch in one.watch
            if watch.account == self._account
        ]
        whole = any(watch.workers is None for watch in watches)
        if whole and not told:
            return workers
        # As ``Watch.speaks_for``, all patterns at once: names and contracts of an account may be thousands.
        named = sorted({watch.workers for watch in watches if watch.workers is not None})
        theirs = frozenset(filter(re.compile("|".join(map(translate, named))).match, workers if named else ()))
        return theirs | told if whole else theirs


def _steps(contracts: Sequence[Contract]) -> tuple[list[datetime], list[float], list[datetime]]:
    changes: list[tuple[datetime, float]] = []
    for one in contracts:
        before = 0.0
        for promise in one.promises:
            if one.ends is not None and promise.since >= one.ends:
                break
            begins = max(one.starts, promise.since)
            changes.append((begins, promise.rate.per_second - before))
            before = promise.rate.per_second
        if one.ends is not None:
            changes.append((one.ends, -before))
    moments, sums, orders = [], [0.0], [_NEVER]
    for when, some in groupby(sorted(changes), key=lambda change: change[0]):
        total = sums[-1] + sum(change for _, change in some)
        # Sums of floats leave crumbs where the last contract ends.
        total = total if total > 1e-9 * max(sums) else 0.0
        same = min(total, sums[-1]) * _ANOTHER_ORDER >= max(total, sums[-1])
        moments.append(when)
        orders.append(orders[-1] if same else when)
        sums.append(total)
    return moments, sums[1:], orders[1:]
