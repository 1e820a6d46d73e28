"""What a corrected file tells anew takes back what was said by the wrong one; nothing else takes a result back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.daemon.judged import SLOT, START, slot
from verifier.fact import Fact
from verifier.incidents.retold import told_anew
from verifier.observation import BalanceSeen, RateSeen
from verifier.units import Amount, Window

WRONG, RIGHT = "json/1+aaaaaaaa", "json/1+bbbbbbbb"
HOUR = Window(start=START, end=START + 6 * SLOT)


def answer(fact_id: int, adapter: str, first: int = 0, slots: int = 6, **changed: Any) -> Fact:
    """A chart of some slots."""
    some = [slot(number) for number in range(first, first + slots)]
    seen = tuple(one for fact in some for one in fact.observations)
    return replace(some[0], id=fact_id, adapter=adapter, **{"observations": seen, **changed})


def found(*known: Fact, new: int = 1) -> Sequence[Window]:
    """What is told anew by the last ``new`` of all facts."""
    return told_anew("pool", known[-new:], known)


def test_the_first_answer_by_a_corrected_file_tells_anew_what_another_told() -> None:
    assert found(answer(1, WRONG), answer(2, RIGHT)) == (HOUR,)
    assert found(answer(1, WRONG), answer(2, RIGHT, first=3)) == (Window(start=START + 3 * SLOT, end=HOUR.end),)
    assert found(answer(1, WRONG), answer(2, WRONG), answer(3, RIGHT), new=2) == (HOUR, HOUR)


def test_what_changes_after_the_first_answer_was_changed_by_the_other_end() -> None:
    assert found(answer(1, WRONG), answer(2, RIGHT), answer(3, RIGHT)) == ()
    assert found(answer(1, WRONG), answer(2, WRONG)) == ()


def test_a_file_that_is_changed_back_is_a_correction_too() -> None:
    assert found(answer(1, WRONG), answer(2, RIGHT), answer(3, WRONG)) == (HOUR,)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(answer(1, "pool/1"), answer(2, "pool/2"), id="a newer program"),
        pytest.param(answer(1, "html/1+aaaaaaaa"), answer(2, RIGHT), id="another kind"),
        pytest.param(answer(1, WRONG, subject="other"), answer(2, RIGHT), id="another account before"),
        pytest.param(answer(1, WRONG), answer(2, RIGHT, subject="other"), id="an account that does not decide"),
        pytest.param(answer(1, WRONG, question="rates"), answer(2, RIGHT), id="another question"),
        pytest.param(answer(1, WRONG), answer(2, RIGHT, first=6), id="only what comes after it"),
        pytest.param(
            answer(1, WRONG), answer(2, RIGHT, content={"heard_as": 1, "heard_at": ""}), id="what was not believed"
        ),
    ],
)
def test_nothing_else_is_a_correction(before: Fact, after: Fact) -> None:
    assert found(before, after) == ()


def test_what_was_read_later_by_the_new_file_is_not_its_first_answer() -> None:
    later = answer(2, RIGHT, content={"heard_as": 1, "heard_at": ""})
    assert found(answer(1, WRONG), later, answer(3, RIGHT)) == (HOUR,)


def test_an_average_is_told_of_its_window_and_a_balance_of_no_work() -> None:
    hour = timedelta(hours=1)
    average = answer(2, RIGHT, observations=(RateSeen(at=HOUR.end, per_second=1.0, window=hour),))
    balance = answer(3, RIGHT, observations=(BalanceSeen(at=HOUR.end, amount=Amount(atoms=1)),))
    assert found(answer(1, WRONG), average) == (HOUR,)
    assert found(answer(1, WRONG), balance) == ()
    assert found(answer(1, WRONG), balance, answer(4, RIGHT)) == (HOUR,)
