"""How figures are said: moments name their zone, and nothing is rounded across the promise."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.outlets import readable

AFTERNOON = datetime(2026, 11, 19, 14, 20, tzinfo=UTC)


def test_a_moment_is_said_in_the_zone_of_the_user_with_utc_beside_it() -> None:
    assert readable.moment(AFTERNOON, "Europe/Berlin") == "Thu 19 Nov 2026, 15:20 Berlin (14:20 UTC)"
    assert readable.moment(AFTERNOON, "America/New_York") == "Thu 19 Nov 2026, 09:20 New York (14:20 UTC)"
    assert readable.moment(AFTERNOON, "UTC") == "Thu 19 Nov 2026, 14:20 UTC"


def test_utc_names_its_day_where_it_differs() -> None:
    assert readable.moment(AFTERNOON.replace(hour=23, minute=5), "Asia/Tokyo") == (
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
    assert readable.brief_moment(AFTERNOON - age, "Europe/Berlin", AFTERNOON) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-3, "0 s"), (25, "25 s"), (120, "2 min"), (5400, "90 min"), (64_800, "18 h"), (1_036_800, "12 days")],
)
def test_a_span_is_said_in_its_leading_unit(seconds: float, said: str) -> None:
    assert readable.span(timedelta(seconds=seconds)) == said
    assert readable.every(seconds) == said


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
    assert readable.percent(fraction, error) == said


@given(st.floats(min_value=0, max_value=1))
def test_only_all_of_the_time_reads_as_all_of_the_time(fraction: float) -> None:
    assert (readable.seen(fraction) == "100 %") == (fraction > 1 - 1e-10)


def test_rates_work_and_sums_carry_their_unit() -> None:
    assert readable.rate(445e12, "sha256d") == "445 TH/s"
    assert readable.rate(300, "equihash") == "300 Sol/s"
    assert readable.work(41.25e12 * 86_400, "sha256d") == "41.2 TH/s-days"
    assert readable.money(Decimal("0.004"), "EUR") == "less than 0.01 EUR"
    assert readable.money(Decimal(0), "EUR") == "0.00 EUR"
    assert readable.money(Decimal(6800), "EUR") == "6\N{NARROW NO-BREAK SPACE}800.00 EUR"
    assert readable.between(0.862, 0.918) == "86.2–91.8 %"
    assert readable.day(AFTERNOON) == "19 Nov"
