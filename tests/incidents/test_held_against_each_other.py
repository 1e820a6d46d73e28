"""Sources held against chance, the contract and each other, turn by turn through the one function."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np

from tests.verdicts.cases import RATE, SHARE, SLOT, START, after, contract, counter, fact, silence, slot, slots
from verifier.contract import Contract, Independence, Watch
from verifier.fact import Fact
from verifier.incidents.memory import dump_standing, load_standing
from verifier.incidents.review import World, review
from verifier.incidents.standing import Change, Standing, Transition
from verifier.observation import OBSERVATIONS, RateSeen
from verifier.units import HASHES_PER_DIFFICULTY
from verifier.verdicts.verdict import Outcome

GATE = Watch(account="gate", independence=Independence.OWN_GATEWAY)
PAGE = Watch(account="page", independence=Independence.SELLER_PAGE)
RECORDED = Path(__file__).parents[1] / "sources" / "recorded" / "f2pool" / "history" / "good"
DAY = 144


def lived(deal: Contract, facts: Iterable[Fact], turn: int = 36) -> tuple[Standing, list[Transition]]:
    """Turns of some facts each, the standing written and read between them."""
    standing, told = Standing(subject=deal.name), list[Transition]()
    ordered = [replace(one, id=k + 1) for k, one in enumerate(sorted(facts, key=lambda one: one.learned_at))]
    for k in range(0, len(ordered), turn):
        part = ordered[k : k + turn]
        result = review(deal, standing, part, part[-1].learned_at, World(rhythms={"pool": SLOT, "gate": SLOT}))
        standing, fit = load_standing(deal.name, dump_standing(result.standing))
        assert fit
        told += result.transitions
    return standing, told


def opened(told: Iterable[Transition], check: str) -> list[Transition]:
    return [one for one in told if one.check == check and one.change is Change.OPENED]


def gate(days: int) -> list[Fact]:
    chance, total, told = np.random.default_rng(2), 0.0, []
    for k in range(days * 48):
        total += float(chance.poisson(RATE * 1800 / SHARE)) * SHARE
        told.append(fact(k, counter(30.0 * k, total), account="gate"))
    return told


def test_a_contradiction_is_a_problem_of_its_own_and_changes_nothing_about_what_decides() -> None:
    deal = contract(watch=(Watch(account="pool"), GATE))
    standing, told = lived(deal, [*gate(4), *(fact(k, one) for k, one in enumerate(slots(0.7, 4 * DAY, 1)))])
    (found,) = opened(told, "contradiction")
    assert (found.severity, found.tell) == ("warning", True)
    assert "pool shows" in found.verdict.because
    assert standing.verdicts["hashrate"].outcome is not Outcome.SHORT, "the own gateway decides and saw all of it"
    assert not opened(told, "steadier_than_counting_allows")


def test_smooth_numbers_of_a_pool_are_told_through_the_same_door() -> None:
    floor = SHARE / HASHES_PER_DIFFICULTY
    facts = [fact(k, slot(k, RATE * 600, share_difficulty_floor=floor)) for k in range(DAY)]
    _, told = lived(contract(), facts)
    (found,) = opened(told, "steadier_than_counting_allows")
    assert found.verdict.false_alarm_years == 50.0


def test_a_page_that_repeats_the_promise_is_told_for_information() -> None:
    deal = contract(watch=(Watch(account="pool"), PAGE))
    day, shown = timedelta(hours=24), 0.0005
    rates = [RateSeen(at=after(hours=h), per_second=RATE, window=day, quantisation=shown) for h in range(24, 24 * 30)]
    _, told = lived(deal, [fact(k, one, account="page") for k, one in enumerate(rates)])
    (found,) = opened(told, "repeats_the_promise")
    assert found.severity == "info"


def test_what_a_pool_was_recorded_to_say_of_stale_work_is_read() -> None:
    seen = OBSERVATIONS.validate_json((RECORDED / "expected.json").read_bytes())
    end = max(one.end for one in seen if one.type == "work_seen")
    deal = replace(contract(), starts=end - timedelta(days=30))
    deal = replace(deal, promises=tuple(replace(one, since=deal.starts) for one in deal.promises))
    standing, _ = lived(deal, [replace(fact(1, *seen), learned_at=end)])
    verdict = standing.verdicts["shares_rejected"]
    told = [one for one in json.loads((RECORDED / "expected.json").read_bytes()) if one["type"] == "shares_seen"]
    assert verdict.values["source"] == ("pool" if told else "")
    assert verdict.outcome is Outcome.UNDECIDED


def test_two_unrelated_signs_open_one_critical_problem_after_half_a_day() -> None:
    deal = contract(watch=(Watch(account="pool"), PAGE))
    alive = [fact(k, one) for k, one in enumerate(slots(lambda k: 1.0 if k < 2 * DAY else 0.0, 5 * DAY, 3))]
    shown = [
        fact(k, RateSeen(at=after(hours=k), per_second=RATE * 1.01, window=SLOT), account="page") for k in range(48)
    ]
    quiet = [fact(k, silence(60.0 * k), account="page") for k in range(48, 120)]
    _, told = lived(deal, [*alive, *shown, *quiet], turn=12)
    (found,) = opened(told, "gone_quiet")
    assert found.severity == "critical"
    assert after(days=2, hours=16) < found.at < after(days=2, hours=22)
    assert "nothing is delivered" in found.verdict.because
    assert "page does not answer" in found.verdict.because


def test_our_own_absence_opens_none_of_them() -> None:
    deal = contract(watch=(Watch(account="pool"), GATE, PAGE))
    before = [fact(k, one) for k, one in enumerate(slots(1.0, DAY, 3))]
    later = [fact(k, replace(one, start=one.start and one.start + timedelta(days=4), end=one.end + timedelta(days=4)))
             for k, one in enumerate(slots(1.0, DAY, 4))]  # fmt: skip
    _, told = lived(deal, [*before, *later, *gate(1)])
    assert told == []
    assert before[0].true.start == START
