"""Secrets: environment before credentials before files, never in the configuration, never shown."""

import json
from pathlib import Path

import pytest

from tests.settings.conftest import Faults, Loader
from verifier.settings import ConfiguredAccount, show

FILE = """accounts:
  renter1: {kind: f2pool, user: renter1, token_file: renter1.token}
contracts:
  north: {seller: Northhash, promised: 100 TH/s, starts: 2026-01-01, watch: [{account: renter1}]}
tell: {email: me@example.org, smtp: mail.example.org}
"""
VARIABLE = "VERIFIER_ACCOUNTS__RENTER1__TOKEN"


@pytest.fixture
def credentials(tmp_path: Path) -> Path:
    folder = tmp_path / "credentials"
    folder.mkdir()
    return folder


def token_file(folder: Path, content: bytes = b"from-the-file\n", mode: int = 0o600) -> Path:
    path = folder / "renter1.token"
    path.write_bytes(content)
    path.chmod(mode)
    return path


def test_the_environment_wins_over_credentials_and_these_over_the_file(
    loaded: Loader, tmp_path: Path, credentials: Path
) -> None:
    def token(environment: dict[str, str]) -> ConfiguredAccount:
        return loaded(FILE, environment, credentials).accounts["renter1"]

    token_file(tmp_path)
    assert token({}).secrets["token"] == "from-the-file"
    token_file(credentials, b"from-systemd")
    assert token({}).secrets["token"] == "from-systemd"
    assert token({}).origins["token"] == "credential renter1.token"
    assert token({VARIABLE: "from-the-shell"}).secrets["token"] == "from-the-shell"


def test_a_secret_is_neither_in_repr_nor_in_what_is_shown(loaded: Loader, tmp_path: Path) -> None:
    token_file(tmp_path)
    settings = loaded(FILE)
    assert "from-the-file" not in repr(settings) + str(settings) + json.dumps(show(settings))
    assert show(settings)["accounts"]["renter1"]["token"] == "(from file renter1.token)"


def test_a_file_that_everybody_can_read_is_a_warning(loaded: Loader, tmp_path: Path) -> None:
    token_file(tmp_path, mode=0o644)
    assert "chmod 600 renter1.token" in str(loaded(FILE).warnings[0])


@pytest.mark.parametrize(
    ("content", "problem"),
    [(b"", "is empty"), (b" \n", "is empty"), (b"a\nb\n", "more than one line"), (b"\xff", "is not text")],
)
def test_a_file_without_a_usable_secret_is_a_fault(
    faults: Faults, tmp_path: Path, content: bytes, problem: str
) -> None:
    token_file(tmp_path, content)
    (told,) = faults(FILE)
    assert told.startswith("verifier.yaml:2: accounts.renter1.token_file: ")
    assert problem in told


def test_an_empty_variable_is_a_fault_and_not_a_fall_back(faults: Faults, tmp_path: Path) -> None:
    token_file(tmp_path)
    assert "is empty" in faults(FILE, {VARIABLE: ""})[0]


def test_a_path_is_a_path(faults: Faults) -> None:
    assert "is not a path" in faults(FILE.replace("token_file: renter1.token", "token_file: [a]"))[0]


def test_no_fault_repeats_a_secret_that_was_typed_into_the_file(faults: Faults) -> None:
    typed = FILE.replace("token_file: renter1.token", "token: made-up-token-9c1d, tokn: made-up-token-9c1d")
    typed = typed.replace("smtp: mail.example.org", "smtp: mail.example.org, password: made-up-token-9c1d")
    assert "made-up-token-9c1d" not in "".join(faults(typed))
