from verifier.sources.coingecko import IDS
from verifier.units import COIN_DECIMALS


def test_every_coin_that_an_account_may_name_has_a_name_at_coingecko() -> None:
    assert set(IDS) == set(COIN_DECIMALS)
