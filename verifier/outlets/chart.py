"""Pictures of delivery against the promise as plain SVG text: no style attributes, colours come from the stylesheet.

All heights are fractions of the promised rate: 1 is what was promised.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby
from math import ceil, log, sqrt
from typing import Final

from markupsafe import Markup, escape

#: Two standard errors: 19 of 20 honest values lie within.
ERRORS_SHOWN: Final = 2.0
#: Unseen parts below this fraction of a slot are not drawn: a sliver per slot would hide the rest.
UNSEEN_SHOWN: Final = 0.05
#: Evidence (ln seconds) below an hour is drawn as none; above the line that opens a problem there is some room.
LEAST_EVIDENCE: Final = log(3600.0)
EVIDENCE_ROOM: Final = 1.15

_HATCH = Markup(
    '<defs><pattern id="{id}" class="hatch" width="6" height="6" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><rect width="6" height="6"/><line x1="0" y1="0" x2="0" y2="6"/></pattern></defs>'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One slot of time: the fraction of it that was seen, delivered ÷ promised while seen, and its standard error.

    ``length`` is below 1 where the term or the present cuts the slot; ``allowed`` is the part of the promise that the
    contract in force then lets be missing. ``evidence`` is the largest ln of that for a shortfall in it, in ln seconds,
    None where there is none or a problem is open.
    """

    seen: float
    length: float = 1.0
    ratio: float | None = None
    error: float | None = None
    allowed: float | None = None
    evidence: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Size of a drawing and its scales: ``top`` is the fraction at the upper edge, ``slots`` the slots across."""

    width: float
    height: float
    top: float
    slots: float

    def x(self, position: float) -> float:
        return round(position / self.slots * self.width, 2)

    def y(self, ratio: float) -> float:
        return round((1 - min(max(ratio, 0.0), self.top) / self.top) * self.height, 2)


def counting_error(ratio: float, shares: float) -> float:
    """Standard error of delivered ÷ promised from ``shares`` counted shares (Poisson: 1/sqrt(n) of the value)."""
    return ratio / sqrt(shares) if shares > 0 else 0.0


def ceiling(slots: Iterable[Slot]) -> float:
    """The upper edge of a chart: room over the highest value, at least 120 %, at most 300 %."""
    highest = max((slot.ratio or 0.0 for slot in slots), default=0.0)
    return min(3.0, max(1.2, ceil(highest * 1.1 * 5) / 5))


def _rect(name: str, x: float, width: float, *, y: float = 0, height: float, fill: str | None = None) -> str:
    # Hundreds of these are on a page, and numbers and our own names need no escaping: plain text, marked safe once.
    paint = f' fill="url(#{escape(fill)})"' if fill else ""
    wide, high = round(max(0.0, width), 2), round(max(0.0, height), 2)
    return f'<rect class="{name}" x="{round(x, 2)}" y="{round(y, 2)}" width="{wide}" height="{high}"{paint}/>'


def _line(name: str, frame: Frame, ratio: float) -> str:
    y = frame.y(ratio)
    return f'<line class="{name}" x1="0" y1="{y}" x2="{frame.width}" y2="{y}"/>'


def _allowed(slots: Sequence[Slot], frame: Frame) -> Iterable[str]:
    """One band for all neighbours that allow the same."""
    end = 0.0
    for allowed, alike in groupby(slots, key=lambda slot: slot.allowed):
        start, end = end, end + sum(slot.length for slot in alike)
        if allowed:
            left, height = frame.x(start), frame.y(1 - allowed) - frame.y(1)
            yield _rect("allowed", left, frame.x(end) - left, y=frame.y(1), height=height)


def _column(slot: Slot, end: float, frame: Frame, hatch: str) -> str:
    left, right = frame.x(end - slot.length), frame.x(end)
    divide = right if 1 - slot.seen < UNSEEN_SHOWN else round(left + (right - left) * slot.seen, 2)
    parts = []
    if slot.ratio is not None:
        if slot.error:
            high, low = frame.y(slot.ratio + ERRORS_SHOWN * slot.error), frame.y(slot.ratio - ERRORS_SHOWN * slot.error)
            parts.append(_rect("error", left, divide - left, y=high, height=low - high))
        y = frame.y(slot.ratio)
        parts.append(f'<line class="delivered" x1="{left}" y1="{y}" x2="{divide}" y2="{y}"/>')
    if divide < right:
        parts.append(_rect("unseen", divide, right - divide, height=frame.height, fill=hatch))
    return "".join(parts)


def delivery(
    slots: Sequence[Slot],
    *,
    name: str,
    label: str,
    problems: Sequence[tuple[float, float]] = (),
    width: float = 720,
    height: float = 180,
) -> Markup:
    """Delivery over time: promise line, allowed band, delivered with its error, hatched where not seen.

    ``problems`` are spans in slots from the left; ``label`` is read by screen readers; ``name`` is unique in the page.
    """
    frame = Frame(width=width, height=height, top=ceiling(slots), slots=sum(slot.length for slot in slots) or 1.0)
    ends = accumulate(slot.length for slot in slots)
    body = [
        _HATCH.format(id=name),
        *(_rect("problem", frame.x(start), frame.x(end) - frame.x(start), height=height) for start, end in problems),
        *_allowed(slots, frame),
        *(_column(slot, end, frame, name) for slot, end in zip(slots, ends, strict=True)),
        _line("promise", frame, 1),
    ]
    return _svg("delivery", label, width, height, body)


def evidence(
    slots: Sequence[Slot],
    *,
    line: float,
    label: str,
    problems: Sequence[tuple[float, float]] = (),
    width: float = 720,
    height: float = 70,
) -> Markup:
    """Evidence for a shortfall over time on a logarithmic scale, from an hour up, and the line that opens a problem.

    ``line`` is ln of the seconds of it; while a problem is open there are no bars, because the return is looked for.
    """
    frame = Frame(width=width, height=height, top=1.0, slots=sum(slot.length for slot in slots) or 1.0)
    ends = accumulate(slot.length for slot in slots)
    body = [_rect("problem", frame.x(start), frame.x(end) - frame.x(start), height=height) for start, end in problems]
    for slot, end in zip(slots, ends, strict=True):
        if slot.evidence is not None:
            left, y = frame.x(end - slot.length), frame.y(evidence_height(slot.evidence, line))
            body.append(_rect("filled", left, frame.x(end) - left, y=y, height=height - y))
    return _svg("evidence", label, width, height, [*body, _line("promise", frame, evidence_height(line, line))])


def evidence_height(value: float, line: float) -> float:
    """Where evidence stands between an hour (0) and a little above the line that opens a problem (1)."""
    return min(1.0, max(0.0, (value - LEAST_EVIDENCE) / (EVIDENCE_ROOM * (line - LEAST_EVIDENCE))))


def bar(
    ratio: float | None,
    *,
    name: str,
    label: str,
    interval: tuple[float, float] | None = None,
    seen: float | None = None,
    allowed: float | None = None,
) -> Markup:
    """Delivered against promised as one bar: delivered while seen, its likely range, then hatched the part not seen."""
    width, height, scale = 132.0, 14.0, 132.0 / 1.2
    part = 0.0 if ratio is None else 1.0 if seen is None else min(1.0, max(0.0, seen))
    end = min(1.2, (ratio or 0.0) * part)
    body = [_HATCH.format(id=name), _rect("track", 0, scale, y=3, height=height - 6)]
    if allowed:
        body.append(_rect("allowed", (1 - allowed) * scale, allowed * scale, height=height))
    if part < 1:
        body.append(_rect("unseen", end * scale, min(1 - part, 1.2 - end) * scale, y=3, height=height - 6, fill=name))
    body.append(_rect("filled", 0, end * scale, y=3, height=height - 6))
    if interval is not None:
        low, high = (min(1.2, max(0.0, edge * part)) for edge in interval)
        body.append(_rect("error", low * scale, (high - low) * scale, y=1, height=height - 2))
    body.append(_rect("promise", scale - 1, 2, height=height))
    return _svg("bar", label, width, height, body)


#: One shape per outcome, so that colour is never the only sign.
_MARKS = {
    "met": '<circle cx="8" cy="8" r="7"/><path class="cut" d="M4.6 8.4l2.3 2.3 4.5-5"/>',
    "short": '<path d="M1 2.5h14L8 15z"/>',
    "undecided": '<circle class="ring" cx="8" cy="8" r="6"/><path d="M8 2a6 6 0 0 0 0 12z"/>',
    "unknown": '<circle class="ring dashed" cx="8" cy="8" r="6"/>',
    "not_applicable": '<rect x="2" y="7" width="12" height="2"/>',
    "waiting": '<circle cx="3" cy="8" r="1.6"/><circle cx="8" cy="8" r="1.6"/><circle cx="13" cy="8" r="1.6"/>',
}


def mark(outcome: str) -> Markup:
    """The shape beside a result; the word beside it says the same, so screen readers pass over it."""
    shape = Markup(_MARKS[outcome])  # noqa: S704 a literal of this module
    return Markup('<svg class="mark {}" viewBox="0 0 16 16" aria-hidden="true">{}</svg>').format(outcome, shape)


def _svg(name: str, label: str, width: float, height: float, body: Iterable[str]) -> Markup:
    drawn = Markup("".join(body))  # noqa: S704 made of numbers, literals and escaped names above
    return Markup(
        '<svg class="{}" role="img" aria-label="{}" viewBox="0 0 {:g} {:g}" preserveAspectRatio="none">{}</svg>'
    ).format(name, label, width, height, drawn)
