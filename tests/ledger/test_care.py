"""A ledger is checked, copied beside a running daemon, and put back."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from tests.ledger.examples import NOON, fact, poll
from verifier.errors import LedgerError
from verifier.ledger.care import backup, check, restore
from verifier.ledger.ledger import Ledger
from verifier.ledger.records import Batch


def _changed(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as database:
        for table in ("fact", "body", "answer"):
            for verb in ("update", "delete"):
                database.execute(f"DROP TRIGGER IF EXISTS {table}_no_{verb}")
        for statement in statements:
            database.execute(statement)
        database.commit()


async def _with(path: Path, *numbers: int) -> None:
    async with await Ledger.open(path) as ledger:
        for number in numbers:
            await ledger.write(poll(number))


async def _ids(path: Path) -> list[int]:
    async with await Ledger.open(path) as ledger:
        return [one.id for one in await ledger.facts(["acme"])]


def _cut(path: Path, to: Path) -> Path:
    to.write_bytes(path.read_bytes()[:30_000])
    return to


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("UPDATE body SET compressed = x'789c030000000001'", "is not what its digest says"),
        ("UPDATE body SET compressed = x'00'", "is not what its digest says"),
        ("DELETE FROM body WHERE digest = (SELECT min(digest) FROM body)", "names a row of body that is missing"),
        ("UPDATE standing SET position = 99", "the judgement of north rests on fact 99, which is missing"),
    ],
)
async def test_each_harm_is_found(path: Path, change: str, words: str) -> None:
    await _with(path, 1, 2)
    assert check(path) == []
    _changed(path, change)
    assert [finding for finding in check(path) if words in finding]


def test_a_file_that_cannot_be_read_is_a_finding(path: Path) -> None:
    path.write_text("not a database, but long enough to be looked at\n" * 100, encoding="utf-8")
    assert check(path) == ["the file cannot be read through: file is not a database"]
    with pytest.raises(LedgerError, match="does not exist"):
        check(path.with_name("other.db"))


async def test_a_ledger_is_copied_beside_a_running_daemon(path: Path, tmp_path: Path) -> None:
    async with await Ledger.open(path) as ledger:
        await ledger.write(Batch(facts=tuple(fact(number) for number in range(1, 500))))
        copy = backup(path, tmp_path / "copies", NOON)
        await ledger.write(poll(500))
    assert copy.name == "ledger-20260301T120000Z.db"
    assert copy.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in copy.parent.iterdir()] == [copy.name]
    assert await _ids(copy) == list(range(1, 500))


async def test_only_the_newest_copies_are_kept(path: Path, tmp_path: Path) -> None:
    await _with(path, 1)
    (tmp_path / "copies").mkdir()
    other = tmp_path / "copies" / "ledger-of-my-neighbour.db"
    other.touch()
    copies = [backup(path, tmp_path / "copies", NOON + timedelta(days=day), keep=2) for day in range(4)]
    assert sorted((tmp_path / "copies").iterdir()) == sorted([*copies[2:], other])


async def test_a_damaged_ledger_gives_no_copy(path: Path, tmp_path: Path) -> None:
    await _with(path, 1)
    _changed(path, "UPDATE body SET size = 99")
    with pytest.raises(LedgerError, match="cannot be trusted"):
        backup(path, tmp_path / "copies", NOON, keep=1)
    assert list((tmp_path / "copies").iterdir()) == []


async def test_a_copy_is_put_back_and_the_old_file_is_kept(path: Path, tmp_path: Path) -> None:
    await _with(path, 1)
    copy = backup(path, tmp_path / "copies", NOON)
    await _with(path, 2)
    aside = restore(copy, path, NOON)
    assert aside == path.with_name("ledger.db.before-20260301T120000Z")
    assert await _ids(path) == [1]
    assert await _ids(aside) == [1, 2]
    assert check(copy) == []
    assert restore(copy, tmp_path / "fresh.db", NOON) is None
    assert await _ids(tmp_path / "fresh.db") == [1]


async def test_a_running_daemon_keeps_its_ledger(path: Path, tmp_path: Path) -> None:
    async with await Ledger.open(path) as ledger:
        await ledger.write(poll(1))
        copy = backup(path, tmp_path / "copies", NOON)
        with pytest.raises(LedgerError, match="in use by another running verifier"):
            restore(copy, path, NOON)
        await ledger.write(poll(2))


async def test_a_damaged_copy_is_not_put_back(path: Path, tmp_path: Path) -> None:
    await _with(path, 1)
    copy = _cut(path, tmp_path / "copy.db")
    with pytest.raises(LedgerError, match="use another copy"):
        restore(copy, path, NOON)
    assert await _ids(path) == [1]
