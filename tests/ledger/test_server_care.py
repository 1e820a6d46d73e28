"""A ledger on a server is checked by us, and copied and put back by the server's own programs."""

import asyncio
import shlex
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.ledger.examples import NOON, news, poll
from tests.ledger.server import POSTGRESQL, Server, name_of
from verifier.cli import keeping
from verifier.errors import LedgerError
from verifier.ledger.address import ServerAddress
from verifier.ledger.care import check_server
from verifier.ledger.ledger import Ledger

pytestmark = pytest.mark.needs(POSTGRESQL)

CONFIG = f"""
contracts:
  north:
    seller: Northhash
    promised: 100 TH/s
    starts: {NOON:%Y-%m-%d}
    watch: [{{ckpool: bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4}}]
"""


async def test_a_copy_by_the_servers_own_command_is_put_back(postgresql: Server, address: ServerAddress) -> None:
    async with await Ledger.open(address) as ledger:
        await ledger.write(poll(1))
        await ledger.write(news())
        program, *options = shlex.split(address.copying)
        postgresql.run(program, *options)
        await ledger.write(poll(2))
    other = postgresql.database()
    for target in (address, other):
        program, *options = shlex.split(target.restoring)
        postgresql.run(program, *options, "verifier.dump")
        assert await check_server(target) == []
        assert await _ids(target) == [1]


async def test_harm_is_found(postgresql: Server, address: ServerAddress) -> None:
    async with await Ledger.open(address) as ledger:
        await ledger.write(poll(1))
        assert await check_server(address) == []
    postgresql.sql(
        name_of(address),
        "SET session_replication_role = replica",
        "UPDATE body SET size = 99",
        "UPDATE standing SET position = 99",
        "DELETE FROM fact",
    )
    assert [finding.split(" ", maxsplit=2)[2] for finding in await check_server(address)] == [
        "of answer names a row of fact that is missing",
        "answer " + (await _digest(address)) + " is not what its digest says",
        "of north rests on fact 99, which is missing",
    ]


async def _digest(address: ServerAddress) -> str:
    async with await Ledger.open(address, read_only=True) as ledger, ledger._engine.connect() as connection:
        return str(await connection.scalar(text("SELECT digest FROM body")))


@pytest.fixture
def config(address: ServerAddress, tmp_path: Path) -> Path:
    file = tmp_path / "verifier.yaml"
    file.write_text(f"{CONFIG}ledger: {address}\n", encoding="utf-8")
    return file


async def _ids(address: ServerAddress) -> list[int]:
    async with await Ledger.open(address) as ledger:
        return [one.id for one in await ledger.facts(["acme"])]


def test_the_command_line_checks_it_and_names_the_servers_own_programs(
    config: Path, address: ServerAddress, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(LedgerError, match="holds nothing yet"):
        keeping.check(config_file=config)
    asyncio.run(_ids(address))
    keeping.check(config_file=config)
    assert capsys.readouterr().out == f"OK: {address}\n"
    with pytest.raises(LedgerError) as refusal:
        keeping.backup(config_file=config)
    assert str(refusal.value).endswith(address.copying)
    keeping.backup(config_file=config, file_only=True)
    assert capsys.readouterr().out == f"nothing to do here, {refusal.value}\n"
    with pytest.raises(LedgerError) as refusal:
        keeping.restore(Path("my copy.dump"), config_file=config)
    assert str(refusal.value).endswith(f"{address.restoring} 'my copy.dump'")
