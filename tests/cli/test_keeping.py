"""The ledger's file from the command line."""

from pathlib import Path

import pytest

from tests.cli.conftest import Verifier
from verifier.ledger.place import locked

pytestmark = pytest.mark.of_a_file


def test_a_sound_file_is_told(verifier: Verifier, lived: Path) -> None:
    ledger = lived.with_name("verifier.sqlite")
    for arguments in ((ledger,), ("--config.file", lived)):
        result = verifier("db", "check", *arguments)
        assert (result.exit_code, result.stdout) == (0, f"OK: {ledger}\n")


def test_a_damaged_file_is_found(verifier: Verifier, lived: Path) -> None:
    ledger = lived.with_name("verifier.sqlite")
    body = bytearray(ledger.read_bytes())
    body[8192:40960] = b"\xff" * (40960 - 8192)
    ledger.write_bytes(body)
    result = verifier("db", "check", "--config.file", lived)
    assert result.exit_code == 1
    assert f"{ledger}: " in result.stderr
    assert "Traceback" not in result.output


def test_a_file_that_is_not_there_is_a_fault_of_the_ledger(verifier: Verifier, tmp_path: Path) -> None:
    result = verifier("db", "check", tmp_path / "none.sqlite")
    assert result.exit_code == 3
    assert "does not exist" in result.stderr


def test_copies_are_made_beside_it_and_only_the_newest_kept(verifier: Verifier, lived: Path) -> None:
    folder = lived.parent / "backups"
    folder.mkdir()
    for day in ("01", "02", "03"):
        (folder / f"verifier-202601{day}T000000Z.sqlite").touch()
    result = verifier("db", "backup", "--keep", "2", "--config.file", lived)
    assert result.exit_code == 0
    copies = sorted(file.name for file in folder.iterdir())
    assert copies[0] == "verifier-20260103T000000Z.sqlite"
    assert result.stdout == f"{folder / copies[1]}\n"
    assert verifier("db", "check", folder / copies[1]).exit_code == 0


def test_a_copy_is_put_back_and_the_old_file_kept(verifier: Verifier, lived: Path, tmp_path: Path) -> None:
    copy = Path(verifier("db", "backup", tmp_path / "stick", "--config.file", lived).stdout.strip())
    result = verifier("db", "restore", copy, "--config.file", lived)
    assert result.exit_code == 0
    assert "the file before is kept as" in result.stdout
    assert "too little" in verifier("contracts", "--config.file", lived).stdout


def test_nothing_is_put_back_while_a_daemon_runs(verifier: Verifier, lived: Path, tmp_path: Path) -> None:
    copy = Path(verifier("db", "backup", tmp_path / "stick", "--config.file", lived).stdout.strip())
    with locked(lived.with_name("verifier.sqlite")):
        result = verifier("db", "restore", copy, "--config.file", lived)
    assert result.exit_code == 3
    assert "in use" in result.stderr
