"""The house itself: sizes, names, addresses, and rules that no checker of the field knows."""

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any, Final

import pytest

CHECKOUT: Final = Path(__file__).parents[1]
FORBIDDEN_NAMES: Final = {
    "base",
    "common",
    "handler",
    "helper",
    "helpers",
    "manager",
    "misc",
    "processor",
    "service",
    "utils",
}
SKIPS: Final = re.compile(r"pytest\.(mark\.)?(skip|xfail)|importor[s]kip|@unittest\.skip")
PATCHES: Final = re.compile(r"unittest\.mock|\bmocker\b|monkeypatch\.setattr")
MACHINE_PATHS: Final = re.compile(r"(?<![\w.>}])/(work|root|home/\w+|Users/\w+)/")
REGISTRY: Final = re.compile(r"pypi\.org|pythonhosted|--(extra-)?index-url|--find-links|/simple/(?!price)")
LINES_ALLOWED: Final = 400


def tracked(*patterns: str) -> list[Path]:
    """Files of the project, those not yet added included, those ignored left out."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [path for name in sorted(set(listed.stdout.split("\0"))) if (path := CHECKOUT / name).is_file()]


def found(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    """Every ``file:line`` where the pattern occurs, except in this file, which has to name what it looks for."""
    return [
        f"{path.relative_to(CHECKOUT)}:{number}: {line.strip()[:100]}"
        for path in paths
        if path != Path(__file__)
        for number, line in enumerate(path.read_bytes().decode(errors="ignore").splitlines(), start=1)
        if pattern.search(line)
    ]


@pytest.fixture(scope="module")
def modules() -> list[Path]:
    return tracked("verifier/**.py", "tests/**.py")


@pytest.fixture(scope="module")
def everything() -> list[Path]:
    return tracked()


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))


def test_no_module_is_longer_than_can_be_read(modules: list[Path]) -> None:
    long = {
        str(path.relative_to(CHECKOUT)): lines
        for path in modules
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LINES_ALLOWED
    }
    assert long == {}


def test_modules_and_classes_are_named_after_what_they_are(modules: list[Path]) -> None:
    named = {f"{path.relative_to(CHECKOUT)}": set(path.stem.lower().split("_")) for path in modules}
    for path in modules:
        for name in re.findall(r"^\s*class (\w+)", path.read_text(encoding="utf-8"), flags=re.MULTILINE):
            named[f"{path.relative_to(CHECKOUT)}: {name}"] = {
                part.lower() for part in re.findall(r"[A-Z]+[a-z0-9]*", name)
            }
    assert [place for place, words in named.items() if words & FORBIDDEN_NAMES] == []


def test_every_room_has_its_place_in_the_import_order(modules: list[Path], project: dict[str, Any]) -> None:
    order = project["tool"]["importlinter"]["contracts"][0]
    placed = set(re.findall(r"\w+", " ".join(order["layers"])))
    package = CHECKOUT / "verifier"
    inside = (path.relative_to(package).parts[0] for path in modules if package in path.parents)
    rooms = {name.removesuffix(".py") for name in inside} - {"__init__"}
    assert rooms == placed
    assert order["exhaustive"]
    assert not [layer for layer in order["layers"] if "(" in layer]


def test_every_folder_of_the_program_is_a_package(modules: list[Path]) -> None:
    package = CHECKOUT / "verifier"
    folders = {path.parent for path in modules if package in path.parents and "migrations" not in path.parts}
    assert [str(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_no_test_is_skipped_behind_the_back_of_the_one_place_that_may(modules: list[Path]) -> None:
    assert found(SKIPS, [path for path in modules if path != CHECKOUT / "tests" / "conftest.py"]) == []


def test_nothing_is_patched(modules: list[Path]) -> None:
    assert found(PATCHES, modules) == []


def test_the_integration_calls_make_test_and_nothing_else() -> None:
    script = (CHECKOUT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert script[-1] == "exec make test"
    assert all(line.startswith(("#!", "set ", "cd ")) for line in script[:-1])


def test_constraints_pin_versions_and_name_no_address() -> None:
    lines = (CHECKOUT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert [pin for pin in pins if not re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9][0-9a-z.]*", pin)] == []


def test_every_requirement_is_pinned(project: dict[str, Any]) -> None:
    def canonical(requirement: str) -> str:
        return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=]", requirement)[0]).lower()

    pins = {canonical(line) for line in (CHECKOUT / "constraints.txt").read_text(encoding="utf-8").splitlines()}
    asked = [project["build-system"]["requires"], project["project"]["dependencies"]]
    asked += project["project"]["optional-dependencies"].values()
    assert {canonical(requirement) for group in asked for requirement in group} <= pins


def test_no_file_names_a_folder_of_somebodys_machine(everything: list[Path]) -> None:
    assert found(MACHINE_PATHS, everything) == []


def test_no_file_names_a_package_registry(everything: list[Path]) -> None:
    assert found(REGISTRY, everything) == []


def test_programs_that_tests_start_are_named_with_their_package(modules: list[Path]) -> None:
    listed = (CHECKOUT / "tests" / "host-programs.txt").read_text(encoding="utf-8").splitlines()
    known = {line.split()[0] for line in listed if not line.startswith("#")}
    text = "\n".join(path.read_text(encoding="utf-8") for path in modules if path.parent != CHECKOUT / "tests")
    asked = re.findall(r"mark\.needs\(([^)]*)\)", text)
    assert {program for names in asked for program in re.findall(r"\"([^\"]+)\"", names)} <= known
