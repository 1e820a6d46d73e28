"""Whether the figures of one answer can be right: by the network, by what the contracts promise, by their own past.

What is doubted is no sign of a shortfall. It is kept, is not judged, and is shown as the source's own fault; the time
stays unseen. Nothing here looks back further than the last ``REMEMBERED`` believed answers.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from math import inf, log10, sqrt
from typing import Final, Literal

from verifier.expectations.promised import Promised
from verifier.units import HASHES_PER_DIFFICULTY, SHA256D, Hashrate
from verifier.verdicts.claims import Level, Work, levels, theirs, work_of
from verifier.verdicts.counting import most_believable
from verifier.verdicts.figures import Figure, Figures, Kind, Of, compared
from verifier.verdicts.readings import ACCOUNT
from verifier.verdicts.verdict import DifficultySteps
from verifier.verdicts.wording import moment

#: So many believed answers are the past of a question, none of them older than this.
REMEMBERED: Final = 5
OLDEST: Final = timedelta(days=7)
#: A figure has settled when that many answers of the past had it, all within this factor.
_SETTLED: Final = 3
_STEADY: Final = 10.0
#: A prefix is three powers of ten; the same work may be this factor outside the past.
_PREFIX: Final = 3.0
_NEAR: Final = log10(1.5)
_MOST_PREFIXES: Final = 6
#: Without a past: what an honest seller's figures are of the promise, beside so many standard errors of counting; they
#: are never taken to be further from it than a factor of two.
_DELIVERED: Final = (0.8, 1.1)
_ERRORS: Final = 3.0
_FURTHEST: Final = 2.0
_MOST_BELOW: Final = 2
#: A variable difficulty aims at a share in so many seconds (docs/method.md, "How many shares that were").
_SHARE_EVERY: Final = 6.0
#: A counter of another unit goes on where it stood, and with no more than so many times its usual work.
_FASTER: Final = 20.0
_ROUNDED: Final = log10(1.05)
#: Below this part of the promise nothing had begun: what comes then is a start, and not a larger unit.
_NO_WORK: Final = 1e-2
#: Workers add up to their account when they are no further from it: averages are not of the very same moments.
_ADDS_UP: Final = 3.0
#: A scale that fits the promise no worse than the one before is believed when it has lasted for so long.
LASTING: Final = timedelta(days=1)
#: The mean seconds between two blocks: the network does difficulty × 2^32 hashes in that time.
_BLOCK: Final = 600.0
#: Bitcoin's difficulty has been above this since 2018: less is that of a test network.
_LEAST_DIFFICULTY: Final = 1e12


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubted:
    """Since when, and by how many times a thousand the figures are smaller than they were (negative: larger)."""

    since: datetime
    prefixes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What a question brought before: its last believed answers, the newest last.

    After them, if the newest is not believed, that one (``last``), and the scale that is doubted meanwhile.
    """

    answers: tuple[Figures, ...] = ()
    last: Figures = field(default_factory=dict)
    doubted: Doubted | None = None

    def with_answer(self, answer: Figures) -> "Past":
        """The past after an answer that was believed, also one without figures: who stood still begins anew."""
        newest = self.answers[-1] if self.answers else {}
        return Past(answers=(*self.answers, compared(answer, newest))[-REMEMBERED:])

    def with_doubted(self, answer: Figures, scale: Doubted | None) -> "Past":
        """The past after an answer that was not."""
        return replace(self, last=compared(answer), doubted=scale)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Why an answer is not believed: by which of the three, in words with figures, and the scale if it is that."""

    by: Literal["past", "contract", "network"]
    because: str
    scale: Doubted | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What an account's figures are held against; ``difficulty`` is that of Bitcoin's chain, if it is asked for."""

    promised: Promised
    difficulty: DifficultySteps = field(default_factory=DifficultySteps)


