"""Workers that were seen before and are gone, and workers that are back."""

from verifier.outlets import words
from verifier.outlets.messages.letter import Letter, Line, Occasion, one_line


def letter(occasion: Occasion) -> Letter | None:
    """Which workers, since when, and that the delivered hashrate alone tells whether anything is missing."""
    name, at = one_line(occasion.transition.subject), occasion.moment(occasion.transition.at)
    if not occasion.goes_on:
        return Letter(
            headline=f"{name}: all workers are back",
            lines=(
                Line(label="What", text=f"Every worker of {name} that was seen before is working again since {at}."),
                Line(label="To do now", text="Nothing."),
            ),
        )
    count = int(occasion.figure("workers_gone") or 1)
    gone, named = ("a worker is", "This worker") if count == 1 else (f"{count} workers are", "These workers")
    are = "is listed no more, is offline or sends" if count == 1 else "are listed no more, are offline or send"
    which = f": {names}" if (names := occasion.text("workers")) else ""
    lines = [
        Line(
            label="What", text=f"{named} of {name} {are} nothing{which}. Last seen: {occasion.moment(occasion.since)}."
        ),
        Line(label="What it means", text=_meaning(occasion)),
        Line(
            label="To do now",
            text=(
                "If the machine is your own, look after it. If it is rented, nothing yet: a worker that was renamed or "
                "replaced looks the same from here."
            ),
        ),
        Line(label="Next message", text="When all workers are back; after a week a worker is expected no longer."),
    ]
    if renamed := occasion.text("perhaps_renamed"):
        text = (
            f"{renamed}. The new name came when the old one went, at a similar rate; no contract claims or counts it."
        )
        lines.insert(1, Line(label="Perhaps renamed", text=text))
    return Letter(
        headline=f"{name}: {gone} {occasion.still}gone since {occasion.brief(occasion.since)}", lines=tuple(lines)
    )


def _meaning(occasion: Occasion) -> str:
    text = "Whether less than promised is delivered is told by the delivered hashrate, not by this."
    view = occasion.contract
    hashrate = None if view is None else view.verdicts.get(words.HASHRATE)
    if hashrate is None:
        return text
    return f"{text} Hashrate now: {words.result(words.HASHRATE, hashrate.outcome.value)}."
