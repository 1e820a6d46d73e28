"""What people read: every identifier has words, moments name their zone, no figure is rounded across the promise."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.contract import Independence
from verifier.incidents.standing import Change
from verifier.observation import Exactness, SilenceReason
from verifier.outlets import words
from verifier.verdicts import CHECKS
from verifier.verdicts.verdict import Certainty, Outcome

AFTERNOON = datetime(2026, 11, 19, 14, 20, tzinfo=UTC)


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


def test_a_moment_is_said_in_the_zone_of_the_user_with_utc_beside_it() -> None:
    assert words.moment(AFTERNOON, "Europe/Berlin") == "Thu 19 Nov 2026, 15:20 Berlin (14:20 UTC)"
    assert words.moment(AFTERNOON, "America/New_York") == "Thu 19 Nov 2026, 09:20 New York (14:20 UTC)"
    assert words.moment(AFTERNOON, "UTC") == "Thu 19 Nov 2026, 14:20 UTC"


def test_utc_names_its_day_where_it_differs() -> None:
    assert words.moment(AFTERNOON.replace(hour=23, minute=5), "Asia/Tokyo") == (
        "Fri 20 Nov 2026, 08:05 Tokyo (19 Nov 23:05 UTC)"
    )


@pytest.mark.parametrize(
    ("age", "said"),
    [
        (timedelta(hours=1), "Thu 14:20"),
        (timedelta(days=20), "30 Oct"),
        (timedelta(days=400), "15 Oct 2025"),
    ],
)
def test_a_near_moment_is_said_briefly(age: timedelta, said: str) -> None:
    assert words.brief_moment(AFTERNOON - age, "Europe/Berlin", AFTERNOON) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-3, "0 s"), (25, "25 s"), (120, "2 min"), (5400, "90 min"), (64_800, "18 h"), (1_036_800, "12 days")],
)
def test_a_span_is_said_in_its_leading_unit(seconds: float, said: str) -> None:
    assert words.span(timedelta(seconds=seconds)) == said
    assert words.every(seconds) == said


@pytest.mark.parametrize(
    ("fraction", "error", "said"),
    [
        (0.89, 0.028, "89.0 ± 2.8 %"),
        (0.05, None, "5 %"),
        (0.996, None, "99.6 %"),
        (1.0, None, "100 %"),
        (0.023, 0.028, "between 0.0 and 5.1 %"),
    ],
)
def test_a_fraction_is_said_as_percent(fraction: float, error: float | None, said: str) -> None:
    assert words.percent(fraction, error) == said


@given(st.floats(min_value=0, max_value=1))
def test_only_all_of_the_time_reads_as_all_of_the_time(fraction: float) -> None:
    assert (words.seen(fraction) == "100 %") == (fraction > 1 - 1e-10)


def test_rates_work_and_sums_carry_their_unit() -> None:
    assert words.rate(445e12, "sha256d") == "445 TH/s"
    assert words.rate(300, "equihash") == "300 Sol/s"
    assert words.work(41.25e12 * 86_400, "sha256d") == "41.2 TH/s-days"
    assert words.money(Decimal("0.004"), "EUR") == "less than 0.01 EUR"
    assert words.money(Decimal(0), "EUR") == "0.00 EUR"
    assert words.money(Decimal(6800), "EUR") == "6\N{NARROW NO-BREAK SPACE}800.00 EUR"
    assert words.between(0.862, 0.918) == "86.2–91.8 %"
    assert words.day(AFTERNOON) == "19 Nov"
