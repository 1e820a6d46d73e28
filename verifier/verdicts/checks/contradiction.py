"""Two sources of one contract that speak of the same time and the same work, and disagree beyond both error bars.

Counts are compared over six-hour UTC slots that both saw fully; averages over windows of the same length, where a
source does not count. Each source is compared with the most independent one that speaks in the same way.
"""

from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from datetime import UTC, datetime
from math import inf
from typing import Final

from verifier.contract import Basis, Contract
from verifier.record import record
from verifier.units import Window
from verifier.verdicts.evidence import Evidence
from verifier.verdicts.findings import not_applicable
from verifier.verdicts.heard import hear, kept
from verifier.verdicts.meter import Average, Meter, Said, averages, filled
from verifier.verdicts.quotient import gains
from verifier.verdicts.readings import witnesses
from verifier.verdicts.sequential import Sequential, look, years_of
from verifier.verdicts.verdict import Certainty, Check, Judged, News, Outcome, Verdict
from verifier.verdicts.wording import moment, once_in, percent

NAME: Final = "contradiction"
#: Part of the contract's budget of false alarms, divided among the pairs of sources.
BUDGET: Final = 0.1
#: Averages are of the same time when they end within this part of their window.
_TOGETHER: Final = 0.1
_BETWEEN: Final = " and "


@record
class Pair:
    """Two sources: compared ``until`` (epoch seconds), ``counted`` or by averages, ``times`` so often."""

    counted: bool = False
    until: float = -inf
    times: int = 0
    trail: Sequential = field(default_factory=Sequential)


@record
class State:
    """By source what it counted and the averages it showed last; the pairs by their two names."""

    folds: Mapping[str, Evidence] = field(default_factory=dict)
    meters: Mapping[str, Meter] = field(default_factory=dict)
    shown: Mapping[str, Mapping[str, Average]] = field(default_factory=dict)
    pairs: Mapping[str, Pair] = field(default_factory=dict)
    outcome: Outcome | None = None


def judge(contract: Contract, state: State | None, news: News, now: datetime) -> Judged[State]:
    """One turn; nothing to do where one source speaks alone, nothing to say while nothing could be compared."""
    before = state
    state = state or State(outcome=Outcome.NOT_APPLICABLE)
    accounts = _by_independence(contract)
    if len(accounts) < 2:
        alone = State(outcome=Outcome.NOT_APPLICABLE)
        if before is not None and before == alone:
            return Judged(state=before, verdicts=())
        return Judged(state=alone, verdicts=(_verdict(contract, alone, now),))
    state = _listen(contract, state, accounts, news)
    verdicts: list[Verdict] = []
    for first, second, said in _compared(state, accounts):
        name = f"{first}{_BETWEEN}{second}"
        pair = _compare(contract, state.pairs.get(name, Pair()), said, len(accounts) - 1)
        state = replace(state, pairs={**state.pairs, name: pair})
        if _outcome(state) is not state.outcome:
            state = replace(state, outcome=_outcome(state))
            verdicts.append(_verdict(contract, state, min(now, datetime.fromtimestamp(said[0].end, UTC))))
    state = replace(state, outcome=_outcome(state) if contract.runs_at(now) else Outcome.NOT_APPLICABLE)
    if before is not None and not verdicts and (state.pairs, state.outcome) == (before.pairs, before.outcome):
        return Judged(state=before if state == before else state, verdicts=())
    last = _verdict(contract, state, now) if contract.runs_at(now) else not_applicable(contract, NAME, now)
    return Judged(state=state, verdicts=(*verdicts, last))


def _by_independence(contract: Contract) -> tuple[str, ...]:
    """Accounts, the most independent first, sellers' pages last; a market's count is the affair of billed work."""
    first = [watch.account for watch in witnesses(contract)]
    if contract.basis is Basis.WORK:
        return tuple(dict.fromkeys(first))
    return tuple(dict.fromkeys((*first, *(watch.account for watch in contract.watch))))


def _listen(contract: Contract, state: State, accounts: tuple[str, ...], news: News) -> State:
    folds = kept(state.folds, accounts)
    meters = {account: state.meters.get(account, Meter()) for account in accounts}
    shown = {account: dict(state.shown.get(account, {})) for account in accounts}
    for account in accounts:
        folds[account], intervals = hear(contract, account, folds[account], news)
        for interval in intervals:
            meters[account] = filled(contract, meters[account], interval)
        for fact in news.facts:
            if fact.subject == account:
                shown[account] |= averages(contract, fact)
    heard = State(folds=folds, meters=meters, shown=shown, outcome=state.outcome)
    groups = (_counting(heard, accounts), _showing(heard, accounts))
    names = {f"{group[0]}{_BETWEEN}{other}" for group in groups for other in group[1:]}
    return replace(heard, pairs={name: pair for name, pair in state.pairs.items() if name in names})


