"""Delivery and evidence over time for a terminal: 80 columns of plain characters, the same slots as on the pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import ceil, exp, floor
from typing import Final

from verifier.outlets.chart import ERRORS_SHOWN, LEAST_EVIDENCE, Slot, ceiling, counting_error
from verifier.verdicts.audit import Audited, Point

COLUMNS: Final = 70
_MARGIN: Final = 9
_ROWS: Final = 11
_EVIDENCE_ROWS: Final = 7
_BELOW_PROMISE: Final = 0.05


@dataclass(frozen=True, slots=True)
class _Pens:
    """The characters that are drawn with."""

    delivered: str
    error: str
    promise: str
    allowed: str
    unseen: str
    problem: str
    line: str
    bars: str
    upright: str
    corner: str
    level: str


_DRAWN: Final = _Pens(
    delivered="●", error="│", promise="╌", allowed="░", unseen="·", problem="━", line="╌", bars=" ▁▂▃▄▅▆▇█",
    upright="│", corner="└", level="─",
)  # fmt: skip
_PLAIN: Final = _Pens(
    delivered="*", error="|", promise="-", allowed=":", unseen=".", problem="=", line="-", bars=" .:#",
    upright="|", corner="+", level="-",
)  # fmt: skip


def draw(
    slots: Sequence[Slot],
    *,
    line: float,
    ends: tuple[str, str],
    problems: Sequence[tuple[float, float]] = (),
    plain: bool = False,
) -> str:
    """Two panels over the same time: delivered ÷ promised with its error, and the evidence on a logarithmic scale.

    ``problems`` are spans in slots from the left, ``line`` ln of the evidence that opens one, ``ends`` the first and
    the last moment. 80 columns wide; ``plain``: ASCII only.
    """
    pens = _PLAIN if plain else _DRAWN
    columns = _spread(slots)
    share = COLUMNS / max(sum(slot.length for slot in slots), 1e-9)
    marked = [any(start * share < at + 1 and at < end * share for start, end in problems) for at in range(len(columns))]
    key = f"{pens.delivered} delivered  {pens.error} counting error  {pens.promise} promised"
    key += f"  {pens.allowed} allowed  {pens.unseen} not seen  {pens.problem} problem"
    first, last = ends
    return "\n".join(
        text.rstrip()
        for text in (
            "Delivered of what was promised",
            *_delivery(columns, pens),
            "Evidence for too little; at the line a problem opens, none while one is open",
            *_evidence(columns, line, pens),
            " " * _MARGIN + "".join(pens.problem if one else " " for one in marked),
            " " * _MARGIN + first + last.rjust(COLUMNS - len(first)),
            key,
        )
    )


def slots_of(points: Sequence[Point]) -> list[Slot]:
    """The points of an audit as slots of equal length, as many as there are columns; none without points."""
    if not points:
        return []
    begun, over = points[0].start, points[-1].end
    width = max(over - begun, 1e-9) / COLUMNS
    inside: list[list[Point]] = [[] for _ in range(COLUMNS)]
    for point in points:
        inside[min(int((point.end - begun) / width - 1e-9), COLUMNS - 1)].append(point)
    return [_slot(found, width) for found in inside]


def drawing(audited: Audited, *, plain: bool = False) -> str:
    """The chart of an audited contract; a sentence where there is nothing to draw."""
    slots = slots_of(audited.points)
    if not slots or audited.period is None:
        return "Nothing to draw: no row speaks of the term."
    begun, over = audited.points[0].start, audited.points[-1].end
    width = (over - begun) / COLUMNS
    problems = [
        (
            (one.since.timestamp() - begun) / width,
            ((over if one.resolved_at is None else one.resolved_at.timestamp()) - begun) / width,
        )
        for one in audited.alarms
    ]
    first, last = (f"{at.day} {at:%b %Y %H:%M} UTC" for at in (audited.period.window.start, audited.period.window.end))
    return draw(slots, line=audited.line, ends=(first, last), problems=problems, plain=plain)


def _slot(points: Sequence[Point], seconds: float) -> Slot:
    promised = sum(point.promised for point in points)
    if promised <= 0.0:
        return Slot(seen=0.0)
    ratio = sum(point.hashes for point in points) / promised
    shares = sum(point.shares for point in points)
    told = [point.evidence for point in points if point.evidence is not None]
    return Slot(
        seen=min(1.0, sum(point.seen for point in points) / seconds),
        ratio=ratio,
        error=counting_error(ratio, shares),
        allowed=1.0 - sum(point.boundary for point in points) / promised,
        evidence=max(told, default=None),
    )


def _spread(slots: Sequence[Slot]) -> list[Slot]:
    """The slot of each column."""
    if not slots:
        return []
    ends = list(accumulate(slot.length for slot in slots))
    found, place = [], 0
    for column in range(COLUMNS):
        at = (column + 0.5) / COLUMNS * ends[-1]
        while place < len(slots) - 1 and ends[place] < at:
            place += 1
        found.append(slots[place])
    return found


def _delivery(columns: Sequence[Slot], pens: _Pens) -> list[str]:
    """Rows from the top; the lower edge is nought where delivery fell far below the promise."""
    top = ceiling(columns)
    lowest = min(
        (slot.ratio - ERRORS_SHOWN * (slot.error or 0.0) for slot in columns if slot.ratio is not None), default=0
    )
    allowed = max((slot.allowed or 0.0 for slot in columns), default=0.0)
    bottom = max(0.0, floor((min(lowest, 1.0 - allowed) - _BELOW_PROMISE) * 10) / 10)
    step = (top - bottom) / (_ROWS - 1)

    def row(ratio: float) -> int:
        return min(_ROWS - 1, max(0, round((top - ratio) / step)))

    grid = [[" "] * len(columns) for _ in range(_ROWS)]
    for place, slot in enumerate(columns):
        for at in range(row(1.0), row(1.0 - (slot.allowed or 0.0)) + 1 if slot.allowed else row(1.0)):
            grid[at][place] = pens.allowed
        grid[row(1.0)][place] = pens.promise
        if slot.ratio is None:
            grid[_ROWS - 1][place] = pens.unseen
            continue
        error = ERRORS_SHOWN * (slot.error or 0.0)
        for at in range(row(slot.ratio + error), row(slot.ratio - error) + 1):
            grid[at][place] = pens.error
        grid[row(slot.ratio)][place] = pens.delivered
    labelled = {0: top, row(1.0): 1.0, _ROWS - 1: bottom}
    return [_row(f"{100 * labelled[at]:.0f} %" if at in labelled else "", cells, pens) for at, cells in enumerate(grid)]


def _evidence(columns: Sequence[Slot], line: float, pens: _Pens) -> list[str]:
    """Bars on a logarithmic scale, from an hour to above the line."""
    top = line + (line - LEAST_EVIDENCE) / (_EVIDENCE_ROWS - 1)
    step, parts = (top - LEAST_EVIDENCE) / _EVIDENCE_ROWS, len(pens.bars) - 1
    rows = []
    at_line = min(_EVIDENCE_ROWS - 1, ceil((line - LEAST_EVIDENCE) / step - 1e-9))
    for level in range(_EVIDENCE_ROWS - 1, -1, -1):
        cells = []
        for slot in columns:
            height = 0.0 if slot.evidence is None else (slot.evidence - LEAST_EVIDENCE) / step - level
            cell = pens.bars[min(parts, max(0, round(height * parts)))]
            cells.append(pens.line if cell == " " and level == at_line else cell)
        rows.append(_row(_span(line) if level == at_line else _span(LEAST_EVIDENCE) if level == 0 else "", cells, pens))
    return rows


def _row(label: str, cells: Sequence[str], pens: _Pens) -> str:
    return f"{label:>{_MARGIN - 2}} {pens.upright}{''.join(cells)}"


def _span(log_seconds: float) -> str:
    """Evidence as the time in which chance alone makes as much."""
    seconds = exp(log_seconds)
    for name, length in (("y", 365.25 * 86_400.0), ("d", 86_400.0), ("h", 3600.0)):
        if seconds >= length * (1 - 1e-9):
            return f"{seconds / length:.3g} {name}"
    return "0"
