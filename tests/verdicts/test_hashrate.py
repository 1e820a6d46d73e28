from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from time import process_time

import pytest
from pydantic import TypeAdapter

from tests.verdicts.cases import RATE, SLOT, START, after, contract, counter, fact, slots
from verifier.contract import Basis, Contract, Exclusion, Promise, Tolerance, Watch
from verifier.observation import Exactness, SilenceReason, WorkSeen
from verifier.units import HASHES_PER_DIFFICULTY, Hashrate, Window
from verifier.verdicts.checks.hashrate import CHECK, State, judge
from verifier.verdicts.evidence import Evidence, fold
from verifier.verdicts.verdict import Certainty, Interval, Judged, News, Outcome, Verdict

STATE = TypeAdapter(State)
DAY = 144


def intervals(seen: Iterable[WorkSeen]) -> tuple[Interval, ...]:
    return tuple(Interval(start=one.start or START, end=one.end, hashes=one.hashes) for one in seen)


def judged(deal: Contract, seen: Iterable[WorkSeen], state: State | None = None) -> Judged[State]:
    work = intervals(seen)
    return judge(deal, state, News(intervals=work), work[-1].end if work else deal.starts)


def unseen(start: datetime, end: datetime, reason: str = "unreachable") -> News:
    return News(unseen=((Window(start=start, end=end), reason),))


def openings(verdicts: Iterable[Verdict]) -> list[Verdict]:
    found, before = [], Outcome.UNKNOWN
    for verdict in verdicts:
        if verdict.outcome is Outcome.SHORT and before is not Outcome.SHORT:
            found.append(verdict)
        before = verdict.outcome
    return found


def test_an_honest_seller_is_met_with_its_figures() -> None:
    now = judged(contract(), slots(1.0, 2 * DAY, seed=1)).verdicts[-1]
    assert now.outcome is Outcome.MET
    assert now.interval is not None
    assert now.interval[0] < 1.0 < now.interval[1]
    assert now.coverage == 1.0
    assert now.owed == pytest.approx(RATE * 86_400, rel=0.05)
    assert now.delivered == pytest.approx(now.owed, rel=0.03)
    assert now.window.end == after(days=2)
    assert now.smallest_visible == pytest.approx(0.025, abs=0.01)
    assert now.values["promised_per_second"] == RATE


@pytest.mark.parametrize("seed", range(4))
def test_a_month_at_the_boundary_raises_no_alarm(seed: int) -> None:
    assert not openings(judged(contract(), slots(0.95, 30 * DAY, seed=seed)).verdicts)


@pytest.mark.parametrize("harder", [20.0, 50.0])
def test_the_first_hours_at_a_strange_pool_raise_no_false_alarm(harder: float) -> None:
    share = harder * 0.95 * RATE * 6.0
    found = [openings(judged(contract(), slots(0.96, 30, seed=seed, share=share)).verdicts) for seed in range(20)]
    assert sum(map(bool, found)) <= 1


@pytest.mark.parametrize("seed", range(3))
def test_eight_percent_less_is_found_with_since_and_size(seed: int) -> None:
    change = 10 * DAY
    verdicts = judged(contract(), slots(lambda n: 1.0 if n < change else 0.92, 20 * DAY, seed=seed)).verdicts
    found = openings(verdicts)
    assert len(found) == 1
    first, now = found[0], verdicts[-1]
    assert START + change * SLOT < first.at < START + change * SLOT + timedelta(days=5)
    assert now.since is not None
    assert abs(now.since - (START + change * SLOT)) < timedelta(days=1)
    assert now.size == pytest.approx(0.08, abs=now.size_error or 0.0)
    assert now.certainty is Certainty.LIKELY
    assert now.false_alarm_years == 10.0
    assert "less than once in 10 years" in now.because
    assert f"since {now.since.day} Nov" in now.because


def test_a_dead_seller_is_found_at_the_first_slot_and_closed_after_the_return() -> None:
    dark = range(10 * DAY, 10 * DAY + 30)
    verdicts = judged(contract(), slots(lambda n: 0.0 if n in dark else 1.0, 11 * DAY, seed=5)).verdicts
    found = openings(verdicts)
    assert [one.at for one in found] == [START + (dark.start + 1) * SLOT]
    assert found[0].since == START + dark.start * SLOT
    closed = next(one for one in verdicts if one.at > found[0].at and one.outcome is not Outcome.SHORT)
    assert closed.at <= START + (dark.stop + 3) * SLOT
    assert closed.window.start >= START + (dark.stop - 1) * SLOT
    assert verdicts[-1].outcome is Outcome.MET


