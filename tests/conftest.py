"""What holds for every test: programs of the host are asked for by name, and with CI=true nothing is skipped."""

import os
import shutil
from collections.abc import Callable, Generator, Iterator
from itertools import chain, count
from pathlib import Path
from typing import Final

import pytest
from hypothesis import settings

from tests.ledger.server import POSTGRESQL, Server, serving
from tests.secrecy import tells, written_secrets
from verifier.ledger.place import Place

_PROGRAMS: Final = dict(
    line.split()
    for line in Path(__file__).with_name("host-programs.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
)

#: Rooms and files whose tests run on both databases each time; with ``--ledger`` all that have one run on that one.
_ON_BOTH: Final = frozenset({"ledger", "test_entering", "test_judging", "test_captured_hour", "test_read_later"})

# Machines differ in speed, so an example has no deadline; the suite finds the same examples every time.
settings.register_profile("house", deadline=None, derandomize=True, database=None)
settings.load_profile("house")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """One database server for all tests that ask for it; each takes a database of its own."""
    with serving() as server:
        yield server


def pytest_addoption(parser: pytest.Parser) -> None:
    """``pytest --ledger=postgresql``: the whole suite on that database."""
    parser.addoption("--ledger", choices=("sqlite", "postgresql"), help="where the ledgers of all tests are")


def pytest_collection() -> None:
    """What no program that a test starts shall inherit: the terminal's width, and the order to measure its coverage."""
    for name in ("COLUMNS", "COVERAGE_PROCESS_CONFIG"):
        os.environ.pop(name, None)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that has a ledger runs where the option says, else on both in some rooms; one of a file, on a file."""
    if "places" not in metafunc.fixturenames or metafunc.definition.get_closest_marker("of_a_file"):
        return
    chosen = metafunc.config.getoption("--ledger")
    on_both = not _ON_BOTH.isdisjoint((metafunc.definition.path.parent.name, metafunc.definition.path.stem))
    postgresql = pytest.param("postgresql", marks=pytest.mark.needs(POSTGRESQL))
    if chosen != "sqlite" and (chosen or on_both):
        metafunc.parametrize("places", [postgresql] if chosen else ["sqlite", postgresql], indirect=True)


@pytest.fixture
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Place]]:
    """Each call names another place for a ledger, with nothing there yet: a file of the test's own, or a database."""
    if getattr(request, "param", "sqlite") == "sqlite":
        files = chain([tmp_path / "ledger.db"], (tmp_path / f"ledger{number}.db" for number in count(2)))
        yield lambda: next(files)
        return
    server: Server = request.getfixturevalue("postgresql")
    with server.databases() as another:
        yield another


@pytest.fixture
def place(places: Callable[[], Place]) -> Place:
    """Where the test's ledger is: what holds of a file holds of a database."""
    return places()


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
