"""A billing period that was not delivered, an uptime that cannot be kept any more, and what comes after."""

from math import isfinite

from verifier.outlets import readable, rows, words
from verifier.outlets.messages.letter import Letter, Line, Occasion, one_line, sentence
from verifier.outlets.price import missing_work, valued
from verifier.verdicts.wording import once_in, span_named


def settlement(occasion: Occasion) -> Letter | None:
    """A lost period, once it is over; None where the contract or its figures are not known any more."""
    view, verdict = occasion.contract, occasion.verdict
    if view is None:
        return None
    name, span = one_line(view.contract.name), readable.capitalised(span_named(verdict.window))
    if not occasion.goes_on:
        result = words.result("settlement", verdict.outcome.value)
        return Letter(
            headline=f"{name}: {result}, the one before was not",
            lines=(
                Line(label="What", text=sentence(one_line(verdict.because))),
                Line(label="To do now", text="Nothing new. What was lost before stays on the page of the contract."),
            ),
        )
    share = rows.share(verdict)
    missing = missing_work(verdict)
    if share is None or missing is None:
        return None
    cite = view.contract.cites.get("tolerance")
    tolerance = view.contract.promise_at(verdict.window.start).tolerance
    where = f" ({one_line(cite)})" if cite else ""
    lines = [
        Line(label="What", text=f"{span} is over: {share} of what was promised arrived."),
        Line(label="Your contract", text=f"It allows {rows.allowed(tolerance)} to be missing{where}."),
        Line(label="Missing", text=f"{valued(view.contract, missing)}, counted in the time that was seen."),
        Line(label="How sure", text=_how_sure(occasion)),
        Line(label="Seen", text=_seen(occasion)),
        Line(
            label="To do now",
            text=(
                "Look until when, and in what form, your contract wants missing delivery to be reported. "
                f"If you know of no reason of your own, ask {one_line(view.contract.seller)} with these figures."
            ),
        ),
        Line(
            label="Next message",
            text="When a later period was not too little. Too little hashrate now is told by a message of its own.",
        ),
    ]
    return Letter(
        headline=f"{name}: {occasion.still}not delivered: {span_named(verdict.window)}",
        lines=tuple(lines),
        missing_hashes=missing,
    )


def _how_sure(occasion: Occasion) -> str:
    verdict, parts = occasion.verdict, []
    if verdict.false_alarm_years:
        parts.append(
            f"By chance a message like this comes less than {once_in(verdict.false_alarm_years)} of this contract."
        )
    if verdict.interval is not None and all(map(isfinite, verdict.interval)):
        parts.append(
            f"Delivered: {readable.between(*verdict.interval)} of what was promised, as shares are found by chance."
        )
    return " ".join(parts) or "The figures above say it without their error."


def _seen(occasion: Occasion) -> str:
    coverage, reason = occasion.verdict.coverage, occasion.verdict.unseen_because
    text = f"{readable.seen(coverage or 0.0)} of the time"
    if reason is None:
        return f"{text}."
    best = occasion.figure("high_if_all_unseen")
    rest = "" if best is None else f" With all of it delivered it would be {readable.percent(best)} at most."
    return f"{text}; the rest not, because {words.REASONS[str(reason)].text}.{rest}"


def uptime(occasion: Occasion) -> Letter | None:
    """An uptime that cannot be kept any more, and a new span that begins."""
    view, verdict = occasion.contract, occasion.verdict
    if view is None:
        return None
    name = one_line(view.contract.name)
    what = Line(label="What", text=sentence(one_line(verdict.because)))
    if not occasion.goes_on:
        return Letter(
            headline=f"{name}: uptime: {words.result('uptime', verdict.outcome.value)}",
            lines=(what, Line(label="To do now", text="Nothing new. What was missed before is not made good by this.")),
        )
    cite = view.contract.cites.get("uptime")
    return Letter(
        headline=f"{name}: {occasion.still}less uptime than promised since {occasion.brief(occasion.since)}",
        lines=(
            what,
            Line(label="Your contract", text=f"It promises this uptime{f' ({one_line(cite)})' if cite else ''}."),
            Line(
                label="To do now",
                text=(
                    "Look what your contract gives for missed uptime, and until when it must be asked for. Announced "
                    "maintenance is left out where it is written under “exclusions” before it begins."
                ),
            ),
            Line(label="Next message", text="When the next span has begun, or the outage has left a rolling one."),
        ),
    )
