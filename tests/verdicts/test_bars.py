"""The bars of the hashrate verdict (docs/verdict-bars.md), each scenario at the small size of the benchmark.

A row is missed when it lies beyond its bar and beyond 99.9 % of the luck of so small a sample.
"""

import sys
from collections.abc import Iterator
from typing import Final

import pytest

from tests.bench.verdict.__main__ import PARTS, every_job, measured
from tests.bench.verdict.jobs import SMALL
from tests.bench.verdict.rows import MISSED, Row, rate, share

_SEED: Final = 1
#: What docs/verdict-bars.md says is missed today: (part, scenario). Whoever mends one takes it away here and there.
_MISSED_TODAY: Final = frozenset[tuple[str, str]]()


def _words(row: Row) -> str:
    return f"{row.scenario}: {row.measured:.4g} {row.unit}, bar {row.bar}"


@pytest.fixture
def untraced() -> Iterator[None]:
    """Simulations go through the same lines millions of times: what covers them is counted in other tests."""
    tracer = sys.gettrace()
    sys.settrace(None)
    yield
    sys.settrace(tracer)


@pytest.mark.slow
@pytest.mark.usefixtures("untraced")
@pytest.mark.timeout(600)
@pytest.mark.parametrize("part", PARTS)
def test_only_the_bars_that_are_said_to_be_missed_are_missed(part: str) -> None:
    rows = measured(every_job(_SEED, SMALL, part))
    missed = {row.scenario: _words(row) for row in rows if row.result == MISSED}
    said = {scenario for one, scenario in _MISSED_TODAY if one == part}
    assert rows
    assert set(missed) == said, "\n".join(missed.values())


def test_a_bar_is_missed_only_beyond_the_luck_of_its_sample() -> None:
    results = [rate("1", "", count, 10.0, 0.1).result for count in (0, 1, 2, 8)]
    assert results == ["holds", "holds", "too close to call", "missed"]
    assert share("7", "", 30, 1000, 0.01).result == "missed"
    assert rate("1", "", 100, 1.0, None).result == ""
