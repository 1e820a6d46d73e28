"""Messages: transitions in words for people and as data for machines; pure, the same input gives the same bytes."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from verifier.incidents.standing import Change, Transition
from verifier.outlets import readable, words
from verifier.outlets.messages import hashrate, payouts, periods, source, workers
from verifier.outlets.messages.letter import Letter, Line, Occasion, listed, one_line, sentence
from verifier.outlets.messages.payload import dump, dump_test
from verifier.outlets.picture import Picture

#: A check's own words; a check without a row is told in its own sentence.
LETTERS: Final[Mapping[str, Callable[[Occasion], Letter | None]]] = MappingProxyType(
    {
        "hashrate": hashrate.letter,
        "settlement": periods.settlement,
        "uptime": periods.uptime,
        "payout_exceeds_seen_work": payouts.letter,
        "source_silent": source.letter,
        "worker_gone": workers.letter,
    }
)

#: So many changes of one message are told in full, the others by their headline.
IN_FULL: Final = 10

_SEVERITIES: Final = ("critical", "warning", "info")
_CHANGES: Final = (Change.OPENED, Change.REMINDED, Change.CORRECTED, Change.RESOLVED)

_MAILS: Final = Environment(
    loader=PackageLoader("verifier.outlets"),
    autoescape=select_autoescape(["html"], default=False),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def write(transitions: Sequence[Transition], picture: Picture, now: datetime) -> dict[str, Any]:
    """One message about one or many changes, the worst first.

    Gives ``subject``, ``text``, ``html``, ``payload`` (docs/webhook.md) and the ids of the ``problems``. Raises
    ValueError when there is nothing to tell.
    """
    if not transitions:
        raise ValueError("a message tells at least one change")
    occasions = [Occasion(transition=one, picture=picture, now=now) for one in transitions]
    told = sorted(((one, letter(one)) for one in occasions), key=_worst_first)
    headline = told[0][1].headline
    more = len(told) - 1
    subject = f"{headline} (and {more} more)" if more else headline
    sections = [_section(one, said) for one, said in told[:IN_FULL]]
    values = {"subject": subject, "count": len(told), "sections": sections}
    values["rest"] = [said.headline for _, said in told[IN_FULL:]]
    text = _MAILS.get_template("mail.txt").render(values).strip() + "\n"
    return {
        "subject": subject,
        "text": text,
        "html": _MAILS.get_template("mail.html").render(values),
        "payload": dump(told, now, subject=subject, text=text),
        "problems": list(dict.fromkeys(one.transition.problem for one, _ in told)),
    }


def write_test(channel: str, now: datetime, *, zone: str, external_url: str | None) -> dict[str, Any]:
    """A message that says that messages arrive."""
    subject = f"Test: messages for {one_line(channel)} arrive"
    lines = (
        Line(label="What", text=f"You asked for this test on {readable.moment(now, zone)}. Nothing is wrong."),
        Line(label="To do now", text="Nothing: this channel works."),
    )
    section = {"headline": subject, "lines": lines, "problem": None, "url": external_url, "tone": "good"}
    values = {"subject": subject, "count": 1, "sections": [section], "rest": []}
    text = _MAILS.get_template("mail.txt").render(values).strip() + "\n"
    return {
        "subject": subject,
        "text": text,
        "html": _MAILS.get_template("mail.html").render(values),
        "payload": dump_test(now, subject=subject, text=text),
        "problems": [],
    }


def letter(occasion: Occasion) -> Letter:
    """One change in words."""
    if occasion.transition.change is Change.CORRECTED:
        return _corrected(occasion)
    written = LETTERS.get(occasion.transition.check, _plain)(occasion)
    return _plain(occasion) if written is None else written


def _worst_first(told: tuple[Occasion, Letter]) -> tuple[bool, int, int, float, str]:
    one, said = told[0].transition, told[1]
    over = one.change in {Change.CORRECTED, Change.RESOLVED}
    return over, _SEVERITIES.index(one.severity), _CHANGES.index(one.change), -said.missing_hashes, one.id


def _section(occasion: Occasion, said: Letter) -> dict[str, Any]:
    transition = occasion.transition
    urgent = "bad" if transition.severity == "critical" else "warn"
    return {
        "headline": said.headline,
        "lines": said.lines,
        "problem": f"Problem {transition.ordinal} of {one_line(transition.subject)}, {transition.problem}",
        "url": occasion.url,
        "tone": urgent if occasion.goes_on else "good",
    }


def _corrected(occasion: Occasion) -> Letter:
    transition = occasion.transition
    name, trouble = one_line(transition.subject), words.headline(transition.check, "short")
    return Letter(
        headline=f"{name}: told in error: “{trouble}”",
        lines=(
            Line(
                label="What",
                text=(
                    f"An earlier message said about {name}: “{trouble}”. "
                    "Answers that came later show that there was no such problem. Please disregard that message."
                ),
            ),
            Line(label="How it is now", text=sentence(one_line(occasion.verdict.because))),
            Line(label="To do now", text="If you have told anybody because of it, tell them of this message too."),
        ),
    )


def _plain(occasion: Occasion) -> Letter:
    """A change of which only the check's own sentence is known."""
    transition = occasion.transition
    name, change = one_line(transition.subject), words.CHANGES[transition.change.value].text
    lines = [
        Line(label="What", text=f"{readable.capitalised(change)} on {occasion.moment(transition.at)}."),
        Line(label="Why", text=sentence(one_line(occasion.verdict.because))),
    ]
    if others := tuple(one for one in transition.concerns if one != transition.subject):
        lines.append(Line(label="Contracts", text=f"This concerns {listed(others)}."))
    said = words.RESULTS.get(transition.check, {}).get(occasion.verdict.outcome.value)
    headline = f"{words.check_name(transition.check)}: {change}" if said is None else f"{occasion.still}{said.text}"
    return Letter(headline=f"{name}: {headline}", lines=tuple(lines))
