from datetime import timedelta

import numpy as np
import pytest

from tests.verdicts.cases import RATE, START
from verifier.units import HASHES_PER_DIFFICULTY
from verifier.verdicts.share_scale import ShareScale, assumed_difficulty, learn, predicted_difficulty
from verifier.verdicts.verdict import Interval

ASSUMED = assumed_difficulty(RATE, timedelta(seconds=6))
SLOT = timedelta(minutes=10)


def learnt(harder: float, count: int, seed: int, level: float = 1.0, bursts: bool = False) -> ShareScale:
    scale, chance = ShareScale(), np.random.default_rng(seed)
    share = harder * ASSUMED * HASHES_PER_DIFFICULTY
    for number in range(count):
        at = 0.64 if bursts and number % 144 < 48 else level
        work = float(chance.poisson(at * RATE * 600 / share)) * share
        start = START + number * SLOT
        scale = learn(scale, Interval(start=start, end=start + SLOT, hashes=work), RATE * 600, ASSUMED)
    return scale


def test_a_pool_is_assumed_to_aim_at_its_share_interval() -> None:
    assert pytest.approx(100e12 * 6 / 2**32) == ASSUMED
    assert assumed_difficulty(1e6, timedelta(seconds=6), floor=1.0) == 1.0


def test_the_scale_is_careful_before_anything_is_known() -> None:
    assert predicted_difficulty(ShareScale(), ASSUMED) == pytest.approx(43 * ASSUMED)
    assert predicted_difficulty(ShareScale(), 1.0, floor=1.0) == pytest.approx(3.0), "held at the pool's floor"


@pytest.mark.parametrize("harder", [1.0, 5.0, 40.0])
def test_harder_shares_are_learnt_from_differences(harder: float) -> None:
    quotients = [predicted_difficulty(learnt(harder, 1000, seed), ASSUMED) / ASSUMED for seed in range(8)]
    assert np.mean(quotients) == pytest.approx(1.1 * harder, rel=0.15)
    assert min(quotients) >= 0.85 * harder


def test_easier_shares_are_never_believed() -> None:
    assert predicted_difficulty(learnt(0.1, 500, 1), ASSUMED) == ASSUMED


def test_delivering_less_every_night_does_not_blind_the_scale() -> None:
    assert predicted_difficulty(learnt(1.0, 144 * 7, 2, bursts=True), ASSUMED) < 1.5 * ASSUMED


def test_learning_is_bounded() -> None:
    assert predicted_difficulty(learnt(2000.0, 2000, 3), ASSUMED) <= 64 * ASSUMED


def test_a_dead_seller_teaches_nothing() -> None:
    assert learnt(1.0, 50, 4, level=0.0).pairs == 0


def test_counted_shares_give_the_largest_difficulty_of_the_last_hour() -> None:
    scale = ShareScale()
    for number, difficulty in enumerate([8.0, 4.0, 4.0, 4.0, 4.0, 4.0, 4.0]):
        start = START + number * SLOT
        seen = Interval(start=start, end=start + SLOT, hashes=difficulty * 100 * 2**32, shares=100.0)
        scale = learn(scale, seen, RATE * 600, ASSUMED)
        assert predicted_difficulty(scale, ASSUMED) == (8.0 if number < 6 else 4.0)
