"""A period that is over in time: told once, kept when later answers would make something else of it."""

from dataclasses import replace
from datetime import datetime, timedelta

from tests.daemon.judged import SLOT, START, contract, slot
from verifier.contract import Contract, Tolerance
from verifier.fact import Fact
from verifier.incidents.review import Past, World, review
from verifier.incidents.standing import Change, Standing, Transition
from verifier.verdicts.periods import DAY
from verifier.verdicts.verdict import Outcome

WORLD = World(rhythms={"pool": SLOT})
SLOTS = DAY // SLOT


def by_the_day() -> Contract:
    what = contract()
    tolerance = Tolerance(fraction=0.05, span=DAY)
    return replace(what, ends=None, promises=tuple(replace(one, tolerance=tolerance) for one in what.promises))


def day(number: int, part: float) -> tuple[Fact, ...]:
    first = number * SLOTS
    return tuple(replace(slot(at, part), id=at + 1) for at in range(first, first + SLOTS))


def midnight(number: int) -> datetime:
    return START + number * DAY


def told(*changes: Transition) -> list[tuple[str, Change, datetime]]:
    return [(one.check, one.change, one.at) for one in changes if one.tell and one.check == "settlement"]


def test_a_lost_day_is_told_once_after_its_end_and_a_good_one_ends_it() -> None:
    what, standing, changes = by_the_day(), Standing(subject="north"), list[Transition]()
    for number, part in enumerate((1.0, 0.5, 0.5, 1.0)):
        result = review(what, standing, day(number, part), midnight(number + 1), WORLD)
        standing, changes = result.standing, [*changes, *result.transitions]
    assert told(*changes) == [
        ("settlement", Change.OPENED, midnight(2)),
        ("settlement", Change.RESOLVED, midnight(4)),
    ]


def test_a_late_answer_revises_a_closed_day_in_sight_of_all_and_tells_nobody() -> None:
    what = by_the_day()
    missing = 60
    facts = tuple(one for one in day(0, 1.0) if not missing <= one.id - 1 < missing + 20)
    gone = review(what, Standing(subject="north"), (*facts, *day(1, 1.0)), midnight(2), WORLD)
    first = gone.standing.checks["settlement"].closed[0]
    assert first.outcome is Outcome.UNKNOWN
    late = tuple(replace(slot(at, 0.0), id=10_000 + at) for at in range(missing, missing + 20))
    asked = review(what, gone.standing, late, midnight(2) + SLOT, WORLD)
    assert asked.rewind_to is not None
    past = Past(standing=Standing(subject="north"), facts=(*facts, *day(1, 1.0), *late))
    anew = review(what, gone.standing, late, midnight(2) + SLOT, WORLD, past)
    kept = anew.standing.checks["settlement"].closed[0]
    assert (kept.outcome, kept.revised) == (Outcome.UNKNOWN, Outcome.SHORT)
    assert replace(kept, revised=None, revised_delivered=None) == first
    assert told(*anew.transitions) == []
    assert anew.standing.verdicts["settlement"].window.start == midnight(1)
    assert anew.standing.verdicts["settlement"].at - midnight(2) == timedelta(minutes=10)
