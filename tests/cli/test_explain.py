"""Why a result is what it is: inputs, formula, figures, sources."""

import re
from pathlib import Path

import pytest

from tests.cli.conftest import Verifier, document
from verifier.cli.figures import Scale, evidence, figure
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


def test_what_the_user_notes_of_receipts_is_said_with_its_place(verifier: Verifier, lived: Path) -> None:
    file, note = lived.parent / "noted.yaml", f"{{txid: {64 * 'a'}, vout: 1, category: refund, cite: mail of 3 Mar}}"
    text = lived.read_text(encoding="utf-8").replace("  honest:\n", f"  honest:\n    receipts: [{note}]\n", 1)
    file.write_text(text, encoding="utf-8")
    (told,) = document(verifier("explain", "honest", "--json", "--config.file", file))["receipts"]
    assert told == {"txid": 64 * "a", "category": "refund", "vout": 1, "cite": "mail of 3 Mar"}
    said = verifier("explain", "honest", "--config.file", file).stdout
    assert "your note on" in said
    assert "mail of 3 Mar" in said


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
    assert "a problem opens at what chance brings once in 10 years" in said


def test_figures_are_said_with_units_and_rounded_and_exact_in_the_document(verifier: Verifier, lived: Path) -> None:
    said = verifier("explain", "skimming", "--config.file", lived).stdout
    figures = dict(re.findall(r"^ (\S.*?)  +(\S.*?) *$", said[said.index(" figure ") :], re.MULTILINE))
    assert figures["promised rate"] == "400 TH/s"
    assert figures["allowed by contract"] == "5 %"
    assert figures["delivered work"].endswith("PH/s-days")
    assert figures["seen time"].endswith((" h", " days"))
    assert "2026, " in figures["found at"]
    assert figures["hashes per share"].endswith("PH")
    assert not re.findall(r"\de[+-]\d|\d{6,}\.|T\d\d:\d\d:", said), "no figure as a program writes it"


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("delivered_hashes", 3.49436e19, "404 TH/s-days"),
        ("paid_atoms", 568313.0, "0.00568313 BTC"),
        ("idle_seconds", 5400.0, "90 min"),
        ("usual_part", 0.00601286, "0.601 %"),
        ("hashing_up", 0.9712, "97.1 %"),
        ("allowance", "missed", "missed"),
        ("running", "short", "period not delivered"),
        ("difficulty_now", 1.47834e14, "147.8 T"),
        ("shares", 98051.5, "98\N{NARROW NO-BREAK SPACE}052"),
        ("pairs", 3.0, "3"),
        ("paid_over_expected", 34.254, "34.3 times"),
        ("scheme", "fpps", "fpps"),
    ],
)
def test_a_figure_is_said_by_what_it_is(key: str, value: float | str, said: str) -> None:
    assert figure(key, value, Scale(algorithm="sha256d", coin="BTC", moment=str)) == said


def test_evidence_is_said_as_how_often_chance_brings_as_much() -> None:
    assert [evidence(seconds) for seconds in (2400.0, 864_000.0, 3.15576e8)] == [
        "once in 40 min",
        "once in 10 days",
        "once in 10 years",
    ]


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
