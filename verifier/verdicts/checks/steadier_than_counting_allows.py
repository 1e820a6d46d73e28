"""Counts of a source that vary less than any count of shares can: shares are found by chance, invented numbers are not.

Two neighbouring intervals with n shares together: under any honest rate z² = (x − n·p)² / (n·p·(1 − p)) is 1 on
average or more, p the first one's part of the time (a changing rate, harder shares or a changing difficulty only add).
The e-value per pair is √(1 + θ)·exp(−θ·z²/2), whose mean is at most 1 for θ up to 2 also where n is small.
"""

from collections.abc import Mapping
from dataclasses import field
from datetime import UTC, datetime
from math import log, sqrt
from typing import Final

from verifier.contract import Contract, Independence
from verifier.observation import Exactness
from verifier.record import record
from verifier.units import Window
from verifier.verdicts.evidence import Evidence
from verifier.verdicts.findings import not_applicable
from verifier.verdicts.heard import hear, kept, share_told, watches_on
from verifier.verdicts.sequential import Sequential, look, years_of
from verifier.verdicts.verdict import Certainty, Check, Interval, Judged, News, Outcome, Verdict
from verifier.verdicts.wording import listed, moment, once_in

NAME: Final = "steadier_than_counting_allows"
#: Part of the contract's budget of false alarms.
BUDGET: Final = 0.02
_THETAS: Final = (0.5, 2.0)
#: While a problem is open: evidence that z² is above a quarter on average.
_RETURN: Final = 0.25
#: Fewer shares show nothing; with more, rounding to three digits (half a percent) may hide an honest count's noise.
_SHARES: Final = (20.0, 20_000.0)
#: Neighbours of about the same length.
_ALIKE: Final = (0.4, 0.6)


@record
class Steady:
    """One source: the interval that waits for its neighbour (end, seconds, hashes, hashes behind a share)."""

    waiting: tuple[float, float, float, float] | None = None
    trail: Sequential = field(default_factory=Sequential)
    pairs: int = 0
    last: float | None = None


@record
class State:
    """By source; ``folds`` are those of sellers' pages, which the contract's own fold leaves out."""

    sources: Mapping[str, Steady] = field(default_factory=dict)
    folds: Mapping[str, Evidence] = field(default_factory=dict)
    outcome: Outcome | None = None


def judge(contract: Contract, state: State | None, news: News, now: datetime) -> Judged[State]:
    """One turn over the intervals that were counted; nothing to say while nothing new was counted."""
    before = state
    state = state or State()
    pages = tuple(watch.account for watch in contract.watch if watch.independence is Independence.SELLER_PAGE)
    folds, intervals = kept(state.folds, pages), list(news.intervals)
    for account in folds:
        folds[account], found = hear(contract, account, folds[account], news)
        intervals += found
    watched = {watch.account for watch in contract.watch}
    sources = {account: one for account, one in state.sources.items() if account in watched}
    years = years_of(contract, BUDGET) * max(1, len(watched))
    verdicts: list[Verdict] = []
    outcome = state.outcome
    for interval in (one for one in intervals if one.exactness is not Exactness.AVERAGE):
        sources[interval.source] = _see(contract, sources.get(interval.source, Steady()), interval, years)
        if _outcome(sources) is not outcome:
            outcome = _outcome(sources)
            verdicts.append(_verdict(contract, sources, outcome, interval.end))
    outcome = _outcome(sources) if contract.runs_at(now) else Outcome.NOT_APPLICABLE
    after = State(sources=sources, folds=folds, outcome=outcome)
    if before is not None and not verdicts and after == before:
        return Judged(state=before, verdicts=())
    last = not_applicable(contract, NAME, now)
    if contract.runs_at(now):
        last = _verdict(contract, sources, outcome, now)
    return Judged(state=after, verdicts=(*verdicts, last))


