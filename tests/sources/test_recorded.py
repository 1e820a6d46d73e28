"""Every recorded conversation is understood as its expected.json says."""

from pathlib import Path

import pytest

from verifier.sources import SOURCES
from verifier.sources.recording import read_case, understood

RECORDED = Path(__file__).parent / "recorded"
CASES = sorted(folder.parent for folder in RECORDED.glob("*/*/*/case.json"))


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: str(folder.relative_to(RECORDED)))
def test_a_recorded_conversation_is_understood_as_expected(folder: Path) -> None:
    kind, question = folder.parts[-3:-1]
    files = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert understood(SOURCES[kind], question, read_case(files)).decode() == files["expected.json"].decode()
