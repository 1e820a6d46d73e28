"""Since when: a change that was found, or only the first moment that anybody has seen."""

from datetime import datetime, timedelta

import pytest

from tests.verdicts.cases import START, contract, slots
from tests.verdicts.test_hashrate import DAY, judged
from verifier.verdicts.verdict import Outcome


def test_what_was_so_from_the_first_moment_seen_began_then_or_earlier() -> None:
    before = contract(starts=START - timedelta(days=30))
    now = judged(before, slots(0.8, 5 * DAY, seed=1)).verdicts[-1]
    assert now.since == START
    assert now.since_or_earlier
    assert "since 1 Nov 00:00 UTC or earlier; by chance" in now.because


@pytest.mark.parametrize(("starts", "change"), [(START, 0), (START - timedelta(days=30), 2 * DAY)])
def test_what_began_with_the_contract_or_was_found_as_a_change_began_no_earlier(starts: datetime, change: int) -> None:
    now = judged(contract(starts=starts), slots(lambda n: 1.0 if n < change else 0.0, 5 * DAY, seed=1)).verdicts[-1]
    assert now.outcome is Outcome.SHORT
    assert not now.since_or_earlier
    assert "or earlier" not in now.because
