"""What the pages say about contracts and accounts, worked out from a picture: pure, and in the words for people."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from math import isfinite
from typing import Final

from markupsafe import Markup

from verifier.contract import Tolerance
from verifier.incidents.standing import Phase
from verifier.outlets import chart, shortfalls, slots, words
from verifier.outlets.payout_words import Cell, cell, verdicts
from verifier.outlets.picture import AccountView, ContractView, Picture, ReadLater, SourceLine
from verifier.outlets.price import at_price_paid, missing_work
from verifier.verdicts.verdict import Outcome, Verdict
from verifier.verdicts.wording import a_span

#: A contract before its first result.
WAITING: Final = "waiting"
FIRST_TIME: Final = "asking for the first time"
#: A source of blocks that the others have left behind.
BEHIND: Final = "behind the other sources of blocks, so not believed"
#: Worst first; also the order of the counts above the table.
ORDER: Final = ("short", "unknown", "undecided", WAITING, "met", "not_applicable")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One contract on the overview."""

    view: ContractView
    outcome: str
    result: str
    since: datetime | None = None
    because: str | None = None
    also: tuple[str, ...] = ()
    ratio: float | None = None
    share: str | None = None
    window: timedelta | None = None
    seen: float | None = None
    bar: Markup
    spark: Markup
    missing: str | None = None
    money: str | None = None
    allowance: str | None = None
    stands: str | None = None
    last_month: str | None = None
    payouts: Cell | None = None
    source: SourceLine | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRow:
    """One account under "Can we see?"."""

    view: AccountView
    outcome: str
    state: str
    since: datetime | None
    answered_at: datetime | None
    detail: str = ""


def read_later(one: ReadLater) -> str:
    """``Read later: 24 answers of 1 May 2026, by adapter ckpool/2.``, of answers that nobody could read before."""
    first, last = (f"{words.day(at)} {at.year}" for at in (one.first, one.last))
    days = first if first == last else f"{first} to {last}"
    return f"Read later: {one.answers} answer{'' if one.answers == 1 else 's'} of {days}, by adapter {one.adapter}."


def allowed(tolerance: Tolerance | None) -> str:
    """The part of the promise that the contract lets pass, in words."""
    if tolerance is None:
        return "not stated"
    if tolerance.span is None:
        return words.percent(tolerance.fraction)
    return f"{words.percent(tolerance.fraction)} {a_span(tolerance.span)}"


def outcome_of(view: ContractView) -> str:
    """The result that a contract is listed under: that of its hashrate, or that there is none yet."""
    verdict = view.verdicts.get(words.HASHRATE)
    return WAITING if verdict is None else verdict.outcome.value


def worst_first(view: ContractView) -> tuple[int, float, str]:
    """Sorts contracts: the worst result, then the most missing; a problem elsewhere lifts one above those with none."""
    verdict = view.verdicts.get(words.HASHRATE)
    troubled = bool(_also(view)) or any(paid.outcome is Outcome.SHORT for paid in verdicts(view))
    rank = ORDER.index(outcome_of(view))
    missing = None if verdict is None else missing_work(verdict)
    return min(rank, ORDER.index(WAITING)) if troubled else rank, -(missing or 0.0), view.contract.name


def decisive(view: ContractView) -> SourceLine | None:
    """The source that decides about hashrate; the first one where none does."""
    return next((source for source in view.sources if source.decisive), view.sources[0] if view.sources else None)


def _also(view: ContractView) -> tuple[str, ...]:
    return tuple(
        words.result(check, Outcome.SHORT.value)
        for check, incident in view.incidents.items()
        if incident.phase is Phase.OPEN and check not in {words.HASHRATE, *words.PAYOUT_CHECKS}
    )