def test_a_seller_dead_from_the_beginning_is_found_as_soon_as_the_pools_shares_are_known() -> None:
    stated = contract(watch=(Watch(account="pool", share_difficulty=0.95 * RATE * 6 / HASHES_PER_DIFFICULTY),))
    assert judged(stated, slots(0.0, 1, seed=1)).verdicts[0].outcome is Outcome.SHORT
    strange = openings(judged(contract(), slots(0.0, DAY, seed=1)).verdicts)
    assert strange[0].at <= after(hours=2, minutes=30)


def test_a_steady_seller_under_the_line_opens_once() -> None:
    assert len(openings(judged(contract(), slots(0.9, 30 * DAY, seed=6)).verdicts)) == 1


def test_a_pool_with_harder_shares_than_assumed_raises_no_false_alarm() -> None:
    hard = 0.95 * RATE * 6.0 * 20
    assert not openings(judged(contract(), slots(0.97, 20 * DAY, seed=7, share=hard)).verdicts)


def test_a_stated_share_difficulty_is_believed() -> None:
    stated = contract(watch=(Watch(account="pool", share_difficulty=1000.0),))
    now = judged(stated, slots(1.0, DAY, seed=8)).verdicts[-1]
    assert now.values["hashes_per_share"] == pytest.approx(1000.0 * HASHES_PER_DIFFICULTY)


def test_delivered_below_the_promise_inside_the_tolerance_is_met_and_said() -> None:
    now = judged(contract(tolerance=0.1), slots(0.95, 3 * DAY, seed=9)).verdicts[-1]
    assert now.outcome is Outcome.MET
    assert now.below_promise
    assert "within the 10.0 % that the contract allows" in now.because


def test_the_verdict_says_how_much_honest_wander_is_learnt_and_how_much_may_be() -> None:
    first, later = (judged(contract(), slots(1.0, days * DAY, seed=9)).verdicts[-1].values for days in (1, 20))
    shares_per_second = float(later["shares_at_boundary"] or 0.0) / float(later["seen_seconds"] or 1.0)
    assert later["dispersion_bound"] == pytest.approx(1.0 + 0.03**2 * 6 * 3600 * shares_per_second)
    assert (
        1.0
        < float(later["dispersion"] or 0.0)
        < float(first["dispersion"] or 0.0)
        <= float(first["dispersion_bound"] or 0.0)
    )
    none = judged(contract(wander=0.0), slots(0.5, DAY, seed=9)).verdicts[-1].values
    assert (none["dispersion"], none["dispersion_bound"], none["found_with_dispersion"]) == (1.0, 1.0, 1.0)


def test_too_few_shares_are_too_close_to_call_with_the_smallest_shortfall() -> None:
    now = judged(contract(), slots(1.0, 2, seed=10)).verdicts[-1]
    assert now.outcome is Outcome.UNDECIDED
    assert now.because.startswith("Too close to call")
    assert now.smallest_visible is not None
    assert now.smallest_visible > 0.1


def test_a_tolerance_not_stated_is_zero_plus_measuring_error() -> None:
    assert judged(contract(tolerance=None), slots(1.0, 3 * DAY, seed=11)).verdicts[-1].outcome is Outcome.UNDECIDED
    assert judged(contract(tolerance=None), slots(1.1, 3 * DAY, seed=11)).verdicts[-1].outcome is Outcome.MET


def test_nothing_seen_is_unknown_and_never_short() -> None:
    nothing = judge(contract(), None, News(), after(hours=1))
    assert nothing.verdicts[-1].outcome is Outcome.UNKNOWN
    assert nothing.verdicts[-1].unseen_because == "not_asked_yet"
    missed = judge(contract(), nothing.state, unseen(START, after(hours=2), "refused"), after(hours=2)).verdicts[-1]
    assert missed.unseen_because is SilenceReason.REFUSED
    assert "did not accept the key" in missed.because


