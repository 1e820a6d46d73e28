"""Patterns of workers' names: when every name that fits the one certainly fits the other. Syntax as in fnmatch."""

import re
from collections import defaultdict
from collections.abc import Collection
from fnmatch import fnmatchcase
from itertools import product, takewhile
from typing import Final

#: A set as fnmatch reads it (a bracket that nothing closes is a letter), or one letter or sign.
_PART: Final = re.compile(r"\[!?+\]?+[^\]]*+\]|.", re.DOTALL)
_SIGNS: Final = re.compile(r"[*?]*\*[*?]*")


def plain(pattern: str) -> str:
    """The same pattern with ``*`` at most once, and last, where signs meet: ``**`` is ``*``, ``*?`` is ``?*``."""
    parts = _PART.findall(pattern)
    alike = "".join(part if len(part) == 1 else "x" for part in parts)
    for run in reversed(list(_SIGNS.finditer(alike))):
        parts[run.start() : run.end()] = ["?"] * run[0].count("?") + ["*"]
    return "".join(parts)


def within(narrow: str, wide: str) -> bool:
    """Whether all names that fit ``narrow`` fit ``wide``, seen part by part: exact for names, else never too much."""
    parts = _PART.findall(wide)
    reached = _and_behind_stars({0}, parts)
    for part in _PART.findall(narrow):
        stay = {place for place in reached if parts[place : place + 1] == ["*"]}
        on = {place + 1 for place in reached - stay if place < len(parts) and _fits(part, parts[place])}
        reached = _and_behind_stars(stay | on, parts)
    return len(parts) in reached


def covering(patterns: Collection[str]) -> dict[str, list[str]]:
    """Of each pattern the others that it lies within; without those that lie within none.

    An account may have thousands: only those are compared whose letters could fit, at both ends and in between.
    """
    letters = {pattern: _letters(pattern) for pattern in patterns}
    by_key: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for pattern, runs in letters.items():
        by_key[runs[0], runs[-1], max(runs, key=len)].append(pattern)
    heads, tails, longest = ({key[place] for key in by_key} for place in range(3))
    lengths = {len(run) for run in longest}
    found: dict[str, list[str]] = {}
    for pattern, runs in letters.items():
        first, last = runs[0], runs[-1]
        begin = heads.intersection(first[:end] for end in range(len(first) + 1))
        finish = tails.intersection(last[start:] for start in range(len(last) + 1))
        inside = {run[at : at + size] for run in runs for size in lengths for at in range(len(run) - size + 1)}
        could = (one for key in product(begin, finish, longest & inside) for one in by_key.get(key, ()))
        if wider := [one for one in could if one != pattern and within(pattern, one)]:
            found[pattern] = wider
    return found


def _and_behind_stars(places: set[int], parts: list[str]) -> set[int]:
    """These places, and those that are reached where a ``*`` stands for nothing."""
    stars = ({*range(place, place + _stars(parts[place:]) + 1)} for place in places)
    return places.union(*stars)


def _stars(parts: list[str]) -> int:
    """How many stars stand at the beginning."""
    return sum(1 for _ in takewhile("*".__eq__, parts))


def _fits(part: str, wide: str) -> bool:
    """Whether what ``part`` stands for is always one letter that fits ``wide``, which is no ``*``."""
    if part == "*":
        return False
    return wide in {"?", part} or (_is_letter(part) and fnmatchcase(part, wide))


def _is_letter(part: str) -> bool:
    return len(part) == 1 and part not in "*?"


def _letters(pattern: str) -> list[str]:
    """The runs of letters between signs and sets, also the empty ones at the ends."""
    runs = [""]
    for part in _PART.findall(pattern):
        if _is_letter(part):
            runs[-1] += part
        else:
            runs.append("")
    return runs
