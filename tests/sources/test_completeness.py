"""Half a source cannot be added: a page with all sections, a pace, and good, error and empty answers per question."""

import json
from itertools import product
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from tests.sources.table import PAGE, table
from verifier.observation import OBSERVATIONS, Silence
from verifier.sources import SOURCES

RECORDED = Path(__file__).parent / "recorded"
DOCS = Path(__file__).parents[2] / "docs"
#: Kinds of which no public server is known, or which run on one's own machine.
OWN_URL = {
    "bitcoin_core",
    "datum_gateway",
    "lumerin",
    "sv2_applications",
    "nomp",
    "kaspa_stratum_bridge",
    "p2pool_local",
    "jtgrassie_monero_pool",
    "mpos",
    "json",
    "html",
    "csv",
    "blockbook",
    "electrum",
    "ethereum_rpc",
    "monerod",
}
_SORTS = {"good": "with figures", "error": "that is an error", "empty": "of an account with nothing to show"}
SECTIONS = ("What it shows", "How to get access", "Known limits", "Pace", "Rules")


def page(kind: str) -> str:
    file = DOCS / "sources" / f"{kind}.md"
    assert file.exists(), f"docs/sources/{kind}.md is missing; write it with the sections {', '.join(SECTIONS)}"
    return file.read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", SOURCES)
def test_a_source_has_a_page_with_every_section(kind: str) -> None:
    text = page(kind)
    assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == list(SECTIONS)
    assert all(part.strip() for part in text.split("\n## ")), "no section is empty"


@pytest.mark.parametrize("kind", SOURCES)
def test_a_source_states_its_pace_and_its_page_says_the_same(kind: str) -> None:
    pace = SOURCES[kind].pace
    assert pace > 0
    said = "1 second" if pace == 1 else f"{pace:g} seconds"
    assert said in page(kind).split("\n## Pace\n")[1].split("\n## ")[0]


@pytest.mark.parametrize("kind", SOURCES)
def test_a_question_has_recorded_answers_of_every_sort(kind: str) -> None:
    needed = product((question.name for question in SOURCES[kind].questions), ("good", "error", "empty"))
    missing = [one for one in needed if not list((RECORDED / kind / one[0]).glob(f"{one[1]}*/case.json"))]
    assert not missing, "record or write: " + ", ".join(
        f"an answer {_SORTS[sort]}, in tests/sources/recorded/{kind}/{question}/{sort}-what-it-is"
        for question, sort in missing
    )


@pytest.mark.parametrize("kind", SOURCES)
def test_a_question_sees_what_it_says_it_sees(kind: str) -> None:
    for question in SOURCES[kind].questions:
        seen = {
            type(observation)
            for file in (RECORDED / kind / question.name).glob("*/expected.json")
            if not file.read_text(encoding="utf-8").startswith("{")
            for observation in OBSERVATIONS.validate_json(file.read_bytes())
        }
        assert seen - {Silence} == question.sees, question.name


@pytest.mark.parametrize("kind", SOURCES)
def test_hashes_are_of_the_algorithm_that_the_account_or_its_kind_says(kind: str) -> None:
    source = SOURCES[kind]
    for file in (RECORDED / kind).glob("*/*/expected.json"):
        case = json.loads((file.parent / "case.json").read_bytes())
        account = source.Account.model_validate({"kind": kind, **case["account"]})
        said = getattr(account, "algorithm", source.algorithm)
        told = json.loads(file.read_bytes())
        found = {one["algorithm"] for one in told if "algorithm" in one} if isinstance(told, list) else set()
        assert said is None or found <= {said}, file.parent


def test_no_recording_belongs_to_a_source_or_question_that_is_gone() -> None:
    asked = {(kind, question.name) for kind, source in SOURCES.items() for question in source.questions}
    assert {(folder.parts[-2], folder.parts[-1]) for folder in RECORDED.glob("*/*")} == asked


def test_the_table_of_sources_equals_the_code() -> None:
    assert table(SOURCES) in PAGE.read_text(encoding="utf-8"), "write it anew: python -m tests.sources.table"


def test_a_kind_is_the_key_of_its_record_and_its_account_needs_a_url_only_where_it_is_ones_own_machine() -> None:
    for kind, source in SOURCES.items():
        assert source.kind == kind
        url = source.Account.model_fields["url"]
        assert url.is_required() == (kind in OWN_URL)
        assert url.is_required() or url.default.startswith("https://")
        assert TypeAdapter(source.Account).json_schema()["additionalProperties"] is False