def test_an_outage_of_the_source_is_unknown_with_its_fault_and_heals_by_itself() -> None:
    deal, seen = contract(), list(slots(1.0, 3 * DAY, seed=12))
    before = judged(deal, seen[: 2 * DAY])
    out = judge(deal, before.state, unseen(after(days=2), after(days=2, hours=3)), after(days=2, hours=3))
    assert out.verdicts[-1].outcome is Outcome.UNKNOWN
    assert out.verdicts[-1].coverage == pytest.approx(21 / 24, abs=0.01)
    assert "the source did not answer" in out.verdicts[-1].because
    assert "no sign of a shortfall" in out.verdicts[-1].because
    off = judge(deal, before.state, unseen(after(days=2), after(days=2, hours=4), "daemon_off"), after(days=2, hours=4))
    assert off.verdicts[-1].unseen_because == "daemon_off"
    back = judged(deal, seen[2 * DAY :], out.state)
    assert back.verdicts[-1].outcome is Outcome.MET
    assert back.verdicts[-1].coverage == 1.0


def test_a_turn_before_the_history_came_changes_nothing_of_what_the_history_says() -> None:
    work = intervals(slots(lambda n: 1.0 if n < 10 * DAY else 0.92, 20 * DAY, seed=1))
    begin, now = work[0].start, work[-1].end
    deal = contract(starts=begin - timedelta(days=30))
    waiting = judge(deal, None, unseen(deal.starts, now, "not_asked_yet"), now).state
    gap = unseen(deal.starts, begin, "not_asked_yet").unseen
    late = judge(deal, waiting, News(intervals=work, unseen=gap), now)
    once = judge(deal, None, News(intervals=work, unseen=gap), now)
    assert late.verdicts == once.verdicts
    assert late.verdicts[-1].coverage == 1.0


def test_an_open_problem_is_not_known_any_more_after_a_day_without_sight() -> None:
    deal = contract()
    short = judged(deal, slots(0.5, DAY, seed=13))
    partly = judge(deal, short.state, unseen(after(days=1), after(days=1, hours=8)), after(days=1, hours=8))
    assert partly.verdicts[-1].outcome is Outcome.SHORT
    assert "of the last day" in partly.verdicts[-1].because
    blind = judge(deal, partly.state, unseen(after(days=1), after(days=3)), after(days=3))
    assert blind.verdicts[-1].outcome is Outcome.UNKNOWN


def test_gaps_between_intervals_lower_what_was_seen() -> None:
    seen = [one for number, one in enumerate(slots(1.0, DAY, seed=14)) if number % 2]
    gaps = tuple((Window(start=START + n * SLOT, end=START + (n + 1) * SLOT), "stale") for n in range(0, DAY, 2))
    now = judge(contract(), None, News(intervals=intervals(seen), unseen=gaps), after(days=1)).verdicts[-1]
    assert now.outcome is Outcome.UNKNOWN
    assert now.coverage == pytest.approx(0.5, abs=0.01)


def test_a_gap_of_long_ago_is_no_part_of_the_last_day() -> None:
    """``seen 100 %`` of a time that begins with a week that nobody saw would be false."""
    first = judged(contract(), slots(1.0, DAY, seed=1))
    week = judge(contract(), first.state, unseen(after(days=1), after(days=8)), after(days=8))
    work = tuple(
        replace(one, start=one.start + timedelta(days=8), end=one.end + timedelta(days=8))
        for one in intervals(slots(1.0, 2 * DAY, seed=2))
    )
    now = judge(contract(), week.state, News(intervals=work), work[-1].end).verdicts[-1]
    assert (now.outcome, now.coverage) == (Outcome.MET, 1.0)
    assert now.window.start >= after(days=8)


def test_time_that_the_contract_leaves_out_is_no_gap() -> None:
    quiet = Exclusion(window=Window(start=after(hours=6), end=after(hours=18)), why="maintenance")
    deal, seen = replace(contract(), exclusions=(quiet,)), list(slots(1.0, DAY, seed=14))
    work = intervals(seen[:36] + seen[108:])
    missed = unseen(after(hours=6), after(hours=18))
    now = judge(deal, None, News(intervals=work, unseen=missed.unseen), after(days=1)).verdicts[-1]
    assert now.outcome is Outcome.MET
    assert now.coverage == 1.0


