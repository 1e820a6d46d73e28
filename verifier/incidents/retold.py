"""What a corrected file tells anew of time of which its account told before: what was said of it was our mistake."""

from collections.abc import Sequence

from verifier.fact import Fact
from verifier.observation import RateSeen, WorkSeen
from verifier.units import Window


def told_anew(source: str, new: Sequence[Fact], known: Sequence[Fact]) -> tuple[Window, ...]:
    """The time of which the first answer by a corrected file tells, as far as one by another file told of it.

    ``source`` is the account whose work decides, ``known`` all its facts that are looked at, the ``new`` among them.
    Of the first answer only: what changes after it, the other end has changed.
    """
    found = []
    for fact in new:
        if fact.subject != source or fact.read_later or "+" not in fact.adapter or (told := _work(fact)) is None:
            continue
        asked = [one for one in known if (one.subject, one.question) == (source, fact.question) and one.id < fact.id]
        heard = [one for one in asked if not one.read_later]
        last = next((one for one in reversed(heard) if _work(one) is not None), None)
        if last is None or last.adapter == fact.adapter:
            continue
        for one in heard:
            other = one.adapter != fact.adapter and _version(one.adapter) == _version(fact.adapter)
            if other and (work := _work(one)) is not None:
                start, end = max(told.start, work.start), min(told.end, work.end)
                found += [Window(start=start, end=end)] if start < end else []
    return tuple(found)


def _work(fact: Fact) -> Window | None:
    """The time of whose work a fact tells."""
    slots = [(one.start or one.end, one.end) for one in fact.observations if isinstance(one, WorkSeen)]
    averages = [(one.at - one.window, one.at) for one in fact.observations if isinstance(one, RateSeen)]
    spans = [*slots, *averages]
    if not spans:
        return None
    return Window(start=min(start for start, _ in spans), end=max(end for _, end in spans))


def _version(adapter: str) -> str:
    return adapter.partition("+")[0]
