"""Cells of a table as columns of numbers: whole columns at once where they look alike, one by one where they do not.

A cell that cannot be read is NaN in its column; ``problem_of`` says of one cell what is wrong with it.
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from verifier.settings import quantities
from verifier.settings.quantities import PREFIXES, QuantityError

Column: TypeAlias = NDArray[np.float64]

#: 2009-01-01, before the first block.
EARLIEST: Final = 1_230_768_000.0
#: Hashes of a year of a thousand times Bitcoin's network.
_MOST_HASHES: Final = 1e32
_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])", re.ASCII)
_UNIX: Final = re.compile(r"[0-9]{9,10}", re.ASCII)
_FIGURE: Final = re.compile(
    r"([0-9]{1,40}(?:\.([0-9]{1,30}))?(?:[eE]([+-]?[0-9]{1,2}))?) ?(?:([zeptgmk]?)(h|hash|hashes|sol)(/s|ps)?)?",
    re.ASCII | re.IGNORECASE,
)
_DIGITS: Final = np.array([0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18])
_MARKS: Final = {4: "-", 7: "-", 10: "Tt ", 13: ":", 16: ":"}
_SHORTEST_TIME: Final = 20


def seconds(cells: Sequence[str]) -> Column:
    """Epoch seconds of RFC 3339 times with their offset from UTC (or of seconds since 1970)."""
    found = np.full(len(cells), np.nan)
    widths = np.fromiter(map(len, cells), dtype=np.int64, count=len(cells))
    for width in np.unique(widths).tolist():
        alike = np.flatnonzero(widths == width)
        if width >= _SHORTEST_TIME:
            chosen = cells if len(alike) == len(cells) else [cells[one] for one in alike.tolist()]
            found[alike] = _alike("".join(chosen), width)
    for one in np.flatnonzero(np.isnan(found)).tolist():
        found[one] = _read(second, cells[one])
    return found


def _alike(text: str, width: int) -> Column:
    """Times of one width: ``2026-01-31T14:00:00`` and ``Z``, ``.123Z`` or ``+01:00``."""
    letters = np.frombuffer(text.encode("ascii", "replace"), dtype=np.uint8).reshape(-1, width)
    figures = letters[:, _DIGITS].astype(np.int64) - ord("0")
    good: NDArray[np.bool_] = np.all((figures >= 0) & (figures <= 9), axis=1)
    for place, marks in _MARKS.items():
        good &= np.isin(letters[:, place], np.frombuffer(marks.encode(), dtype=np.uint8))
    year = figures[:, :4] @ np.array([1000, 100, 10, 1])
    month, day, hour, minute, moment = (figures[:, 4 + 2 * n] * 10 + figures[:, 5 + 2 * n] for n in range(5))
    good &= (year >= 2009) & (year < 2200) & (month >= 1) & (month <= 12) & (hour < 24) & (minute < 60) & (moment < 60)
    months = np.where(good, (year - 1970) * 12 + month - 1, 0)
    first, after = ((months + more).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) for more in (0, 1))
    good &= (day >= 1) & (day <= after - first)
    tail, fits = _tail(letters[:, 19:])
    whole = (first + day - 1) * 86_400 + hour * 3600 + minute * 60 + moment
    return np.where(good & fits, whole + tail, np.nan)


def _tail(letters: NDArray[np.uint8]) -> tuple[Column, NDArray[np.bool_]]:
    """Seconds that a fraction adds or an offset takes away, and which are of a known form."""
    width, figures = letters.shape[1], letters.astype(np.int64) - ord("0")
    zulu = np.isin(letters[:, -1], np.frombuffer(b"Zz", dtype=np.uint8))
    if width == 1:
        return np.zeros(len(letters)), zulu
    digits = (figures >= 0) & (figures <= 9)
    if width == 6 and not zulu.any():
        good = digits[:, [1, 2, 4, 5]].all(axis=1) & (letters[:, 3] == ord(":")) & (figures[:, 4] < 6)
        minutes = figures[:, [1, 2, 4, 5]] @ np.array([600, 60, 10, 1])
        plus, minus = letters[:, 0] == ord("+"), letters[:, 0] == ord("-")
        good &= (plus | minus) & (minutes < 1440)
        return np.where(minus, 60.0, -60.0) * minutes, good
    if 3 <= width <= 11:
        good = digits[:, 1:-1].all(axis=1) & (letters[:, 0] == ord(".")) & zulu
        places = 10.0 ** -np.arange(1, width - 1)
        return figures[:, 1:-1] @ places, good
    return np.zeros(len(letters)), np.zeros(len(letters), dtype=bool)


def second(text: str) -> float:
    """One time. Raises QuantityError."""
    text = text.strip()
    if _UNIX.fullmatch(text):
        return float(text)
    if not _TIME.match(text):
        raise QuantityError(f"`{text[:40]}` is no time, write it like `2026-01-31T14:00:00Z`")
    read = quantities.moment(text)
    if not isinstance(read, datetime):
        raise QuantityError(f"`{text[:40]}` is a date, write a time with its zone, like `{text[:10]}T00:00:00Z`")
    return read.timestamp()


def works(cells: Sequence[str]) -> Column:
    """Hashes (or shares), plain or like ``5.4 EH``."""
    try:
        found = np.fromiter(map(float, cells), dtype=float, count=len(cells))
    except ValueError:
        found = np.array([_read(work, cell) for cell in cells])
    if "_" in "".join(cells):
        found = np.array([_read(work, cell) for cell in cells])
    return np.where((found >= 0.0) & (found <= _MOST_HASHES), found, np.nan)


def work(text: str) -> float:
    """One figure of work. Raises QuantityError."""
    found = _FIGURE.fullmatch(text.strip())
    if found is None or found[6] is not None:
        raise QuantityError(f"`{text[:40]}` is no work, write a number of hashes from 0 up, like `5.4e18`")
    value = float(found[1]) * float(10 ** PREFIXES[(found[4] or "").lower()])
    if value > _MOST_HASHES:
        raise QuantityError(f"`{text[:40]}` is more than all of its network")
    return value


@lru_cache(maxsize=65_536)
def rate(text: str) -> tuple[float, float]:
    """``98.2 TH/s`` or a plain number in hashes per second, and half of the last digit shown. Raises QuantityError."""
    found = _FIGURE.fullmatch(text.strip())
    if found is None or (found[5] is not None and found[6] is None):
        raise QuantityError(f"`{text[:40]}` is no hashrate, write it like `98.2 TH/s` or as a number in H/s")
    scale = float(10 ** PREFIXES[(found[4] or "").lower()])
    step = 10.0 ** (int(found[3] or 0) - len(found[2] or ""))
    return float(found[1]) * scale, step * scale / 2.0


@lru_cache(maxsize=1024)
def window(text: str) -> float:
    """``10m``, ``1h``, ``24h`` in seconds. Raises QuantityError."""
    return quantities.span(text).total_seconds()


def rates(cells: Sequence[str]) -> tuple[Column, Column]:
    """Hashes per second, and half of the last digit shown."""
    found = np.array([_both(cell) for cell in cells]).reshape(-1, 2)
    return found[:, 0], found[:, 1]


def windows(cells: Sequence[str]) -> Column:
    """Lengths of averages in seconds."""
    return np.array([_read(window, cell) for cell in cells])


def problem_of(read: Callable[[str], object], cell: str) -> str | None:
    """What is wrong with a cell; None for nothing."""
    try:
        read(cell)
    except QuantityError as error:
        return str(error)
    return None


def _read(read: Callable[[str], float], cell: str) -> float:
    try:
        return read(cell)
    except QuantityError:
        return np.nan


def _both(cell: str) -> tuple[float, float]:
    try:
        return rate(cell)
    except QuantityError:
        return np.nan, np.nan
