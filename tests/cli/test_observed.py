"""What a source said, in words for people."""

from datetime import UTC, datetime

from verifier.cli.memory import utc
from verifier.cli.observed import described
from verifier.observation import BlockSeen, Coinbase, PayoutReceived
from verifier.units import Amount

AT = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_block_reward_is_told_with_what_its_block_says_of_the_miner() -> None:
    mined = Coinbase(script=b"\x03\xe5\x1c\x0e< OCEAN.XYZ >".hex(), paid=("bc1qx", "bc1qy"))
    reward = PayoutReceived(
        txid="t", vout=0, at=AT, amount=Amount(atoms=5), address="bc1qx", confirmations=1, coinbase=True, mined=mined
    )
    ((_, _, _, said),) = described(reward, utc)
    assert said.endswith("the block says '····< OCEAN.XYZ >' and pays 2 addresses")


def test_a_block_says_its_coin_where_it_is_not_bitcoin() -> None:
    ((what, _, _, said),) = described(BlockSeen(height=1, at=AT, difficulty=2.0, coin="LTC"), utc)
    assert (what, said) == ("block", "height 1, difficulty 2, coin LTC")
    ((_, _, _, said),) = described(BlockSeen(height=1, at=AT, difficulty=2.0), utc)
    assert said == "height 1, difficulty 2"
