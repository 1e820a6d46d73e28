"""The table of docs/sources.md, made from the code; ``python -m tests.sources.table`` writes it anew."""

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from verifier.sources import SOURCES
from verifier.talk import Source

PAGE = Path(__file__).parents[2] / "docs" / "sources.md"
HEAD = (
    "| kind | what | support | question | asked every | reaches back | tells |\n"
    "| --- | --- | --- | --- | --- | --- | --- |\n"
)


def span(length: timedelta) -> str:
    minutes = int(length.total_seconds() // 60)
    return "–" if not minutes else f"{minutes} min" if minutes < 60 else f"{minutes // 60} h"


def table(sources: Mapping[str, Source]) -> str:
    """Every kind with its questions."""
    rows = [
        f"| [{kind}](sources/{kind}.md) | {source.title} | {source.support} | {question.name} | {span(question.every)} "
        f"| {span(question.reach)} | {', '.join(sorted(seen.__name__ for seen in question.sees))} |\n"
        for kind, source in sources.items()
        for question in source.questions
    ]
    return HEAD + "".join(rows)


if __name__ == "__main__":
    written = PAGE.read_text(encoding="utf-8")
    start = written.index(HEAD.splitlines()[0])
    old = re.match(r"(\|.*\n)+", written[start:])
    assert old is not None
    PAGE.write_text(written[:start] + table(SOURCES) + written[start + old.end() :], encoding="utf-8")
