"""A ledger that cannot be trusted is refused by name, with the way out."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from tests.ledger.examples import fact, poll
from verifier.errors import LedgerError
from verifier.ledger.care import check
from verifier.ledger.ledger import Ledger
from verifier.ledger.place import Place
from verifier.ledger.records import Batch
from verifier.ledger.tables import METADATA


async def _written(path: Path, polls: int = 300) -> None:
    async with await Ledger.open(path) as ledger:
        for number in range(1, polls + 1, 100):
            await ledger.write(Batch(facts=tuple(fact(n) for n in range(number, number + 100))))


def _tables(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()


async def test_a_new_ledger_is_readable_by_its_owner_alone(path: Path) -> None:
    async with await Ledger.open(path) as ledger:
        assert {file.stat().st_mode & 0o777 for file in path.parent.iterdir()} == {0o600}
        assert len(ledger.identity) == 32


async def test_a_url_names_a_ledger_too(path: Path) -> None:
    async with await Ledger.open(f"sqlite+aiosqlite:///{path}") as ledger:
        await ledger.write(poll(1))
    await (await Ledger.open(path, read_only=True)).close()
    for other in ("sqlite+aiosqlite://", "mysql://me:secret@host/mine", "postgresql://me:secret@host", "://"):
        with pytest.raises(LedgerError, match="write sqlite") as refusal:
            await Ledger.open(other)
        assert "secret" not in str(refusal.value)


async def test_a_database_of_another_program_is_left_as_it_is(path: Path) -> None:
    _tables(path, "CREATE TABLE mine (id)")
    before = _content(path)
    with pytest.raises(LedgerError, match="of another program"):
        await Ledger.open(path)
    assert _content(path) == before


async def test_odd_names_are_names(tmp_path: Path) -> None:
    odd = tmp_path / "my ledger? 100 %#1.db"
    await (await Ledger.open(odd)).close()
    await (await Ledger.open(odd)).close()
    assert odd.exists()


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda path: path.write_text("contracts: {}\n" * 100, encoding="utf-8"), "is not a ledger; name another"),
        (lambda path: path.write_bytes(b""), "is empty; restore a backup"),
        (lambda path: path.write_bytes(path.read_bytes()[:20_000]), "is damaged; stop, look with `verifier db check`"),
        (lambda path: path.write_bytes(_flipped(path.read_bytes())), "is damaged; stop, look with"),
        (lambda path: _tables(path, "UPDATE alembic_version SET version_num='9999'"), "newer verifier .layout 9999"),
        (lambda path: _tables(path, "DROP TABLE alembic_version"), "is a database of another program"),
    ],
    ids=["text", "empty", "truncated", "flipped", "newer", "foreign"],
)
async def test_what_cannot_be_trusted_is_refused(path: Path, spoil: Callable[[Path], object], words: str) -> None:
    await _written(path)
    spoil(path)
    before = _content(path)
    with pytest.raises(LedgerError, match=words) as refusal:
        await Ledger.open(path)
    assert str(path) in str(refusal.value)
    assert _content(path) == before


def _content(path: Path) -> bytes:
    return path.read_bytes()


def _flipped(content: bytes) -> bytes:
    page = 4096
    return b"".join(
        bytes(byte ^ 0xFF for byte in content[start : start + 16]) + content[start + 16 : start + page]
        if start >= 30 * page
        else content[start : start + page]
        for start in range(0, len(content), page)
    )


async def test_what_a_lost_ledger_left_is_not_overwritten(path: Path) -> None:
    left = path.with_name(path.name + "-wal")
    left.write_bytes(b"frames")
    with pytest.raises(LedgerError, match=r"is gone, ledger\.db-wal is left"):
        await Ledger.open(path)
    assert left.read_bytes() == b"frames"


async def test_a_beginning_that_was_interrupted_is_begun_again(path: Path) -> None:
    for ending in (".new", ".new-wal", ".new-shm"):
        path.with_name(path.name + ending).write_bytes(b"half" * 5000)
    async with await Ledger.open(path) as ledger:
        await ledger.write(poll(1))
    assert check(path) == []
    assert not list(path.parent.glob("*.new"))


async def test_a_directory_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="nowhere"):
        await Ledger.open(tmp_path / "nowhere" / "ledger.db")


async def test_two_daemons_are_refused(place: Place, ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match="in use by another running verifier"):
        await Ledger.open(place)
    await ledger.write(poll(1))
    await ledger.close()
    await (await Ledger.open(place)).close()


async def test_a_reader_works_beside_a_writer(place: Place, ledger: Ledger) -> None:
    await ledger.write(poll(1))
    async with await Ledger.open(place, read_only=True) as reader:
        assert [one.id for one in await reader.facts(["acme"])] == [1]
        await ledger.write(poll(2))
        assert [one.id for one in await reader.facts(["acme"])] == [1, 2]
        assert reader.identity == ledger.identity
        with pytest.raises(LedgerError, match="for reading only"):
            await reader.write(poll(3))


async def test_a_reader_makes_and_changes_nothing(path: Path) -> None:
    with pytest.raises(LedgerError, match="does not exist"):
        await Ledger.open(path, read_only=True)
    assert list(path.parent.iterdir()) == []
    await _written(path)
    _tables(path, "UPDATE alembic_version SET version_num='0000'")
    with pytest.raises(LedgerError, match="newer verifier"):
        await Ledger.open(path, read_only=True)


async def test_a_closed_ledger_says_so(ledger: Ledger) -> None:
    await ledger.close()
    with pytest.raises(LedgerError, match="is closed"):
        await ledger.write(poll(1))


async def test_the_migrations_lead_to_the_tables(ledger: Ledger) -> None:
    def compared(connection: Connection) -> object:
        return compare_metadata(MigrationContext.configure(connection), METADATA)

    async with ledger._engine.connect() as connection:
        assert await connection.run_sync(compared) == []


async def test_a_ledger_of_the_first_layout_is_brought_to_this_one_with_all_it_holds(path: Path) -> None:
    await _written(path)
    _tables(path, "DROP INDEX answer_unused", "UPDATE alembic_version SET version_num='0001'")
    async with await Ledger.open(path) as ledger:
        assert (await ledger.counts())["fact"] == 300
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT count(*) FROM sqlite_master WHERE name = 'answer_unused'").fetchone() == (1,)


def test_records_cost_no_database() -> None:
    program = "import sys, verifier.ledger.records; sys.exit('sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).parents[2], check=False).returncode == 0
