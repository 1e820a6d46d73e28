from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from pydantic import TypeAdapter

from tests.verdicts.cases import RATE, SHARE, SLOT, START, after, contract, counter, fact, slots
from verifier.contract import Contract, Independence, Watch
from verifier.fact import Fact
from verifier.observation import RateSeen
from verifier.verdicts.checks.contradiction import State, judge
from verifier.verdicts.verdict import News, Outcome, Verdict

STATE = TypeAdapter(State)
GATE = Watch(account="gate", independence=Independence.OWN_GATEWAY)
BOTH = contract(watch=(Watch(account="pool"), GATE))
DAY = 144


def run(deal: Contract, facts: Iterable[Fact], batch: int = 36) -> list[Verdict]:
    state, verdicts, ordered = None, list[Verdict](), sorted(facts, key=lambda one: (one.learned_at, one.id))
    for k in range(0, len(ordered), batch):
        part = tuple(ordered[k : k + batch])
        turn = judge(deal, state, News(facts=part), part[-1].learned_at)
        state = STATE.validate_json(STATE.dump_json(turn.state))
        verdicts += turn.verdicts
    return verdicts


def pool(level: float | Callable[[int], float], days: int, seed: int = 1) -> list[Fact]:
    return [fact(k + 1, one) for k, one in enumerate(slots(level, days * DAY, seed))]


