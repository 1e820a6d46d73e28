"""What people read: every identifier has words."""

from enum import StrEnum

import pytest

from verifier.contract import Independence
from verifier.incidents.standing import Change
from verifier.observation import Exactness, SilenceReason
from verifier.outlets import words
from verifier.verdicts import CHECKS
from verifier.verdicts.verdict import Certainty, Outcome


@pytest.mark.parametrize(
    ("enumeration", "table"),
    [
        (Outcome, words.OUTCOMES),
        (SilenceReason, words.REASONS),
        (Independence, words.INDEPENDENCE),
        (Exactness, words.EXACTNESS),
        (Change, words.CHANGES),
        (Certainty, words.CERTAINTY),
    ],
)
def test_every_member_of_an_enumeration_has_words(enumeration: type[StrEnum], table: dict[str, words.Word]) -> None:
    assert {member.value for member in enumeration} <= set(table)


def test_every_check_has_words() -> None:
    assert {check.name for check in CHECKS} == set(words.CHECKS)


def test_a_result_is_said_in_the_words_of_its_check() -> None:
    assert words.result(words.HASHRATE, "short") == "too little"
    assert words.result(words.PAYOUTS, "short") == "paid more than the seen work explains"
    assert words.result(words.PAYOUTS, "unknown") == "cannot tell"
    assert words.headline(words.HASHRATE, "met") == "Hashrate: delivered"
    assert words.headline(words.PAYOUTS, "met") == "Payouts explained"
    assert words.headline("a_new_check", "met") == "A new check: delivered"
