import os
from pathlib import Path

import pytest

from tests.wire.far_end import NOON, pool
from verifier.errors import Misread, Refused
from verifier.talk import File, Http
from verifier.wire import Wire


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    room = tmp_path / "pool logs"
    (room / "users").mkdir(parents=True)
    (room / "users" / "bc1q").write_bytes(b"\xff{}")
    os.utime(room / "users" / "bc1q", (1_772_366_400, 1_772_366_400))
    (tmp_path / "outside").write_text("private")
    return room


async def test_a_file_is_read_whole_with_the_time_of_its_change(wire: Wire, folder: Path) -> None:
    reply = await wire.ask(pool(folder.as_uri()), File(path="users/bc1q"))
    assert (reply.status, reply.body, reply.received_at) == (200, b"\xff{}", NOON)
    assert reply.headers == {"last-modified": "Sun, 01 Mar 2026 12:00:00 GMT"}


async def test_an_account_may_be_one_file(wire: Wire, folder: Path) -> None:
    assert (await wire.ask(pool((folder / "users" / "bc1q").as_uri()), File(path=""))).body == b"\xff{}"


async def test_a_file_that_is_not_there_is_a_404(wire: Wire, folder: Path) -> None:
    assert (await wire.ask(pool(folder.as_uri()), File(path="users/nobody"))).status == 404


@pytest.mark.parametrize("path", ["../outside", "users/../../outside", "link", "/etc/hostname"])
async def test_nothing_outside_the_configured_directory_is_read(wire: Wire, folder: Path, path: str) -> None:
    (folder / "link").symlink_to(folder.parent / "outside")
    with pytest.raises(Refused, match="lies outside"):
        await wire.ask(pool(folder.as_uri()), File(path=path))


async def test_a_pipe_is_no_file_and_does_not_hang(wire: Wire, folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    with pytest.raises(Refused, match="pipe is not a plain file"):
        await wire.ask(pool(folder.as_uri()), File(path="pipe"))


async def test_a_file_above_the_cap_is_not_read(wire: Wire, folder: Path) -> None:
    with pytest.raises(Misread, match="larger than 2 bytes"):
        await wire.ask(pool(folder.as_uri()), File(path="users/bc1q"), cap=2)


async def test_only_an_account_of_files_reads_files(wire: Wire, folder: Path) -> None:
    with pytest.raises(Refused, match="needs an address that begins with file://"):
        await wire.ask(pool("https://pool.example"), File(path="/etc/hostname"))
    with pytest.raises(Refused, match="needs an address that begins with https://"):
        await wire.ask(pool(folder.as_uri()), Http(path="/users/bc1q"))
