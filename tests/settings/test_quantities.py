"""Quantities read as people write them; anything else is refused with what to write instead."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.contract import Tolerance
from verifier.settings import quantities
from verifier.settings.quantities import QuantityError
from verifier.settings.written import hashrate_text, moment_text, percent_text, span_text, tolerance_text
from verifier.units import ALGORITHMS, Hashrate, Money

READERS: dict[str, Callable[[str], object]] = {
    "hashrate": lambda text: quantities.rate(text).of("sha256d"),
    "solutions": lambda text: quantities.rate(text).of("equihash"),
    "fraction": quantities.fraction,
    "tolerance": quantities.tolerance,
    "money": quantities.money,
    "span": quantities.span,
    "moment": lambda text: quantities.in_zone(quantities.moment(text), ZoneInfo("Asia/Kathmandu")),
    "term": lambda text: quantities.term(text).window(ZoneInfo("America/Sao_Paulo")),
}


def refusal(reader: str, text: str) -> str | None:
    try:
        READERS[reader](text)
    except QuantityError as error:
        return str(error)
    return None


@pytest.mark.parametrize(
    ("text", "per_second"),
    [("100 TH/s", 1e14), ("1.5e14 H/s", 1.5e14), ("500 TH", 5e14), ("0.1PH/s", 1e14), ("3 gh/s", 3e9), ("7 Mh/s", 7e6)],
)
def test_a_rate_is_read_as_sellers_write_it(text: str, per_second: float) -> None:
    assert quantities.rate(text).of("sha256d") == Hashrate(per_second=per_second)


def test_solutions_are_counted_where_the_algorithm_counts_them() -> None:
    assert quantities.rate("300 kSol/s").of("equihash") == Hashrate(per_second=3e5, algorithm="equihash")
    with pytest.raises(QuantityError, match="Sol/s"):
        quantities.rate("300 kH/s").of("equihash")


@pytest.mark.parametrize("text", ["100", "100 TB/s", "0 TH/s", "-1 TH/s", "1,5 TH/s", "nan TH/s", "1e99 H/s", "TH/s"])
def test_what_is_no_promised_rate_is_told_how_to_write_one(text: str) -> None:
    with pytest.raises(QuantityError, match=r"write .*TH/s"):
        quantities.rate(text).of("sha256d")


def test_a_tolerance_may_name_its_span() -> None:
    assert quantities.tolerance("5 % a day") == Tolerance(fraction=0.05, span=timedelta(days=1))
    assert quantities.tolerance("5%/hour") == Tolerance(fraction=0.05, span=timedelta(hours=1))
    assert quantities.tolerance("2.5 %") == Tolerance(fraction=0.025)


def test_money_is_exact() -> None:
    assert quantities.money("1800.10 EUR") == Money(value=Decimal("1800.10"), currency="EUR")


def test_spans_are_a_number_and_a_letter() -> None:
    assert [quantities.span(text) for text in ("30s", "5m", "90d")] == [
        timedelta(seconds=30),
        timedelta(minutes=5),
        timedelta(days=90),
    ]


@pytest.mark.parametrize("text", ["0s", "5", "1h30m", "99999999w", "five minutes"])
def test_other_spans_are_refused(text: str) -> None:
    with pytest.raises(QuantityError, match="write it like"):
        quantities.span(text)


def test_a_date_means_midnight_in_the_zone_of_the_reader() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert quantities.in_zone(quantities.moment("2026-07-01"), berlin) == datetime(2026, 6, 30, 22, tzinfo=UTC)
    assert quantities.in_zone(quantities.moment("2026-07-01T12:00Z"), berlin) == datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("2026-01-31 for 1 month", datetime(2026, 2, 28, tzinfo=UTC)),
        ("2026-01-31 for 13 months", datetime(2027, 2, 28, tzinfo=UTC)),
        ("2028-02-29 for 1 year", datetime(2029, 2, 28, tzinfo=UTC)),
        ("2026-12-01 for 1 month", datetime(2027, 1, 1, tzinfo=UTC)),
        ("2026-01-01 for 30 days", datetime(2026, 1, 31, tzinfo=UTC)),
        ("2026-01-01T12:00:00Z for 2 days", datetime(2026, 1, 3, 12, tzinfo=UTC)),
    ],
)
def test_a_term_counts_calendar_time(text: str, ends: datetime) -> None:
    assert quantities.term(text).window(ZoneInfo("UTC"))[1] == ends


def test_a_day_of_a_term_is_a_day_of_the_calendar_also_when_clocks_change() -> None:
    starts, ends = quantities.term("2026-03-28 for 2 days").window(ZoneInfo("Europe/Berlin"))
    assert ends - starts == timedelta(hours=47)


@pytest.mark.parametrize("text", ["2026-01-01 for 0 months", "2026-01-01 for 9999 years", "2026-13-01 for 1 year"])
def test_a_term_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(QuantityError, match="write"):
        quantities.term(text)


@pytest.mark.parametrize("text", ["1999-01-01", "9999-12-31", "2026-01-01T25:00Z", "0000-00-00"])
def test_a_moment_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(QuantityError, match="write"):
        quantities.moment(text)


@given(st.sampled_from(sorted(READERS)), st.text(max_size=60))
def test_no_text_makes_a_reader_fail_in_another_way(reader: str, text: str) -> None:
    assert "write" in (refusal(reader, text) or "write")


@given(st.sampled_from(sorted(READERS)), st.from_regex(r"\A[0-9]{1,5}([.,:-][0-9]{1,3}){0,3}[ T]?[a-zA-Z%/: ]{0,12}\Z"))
def test_no_text_like_a_quantity_makes_a_reader_fail_in_another_way(reader: str, text: str) -> None:
    assert "write" in (refusal(reader, text) or "write")


@given(st.floats(min_value=1e-3, max_value=1e24), st.sampled_from(sorted(ALGORITHMS)))
def test_a_rate_reads_back_as_the_same_number(per_second: float, algorithm: str) -> None:
    rate = Hashrate(per_second=per_second, algorithm=algorithm)
    assert quantities.rate(hashrate_text(rate)).of(algorithm) == rate


@given(st.integers(min_value=0, max_value=9999), st.sampled_from([None, *quantities.NAMED_SPANS.values()]))
def test_a_tolerance_reads_back_as_the_same_clause(hundredths: int, span: timedelta | None) -> None:
    tolerance = Tolerance(fraction=hundredths / 10_000, span=span)
    assert quantities.tolerance(tolerance_text(tolerance)) == tolerance


@given(st.floats(min_value=1e-9, max_value=1))
def test_a_part_reads_back_as_the_same_number(fraction: float) -> None:
    assert quantities.fraction(percent_text(fraction)) == fraction


@given(st.integers(min_value=1, max_value=10 * 366 * 86_400))
def test_a_span_reads_back_as_the_same_time(seconds: int) -> None:
    assert quantities.span(span_text(timedelta(seconds=seconds))) == timedelta(seconds=seconds)


@given(st.datetimes(min_value=datetime(2009, 1, 2), max_value=datetime(2199, 12, 30), timezones=st.just(UTC)))  # noqa: DTZ001 - hypothesis wants bounds without a zone
def test_a_moment_reads_back_as_the_same_instant(at: datetime) -> None:
    assert quantities.in_zone(quantities.moment(moment_text(at)), ZoneInfo("UTC")) == at


@given(st.dates(min_value=date(2009, 1, 1), max_value=date(2199, 12, 31)), st.sampled_from(["Pacific/Apia", "UTC"]))
def test_every_date_begins_somewhere_in_every_zone(day: date, zone: str) -> None:
    begins = quantities.in_zone(quantities.moment(day.isoformat()), ZoneInfo(zone))
    assert abs(begins - datetime(day.year, day.month, day.day, tzinfo=UTC)) <= timedelta(hours=24)
