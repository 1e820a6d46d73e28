"""The verdicts of the hashrate check: figures and one sentence for people."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from math import exp

from verifier.contract import Contract
from verifier.record import record
from verifier.units import Window
from verifier.verdicts.alarm import Problem
from verifier.verdicts.spans import Span, below_promise
from verifier.verdicts.verdict import Certainty, Outcome, Reason, Verdict, reason_named
from verifier.verdicts.wording import BECAUSE, OR_EARLIER, measured, moment, once_in, percent


@record
class Recent:
    """The last day as it was seen: what was delivered in the time seen, and the spans (seconds, reason) not seen."""

    window: Window
    delivered: Span | None
    unseen: tuple[tuple[float, float, str], ...] = ()

    @property
    def coverage(self) -> float:
        """Seen part of the window, 0 to 1."""
        missing = sum(end - start for start, end, _ in self.unseen)
        seen = self.delivered.seen if self.delivered else 0.0
        return seen / (seen + missing) if seen + missing > 0 else 0.0

    @property
    def unseen_because(self) -> str | None:
        """The reason of the largest unseen part."""
        spans = Counter[str]()
        for start, end, reason in self.unseen:
            spans[reason] += int(1e6 * (end - start))
        return spans.most_common(1)[0][0] if spans else None


def _figures(contract: Contract, span: Span, at: datetime) -> Mapping[str, float | str | None]:
    """The named figures behind a verdict, for ``explain``."""
    promise = contract.promise_at(at)
    return {
        "promised_per_second": promise.rate.per_second,
        "tolerance": promise.tolerance.fraction if promise.tolerance else None,
        "seen_seconds": span.seen,
        "delivered_hashes": span.hashes,
        "promised_hashes": span.promised,
        "boundary_hashes": span.boundary,
        "hashes_per_share": span.share,
        "shares": span.hashes / span.share,
        "shares_at_boundary": span.boundary / span.share,
        "delivered_per_second": span.hashes / span.seen if span.seen else None,
    }


def _reason(recent: Recent) -> Reason | None:
    return None if recent.unseen_because is None else reason_named(recent.unseen_because)


def not_applicable(contract: Contract, check: str, at: datetime) -> Verdict:
    """Before the start, after the end, or a contract that promises no rate."""
    if at < contract.starts:
        because = f"The contract starts on {moment(contract.starts)}."
    elif contract.ends is not None and at > contract.ends:
        because = f"The contract ended on {moment(contract.ends)}."
    else:
        because = "This contract promises no rate, so no rate is judged."
    return Verdict(
        subject=contract.name,
        check=check,
        at=at,
        window=contract.term(at),
        outcome=Outcome.NOT_APPLICABLE,
        because=because,
        certainty=Certainty.PROVEN,
    )


def cannot_tell(contract: Contract, check: str, at: datetime, recent: Recent) -> Verdict:
    """Too little of the last day was seen; whose fault that is."""
    reason = recent.unseen_because or "not_asked_yet"
    span = recent.delivered
    seen = (
        f"seen only {percent(recent.coverage)} of the time (needed: {percent(contract.coverage_needed)})"
        if span
        else "nothing was seen"
    )
    since = recent.unseen[-1][0] if recent.unseen and recent.unseen[-1][1] >= recent.window.end.timestamp() else None
    began = f" since {moment(datetime.fromtimestamp(since, UTC))}" if since is not None else ""
    return Verdict(
        subject=contract.name,
        check=check,
        at=at,
        window=recent.window,
        outcome=Outcome.UNKNOWN,
        because=f"Cannot tell{began}: {seen}, because {BECAUSE[reason]}. This is no sign of a shortfall.",
        delivered=span.hashes if span else None,
        owed=span.promised if span else None,
        interval=span.interval() if span else None,
        coverage=recent.coverage,
        unseen_because=_reason(recent) or "not_asked_yet",
        values=_figures(contract, span, at) if span else {},
    )


def too_little(
    contract: Contract,
    check: str,
    at: datetime,
    recent: Recent,
    problem: Problem,
    false_alarm_years: float,
    began: datetime | None,
) -> Verdict:
    """The alarm is open: how much since when, and how often chance alone sends such a mail.

    ``began`` is the first moment seen: what was so from then on may have been so before, unless the contract was not.
    """
    span, since = problem.delivered, datetime.fromtimestamp(problem.delivered.start, UTC)
    low, high = span.interval()
    error = (high - low) / 2.0
    earlier = began is not None and contract.starts < since <= began
    promised = contract.promise_at(since).rate
    whose = "this sum" if contract.sum_of else "this contract"
    unsure = "" if recent.coverage >= contract.coverage_needed else f" Seen {percent(recent.coverage)} of the last day."
    return Verdict(
        subject=contract.name,
        check=check,
        at=at,
        window=Window(start=since, end=max(since, datetime.fromtimestamp(span.end, UTC))),
        outcome=Outcome.SHORT,
        because=(
            f"Delivered {measured(span.ratio, low, high)} of {promised} since {moment(since)}{OR_EARLIER * earlier}; "
            f"by chance an alarm like this comes less than {once_in(false_alarm_years)} of {whose}.{unsure}"
        ),
        certainty=Certainty.LIKELY,
        delivered=span.hashes,
        owed=span.promised,
        interval=(low, high),
        coverage=recent.coverage,
        unseen_because=_reason(recent),
        since=since,
        since_or_earlier=earlier,
        size=1.0 - span.ratio,
        size_error=error,
        smallest_visible=span.smallest_visible(),
        false_alarm_years=false_alarm_years,
        values={
            **_figures(contract, span, since),
            "found_at": problem.opened_at.isoformat(),
            "closes_above": problem.closing * span.boundary / span.promised,
            "found_with_dispersion": problem.dispersion,
        },
    )


def delivered_lately(
    contract: Contract, check: str, at: datetime, recent: Recent, outcome: Outcome, evidence: float
) -> Verdict:
    """No problem is open: delivered as promised, or too close to call, over the last day seen."""
    if recent.delivered is None:
        raise ValueError("nothing was seen")
    span = recent.delivered
    low, high = span.interval()
    visible = span.smallest_visible()
    share = measured(span.ratio, low, high)
    promised = contract.promise_at(at).rate
    window = f"from {moment(recent.window.start)} to {moment(recent.window.end)}"
    below = outcome is Outcome.MET and below_promise((low, high))
    allowed = span.boundary / span.promised
    if outcome is Outcome.MET:
        because = f"Delivered {share} of {promised} {window}, seen {percent(recent.coverage)} of the time."
        if below and allowed < 1.0:
            who = "the contract allows" if contract.tell_me_below is None else "you let pass"
            because += f" That is less than promised and within the {percent(1.0 - allowed)} that {who}."
    else:
        because = (
            f"Too close to call: {share} of {promised} {window}; "
            f"a shortfall below {percent(visible)} cannot be seen in so short a time."
        )
    return Verdict(
        subject=contract.name,
        check=check,
        at=at,
        window=recent.window,
        outcome=outcome,
        because=because,
        certainty=Certainty.LIKELY,
        delivered=span.hashes,
        owed=span.promised,
        interval=(low, high),
        coverage=recent.coverage,
        unseen_because=_reason(recent),
        evidence=exp(min(evidence, 700.0)),
        smallest_visible=visible,
        below_promise=below,
        values=_figures(contract, span, at),
    )
