"""Every contract in one row, read beside a running daemon."""

import re
from pathlib import Path
from typing import Final

import pytest

from tests.cli.conftest import Verifier, document, ledger_of
from tests.ledger.beside import held

DESIGN_WORDS: Final = re.compile(
    r"\b(witness|verdict|standing|transition|silence|silent|coverage|owed|incident|dispersion|e-value|outbox|tolerance)s?\b"
)


def test_results_are_said_in_words_the_worst_first(verifier: Verifier, lived: Path) -> None:
    result = verifier("contracts", "--config.file", lived)
    assert result.exit_code == 0, result.output
    skimming, honest = (line for line in result.stdout.splitlines() if line.startswith((" skimming", " honest")))
    assert "too little" in skimming
    assert "92." in skimming
    assert "of 400 TH/s" in skimming
    assert "Sun 8 Nov 2026" in skimming
    assert "F2Pool (honest_f2pool)," in honest
    assert "delivered" in honest


def test_the_document_is_that_of_the_interface(verifier: Verifier, lived: Path) -> None:
    found = document(verifier("contracts", "--json", "--config.file", lived))
    assert found.keys() >= {"at", "version", "judging", "outcomes", "contracts"}
    honest, skimming = found["contracts"]
    assert (honest["name"], honest["outcome"]) == ("honest", "met")
    assert (skimming["name"], skimming["outcome"]) == ("skimming", "short")
    assert skimming["checks"]["hashrate"]["size"] > 0.07
    assert skimming["problems"]["hashrate"]["open"] is True
    assert [source["per_second"] is not None for source in honest["sources"]] == [True, True, False]


def test_a_running_daemon_is_not_disturbed(verifier: Verifier, lived: Path) -> None:
    with held(ledger_of(lived)):
        assert verifier("contracts", "--config.file", lived).exit_code == 0


@pytest.mark.of_a_file
def test_before_the_first_run_the_way_out_is_named(verifier: Verifier, lived: Path) -> None:
    lived.with_name("verifier.sqlite").unlink()
    result = verifier("contracts", "--config.file", lived)
    assert result.exit_code == 3
    assert "start `verifier run` once" in result.stderr


def test_a_name_that_would_steer_the_terminal_does_not(verifier: Verifier, lived: Path) -> None:
    lived.write_text(lived.read_text().replace("Skimming Cloud (simulated)", '"Sk\\e[31mimming \\u202ecloud"'))
    result = verifier("contracts", "--config.file", lived)
    assert "Traceback" not in result.output
    assert not {"\x1b", "\u202e"} & set(result.output)


def test_no_design_word_is_said(verifier: Verifier, lived: Path) -> None:
    for arguments in (("contracts",), ("explain", "skimming"), ("replay", "--help"), ("db", "--help")):
        said = verifier(*arguments, "--config.file", lived).stdout.lower()
        assert DESIGN_WORDS.findall(said) == [], arguments