def gate(level: float, days: int, seed: int = 2, share: float = SHARE / 4) -> list[Fact]:
    """A counter of an own gateway, whose shares are easier, read every 7 minutes with a restart each third day."""
    chance, total, told = np.random.default_rng(seed), 0.0, []
    for k in range(days * 24 * 60 // 7):
        total += float(chance.poisson(level * RATE * 420 / share)) * share
        if k % 617 == 616:
            total = 0.0
        told.append(fact(100_000 + k, counter(7.0 * k, total), account="gate"))
    return told


def test_a_pool_that_counts_less_than_the_own_gateway_is_named_with_the_size_and_since_when() -> None:
    verdicts = run(BOTH, [*gate(1.0, 12), *pool(lambda k: 1.0 if k < 5 * DAY else 0.85, 12)])
    found = [one for one in verdicts if one.outcome is Outcome.SHORT]
    assert found[0].at < after(days=7)
    assert found[0].since is not None
    assert abs(found[0].since - after(days=5)) <= timedelta(hours=12)
    assert "pool shows 15." in found[-1].because or "pool shows 14." in found[-1].because
    assert "less than gate for the same time" in found[-1].because
    assert (found[-1].values["less"], found[-1].values["more"]) == ("pool", "gate")


def test_it_is_over_when_both_agree_again() -> None:
    verdicts = run(BOTH, [*gate(1.0, 16), *pool(lambda k: 0.7 if 4 * DAY <= k < 7 * DAY else 1.0, 16)])
    seen = [one.outcome for k, one in enumerate(verdicts) if not k or verdicts[k - 1].outcome is not one.outcome]
    assert seen == [Outcome.NOT_APPLICABLE, Outcome.MET, Outcome.SHORT, Outcome.MET]
    assert "agree within their errors" in verdicts[-1].because


@pytest.mark.parametrize("seed", [1, 2])
def test_two_honest_counts_never_disagree_also_while_the_rate_goes_up_and_down(seed: int) -> None:
    level = np.random.default_rng(seed).choice([0.0, 0.5, 1.0], 30 * 8)
    ours, theirs = (slots(lambda k: float(level[k // 18]), 30 * DAY, seed + some) for some in (10, 20))
    told = [fact(k + 1, one) for k, one in enumerate(ours)]
    told += [fact(100_000 + k, one, account="gate") for k, one in enumerate(theirs)]
    assert Outcome.SHORT not in [one.outcome for one in run(BOTH, told, 500)]


def test_a_difference_that_rejected_shares_explain_is_none() -> None:
    verdicts = run(BOTH, [*gate(1.0, 20), *pool(0.985, 20)])
    assert verdicts[-1].outcome is Outcome.MET


def test_a_slot_that_one_of_them_did_not_see_fully_is_not_compared() -> None:
    holes = [one for k, one in enumerate(pool(0.3, 6)) if k % 30]
    assert run(BOTH, [*gate(1.0, 6), *holes])[-1].outcome is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize("begins", [-5, -1, 0, 2, 5])
def test_an_outage_that_begins_where_slots_meet_is_no_disagreement(begins: int) -> None:
    """Read at different minutes, one source spreads the last work before it over the edge, the other does not."""
    down = range(3 * 1440 + begins, 3 * 1440 + 720)

    def read(every: int, at: int, account: str, seed: int) -> list[Fact]:
        chance, total, told = np.random.default_rng(seed), 0.0, []
        for minute in range(5 * 1440):
            total += 0.0 if minute in down else float(chance.poisson(RATE * 60 / SHARE)) * SHARE
            if minute % every == at:
                told.append(fact(minute + 10_000 * seed, counter(minute + 1.0, total), account=account))
        return told

    verdicts = run(BOTH, [*read(5, 4, "pool", 1), *read(7, 2, "gate", 2)], 100)
    assert Outcome.SHORT not in [one.outcome for one in verdicts]


def test_one_source_alone_has_nobody_to_contradict() -> None:
    turn = judge(contract(), None, News(facts=tuple(pool(1.0, 1))), after(days=1))
    assert turn.verdicts[-1].outcome is Outcome.NOT_APPLICABLE
    again = judge(contract(), turn.state, News(facts=tuple(pool(1.0, 1))), after(days=2))
    assert (again.state, again.verdicts) == (turn.state, ())


def average(hour: float, level: float, account: str, **more: object) -> Fact:
    at = after(hours=hour)
    one = RateSeen(at=at, per_second=level * RATE, window=timedelta(hours=6), **more)  # type: ignore[arg-type]
    return fact(int(hour * 100) + (7 if account == "page" else 0), one, account=account)


PAGE = contract(watch=(Watch(account="pool"), Watch(account="page", independence=Independence.SELLER_PAGE)))


def test_averages_of_the_same_window_are_compared_once_per_window() -> None:
    told = [average(h / 4, 0.7, "pool") for h in range(24, 4 * 24 * 6)]
    told += [average(h / 4, 1.0, "page") for h in range(24, 4 * 24 * 6)]
    verdicts = run(PAGE, told)
    assert verdicts[-1].outcome is Outcome.SHORT
    assert "pool shows 30.0 % less than page" in verdicts[-1].because
    assert float(verdicts[-1].values["compared"] or 0) <= 24


def test_averages_that_round_or_decay_are_not_held_against_anybody() -> None:
    def told(**more: object) -> list[Fact]:
        levels = ((0.8, "pool"), (1.0, "page"))
        return [average(6.0 * h, level, account, **more) for h in range(1, 80) for level, account in levels]

    assert run(PAGE, told(quantisation=0.3))[-1].outcome is Outcome.MET
    assert run(PAGE, told(averaging="exponential"))[-1].outcome is Outcome.NOT_APPLICABLE


def test_workers_averages_are_summed_and_others_left_out() -> None:
    deal = replace(PAGE, watch=(Watch(account="pool", workers="north*"), PAGE.watch[1]))
    told = []
    for h in range(1, 40):
        at, six = after(hours=6 * h), timedelta(hours=6)
        parts = [
            RateSeen(worker=name, at=at, per_second=RATE / 2, window=six) for name in ("north1", "north2", "south")
        ]
        told += [fact(10 * h, *parts, RateSeen(at=at, per_second=9 * RATE, window=six)), average(6.0 * h, 1.0, "page")]
    assert run(deal, told)[-1].outcome is Outcome.MET


def test_after_the_end_nothing_is_compared() -> None:
    ended = replace(BOTH, ends=after(days=1))
    verdicts = run(ended, [*gate(1.0, 2), *pool(0.5, 2)])
    assert verdicts[-1].outcome is Outcome.NOT_APPLICABLE
    assert timedelta(days=1) == SLOT * DAY
    assert after(days=0) == START
