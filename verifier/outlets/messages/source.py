"""A source that cannot be read or reached: no sign of missing hashrate, and what can be done about it."""

from types import MappingProxyType
from typing import Final

from verifier.observation import SilenceReason
from verifier.outlets import rows, words
from verifier.outlets.messages.letter import Letter, Line, Occasion, listed, one_line, sentence

_WAIT: Final = "Nothing: it goes on being asked. If it lasts, look at the pool's own page."
_TO_DO: Final = MappingProxyType(
    {
        SilenceReason.UNREACHABLE: f"{_WAIT} If the page answers you, look at the network of this machine.",
        SilenceReason.REFUSED: (
            "Check the key or the address of this account in the configuration. It is asked again after an hour, then "
            "after six, then daily, and at once when a changed account is read from the file."
        ),
        SilenceReason.MISREAD: (
            "Nothing is lost: the answers are kept and can be read later by a newer version of this program. "
            "Look whether there is one. It is asked ever more slowly, at last once an hour."
        ),
        SilenceReason.STALE: _WAIT,
        SilenceReason.NEVER_SEEN: (
            "Check the address for a typing mistake, and ask your seller where the work is sent. "
            "Right after the start of a contract this can be normal."
        ),
        SilenceReason.IMPLAUSIBLE: (
            "Such answers are kept and not used. If your order really changed, write the amendment into the "
            "configuration; if a time lies in the future, look at the clock of this machine; else, if it lasts, tell "
            "the pool."
        ),
        SilenceReason.PAUSED: "Nothing: it is not asked for now.",
    }
)
#: Where the user's own file says how answers are read, no newer version will.
_TO_CORRECT: Final = (
    "Nothing is lost: the answers are kept. Correct `asks:` of the account and reload; what was kept is read again. "
    "It is asked ever more slowly, at last once an hour."
)


def letter(occasion: Occasion) -> Letter | None:
    """One account whose questions bring nothing, or bring something again."""
    name, title = _names(occasion)
    if not occasion.goes_on:
        return _answers(occasion, name, title)
    reason = _reason(occasion)
    trouble = words.REASONS[reason.value].text
    lines = [
        Line(
            label="What",
            text=f"{title}, account {name}: {occasion.still}{trouble} since {occasion.since_moment}.",
        ),
        Line(label="What it means", text=_meaning(occasion)),
    ]
    if detail := occasion.text("detail"):
        lines.append(Line(label="What was said", text=sentence(detail)))
    lines += [
        Line(label="To do now", text=_to_do(occasion, reason)),
        Line(
            label="Next message",
            text="When it answers again; and a reminder while it does not, if you have not switched reminders off.",
        ),
    ]
    return Letter(headline=f"{name}: {occasion.still}{trouble} since {occasion.since_brief}", lines=tuple(lines))


def _names(occasion: Occasion) -> tuple[str, str]:
    view = occasion.account
    name = one_line(occasion.transition.subject)
    return name, one_line(rows.title(view)) if view is not None else "The source"


def _to_do(occasion: Occasion, reason: SilenceReason) -> str:
    own = occasion.account is not None and rows.read_by_the_file(occasion.account)
    return _TO_CORRECT if own and reason is SilenceReason.MISREAD else _TO_DO[reason]


def _reason(occasion: Occasion) -> SilenceReason:
    written = occasion.verdict.unseen_because
    return written if isinstance(written, SilenceReason) else SilenceReason.UNREACHABLE


def _meaning(occasion: Occasion) -> str:
    contracts = occasion.transition.concerns
    text = "This is no sign of missing hashrate."
    if not contracts:
        return f"{text} No contract rests on this source."
    text += f" Until it answers, {listed(contracts)} cannot be judged from it."
    if others := _others(occasion):
        text += f" Read from another source meanwhile: {listed(others)}."
    return text


def _others(occasion: Occasion) -> tuple[str, ...]:
    """Contracts that another source speaks for as well."""
    account, views = occasion.transition.subject, occasion.picture.contracts
    return tuple(
        name
        for name in occasion.transition.concerns
        if name in views and any(one.account != account and one.per_second is not None for one in views[name].sources)
    )


def _answers(occasion: Occasion, name: str, title: str) -> Letter:
    at = occasion.moment(occasion.transition.at)
    gap = "The time in between counts as not seen, never as nothing delivered"
    return Letter(
        headline=f"{name}: {title} answers again",
        lines=(
            Line(label="What", text=f"{title}, account {name}, answers again since {at}."),
            Line(label="What it means", text=f"{gap}; where the pool keeps a history, it is fetched later."),
            Line(label="To do now", text="Nothing."),
        ),
    )
