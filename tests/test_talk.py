from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from verifier.observation import BalanceSeen, Silence, SilenceReason
from verifier.talk import Account, FamilyAccount, Http, Quiet, Reply, Talk, asks, of_its_pool
from verifier.units import HOUR, Window

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
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


ZEC_ALONE = {"acme-zec": {"url": "https://zec.acme.example", "coin": "ZEC", "algorithm": "equihash"}}
NO_COIN = {"acme": {"url": "https://acme.example"}}


class Acme(FamilyAccount):
    members = ZEC_ALONE


class Bare(FamilyAccount):
    members = NO_COIN


def test_an_account_of_a_family_takes_from_its_pool_what_is_not_written() -> None:
    told = Acme.model_validate({"kind": "acme", "pool": "acme-zec", "address": "t1Sample"})
    assert (told.url, told.coin, told.algorithm) == ("https://zec.acme.example", "ZEC", "equihash")


def test_a_coin_is_never_missing_even_where_the_table_says_none() -> None:
    with pytest.raises(ValidationError, match=r"coin\s.*is one of BTC"):
        Bare.model_validate({"kind": "acme", "pool": "acme", "algorithm": "sha256d", "address": "t1Sample"})


@asks(BalanceSeen, every=HOUR)
def balance(_account: Account, _window: Window) -> Talk:
    """What a pool that knows nobody says of a balance."""
    reply = yield Http(path="/balance")
    raise Quiet(reply, "the pool knows nobody")


def test_a_talk_may_end_with_a_silence_from_wherever_it_is_known() -> None:
    talk = balance.talk(Account(kind="acme", url="https://acme.example"), Window(start=NOON, end=NOON))
    assert next(talk) == Http(path="/balance")
    with pytest.raises(StopIteration) as end:
        talk.send(Reply(status=200, headers={}, body=b"", received_at=NOON))
    assert end.value.value == (Silence(at=NOON, reason=SilenceReason.NEVER_SEEN, detail="the pool knows nobody"),)
    assert balance.name == "balance"
