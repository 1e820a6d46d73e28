"""Messages from the command line: a test, what waits, and trying again beside and without a daemon."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Verifier, document, ledger_of
from tests.cli.lived import START
from tests.cli.receivers import Receiver, receiving
from tests.ledger.beside import untouched
from verifier.clock import SystemClock
from verifier.daemon.installation import installed
from verifier.ledger.ledger import Ledger
from verifier.ledger.place import Place
from verifier.ledger.records import Batch, Message
from verifier.outlets.messages import write_test
from verifier.settings import Flags, load

ID = "ab" * 16
CONFIG = """\
contracts:
  north:
    seller: Northhash
    promised: 100 TH/s
    starts: 2026-01-01
    watch: [{account: pool}]
accounts:
  pool:
    kind: ckpool
    url: http://pool.invalid
    allow_private: true
    pace: 0
    address: bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4
web: {listen: "127.0.0.1:0"}
"""


@pytest.fixture
def config(tmp_path: Path, place: Place) -> Path:
    file = tmp_path / "verifier.yaml"
    file.write_text(f"{CONFIG}ledger: {place}\n")
    return file


@pytest.fixture
async def receiver(config: Path) -> AsyncIterator[Receiver]:
    async with receiving(config) as found:
        yield found


async def run(verifier: Verifier, *arguments: str | Path) -> Any:
    return await asyncio.to_thread(verifier, *arguments)


async def remember(config: Path, *messages: Message) -> None:
    async with await Ledger.open(ledger_of(config)) as ledger:
        await ledger.write(Batch(messages=messages))


def dead(name: str = ID, **fields: Any) -> Message:
    content = {**write_test("ops", START, zone="UTC", external_url=None), "recipients": ["ops"]}
    known = {"channel": "ops", "created_at": START, "state": "dead", "attempts": 9, "last_error": "answered 500"}
    return Message(**{"id": name, "content": content, **known, **fields})


async def test_a_real_message_is_delivered(verifier: Verifier, config: Path, receiver: Receiver) -> None:
    result = await run(verifier, "tell", "test", "ops", "--config.file", config)
    assert (result.exit_code, result.stdout) == (0, "ops: delivered\n")
    assert len(receiver.heard) == 1
    assert await untouched(ledger_of(config))


async def test_a_message_that_does_not_arrive_is_said_with_the_reason(
    verifier: Verifier, config: Path, receiver: Receiver
) -> None:
    receiver.status = 500
    result = await run(verifier, "tell", "test", "ops", "--config.file", config)
    assert result.exit_code == 1
    assert re.match(r"ops: not delivered: .*500", result.stderr)


async def test_a_channel_that_is_not_there_is_a_usage_error(
    verifier: Verifier, config: Path, receiver: Receiver
) -> None:
    result = await run(verifier, "tell", "test", "me", "--config.file", config)
    assert result.exit_code == 2
    assert result.stderr == f"there is no `me`, write one of: ops (`tell` in {config})\n"


async def test_what_waits_is_listed_beside_a_running_daemon(
    verifier: Verifier, config: Path, receiver: Receiver
) -> None:
    waiting = dead("cd" * 16, state="waiting", attempts=1, next_attempt_at=START + timedelta(minutes=5))
    await remember(config, dead(), waiting, dead("ef" * 16, state="delivered"))
    async with await Ledger.open(ledger_of(config)):
        result = await run(verifier, "outbox", "list", "--config.file", config)
        found = document(await run(verifier, "outbox", "list", "--json", "--config.file", config))
        every = document(await run(verifier, "outbox", "list", "--all", "--json", "--config.file", config))
    assert "not delivered" in result.stdout
    assert "ef" * 16 not in result.stdout
    assert {one["id"]: (one["state"], one["attempts"]) for one in found["messages"]} == {
        ID: ("dead", 9),
        "cd" * 16: ("waiting", 1),
    }
    assert len(every["messages"]) == 3


async def test_an_id_can_be_copied_from_a_narrow_terminal(
    verifier: Verifier, config: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    await remember(config, dead())
    assert ID in (await run(verifier, "outbox", "list", "--config.file", config)).stdout


async def test_the_beginning_of_an_id_is_enough_where_it_is_the_only_one(
    verifier: Verifier, config: Path, receiver: Receiver
) -> None:
    await remember(config, dead(), dead("abc" + "d" * 29))
    several = await run(verifier, "outbox", "retry", "ab", "--config.file", config)
    assert (several.exit_code, receiver.heard) == (1, [])
    assert several.stderr == "ab: several messages begin like this; see `verifier outbox list`\n"
    result = await run(verifier, "outbox", "retry", "aba", "--config.file", config)
    assert (result.exit_code, result.stdout) == (0, f"tried again: {ID}\n")


async def test_an_empty_list_says_so(verifier: Verifier, config: Path, receiver: Receiver) -> None:
    await remember(config)
    assert (await run(verifier, "outbox", "list", "--config.file", config)).stdout == "nothing waits\n"
    assert document(await run(verifier, "outbox", "list", "--json", "--config.file", config)) == {"messages": []}


async def test_without_a_daemon_a_message_is_sent_from_here(
    verifier: Verifier, config: Path, receiver: Receiver
) -> None:
    await remember(config, dead(), dead("cd" * 16))
    result = await run(verifier, "outbox", "retry", ID, "--config.file", config)
    assert (result.exit_code, result.stdout) == (0, f"tried again: {ID}\n"), result.output
    assert receiver.heard == [ID]
    result = await run(verifier, "outbox", "retry", "--all", "--config.file", config)
    assert (result.exit_code, receiver.heard) == (0, [ID, "cd" * 16])
    assert (await run(verifier, "outbox", "retry", "--all", "--config.file", config)).stdout == "nothing to try again\n"


async def test_a_message_that_fails_again_says_why(verifier: Verifier, config: Path, receiver: Receiver) -> None:
    receiver.status = 503
    await remember(config, dead())
    result = await run(verifier, "outbox", "retry", ID, "--config.file", config)
    assert result.exit_code == 1
    assert "503" in result.stderr


async def test_an_unknown_message_is_said(verifier: Verifier, config: Path, receiver: Receiver) -> None:
    await remember(config)
    result = await run(verifier, "outbox", "retry", "ff", "--config.file", config)
    assert result.exit_code == 1
    assert "no message of this id waits" in result.stderr
    assert (await run(verifier, "outbox", "retry", "--config.file", config)).exit_code == 2


async def test_a_running_daemon_tries_the_message_again(verifier: Verifier, config: Path, receiver: Receiver) -> None:
    await remember(config, dead())
    now = datetime.now(UTC)
    settings = load(config, {}, None, now)
    async with installed(settings, SystemClock(), lambda _: settings) as (daemon, _, address):
        listening = address.removeprefix("http://").strip("/")
        flags = ("--config.file", config, "--web.listen-address", listening)
        result = await run(verifier, "outbox", "retry", ID, *flags)
        assert (result.exit_code, result.stdout) == (0, f"tried again: {ID}\n"), result.output
        await daemon.step(datetime.now(UTC))
    assert receiver.heard == [ID]


async def test_a_daemon_that_asks_for_a_password_knows_its_own_commands(
    verifier: Verifier, config: Path, receiver: Receiver
) -> None:
    await remember(config, dead())
    web_config = config.with_name("web.yml")
    web_config.write_text(f"basic_auth_users: {{me: '$2b$04${'x' * 53}'}}\n", encoding="utf-8")
    now = datetime.now(UTC)
    settings = Flags.given(web_config_file=web_config).over(load(config, {}, None, now))
    async with installed(settings, SystemClock(), lambda _: settings) as (daemon, _, address):
        flags = ("--config.file", config, "--web.listen-address", address.removeprefix("http://").strip("/"))
        result = await run(verifier, "outbox", "retry", ID, *flags)
        assert result.exit_code == 1
        assert "asks for a password, give the --web.config.file that it runs with" in result.stderr
        result = await run(verifier, "outbox", "retry", ID, *flags, "--web.config.file", web_config)
        assert (result.exit_code, result.stdout) == (0, f"tried again: {ID}\n"), result.output
        await daemon.step(datetime.now(UTC))
    assert receiver.heard == [ID]


async def test_a_daemon_that_is_not_reached_is_named(verifier: Verifier, config: Path, receiver: Receiver) -> None:
    await remember(config, dead())
    async with await Ledger.open(ledger_of(config)):
        flags = ("--config.file", config, "--web.listen-address", "0.0.0.0:9")
        result = await run(verifier, "outbox", "retry", ID, *flags)
    assert result.exit_code == 1
    assert "not reached at http://127.0.0.1:9 (give --web.listen-address)" in result.stderr