def test_a_pause_in_time_left_out_is_no_shortfall_of_the_interval_around_it() -> None:
    quiet = Exclusion(window=Window(start=after(hours=12), end=after(hours=18)), why="maintenance")
    deal, seen = replace(contract(), exclusions=(quiet,)), list(slots(1.0, DAY, seed=14))
    before, behind = intervals(seen[:69]), intervals(seen[111:])
    around = Interval(start=before[-1].end, end=behind[0].start, hashes=RATE * 3600.0)
    turn = judge(deal, None, News(intervals=(*before, around, *behind)), after(days=1))
    assert not openings(turn.verdicts)
    assert [one.hashes for one in turn.measured if one.start == around.start.timestamp()] == [RATE * 3600.0]


def test_what_averages_say_is_said_to_be_that_and_less_certain() -> None:
    shown = [replace(one, exactness=Exactness.AVERAGE) for one in intervals(slots(1.0, DAY, seed=3))]
    now = judge(contract(), None, News(intervals=tuple(shown)), after(days=1)).verdicts[-1]
    assert "From averages that the source shows" in now.because
    assert now.certainty is Certainty.POSSIBLE
    assert now.values["exactness"] == "average"


@pytest.mark.parametrize(("rounding", "found"), [(0.0, 1), (0.005, 0)])
def test_figures_of_three_digits_support_no_claim_of_half_a_percent(rounding: float, found: int) -> None:
    shown = [
        replace(one, hashes=0.945 * RATE * 600.0, shares=0.945 * 12_000.0, rounding=rounding * RATE * 600.0)
        for one in intervals(slots(1.0, 40 * DAY, seed=3))
    ]
    turn = judge(contract(), None, News(intervals=tuple(shown)), after(days=40))
    assert len(openings(turn.verdicts)) == found


def test_before_the_start_after_the_end_and_without_a_rate_nothing_is_judged() -> None:
    deal = contract(ends=after(days=1))
    early = judge(deal, None, News(), after(days=-1))
    assert early.verdicts[-1].outcome is Outcome.NOT_APPLICABLE
    assert early.next_due == START
    assert "starts on 1 Nov" in early.verdicts[-1].because
    during = judged(deal, slots(1.0, 10, seed=15))
    assert during.next_due == after(days=1)
    late = judge(deal, during.state, News(), after(days=2))
    assert late.verdicts[-1].outcome is Outcome.NOT_APPLICABLE
    assert late.next_due is None
    share = judge(replace(contract(), basis=Basis.SHARE), None, News(), after(days=1))
    assert "promises no rate" in share.verdicts[-1].because


def test_a_promise_of_nothing_is_not_judged() -> None:
    assert judged(contract(tolerance=1.0), slots(1.0, 10, seed=1)).verdicts[-1].outcome is Outcome.UNKNOWN


def test_an_amendment_moves_the_boundary_from_its_day_on() -> None:
    raised = Promise(since=after(days=2), rate=Hashrate(per_second=1.3 * RATE), tolerance=None)
    deal = contract()
    deal = replace(deal, promises=(*deal.promises, raised))
    found = openings(judged(deal, slots(1.0, 4 * DAY, seed=16)).verdicts)
    assert len(found) == 1
    assert after(days=2) < found[0].at < after(days=2, hours=8)


def test_turn_by_turn_equals_one_turn_through_json() -> None:
    deal, seen = contract(), list(slots(lambda n: 1.0 if n < DAY else 0.8, 2 * DAY, seed=17))
    whole, state, verdicts = judged(deal, seen), None, list[Verdict]()
    for one in seen:
        turn = judged(deal, [one], state)
        state = STATE.validate_json(STATE.dump_json(turn.state))
        verdicts += turn.verdicts
    assert state == whole.state
    assert [one.at for one in openings(verdicts)] == [one.at for one in openings(whole.verdicts)]
    assert verdicts[-1] == whole.verdicts[-1]


def test_a_real_worker_throttled_and_paused_is_found_within_minutes() -> None:
    # CKPool-LHR, shares of contract-a at each rewritten page from 05:33:26 on; throttled 05:39:44, paused 05:45:28
    pages = [0.67, 0.86, 1.12, 1.31, 1.53, 1.73, 1.93, 2.13, 2.33, 2.415, 2.496, 2.631, 2.703, 2.703, 2.703]
    rate = (1.93 - 0.67) * HASHES_PER_DIFFICULTY / 360.0
    once_a_day = contract(rate=rate, false_alarms_per_year=365.25 / CHECK.budget)
    state, found = None, None
    evidence = Evidence()
    for number, shares in enumerate(pages):
        seen = fact(number + 1, counter(number, shares * HASHES_PER_DIFFICULTY))
        folded = fold(once_a_day, {}, evidence, [seen], seen.learned_at)
        turn = judge(once_a_day, state, News(intervals=folded.intervals), seen.learned_at)
        state, evidence = turn.state, folded.state
        if found is None and turn.verdicts[-1].outcome is Outcome.SHORT:
            found = turn.verdicts[-1]
    assert found is not None
    assert found.at <= after(minutes=14), "05:47:26"
    assert found.since is not None
    assert after(minutes=6) <= found.since <= after(minutes=9, seconds=34), "05:39 to 05:43"


