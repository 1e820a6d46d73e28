"""The billing periods and the uptime of a contract in the words of its page."""

from dataclasses import dataclass
from typing import Final

from verifier.contract import UptimeMethod
from verifier.outlets import readable, words
from verifier.outlets.picture import ContractView
from verifier.verdicts.settling import Period
from verifier.verdicts.spans import below_promise
from verifier.verdicts.verdict import Outcome
from verifier.verdicts.wording import span_named

SETTLEMENT: Final = "settlement"
UPTIME: Final = "uptime"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One period of the table; ``missing`` is work, and ``notes`` are what has to be known beside it."""

    name: str
    outcome: str
    result: str
    delivered: str | None = None
    likely: str | None = None
    seen: str
    missing: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One meaning of uptime; ``judges`` is the one that the contract names."""

    what: str
    up: str
    judges: bool


def periods(view: ContractView) -> list[Row]:
    """The whole term, the period that runs, and those that are over, the newest first."""
    found = (
        [] if view.term is None else [_row(view, view.term, "the whole term" + ("" if view.term.over else " so far"))]
    )
    if view.running is not None:
        found.append(_row(view, view.running, f"{span_named(view.running.window)} so far"))
    return found + [_row(view, one, span_named(one.window)) for one in reversed(view.periods)]


def _row(view: ContractView, one: Period, name: str) -> Row:
    algorithm = view.contract.promised.algorithm
    lacking = one.outcome is Outcome.SHORT or (one.interval is not None and below_promise(one.interval))
    outcome = one.outcome
    result = words.result(SETTLEMENT, outcome.value)
    if not one.over and outcome in {Outcome.SHORT, Outcome.MET}:
        result = "too little so far" if outcome is Outcome.SHORT else "enough so far"
    return Row(
        name=readable.capitalised(name),
        outcome=outcome.value,
        result=result,
        delivered=None if one.ratio is None else readable.percent(one.ratio),
        likely=None if one.interval is None else readable.between(*one.interval),
        seen=readable.seen(one.coverage),
        missing=readable.work(one.missing, algorithm) if lacking and one.missing > 0 else None,
        notes=tuple(_notes(one)),
    )


def _notes(one: Period) -> list[str]:
    notes = []
    if one.below_promise:
        notes.append("less than promised, within what the contract allows")
    if one.coverage < 1.0 and one.unseen_because is not None:
        notes.append(f"not all seen: {words.REASONS[one.unseen_because].text}")
        if one.bounds is not None:
            notes.append(f"{readable.between(*one.bounds)} whether nothing or everything came in that time")
    if one.outcome is Outcome.UNDECIDED and one.smallest_visible is not None:
        notes.append(f"could have shown {readable.percent(one.smallest_visible)} or more")
    if one.revised is not None:
        later = (
            ""
            if one.revised_delivered is None or not one.owed
            else f", {readable.percent(one.revised_delivered / one.owed)}"
        )
        notes.append(
            f"answers that came later say: {words.result(SETTLEMENT, one.revised.value)}{later}; the result stays"
        )
    return notes


def uptime(view: ContractView) -> list[Line]:
    """All meanings over the span that is looked at; none before a day is over."""
    verdict = view.verdicts.get(UPTIME)
    if verdict is None or "reachable_known" not in verdict.values:
        return []
    return [
        Line(
            what=words.METHODS[method.value].text,
            up=_up(verdict.values.get(f"{method.value}_up"), verdict.values.get(f"{method.value}_known")),
            judges=verdict.values.get("method") == method.value,
        )
        for method in UptimeMethod
    ]


def _up(up: float | str | None, known: float | str | None) -> str:
    if not isinstance(up, float | int) or not isinstance(known, float | int):
        return "not known"
    return f"{readable.percent(up)}, of the {readable.seen(known)} of the time that is known"