def row(view: ContractView, picture: Picture) -> Row:
    """One contract in the words of the overview."""
    contract, verdict = view.contract, view.verdicts.get(words.HASHRATE)
    tolerance = contract.promise_at(picture.at).tolerance
    passes = tolerance.fraction if tolerance else None
    spark = chart.delivery(
        slots.days(view, picture.at).slots,
        name=f"s-{contract.name}",
        label=f"delivery of {contract.name} over the last {slots.DAYS_SHOWN} days",
        width=150,
        height=36,
    )
    if verdict is None:
        empty = chart.bar(None, name=f"b-{contract.name}", label="nothing measured yet", allowed=passes)
        return Row(
            view=view, outcome=WAITING, result=FIRST_TIME, bar=empty, spark=spark, also=_also(view),
            source=decisive(view), payouts=cell(view),
        )  # fmt: skip
    ratio, _ = delivered(verdict)
    missing = missing_work(verdict)
    price = None if missing is None else at_price_paid(contract, missing)
    incident = view.incidents.get(words.HASHRATE)
    return Row(
        view=view,
        outcome=verdict.outcome.value,
        result=words.result(words.HASHRATE, verdict.outcome.value),
        since=verdict.since or (incident.since if incident and incident.phase is Phase.OPEN else None),
        because=_why(verdict),
        also=_also(view),
        ratio=ratio,
        share=share(verdict),
        seen=verdict.coverage,
        window=verdict.window.span,
        bar=chart.bar(
            ratio,
            name=f"b-{contract.name}",
            label="nothing measured" if ratio is None else f"{words.percent(ratio)} of the promised hashrate",
            interval=verdict.interval,
            seen=verdict.coverage,
            allowed=passes,
        ),
        spark=spark,
        missing=None if missing is None else words.work(missing, contract.promised.algorithm),
        money=None if price is None else words.money(price.value, price.currency),
        allowance=shortfalls.stands_briefly(verdict),
        stands=shortfalls.stands(verdict, partial(words.brief_moment, zone=picture.time_zone, now=picture.at)),
        last_month=shortfalls.last_month(contract, verdict),
        payouts=cell(view),
        source=decisive(view),
    )


def delivered(verdict: Verdict) -> tuple[float | None, float | None]:
    """Delivered over promised in the judged window, with half the width of its interval as error."""
    if verdict.delivered is None or not verdict.owed:
        return None, None
    error = None if verdict.interval is None else (verdict.interval[1] - verdict.interval[0]) / 2
    return verdict.delivered / verdict.owed, error


def share(verdict: Verdict) -> str | None:
    """Delivered over promised with its error; by the ends of its interval where that reaches below zero or is wide."""
    ratio, error = delivered(verdict)
    if ratio is None or error is None or verdict.interval is None or not isfinite(error):
        return None if ratio is None else words.percent(ratio)
    if error > min(ratio, 0.5):
        low, high = verdict.interval
        return f"between {low * 100:.{1 if high < 1 else 0}f} and {high * 100:.{1 if high < 1 else 0}f} %"
    return words.percent(ratio, error)


def _why(verdict: Verdict) -> str | None:
    """Why there is no result: whose fault the gap is, or why none is asked for."""
    if verdict.outcome is Outcome.UNKNOWN:
        return words.REASONS[verdict.unseen_because].text if verdict.unseen_because else verdict.because
    return verdict.because if verdict.outcome is Outcome.NOT_APPLICABLE else None


def account_row(view: AccountView) -> AccountRow:
    """How one account answers: its first unanswered question speaks for it."""
    answered = [question.last_answered_at for question in view.questions if question.last_answered_at]
    silent = next((question for question in view.questions if question.silence), None)
    last = max(answered, default=None)
    if silent is not None and silent.silence is not None:
        state = words.FATES[silent.silence].text
        return AccountRow(
            view=view, outcome="unknown", state=state, since=silent.silent_since, answered_at=last, detail=silent.detail
        )
    if view.lagging is not None:
        return AccountRow(view=view, outcome="unknown", state=BEHIND, since=None, answered_at=last, detail=view.lagging)
    if last is None:
        return AccountRow(view=view, outcome=WAITING, state=FIRST_TIME, since=None, answered_at=None)
    return AccountRow(view=view, outcome="met", state="answering", since=None, answered_at=last)


def account_rows(picture: Picture) -> list[AccountRow]:
    """Every account, those that cannot be read first."""
    found = [account_row(view) for view in picture.accounts.values()]
    return sorted(found, key=lambda one: (ORDER.index(one.outcome), one.view.name))


def counts(views: Iterable[ContractView]) -> list[tuple[str, str, int]]:
    """How many contracts there are per result, as (identifier, words, number); results without any are left out."""
    tally = Counter(map(outcome_of, views))
    names = {WAITING: FIRST_TIME, **{key: word.text for key, word in words.OUTCOMES.items()}}
    return [(outcome, names[outcome], tally[outcome]) for outcome in ORDER if tally[outcome]]


def false_alarms(picture: Picture) -> str:
    """How many alarms chance alone may bring, of one contract and of all; a group is judged in its members' place."""
    judged = [view.contract for view in (*picture.contracts.values(), *picture.sums.values())]
    budgets = [contract.false_alarms_per_year for contract in judged if contract.group is None]
    if not budgets:
        return ""
    return (
        f"Alarms by chance: at most {max(budgets):.2g} a year of one contract, {sum(budgets) / 12:.2g} a month of all "
        f"{len(budgets)} that are judged."
    )
