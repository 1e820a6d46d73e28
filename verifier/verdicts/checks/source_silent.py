"""A question of an account brings nothing: since when, why, and which contracts cannot be judged meanwhile."""

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from verifier.fact import Fact
from verifier.observation import Silence, SilenceReason
from verifier.record import record
from verifier.units import Window
from verifier.verdicts.verdict import AccountCase, Certainty, Check, Judged, News, Outcome, Verdict
from verifier.verdicts.wording import OR_EARLIER, listed, moment

NAME: Final = "source_silent"

_WORDS: Final = MappingProxyType(
    {
        SilenceReason.UNREACHABLE: "No answer from {title} since {since}.",
        SilenceReason.REFUSED: "{title} does not accept the key or the address (since {since}).",
        SilenceReason.MISREAD: "{title} answers in a way this program cannot read (since {since}).",
        SilenceReason.STALE: "The page of {title} stands still since {since}.",
        SilenceReason.NEVER_SEEN: "This address has never been seen at {title} (asked since {since}).",
        SilenceReason.IMPLAUSIBLE: "The figures of {title} cannot be right (since {since}).",
        SilenceReason.PAUSED: "Asking {title} is paused since {since}.",
    }
)


@record
class Quiet:
    """A question without an answer: since when (``first``: first asked then), why, and the line that was said."""

    since: datetime
    first: bool = False
    reason: SilenceReason
    detail: str = ""


@record
class State:
    """``quiet`` by question; ``asked`` are the questions that brought anything so far."""

    quiet: Mapping[str, Quiet] = field(default_factory=dict)
    asked: tuple[str, ...] = ()
    outcome: Outcome | None = None
    reason: SilenceReason | None = None


def judge(case: AccountCase, state: State | None, news: News, now: datetime) -> Judged[State]:
    """One turn over the account's answers in the order learned; nothing to say while it goes on answering."""
    before = state
    state = state or State()
    verdicts: list[Verdict] = []
    for fact in news.facts:
        if fact.subject != case.name:
            continue
        state = _hear(state, fact)
        outcome, reason = _outcome(state), _reason(state)
        if (outcome, reason) != (state.outcome, state.reason):
            verdicts.append(_verdict(case, state, outcome, fact.learned_at))
            state = replace(state, outcome=outcome, reason=reason)
    if state is before and state.outcome is Outcome.MET and news.facts:
        return Judged(state=state, verdicts=())
    outcome = _outcome(state)
    verdicts.append(_verdict(case, state, outcome, now))
    return Judged(state=replace(state, outcome=outcome, reason=_reason(state)), verdicts=tuple(verdicts))


def _hear(state: State, fact: Fact) -> State:
    silences = [one for one in fact.observations if isinstance(one, Silence)]
    if not silences and fact.question in state.asked and fact.question not in state.quiet:
        return state
    asked = state.asked if fact.question in state.asked else (*state.asked, fact.question)
    quiet = {question: one for question, one in state.quiet.items() if question != fact.question}
    if silences and (fact.doubted or len(silences) == len(fact.observations)):
        last, before = silences[-1], state.quiet.get(fact.question)
        since, first = (last.at, asked is not state.asked) if before is None else (before.since, before.first)
        quiet[fact.question] = Quiet(since=since, first=first, reason=last.reason, detail=last.detail)
    return replace(state, quiet=quiet, asked=asked)


def _longest(state: State) -> Quiet | None:
    return min(
        state.quiet.values(), key=lambda quiet: (quiet.reason is SilenceReason.PAUSED, quiet.since), default=None
    )


def _reason(state: State) -> SilenceReason | None:
    longest = _longest(state)
    return longest.reason if longest else None


def _outcome(state: State) -> Outcome:
    if not state.asked:
        return Outcome.UNKNOWN
    if not state.quiet:
        return Outcome.MET
    paused = all(quiet.reason is SilenceReason.PAUSED for quiet in state.quiet.values())
    return Outcome.UNKNOWN if paused else Outcome.SHORT


def _because(case: AccountCase, state: State, quiet: Quiet | None) -> str:
    if quiet is None:
        return f"{case.title} answers." if state.asked else f"{case.title} has not been asked yet."
    text = _WORDS[quiet.reason].format(title=case.title, since=moment(quiet.since) + OR_EARLIER * quiet.first)
    if quiet.detail:
        text += f" Said: {quiet.detail.rstrip('.')}."
    still = tuple(question for question in sorted(state.asked) if question not in state.quiet)
    if still:
        text += f" Not answered: {listed(tuple(sorted(state.quiet)))}; still answered: {listed(still)}."
    elif case.contracts:
        text += f" Until it does, {listed(case.contracts)} cannot be judged from it."
    return text + " This is no sign of a shortfall."


def _verdict(case: AccountCase, state: State, outcome: Outcome, at: datetime) -> Verdict:
    quiet = _longest(state)
    since = quiet.since if quiet else None
    return Verdict(
        subject=case.name,
        check=NAME,
        at=at,
        window=Window(start=min(since or at, at), end=at),
        outcome=outcome,
        because=_because(case, state, quiet),
        certainty=Certainty.PROVEN,
        since=since,
        since_or_earlier=quiet is not None and quiet.first,
        unseen_because=quiet.reason if quiet else None,
        values={
            "reason": quiet.reason.value if quiet else None,
            "detail": quiet.detail if quiet else None,
            "questions": listed(tuple(sorted(state.quiet)), 20) or None,
            "contracts": listed(case.contracts, 20) or None,
        },
    )


CHECK: Final = Check(
    name=NAME,
    of="account",
    rests_on="answers",
    State=State,
    judge=judge,
    version=1,
    pending=timedelta(minutes=15),
    severity="warning",
)
