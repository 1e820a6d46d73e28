"""The systemd units: accepted by systemd's own checker, shut in tightly, and speaking the program's command line."""

import base64
import re
import shlex
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from verifier.settings.load import load

UNITS: Final = Path(__file__).parents[2] / "deploy" / "systemd"
PROGRAM: Final = "/opt/hashrate-verifier/.venv/bin/verifier"
SERVICES: Final = sorted(UNITS.glob("*.service"))
SIGNING_KEY: Final = "whsec_" + base64.b64encode(bytes(32)).decode()
TOLD_BY_WEBHOOK: Final = """
tell: {hook: {webhook: "https://hooks.example.org/verifier"}}
contracts:
  north:
    seller: Northhash
    promised: 100 TH/s
    starts: 2026-01-01
    watch: [{ckpool: bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4}]
"""


def entries(unit: Path) -> dict[str, str]:
    lines = unit.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


@pytest.mark.needs("systemd-analyze")
def test_systemd_accepts_every_unit(tmp_path: Path) -> None:
    for unit in UNITS.iterdir():
        text = unit.read_text(encoding="utf-8")
        (tmp_path / unit.name).write_text(text.replace(PROGRAM, sys.executable), encoding="utf-8")
    checked = subprocess.run(
        ["systemd-analyze", "verify", *sorted(tmp_path.iterdir())], capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


@pytest.mark.needs("systemd-analyze")
@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_a_service_is_exposed_by_1_5_at_most(unit: Path) -> None:
    analysed = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", unit],
        capture_output=True,
        text=True,
        check=True,
    )
    exposure = re.search(r"Overall exposure level for \S+: ([0-9.]+)", analysed.stdout)
    assert exposure is not None
    assert float(exposure[1]) <= 1.5


def test_the_daemon_says_itself_when_it_is_ready_and_alive() -> None:
    daemon = entries(UNITS / "verifier.service")
    assert daemon["Type"] == "notify"
    assert daemon["NotifyAccess"] == "main"
    assert "WatchdogSec" in daemon
    assert daemon["ExecReload"] == "/bin/kill -HUP $MAINPID"


def test_a_configuration_error_is_not_restarted() -> None:
    assert entries(UNITS / "verifier.service")["RestartPreventExitStatus"] == "2"


def test_the_daemon_and_its_backup_share_state_user_and_secrets() -> None:
    daemon, backup = (entries(UNITS / name) for name in ("verifier.service", "verifier-backup.service"))
    for key in (
        "User",
        "DynamicUser",
        "StateDirectory",
        "ConfigurationDirectory",
        "WorkingDirectory",
        "LoadCredential",
    ):
        assert daemon[key] == backup[key]


def test_the_program_finds_a_secret_under_the_name_systemd_gives_it(tmp_path: Path) -> None:
    # systemd.exec(5): a file of the folder becomes the credential ID_FILENAME.
    credential, folder = entries(UNITS / "verifier.service")["LoadCredential"].split(":")
    assert folder == "/etc/hashrate-verifier/secrets"
    (tmp_path / f"{credential}_hook.secret").write_text(SIGNING_KEY, encoding="utf-8")
    (tmp_path / "verifier.yaml").write_text(TOLD_BY_WEBHOOK, encoding="utf-8")
    settings = load(tmp_path / "verifier.yaml", {}, tmp_path, datetime(2026, 11, 20, tzinfo=UTC))
    assert list(settings.channels) == ["hook"]


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_the_program_knows_every_option_a_unit_uses(unit: Path) -> None:
    program, *arguments = shlex.split(entries(unit)["ExecStart"])
    assert program == PROGRAM
    verbs = [word for word in arguments if word in {"run", "db", "backup"}]
    told = subprocess.run(
        [sys.executable, "-m", "verifier", *verbs, "--help"],
        env={"COLUMNS": "200", "PATH": ""},
        cwd=UNITS.parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    for option in (word for word in arguments if word.startswith("--")):
        assert option in told.stdout