def _counting(state: State, accounts: tuple[str, ...]) -> list[str]:
    return [account for account in accounts if state.meters[account].whole]


def _showing(state: State, accounts: tuple[str, ...]) -> list[str]:
    return [account for account in accounts if state.shown[account]]


def _compared(state: State, accounts: tuple[str, ...]) -> Iterable[tuple[str, str, tuple[Said, Said]]]:
    """What two sources say of the same time and was not compared yet, in time order."""
    found: list[tuple[str, str, tuple[Said, Said]]] = []
    counting = _counting(state, accounts)
    for other in counting[1:]:
        first = counting[0]
        until = state.pairs.get(f"{first}{_BETWEEN}{other}", Pair()).until
        ours = {said.start: said for said in state.meters[first].whole}
        theirs = [said for said in state.meters[other].whole if said.start >= until and said.start in ours]
        found += [(first, other, (ours[said.start], said)) for said in theirs]
    showing = _showing(state, accounts)
    for other in showing[1:]:
        first = showing[0]
        pair = state.pairs.get(f"{first}{_BETWEEN}{other}", Pair())
        if pair.counted or {first, other} <= set(counting):
            continue
        same = state.shown[first].keys() & state.shown[other].keys()
        for length in sorted(same, key=float)[-1:]:
            one, two = state.shown[first][length], state.shown[other][length]
            apart = abs(one.end - two.end) / one.seconds
            if apart <= _TOGETHER and min(one.start, two.start) >= pair.until:
                found.append((first, other, (one.said(apart), two.said(apart))))
    return sorted(found, key=lambda one: (one[2][0].end, one[1]))


def _compare(contract: Contract, pair: Pair, said: tuple[Said, Said], pairs: int) -> Pair:
    one, two = said
    counted = not one.average
    trail = pair.trail if counted == pair.counted else Sequential()
    found = None if trail.since is None else (trail.sums[0] / trail.sums[1] if trail.sums[1] > 0 else inf)
    years = years_of(contract, BUDGET) * pairs
    figures = (one.hashes, two.hashes)
    trail = look(trail, gains(one, two, found), (one.start, one.end), figures, years)
    return Pair(counted=counted, until=max(one.end, two.end), times=pair.times + 1, trail=trail)


def _outcome(state: State) -> Outcome:
    if any(pair.trail.since is not None for pair in state.pairs.values()):
        return Outcome.SHORT
    return Outcome.MET if state.pairs else Outcome.NOT_APPLICABLE


def _verdict(contract: Contract, state: State, at: datetime) -> Verdict:
    open_ = {name: pair for name, pair in sorted(state.pairs.items()) if pair.trail.since is not None}
    values: dict[str, float | str | None] = {"compared": float(sum(pair.times for pair in state.pairs.values()))}
    since, because = None, "Only one source speaks of the work so far, so there is nothing to compare."
    years = years_of(contract, BUDGET)
    if state.pairs:
        because = f"{'; '.join(sorted(state.pairs))} agree within their errors."
    if open_:
        name, pair = max(open_.items(), key=lambda one: abs(one[1].trail.sums[0] - one[1].trail.sums[1]))
        first, _, second = name.partition(_BETWEEN)
        one, two = pair.trail.sums
        less, more = ((first, second), (one, two)) if one < two else ((second, first), (two, one))
        since = datetime.fromtimestamp(pair.trail.since or 0.0, UTC)
        part = 1.0 - more[0] / more[1]
        values |= {"less": less[0], "more": less[1], "difference": part}
        because = (
            f"{less[0]} shows {percent(part)} less than {less[1]} for the same time since {moment(since)}, beyond the "
            f"errors of both; by chance this comes less than {once_in(years)}. Neither is corrected by the other: the "
            f"result rests on the more independent one that counts."
        )
    return Verdict(
        subject=contract.name,
        check=NAME,
        at=at,
        window=Window(start=min(since or at, at), end=at),
        outcome=state.outcome or Outcome.NOT_APPLICABLE,
        because=because,
        certainty=Certainty.LIKELY,
        since=since,
        false_alarm_years=years if since else None,
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
