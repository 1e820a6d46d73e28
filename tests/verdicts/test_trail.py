"""What is kept of the evidence to be looked at: bounded, by the hour, the highest of each."""

from hypothesis import given
from hypothesis import strategies as st

from verifier.verdicts.trail import HOUR, Mark, marked


def test_an_hour_keeps_its_highest_evidence_and_belongs_to_the_interval_that_ends_with_it() -> None:
    trail = marked((), HOUR - 600.0, 4.0)
    trail = marked(trail, HOUR, 3.0)
    assert trail == ((0, 4.0),)
    assert marked(trail, HOUR + 1.0, 3.0) == ((0, 4.0), (HOUR, 3.0))


def test_while_a_problem_is_open_there_is_none_and_an_hour_keeps_what_opened_it() -> None:
    trail = marked(marked((), 600.0, 19.5694), 1200.0, None)
    assert trail == ((0, 19.569),)
    assert marked(trail, HOUR + 600.0, None)[-1] == (HOUR, None)
    assert marked(((0, None),), 1200.0, 5.0) == ((0, 5.0),)


@given(st.lists(st.tuples(st.floats(1.0, 20_000.0), st.none() | st.floats(-745.0, 700.0)), max_size=300))
def test_it_never_grows_beyond_two_days(steps: list[tuple[float, float | None]]) -> None:
    trail: tuple[Mark, ...] = ()
    end = 1.8e9
    for seconds, evidence in steps:
        end += seconds
        trail = marked(trail, end, evidence)
    assert len(trail) <= 48
    assert list(trail) == sorted(trail, key=lambda mark: mark[0])
