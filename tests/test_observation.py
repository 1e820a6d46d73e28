"""What somebody said is kept as JSON and comes back as the same words."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from verifier.observation import (
    OBSERVATIONS,
    BlockSeen,
    EarningClaimed,
    Observation,
    PayoutReceived,
    PriceSeen,
    RateSeen,
    Silence,
    SilenceReason,
    TransactionSeen,
    Unread,
    WorkerPresence,
    WorkersSeen,
    WorkerState,
    WorkSeen,
)
from verifier.units import Amount

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
AT = datetime(2026, 11, 20, 8, 33, 40, 123_456, tzinfo=UTC)
moments = st.timedeltas(timedelta(0), timedelta(days=30_000)).map(lambda passed: EPOCH + passed)
numbers = st.floats(0.0, 1e30)
names = st.text(max_size=30)

said: st.SearchStrategy[Observation] = st.one_of(
    st.builds(WorkSeen, worker=st.none() | names, end=moments, hashes=numbers, shares=st.none() | numbers),
    st.builds(RateSeen, at=moments, per_second=numbers, window=st.timedeltas(timedelta(0), timedelta(days=30))),
    st.builds(
        WorkersSeen,
        at=moments,
        workers=st.lists(
            st.builds(WorkerState, name=names, presence=st.sampled_from(WorkerPresence), last_share=moments)
        ).map(tuple),
    ),
    st.builds(PriceSeen, at=moments, coin=st.just("BTC"), currency=st.just("EUR"), price=st.decimals(0, 10**9)),
    st.builds(TransactionSeen, txid=names, at=moments, inputs=st.just(("a:0",)), outputs=st.just((("b", 2**63),))),
    st.builds(Unread, at=moments, since=moments, until=moments),
    st.builds(Silence, at=moments, reason=st.sampled_from(SilenceReason), detail=names),
)


@given(st.lists(said, max_size=5))
def test_every_word_comes_back_as_it_was_said(observations: list[Observation]) -> None:
    assert OBSERVATIONS.validate_json(OBSERVATIONS.dump_json(tuple(observations))) == tuple(observations)


def test_coins_stay_whole_numbers() -> None:
    earned = EarningClaimed(id="1", start=AT, end=AT, amount=Amount(atoms=2**60 + 1), work_hashes=None)
    (back,) = OBSERVATIONS.validate_json(OBSERVATIONS.dump_json((earned,)))
    assert isinstance(back, EarningClaimed)
    assert back.amount.atoms == 2**60 + 1


def test_what_was_kept_before_a_field_was_known_is_still_read() -> None:
    coins = {"atoms": 5, "coin": "BTC"}
    kept: list[Any] = [
        {"type": "block_seen", "height": 1, "at": AT, "difficulty": 1.0, "coinbase_tag": None},
        {"type": "payout_received", "txid": "t", "vout": 0, "at": AT, "amount": coins, "address": "a"}
        | {"confirmations": 1, "coinbase": True, "block": "b"},
    ]
    assert OBSERVATIONS.validate_python(kept) == (
        BlockSeen(height=1, at=AT, difficulty=1.0, coin="BTC"),
        PayoutReceived(
            txid="t", vout=0, at=AT, amount=Amount(atoms=5), address="a", confirmations=1, coinbase=True, block="b",
            mined=None,
        ),
    )  # fmt: skip


@pytest.mark.parametrize("wrong", [-1.0, float("nan"), float("inf")])
def test_work_that_cannot_be_is_refused(wrong: float) -> None:
    rows: list[Any] = [{"type": "work_seen", "end": AT, "hashes": wrong}]
    with pytest.raises(ValidationError):
        OBSERVATIONS.validate_python(rows)


def test_a_word_nobody_knows_is_refused() -> None:
    with pytest.raises(ValidationError, match="does not match any of the expected tags"):
        OBSERVATIONS.validate_python([{"type": "guess", "at": AT}])
