from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import numpy as np
from pydantic import TypeAdapter

from tests.verdicts.cases import RATE, START, after, contract, fact
from verifier.contract import Contract, Watch
from verifier.fact import Fact
from verifier.observation import SharesSeen
from verifier.verdicts.checks.shares_rejected import CHECK, State, judge
from verifier.verdicts.verdict import News, Outcome, Verdict

STATE = TypeAdapter(State)
AGREED = contract(rejects=0.02)
HOUR = timedelta(hours=1)
#: A pool that aims at one share per 6 s.
HOURLY = 600
SHARE = RATE * 6.0


def seen(number: int, rejected: float, sent: float = HOURLY, length: timedelta = HOUR, **told: object) -> SharesSeen:
    start = START + number * HOUR
    fields = {"accepted": (sent - rejected) * SHARE, "rejected": rejected * SHARE, "stale": None, **told}
    return SharesSeen(start=start, end=start + length, **fields)  # type: ignore[arg-type]


def hours(level: Callable[[int], float], days: int, seed: int = 1) -> list[Fact]:
    chance = np.random.default_rng(seed)
    return [fact(k + 1, seen(k, chance.binomial(HOURLY, level(k // 24)))) for k in range(24 * days)]


def run(deal: Contract, facts: list[Fact], batch: int = 24) -> list[Verdict]:
    state, verdicts = None, list[Verdict]()
    for k in range(0, len(facts), batch):
        turn = judge(
            deal, state, News(facts=tuple(facts[k : k + batch])), facts[min(k + batch, len(facts)) - 1].learned_at
        )
        state = STATE.validate_json(STATE.dump_json(turn.state))
        verdicts += turn.verdicts
    return verdicts


def changes(verdicts: list[Verdict]) -> list[Outcome]:
    return [one.outcome for k, one in enumerate(verdicts) if not k or verdicts[k - 1].outcome is not one.outcome]


def test_more_than_the_contract_lets_be_rejected_is_found_and_over_when_it_is_over() -> None:
    verdicts = run(AGREED, hours(lambda day: 0.05 if 10 <= day < 14 else 0.005, 24))
    assert changes(verdicts) == [Outcome.UNDECIDED, Outcome.MET, Outcome.SHORT, Outcome.MET]
    found = next(one for one in verdicts if one.outcome is Outcome.SHORT)
    assert found.since == after(days=10)
    assert found.at < after(days=13)
    assert "the contract lets 2.0 % be rejected" in found.because
    assert found.false_alarm_years == 20.0


def test_without_a_clause_twice_the_usual_part_is_found() -> None:
    verdicts = run(contract(), hours(lambda day: 0.03 if day >= 20 else 0.005, 26))
    found = next(one for one in verdicts if one.outcome is Outcome.SHORT)
    assert found.since == after(days=20)
    assert "usual here were 0.5 %" in found.because
    assert found.values["agreed_part"] is None


def test_a_few_rejected_shares_where_none_were_usual_are_no_problem() -> None:
    """Twice next to nothing is next to nothing: every pool calls some share stale."""
    verdicts = run(contract(), hours(lambda day: 0.003 if day >= 10 else 0.0, 20))
    assert Outcome.SHORT not in changes(verdicts)
    assert "usual less than 0.1 %" in next(one for one in verdicts if one.at == after(days=9)).because


def test_a_stranger_is_not_judged_by_what_is_usual_in_its_first_week() -> None:
    assert changes(run(contract(), hours(lambda day: 0.001 * (1 + day), 6))) == [Outcome.UNDECIDED]


def test_honest_accounts_at_the_limit_and_with_a_hiccup_every_few_days_are_left_alone() -> None:
    chance = np.random.default_rng(5)
    for seed in range(6):
        at_the_limit = run(AGREED, hours(lambda _: 0.02, 60, seed))
        hiccups = hours(lambda _: 0.005, 60, seed)
        for k in chance.integers(0, len(hiccups), 20):
            hiccups[k] = fact(int(k) + 1, seen(int(k), 50))
        assert Outcome.SHORT not in changes(at_the_limit)
        assert Outcome.SHORT not in changes(run(contract(), hiccups))


def test_spans_that_overlap_or_say_the_same_more_coarsely_count_once() -> None:
    fine = [fact(k + 1, seen(k, 60)) for k in range(24)]
    coarse = [fact(100 + k, seen(k, 1e4, 1e4, timedelta(hours=6))) for k in range(24)]
    again = [fact(200 + k, seen(k, 60)) for k in range(24)]
    state = judge(AGREED, None, News(facts=(*fine, *coarse, *again)), after(days=1)).state
    assert state.day is not None
    assert round(state.day.sent) == 24 * HOURLY
    assert round(state.day.rejected) == 24 * 60


def test_a_counter_that_started_anew_or_a_span_without_shares_is_no_excess() -> None:
    empty = [fact(k + 1, seen(k, 0.0, 0.0)) for k in range(48)]
    verdicts = run(AGREED, empty)
    assert changes(verdicts) == [Outcome.UNDECIDED]


def test_only_the_workers_of_the_contract_count() -> None:
    deal = replace(AGREED, watch=(Watch(account="pool", workers="north*"),))
    both = fact(1, seen(0, 600, worker="south"), seen(0, 6, worker="north1"), seen(0, 6, worker="north2"), seen(0, 612))
    day = judge(deal, None, News(facts=(both,)), after(hours=1)).state.day
    assert day is not None
    assert round(day.rejected) == 12


def test_a_source_that_tells_nothing_of_rejects_is_no_clutter_but_a_clause_nobody_can_judge_is_said() -> None:
    silent = fact(1, replace(seen(0, 0), rejected=None))
    nothing = judge(contract(), None, News(facts=(silent,)), after(hours=1))
    assert nothing.verdicts[-1].outcome is Outcome.NOT_APPLICABLE
    assert judge(contract(), nothing.state, News(facts=(silent,)), after(hours=2)).verdicts == ()
    assert judge(AGREED, None, News(), after(hours=1)).verdicts[-1].outcome is Outcome.UNKNOWN
    assert (
        judge(replace(AGREED, ends=after(hours=1)), None, News(), after(hours=2))
        .verdicts[-1]
        .because.startswith("The contract ended")
    )


def test_the_more_independent_source_takes_over() -> None:
    deal = replace(AGREED, watch=(Watch(account="other"), Watch(account="pool")))
    first = judge(deal, None, News(facts=(fact(1, seen(0, 6)),)), after(hours=1)).state
    second = judge(deal, first, News(facts=(fact(2, seen(0, 3), account="other"),)), after(hours=1)).state
    third = judge(deal, second, News(facts=(fact(3, seen(1, 6)),)), after(hours=2)).state
    assert (first.source, second.source, third.source) == ("pool", "other", "other")
    assert judge(deal, None, News(facts=(fact(1, seen(0, 6), account="x"),)), after(hours=1)).state.source == ""
    assert CHECK.budget == 0.1
