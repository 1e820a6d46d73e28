"""``verifier ask`` and ``verifier record``: hold the conversations of one account for real, and remember nothing."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias

import typer

from verifier.cli.flags import AsJson, ConfigFile, configured, named
from verifier.cli.memory import moment, utc
from verifier.cli.output import Exit, complain, say, say_json, say_table, shown

if TYPE_CHECKING:
    from verifier.daemon.asking import Landed
    from verifier.settings import ConfiguredAccount, Settings
    from verifier.sources.recording import Exchange
    from verifier.talk import Question, Talk
    from verifier.units import Window

    #: By question: the window that was asked for, and what was said.
    _Heard: TypeAlias = dict[str, tuple[Window, list[Exchange]]]

_MOST_ROWS: Final = 20

AccountName = Annotated[str, typer.Argument(help="The name of an account in the file.", metavar="ACCOUNT")]


def ask(
    account: AccountName,
    question: Annotated[str | None, typer.Argument(help="One of its questions.", show_default="all")] = None,
    as_json: AsJson = False,
    config_file: ConfigFile = None,
) -> None:
    """Ask a source now and print what was understood; exit code 4 when a question was not answered."""
    from verifier.cli.observed import document

    settings, now = configured(config_file)
    configured_account, questions = _chosen(settings, account, question)
    heard: _Heard = {}
    landed = asyncio.run(_asked(configured_account, _all_noting(questions, heard), now))
    if as_json:
        say_json({"account": account, "at": utc(now), "questions": [document(one) for one in landed]})
    else:
        for one in landed:
            _tell(one, settings)
            _show_steps(configured_account, one.question.name, *heard[one.question.name])
    if any(one.silence is not None for one in landed):
        raise typer.Exit(Exit.SOURCE)


def record(
    account: AccountName,
    directory: Annotated[Path, typer.Argument(help="Gets KIND/QUESTION/TIME with the files of each case.")],
    question: Annotated[str | None, typer.Argument(help="One of its questions.", show_default="all")] = None,
    config_file: ConfigFile = None,
) -> None:
    """Write down what a source answers now, without secrets and names, as cases that a test can tell again."""
    from verifier.sources.recording import Case, case_files, redacted, understood

    settings, now = configured(config_file)
    configured_account, questions = _chosen(settings, account, question)
    heard: _Heard = {}
    landed = asyncio.run(_asked(configured_account, _all_noting(questions, heard), now))
    source = configured_account.source
    for one in landed:
        name = one.question.name
        window, exchanges = heard[name]
        own = configured_account.account.model_dump(mode="json", exclude={"kind"}, exclude_none=True)
        case = redacted(
            Case(account=own, window=window, exchanges=tuple(exchanges)),
            configured_account.account,
            configured_account.secrets.values(),
        )
        files = {**case_files(case), "expected.json": understood(source, name, case)}
        _write(directory / source.kind / name / f"{now:recorded-%Y%m%dT%H%M%SZ}", files)
        if one.silence is not None:
            complain(f"{name}: no answer: {one.silence.detail or one.silence.reason.value}")
    complain("look through the files before you show them to anybody: only what looks like a name or a key is replaced")
    if any(one.silence is not None for one in landed):
        raise typer.Exit(Exit.SOURCE)


def _chosen(
    settings: "Settings", account: str, question: str | None
) -> "tuple[ConfiguredAccount, tuple[Question, ...]]":
    from verifier.sources.declared import question_seeing

    found = named("accounts", account, settings.accounts, settings.file)
    asked = {one.name: one for one in found.questions}
    if question is None:
        return found, found.questions
    if question not in asked and question_seeing(question) in asked:
        # The word that a dashboard's entry has in the file is as good as the question's own.
        question = question_seeing(question) or question
    return found, (named(f"accounts.{account}", question, asked, settings.file),)


async def _asked(account: "ConfiguredAccount", questions: "Sequence[Question]", now: datetime) -> "list[Landed]":
    """One conversation after the other, as the daemon holds them at its first turn."""
    from verifier.clock import SystemClock
    from verifier.daemon.asking import Line, ask
    from verifier.wire import Wire

    async with Wire(SystemClock()) as wire:
        return [await ask(wire, Line.to(account), question, None, now) for question in questions]


def _all_noting(questions: "Sequence[Question]", heard: "_Heard") -> "tuple[Question, ...]":
    return tuple(replace(one, talk=_noting(one, heard)) for one in questions)


def _noting(question: "Question", heard: "_Heard") -> "Callable[..., Talk]":
    """The same conversation, with every ask and answer noted."""
    from verifier.sources.recording import Exchange
    from verifier.talk import Http, Lines

    def noted(account: Any, window: "Window") -> "Talk":
        exchanges: list[Exchange] = []
        heard[question.name] = window, exchanges
        talk = question.talk(account, window)
        try:
            ask = next(talk)
            while True:
                reply = yield ask
                if isinstance(ask, Http | Lines):
                    exchanges.append(Exchange(ask=ask, reply=reply))
                ask = talk.send(reply)
        except StopIteration as end:
            said: Sequence[Any] = end.value
            return said

    return noted


def _write(folder: Path, files: dict[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=False)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    say(str(folder))


def _tell(landed: "Landed", settings: "Settings") -> None:
    from verifier.cli.observed import described

    name, silence = landed.question.name, landed.silence
    host = landed.line.destination.host
    if silence is not None:
        from verifier.outlets import words

        say(f"{name}: {words.REASONS[silence.reason.value].text}: {silence.detail} ({host})")
        return
    found = [row for one in landed.observations for row in described(one, lambda at: moment(at, settings))]
    count = len(landed.exchanges)
    say(f"{name}: answered by {host} in {landed.seconds:.2f} s, {count} request{'' if count == 1 else 's'}")
    if not found:
        say("nothing is listed there")
        return
    say_table(("what", "of", "when", "figures"), found[:_MOST_ROWS])
    if len(found) > _MOST_ROWS:
        say(f"… and {len(found) - _MOST_ROWS} more rows; --json shows all")


def _show_steps(account: "ConfiguredAccount", question: str, window: "Window", heard: "Sequence[Exchange]") -> None:
    """What each path of a dashboard's configuration found, for who is writing it."""
    from verifier.sources.declared import understood

    said = [(exchange.ask, exchange.reply) for exchange in heard]
    for line in understood(account.account, question, window, said):
        say(shown(line))
