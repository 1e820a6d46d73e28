from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.expectations.chain import daily_fees, disagreement, lagging, lagging_fees, replaced
from verifier.observation import BlockLeft, BlockSeen
from verifier.units import Amount

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
TIP = 925_000


def block(height: int, *, side: str = "a", fees: int | None = None) -> BlockSeen:
    return BlockSeen(
        height=height,
        at=NOON - timedelta(minutes=10) * (TIP - height),
        difficulty=1e12,
        hash=f"{side}{height}" if side else None,
        fees=None if fees is None else Amount(atoms=fees),
    )


def chain(top: int, *, side: str = "a", since: int = TIP - 20) -> list[BlockSeen]:
    return [block(height, side=side) for height in range(since, top + 1)]


def test_sources_at_the_same_tip_agree() -> None:
    assert disagreement({"node": chain(TIP), "explorer": chain(TIP)}, NOON) is None
    assert disagreement({"node": chain(TIP)}, NOON) is None
    assert disagreement({"node": chain(TIP), "explorer": []}, NOON) is None
    assert disagreement({}, NOON) is None


def test_a_source_may_be_two_blocks_behind_for_ever_and_more_for_half_an_hour() -> None:
    assert lagging({"node": chain(TIP), "explorer": chain(TIP - 2)}, NOON + timedelta(days=1)) == ()
    assert lagging({"node": chain(TIP), "explorer": chain(TIP - 5)}, NOON + timedelta(minutes=10)) == ()


def test_a_source_that_stays_behind_is_named_and_the_others_go_on() -> None:
    later = NOON + timedelta(minutes=31)
    for node in (chain(TIP), [block(TIP)]):
        seen = {"node": node, "explorer": chain(TIP - 3)}
        assert lagging(seen, later) == ("explorer",)
        assert disagreement(seen, later) is None


def test_a_source_further_ahead_than_time_explains_is_not_believed() -> None:
    dreamt = replace(block(TIP + 500), at=NOON)
    seen = {"dreamer": [dreamt], "node": chain(TIP)}
    assert lagging(seen, NOON + timedelta(hours=1)) == ()
    said = "dreamer tells 500 blocks more than node, more than came in that time"
    assert disagreement(seen, NOON + timedelta(hours=1)) == said


def test_a_source_behind_on_another_branch_is_a_disagreement_and_no_lag() -> None:
    seen = {"node": chain(TIP), "explorer": chain(TIP - 5, side="b")}
    later = NOON + timedelta(hours=2)
    assert lagging(seen, later) == ()
    assert "different blocks" in str(disagreement(seen, later))


def test_different_blocks_at_the_tip_are_a_fork_that_ends_by_itself() -> None:
    forked = {"node": chain(TIP), "explorer": [*chain(TIP - 1), block(TIP, side="b")]}
    assert disagreement(forked, NOON) is None


def test_different_blocks_below_six_are_a_disagreement() -> None:
    forked = {"node": chain(TIP), "explorer": chain(TIP, side="b", since=TIP - 6)}
    assert disagreement(forked, NOON) == "explorer and node tell different blocks at height 924994"


def test_what_was_told_last_of_a_height_counts_and_a_block_without_hash_says_nothing() -> None:
    corrected = [*chain(TIP, side="b"), *chain(TIP)]
    assert disagreement({"node": chain(TIP), "explorer": corrected}, NOON) is None
    assert disagreement({"node": chain(TIP), "pool": chain(TIP, side="")}, NOON) is None


def test_a_height_told_with_another_hash_is_a_block_that_left() -> None:
    told = [block(TIP - 1), block(TIP, side="b"), block(TIP, side=""), block(TIP), block(TIP)]
    assert replaced(told) == (BlockLeft(height=TIP, hash=f"b{TIP}", at=NOON),)


def test_fees_are_a_mean_per_utc_day() -> None:
    told = [block(TIP - 80, fees=100), block(TIP - 1, fees=300), block(TIP, fees=401), block(TIP - 2)]
    assert daily_fees(told) == (
        (datetime(2026, 11, 19, tzinfo=UTC), Decimal(100)),
        (datetime(2026, 11, 20, tzinfo=UTC), Decimal("350.5")),
    )


def test_a_block_that_is_told_again_counts_once_as_told_last() -> None:
    assert daily_fees([block(TIP, fees=1), block(TIP, fees=300), block(TIP)])[-1][1] == Decimal(300)


def test_lagging_fees_begin_with_the_first_full_mean() -> None:
    told = [block(TIP - 3, fees=100), block(TIP - 2, fees=200), block(TIP - 1, fees=300), block(TIP, fees=700)]
    assert lagging_fees(told, count=3) == (
        (NOON - timedelta(minutes=10), Decimal(200)),
        (NOON, Decimal(400)),
    )
    assert lagging_fees(told) == ()


@given(st.permutations([block(TIP - n, fees=n * 7) for n in range(6)]))
def test_fees_depend_on_no_order(told: list[BlockSeen]) -> None:
    assert daily_fees(told) == daily_fees(sorted(told, key=lambda one: one.height))
    assert lagging_fees(told, count=2) == lagging_fees(told[::-1], count=2)


@pytest.mark.parametrize("names", [("a", "b", "c"), ("c", "a", "b")])
def test_of_three_the_odd_one_is_found(names: tuple[str, str, str]) -> None:
    good, other, odd = names
    seen = {good: chain(TIP), other: chain(TIP), odd: chain(TIP - 4)}
    assert lagging(seen, NOON + timedelta(hours=1)) == (odd,)


@given(st.lists(st.integers(min_value=0, max_value=20), min_size=1, max_size=4), st.integers(0, 300))
def test_never_is_everybody_behind(lags: list[int], minutes: int) -> None:
    seen = {f"s{number}": chain(TIP - lag) for number, lag in enumerate(lags)}
    assert set(lagging(seen, NOON + timedelta(minutes=minutes))) < set(seen)
