"""Whose block a block reward came from, as people and programs read it."""

from dataclasses import replace

import pytest

from tests.outlets import pictures
from tests.outlets.test_payout_words import AT, page_of, text_of, view_of
from verifier.expectations.attribution import MiningPool, PoolList
from verifier.observation import Coinbase
from verifier.outlets import api, miners, pages
from verifier.outlets.picture import ContractView, Picture
from verifier.verdicts.payouts.rows import PayoutRow, PayoutState

ANTPOOL = "12dRugNcdxK39288NjcDV4GX7rMsKCGn6B"
OCEAN = "37dvwZZoT3D7RXpTCpN2yKzMmNs2i2Fd1n"
LIST = PoolList(
    pools=(
        MiningPool(id=36, name="F2Pool", tags=("F2Pool",), addresses=frozenset(), link="https://www.f2pool.com"),
        MiningPool(id=44, name="AntPool", tags=("/AntPool/",), addresses=frozenset({ANTPOOL})),
        MiningPool(id=142, name="OCEAN", tags=("OCEAN.XYZ",), addresses=frozenset({OCEAN})),
    ),
    digest="0123456789ab" + "c" * 52,
)
NO_PROOF = "(list 0123456789ab; a name is no proof)"


def reward(words: str, *paid: str) -> PayoutRow:
    mined = Coinbase(script=words.encode().hex(), paid=paid)
    return PayoutRow(at=AT, received=5, receipt=PayoutState.CONFIRMED, confirmations=200, mined=(mined,))


def with_list(view: ContractView) -> Picture:
    return replace(pictures.every_result(), contracts={view.contract.name: view}, mining_pools=LIST)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            reward("/F2Pool/"),
            "block attributed to F2Pool by tag, which this contract reads",
        ),
        (
            reward("< OCEAN.XYZ >", OCEAN),
            "block attributed to OCEAN by address and tag, this contract reads F2Pool",
        ),
        (
            reward("< OCEAN.XYZ >", ANTPOOL),
            "block attributed to AntPool by address, this contract reads F2Pool, it names OCEAN too",
        ),
        (
            reward("somebody"),
            "the block names no pool of the list, this contract reads F2Pool",
        ),
    ],
)
def test_a_block_reward_says_whose_block_it_was_and_on_what_that_rests(row: PayoutRow, said: str) -> None:
    view = view_of(row)
    assert {source.account for source in view.sources} & pictures.accounts().keys()
    page = text_of(pages.contract(with_list(view), view, (), ()))
    assert f"{said} {NO_PROOF}" in page


def test_nothing_is_said_of_the_contract_s_pool_where_the_list_does_not_know_it() -> None:
    view = replace(view_of(reward("/AntPool/")), sources=())
    (found,) = miners.found(view.payouts[0].mined, view, with_list(view))
    assert miners.sentence(found) == f"block attributed to AntPool by tag {NO_PROOF}"


def test_without_a_list_nothing_is_attributed() -> None:
    view = view_of(reward("/F2Pool/"))
    assert "attributed" not in page_of(view)
    (row,) = api.one_contract(pictures.every_result(), view, ())["payout_rows"]
    assert row["mined"] == []


def test_programs_read_the_same_with_the_digest_of_the_list() -> None:
    view = view_of(reward("< OCEAN.XYZ >", ANTPOOL), replace(reward(""), mined=()))
    told = api.one_contract(with_list(view), view, ())["payout_rows"]
    assert [row["mined"] for row in told] == [
        [{"pool": "AntPool", "by": ["address"], "also": ["OCEAN"], "reads": ["F2Pool"], "list": LIST.digest}],
        [],
    ]
