"""What strangers wrote may not act on the terminal."""

import json

import pytest

from verifier.cli.output import Exit, complain, say, say_json, say_table, shown, told_plainly
from verifier.errors import ConfigError, Fault, LedgerError, Unreachable

NASTY = "rig\x1b]0;owned\x07\r\x9b2J\u202eexe.\udcff"


def test_nothing_that_steers_a_terminal_is_shown() -> None:
    assert shown(NASTY) == "rig\ufffd]0;owned\ufffd\ufffd\ufffd2J\ufffdexe.\ufffd"
    assert shown("Größe 5 % – 北 [red]") == "Größe 5 % – 北 [red]"


def test_tables_show_text_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    say_table(("name", "[b]"), [(NASTY, None), ("[red]x[/red]", 3)], title="t\x1b")
    said = capsys.readouterr().out
    assert "[red]x[/red]" in said
    assert "[b]" in said
    assert "\x1b" not in said


def test_json_holds_everything_and_steers_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    say_json({"name": NASTY, "at": "Zürich"})
    said = capsys.readouterr().out
    assert json.loads(said) == {"name": NASTY, "at": "Zürich"}
    assert not {"\x9b", "\u202e", "\x1b"} & set(said)
    assert "Zürich" in said


def test_lines_stay_lines(capsys: pytest.CaptureFixture[str]) -> None:
    say("one\ntwo\x1b")
    complain("three\nfour\x07")
    said = capsys.readouterr()
    assert (said.out, said.err) == ("one\ntwo\ufffd\n", "three\nfour\ufffd\n")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError([Fault(file="f", line=1, path="p", problem="x")]), Exit.CONFIG),
        (LedgerError("x"), Exit.LEDGER),
        (Unreachable("x"), Exit.SOURCE),
        (PermissionError(13, "Permission denied", "place"), Exit.FAILED),
    ],
)
def test_every_kind_of_trouble_has_its_exit_code(
    error: Exception, code: Exit, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended, told_plainly():
        raise error
    assert ended.value.code == code
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_bug_is_not_hidden() -> None:
    with pytest.raises(KeyError), told_plainly():
        raise KeyError
