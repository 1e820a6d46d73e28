from typing import Any

import pytest

from verifier.talk import of_its_pool

POOLS = {
    "acme-ltc": {"url": "https://ltc.acme.example", "coin": "LTC"},
    "acme-zec": {"url": "https://zec.acme.example", "coin": "ZEC"},
}


def test_a_pool_of_the_table_says_what_is_not_written() -> None:
    filled = of_its_pool({"pool": "acme-zec", "address": "t1"}, POOLS)
    assert filled == {"pool": "acme-zec", "address": "t1", "url": "https://zec.acme.example", "coin": "ZEC"}


def test_what_is_written_wins() -> None:
    filled: Any = of_its_pool({"pool": "acme-zec", "url": "https://near.example"}, POOLS)
    assert (filled["url"], filled["coin"]) == ("https://near.example", "ZEC")


def test_an_unlisted_pool_says_everything_itself() -> None:
    given = {"url": "https://other.example", "coin": "LTC"}
    assert of_its_pool(given, POOLS) == given


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"pool": "acme-btc"}, "`pool` is one of acme-ltc, acme-zec; write `url` for another"),
        ({"address": "t1"}, "`pool` is one of"),
        ({"url": "https://other.example"}, "needs `coin` beside `url`"),
    ],
)
def test_a_pool_is_never_guessed(given: dict[str, str], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        of_its_pool(given, POOLS)


def test_what_is_no_mapping_is_left_for_the_model_to_refuse() -> None:
    assert of_its_pool("acme-zec", POOLS) == "acme-zec"
