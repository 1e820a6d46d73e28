from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import numpy as np
from pydantic import TypeAdapter

from tests.verdicts.cases import RATE, after, contract, fact
from verifier.contract import Independence, Watch
from verifier.fact import Fact
from verifier.observation import RateSeen
from verifier.units import HASHES_PER_DIFFICULTY
from verifier.verdicts.checks.repeats_the_promise import State, judge
from verifier.verdicts.verdict import News, Outcome, Verdict

STATE = TypeAdapter(State)
PAGE = Watch(account="page", independence=Independence.SELLER_PAGE)
DEAL = contract(watch=(Watch(account="pool"), PAGE))


def page(hour: float, rate: float, hours: float = 24, quantisation: float = 0.0005) -> Fact:
    one = RateSeen(at=after(hours=hour), per_second=rate, window=timedelta(hours=hours), quantisation=quantisation)
    return fact(int(hour * 100), one, account="page")


def run(facts: Iterable[Fact], watch: Watch = PAGE) -> list[Verdict]:
    state, verdicts = None, list[Verdict]()
    for one in facts:
        turn = judge(replace(DEAL, watch=(watch,)), state, News(facts=(one,)), one.learned_at)
        state = STATE.validate_json(STATE.dump_json(turn.state))
        verdicts += turn.verdicts
    return verdicts


def test_a_page_that_never_moves_from_the_promise_is_no_source_for_delivery() -> None:
    verdicts = run(page(hour, RATE) for hour in range(24, 24 * 40))
    found = next(one for one in verdicts if one.outcome is Outcome.SHORT)
    assert after(days=3) < found.at < after(days=21)
    assert found.since == after(days=0)
    assert "The page repeats the promise: no source for delivery." in verdicts[-1].because
    assert "a measured one, shown to 0.1 % or finer, moves" in found.because, "a coarser page may hide that it does"
    assert (found.values["sources"], found.false_alarm_years) == ("page", 50.0)


def test_a_measured_rate_is_never_said_to_repeat_the_promise() -> None:
    chance = np.random.default_rng(1)
    for _ in range(20):
        shares = chance.poisson(14_400, 365) / 14_400
        shown = [float(f"{share:.3g}") for share in shares]
        assert run(page(24 * (k + 1), RATE * level) for k, level in enumerate(shown))[-1].outcome is Outcome.MET


def test_where_rounding_hides_the_chance_it_stays_undecided() -> None:
    verdicts = run(page(24.0 * k, RATE, quantisation=0.02) for k in range(1, 200))
    assert {one.outcome for one in verdicts} == {Outcome.UNDECIDED}


def test_a_page_of_which_nobody_knows_how_it_rounds_is_never_said_to_repeat_the_promise() -> None:
    verdicts = run(page(24.0 * k, RATE, quantisation=0.0) for k in range(1, 200))
    assert {one.outcome for one in verdicts} == {Outcome.UNDECIDED}
    assert "does not tell how it rounds" in verdicts[-1].because


def test_one_figure_elsewhere_ends_it() -> None:
    verdicts = run([*(page(24.0 * k, RATE) for k in range(1, 30)), page(24.0 * 31, RATE * 0.97)])
    assert [verdicts[-3].outcome, verdicts[-1].outcome] == [Outcome.SHORT, Outcome.MET]


def test_the_same_window_seen_often_is_one_look() -> None:
    verdicts = run(page(24 + k / 60, RATE) for k in range(60))
    assert verdicts[-1].values["averages"] == 1.0


def test_a_stated_difficulty_says_how_much_a_measured_rate_would_move() -> None:
    stated = replace(PAGE, share_difficulty=RATE * 60 / HASHES_PER_DIFFICULTY)
    verdicts = run((page(24.0 * k, RATE) for k in range(1, 30)), stated)
    assert next(one for one in verdicts if one.outcome is Outcome.SHORT).at <= after(days=8)


def test_other_sources_and_time_outside_the_term_are_not_judged() -> None:
    pool = replace(page(24, RATE), subject="pool")
    turn = judge(DEAL, None, News(facts=(pool, page(12, RATE))), after(days=1))
    assert turn.verdicts[-1].outcome is Outcome.NOT_APPLICABLE
    assert turn.verdicts[-1].because == "No average of a seller's page was read."
    assert judge(DEAL, turn.state, News(facts=(pool,)), after(days=2)).verdicts == ()
    ended = replace(DEAL, ends=after(days=3))
    assert judge(ended, None, News(), after(days=4)).verdicts[-1].outcome is Outcome.NOT_APPLICABLE
