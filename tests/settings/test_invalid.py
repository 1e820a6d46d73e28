"""One file per fault: each says at the right line what is wrong and what to write instead, and nothing else."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from verifier.errors import ConfigError
from verifier.settings import load

_FILES: Final = sorted((Path(__file__).parent.parent / "config").glob("invalid-*.yaml"))
_NOW: Final = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize("file", _FILES, ids=lambda file: file.stem.removeprefix("invalid-"))
def test_one_fault_is_told_with_what_to_write_instead(file: Path) -> None:
    first, *_ = file.read_text(encoding="utf-8").splitlines()
    with pytest.raises(ConfigError) as refused:
        load(file, {}, None, _NOW)
    told = [f"# expect: {fault.path}: {fault.problem}" for fault in refused.value.faults]
    assert told == [first]


@pytest.mark.parametrize("file", _FILES, ids=lambda file: file.stem.removeprefix("invalid-"))
def test_the_line_is_the_one_of_the_offending_key(file: Path) -> None:
    lines = file.read_text(encoding="utf-8").splitlines()
    with pytest.raises(ConfigError) as refused:
        load(file, {}, None, _NOW)
    fault = refused.value.faults[0]
    last_key = fault.path.rsplit(".", 1)[-1].split("[", 1)[0]
    assert fault.path == "file" or f"{last_key}:" in lines[fault.line - 1] or lines[fault.line - 1].lstrip()[:1] == "-"


def test_there_is_a_file_for_every_kind_of_fault() -> None:
    assert len(_FILES) >= 25
