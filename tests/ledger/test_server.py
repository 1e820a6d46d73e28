"""What only a database server can do to a ledger: refuse, go away, come back, and leave a commit in doubt."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.ledger.examples import fact, poll
from tests.ledger.server import POSTGRESQL, Server, name_of
from verifier.errors import LedgerError
from verifier.ledger.address import ServerAddress
from verifier.ledger.care import check_server
from verifier.ledger.ledger import Ledger
from verifier.ledger.records import Batch

pytestmark = pytest.mark.needs(POSTGRESQL)


async def _ids(address: ServerAddress) -> list[int]:
    async with await Ledger.open(address) as ledger:
        return [one.id for one in await ledger.facts(["acme"])]


async def _refused(address: ServerAddress, *, read_only: bool = False) -> str:
    with pytest.raises(LedgerError) as refusal:
        await Ledger.open(address, read_only=read_only)
    assert str(refusal.value).startswith(str(address))
    return str(refusal.value)


async def test_a_database_of_another_program_is_left_as_it_is(postgresql: Server, address: ServerAddress) -> None:
    postgresql.sql(name_of(address), "CREATE TABLE mine (id int)")
    assert "is a database of another program" in await _refused(address)
    assert "is a database of another program" in await _refused(address, read_only=True)
    assert postgresql.sql(name_of(address), "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == "1"


async def test_a_ledger_of_a_newer_verifier_is_refused_by_name(postgresql: Server, address: ServerAddress) -> None:
    await (await Ledger.open(address)).close()
    postgresql.sql(name_of(address), "UPDATE alembic_version SET version_num = '9999'")
    assert "newer verifier (layout 9999)" in await _refused(address)
    assert "newer verifier (layout 9999)" in await _refused(address, read_only=True)


async def test_a_reader_makes_and_changes_nothing(address: ServerAddress) -> None:
    assert "holds nothing yet" in await _refused(address, read_only=True)
    await (await Ledger.open(address)).close()
    async with await Ledger.open(address, read_only=True) as reader, reader._engine.connect() as connection:
        with pytest.raises(DBAPIError, match="read-only transaction"):
            await connection.execute(text("DELETE FROM standing"))


async def test_what_is_kept_cannot_be_emptied_either(postgresql: Server, address: ServerAddress) -> None:
    async with await Ledger.open(address) as ledger:
        await ledger.write(poll(1))
    with pytest.raises(AssertionError, match="is append-only"):
        postgresql.sql(name_of(address), "TRUNCATE fact CASCADE")
    assert await _ids(address) == [1]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://verifier@/nowhere?host={folder}", "has no such user or database"),
        ("postgresql://nobody@/postgres?host={folder}", "has no such user or database"),
        (
            "postgresql://verifier@/postgres?host={folder}/elsewhere",
            "cannot be reached",
        ),
    ],
)
async def test_what_is_not_there_is_named(postgresql: Server, url: str, words: str) -> None:
    with pytest.raises(LedgerError, match=words):
        await Ledger.open(url.format(folder=postgresql.folder))


async def test_a_password_opens_and_is_told_to_nobody(postgresql: Server) -> None:
    postgresql.sql("postgres", "CREATE ROLE guarded LOGIN PASSWORD 'open sesame'")
    address = postgresql.database(user="guarded")
    postgresql.sql("postgres", f"ALTER DATABASE {name_of(address)} OWNER TO guarded")
    knowing = ServerAddress.of(address.url, "open sesame", "file db.password")
    async with await Ledger.open(knowing) as ledger:
        await ledger.write(poll(1))
    wrong = ServerAddress.of(address.url, "closed sesame")
    assert "does not take this user or password" in await _refused(wrong)
    assert "sesame" not in f"{await _refused(wrong)}{wrong!r}{wrong}{knowing!r}"
    async with await Ledger.open(address.url.replace("guarded@", "guarded:open%20sesame@"), read_only=True) as reader:
        assert "sesame" not in reader._place


async def test_a_server_that_was_away_loses_nothing(postgresql: Server, address: ServerAddress) -> None:
    async with await Ledger.open(address) as ledger:
        await ledger.write(poll(1))
        postgresql.stop()
        try:
            for attempt in (ledger.write(poll(2)), ledger.facts(["acme"]), ledger.write(poll(2))):
                with pytest.raises(LedgerError, match="cannot be reached; nothing of this was written"):
                    await attempt
        finally:
            postgresql.start()
        await ledger.write(poll(2))
        assert [one.id for one in await ledger.facts(["acme"])] == [1, 2]
    assert await check_server(address) == []


async def test_who_loses_the_connection_loses_the_lock(postgresql: Server, address: ServerAddress) -> None:
    async with await Ledger.open(address) as first:
        await first.write(poll(1))
        postgresql.sql(name_of(address), "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
        async with await Ledger.open(address) as second:
            await second.write(poll(2))
            for words in ("cannot be reached", "in use by another running verifier"):
                with pytest.raises(LedgerError, match=words):
                    await first.write(poll(3))
        await first.write(poll(3))
    assert await _ids(address) == [1, 2, 3]


@asynccontextmanager
async def _breaking(postgresql: Server, folder: Path, sign: bytes) -> AsyncIterator[list[str]]:
    """A way to the server on which the orders given are followed.

    ``break``: the first message with the sign gets lost, and the connection with it. ``away``: nobody gets in.
    """
    orders: list[str] = []

    async def pass_on(source: asyncio.StreamReader, target: asyncio.StreamWriter, other: asyncio.StreamWriter) -> None:
        while some := await source.read(65_536):
            if orders[:1] == ["break"] and sign in some:
                orders.remove("break")
                break
            target.write(some)
        target.close()
        other.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if orders[:1] == ["away"]:
            writer.close()
            return
        far, near = await asyncio.open_unix_connection(postgresql.folder / ".s.PGSQL.5432")
        await asyncio.gather(pass_on(reader, near, writer), pass_on(far, writer, near))

    async with await asyncio.start_unix_server(serve, folder / ".s.PGSQL.5432"):
        yield orders


#: What the client asks, and what the server confirms.
ASKED, CONFIRMED = b"COMMIT;", b"COMMIT\0"


async def test_a_commit_that_did_not_arrive_is_told(postgresql: Server, address: ServerAddress, tmp_path: Path) -> None:
    detour = postgresql.address(name_of(address), folder=tmp_path)
    async with _breaking(postgresql, tmp_path, ASKED) as orders, await Ledger.open(detour) as ledger:
        await ledger.write(poll(1))
        orders.append("break")
        with pytest.raises(LedgerError, match="nothing of this was written"):
            await ledger.write(poll(2))
        assert orders == []
        assert [one.id for one in await ledger.facts(["acme"])] == [1]
        await ledger.write(poll(2))
    assert await _ids(address) == [1, 2]


async def test_a_commit_that_was_not_confirmed_is_asked_for(
    postgresql: Server, address: ServerAddress, tmp_path: Path
) -> None:
    detour = postgresql.address(name_of(address), folder=tmp_path)
    async with _breaking(postgresql, tmp_path, CONFIRMED) as orders, await Ledger.open(detour) as ledger:
        await ledger.write(poll(1))
        orders.append("break")
        await ledger.write(poll(2))
        assert orders == []
        await ledger.write(poll(3))
    assert await _ids(address) == [1, 2, 3]


@pytest.mark.parametrize(("sign", "kept"), [(ASKED, [1, 3]), (CONFIRMED, [1, 2])])
async def test_nothing_is_written_twice_after_a_commit_in_doubt(
    postgresql: Server, address: ServerAddress, tmp_path: Path, sign: bytes, kept: list[int]
) -> None:
    detour = postgresql.address(name_of(address), folder=tmp_path)
    async with _breaking(postgresql, tmp_path, sign) as orders, await Ledger.open(detour) as ledger:
        await ledger.write(poll(1))
        orders += ["break", "away"]
        for _ in range(2):
            with pytest.raises(LedgerError, match="cannot be reached"):
                await ledger.write(poll(2))
        orders.clear()
        again = (await asyncio.gather(ledger.write(poll(3)), return_exceptions=True))[0]
        assert ("restart" in str(again)) is (3 not in kept)
    assert await _ids(address) == kept


async def test_many_facts_go_in_together(address: ServerAddress) -> None:
    async with await Ledger.open(address) as ledger:
        await asyncio.gather(*(ledger.write(Batch(facts=(fact(n),))) for n in range(1, 1501)))
        assert len(await ledger.facts(["acme"], limit=5000)) == 1500


def test_without_the_driver_the_way_out_is_named() -> None:
    program = (
        "import sys, asyncio; sys.modules['asyncpg'] = None\n"
        "from verifier.ledger.ledger import Ledger\n"
        "asyncio.run(Ledger.open('postgresql://me@localhost/mine'))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=Path(__file__).parents[2], check=False, capture_output=True, text=True
    )
    assert "LedgerError" in ran.stderr
    assert "hashrate-verifier[postgres]" in ran.stderr
