"""Why a result is what it is: inputs, formula, figures, sources."""

from pathlib import Path

import pytest

from tests.cli.conftest import Verifier, document
from verifier.cli.formulas import FORMULAS
from verifier.verdicts import CHECKS


def test_every_check_has_its_formula() -> None:
    assert FORMULAS.keys() == {check.name for check in CHECKS}


def test_a_shortfall_is_explained_down_to_the_answers_it_rests_on(verifier: Verifier, lived: Path) -> None:
    found = document(verifier("explain", "skimming", "--json", "--config.file", lived))
    assert found["promise"]["rate"]["per_second"] == 4e14
    assert found["promise"]["tolerance"]["fraction"] == 0.05
    hashrate = next(check for check in found["checks"] if check["check"] == "hashrate")
    assert hashrate["verdict"]["outcome"] == "short"
    figures = hashrate["verdict"]["values"]
    assert figures["delivered_hashes"] / figures["promised_hashes"] == pytest.approx(1 - hashrate["verdict"]["size"])
    assert figures["shares"] < figures["shares_at_boundary"]
    assert hashrate["alarm"]["line"] == pytest.approx(10 * 365.25 * 86_400)
    assert hashrate["share_scale"]["pairs"] > 100
    assert hashrate["problem"]["phase"] == "open"
    rests = {(one["account"], one["question"]): one for one in hashrate["facts"]}
    assert rests["skimming_f2pool", "history"]["count"] > 5
    assert rests["skimming_f2pool", "history"]["from"] < hashrate["verdict"]["since"]
    accounts = [check["subject"] for check in found["checks"] if check["of"] == "account"]
    assert accounts[:2] == ["skimming_f2pool", "skimming_public_pool"]
    assert [name[:7] for name in accounts[2:]] == ["wallet_"]


def test_people_read_the_same_in_words(verifier: Verifier, lived: Path) -> None:
    said = verifier("explain", "skimming", "--config.file", lived).stdout
    for part in (
        "skimming — Skimming Cloud (simulated)",
        "promised                 400 TH/s since Mon 21 Sep 2026, 00:00 UTC",
        "allowed by contract      5 % a day",
        "Hashrate: too little",
        "problem                     no. 1, open",
        "hashes per share",
        "rests on answers of",
        "Payouts explained",
        "All workers listed",
        "Answering (skimming_f2pool)",
    ):
        assert part in said, said


def test_evidence_stands_beside_the_line_that_opens_a_problem(verifier: Verifier, lived: Path) -> None:
    found = document(verifier("explain", "honest", "--json", "--config.file", lived))
    hashrate = next(check for check in found["checks"] if check["check"] == "hashrate")
    assert 0 <= hashrate["alarm"]["evidence"] < hashrate["alarm"]["line"]
    said = verifier("explain", "honest", "--config.file", lived).stdout
    assert "opens a problem at 3.16e+08 s, by chance once in 10 years" in said


def test_delivery_and_evidence_are_drawn_by_the_hour_in_eighty_columns(verifier: Verifier, lived: Path) -> None:
    honest, found = (
        document(verifier("explain", name, "--json", "--config.file", lived))["hours"]
        for name in ("honest", "skimming")
    )
    told = [slot["evidence"] for slot in honest["slots"] if slot["evidence"] is not None]
    assert len(told) >= 2
    assert 0 <= max(told) < honest["line"]
    assert {slot["evidence"] for slot in found["slots"]} == {None}, "the problem was open all the time"
    assert found["problems"][0]["start"] < found["end"]
    said = verifier("explain", "skimming", "--plain", "--config.file", lived).stdout
    chart = said[said.index("Delivered of what was promised") :]
    assert chart.isascii()
    assert max(map(len, chart.splitlines())) <= 80
    assert "   10 y |" in chart
    assert "●" in verifier("explain", "skimming", "--config.file", lived).stdout


def test_times_are_shown_in_the_zone_of_the_file_with_utc_beside(verifier: Verifier, lived: Path) -> None:
    lived.write_text(lived.read_text() + "show: {time_zone: Europe/Berlin}\n")
    said = verifier("explain", "skimming", "--config.file", lived).stdout
    assert "Berlin (" in said
    assert " UTC)" in said


def test_a_contract_that_is_not_in_the_file_is_a_usage_error(verifier: Verifier, lived: Path) -> None:
    result = verifier("explain", "south", "--config.file", lived)
    assert result.exit_code == 2
    assert "there is no `south`" in result.stderr


def test_before_the_first_turn_nothing_is_judged(verifier: Verifier, lived: Path) -> None:
    text = lived.read_text()
    lived.write_text(text.replace("  honest:\n", "  newcomer:\n"))
    said = verifier("explain", "newcomer", "--config.file", lived).stdout
    assert "Hashrate: not judged yet" in said
