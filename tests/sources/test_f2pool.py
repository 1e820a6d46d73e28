import pytest

from verifier.sources.f2pool.speech import F2PoolAccount


def test_f2pool_needs_a_user_or_an_address_and_not_both() -> None:
    for fields in ({}, {"user": "renter1", "address": "bc1qsomebody"}):
        with pytest.raises(ValueError, match="either `user` or `address`"):
            F2PoolAccount(kind="f2pool", **fields)
