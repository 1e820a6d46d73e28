"""A past period judged from columns says what the daemon says of the same answers."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.verdicts.cases import RATE, SHARE, START, after, contract, fact, slot
from verifier.contract import Contract, Exclusion, Promise, Tolerance, Watch
from verifier.expectations.rate import owed
from verifier.expectations.rates import owed_each
from verifier.incidents.review import World, review
from verifier.incidents.standing import Change, Standing
from verifier.observation import WorkSeen
from verifier.units import HASHES_PER_DIFFICULTY, Hashrate, Window
from verifier.verdicts.audit import Audit, Audited, Rows
from verifier.verdicts.share_scale import ShareScale, learn, predicted_difficulty, predicted_each
from verifier.verdicts.verdict import Interval, Outcome

SLOT = 600.0
NEVER_TOLD = np.nan
Level = Callable[[int], float]


def counted(level: Level, count: int, seed: int = 1) -> list[int]:
    """Shares of slots of ten minutes."""
    chance = np.random.default_rng(seed)
    return [int(chance.poisson(level(number) * RATE * SLOT / SHARE)) for number in range(count)]


def rows(shares: list[int], *, told: bool = True, left_out: range = range(0), rounding: float = 0.0) -> Rows:
    kept = [number for number in range(len(shares)) if number not in left_out]
    start = START.timestamp() + SLOT * np.array(kept, dtype=float)
    found = np.array([shares[number] for number in kept], dtype=float)
    return Rows(
        start=start,
        end=start + SLOT,
        hashes=found * SHARE,
        shares=found if told else np.full(len(kept), NEVER_TOLD),
        rounding=np.full(len(kept), rounding),
    )


def audited(case: Contract, *parts: Rows, every: float | None = None) -> Audited:
    audit = Audit(case, every)
    for part in parts:
        audit.see(part)
    return audit.result()


def reviewed(case: Contract, seen: list[WorkSeen]) -> tuple[list[tuple[Any, ...]], Standing]:
    """Openings of the daemon's hashrate check, slot by slot, and what stands at the end."""
    standing, openings = Standing(subject=case.name), []
    for number, one in enumerate(seen, start=1):
        told = fact(number, one)
        turn = review(case, standing, [told], one.end, World(rhythms={"pool": timedelta(seconds=SLOT)}))
        assert turn.rewind_to is None
        standing = turn.standing
        openings += [
            (change.at, change.change, change.verdict.since, change.verdict.size)
            for change in turn.transitions
            if change.check == "hashrate"
        ]
    return openings, standing


@pytest.mark.parametrize("told", [True, False])
def test_the_daemon_and_the_audit_find_the_same_alarms_at_the_same_moments(told: bool) -> None:
    """Two outages and a slow skim: what a share is is learnt between them, and not while they last."""
    level: Level = lambda number: 0.5 if 150 <= number < 175 else 0.0 if 300 <= number < 320 else 1.0  # noqa: E731
    shares = counted(lambda number: level(number) if number < 420 else 0.7, 540)
    case = contract()
    seen = [slot(number, found * SHARE, shares=float(found) if told else None) for number, found in enumerate(shares)]
    openings, standing = reviewed(case, seen)
    said = audited(case, rows(shares, told=told)[0:310], rows(shares, told=told)[310:540])
    opened = [one for one in openings if one[1] is Change.OPENED]
    assert [(one.at, one.since) for one in said.alarms] == [(at, since) for at, _, since, _ in opened]
    assert [one.size for one in said.alarms] == pytest.approx([size for *_, size in opened], rel=1e-9)
    assert [one.resolved_at for one in said.alarms[:-1]] == [at for at, what, *_ in openings if what is Change.RESOLVED]
    assert len(said.alarms) == 3
    assert said.alarms[-1].resolved_at is None
    whole = standing.checks["settlement"].all
    assert said.period is not None
    assert said.period.ratio == pytest.approx(whole.hashes / whole.promised, rel=1e-9)


def test_a_gap_lowers_coverage_and_is_no_shortfall() -> None:
    shares = counted(lambda _: 1.0, 1008)
    said = audited(contract(), rows(shares, left_out=range(300, 310)))
    assert said.period is not None
    assert said.period.coverage == pytest.approx(998 / 1008)
    assert said.outcome is Outcome.MET
    assert said.alarms == ()
    assert "seen 99.0 % of it, because no row speaks of the rest" in said.because
    half = audited(contract(), rows(shares, left_out=range(300, 800)))
    assert half.outcome is Outcome.UNKNOWN


