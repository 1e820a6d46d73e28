"""The document of ``verifier explain`` for people: one block per check, in the words of the pages."""

from datetime import datetime
from typing import Any, Final

from verifier.cli.chart import COLUMNS, draw
from verifier.cli.explanation import Lately
from verifier.cli.figures import Scale, evidence, figure, name
from verifier.cli.memory import moment
from verifier.cli.output import say, say_fields, say_table
from verifier.outlets import readable, words
from verifier.outlets.picture import ReadLater
from verifier.outlets.rows import read_later
from verifier.settings import Settings
from verifier.settings.written import hashrate_text, tolerance_text

_Document = dict[str, Any]
#: Figures that the fields above them say already.
_SAID: Final = frozenset({"detail", "reason"})


def tell(document: _Document, settings: Settings) -> None:
    """The whole explanation on standard output."""
    contract = {**settings.contracts, **settings.sums}[document["contract"]]

    def said(text: str | None) -> str | None:
        return None if text is None else moment(datetime.fromisoformat(text), settings)

    say(f"{contract.name} — {contract.seller}")
    promise = contract.promise_at(datetime.fromisoformat(document["at"]))
    say_fields(
        (
            ("promised", f"{hashrate_text(promise.rate)} since {moment(promise.since, settings)}"),
            ("written in", promise.cite or contract.cites.get("promised")),
            ("allowed by contract", tolerance_text(promise.tolerance)),
            ("may be rejected", None if contract.rejects is None else readable.percent(contract.rejects)),
            ("term", f"{moment(contract.starts, settings)} to {moment(contract.ends, settings) or 'not stated'}"),
            ("the sum of", ", ".join(document["sum_of"]) or None),
            ("judged together as", document["judged_as"] if document["judged_as"] != contract.name else None),
            ("part of the time needed", readable.percent(contract.coverage_needed)),
            ("false alarms accepted", f"{contract.false_alarms_per_year:g} a year"),
            ("last asked", said(document["as_of"]) or "never"),
        )
    )
    if contract.receipts:
        noted = [(str(one), words.RECEIPTS[one.category.value].text, one.cite or "") for one in contract.receipts]
        say_table(("your note on", "is", "written in"), noted)
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
    scale = Scale(algorithm=document["algorithm"], coin=document["coin"], moment=lambda at: moment(at, settings) or "")
    for check in document["checks"]:
        if check["check"] in words.ONLY_WHERE_JUDGED and (check["verdict"] or {}).get("outcome") == "not_applicable":
            continue
        say("")
        _tell_check(check, said, scale)


def draw_hours(lately: Lately, settings: Settings, *, plain: bool) -> None:
    """The last two days by the hour, where anything was seen of them."""
    found = lately.series
    if not any(slot.ratio is not None for slot in found.slots):
        return
    first, last = (moment(at, settings) or "" for at in (found.window.start, found.window.end))
    ends = (first, last) if len(first) + len(last) < COLUMNS else (first.split(" (")[0], last.split(" (")[0])
    say("")
    say(draw(found.slots, line=lately.line, ends=ends, problems=lately.problems, plain=plain))


def _tell_check(check: _Document, said: Any, scale: Scale) -> None:
    verdict, kind = check["verdict"], check["check"]
    of = f" ({check['subject']})" if check["of"] == "account" else ""
    if verdict is None:
        say(f"{readable.capitalised(words.check_name(kind))}{of}: not judged yet")
        return
    say(f"{words.headline(kind, verdict['outcome'])}{of}")
    say(f"  {verdict['because']}")
    window, interval = verdict["window"], verdict["interval"]
    owed, delivered = verdict["owed"], verdict["delivered"]
    measured = delivered is not None and owed
    reason = verdict["unseen_because"]
    say_fields(
        (
            ("looked at", f"{said(window['start'])} to {said(window['end'])}"),
            ("delivered of promised", readable.percent(delivered / owed) if measured else None),
            ("between", readable.between(*interval) if interval else None),
            ("seen", None if verdict["coverage"] is None else readable.seen(verdict["coverage"])),
            ("not seen because", words.REASONS[reason].text if reason else None),
            ("too little since", _since(verdict, said)),
            ("size", None if verdict["size"] is None else readable.percent(verdict["size"], verdict["size_error"])),
            ("smallest visible shortfall", _percent(verdict["smallest_visible"])),
            ("how sure", None if verdict["outcome"] == "unknown" else words.CERTAINTY[verdict["certainty"]].text),
            ("evidence", _alarm(check["alarm"])),
            ("problem", _problem(check["problem"])),
            ("a share", _scale(check["share_scale"])),
        )
    )
    for line in check["formula"]:
        say(f"  formula: {line}")
    values = {key: value for key, value in verdict["values"].items() if value is not None and key not in _SAID}
    if values:
        say_table(("figure", "value"), [(name(key), figure(key, value, scale)) for key, value in values.items()])
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


def _since(verdict: _Document, said: Any) -> str | None:
    since = said(verdict["since"])
    return None if since is None else readable.since(since, or_earlier=verdict["since_or_earlier"])


def _percent(fraction: float | None) -> str | None:
    return None if fraction is None else readable.percent(fraction)


def _problem(problem: _Document) -> str:
    if problem["phase"] == "pending":
        return "seen, not yet for long enough to be told"
    if problem["phase"] == "open":
        return f"no. {problem['ordinal']}, open"
    return f"no. {problem['ordinal']} is over" if problem["ordinal"] else "none so far"


def _alarm(alarm: _Document | None) -> str | None:
    if alarm is None:
        return None
    line = f"a problem opens at what chance brings {evidence(alarm['line'])}"
    return line if alarm["evidence"] is None else f"as much as chance brings {evidence(alarm['evidence'])}; {line}"


def _scale(scale: _Document | None) -> str | None:
    if scale is None:
        return None
    if scale["counted_difficulty"] is not None:
        return f"counted by the source, difficulty up to {scale['counted_difficulty']:.6g}"
    learnt, pairs = scale["learnt_over_assumed"], scale["pairs"]
    return f"{learnt:.3g} times as hard as assumed, learnt from {pairs:.0f} pairs of readings"
