"""A past period judged from a file: rows in, one result per contract out, and every unreadable row by its line."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.cli.audited import WORK, counted, said, table, written
from tests.cli.conftest import Verifier


@pytest.fixture
def terms(tmp_path: Path) -> Path:
    return written(tmp_path, "north", "south")


def test_one_contract_needs_no_column_for_its_name(verifier: Verifier, tmp_path: Path) -> None:
    rows = [*counted(1.0, 400), *counted(0.6, 200, first=400)]
    result = verifier("audit", written(tmp_path, "north"), table(tmp_path, WORK, rows), "--json")
    assert result.exit_code == 0, result.output
    (found,) = json.loads(result.stdout)
    assert list(found) == [
        "contract", "outcome", "owed_hashes", "delivered_hashes", "delivered_ratio", "interval", "coverage",
        "dispersion", "first_alarm", "alarms", "because",
    ]  # fmt: skip
    assert found["contract"] == "north"
    assert found["outcome"] == "short"
    assert found["owed_hashes"] == pytest.approx(600 * 600 * 100e12)
    assert found["delivered_ratio"] == pytest.approx(found["delivered_hashes"] / found["owed_hashes"])
    low, high = found["interval"]
    assert low < found["delivered_ratio"] < high
    assert found["coverage"] == 1.0
    (alarm,) = found["alarms"]
    assert found["first_alarm"] == alarm["at"]
    assert said(400) <= alarm["at"] < said(420)
    assert said(390) <= alarm["since"] < said(410)
    assert alarm["size"] == pytest.approx(0.4, abs=0.1)
    assert alarm["resolved_at"] is None
    assert alarm["e_value"] > 10 * 365 * 86_400


def test_contracts_are_interleaved_in_any_order_and_told_as_they_appear(verifier: Verifier, tmp_path: Path) -> None:
    north, south = counted(1.0, 1500, seed=2), counted(0.7, 1500, seed=3)
    rows = [
        f"{row},{name}"
        for pair in zip(south, north, strict=True)
        for name, row in zip(("south", "north"), pair, strict=True)
    ]
    chance = np.random.default_rng(4)
    near = sorted(range(len(rows)), key=lambda place: place + chance.integers(0, 800))
    straight = verifier(
        "audit", written(tmp_path, "north", "south"), table(tmp_path, f"{WORK},contract", rows), "--json"
    )
    shuffled = [rows[0], *(rows[place] for place in near if place)]
    mixed = verifier("audit", tmp_path / "contract.yaml", table(tmp_path, f"{WORK},contract", shuffled), "--json")
    assert straight.exit_code == mixed.exit_code == 0, mixed.output
    found = json.loads(mixed.stdout)
    assert [one["contract"] for one in found] == ["south", "north"]
    assert [one["outcome"] for one in found] == ["short", "met"]
    assert found == json.loads(straight.stdout)


def test_names_that_the_file_does_not_have_are_judged_as_any(verifier: Verifier, tmp_path: Path) -> None:
    rows = [f"{row},Order 17/b" for row in counted(1.0, 300)]
    file = table(tmp_path, f"{WORK},contract", rows)
    found = verifier("audit", written(tmp_path, "north", "any"), file, "--json")
    assert [(one["contract"], one["outcome"]) for one in json.loads(found.stdout)] == [("Order 17/b", "met")]
    none = verifier("audit", written(tmp_path, "north", "south"), file, "--json")
    assert none.exit_code == 1
    assert "observations.csv:2: there is no contract `Order 17/b`, nor one called `any`" in none.stderr
    assert json.loads(none.stdout) == []


BAD = (
    (f"{said(5)},{said(5)},1e18,", "`end` is not after `start`"),
    (f"{said(5)},{said(6)},-1,", "`hashes`: `-1` is no work"),
    (f"{said(5)},{said(6)},nan,", "`hashes`: `nan` is no work"),
    (f"{said(5)},{said(6)},1e400,", "`hashes`: `1e400` is no work"),
    (f"{said(5)},{said(6)},1e18,-3", "`shares`: `-3` is no work"),
    (f"{said(5)},{said(6)},,", "`hashes`: `` is no work"),
    ("2026-01-01T01:00:00,2026-01-01T02:00:00,1e18,", "`start`: `2026-01-01T01:00:00` does not say which time zone"),
    ("2026-01-01,2026-01-02,1e18,", "`start`: `2026-01-01` is a date"),
    ("2026-02-30T00:00:00Z,2026-03-01T00:00:00Z,1e18,", "`start`: `2026-02-30T00:00:00Z` is not in the calendar"),
    ("2199-01-01T00:00:00Z,2199-01-01T01:00:00Z,1e18,", "speaks of the future"),
    (f"{said(1)},{said(2)},1e18,2000", "says again what line 3 says"),
    (f"{said(1.5)},{said(2.5)},1e18,2000", "speaks of time that line "),
    ("one,two", "has 2 cells where the header has 4"),
    ('"open,quote,1,2', "is no CSV"),
)


@pytest.mark.parametrize(("row", "problem"), BAD)
def test_a_row_that_cannot_be_read_is_told_by_its_line_and_the_others_count(
    row: str, problem: str, verifier: Verifier, tmp_path: Path
) -> None:
    rows = [*counted(1.0, 5), row, "", *counted(1.0, 295, seed=2, first=7)]
    result = verifier("audit", written(tmp_path, "north"), table(tmp_path, WORK, rows), "--json")
    assert result.exit_code == 1
    assert f"observations.csv:7: {problem}" in result.stderr
    assert "1 row could not be read and did not count" in result.stderr
    (found,) = json.loads(result.stdout)
    assert found["coverage"] == pytest.approx(300 / 302)
    assert found["outcome"] == "met"


def test_strict_stops_at_the_first_unreadable_row(verifier: Verifier, tmp_path: Path) -> None:
    rows = [*counted(1.0, 3), "x,y,z,", "also,not,this,"]
    result = verifier("audit", written(tmp_path, "north"), table(tmp_path, WORK, rows), "--strict", "--json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "observations.csv:5: `start`" in result.stderr
    assert ":6:" not in result.stderr


def test_a_row_more_than_seven_days_behind_is_told(verifier: Verifier, tmp_path: Path) -> None:
    first, *rest = counted(1.0, 1100)
    rows = [*rest[:1000], first, *rest[1000:]]
    assert verifier("audit", written(tmp_path, "north"), table(tmp_path, WORK, rows)).exit_code == 0
    rows = [*rest[:1010], first, *rest[1010:]]
    result = verifier("audit", written(tmp_path, "north"), table(tmp_path, WORK, rows), "--json")
    assert result.exit_code == 1
    assert "observations.csv:1012: comes more than seven days behind a newer row, sort the file" in result.stderr


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        ("when,what", "the columns are not known"),
        ("start,end,hashes,share", "`share` is not a column, write start,end,hashes[,shares]"),
        ("start,end,hashes,start", "a column is there twice"),
        ("start,end,hashes", "there is no column `contract`, and the file names 2 contracts"),
    ],
)
def test_a_header_of_another_kind_is_a_usage_error(
    header: str, problem: str, verifier: Verifier, tmp_path: Path, terms: Path
) -> None:
    result = verifier("audit", terms, table(tmp_path, header, []))
    assert result.exit_code == 2
    assert problem in result.stderr


def test_a_file_that_is_not_there_is_a_usage_error(verifier: Verifier, tmp_path: Path, terms: Path) -> None:
    assert verifier("audit", terms, tmp_path / "nothing.csv").exit_code == 2
    assert verifier("audit", tmp_path / "nothing.yaml", table(tmp_path, WORK, [])).exit_code == 2
    assert verifier("audit", terms, table(tmp_path, "", [])).exit_code == 2


def test_a_file_that_promises_nothing_is_a_usage_error(verifier: Verifier, tmp_path: Path) -> None:
    file = tmp_path / "contract.yaml"
    file.write_text("show: {time_zone: Europe/Berlin}\n", encoding="utf-8")
    result = verifier("audit", file, table(tmp_path, WORK, counted(1.0, 5)))
    assert result.exit_code == 2
    assert "names no contract" in result.stderr
