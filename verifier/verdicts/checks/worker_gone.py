"""A worker of the contract that has worked before is gone from the source's list, offline, or sends nothing.

While the source says nothing this check says so and no more; one list without a worker says little, a second one is
waited for. A worker that sends rarely is given eight times its usual pause; a worker gone for a week is no longer
expected. A name that no contract claims, that appears when a worker goes and works at a similar rate, is named as
perhaps the same one, and never counted.
"""

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import datetime, timedelta
from typing import Final

from verifier.contract import Basis, Contract
from verifier.fact import Fact
from verifier.observation import RateSeen, Silence, SilenceReason, WorkerPresence, WorkersSeen, WorkerState
from verifier.record import record
from verifier.units import Window
from verifier.verdicts.verdict import Certainty, Check, Judged, News, Outcome, Verdict
from verifier.verdicts.wording import BECAUSE, listed, moment

NAME: Final = "worker_gone"
PAUSE: Final = timedelta(minutes=15)
_PAUSES: Final = 8.0
_NEW_WEIGHT: Final = 0.2
_FORGOTTEN: Final = timedelta(days=7)
#: The averages that rates are compared by, at most; a new name is compared once it is older than that.
_WINDOW: Final = timedelta(hours=1)
#: A worker goes and a new name appears at the same time, and their rates are similar.
_SAME_TIME: Final = timedelta(hours=1)
_SIMILAR: Final = 1.3
#: New names that are remembered; where there are more, none is said to be the same.
_STRANGERS: Final = 50


@record
class Worker:
    """One worker once seen with shares: when it last worked, its usual pause (seconds), and since when it is gone.

    ``rate`` is its average while it worked, hashes per second, 0 where none is shown. ``confirmed``: a second list, or
    the age of its last share, says that it is gone; one list alone may be a restart, or a page put together badly.
    """

    last_seen: datetime
    last_share: datetime | None = None
    usual_pause: float = 0.0
    gone_since: datetime | None = None
    rate: float = 0.0
    confirmed: bool = False


@record
class Stranger:
    """A name that no contract claims: when it was first listed (None: from the beginning), and its average now."""

    since: datetime | None
    rate: float = 0.0


@record
class Roster:
    """What one account lists; ``silent`` is the reason while its list cannot be read."""

    question: str = ""
    read_at: datetime | None = None
    silent: SilenceReason | None = None
    workers: Mapping[str, Worker] = field(default_factory=dict)
    strangers: Mapping[str, Stranger] = field(default_factory=dict)


@record
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
        accounts = {**state.accounts, fact.subject: _read(contract, state, fact, news.nobodys.get(fact.subject, ()))}
        state = State(accounts=accounts, outcome=state.outcome)
        outcome = _outcome(contract, state, fact.learned_at)
        if outcome is not state.outcome:
            verdicts.append(_verdict(contract, state, outcome, fact.learned_at))
            state = replace(state, outcome=outcome)
    outcome = _outcome(contract, state, now)
    verdicts.append(_verdict(contract, state, outcome, now))
    return Judged(state=State(accounts=state.accounts, outcome=outcome), verdicts=tuple(verdicts))


def _read(contract: Contract, state: State, fact: Fact, nobodys: tuple[str, ...]) -> Roster:
    roster = state.accounts.get(fact.subject, Roster())
    for one in fact.observations:
        if isinstance(one, WorkersSeen) and (roster.read_at is None or one.at >= roster.read_at):
            roster = _list(contract, fact, one, roster, nobodys)
        elif isinstance(one, Silence) and fact.question == roster.question:
            roster = replace(roster, silent=one.reason)
    return roster


def _list(contract: Contract, fact: Fact, seen: WorkersSeen, roster: Roster, nobodys: tuple[str, ...]) -> Roster:
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
    strangers: dict[str, Stranger] = {}
    if any(watch.workers is not None for watch in watches):
        rates = _rates(fact, workers.keys() | frozenset(nobodys))
        workers = {
            name: one if one.gone_since is not None else replace(one, rate=rates.get(name, one.rate))
            for name, one in workers.items()
        }
        first = None if roster.read_at is None else seen.at
        for name in sorted({worker.name for worker in seen.workers}.intersection(nobodys)):
            known = roster.strangers.get(name, Stranger(since=first))
            strangers[name] = replace(known, rate=rates.get(name, known.rate))
    if len(strangers) > _STRANGERS:
        strangers = {}
    return Roster(question=fact.question, read_at=seen.at, workers=workers, strangers=strangers)


