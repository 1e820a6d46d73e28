"""The search for secrets finds what it should."""

from pathlib import Path
from urllib.parse import quote

import pytest

from tests.secrecy import SECRETS, tells, written_secrets


@pytest.mark.parametrize("secret", SECRETS)
def test_a_written_secret_is_found_and_the_file_made_to_hold_it_is_not(secret: str, tmp_path: Path) -> None:
    leak, place, clean = tmp_path / "log", tmp_path / "pool.token", tmp_path / "notes"
    leak.write_text(f"GET /v1?token={quote(secret, safe='')} 200")
    place.write_text(f"{secret}\n")
    clean.write_text("GET /v1?token=*** 200")
    found = list(written_secrets(tmp_path))
    leak.unlink()
    assert found == [leak]


def test_what_is_said_is_searched_too() -> None:
    assert tells(f"the answer was {SECRETS[0]}".encode())
    assert not tells(b"the answer was ***")