def test_a_period_below_what_the_contract_allows_is_short_with_its_interval() -> None:
    said = audited(contract(), rows(counted(lambda _: 0.9, 4320)))
    assert said.period is not None
    assert said.period.interval is not None
    assert said.period.interval[0] < 0.9 < said.period.interval[1] < 0.95
    assert said.outcome is Outcome.SHORT
    assert said.because.startswith("Delivered 89.8 % ± 0.4 % of the promise")


def test_amendments_and_the_term_decide_what_is_owed() -> None:
    later = Promise(since=after(days=3), rate=Hashrate(per_second=RATE / 2), tolerance=Tolerance(fraction=0.02))
    case = contract()
    case = replace(case, promises=(*case.promises, later), ends=after(days=6))
    shares = counted(lambda number: 1.0 if number < 432 else 0.5, 1008)
    said = audited(case, rows(shares))
    assert said.period is not None
    assert said.period.window.end == after(days=6)
    assert said.period.owed == pytest.approx(RATE * 86_400 * (3 + 1.5))
    assert said.alarms == ()


def test_a_rate_that_no_machine_could_do_is_not_seen() -> None:
    shares = counted(lambda _: 1.0, 1008)
    shares[500] = 60 * 40 * 100
    said = audited(contract(), rows(shares))
    assert said.period is not None
    assert said.period.ratio == pytest.approx(1.0, abs=0.01)
    assert said.period.coverage == pytest.approx(1007 / 1008)
    assert "some figures cannot be right" in said.because


def test_nothing_in_the_term_is_no_result() -> None:
    said = audited(replace(contract(), starts=after(days=400)), rows(counted(lambda _: 1.0, 10)))
    assert said.outcome is Outcome.UNKNOWN
    assert "no row that can be read speaks of the term" in said.because
    assert audited(contract()).outcome is Outcome.UNKNOWN


def test_a_stated_share_difficulty_is_used_from_the_first_interval() -> None:
    case = contract(watch=(Watch(account="", share_difficulty=SHARE / HASHES_PER_DIFFICULTY),))
    said = audited(case, rows([0] * 12, told=False))
    assert said.alarms[0].at <= after(minutes=30)


def test_rounded_figures_leave_a_wider_interval() -> None:
    shares = counted(lambda _: 1.0, 4320)
    exact, rounded = (audited(contract(), rows(shares, rounding=one)) for one in (0.0, 0.005 * RATE * SLOT))
    assert exact.period is not None
    assert rounded.period is not None
    assert exact.period.interval is not None
    assert rounded.period.interval is not None
    assert rounded.period.interval[1] - rounded.period.interval[0] > 0.01
    assert exact.period.interval[1] - exact.period.interval[0] < 0.03


def test_points_for_a_chart_change_nothing() -> None:
    shares = counted(lambda number: 1.0 if number < 500 else 0.7, 1008)
    without, drawn = audited(contract(), rows(shares)), audited(contract(), rows(shares), every=3600.0)
    assert [one.at for one in drawn.alarms] == [one.at for one in without.alarms]
    assert without.points == ()
    assert len(drawn.points) >= 168
    assert sum(one.hashes for one in drawn.points) == pytest.approx(sum(shares) * SHARE)
    before = [one.evidence for one in drawn.points if one.end <= drawn.alarms[0].since.timestamp()]
    assert max(one for one in before if one is not None) < drawn.line


def test_work_around_time_left_out_is_audited_as_the_daemon_judges_it() -> None:
    quiet = Exclusion(window=Window(start=after(hours=12, minutes=5), end=after(hours=18, minutes=5)), why="quiet")
    case = replace(contract(), exclusions=(quiet,))
    shares = counted(lambda number: 0.0 if 73 <= number < 108 else 1.0, 2 * 144)
    seen = [slot(number, count * SHARE, shares=float(count)) for number, count in enumerate(shares)]
    openings, standing = reviewed(case, seen)
    found = audited(case, rows(shares)).period
    assert openings == []
    assert found is not None
    counted_live = standing.checks["settlement"].all
    assert found.delivered == pytest.approx(counted_live.hashes)
    assert found.promised == pytest.approx(RATE * 42 * 3600)


