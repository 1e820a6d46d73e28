import pytest

from verifier.sources import SOURCES
from verifier.sources.esplora.speech import EsploraAccount

REGTEST = "bcrt1qnrn4tljjlqf7hj4u27y9rhhdz7fk93gl7sydjz"


def test_an_explorer_is_asked_about_an_address_only_where_one_is_named() -> None:
    questions = SOURCES["esplora"].questions
    chain = EsploraAccount(kind="esplora")
    wallet = EsploraAccount(kind="esplora", address="bc1qxqmgyzdnhp6z9z3wt94l9q0ma75cw6pawwh2sg")
    assert [question.name for question in questions if question.asked_of(chain)] == ["blocks", "fees"]
    assert [question.name for question in questions if question.asked_of(wallet)] == [
        "blocks",
        "fees",
        "receipts",
        "reorgs",
    ]


def test_an_address_of_a_test_network_is_not_asked_of_the_main_chain() -> None:
    with pytest.raises(ValueError, match="test network"):
        EsploraAccount(kind="esplora", address=REGTEST)
    elsewhere = EsploraAccount(kind="esplora", url="https://mempool.space/testnet4/api", address="tb1qsomebody0001")
    own = EsploraAccount(kind="esplora", url="http://127.0.0.1:3000", allow_private=True, address=REGTEST)
    assert (elsewhere.address, own.address) == ("tb1qsomebody0001", REGTEST)
