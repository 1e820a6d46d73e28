"""What a contract lets be missing over a span, beside what is missing in the span that runs now.

The alarm judges the rate *now*; a clause like ``5 % a day`` judges the work of whole days. Allowed to be missing is
fraction × work promised for the whole span; missing so far is promised − delivered in the time seen (time not seen
counts as delivered). This is the forecast in the alarm's sentence: what is still allowed, and until when. Whether a
span that is over was delivered is for the settlement check to say. Only the running span and the one before it are
carried.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from verifier.contract import Contract
from verifier.expectations.rate import owed
from verifier.record import record
from verifier.units import Window
from verifier.verdicts.periods import calendar
from verifier.verdicts.spans import Span, joined
from verifier.verdicts.wording import a_span, percent, span_named

_TICK: Final = timedelta(microseconds=1)

#: Under these names the values of a verdict hold the running span and the one before it.
RUNNING: Final = "allowance"
ENDED: Final = "allowance_before"


class Use(StrEnum):
    """How much of the allowance is used.

    ``allowed``: not used up, nor by the end of the span if it goes on like this; ``running_out``: used up before the
    end if it goes on; ``used_up``: more is missing, within the error of counting; ``missed``: beyond that error.
    """

    ALLOWED = "allowed"
    RUNNING_OUT = "running_out"
    USED_UP = "used_up"
    MISSED = "missed"


@record
class Allowance:
    """The running span of a clause: work (hashes) promised for all of it, and missing so far (below 0: too much).

    ``lately`` is delivered ÷ promised while a problem lasts, from which ``missed_at`` follows; None: nothing to go by.
    """

    window: Window
    fraction: float
    promised: float
    missing: float
    use: Use
    lately: float | None = None
    missed_at: datetime | None = None

    @property
    def used(self) -> float:
        """Part of the allowance that is used; above 1: used up."""
        return self.missing / (self.fraction * self.promised)

    @property
    def stands_at(self) -> float:
        """Delivered ÷ promised of the whole span if the rest of it is delivered in full."""
        return 1.0 - self.missing / self.promised


def running(contract: Contract, at: datetime) -> Window | None:
    """The span of the clause in force that holds a moment; None where the contract names no span or allows nothing."""
    tolerance = contract.promise_at(at).tolerance
    if tolerance is None or tolerance.span is None or tolerance.fraction <= 0:
        return None
    return calendar(tolerance.span, at, contract.starts)


def _last_moment(span: Span) -> datetime:
    return datetime.fromtimestamp(span.end, UTC) - _TICK


def _cut(span: Span, start: float, end: float) -> Span:
    """The part of a span in [start, end), its work spread evenly."""
    start, end = max(span.start, start), min(span.end, end)
    part = (end - start) / (span.end - span.start)
    return Span(
        start=start,
        end=end,
        seen=span.seen * part,
        hashes=span.hashes * part,
        promised=span.promised * part,
        boundary=span.boundary * part,
        noise=span.noise * part,
        rounding=span.rounding * part,
    )


def carried(contract: Contract, before: tuple[Span, ...], span: Span) -> tuple[Span, ...]:
    """What was seen of the running span, and of the one before it, after one more interval; the running one is last."""
    window = running(contract, _last_moment(span))
    if window is None:
        return ()
    start = window.start.timestamp()
    if span.start >= start:
        if before and before[-1].start >= start:
            return (*before[:-1], joined(before[-1], span))
        return (*before[-1:], span)
    last = running(contract, window.start - _TICK)
    if last is None:
        return (_cut(span, start, span.end),)
    ended, first = _cut(span, last.start.timestamp(), start), last.start.timestamp()
    if before and before[-1].start >= first:
        ended = joined(before[-1], ended)
    return ended, _cut(span, start, span.end)


def stands(contract: Contract, spans: tuple[Span, ...], at: datetime, lately: float | None = None) -> Allowance | None:
    """How the span that runs ``at`` stands; None where none runs, or nothing of it was seen yet."""
    return _of_span(contract, spans[-1], at, lately) if spans else None


def ended(contract: Contract, spans: tuple[Span, ...], since: float) -> Allowance | None:
    """How the span before the running one ended; None where a shortfall since then does not reach into it."""
    if len(spans) < 2 or since >= spans[-1].start:
        return None
    one, now = (running(contract, _last_moment(span)) for span in spans)
    if one is None or now is None or one.end != now.start:
        return None
    return _of_span(contract, spans[0], _last_moment(spans[0]))


def _of_span(contract: Contract, seen: Span, at: datetime, lately: float | None = None) -> Allowance | None:
    window = running(contract, _last_moment(seen))
    tolerance = contract.promise_at(at).tolerance
    if window is None or tolerance is None or at > window.end:
        return None
    end = window.end if contract.ends is None else min(window.end, contract.ends)
    promised = owed(contract, window).promised
    allowed, missing = tolerance.fraction * promised, seen.missing
    missed_at = None
    if lately is not None and lately < 1.0 and missing <= allowed:
        rate = contract.promise_at(at).rate.per_second * (1.0 - lately)
        left = (allowed - missing) / rate
        missed_at = at + timedelta(seconds=left) if left < (end - at).total_seconds() else None
    if missing > allowed:
        surely = seen.promised * (1.0 - seen.interval()[1])
        use = Use.MISSED if surely > allowed else Use.USED_UP
    else:
        use = Use.ALLOWED if missed_at is None else Use.RUNNING_OUT
    return Allowance(
        window=window,
        fraction=tolerance.fraction,
        promised=promised,
        missing=missing,
        use=use,
        lately=lately,
        missed_at=missed_at,
    )


def figures(one: Allowance, name: str = RUNNING) -> Mapping[str, float | str | None]:
    """The values of a verdict that hold an allowance."""
    return {
        name: one.use.value,
        f"{name}_from": one.window.start.isoformat(),
        f"{name}_to": one.window.end.isoformat(),
        f"{name}_fraction": one.fraction,
        f"{name}_promised_hashes": one.promised,
        f"{name}_missing_hashes": one.missing,
        f"{name}_used": one.used,
        f"{name}_stands_at": one.stands_at,
        f"{name}_lately": one.lately,
        f"{name}_missed_at": None if one.missed_at is None else one.missed_at.isoformat(),
    }


def found(values: Mapping[str, float | str | None], name: str = RUNNING) -> Allowance | None:
    """The allowance that the values of a verdict hold; None where they hold none."""
    keys = ("", "_from", "_to", "_fraction", "_promised_hashes", "_missing_hashes", "_lately", "_missed_at")
    match [values.get(f"{name}{key}") for key in keys]:
        case [str(use), str(start), str(end), float(fraction), float(promised), float(missing), lately, missed_at]:
            return Allowance(
                window=Window(start=datetime.fromisoformat(start), end=datetime.fromisoformat(end)),
                fraction=fraction,
                promised=promised,
                missing=missing,
                use=Use(use),
                lately=lately if isinstance(lately, float) else None,
                missed_at=datetime.fromisoformat(missed_at) if isinstance(missed_at, str) else None,
            )
    return None


def how_it_ended(one: Allowance) -> str:
    """``the UTC day of 19 Nov ended at 95.6 %: allowed``."""
    said = {Use.MISSED: "missed", Use.USED_UP: "more was missing than allowed, though within the error of counting"}
    return f"{span_named(one.window)} ended at {percent(one.stands_at)}: {said.get(one.use, 'allowed')}"


def how_it_stands(one: Allowance, said: Callable[[datetime], str]) -> str:
    """``the UTC day of 20 Nov stands at 95.6 % if the rest of it arrives in full: allowed so far. It is missed …``."""
    text = f"{span_named(one.window)} stands at {percent(one.stands_at)} if the rest of it arrives in full"
    if one.use is Use.MISSED:
        return f"{text}: missed, unless more than promised arrives."
    if one.use is Use.USED_UP:
        return f"{text}: more is missing than allowed, though within the error of counting."
    if one.missed_at is not None:
        return f"{text}: allowed so far. It is missed at {said(one.missed_at)} if this goes on."
    if one.lately is None:
        return f"{text}: allowed so far."
    later = " The next one is missed if this goes on." if one.lately < 1.0 - one.fraction else ""
    return f"{text}: allowed, also if this goes on until its end.{later}"


def sentence(contract: Contract, one: Allowance, last: Allowance | None, said: Callable[[datetime], str]) -> str:
    """What the clause allows, how the span before ended where that matters, and how the running one stands."""
    tolerance = contract.promise_at(one.window.end - _TICK).tolerance
    over = "" if tolerance is None or tolerance.span is None else f" {a_span(tolerance.span)}"
    before = "" if last is None else f"{how_it_ended(last)}; "
    return f"The contract allows {100 * one.fraction:g} %{over} to be missing: {before}{how_it_stands(one, said)}"
