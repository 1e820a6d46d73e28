"""A problem is pending, opens, is resolved on evidence, and is told once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from verifier.incidents.advance import HOLD, advance
from verifier.incidents.standing import Change, Incident, Phase, Transition
from verifier.units import Window
from verifier.verdicts.verdict import Check, Judged, News, Outcome, Verdict

START = datetime(2026, 11, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
REPEAT = timedelta(days=7)


def never(_case: object, _state: object, _news: News, now: datetime) -> Judged[None]:
    return Judged(state=None, verdicts=(said(Outcome.UNKNOWN, now),))


def check(pending: timedelta = timedelta(0)) -> Check:
    return Check(name="hashrate", of="contract", rests_on="evidence", State=dict, judge=never, pending=pending)


def said(outcome: Outcome, at: datetime, since: datetime | None = None) -> Verdict:
    window = Window(start=START, end=max(at, START))
    return Verdict(
        subject="north", check="hashrate", at=at, window=window, outcome=outcome, because=outcome, since=since
    )


def run(
    incident: Incident, *verdicts: Verdict, now: datetime | None = None, pending: timedelta = timedelta(0)
) -> tuple[Incident, list[Transition]]:
    moment = now or verdicts[-1].at
    advanced = advance(incident, check(pending), verdicts, subject="north", now=moment, repeat=REPEAT)
    return advanced.incident, list(advanced.transitions)


def test_a_check_of_periods_that_are_over_is_not_resolved_by_one_too_close_to_call() -> None:
    lost = replace(check(), over_on=frozenset({Outcome.MET}))
    verdicts = [
        said(Outcome.SHORT, START),
        said(Outcome.UNDECIDED, START + MINUTE),
        said(Outcome.SHORT, START + REPEAT),
    ]
    told = advance(Incident(), lost, verdicts, subject="north", now=START + REPEAT, repeat=2 * REPEAT)
    assert [one.change for one in told.transitions] == [Change.OPENED]
    over = advance(
        told.incident, lost, [said(Outcome.MET, START + REPEAT)], subject="n", now=START + REPEAT, repeat=REPEAT
    )
    assert [one.change for one in over.transitions] == [Change.RESOLVED]


def test_a_statistical_alarm_opens_at_once_and_keeps_its_since() -> None:
    since = START - timedelta(hours=3)
    incident, told = run(Incident(), said(Outcome.SHORT, START, since))
    assert incident.phase is Phase.OPEN
    assert [(t.change, t.at, t.tell) for t in told] == [(Change.OPENED, START, True)]
    assert incident.since == since


def test_a_short_trouble_within_the_pending_time_is_never_told() -> None:
    incident, told = run(Incident(), said(Outcome.SHORT, START), pending=10 * MINUTE)
    assert (incident.phase, told) == (Phase.PENDING, [])
    incident, told = run(incident, said(Outcome.MET, START + 9 * MINUTE), pending=10 * MINUTE)
    assert (incident.phase, told) == (Phase.CLEAR, [])


def test_a_change_by_time_alone_bears_the_instant_at_which_it_became_true() -> None:
    incident, _ = run(Incident(), said(Outcome.SHORT, START), pending=10 * MINUTE)
    late = START + 25 * MINUTE
    incident, told = run(incident, said(Outcome.SHORT, late), now=late, pending=10 * MINUTE)
    assert [(t.change, t.at, t.decided_at) for t in told] == [(Change.OPENED, START + 10 * MINUTE, late)]


def test_unknown_neither_opens_nor_resolves() -> None:
    incident, told = run(Incident(), said(Outcome.UNKNOWN, START))
    assert (incident.phase, told) == (Phase.CLEAR, [])
    incident, _ = run(incident, said(Outcome.SHORT, START))
    incident, told = run(incident, said(Outcome.UNKNOWN, START + MINUTE))
    assert (incident.phase, told) == (Phase.OPEN, [])


def test_a_pending_problem_does_not_open_while_nobody_can_see() -> None:
    incident, _ = run(Incident(), said(Outcome.SHORT, START), pending=10 * MINUTE)
    late = START + 30 * MINUTE
    incident, told = run(incident, said(Outcome.UNKNOWN, START + 5 * MINUTE), now=late, pending=10 * MINUTE)
    assert (incident.phase, told) == (Phase.PENDING, [])
    incident, told = run(incident, said(Outcome.SHORT, late), now=late, pending=10 * MINUTE)
    assert [(t.change, t.at) for t in told] == [(Change.OPENED, START + 10 * MINUTE)]


def test_a_resolution_is_told_when_its_opening_was() -> None:
    incident, _ = run(Incident(), said(Outcome.SHORT, START))
    incident, told = run(incident, said(Outcome.MET, START + MINUTE))
    assert [(t.change, t.tell) for t in told] == [(Change.RESOLVED, True)]
    assert incident.phase is Phase.CLEAR


def test_an_episode_of_the_past_is_remembered_and_not_told() -> None:
    incident, told = run(
        Incident(), said(Outcome.SHORT, START), said(Outcome.MET, START + MINUTE), now=START + timedelta(days=3)
    )
    assert [(t.change, t.tell) for t in told] == [(Change.OPENED, False), (Change.RESOLVED, False)]
    assert incident.phase is Phase.CLEAR


def test_of_an_old_and_a_present_problem_only_the_present_one_is_told() -> None:
    history = [
        said(Outcome.SHORT, START),
        said(Outcome.MET, START + MINUTE),
        said(Outcome.SHORT, START + 2 * MINUTE),
    ]
    _, told = run(Incident(), *history)
    assert [(t.ordinal, t.change, t.tell) for t in told] == [
        (1, Change.OPENED, False),
        (1, Change.RESOLVED, False),
        (2, Change.OPENED, True),
    ]


def test_an_on_and_off_problem_must_stay_good_for_an_hour() -> None:
    incident, moment, changes = Incident(), START, []
    for _ in range(6):
        incident, opened = run(incident, said(Outcome.SHORT, moment))
        incident, closed = run(incident, said(Outcome.MET, moment + MINUTE))
        changes += [t.change for t in (*opened, *closed)]
        moment += 5 * MINUTE
    assert changes.count(Change.OPENED) == 3
    assert incident.phase is Phase.OPEN
    incident, told = run(incident, said(Outcome.MET, moment + HOLD), now=moment + HOLD)
    assert [t.change for t in told] == [Change.RESOLVED]


def test_an_open_problem_is_repeated_once_per_interval_and_missed_ones_are_not_made_up() -> None:
    incident, _ = run(Incident(), said(Outcome.SHORT, START))
    later = START + 3 * REPEAT + MINUTE
    incident, told = run(incident, said(Outcome.SHORT, later), now=later)
    assert [(t.change, t.at) for t in told] == [(Change.REMINDED, START + 3 * REPEAT)]
    assert incident.reminded_at == START + 3 * REPEAT


outcomes = st.lists(st.sampled_from(list(Outcome)), min_size=1, max_size=40)


@given(outcomes, st.integers(0, 5))
def test_openings_and_resolutions_alternate_and_every_told_end_had_a_told_start(
    outcomes: list[Outcome], pending: int
) -> None:
    incident, told = Incident(), []
    for index, outcome in enumerate(outcomes):
        incident, transitions = run(incident, said(outcome, START + index * MINUTE), pending=timedelta(minutes=pending))
        told += [t for t in transitions if t.change is not Change.REMINDED]
    changes = [t.change for t in told]
    assert changes == [Change.OPENED, Change.RESOLVED] * (len(changes) // 2) + [Change.OPENED] * (len(changes) % 2)
    assert len({t.id for t in told}) == len(told)


@given(outcomes)
def test_one_turn_over_many_verdicts_ends_where_many_turns_end(outcomes: list[Outcome]) -> None:
    verdicts = [said(outcome, START + index * MINUTE) for index, outcome in enumerate(outcomes)]
    at_once, _ = run(Incident(), *verdicts)
    one_by_one = Incident()
    for verdict in verdicts:
        one_by_one, _ = run(one_by_one, verdict)
    assert at_once == one_by_one
