"""A worker of the contract that has worked before is gone from the source's list, offline, or sends nothing.

While the source says nothing this check says so and no more. A worker that sends rarely is given eight times its usual
pause; a worker gone for a week is no longer expected.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from verifier.contract import Contract
from verifier.observation import Fact, Silence, SilenceReason, WorkerPresence, WorkersSeen, WorkerState
from verifier.units import Window
from verifier.verdicts.verdict import Certainty, Check, Judged, News, Outcome, Verdict
from verifier.verdicts.wording import BECAUSE, listed, moment

NAME: Final = "worker_gone"
PAUSE: Final = timedelta(minutes=15)
_PAUSES: Final = 8.0
_NEW_WEIGHT: Final = 0.2
_FORGOTTEN: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """One worker once seen with shares: when it last worked, its usual pause (seconds), and since when it is gone."""

    last_seen: datetime
    last_share: datetime | None = None
    usual_pause: float = 0.0
    gone_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """What one account lists; ``silent`` is the reason while its list cannot be read."""

    question: str = ""
    read_at: datetime | None = None
    silent: SilenceReason | None = None
    workers: Mapping[str, Worker] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What each watched account lists, and the outcome told last."""

    accounts: Mapping[str, Roster] = field(default_factory=dict)
    outcome: Outcome | None = None


def judge(contract: Contract, state: State | None, news: News, now: datetime) -> Judged[State]:
    """One turn over the answers in the order learned."""
    state = state or State()
    watched = frozenset(watch.account for watch in contract.watch)
    verdicts: list[Verdict] = []
    for fact in news.facts:
        if fact.subject not in watched:
            continue
        accounts = {**state.accounts, fact.subject: _read(contract, state, fact)}
        state = State(accounts=accounts, outcome=state.outcome)
        outcome = _outcome(contract, state, fact.learned_at)
        if outcome is not state.outcome:
            verdicts.append(_verdict(contract, state, outcome, fact.learned_at))
            state = replace(state, outcome=outcome)
    outcome = _outcome(contract, state, now)
    verdicts.append(_verdict(contract, state, outcome, now))
    return Judged(state=State(accounts=state.accounts, outcome=outcome), verdicts=tuple(verdicts))


def _read(contract: Contract, state: State, fact: Fact) -> Roster:
    roster = state.accounts.get(fact.subject, Roster())
    for one in fact.observations:
        if isinstance(one, WorkersSeen) and (roster.read_at is None or one.at >= roster.read_at):
            roster = _list(contract, fact, one, roster)
        elif isinstance(one, Silence) and fact.question == roster.question:
            roster = replace(roster, silent=one.reason)
    return roster


def _list(contract: Contract, fact: Fact, seen: WorkersSeen, roster: Roster) -> Roster:
    watches = [watch for watch in contract.watch if watch.account == fact.subject]
    listed_now = {worker.name: worker for worker in seen.workers if any(w.speaks_for(worker.name) for w in watches)}
    workers = {
        name: _worker(seen.at, listed_now.get(name), known)
        for name, known in roster.workers.items()
        if seen.at - known.last_seen < _FORGOTTEN
    }
    for name, worker in listed_now.items():
        if name not in workers and worker.presence is WorkerPresence.ONLINE and _sends(seen.at, worker.last_share, 0.0):
            workers[name] = Worker(last_seen=seen.at, last_share=worker.last_share)
    return Roster(question=fact.question, read_at=seen.at, workers=workers)


def _sends(at: datetime, last_share: datetime | None, usual_pause: float) -> bool:
    return last_share is None or (at - last_share).total_seconds() < max(PAUSE.total_seconds(), _PAUSES * usual_pause)


def _worker(at: datetime, now: WorkerState | None, known: Worker) -> Worker:
    last_share = known.last_share if now is None or now.last_share is None else now.last_share
    usual = known.usual_pause
    if last_share is not None and known.last_share is not None and last_share > known.last_share:
        pause = (last_share - known.last_share).total_seconds()
        if known.gone_since is None:
            usual = usual + _NEW_WEIGHT * (pause - usual)
    if now is not None and now.presence is WorkerPresence.ONLINE and _sends(at, last_share, usual):
        return Worker(last_seen=at, last_share=last_share, usual_pause=usual)
    return replace(known, last_share=last_share, usual_pause=usual, gone_since=known.gone_since or at)


def _gone(state: State) -> dict[str, Worker]:
    return {
        name: worker
        for roster in state.accounts.values()
        if roster.silent is None
        for name, worker in sorted(one for one in roster.workers.items() if one[1].gone_since is not None)
    }


def _outcome(contract: Contract, state: State, at: datetime) -> Outcome:
    if at < contract.starts or (contract.ends is not None and at > contract.ends):
        return Outcome.NOT_APPLICABLE
    if _gone(state):
        return Outcome.SHORT
    rosters = [roster for roster in state.accounts.values() if roster.read_at is not None]
    if any(roster.workers and roster.silent is None for roster in rosters) and not any(r.silent for r in rosters):
        return Outcome.MET
    return Outcome.UNKNOWN


def _because(state: State, outcome: Outcome, gone: Mapping[str, Worker], silent: SilenceReason | None) -> str:
    if outcome is Outcome.SHORT:
        parts = tuple(f"{name} (last seen {moment(worker.last_seen)})" for name, worker in gone.items())
        return (
            f"Not working any more: {listed(parts)}. "
            "Whether less than promised is delivered is told by the delivered hashrate, not by this."
        )
    if outcome is Outcome.MET:
        counts = {account: len(roster.workers) for account, roster in sorted(state.accounts.items()) if roster.workers}
        if len(counts) > 1:
            return f"All workers seen before are working: {', '.join(f'{n} at {name}' for name, n in counts.items())}."
        return f"All workers seen before are working: {sum(counts.values())}."
    if outcome is Outcome.NOT_APPLICABLE:
        return "Outside the time of the contract."
    if silent is not None:
        return f"Cannot tell, because {BECAUSE[silent.value]}."
    return "Cannot tell, because no source has listed a worker of this contract yet."


def _verdict(contract: Contract, state: State, outcome: Outcome, at: datetime) -> Verdict:
    gone = _gone(state) if outcome is Outcome.SHORT else {}
    silent = next((roster.silent for roster in state.accounts.values() if roster.silent is not None), None)
    since = min((worker.last_seen for worker in gone.values()), default=None)
    return Verdict(
        subject=contract.name,
        check=NAME,
        at=at,
        window=Window(start=min(since or at, at), end=at),
        outcome=outcome,
        because=_because(state, outcome, gone, silent),
        certainty=Certainty.SUPPORTED,
        since=since,
        unseen_because=silent if outcome is Outcome.UNKNOWN else None,
        values={"workers_gone": float(len(gone)), "workers": listed(tuple(gone), 20) or None},
    )


CHECK: Final = Check(
    name=NAME,
    of="contract",
    rests_on="answers",
    State=State,
    judge=judge,
    version=1,
    pending=timedelta(minutes=10),
    severity="warning",
)
