"""The worked example of CONTRIBUTING.md, performed: its blocks become files and a new pool speaks."""

import re
import tomllib
from datetime import UTC, datetime
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest

from verifier.errors import ConfigError
from verifier.settings import load as settings
from verifier.sources import GROUP, SOURCES, load, unloadable
from verifier.sources.recording import read_case, understood

GUIDE = Path(__file__).parents[2] / "CONTRIBUTING.md"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
BLOCK = re.compile(r"^`([\w./-]+)`\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def files() -> dict[str, str]:
    section = GUIDE.read_text(encoding="utf-8").split("\n## Add a pool\n")[1].split("\n## ")[0]
    return dict(BLOCK.findall(section))


@pytest.fixture
def added(files: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EntryPoints:
    (tmp_path / "mypool.py").write_text(files["verifier/sources/mypool.py"], encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    points = tomllib.loads(files["pyproject.toml"])["project"]["entry-points"][GROUP]
    return EntryPoints(EntryPoint(name, value, GROUP) for name, value in points.items())


def test_the_guides_pool_understands_its_recorded_answer(files: dict[str, str], added: EntryPoints) -> None:
    source = load(added)["mypool"]
    folder = {Path(name).name: body.encode() for name, body in files.items() if "/recorded/mypool/now/good/" in name}
    assert set(folder) == {"case.json", "1.body", "expected.json"}
    assert understood(source, "now", read_case(folder)) == folder["expected.json"]


def test_the_guides_pool_is_short(files: dict[str, str]) -> None:
    assert len(files["verifier/sources/mypool.py"].splitlines()) < 60


def test_the_guides_word_fits_the_table(files: dict[str, str]) -> None:
    table = (GUIDE.parent / "verifier" / "sources" / "__init__.py").read_text(encoding="utf-8")
    assert "    ckpool public_pool " in table
    assert "**3. One word**, `mypool`, in the table" in GUIDE.read_text(encoding="utf-8")


def test_our_own_kinds_stay_beside_an_added_one(added: EntryPoints) -> None:
    assert set(load(added)) == {*SOURCES, "mypool"}


def test_an_entry_point_of_the_same_kind_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "better_ckpool.py").write_text(
        "from dataclasses import replace\n"
        "from verifier.sources import SOURCES\n"
        "SOURCE = replace(SOURCES['ckpool'], title='Better')\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert load([EntryPoint("ckpool", "better_ckpool:SOURCE", GROUP)])["ckpool"].title == "Better"


@pytest.mark.parametrize(
    ("kind", "value", "says"),
    [
        ("ckpool", "verifier.sources:GROUP", "does not name a Source of the kind ckpool"),
        ("other", "verifier.sources.ckpool:SOURCE", "does not name a Source of the kind other"),
        ("other", "no_such_package:SOURCE", "cannot be loaded (ModuleNotFoundError"),
        ("other", "verifier.sources:NOTHING", "cannot be loaded (AttributeError"),
    ],
)
def test_what_cannot_be_loaded_is_a_fault_of_its_own_kind_alone(kind: str, value: str, says: str) -> None:
    added = [EntryPoint(kind, value, GROUP)]
    assert set(load(added)) == set(SOURCES) - {kind}
    assert says in unloadable(added)[kind]


def test_an_account_of_a_kind_that_cannot_be_loaded_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = tmp_path / "broken-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\nbroken = broken_pool:SOURCE\n", encoding="utf-8")
    (tmp_path / "broken_pool.py").write_text("raise RuntimeError('of another version')\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    address = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
    rest = f"""
  fine: {{kind: ckpool, address: {address}}}
contracts:
  north: {{seller: North, promised: 1 PH/s, starts: 2026-02-01, watch: [{{account: fine}}]}}
"""
    file = tmp_path / "verifier.yaml"
    file.write_text(f"accounts:{rest}", encoding="utf-8")
    assert set(settings(file, {}, None, NOON).accounts) == {"fine"}, "nobody uses it"
    file.write_text(f"accounts:\n  odd: {{kind: broken}}{rest}", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"of another version") as refused:
        settings(file, {}, None, NOON)
    assert [fault.path for fault in refused.value.faults if "loaded" in fault.problem] == ["accounts.odd.kind"]


def test_installed_entry_points_are_looked_up_when_asked() -> None:
    assert set(SOURCES) <= set(load())
