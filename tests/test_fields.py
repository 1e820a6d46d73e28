"""The fields of what sources send: numbers, coins, times, names and rates."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from verifier.errors import Misread
from verifier.fields import (
    Coins,
    CompactDay,
    Count,
    Day,
    Difficulty,
    Exact,
    Funds,
    Grouped,
    IsoTime,
    Name,
    Number,
    Percent,
    Placed,
    PlacedRate,
    Prefix,
    Scheme,
    Suffixed,
    UnixMilliseconds,
    UnixMillisecondsOrNever,
    UnixTime,
    UnixTimeOrNever,
    ZonelessTime,
    unit_of_rate,
)
from verifier.reading import fit

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def value(kind: Any, given_value: object) -> Any:
    holder = type("Holder", (BaseModel,), {"__annotations__": {"field": kind}})
    return fit(holder, {"field": given_value}).field


def refusal(kind: Any, given_value: object) -> str:
    with pytest.raises(Misread) as error:
        value(kind, given_value)
    return str(error.value)


@pytest.mark.parametrize(
    ("given_value", "number"),
    [(1, 1.0), (Decimal("2.5"), 2.5), ("2510000000000000.00", 2.51e15), ("1E3", 1000.0), (0, 0.0)],
)
def test_a_number_may_come_as_a_string(given_value: object, number: float) -> None:
    assert value(Number, given_value) == number
    assert value(Percent, given_value) == number / 100


@pytest.mark.parametrize(
    "odd",
    [True, None, "", "1.5E", "1_000", "\uff11", "NaN", "inf", [], {}, -1, "-0.1", 10**50, Decimal("1e999999"), "1e400"],
)
def test_what_is_no_number_is_refused(odd: object) -> None:
    assert refusal(Number, odd).startswith("field: ")


def test_a_difficulty_is_told_as_the_hashes_that_it_stands_for() -> None:
    assert value(Difficulty, "1.5") == 1.5 * 2**32
    assert refusal(Difficulty, -1)


def test_what_nobody_can_owe_is_not_negative() -> None:
    assert value(Coins, "-0.5") == Decimal("-0.5")
    assert value(Funds, "0.5") == Decimal("0.5")
    assert refusal(Funds, "-0.5")
    assert value(Grouped, "1,234.5") == Decimal("1234.5")
    assert refusal(Grouped, "-1,234.5")


def test_a_scheme_is_named_in_capitals() -> None:
    assert value(Scheme, "fpps") == "FPPS"
    assert refusal(Scheme, 1)


def test_a_count_is_whole() -> None:
    assert value(Count, "3187") == 3187
    assert value(Count, Decimal("3.0")) == 3
    assert "whole" in refusal(Count, Decimal("3.5"))
    assert refusal(Count, True)


def test_an_exact_number_keeps_how_it_was_written() -> None:
    assert isinstance(value(Exact, 2), int)
    assert isinstance(value(Exact, Decimal("2.0")), Decimal)


@pytest.mark.parametrize(
    ("shown", "per_second", "quantisation"),
    [
        ("9.41P", 9.41e15, 0.005 / 9.41),
        ("8.2P", 8.2e15, 0.005 / 8.2),
        ("1e+03P", 1e18, 5 / 1000),
        ("182P", 1.82e17, 0.5 / 182),
        ("994", 994.0, 1 / 994),
        (953, 953.0, 1 / 953),
        ("12m", 0.012, 0.05 / 12),
        ("12M", 12e6, 0.05 / 12),
        ("7u", 7e-6, 0.005 / 7),
        ("284K", 284e3, 0.5 / 284),
        ("1.5E", 1.5e18, 0.005 / 1.5),
        ("0", 0.0, 0.0),
    ],
)
def test_a_suffixed_rate_carries_its_rounding(shown: object, per_second: float, quantisation: float) -> None:
    figure = value(Suffixed, shown)
    assert figure.per_second == pytest.approx(per_second)
    assert figure.quantisation == pytest.approx(quantisation)


@pytest.mark.parametrize("odd", ["", "P", "9.41 P", "9.41p", "-1P", "1e999P", "9.41PH/s", None, True, -5, "nan"])
def test_a_suffix_is_never_guessed(odd: object) -> None:
    assert refusal(Suffixed, odd).startswith("field: ")


def test_a_rate_with_places_carries_their_rounding() -> None:
    assert value(Placed, "9470.000T") == (pytest.approx(9.47e15), pytest.approx(0.0005 / 9470))
    assert value(PlacedRate, "306.2 TH/s") == (pytest.approx(306.2e12), pytest.approx(0.05 / 306.2))
    assert value(Placed, "0.00") == (0, 0)
    assert refusal(Placed, "9.41 TH/s") == "field: a rate such as 14.697T was expected"
    assert refusal(PlacedRate, "9.41 XH/s") == "field: a rate such as 306.23 TH/s was expected"


def test_times_are_read_with_their_zone() -> None:
    noon = int(NOON.timestamp())
    assert value(UnixTime, noon) == value(UnixTime, str(noon)) == NOON
    assert value(UnixTime, Decimal("0.5")) == datetime(1970, 1, 1, 0, 0, 0, 500_000, tzinfo=UTC)
    assert value(IsoTime, "2026-01-01T12:00:00.000Z") == value(IsoTime, "2026-01-01T14:00:00+02:00") == NOON
    assert value(UnixTimeOrNever, 0) is value(UnixTimeOrNever, None) is None
    assert value(UnixTimeOrNever, noon) == NOON
    odd: tuple[Any, ...] = ([], {}, False)
    for other in odd:
        with pytest.raises(Misread, match="number was expected"):
            value(UnixTimeOrNever, other)


def test_milliseconds_are_read_and_seconds_in_their_place_are_refused() -> None:
    noon = int(NOON.timestamp() * 1000)
    assert value(UnixMilliseconds, noon) == value(UnixMilliseconds, str(noon)) == NOON
    assert value(UnixMillisecondsOrNever, 0) is value(UnixMillisecondsOrNever, None) is None
    assert value(UnixMillisecondsOrNever, noon) == NOON
    for odd in (noon // 1000, noon * 1000, 0, "noon", None):
        assert refusal(UnixMilliseconds, odd)


def test_days_and_times_without_a_zone_are_read_as_utc() -> None:
    midnight = NOON.replace(hour=0)
    assert value(Day, "2026-01-01") == value(CompactDay, "20260101") == value(CompactDay, 20260101) == midnight
    assert value(ZonelessTime, "2026-01-01 12:00:00") == NOON
    for kind, odd in ((Day, "20260101"), (CompactDay, "2026-01-01"), (ZonelessTime, "2026-01-01T12:00:00Z"), (Day, 7)):
        assert "was expected" in refusal(kind, odd)


def test_a_unit_may_be_named_by_its_prefix_alone_and_case_matters() -> None:
    assert [value(Prefix, prefix) for prefix in ("", "K", "T", "P")] == [1.0, 1e3, 1e12, 1e15]
    for odd in ("t", "TH/s", "X", 1, None):
        assert "a unit such as T" in refusal(Prefix, odd)


def test_a_unit_of_rate_is_read_in_any_case_and_an_unknown_one_is_refused() -> None:
    unit = Annotated[float, unit_of_rate("Gh/s")]
    assert [value(unit, one) for one in ("h/s", "Kh/s", "TH/S", "ph/sec", "Sol/s")] == [1.0, 1e3, 1e12, 1e15, 1.0]
    for odd in ("T", "Th", "Xh/s", "th /s", 1e12, None):
        assert "a unit such as Gh/s was expected" in refusal(unit, odd)


@pytest.mark.parametrize("odd", [-1, 1_767_268_800_000, "soon", None, [], 1e30])
def test_milliseconds_and_other_oddities_are_no_seconds(odd: object) -> None:
    assert refusal(UnixTime, odd)


@pytest.mark.parametrize("odd", ["2026-01-01 12:00:00", "yesterday", 5, None, "0001-01-01T00:00:00+23:00"])
def test_a_time_without_its_zone_is_refused(odd: object) -> None:
    assert refusal(IsoTime, odd)


def test_a_name_keeps_its_letters_and_loses_what_cannot_be_shown() -> None:
    assert value(Name, "rig 01.µ<script>") == "rig 01.µ<script>"
    assert value(Name, "a\x07\u202eb\ud800\n") == "a\ufffd\ufffdb\ufffd\ufffd"
    assert len(value(Name, "x" * 1000)) == 256
    assert refusal(Name, 5)
    assert refusal(Name, None)


@settings(max_examples=40)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False) | st.text(max_size=9), st.lists
    )
)
def test_any_value_is_a_field_or_misread(odd: object) -> None:
    for kind in (
        Number,
        Count,
        Exact,
        Coins,
        UnixTime,
        UnixTimeOrNever,
        IsoTime,
        Name,
        Suffixed,
        Placed,
        PlacedRate,
        UnixMilliseconds,
        UnixMillisecondsOrNever,
        Day,
        CompactDay,
        ZonelessTime,
        Prefix,
        Annotated[Number, Field(gt=0)],
    ):
        says = "field: "
        try:
            value(kind, odd)
        except Misread as error:
            says = str(error)
        assert says.startswith("field: ")


def test_coins_never_pass_through_a_float() -> None:
    assert str(value(Coins, Decimal("20999999.97690000"))) == "20999999.97690000"
    assert value(Coins, "-0.00512345") == Decimal("-0.00512345")