def _rates(fact: Fact, names: frozenset[str] | set[str]) -> dict[str, float]:
    """The longest average up to an hour of each worker, hashes per second."""
    found: dict[str, RateSeen] = {}
    for one in fact.observations:
        if isinstance(one, RateSeen) and one.worker is not None and one.worker in names and one.window <= _WINDOW:
            known = found.get(one.worker)
            if known is None or known.window < one.window:
                found[one.worker] = one
    return {name: one.per_second for name, one in found.items()}


def _renamed(state: State) -> dict[str, str]:
    """By worker that is gone the only new name that came when it went and has a similar rate, if any."""
    found: dict[str, str] = {}
    for roster in state.accounts.values():
        if roster.silent is not None or roster.read_at is None:
            continue
        for name, worker in sorted(roster.workers.items()):
            alike = [new for new, one in roster.strangers.items() if _alike(worker, one, roster.read_at)]
            if len(alike) == 1 and alike[0] not in found.values():
                found[name] = alike[0]
    return found


def _alike(worker: Worker, stranger: Stranger, at: datetime) -> bool:
    if worker.gone_since is None or stranger.since is None or not worker.rate or at - stranger.since < _WINDOW:
        return False
    same_time = worker.last_seen - _SAME_TIME <= stranger.since <= worker.gone_since + _SAME_TIME
    return same_time and worker.rate / _SIMILAR <= stranger.rate <= worker.rate * _SIMILAR


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
        return Worker(last_seen=at, last_share=last_share, usual_pause=usual, rate=known.rate)
    again = known.gone_since is not None and at > known.gone_since
    overdue = now is not None and not _sends(at, last_share, usual)
    return replace(
        known,
        last_share=last_share,
        usual_pause=usual,
        gone_since=known.gone_since or at,
        confirmed=known.confirmed or again or overdue,
    )


def _gone(state: State, *, confirmed: bool = True) -> dict[str, Worker]:
    """Workers that no source lists as working any more; who moved to another watched pool is not gone."""
    rosters = [roster for roster in state.accounts.values() if roster.silent is None]
    working = {name for roster in rosters for name, one in roster.workers.items() if one.gone_since is None}
    return {
        name: worker
        for roster in rosters
        for name, worker in sorted(roster.workers.items())
        if worker.gone_since is not None and worker.confirmed is confirmed and name not in working
    }


def _outcome(contract: Contract, state: State, at: datetime) -> Outcome:
    if at < contract.starts or (contract.ends is not None and at > contract.ends):
        return Outcome.NOT_APPLICABLE
    if _gone(state):
        return Outcome.SHORT
    rosters = [roster for roster in state.accounts.values() if roster.read_at is not None]
    if any(roster.workers and roster.silent is None for roster in rosters) and not any(r.silent for r in rosters):
        return Outcome.UNDECIDED if _gone(state, confirmed=False) else Outcome.MET
    return Outcome.UNKNOWN


def _because(state: State, outcome: Outcome, gone: Mapping[str, Worker], silent: SilenceReason | None) -> str:
    if outcome is Outcome.SHORT:
        parts = tuple(f"{name} (last seen {moment(worker.last_seen)})" for name, worker in gone.items())
        renamed = tuple(f"{name} → {new}" for name, new in _renamed(state).items())
        perhaps = f" Perhaps renamed, and not counted: {listed(renamed)}." if renamed else ""
        return (
            f"Not working any more: {listed(parts)}.{perhaps} "
            "Whether less than promised is delivered is told by the delivered hashrate, not by this."
        )
    if outcome is Outcome.UNDECIDED:
        names = listed(tuple(_gone(state, confirmed=False)))
        return f"Too early to tell: the last list shows {names} no longer, the next one may again."
    if outcome is Outcome.MET:
        working = {
            account: sum(one.gone_since is None for one in roster.workers.values())
            for account, roster in sorted(state.accounts.items())
        }
        counts = {account: count for account, count in working.items() if count}
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
    renamed = _renamed(state) if outcome is Outcome.SHORT else {}
    silent = next((roster.silent for roster in state.accounts.values() if roster.silent is not None), None)
    since = min((worker.last_seen for worker in gone.values()), default=None)
    return Verdict(
        subject=contract.name,
        check=NAME,
        at=at,
        window=Window(start=min(since or at, at), end=at),
        outcome=outcome,
        because=_because(state, outcome, gone, silent),
        certainty=Certainty.POSSIBLE if renamed else Certainty.SUPPORTED,
        since=since,
        unseen_because=silent if outcome is Outcome.UNKNOWN else None,
        values={
            "workers_gone": float(len(gone)),
            "workers": listed(tuple(gone), 20) or None,
            "perhaps_renamed": listed(tuple(f"{name} → {new}" for name, new in renamed.items()), 20) or None,
        },
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
    bases=frozenset({Basis.RATE}),
)
