"""What holds for every test: programs of the host are asked for by name, and with CI=true nothing is skipped."""

import os
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Final

import pytest
from hypothesis import settings

from tests.ledger.server import Server, serving
from tests.secrecy import tells, written_secrets

_PROGRAMS: Final = dict(
    line.split()
    for line in Path(__file__).with_name("host-programs.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
)

# Machines differ in speed, so an example has no deadline; the suite finds the same examples every time.
settings.register_profile("house", deadline=None, derandomize=True, database=None)
settings.load_profile("house")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """One database server for all tests that ask for it; each takes a database of its own."""
    with serving() as server:
        yield server


def pytest_runtest_setup(item: pytest.Item) -> None:
    """``@pytest.mark.needs("promtool")``: start the test only where the host has the program."""
    for marker in item.iter_markers("needs"):
        for program in marker.args:
            if shutil.which(program) is None:
                pytest.skip(f"{program} is missing: apt install {_PROGRAMS[program]}")


def _nothing_is_skipped(report: pytest.TestReport | pytest.CollectReport) -> None:
    if report.skipped and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"CI=true allows no skip: {report.longrepr}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """On the machine that decides, a skipped test is a failed one."""
    report = yield
    _nothing_is_skipped(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a whole module."""
    report = yield
    _nothing_is_skipped(report)
    return report


_SAID: Final[list[str]] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Remember which tests said a secret on standard output, standard error or in a log."""
    if tells(f"{report.capstdout}{report.capstderr}{report.caplog}".encode()):
        _SAID.append(report.nodeid)


@pytest.fixture(scope="session", autouse=True)
def nothing_written_tells_a_secret(tmp_path_factory: pytest.TempPathFactory) -> Generator[None]:
    """When all tests are over, their folders and what they said hold none of the suite's secrets."""
    yield
    assert not _SAID
    assert not list(written_secrets(tmp_path_factory.getbasetemp()))
