"""The worked example of CONTRIBUTING.md, performed: its blocks become files and a new pool speaks."""

import re
import tomllib
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest

from verifier.sources import GROUP, SOURCES, load
from verifier.sources.recording import read_case, understood

GUIDE = Path(__file__).parents[2] / "CONTRIBUTING.md"
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


def test_the_guides_line_fits_the_table(files: dict[str, str]) -> None:
    table = (GUIDE.parent / "verifier" / "sources" / "__init__.py").read_text(encoding="utf-8")
    assert '"ckpool": ckpool.SOURCE,' in table
    assert '`"mypool": mypool.SOURCE,`' in GUIDE.read_text(encoding="utf-8")


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


def test_an_entry_point_that_names_something_else_is_refused() -> None:
    with pytest.raises(TypeError, match="does not name a Source"):
        load([EntryPoint("ckpool", "verifier.sources:GROUP", GROUP)])
    with pytest.raises(TypeError, match="of that kind"):
        load([EntryPoint("other", "verifier.sources.ckpool:SOURCE", GROUP)])


def test_installed_entry_points_are_looked_up_when_asked() -> None:
    assert set(SOURCES) <= set(load())
