"""What systemd is told, on a real socket."""

import socket
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from verifier.daemon.installation import Feeding
from verifier.daemon.systemd import notify

NOW = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    address = str(tmp_path / "notify")
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as heard:
        heard.bind(address)
        heard.settimeout(1.0)
        yield heard, address


def test_a_state_is_one_datagram(systemd: tuple[socket.socket, str]) -> None:
    heard, address = systemd
    notify({"NOTIFY_SOCKET": address}, "READY=1")
    assert heard.recv(100) == b"READY=1"


def test_a_name_that_begins_with_an_at_sign_is_no_file(tmp_path: Path) -> None:
    name = f"verifier-test-{tmp_path.name}-{id(tmp_path)}"
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as heard:
        heard.bind(f"\0{name}")
        heard.settimeout(1.0)
        notify({"NOTIFY_SOCKET": f"@{name}"}, "STOPPING=1")
        assert heard.recv(100) == b"STOPPING=1"


def test_without_systemd_nothing_is_told(tmp_path: Path) -> None:
    notify({}, "READY=1")
    notify({"NOTIFY_SOCKET": str(tmp_path / "nobody")}, "READY=1")


def test_the_watchdog_is_fed_by_turns_and_not_more_often_than_needed(systemd: tuple[socket.socket, str]) -> None:
    heard, address = systemd
    feed = Feeding({"NOTIFY_SOCKET": address}, NOW)
    for seconds in range(31):
        feed(NOW + timedelta(seconds=seconds))
    feed(NOW - timedelta(hours=1))  # the clock was set back: turns still count
    heard.setblocking(False)
    fed = []
    while True:
        try:
            fed.append(heard.recv(100))
        except BlockingIOError:
            break
    assert fed == [b"WATCHDOG=1"] * 5