def doubt(
    answer: Figures, past: Past, bounds: Bounds, now: datetime, *, idle: bool = False, silent: datetime | None = None
) -> Doubt | None:
    """Why an answer of ``now`` cannot be right, None where nothing speaks against it.

    ``idle``: nobody is connected, so that little may be true. ``silent``: since when nothing was believed, where that
    is known: the past is of the age that it had then.
    """
    if not answer:
        return None
    # What is doubted is held against what was before it, however long that is ago.
    began = now if past.doubted is None else past.doubted.since
    before = _lately(past.answers, bounds, now, began if silent is None else min(began, silent))
    work = work_of(answer, before, past.last)
    found = _above_network(work, bounds) or _above_contracts(work, bounds)
    if found is None and not idle:
        found = _another_scale(answer, before, past.doubted, bounds, now)
        if found is None and not any(_known(of, before) for of in compared(answer)):
            found = _prefixes_below_contracts(work, past.doubted, bounds, now)
    return found


def _lately(answers: Iterable[Figures], bounds: Bounds, now: datetime, until: datetime) -> list[Figures]:
    """The past as far as it is a measure: not too old ``until`` then, and of the order that is in force ``now``."""
    algorithms = {of[3] for answer in answers for of in answer}
    since = {algorithm: max(until - OLDEST, bounds.promised.since(now, algorithm)) for algorithm in algorithms}
    return [{of: one for of, one in answer.items() if one.at >= since[of[3]]} for answer in answers]


# By the network and the contracts


def _above_network(work: Mapping[Of, Work], bounds: Bounds) -> Doubt | None:
    newest = max((one.end for of, one in work.items() if of[3] == SHA256D), default=None)
    difficulty = None if newest is None else bounds.difficulty.at(newest)
    if difficulty is None or difficulty < _LEAST_DIFFICULTY or bounds.difficulty.conflict is not None:
        return None
    network = difficulty * HASHES_PER_DIFFICULTY / _BLOCK
    for of, one in work.items():
        # As of a contract, some shares of the least difficulty may have come by luck.
        if of[3] == SHA256D and one.hashes > network * one.seconds + most_believable(0.0, 0.0, one.floor):
            return Doubt(
                by="network",
                because=f"{_named(of)} shows {_rate(one.per_second, of)}, all miners of the network together do about "
                f"{_rate(network, of)}",
            )
    return None


def _above_contracts(work: Mapping[Of, Work], bounds: Bounds) -> Doubt | None:
    """More than ``most_believable`` of all that is promised, by the account's own figure or its workers' together."""
    for level in levels(work, bounds.promised):
        promised = level.promised
        floor = max(bounds.promised.floor, *(one.floor for one in level.all.values()))
        most = most_believable(promised * level.seconds, promised, floor)
        if sum(one.hashes for one in level.all.values()) <= most:
            continue
        if sum(one.hashes for one in theirs(level, work, bounds.promised)) > most:
            rate, of = sum(one.per_second for one in level.all.values()), next(iter(level.all))
            return Doubt(
                by="contract",
                because=f"{_named(of)} shows {_rate(rate, of)}, {rate / promised:,.0f} times the {_rate(promised, of)} "
                "that the contracts on this account promise together: another unit, or machines that are not theirs",
            )
    return None


def _prefixes_below_contracts(
    work: Mapping[Of, Work], doubted: Doubted | None, bounds: Bounds, now: datetime
) -> Doubt | None:
    """Whether all that is claimed is the promise but for one prefix or two: of a source without a past."""
    found: dict[Of, tuple[int, float, Level]] = {}
    for level in levels(work, bounds.promised):
        if rate := sum(one.per_second for one in theirs(level, work, bounds.promised)):
            prefixes = _below(rate, level, bounds.promised.floor, doubted)
            # A small order that is delivered beside a large one that is not is no other unit.
            if prefixes == 0 or bounds.promised.least(level.end, level.algorithm) <= _STEADY * rate:
                return None
            found[next(iter(level.all))] = prefixes, rate, level
    if len({prefixes for prefixes, _, _ in found.values()}) != 1:
        return None
    of, (prefixes, rate, level) = next(iter(found.items()))
    since = doubted.since if doubted is not None and doubted.prefixes == prefixes else now
    who = "the account shows" if of[1] == ACCOUNT else "the workers of this account's contracts show"
    return Doubt(
        by="contract",
        because=f"{who} {_rate(rate, of)}, about 1/{1000**prefixes:,} of the {_rate(level.promised, of)} that the "
        "contracts on this account promise together: perhaps another unit, its past cannot tell yet",
        scale=Doubted(since=since, prefixes=prefixes),
    )


