"""A sum of contracts in pages, messages, alerts, metrics and JSON: beside its contracts, never among them."""

from dataclasses import replace
from typing import Final

from tests.outlets import pictures
from tests.outlets.changes import change
from tests.outlets.test_pages import DESIGN_WORDS, said
from verifier.contract import Contract, together
from verifier.incidents.standing import Change
from verifier.outlets import api, messages, pages, rows
from verifier.outlets.alertmanager import alerts
from verifier.outlets.metrics import Metrics
from verifier.outlets.picture import ContractView, Picture

SUM: Final = "seller_northhash"


def summed() -> Contract:
    members = [pictures.contract(name, 500, "Northhash") for name in ("north", "south")]
    whole = together(SUM, members)
    return replace(whole, watch=(), sum_of=("north", "south"))


def view() -> ContractView:
    north = pictures.short()
    verdict = replace(north.verdicts["hashrate"], subject=SUM, because="2 contracts together: Delivered 97 ± 1 %.")
    return ContractView(
        contract=summed(), verdicts={"hashrate": verdict}, incidents={"hashrate": north.incidents["hashrate"]}
    )


def picture() -> Picture:
    return replace(pictures.every_result(), sums={SUM: view()})


def test_the_overview_has_a_row_for_it_apart_from_the_contracts() -> None:
    text = said(pages.overview(picture()))
    assert "Together" in text
    assert f"{SUM} 2 contracts of Northhash" in text
    assert f"Results of {len(picture().contracts)} contracts" in text
    assert not DESIGN_WORDS.search(text)


def test_its_page_names_its_contracts_and_what_it_is_read_from() -> None:
    text = said(pages.contract(picture(), view(), [], [change(Change.OPENED, view().verdicts["hashrate"])]))
    assert "the sum of north , south" in text or "the sum of north, south" in text
    assert "Delivery over time" not in text
    assert "what was counted of each of its contracts" in text
    assert not DESIGN_WORDS.search(text)


def test_its_message_says_that_it_is_about_all_of_them() -> None:
    told = messages.write([change(Change.OPENED, view().verdicts["hashrate"])], picture(), pictures.NOW)
    assert "2 contracts, added up and judged like one: north and south." in " ".join(str(told["text"]).split())
    assert "of this sum" in " ".join(str(told["text"]).split())
    assert "too little to show in any of them" in " ".join(str(told["text"]).split())
    assert not DESIGN_WORDS.search(str(told["text"]))


def test_its_problem_is_an_alert_like_any_other() -> None:
    assert [one.labels["check"] for one in alerts(picture()) if one.labels.get("contract") == SUM] == ["hashrate"]


def test_its_work_is_in_no_series_of_contracts() -> None:
    metrics = Metrics(process=False)
    metrics.publish(picture())
    lines = [line for line in metrics.render()[0].decode().splitlines() if SUM in line]
    assert {line.split("{")[0] for line in lines} == {
        "verifier_problem_open",
        "verifier_problem_since_timestamp_seconds",
        "verifier_together_delivered_ratio",
        "verifier_together_info",
        "verifier_together_outcome",
    }


def test_the_documents_list_it_apart() -> None:
    document = api.contracts(picture())
    assert SUM not in {one["name"] for one in document["contracts"]}
    assert [(one["name"], one["sum_of"]) for one in document["together"]] == [(SUM, ["north", "south"])]


def test_how_many_alarms_chance_may_bring_is_said_of_all_that_are_judged() -> None:
    every = picture()
    count = len(every.contracts) + 1
    assert rows.false_alarms(every) == (
        f"Alarms by chance: at most 1 a year of one contract, {count / 12:.2g} a month of all {count} that are judged."
    )
    assert not rows.false_alarms(replace(every, contracts={}, sums={}))
