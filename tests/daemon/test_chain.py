"""The difficulty as a step function, whatever the order in which blocks are seen."""

import random
from dataclasses import replace
from datetime import datetime, timedelta

from tests.daemon.judged import START, slot
from verifier.daemon.chain import EPOCH, Chain
from verifier.fact import Fact
from verifier.observation import BlockSeen, Silence, SilenceReason

TEN = timedelta(minutes=10)


def block(height: int, difficulty: float) -> BlockSeen:
    return BlockSeen(height=height, at=START + height * TEN, difficulty=difficulty)


def seen(*blocks: BlockSeen) -> Fact:
    return replace(slot(0), subject="chain", observations=blocks)


BLOCKS = [block(number * EPOCH + offset, 1.0 + number) for number in range(3) for offset in (5, 100, 2000)]


def test_the_earliest_block_of_an_epoch_dates_its_step_in_any_order() -> None:
    for seed in range(5):
        chain, blocks = Chain(), list(BLOCKS)
        random.Random(seed).shuffle(blocks)
        for one in blocks:
            chain.fold([seen(one)])
        assert chain.steps.steps == tuple((START + (n * EPOCH + 5) * TEN, 1.0 + n) for n in range(3))
        assert [height for _, height in chain.steps.heights] == [5, EPOCH + 5, 2 * EPOCH + 5]


def test_only_a_new_step_or_an_earlier_date_is_news() -> None:
    chain = Chain()
    assert chain.fold([seen(BLOCKS[1])])
    known = chain.steps
    assert not chain.fold([seen(BLOCKS[1], BLOCKS[2])])
    assert chain.steps is known
    assert chain.fold([seen(BLOCKS[0])])
    assert not chain.fold([slot(1)])
    assert chain.steps.at(START) is None
    assert chain.steps.at(START + 5 * TEN) == 1.0


NOW = START + timedelta(days=30)
EPOCH_START = block(0, 1.0)


def at(height: int, ago: timedelta, side: str = "a") -> BlockSeen:
    return BlockSeen(height=height, at=NOW - ago, difficulty=1.0, hash=f"{side}{height}")


def answered(account: str, *blocks: BlockSeen, learned: datetime = NOW) -> Fact:
    return replace(slot(0), subject=account, observations=blocks, learned_at=learned)


def newest(tip: int, count: int, ago: timedelta = TEN, side: str = "a") -> list[BlockSeen]:
    """As explorers and Core tell them: the newest first."""
    return [at(tip - number, ago + number * TEN, side) for number in range(count)]


def conflict(*facts: Fact) -> str:
    chain = Chain()
    chain.fold(facts)
    return chain.steps.conflict or ""


def lagging(*facts: Fact) -> Chain:
    chain = Chain()
    chain.fold(facts)
    return chain


def test_a_source_that_is_behind_is_found_in_the_order_of_real_answers() -> None:
    ahead, behind = at(4_500, TEN), at(4_488, 13 * TEN)
    for one, other in (((ahead, EPOCH_START), (behind, EPOCH_START)), ((EPOCH_START, ahead), (EPOCH_START, behind))):
        found = lagging(answered("one", *one), answered("other", *other))
        assert found.steps.conflict is None
        assert set(found.lagging) == {"other"}


def test_one_source_that_stands_still_is_dropped_and_coins_go_on_with_the_others() -> None:
    frozen = answered("core", *newest(4_480, 15, ago=timedelta(hours=8)), EPOCH_START)
    found = lagging(frozen, answered("explorer", *newest(4_500, 15)))
    assert found.steps.conflict is None
    assert found.lagging == {"core": "the newest block that core knows is of 30 Nov 16:00 UTC"}
    assert found.steps.at(NOW) == 1.0
    caught_up = answered("core", *newest(4_500, 15), learned=NOW + TEN)
    found.fold([caught_up])
    assert found.lagging == {}


def test_when_all_stand_still_nobody_can_tell() -> None:
    late = timedelta(hours=8)
    found = lagging(answered("one", *newest(4_500, 15, ago=late)), answered("two", *newest(4_500, 15, ago=late)))
    assert "the newest block that one knows is of" in str(found.steps.conflict)
    assert "second source" not in str(found.steps.conflict)


def test_core_on_a_fork_is_found_although_its_answer_ends_in_epochs() -> None:
    core = answered("core", *newest(4_500, 40, side="b"), EPOCH_START)
    assert "different blocks" in conflict(answered("explorer", *newest(4_500, 15)), core)
    assert not conflict(answered("explorer", *newest(4_500, 15)), answered("core", *newest(4_500, 40), EPOCH_START))


def test_a_source_that_was_asked_earlier_is_not_behind_in_what_came_later() -> None:
    early = answered("early", at(4_494, 7 * TEN), EPOCH_START, learned=NOW - 6 * TEN)
    assert not conflict(answered("late", *newest(4_500, 15)), early)


def test_what_was_learned_last_counts_in_any_order_of_facts() -> None:
    first = answered("one", *newest(4_500, 15, side="b"), learned=NOW - TEN)
    facts = [first, answered("one", *newest(4_500, 15)), answered("two", *newest(4_500, 15))]
    assert not conflict(*facts)
    assert not conflict(*reversed(facts))


def test_a_source_whose_tip_stands_still_makes_the_coins_unknown_and_accuses_nobody() -> None:
    frozen = answered("core", *newest(4_500, 15, ago=timedelta(hours=8)), EPOCH_START)
    assert "the newest block that core knows is of" in conflict(frozen)
    assert "a second source of blocks under `chain:` would show" in conflict(frozen)


def test_a_source_that_has_not_answered_lately_has_no_say() -> None:
    old = answered("old", *newest(4_400, 15, ago=timedelta(hours=5), side="b"), learned=NOW - timedelta(hours=5))
    assert not conflict(old, answered("one", *newest(4_500, 15)))
    silence = replace(slot(0), subject="old", learned_at=NOW)
    silence = replace(silence, observations=(Silence(at=NOW, reason=SilenceReason.UNREACHABLE),))
    assert "no source of blocks has answered since" in conflict(old, silence)
    assert not conflict(silence)


def test_blocks_of_another_coin_are_not_of_this_chain() -> None:
    chain, theirs = Chain(), replace(block(3_000_000, 5e7), coin="LTC", hash="l")
    assert not chain.fold([answered("litecoin", theirs)])
    chain.fold([answered("bitcoin", *BLOCKS, at(90, TEN))])
    known = chain.steps
    assert not chain.fold([answered("bitcoin", theirs)])
    assert (chain.steps, chain.lagging) == (known, {})