@given(
    st.lists(st.floats(min_value=0, max_value=30 * 86_400), min_size=1, max_size=8),
    st.lists(st.floats(min_value=1, max_value=3 * 86_400), min_size=8, max_size=8),
)
def test_many_windows_owe_what_each_owes(starts: list[float], lengths: list[float]) -> None:
    case = contract()
    later = Promise(since=after(days=9), rate=Hashrate(per_second=RATE / 3), tolerance=None)
    quiet = Exclusion(window=Window(start=after(days=12), end=after(days=13)), why="maintenance")
    case = replace(case, promises=(*case.promises, later), exclusions=(quiet,))
    start = START.timestamp() + np.round(np.array(starts), 3)
    end = start + np.round(np.array(lengths[: len(starts)]), 3)
    found = owed_each(case, start, end)
    for place, length in enumerate(lengths[: len(starts)]):
        begun = after(seconds=round(starts[place], 3))
        one = owed(case, Window(start=begun, end=begun + timedelta(seconds=round(length, 3))))
        assert found.promised[place] == pytest.approx(one.promised, rel=1e-6)
        assert found.boundary[place] == pytest.approx(one.boundary, rel=1e-6)
        assert found.least[place] == pytest.approx(one.least, rel=1e-6)
        assert found.seconds[place] == pytest.approx(one.seconds, rel=1e-6, abs=1e-3)


@given(
    st.lists(
        st.tuples(st.sampled_from([300.0, 600.0, 7200.0]), st.integers(0, 200), st.booleans()), min_size=1, max_size=60
    ),
    st.integers(1, 59),
)
def test_shares_learnt_of_many_intervals_are_those_learnt_one_by_one(
    seen: list[tuple[float, int, bool]], cut: int
) -> None:
    ends = np.cumsum([seconds for seconds, *_ in seen]) + START.timestamp()
    seconds = np.array([one[0] for one in seen])
    hashes = np.array([one[1] * SHARE for one in seen])
    shares = np.array([float(one[1]) if one[2] else NEVER_TOLD for one in seen])
    boundary, assumed = RATE * seconds * 0.95, np.full(len(seen), 1.1e5)
    one_by_one, scale = [], ShareScale()
    for place in range(len(seen)):
        one_by_one.append(predicted_difficulty(scale, assumed[place]))
        end = START + timedelta(seconds=float(seconds[: place + 1].sum()))
        interval = Interval(
            start=end - timedelta(seconds=float(seconds[place])),
            end=end,
            hashes=float(hashes[place]),
            shares=float(shares[place]) if seen[place][2] else None,
        )
        scale = learn(scale, interval, float(boundary[place]), float(assumed[place]))
    found, known = [], ShareScale()
    for part in (slice(0, cut), slice(cut, len(seen))):
        if len(ends[part]):
            columns = (ends[part], seconds[part], hashes[part], shares[part], boundary[part], assumed[part])
            some, known = predicted_each(known, *columns)
            found += some.tolist()
    assert found == pytest.approx(one_by_one, rel=1e-9)


def test_what_is_said_of_no_alarm_holds_for_the_time_that_rows_speak_of() -> None:
    half = audited(contract(), rows(counted(lambda _: 1.0, 1008), left_out=range(300, 800)))
    assert half.because.endswith(
        "At no time of which a row speaks was the rate too little by more than chance explains."
    )


def test_only_all_of_the_time_reads_as_all_of_it() -> None:
    nearly = audited(contract(), rows(counted(lambda _: 1.0, 4000), left_out=range(300, 301)))
    assert "seen 99.9 % of it" in nearly.because


def test_who_begins_and_stops_with_the_contract_is_not_short_in_the_rows_around_that() -> None:
    case = replace(contract(), starts=after(minutes=5), ends=after(minutes=10_075))
    mean = np.full(1008, 100.0 * RATE * SLOT / SHARE)
    mean[[0, -1]] /= 2.0
    shares = np.random.default_rng(1).poisson(mean).tolist()
    said = audited(case, replace(found := rows(shares), hashes=found.hashes / 100.0))
    assert said.alarms == ()
    assert said.outcome is Outcome.MET
