"""The configuration from the command line."""

import re
from contextlib import chdir
from pathlib import Path
from typing import Final

import pytest
import yaml

from tests.cli.conftest import Verifier, document, ledger_of
from tests.ledger.beside import held

EXAMPLES: Final = Path(__file__).parents[2] / "config"
ADDRESS: Final = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
CONFIG: Final = f"""\
accounts:
  renter1: {{kind: f2pool, user: renter1, token_file: renter1.token}}
contracts:
  north:
    seller: Northhash
    promised: 100 TH/s
    starts: 2026-01-01
    watch: [{{account: renter1}}, {{ckpool: {ADDRESS}}}]
tell: {{ops: {{webhook: "https://hooks.example.org/T1/very-secret-path", secret_file: hook.secret}}}}
"""
TOKEN: Final = "token-that-nobody-may-see"
SECRET: Final = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="

COUNTED: Final = """OK: 1 contract, 2 accounts
alarms by chance: at most 1 a year for each, 0.083 a month over 1 contract
"""


def written(folder: Path, text: str = CONFIG) -> Path:
    for name, content in (("renter1.token", TOKEN), ("hook.secret", SECRET)):
        (folder / name).write_text(content + "\n")
        (folder / name).chmod(0o600)
    file = folder / "verifier.yaml"
    file.write_text(text)
    return file


def test_a_file_that_is_right_is_counted(verifier: Verifier, tmp_path: Path) -> None:
    file = written(tmp_path)
    for arguments in ((file,), ("--config.file", file)):
        result = verifier("config", "check", *arguments)
        assert (result.exit_code, result.stdout, result.stderr) == (0, COUNTED, "")


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.yaml")), ids=lambda file: file.stem)
def test_an_example_is_right_as_it_stands_or_by_the_command_in_its_first_lines(
    verifier: Verifier, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "".join(re.findall(r"^#   (.*?)\\?$", file.read_text(encoding="utf-8"), re.MULTILINE))
    secrets, command = (said or f"verifier config check config/{file.name}").split("verifier ")
    for name, value in (one.split("=", 1) for one in secrets.split()):
        monkeypatch.setenv(name, value)
    with chdir(EXAMPLES.parent):
        result = verifier(*command.split())
    assert (result.exit_code, result.stdout.split(":")[0]) == (0, "OK"), result.stderr
    assert command.split()[-1] == f"config/{file.name}"


def test_warnings_do_not_make_a_file_wrong(verifier: Verifier, tmp_path: Path) -> None:
    file = written(tmp_path, CONFIG.rsplit("tell:", 1)[0])
    result = verifier("config", "check", file)
    assert result.exit_code == 0
    assert "nobody is told when something changes" in result.stderr
    assert result.stdout == COUNTED


def test_all_faults_are_told_at_once_with_their_line(verifier: Verifier, tmp_path: Path) -> None:
    file = written(tmp_path, CONFIG.replace("100 TH/s", "100 TB/s").replace("2026-01-01", "2026-13-01"))
    result = verifier("config", "check", file)
    assert result.exit_code == 2
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert [line.split(": ")[:2] for line in lines] == [
        [f"{file}:6", "contracts.north.promised"],
        [f"{file}:7", "contracts.north.starts"],
    ]


def test_a_file_that_is_not_there_is_named(verifier: Verifier, tmp_path: Path) -> None:
    result = verifier("config", "check", tmp_path / "none.yaml")
    assert result.exit_code == 2
    assert "none.yaml" in result.stderr


def test_a_file_that_a_daemon_would_refuse_is_refused_by_what_it_remembers(verifier: Verifier, lived: Path) -> None:
    with held(ledger_of(lived)):
        assert verifier("config", "check", lived).exit_code == 0
        lived.write_text(lived.read_text().replace("promised: 500 TH/s", "promised: 450 TH/s"))
        result = verifier("config", "check", lived)
    assert result.exit_code == 2
    assert "contracts.honest: changes what was promised in time that was judged already" in result.stderr
    assert result.stdout == ""


def test_a_ledger_that_cannot_be_read_is_a_warning(verifier: Verifier, tmp_path: Path) -> None:
    file = written(tmp_path)
    (tmp_path / "verifier.sqlite").write_bytes(b"SQLite format 3\0" + b"\1" * 8000)
    result = verifier("config", "check", file)
    assert (result.exit_code, result.stdout) == (0, COUNTED)
    assert "warning: the ledger could not be read" in result.stderr


def test_a_command_without_a_file_says_how_to_name_one(verifier: Verifier, tmp_path: Path) -> None:
    with chdir(tmp_path):
        result = verifier("contracts")
    assert result.exit_code == 2
    assert result.stderr.startswith("verifier.yaml:1: file: is not there")
    assert "--config.file" in result.stderr


def test_what_stands_in_a_file_does_not_steer_the_terminal(verifier: Verifier, tmp_path: Path) -> None:
    file = written(tmp_path, CONFIG.replace("100 TH/s", '"\\e]0;owned\\a 1 TB"'))
    result = verifier("config", "check", file)
    assert result.exit_code == 2
    assert not {"\x1b", "\x07"} & set(result.output)


def test_the_configuration_in_force_is_shown_without_secrets(verifier: Verifier, tmp_path: Path) -> None:
    file = written(tmp_path)
    shown = verifier("config", "show", "--config.file", file)
    assert shown.exit_code == 0
    assert yaml.safe_load(shown.stdout)["contracts"]["north"]["promised"] == "100 TH/s"
    found = document(verifier("config", "show", "--json", "--config.file", file))
    assert found == yaml.safe_load(shown.stdout)
    assert found["accounts"]["renter1"]["token"] == "(from file renter1.token)"
    for secret in (TOKEN, SECRET, SECRET.removeprefix("whsec_"), "very-secret-path"):
        assert secret not in shown.output


def test_the_schema_is_json_and_names_every_section(verifier: Verifier) -> None:
    schema = document(verifier("config", "schema"))
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert {"accounts", "contracts", "tell"} <= schema["properties"].keys()


def test_a_flag_that_does_not_fit_is_a_usage_error(verifier: Verifier, tmp_path: Path) -> None:
    result = verifier("outbox", "retry", "--all", "--web.listen-address", "nowhere", "--config.file", written(tmp_path))
    assert result.exit_code == 2
    assert "web_listen_address" in result.stderr


def test_an_address_that_others_reach_is_refused_without_a_password_like_at_the_start(
    verifier: Verifier, tmp_path: Path
) -> None:
    file = written(tmp_path, CONFIG + 'web: {listen: "0.0.0.0:9673"}\n')
    result = verifier("config", "check", file)
    assert result.exit_code == 2
    assert f"{file}:{len(file.read_text().splitlines())}: web.listen: 0.0.0.0:9673 can be reached" in result.stderr
    passwords = tmp_path / "web.yml"
    passwords.write_text("basic_auth_users: {me: '$2y$10$" + 53 * "a" + "'}\n")
    guarded = verifier("config", "check", file, "--web.config.file", passwords)
    assert (guarded.exit_code, guarded.stdout) == (0, COUNTED)
