"""The document of ``verifier explain`` for people: one block per check, in the words of the pages."""

from datetime import datetime
from typing import Any, Final

from verifier.cli.chart import COLUMNS, draw
from verifier.cli.explanation import Lately
from verifier.cli.memory import moment
from verifier.cli.output import say, say_fields, say_table
from verifier.outlets import words
from verifier.outlets.picture import ReadLater
from verifier.outlets.rows import read_later
from verifier.settings import Settings
from verifier.settings.written import hashrate_text, tolerance_text
from verifier.verdicts.wording import once_in

_Document = dict[str, Any]
#: Figures that the fields above them say already.
_SAID: Final = frozenset({"detail", "reason"})
_NAMED: Final = {
    "tolerance": "allowed by contract",
    "dispersion": "ups and downs: a count varies by so many times chance",
    "dispersion_bound": "ups and downs: the most that is learnt",
    "found_with_dispersion": "ups and downs: allowed for when it was found",
    "running_coverage": "running period: seen",
    "term_coverage": "whole term: seen",
}


def tell(document: _Document, settings: Settings) -> None:
    """The whole explanation on standard output."""
    name = document["contract"]
    contract = {**settings.contracts, **settings.sums}[name]

    def said(text: str | None) -> str | None:
        return None if text is None else moment(datetime.fromisoformat(text), settings)

    say(f"{name} — {contract.seller}")
    promise = contract.promise_at(datetime.fromisoformat(document["at"]))
    say_fields(
        (
            ("promised", f"{hashrate_text(promise.rate)} since {moment(promise.since, settings)}"),
            ("written in", promise.cite or contract.cites.get("promised")),
            ("allowed by contract", tolerance_text(promise.tolerance)),
            ("may be rejected", None if contract.rejects is None else words.percent(contract.rejects)),
            ("term", f"{moment(contract.starts, settings)} to {moment(contract.ends, settings) or 'not stated'}"),
            ("the sum of", ", ".join(document["sum_of"]) or None),
            ("judged together as", document["judged_as"] if document["judged_as"] != name else None),
            ("part of the time needed", words.percent(contract.coverage_needed)),
            ("false alarms accepted", f"{contract.false_alarms_per_year:g} a year"),
            ("last asked", said(document["as_of"]) or "never"),
        )
    )
    if document["sources"]:
        say_table(
            ("read from", "account", "how far from the seller", "how exact", "decides", "last answer"),
            [
                (
                    source["title"],
                    source["account"],
                    words.INDEPENDENCE[source["independence"]].text,
                    words.EXACTNESS[source["exactness"]].text,
                    "yes" if source["decisive"] else "no",
                    said(source["last_answered_at"]) or "never",
                )
                for source in document["sources"]
            ],
        )
    for one in document["read_later"]:
        moments = {end: datetime.fromisoformat(one[end]) for end in ("first", "last")}
        say(f"{one['account']}: {read_later(ReadLater(answers=one['answers'], adapter=one['adapter'], **moments))}")
    for check in document["checks"]:
        if check["check"] in words.ONLY_WHERE_JUDGED and (check["verdict"] or {}).get("outcome") == "not_applicable":
            continue
        say("")
        _tell_check(check, said)


def draw_hours(lately: Lately, settings: Settings, *, plain: bool) -> None:
    """The last two days by the hour, where anything was seen of them."""
    found = lately.series
    if not any(slot.ratio is not None for slot in found.slots):
        return
    first, last = (moment(at, settings) or "" for at in (found.window.start, found.window.end))
    ends = (first, last) if len(first) + len(last) < COLUMNS else (first.split(" (")[0], last.split(" (")[0])
    say("")
    say(draw(found.slots, line=lately.line, ends=ends, problems=lately.problems, plain=plain))


def _tell_check(check: _Document, said: Any) -> None:
    verdict, name = check["verdict"], check["check"]
    of = f" ({check['subject']})" if check["of"] == "account" else ""
    if verdict is None:
        say(f"{words.capitalised(words.check_name(name))}{of}: not judged yet")
        return
    say(f"{words.headline(name, verdict['outcome'])}{of}")
    say(f"  {verdict['because']}")
    window, interval = verdict["window"], verdict["interval"]
    owed, delivered = verdict["owed"], verdict["delivered"]
    measured = delivered is not None and owed
    reason = verdict["unseen_because"]
    say_fields(
        (
            ("looked at", f"{said(window['start'])} to {said(window['end'])}"),
            ("delivered of promised", words.percent(delivered / owed) if measured else None),
            ("between", words.between(*interval) if interval else None),
            ("seen", None if verdict["coverage"] is None else words.seen(verdict["coverage"])),
            ("not seen because", words.REASONS[reason].text if reason else None),
            ("too little since", said(verdict["since"])),
            ("size", None if verdict["size"] is None else words.percent(verdict["size"], verdict["size_error"])),
            ("smallest visible shortfall", _percent(verdict["smallest_visible"])),
            ("how sure", words.CERTAINTY[verdict["certainty"]].text),
            ("evidence", _alarm(check["alarm"])),
            ("problem", _problem(check["problem"])),
            ("a share", _scale(check["share_scale"])),
        )
    )
    for line in check["formula"]:
        say(f"  formula: {line}")
    figures = [
        (_NAMED.get(key, key.replace("_", " ")), value) for key, value in verdict["values"].items() if key not in _SAID
    ]
    if any(value is not None for _, value in figures):
        say_table(("figure", "value"), [(key, _figure(value)) for key, value in figures if value is not None])
    if check["facts"]:
        say_table(
            ("rests on answers of", "question", "count", "from", "to", "first id", "last id"),
            [
                (
                    one["account"], one["question"], one["count"], said(one["from"]), said(one["to"]),
                    one["first_id"], one["last_id"],
                )
                for one in check["facts"]
            ],
        )  # fmt: skip


def _percent(fraction: float | None) -> str | None:
    return None if fraction is None else words.percent(fraction)


def _problem(problem: _Document) -> str:
    if problem["phase"] == "pending":
        return "seen, not yet for long enough to be told"
    if problem["phase"] == "open":
        return f"no. {problem['ordinal']}, open"
    return f"no. {problem['ordinal']} is over" if problem["ordinal"] else "none so far"


def _alarm(alarm: _Document | None) -> str | None:
    if alarm is None:
        return None
    line = f"opens a problem at {alarm['line']:.3g} s, by chance {once_in(alarm['years_to_a_false_alarm'])}"
    return line if alarm["evidence"] is None else f"{alarm['evidence']:.3g} s; {line}"


def _scale(scale: _Document | None) -> str | None:
    if scale is None:
        return None
    if scale["counted_difficulty"] is not None:
        return f"counted by the source, difficulty up to {scale['counted_difficulty']:.6g}"
    learnt, pairs = scale["learnt_over_assumed"], scale["pairs"]
    return f"{learnt:.3g} times as hard as assumed, learnt from {pairs:.0f} pairs of readings"


def _figure(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
