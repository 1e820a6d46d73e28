"""The list that says who mined a block: a file of one's own, read when the configuration is."""

import json
from pathlib import Path

import pytest

from tests.settings.conftest import ACCOUNT, Faults, Loader
from verifier.settings.written import show

NORTH = """contracts:
  north: {seller: Northhash, promised: 100 TH/s, starts: 2026-01-01, price: 1800 USD, watch: [{account: acme}]}
"""
FILE = f"{ACCOUNT}{NORTH}mining_pools: pools-v2.json\n"
ENTRY = {"id": 142, "name": "OCEAN", "addresses": [], "tags": ["OCEAN.XYZ"], "link": "https://ocean.xyz/"}


def test_a_list_beside_the_file_is_read_and_its_digest_is_of_the_configuration(loaded: Loader, tmp_path: Path) -> None:
    (tmp_path / "pools-v2.json").write_text(json.dumps([ENTRY]))
    settings = loaded(FILE)
    assert settings.mining_pools is not None
    assert [pool.name for pool in settings.mining_pools.pools] == ["OCEAN"]
    assert show(settings)["mining_pools"] == f"SHA-256 {settings.mining_pools.digest}"
    (tmp_path / "pools-v2.json").write_text(json.dumps([ENTRY], indent=1))
    assert loaded(FILE).digest != settings.digest, "another version of the list may say something else"


def test_without_the_key_no_list_is_read(loaded: Loader) -> None:
    settings = loaded(f"{ACCOUNT}{NORTH}")
    assert settings.mining_pools is None
    assert "mining_pools" not in show(settings)


@pytest.mark.parametrize(
    ("written", "content", "said"),
    [
        ("pools-v2.json", None, "cannot be read (No such file or directory)"),
        ("pools-v2.json", '[{"id": 1}]', "is no list of mining pools (0.name: Field required)"),
        ("[pools-v2.json]", "[]", "is not a path"),
    ],
)
def test_a_list_that_cannot_be_used_is_a_fault(
    faults: Faults, tmp_path: Path, written: str, content: str | None, said: str
) -> None:
    if content is not None:
        (tmp_path / "pools-v2.json").write_text(content)
    (told,) = faults(FILE.replace("pools-v2.json\n", f"{written}\n"))
    assert f"mining_pools: {said}, write the path of mempool's pools-v2.json" in told
