"""The reference pages that are made from the tables: ``python -m verifier.outlets.reference docs`` writes them."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from verifier.outlets.metric_table import METRICS
from verifier.outlets.words import TABLES

_MADE: Final = "Made from the code by `python -m verifier.outlets.reference docs`; a test holds the two equal.\n"
_METRICS_INTRODUCTION: Final = """# Metrics

Served at `/metrics`, as text or OpenMetrics. Sources are asked on our own timers, not at each scrape, because pools
forbid more: scrape as often as you like.

A number that is not known has no sample; it is never exported as 0. Labels come from the configuration or a closed
enumeration, never from what a pool said. A contract's series go with the contract. The `process_*` metrics of the
Prometheus client library are served too.

Coins are counted in integers everywhere else; Prometheus knows floats only, so here they are whole coins as floats,
good to 15 digits. Books are kept from the [JSON](api.md), which has base units as text.
"""


def metrics_page() -> str:
    """docs/metrics.md: every metric with type, unit, labels and meaning."""
    lines = [
        _METRICS_INTRODUCTION,
        _MADE,
        "| metric | type | unit | labels | meaning |",
        "| --- | --- | --- | --- | --- |",
    ]
    for row in METRICS:
        labels = ", ".join(f"`{label}`" for label in row.labels)
        lines.append(f"| `{row.name}` | {row.type} | {row.unit.replace('_', ' ')} | {labels} | {row.help} |")
    return "\n".join(lines) + "\n"


def words_page() -> str:
    """docs/words.md: what people read, what it means, and the name in code, JSON and metrics."""
    lines = [
        "# Words\n",
        "Pages, mails and the command line say the left column; files and metrics the right.\n",
        _MADE,
    ]
    for title, words in TABLES.items():
        lines += [f"## {title}\n", "| words | meaning | name in code |", "| --- | --- | --- |"]
        lines += [f"| {word.text} | {word.meaning} | `{identifier}` |" for identifier, word in words.items()]
        lines.append("")
    return "\n".join(lines)


PAGES: Final[Mapping[str, Callable[[], str]]] = MappingProxyType({"metrics.md": metrics_page, "words.md": words_page})


def write(folder: Path) -> None:
    """Write every reference page into a folder."""
    for name, page in PAGES.items():
        (folder / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
