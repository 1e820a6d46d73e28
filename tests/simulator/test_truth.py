"""The truth is a function of seed, seller and time; counters, phases and the chain follow from it."""

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.simulator.worlds import NOW, STARTS, dark, seller, world
from verifier.simulator.chain import EPOCH, Chain, compact, expanded
from verifier.simulator.truth import DAY, Phase, minute


def test_the_same_question_has_the_same_answer_in_any_order() -> None:
    one, other = world(), world()
    start, end = minute(NOW) - 3 * DAY, minute(NOW)
    late = one.shares(one.sellers[0]).between(end - 60, end)
    whole = other.shares(other.sellers[0]).between(start, end)
    assert (whole[:, -60:] == late).all()
    assert (one.shares(one.sellers[0]).between(start, end) == whole).all()


def test_another_seed_is_another_truth() -> None:
    one, other = world(seed=1), world(seed=2)
    span = minute(NOW) - DAY, minute(NOW)
    assert (one.shares(one.sellers[0]).between(*span) != other.shares(other.sellers[0]).between(*span)).any()


@given(st.integers(0, 60 * DAY), st.integers(0, 3 * DAY))
def test_a_counter_is_the_sum_of_its_minutes(after: int, span: int) -> None:
    truth = world()
    shares = truth.shares(truth.sellers[0])
    start = minute(STARTS) - DAY + after
    grown = shares.counted(start + span) - shares.counted(start)
    assert (grown == shares.between(start, start + span).sum(axis=1)).all()


def test_twelve_shares_arrive_a_minute_at_the_promised_rate() -> None:
    truth = world()
    mean = truth.shares(truth.sellers[0]).lifetime(minute(NOW)).sum(axis=0).mean()
    assert mean == pytest.approx(12, rel=0.01)


def test_nothing_is_counted_before_the_account_began() -> None:
    truth = world()
    shares = truth.shares(truth.sellers[0])
    assert not shares.between(minute(STARTS) - DAY, minute(STARTS)).any()
    assert not shares.counted(minute(STARTS) - 5 * DAY).any()
    assert shares.last(minute(STARTS)) == (None, None)
    assert shares.between(5, 5).shape == (2, 0)


def test_a_dark_phase_has_no_shares_and_no_connection() -> None:
    truth = world(dark(2))
    shares = truth.shares(truth.sellers[0])
    assert not shares.between(minute(NOW) - 119, minute(NOW)).any()
    last = shares.last(minute(NOW))
    assert all(at is not None and at < (NOW - timedelta(hours=2)).timestamp() + 60 for at in last)
    assert truth.sellers[0].connected_since(NOW) is None
    assert truth.sellers[0].connected_since(NOW - timedelta(hours=3)) == STARTS


def test_a_new_connection_begins_where_the_dark_phase_ends() -> None:
    back = NOW - timedelta(hours=1)
    phases = (
        Phase(since=STARTS, factor=1),
        Phase(since=STARTS + timedelta(days=1), factor=0),
        Phase(since=back, factor=1),
    )
    assert seller(phases=phases).connected_since(NOW) == back


def test_lost_books_count_the_same_shares_from_then_on() -> None:
    truth = world()
    lost = truth.restarted(NOW - timedelta(minutes=90))
    one, other = truth.shares(truth.sellers[0]), lost.shares(lost.sellers[0])
    assert (one.between(minute(NOW) - 60, minute(NOW)) == other.between(minute(NOW) - 60, minute(NOW))).all()
    assert other.counted(minute(NOW)).sum() < one.counted(minute(NOW)).sum() / 100


@given(st.floats(1.0, 1e16))
def test_difficulty_survives_the_compact_form(difficulty: float) -> None:
    assert expanded(compact(difficulty)) == pytest.approx(difficulty, rel=2**-14)


def test_the_compact_form_of_a_known_difficulty() -> None:
    assert compact(1.0) == 0x1D00FFFF
    assert expanded(385_999_520) == pytest.approx(149_301_205_959_699.9)


def test_difficulty_changes_at_real_epochs_only() -> None:
    chain = Chain(7)
    first = 977_728 // EPOCH * EPOCH
    assert chain.difficulty(first - 1) != chain.difficulty(first)
    assert chain.difficulty(first) == chain.difficulty(first + EPOCH - 1)
    assert 0.95 < chain.difficulty(first) / 149.3e12 < 1.05
    worked = chain.difficulties(np.array([chain.time(first - 1) - 1, chain.time(first - 1)]))
    assert worked.tolist() == [chain.difficulty(first - 1), chain.difficulty(first)]


def test_the_tip_is_the_last_block_before_now() -> None:
    chain, now = Chain(7), int(NOW.timestamp())
    tip = chain.tip(now)
    assert chain.time(tip) <= now < chain.time(tip + 1)
    assert chain.height(chain.hash(tip)) == tip
    assert chain.height("0" * 64) is None
    assert chain.height("no hash") is None
    assert chain.header(tip)["previousblockhash"] == chain.hash(tip - 1)