def _see(contract: Contract, steady: Steady, interval: Interval, years: float) -> Steady:
    watch = next(iter(watches_on(contract, interval.source)), None)
    share = share_told(watch, interval)
    if share is None:
        return Steady(trail=steady.trail, pairs=steady.pairs, last=steady.last)
    end, seconds = interval.end.timestamp(), (interval.end - interval.start).total_seconds()
    one = (end, seconds, interval.hashes, share)
    first = steady.waiting
    if first is None or first[0] != interval.start.timestamp():
        return Steady(waiting=one, trail=steady.trail, pairs=steady.pairs, last=steady.last)
    square = _square(first, one)
    if square is None:
        return Steady(waiting=one, trail=steady.trail, pairs=steady.pairs, last=steady.last)
    span = (first[0] - first[1], end)
    trail = look(steady.trail, _gains(square, is_open=steady.trail.since is not None), span, (square, 1.0), years)
    return Steady(trail=trail, pairs=steady.pairs + 1, last=end)


def _square(one: tuple[float, ...], other: tuple[float, ...]) -> float | None:
    """z² of a pair, None where it shows nothing. The easier of the two shares: harder ones only vary more."""
    part = one[1] / (one[1] + other[1])
    share = min(one[3], other[3])
    shares = (one[2] + other[2]) / share
    if not (_ALIKE[0] <= part <= _ALIKE[1] and _SHARES[0] <= shares <= _SHARES[1]):
        return None
    return (one[2] / share - shares * part) ** 2 / (shares * part * (1.0 - part))


def _gains(square: float, *, is_open: bool) -> tuple[float, ...]:
    if is_open:
        theta = 1.0  # mean of exp(θz²/2) is (1 − θv)^(−1/2) for a variance v
        return (0.5 * log(1.0 - theta * _RETURN) + theta * square / 2.0,)
    return tuple(0.5 * log(1.0 + theta) - theta * square / 2.0 for theta in _THETAS)


def _outcome(sources: Mapping[str, Steady]) -> Outcome:
    if any(one.trail.since is not None for one in sources.values()):
        return Outcome.SHORT
    return Outcome.MET if any(one.pairs for one in sources.values()) else Outcome.NOT_APPLICABLE


def _verdict(contract: Contract, sources: Mapping[str, Steady], outcome: Outcome, at: datetime) -> Verdict:
    found = {account: one for account, one in sorted(sources.items()) if one.trail.since is not None}
    since = min((one.trail.since for one in found.values() if one.trail.since is not None), default=None)
    began = at if since is None else datetime.fromtimestamp(since, UTC)
    pairs = float(sum(one.pairs for one in sources.values()))
    values: dict[str, float | str | None] = {"pairs": pairs, "sources": listed(tuple(found), 20) or None}
    years = years_of(contract, BUDGET)
    because = (
        "Nothing is said of how much the counts should vary: no source tells how many shares it counts, or none counts "
        "a number from which it shows."
    )
    if outcome is Outcome.MET:
        because = f"The counts vary at least as much as shares found by chance do: {pairs:.0f} pairs of neighbours."
    if outcome is Outcome.SHORT:
        account, one = next(iter(found.items()))
        spread = sqrt(one.trail.sums[0] / one.trail.sums[1])
        values |= {"variation_over_chance": spread}
        because = (
            f"What {account} counts since {moment(began)} varies {spread:.2f} times as much as shares found by chance "
            f"must at least; by chance this comes less than {once_in(years)}. It may be smoothed or rounded on the "
            f"way, or be no count at all."
        )
    return Verdict(
        subject=contract.name,
        check=NAME,
        at=at,
        window=Window(start=min(began, at), end=at),
        outcome=outcome,
        because=because,
        certainty=Certainty.LIKELY,
        since=began if outcome is Outcome.SHORT else None,
        false_alarm_years=years if outcome is Outcome.SHORT else None,
        values=values,
    )


CHECK: Final = Check(
    name=NAME,
    of="contract",
    rests_on="evidence",
    State=State,
    judge=judge,
    budget=BUDGET,
    severity="warning",
)
