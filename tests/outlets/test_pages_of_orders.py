"""How the page of an order at a market differs from that of a promised rate."""

from dataclasses import replace

from tests.outlets import pictures
from tests.outlets.test_pages import said
from verifier.contract import Basis
from verifier.outlets import metric_table, pages
from verifier.outlets.picture import ContractView
from verifier.units import Amount


def order() -> ContractView:
    plain = pictures.met()
    deal = replace(plain.contract, basis=Basis.WORK, price=None, work_price=Amount(atoms=46_500_000))
    return replace(plain, contract=deal)


def test_an_order_shows_its_limit_and_the_price_of_work_and_nothing_that_is_owed() -> None:
    text = said(pages.contract(pictures.every_result(), order(), [], []))
    assert "at most" in text.lower()
    assert "0.00046500000 BTC per PH/s and day" in text
    assert "allowed by contract not stated" not in text.lower()


def test_no_promised_rate_is_exported_of_an_order() -> None:
    picture = pictures.every_result()
    view = order()
    picture = replace(picture, contracts={**picture.contracts, view.contract.name: view})
    (promised,) = (one for one in metric_table.METRICS if one.name == "verifier_contract_promised_hashes_per_second")
    assert promised.read is not None
    named = {labels[0] for labels, _ in promised.read(picture)}
    assert view.contract.name not in named
    assert named
