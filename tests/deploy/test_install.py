"""`make install` into a folder of its own, as the maker of a package would do it."""

import subprocess
from pathlib import Path
from typing import Final

import pytest

CHECKOUT: Final = Path(__file__).parents[2]
SETTINGS: Final = Path("etc/hashrate-verifier")
OWN_FILE: Final = """\
# written by the user
ledger: postgresql://verifier@db.example.org/verifier
accounts:
  page: {kind: html, url: "https://pool.example.org", proxy: "socks5h://127.0.0.1:9050"}
"""
#: Packages that only such a file needs.
EXTRAS: Final = ("asyncpg", "bs4", "aiohttp_socks")


def install(root: Path) -> str:
    made = subprocess.run(
        ["make", "install", f"DESTDIR={root}"], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stderr
    return made.stdout


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("root")


@pytest.fixture(scope="module")
def said(root: Path) -> str:
    return install(root)


pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_a_first_installation_says_what_to_do_and_where_the_page_is(said: str) -> None:
    assert "/etc/hashrate-verifier/verifier.yaml" in said
    assert "http://127.0.0.1:9580/" in said
    assert "ssh -L 9580:127.0.0.1:9580 " in said


def test_the_installed_program_runs_by_its_final_path(root: Path, said: str) -> None:
    program = root / "opt/hashrate-verifier/.venv/bin/verifier"
    assert said
    assert program.read_text(encoding="utf-8").startswith("#!/opt/hashrate-verifier/.venv/bin/python")
    ran = subprocess.run(
        [
            program.with_name("python"),
            "-m",
            "verifier",
            "config",
            "check",
            "--config.file",
            root / SETTINGS / "verifier.yaml",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_units_are_in_place_and_secrets_are_closed_to_others(root: Path, said: str) -> None:
    assert said
    assert {unit.name for unit in (root / "etc/systemd/system").iterdir()} == {
        "verifier.service",
        "verifier-backup.service",
        "verifier-backup.timer",
    }
    assert (root / SETTINGS / "secrets").stat().st_mode & 0o777 == 0o700


def test_a_second_installation_keeps_the_users_file_and_brings_what_it_asks_for(root: Path, said: str) -> None:
    assert said
    packages = root / "opt/hashrate-verifier/.venv/lib"
    assert not [name for name in EXTRAS if list(packages.glob(f"python*/site-packages/{name}"))]
    own = root / SETTINGS / "verifier.yaml"
    own.write_text(OWN_FILE, encoding="utf-8")
    assert "was kept" in install(root)
    assert own.read_text(encoding="utf-8") == OWN_FILE
    assert all(list(packages.glob(f"python*/site-packages/{name}")) for name in EXTRAS)