def _below(rate: float, level: Level, floor: float, doubted: Doubted | None) -> int:
    """How many prefixes below the promise a rate is if it is the promise but for them, else 0.

    What is doubted so already goes on being so within the factor that no luck of the counts exceeds.
    """
    prefixes = round(log10(level.promised / rate) / _PREFIX)
    if not 1 <= prefixes <= _MOST_BELOW:
        return 0
    hardest = max(floor, *(one.floor for one in level.all.values())) * HASHES_PER_DIFFICULTY
    error = _ERRORS * sqrt(max(_SHARE_EVERY, hardest / level.promised) / level.seconds)
    low, high = _DELIVERED[0] - error, _DELIVERED[1] + error
    if doubted is not None and doubted.prefixes == prefixes:
        low, high = 0.0, inf
    share = rate * 1000.0**prefixes / level.promised
    inside = max(low, _DELIVERED[0] / _FURTHEST) <= share <= min(high, _DELIVERED[1] * _FURTHEST)
    return prefixes if inside else 0


# A scale that is not that of the past


def _another_scale(
    answer: Figures, before: Sequence[Figures], doubted: Doubted | None, bounds: Bounds, now: datetime
) -> Doubt | None:
    """Whether all settled figures of one kind, those of the account or those of its workers, left by one prefix."""
    groups: dict[tuple[Kind, bool], dict[Of, Sequence[Figure]]] = {}
    for of in compared(answer):
        if known := _known(of, before):
            groups.setdefault((of[0], of[1] == ACCOUNT), {})[of] = known
    for (kind, whole), group in groups.items():
        prefixes = _prefixes({of: _left(of, answer[of], known, doubted) for of, known in group.items()})
        if prefixes == 0 or (whole and kind != "counter" and _adds_up(answer, group, groups.get((kind, False), {}))):
            continue
        of = next(iter(group))
        if doubted is None or doubted.prefixes != prefixes or doubted.since < bounds.promised.since(now, of[3]):
            since = now
        else:
            since = doubted.since
        claimed = bounds.promised.claimed({of[1] for of in answer}, now, of[3])
        was, promised = _total(group, claimed), bounds.promised.at(now, of[3])
        if prefixes < 0 and was < _NO_WORK * promised:
            continue
        if now - since >= LASTING and _fits(was, was / 1000.0**prefixes, promised):
            continue
        times, what = 1000 ** abs(prefixes), "smaller" if prefixes > 0 else "larger"
        which = "every figure of the account" if whole else "every figure of its workers"
        return Doubt(
            by="past",
            because=f"{which} is about {times:,} times {what} than before {moment(since)} "
            f"(then {_rate(_total(group), of)}): another unit, not {'less' if prefixes > 0 else 'more'} work",
            scale=Doubted(since=since, prefixes=prefixes),
        )
    return None


def _known(of: Of, before: Iterable[Figures]) -> Sequence[Figure]:
    return _settled(of, [past[of] for past in before if of in past])