def test_ten_shares_an_hour_at_difficulty_one_are_no_alarm_and_hold_the_truth() -> None:
    # vanilla CKPool cannot go below difficulty 1: a healthy small worker has a share every few minutes
    truth = 10 * HASHES_PER_DIFFICULTY / 3600.0
    shares = [0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 3, 3, 4, 5, 5, 5, 6, 7, 7, 8, 8, 8, 9, 10, 10]
    seen = [
        Interval(
            start=after(minutes=2.4 * number),
            end=after(minutes=2.4 * (number + 1)),
            hashes=float(now - before) * HASHES_PER_DIFFICULTY,
            share_difficulty_floor=1.0,
        )
        for number, (before, now) in enumerate(pairwise(shares))
    ]
    turn = judge(contract(rate=truth), None, News(intervals=tuple(seen)), seen[-1].end)
    now = turn.verdicts[-1]
    assert not openings(turn.verdicts)
    assert now.interval is not None
    assert now.interval[0] <= 1.0 <= now.interval[1]
    assert "between" in now.because


def test_thirty_days_of_slots_are_judged_in_a_second() -> None:
    seen = intervals(slots(1.0, 30 * DAY, seed=18))
    began = process_time()
    turn = judge(contract(), None, News(intervals=seen), seen[-1].end)
    assert process_time() - began < 5.0
    assert len(STATE.dump_json(turn.state)) < 10_000


def a_day(part: float = 0.05) -> Contract:
    deal = contract()
    return replace(
        deal, promises=(replace(deal.promises[0], tolerance=Tolerance(fraction=part, span=timedelta(days=1))),)
    )


def test_too_little_says_whether_the_span_of_the_contract_is_missed_too() -> None:
    verdicts = judged(a_day(), slots(lambda n: 1.0 if n < DAY else 0.0, DAY + 8, seed=20)).verdicts
    first, now = openings(verdicts)[0], verdicts[-1]
    assert first.values["allowance"] == "running_out"
    assert "The contract allows 5 % a day to be missing: the UTC day of 2 Nov stands at" in first.because
    assert "It is missed at 2 Nov 01:" in first.because
    assert now.values["allowance"] == "missed"
    assert "missed, unless more than promised arrives" in now.because


def test_without_a_problem_an_allowance_is_only_a_figure() -> None:
    now = judged(a_day(), slots(1.0, DAY + 72, seed=21)).verdicts[-1]
    assert now.values["allowance"] == "allowed"
    assert "to be missing" not in now.because


def test_less_than_promised_by_chance_alone_is_not_below_the_promise() -> None:
    seen = list(slots(0.985, 3 * DAY, seed=22))
    now = judged(contract(), seen).verdicts[-1]
    assert now.delivered is not None
    assert now.owed is not None
    assert now.delivered < now.owed
    assert not now.below_promise
    assert "less than promised" not in now.because


def test_a_problem_that_is_over_keeps_its_length_and_what_was_missing() -> None:
    dark = range(10 * DAY, 10 * DAY + 30)
    turn = judged(contract(), slots(lambda n: 0.0 if n in dark else 1.0, 11 * DAY, seed=5))
    now = turn.verdicts[-1]
    assert now.outcome is Outcome.MET
    assert now.values["shortage_since"] == (START + dark.start * SLOT).isoformat()
    until = datetime.fromisoformat(str(now.values["shortage_until"]))
    assert abs(until - (START + dark.stop * SLOT)) <= SLOT
    assert now.values["shortage_missing_hashes"] == pytest.approx(30 * SLOT.total_seconds() * RATE, rel=0.05)
    assert now.values["shortages_30_days"] == 1.0
    later = judged(contract(), slots(1.0, 45 * DAY, seed=5), turn.state)
    assert later.verdicts[-1].at == after(days=45)
    assert "shortages_30_days" not in later.verdicts[-1].values
