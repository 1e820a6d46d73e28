"""A seller's own page whose rate never moves from the promised one: it repeats the promise and measures nothing.

A measured average of n shares moves by 1/√n. Per window that ends after the one before, the chance that an honest
average is shown within rounding of the promise is at most p = erf(q·√n / √2); seeing it there is an e-value of 1 / p,
seeing it elsewhere ends the matter. Shares are assumed ten times as frequent as usual, which makes p larger.
A page that does not tell how it rounds may show whole units, so of it nothing is said.
"""

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import UTC, datetime, timedelta
from math import erf, inf, log, sqrt
from typing import Final

from verifier.contract import Basis, Contract, Independence, Watch
from verifier.fact import Fact
from verifier.observation import RateSeen
from verifier.record import record
from verifier.units import HASHES_PER_DIFFICULTY, Window
from verifier.verdicts.findings import not_applicable
from verifier.verdicts.sequential import Sequential, look, years_of
from verifier.verdicts.share_scale import known_difficulty
from verifier.verdicts.verdict import Certainty, Check, Judged, News, Outcome, Verdict
from verifier.verdicts.wording import listed, moment, once_in, percent

NAME: Final = "repeats_the_promise"
#: Part of the contract's budget of false alarms.
BUDGET: Final = 0.02
#: Shares may come so much more often than a pool's variable difficulty aims at.
_FREQUENT: Final = 10.0
#: No page is taken to be finer than this.
_ROUNDING: Final = 0.001
#: A rate without a window is one of at least an hour: the next look shows another one.
_SHORTEST: Final = timedelta(hours=1).total_seconds()
#: Where rounding hides what counting would show, the page says nothing either way.
_HIDDEN: Final = 0.9
_LEAST: Final = 1e-9


@record
class Page:
    """One seller's page: ``windows`` looked at ``until`` (epoch seconds); ``moved`` says that it left the promise.

    ``rounding`` is that of the last figure as the page tells it, 0 where it does not.
    """

    until: float = -inf
    windows: int = 0
    moved: bool = False
    rounding: float = 0.0
    trail: Sequential = field(default_factory=Sequential)


@record
class State:
    """The sellers' pages that are watched, by account."""

    pages: Mapping[str, Page] = field(default_factory=dict)
    outcome: Outcome | None = None


def judge(contract: Contract, state: State | None, news: News, now: datetime) -> Judged[State]:
    """One turn over what sellers' pages show; nothing to do where none is watched."""
    before = state
    watches = {one.account: one for one in contract.watch if one.independence is Independence.SELLER_PAGE}
    pages = {account: page for account, page in (state or State()).pages.items() if account in watches}
    outcome, verdicts = state.outcome if state else None, list[Verdict]()
    for fact in news.facts:
        if fact.subject not in watches:
            continue
        page = pages.get(fact.subject, Page())
        seen = _look(contract, watches[fact.subject], page, fact)
        if seen is page:
            continue
        pages[fact.subject] = seen
        if _outcome(pages) is not outcome:
            outcome = _outcome(pages)
            verdicts.append(_verdict(contract, pages, outcome, fact.learned_at))
    outcome = _outcome(pages) if contract.runs_at(now) else Outcome.NOT_APPLICABLE
    after = State(pages=pages, outcome=outcome)
    if before is not None and not verdicts and after == before:
        return Judged(state=before, verdicts=())
    last = not_applicable(contract, NAME, now)
    if contract.runs_at(now):
        last = _verdict(contract, pages, outcome, now)
    return Judged(state=after, verdicts=(*verdicts, last))


def _look(contract: Contract, watch: Watch, page: Page, fact: Fact) -> Page:
    shown = [one for one in fact.observations if isinstance(one, RateSeen) and one.worker is None]
    if not shown:
        return page
    one = max(shown, key=lambda rate: rate.window)
    seconds = max(one.window.total_seconds(), _SHORTEST)
    end = one.at.timestamp()
    start = end - seconds
    first = datetime.fromtimestamp(start, UTC)
    if start < page.until or not (contract.runs_at(first) and contract.runs_at(one.at)):
        return page
    promised = contract.promise_at(one.at).rate.per_second
    rounding = max(one.quantisation, _ROUNDING)
    same = abs(one.per_second / promised - 1.0) <= rounding and contract.promise_at(first) == contract.promise_at(
        one.at
    )
    chance = erf(rounding * sqrt(_shares(watch, promised, seconds) / 2.0))
    page = replace(page, until=end, windows=page.windows + 1, rounding=one.quantisation)
    if not same:
        # One figure elsewhere is a measurement, or a page that was changed: no promise repeated for ever.
        return replace(page, moved=True, trail=Sequential())
    if one.quantisation <= 0 or chance > _HIDDEN or page.trail.since is not None:
        return page
    trail = look(page.trail, (-log(max(chance, _LEAST)),), (start, end), (1.0,), years_of(contract, BUDGET))
    return replace(page, trail=trail)


def _shares(watch: Watch, promised: float, seconds: float) -> float:
    """Shares of a window at the most."""
    frequent = 1.0 if watch.share_difficulty else _FREQUENT
    return frequent * promised * seconds / (known_difficulty(watch, promised) * HASHES_PER_DIFFICULTY)


def _outcome(pages: Mapping[str, Page]) -> Outcome:
    if any(page.trail.since is not None for page in pages.values()):
        return Outcome.SHORT
    if not any(page.windows for page in pages.values()):
        return Outcome.NOT_APPLICABLE
    return Outcome.MET if any(page.moved for page in pages.values()) else Outcome.UNDECIDED


def _verdict(contract: Contract, pages: Mapping[str, Page], outcome: Outcome, at: datetime) -> Verdict:
    found = {account: page for account, page in sorted(pages.items()) if page.trail.since is not None}
    since = min((page.trail.since for page in found.values() if page.trail.since is not None), default=None)
    began = at if since is None else datetime.fromtimestamp(since, UTC)
    windows = sum(page.windows for page in (found or pages).values())
    finest = max([_ROUNDING, *(page.rounding for page in found.values())])
    years = years_of(contract, BUDGET)
    because = "No average of a seller's page was read."
    if outcome is Outcome.UNDECIDED:
        because = (
            f"Too early to tell whether the seller's page measures anything: {windows} independent averages so far."
        )
        if not any(page.rounding for page in pages.values()):
            because = (
                "The seller's page does not tell how it rounds, so it cannot be told whether it measures anything."
            )
    if outcome is Outcome.MET:
        because = f"The rate on the seller's page moves, as a measured one does: {windows} independent averages."
    if outcome is Outcome.SHORT:
        because = (
            f"{listed(tuple(found))} shows the promised rate unmoved since {moment(began)}; a measured one, shown to "
            f"{percent(finest)} or finer, moves, and by chance this comes less "
            f"than {once_in(years)}. The page repeats the promise: no source for delivery."
        )
    return Verdict(
        subject=contract.name,
        check=NAME,
        at=at,
        window=Window(start=min(began, at), end=at),
        outcome=outcome,
        because=because,
        certainty=Certainty.LIKELY,
        since=began if found else None,
        false_alarm_years=years if found else None,
        values={"sources": listed(tuple(found), 20) or None, "averages": float(windows)},
    )


CHECK: Final = Check(
    name=NAME,
    of="contract",
    rests_on="answers",
    State=State,
    judge=judge,
    budget=BUDGET,
    severity="info",
    bases=frozenset({Basis.RATE}),
)
