"""The JSON documents: kept as files, free of NaN, with the names of the records and the enumerations."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from tests.outlets import pictures
from verifier.outlets import api
from verifier.verdicts.verdict import Outcome


@pytest.fixture
def kept(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(JSONSnapshotExtension)


def test_all_contracts_are_as_kept(kept: SnapshotAssertion) -> None:
    assert api.contracts(pictures.every_result()) == kept


def test_one_contract_is_as_kept(kept: SnapshotAssertion) -> None:
    picture = pictures.every_result()
    assert api.one_contract(picture, picture.contracts["north"], pictures.transitions("north")) == kept


def test_changes_of_one_turn_stand_in_the_order_of_their_own_time() -> None:
    picture = pictures.every_result()
    change = pictures.transitions("north")[0]
    moments = [change.at + timedelta(hours=hours) for hours in (1, 3, 2)]
    told = [replace(change, id=str(at), at=at) for at in moments]
    shown = api.one_contract(picture, picture.contracts["north"], told)["changes"]
    assert [one["id"] for one in shown] == [str(at) for at in sorted(moments, reverse=True)]


def test_all_accounts_are_as_kept(kept: SnapshotAssertion) -> None:
    assert api.accounts(pictures.every_result()) == kept


def test_a_moment_is_utc_with_z_and_a_sum_is_text() -> None:
    berlin = timezone(timedelta(hours=1))
    assert api.plain(datetime(2026, 11, 19, 15, 20, tzinfo=berlin)) == "2026-11-19T14:20:00Z"
    assert api.plain(datetime(2026, 11, 19, 15, 20, 0, 5, tzinfo=UTC)) == "2026-11-19T15:20:00.000005Z"
    assert api.plain(Decimal("6800.00")) == "6800.00"
    assert api.plain(timedelta(minutes=2)) == 120.0
    assert api.plain(Outcome.MET) == "met"


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_no_number_is_nan(number: float) -> None:
    view = pictures.met()
    verdict = replace(view.verdicts["hashrate"], evidence=number, values={"x": number})
    picture = replace(pictures.every_result(), contracts={"east": replace(view, verdicts={"hashrate": verdict})})
    told = json.loads(api.text(api.contracts(picture)))["contracts"][0]["checks"]["hashrate"]
    assert (told["evidence"], told["values"]) == (None, {"x": None})


def test_what_has_no_json_form_is_refused() -> None:
    with pytest.raises(TypeError, match="object has no JSON form"):
        api.plain(object())


def test_a_contract_without_a_result_has_no_outcome() -> None:
    told = {one["name"]: one["outcome"] for one in api.contracts(pictures.every_result())["contracts"]}
    assert told["south"] is None
    assert told["tiny"] == "undecided"