def _settled(of: Of, known: Sequence[Figure]) -> Sequence[Figure]:
    """The most of a figure's past that belongs together, in the order of time; nothing where that is too little.

    So an answer that hid another unit, by chance between two of them, does not make it the measure of the next.
    """
    if of[0] == "counter":
        grows = all(a.value <= b.value and a.at < b.at for a, b in pairwise(known))
        return known if grows and len(known) >= _SETTLED else ()
    # A scale that was believed when it had lasted stands behind a long pause: what was before is no measure of it.
    left = (place for place, two in enumerate(pairwise(known), 1) if _far_later(*two))
    later = known[max(left, default=0) :]
    near = ([one for one in later if low.value <= one.value <= _STEADY * low.value] for low in later)
    most: Sequence[Figure] = max(near, key=len, default=())
    return most if len(most) >= _SETTLED else ()


def _far_later(before: Figure, after: Figure) -> bool:
    low, high = sorted((before.value, after.value))
    return after.at - before.at >= LASTING / 2 and high > _STEADY * low


def _prefixes(left: Mapping[Of, tuple[int, bool]]) -> int:
    """By how many prefixes a group left: one that all are nearest to and most are close to, else 0."""
    nearest = {prefixes for prefixes, _ in left.values()}
    close = sum(close for _, close in left.values())
    return nearest.pop() if len(nearest) == 1 and 2 * close > len(left) else 0


def _left(of: Of, now: Figure, known: Sequence[Figure], doubted: Doubted | None) -> tuple[int, bool]:
    """By how many times a thousand a figure is smaller than its settled past (negative: larger), and if just that."""
    if of[0] == "counter":
        grown = _FASTER * _growth(known) * max(0.0, (now.at - known[-1].at).total_seconds())
        low, high, near = known[-1].value, known[-1].value + grown, _ROUNDED
    else:
        low, high, near = min(one.value for one in known), max(one.value for one in known), _NEAR
    prefixes = round(((log10(low) + log10(high)) / 2 - log10(now.value)) / _PREFIX)
    # What was doubted goes on being so while it is nearer to that prefix than to any other, whatever the work does.
    if doubted is not None and doubted.prefixes == prefixes and of[0] != "counter":
        return prefixes, True
    scaled = log10(now.value) + prefixes * _PREFIX
    inside = log10(low) - near <= scaled <= log10(high) + near
    return prefixes, inside and abs(prefixes) <= _MOST_PREFIXES


def _adds_up(answer: Figures, account: Iterable[Of], workers: Mapping[Of, Sequence[Figure]]) -> bool:
    """Whether workers, one of which shows what it did before, make up the account's figure: others have left it."""
    for of in account:
        listed = [one for one in answer if one[1] != ACCOUNT and (one[0], *one[2:]) == (of[0], *of[2:])]
        stayed = any(one in workers and _left(one, answer[one], workers[one], None)[0] == 0 for one in listed)
        total = sum(answer[one].value for one in listed)
        if stayed and total <= _ADDS_UP * answer[of].value <= _ADDS_UP**2 * total:
            return True
    return False


def _growth(known: Sequence[Figure]) -> float:
    return (known[-1].value - known[0].value) / (known[-1].at - known[0].at).total_seconds()


def _total(group: Mapping[Of, Sequence[Figure]], claimed: Collection[str] | None = None) -> float:
    """Hashes per second that a group of figures showed last, each worker once, or those ``claimed`` by contracts."""
    sums: dict[str, float] = {}
    for of, known in group.items():
        if claimed is not None and of[1] not in claimed:
            continue
        sums[of[2]] = sums.get(of[2], 0.0) + (_growth(known) if of[0] == "counter" else known[-1].value)
    return max(sums.values(), default=0.0)


def _fits(was: float, rate: float, promised: float) -> bool:
    """Whether a new rate is no further from the promise than the old one; whatever it is where none is in force."""
    if not promised or not was:
        return True
    return abs(log10(rate / promised)) <= abs(log10(was / promised))


def _named(of: Of) -> str:
    return f"worker {of[1]}" if of[1] else "the account"


def _rate(per_second: float, of: Of) -> str:
    return str(Hashrate(per_second=per_second, algorithm=of[3]))
