"""docs/metrics.md and docs/words.md say what the code does."""

import re
from pathlib import Path

import pytest

from tests.outlets import pictures
from verifier.outlets import api, reference
from verifier.outlets.metric_table import METRICS

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", sorted(reference.PAGES))
def test_the_page_equals_the_code(name: str) -> None:
    made = reference.PAGES[name]()
    assert (DOCS / name).read_text(encoding="utf-8") == made, "run: python -m verifier.outlets.reference docs"


def test_the_page_of_the_documents_names_every_field() -> None:
    told = set(re.findall(r"`(\w+)`", (DOCS / "api.md").read_text(encoding="utf-8")))
    picture = pictures.every_result()
    view = picture.contracts["north"]
    documents = (api.contracts(picture), api.one_contract(picture, view, ()), api.accounts(picture))
    assert {name for document in documents for name in names(document)} <= told


def names(document: api.Document) -> set[str]:
    """The fields of a document down to its rows; those of records inside are the records' own."""
    rows = [row for value in document.values() if isinstance(value, list) for row in value if isinstance(row, dict)]
    return set(document) | {name for row in rows for name in row}


def test_pages_are_written_where_they_are_wanted(tmp_path: Path) -> None:
    reference.write(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"metrics.md", "words.md"}


def test_every_metric_keeps_the_conventions() -> None:
    for metric in METRICS:
        assert metric.name.startswith("verifier_")
        assert (metric.type == "counter") == metric.name.endswith("_total")
        assert metric.name.endswith(metric.unit)
        assert metric.help.endswith(".")
