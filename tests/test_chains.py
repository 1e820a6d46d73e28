"""What talks of chains say alike: the limits of consensus, what was not read, and who mined a block."""

from datetime import UTC, datetime, timedelta

import pytest

from verifier import chains
from verifier.errors import Implausible, Misread
from verifier.observation import Coinbase, Unread
from verifier.talk import Reply
from verifier.units import HOUR, MINUTE, Window

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
REPLY = Reply(status=200, headers={}, body=b"", received_at=NOON)
WINDOW = Window(start=NOON - HOUR, end=NOON)


def test_a_block_s_time_may_run_two_hours_ahead_and_no_more() -> None:
    assert chains.block_time(NOON + 2 * HOUR, REPLY) == NOON + 2 * HOUR
    with pytest.raises(Implausible):
        chains.block_time(NOON + 2 * HOUR + 11 * MINUTE, REPLY)


@pytest.mark.parametrize(
    ("height", "starts"), [(925_123, (923_328, 921_312)), (923_328, (923_328, 921_312)), (5, (0,)), (2016, (2016, 0))]
)
def test_difficulty_periods_are_gone_through_downwards_and_end_with_the_first_block(
    height: int, starts: tuple[int, ...]
) -> None:
    assert tuple(chains.epochs(height))[:2] == starts
    assert len(tuple(chains.epochs(height))) <= 6


def test_a_block_s_miner_is_told_while_the_block_is_new_and_then_no_more() -> None:
    said = Coinbase(script="00", paid=("a", "b"))
    assert chains.mined("00", ("a", None, "b", "a", ""), NOON, WINDOW) == said
    assert chains.mined("00", ("a", "b"), WINDOW.start - chains.LATE, WINDOW) == said
    assert chains.mined("00", ("a", "b"), WINDOW.start - chains.LATE - timedelta(seconds=1), WINDOW) is None
    assert chains.mined(None, ("a",), NOON, WINDOW) is None, "no block's own reward"


def test_a_coinbase_with_thousands_of_outputs_is_told_in_part() -> None:
    said = chains.mined("", map(str, range(20_000)), NOON, WINDOW)
    assert said is not None
    assert len(said.paid) == chains.MOST_PAID


def test_a_script_that_no_block_may_have_says_nothing_of_its_miner() -> None:
    assert chains.mined("00" * 100, (), NOON, WINDOW) == Coinbase(script="00" * 100)
    assert chains.mined("00" * 101, (), NOON, WINDOW) is None


def test_what_was_not_read_back_to_the_window_s_start_is_said_to_be_unread() -> None:
    assert chains.unread(REPLY, WINDOW, WINDOW.start) == []
    left_out = Unread(at=NOON, since=WINDOW.start, until=NOON - MINUTE)
    assert chains.unread(REPLY, WINDOW, NOON - MINUTE) == [left_out]


def test_a_node_s_error_is_no_result() -> None:
    assert chains.RpcAnswer(result=None).value() is None
    with pytest.raises(Misread, match="-5: Block not found"):
        chains.RpcAnswer.model_validate({"error": {"code": -5, "message": "Block not found"}}).value()
