from typing import get_args

import pytest

from tests.verdicts.cases import after
from verifier.observation import SilenceReason
from verifier.verdicts import CHECKS
from verifier.verdicts.verdict import OwnReason
from verifier.verdicts.wording import BECAUSE, listed, measured, moment, once_in, percent


def test_moments_and_parts_read_like_a_person_would_write_them() -> None:
    assert moment(after(days=7, hours=14, minutes=20)) == "8 Nov 14:20 UTC"
    assert percent(0.9211) == "92.1 %"
    assert measured(0.9211, 0.915, 0.927) == "92.1 % ± 0.6 %"
    assert measured(0.92114, 0.9208, 0.9214) == "92.11 % ± 0.03 %"
    assert measured(0.9, 0.7, 1.1) == "90 % ± 20 %"
    assert measured(0.0, 0.0, 5.3) == "between 0 % and 530 %"


@pytest.mark.parametrize(
    ("years", "words"),
    [(10.0, "once in 10 years"), (1.0, "once a year"), (0.1, "once in 36.5 days"), (1 / 365.25, "once a day")],
)
def test_error_rates_are_told_in_years_or_days(years: float, words: str) -> None:
    assert once_in(years) == words


def test_long_lists_are_cut() -> None:
    assert listed(("a", "b")) == "a, b"
    assert listed(("a", "b", "c"), most=2) == "a, b and 1 more"


def test_every_reason_has_words() -> None:
    assert {reason.value for reason in SilenceReason} | set(get_args(OwnReason)) == set(BECAUSE)


def test_the_table_holds_every_check_once_with_a_budget_inside_the_contracts() -> None:
    assert [check.name for check in CHECKS] == [
        "hashrate",
        "billed_work",
        "settlement",
        "uptime",
        "worker_gone",
        "source_silent",
        "shares_rejected",
        "contradiction",
        "steadier_than_counting_allows",
        "repeats_the_promise",
        "payout_exceeds_seen_work",
        "credited_below_expected",
        "paid_below_credited",
        "received_below_paid",
        "payout_late",
        "payout_target_changed",
        "charged_above_agreed",
        "paid_as_if",
        "gone_quiet",
    ]
    assert sum(check.budget for check in CHECKS) <= 1.0
