"""After a late fact: what was told and stands no more is corrected, and no problem ever bears the id of another one."""

from collections.abc import Sequence
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.incidents.test_advance import MINUTE, REPEAT, START, check, run, said
from verifier.incidents.reconcile import reconcile
from verifier.incidents.standing import Change, Incident, Phase, Transition, problem_id
from verifier.verdicts.verdict import Outcome


def refolded(
    before: Incident, *outcomes: Outcome, start: timedelta = timedelta(0)
) -> tuple[Incident, list[Transition]]:
    """What a refold over these outcomes, a minute apart, makes of an incident."""
    verdicts = [said(outcome, START + start + index * MINUTE) for index, outcome in enumerate(outcomes)]
    after, found = run(Incident(void=before.void), *verdicts)
    incident, changes = reconcile(before, after, found, check(), verdicts[-1], now=verdicts[-1].at, concerns=("north",))
    return incident, list(changes)


def told(transitions: Sequence[Transition]) -> list[tuple[int, Change]]:
    return [(one.ordinal, one.change) for one in transitions if one.tell]


def test_a_refold_that_does_not_repeat_a_told_problem_closes_it_as_corrected() -> None:
    before, _ = run(Incident(), said(Outcome.SHORT, START))
    after, changes = refolded(before, Outcome.MET)
    assert told(changes) == [(1, Change.CORRECTED)]
    assert changes[0].problem == problem_id("north", "hashrate", 1)
    assert changes[0].concerns == ("north",)
    assert after.phase is Phase.CLEAR


def test_a_refold_that_repeats_a_told_problem_tells_nothing() -> None:
    before, _ = run(Incident(), said(Outcome.SHORT, START))
    after, changes = refolded(before, Outcome.SHORT)
    assert told(changes) == []
    assert (after.told, after.ordinal) == (True, 1)


def test_a_refold_that_finds_the_end_of_a_told_problem_tells_the_end() -> None:
    before, _ = run(Incident(), said(Outcome.SHORT, START))
    after, changes = refolded(before, Outcome.SHORT, Outcome.MET)
    assert [(one.change, one.tell) for one in changes] == [(Change.OPENED, False), (Change.RESOLVED, True)]
    assert not after.told


def test_a_refold_that_finds_a_present_problem_tells_it() -> None:
    after, changes = refolded(Incident(), Outcome.SHORT)
    assert told(changes) == [(1, Change.OPENED)]
    assert after.told


def test_a_problem_found_in_the_past_alone_is_not_told() -> None:
    after, changes = refolded(Incident(), Outcome.SHORT, Outcome.MET)
    assert told(changes) == []
    assert after.ordinal == 1


def test_the_number_of_a_corrected_problem_is_never_used_again() -> None:
    before, _ = run(Incident(), said(Outcome.SHORT, START))
    corrected, _ = refolded(before, Outcome.MET)
    _, changes = run(corrected, said(Outcome.SHORT, START + REPEAT))
    assert told(changes) == [(2, Change.OPENED)]
    again, changes = refolded(corrected, Outcome.MET, Outcome.SHORT)
    assert told(changes) == [(2, Change.OPENED)]
    assert again.void == (1,)


def test_a_problem_that_never_ended_after_all_is_told_under_a_new_number() -> None:
    over, _ = run(Incident(), said(Outcome.SHORT, START), said(Outcome.MET, START + MINUTE))
    after, changes = refolded(over, Outcome.SHORT, Outcome.SHORT)
    assert told(changes) == [(2, Change.OPENED)]
    assert changes[0].id == f"{problem_id('north', 'hashrate', 2)}-opened"
    assert (after.ordinal, after.void) == (2, (1,))


def test_the_open_problem_stays_the_same_when_an_earlier_one_vanishes() -> None:
    history = [Outcome.SHORT, Outcome.MET, Outcome.SHORT]
    before, _ = run(Incident(), *(said(outcome, START + n * MINUTE) for n, outcome in enumerate(history)))
    after, changes = refolded(before, Outcome.MET, Outcome.MET, Outcome.SHORT)
    assert told(changes) == []
    assert (after.ordinal, after.void, after.told) == (2, (1,), True)


def test_an_earlier_end_and_a_later_problem_are_both_told() -> None:
    before, _ = run(Incident(), said(Outcome.SHORT, START))
    after, changes = refolded(before, Outcome.SHORT, Outcome.MET, Outcome.SHORT)
    assert told(changes) == [(1, Change.RESOLVED), (2, Change.OPENED)]
    assert after.ordinal == 2


pasts = st.lists(st.sampled_from([Outcome.MET, Outcome.SHORT, Outcome.UNKNOWN]), min_size=1, max_size=8)


@given(st.lists(pasts, min_size=1, max_size=5))
def test_whatever_is_refolded_what_people_were_told_adds_up(histories: list[list[Outcome]]) -> None:
    """The ledger keeps what was said first under an id; what is told of it must still tell the present."""
    incident, seen, open_problems = Incident(), set[str](), set[str]()
    for history in histories:
        incident, changes = refolded(incident, *history)
        for one in (one for one in changes if one.tell):
            assert one.id not in seen
            seen.add(one.id)
            if one.change is Change.OPENED:
                open_problems.add(one.problem)
            else:
                open_problems.remove(one.problem)
        present = {problem_id("north", "hashrate", incident.ordinal)} if incident.phase is Phase.OPEN else set()
        assert open_problems == present
        seen |= {one.id for one in changes}
