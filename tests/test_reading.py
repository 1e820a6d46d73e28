from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from verifier.errors import Implausible, Misread, Refused, SourceError, Unreachable
from verifier.observation import Silence, SilenceReason
from verifier.reading import (
    Coins,
    CompactDay,
    Count,
    Day,
    Exact,
    IsoTime,
    Name,
    Number,
    Prefix,
    Suffixed,
    UnixMilliseconds,
    UnixMillisecondsOrNever,
    UnixTime,
    UnixTimeOrNever,
    ZonelessTime,
    amount,
    decode,
    fit,
    last_modified,
    not_future,
    read,
    read_lines,
    silence,
    slots,
    text,
)
from verifier.talk import Reply

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def reply(body: bytes, status: int = 200, modified: str | None = None) -> Reply:
    headers = {} if modified is None else {"last-modified": modified}
    return Reply(status=status, headers=headers, body=body, received_at=NOON)


class Inner(BaseModel):
    rate: Number


class Page(BaseModel):
    workers: list[Inner]


def value(kind: Any, given_value: object) -> Any:
    holder = type("Holder", (BaseModel,), {"__annotations__": {"field": kind}})
    return fit(holder, {"field": given_value}).field


def refusal(kind: Any, given_value: object) -> str:
    with pytest.raises(Misread) as error:
        value(kind, given_value)
    return str(error.value)


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, Refused), (403, Refused), (429, Unreachable), (500, Unreachable), (503, Unreachable)]
    + [(status, Misread) for status in (302, 400, 404)],
)
def test_a_status_means_the_same_for_every_source(status: int, error: type[SourceError]) -> None:
    with pytest.raises(error, match=str(status)):
        decode(reply(b"{}", status))


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "an empty answer"),
        (b"  \n", "an empty answer"),
        (b"<html><body>Login</body></html>", "a web page instead of data"),
        (b'{"a": 1', "not JSON: Expecting ',' delimiter at line 1, column 8"),
        (b'{"a": "\xff"}', "not UTF-8 at byte 7"),
        (b'{"a": 1, "a": 2}', "a key is given twice"),
        (b'{"a": NaN}', "NaN is not a number"),
        (b'{"a": -Infinity}', "-Infinity is not a number"),
        (b'{"a": ' + b"9" * 5000 + b"}", "a number too long to be true"),
        (b'{"a": 1e9999999999999999999999}', "a number too large to be true"),
        (b"[" * 65 + b"]" * 65, "nested deeper than 64 levels"),
        (b"[" * 500_000, "nested deeper than 64 levels"),
        (b'{"a":' * 200_000, "nested deeper than 64 levels"),
        (b"\xef\xbb\xbf{}", "not JSON: Expecting value at line 1, column 1"),
    ],
    ids=lambda part: repr(part[:24]),
)
def test_a_document_that_is_not_strict_json_is_misread_in_few_words(body: bytes, says: str) -> None:
    with pytest.raises(Misread) as error:
        decode(reply(body))
    assert str(error.value) == says


def test_brackets_inside_strings_are_no_nesting() -> None:
    assert decode(reply(b'["' + b"[" * 500 + b'\\"{"]')) == ["[" * 500 + '"{']


def test_sixty_four_levels_are_read() -> None:
    assert decode(reply(b"[" * 64 + b"]" * 64))


def test_numbers_stay_exact() -> None:
    assert decode(reply(b'{"a": 0.1, "b": 2.730e-05, "c": 1}')) == {
        "a": Decimal("0.1"),
        "b": Decimal("2.730e-05"),
        "c": 1,
    }


def test_the_path_of_the_wrong_field_is_named() -> None:
    with pytest.raises(Misread, match=r"^workers\.1\.rate: a negative number$"):
        read(Page, reply(b'{"workers": [{"rate": 1}, {"rate": -1}]}'))
    with pytest.raises(Misread, match=r"^document: "):
        read(Page, reply(b"[]"))


def test_a_message_never_repeats_what_was_sent() -> None:
    assert "hunter2" not in refusal(Number, "hunter2")


def test_lines_are_merged_into_one_document() -> None:
    assert read_lines(Page, reply(b'{"other": 1}\n\n{"workers": []}\n')).workers == []


@pytest.mark.parametrize("body", [b'{"a": 1}\n{"a": 1}', b"[]\n", b'{"a": 1}\n{"b"'])
def test_lines_that_are_no_objects_or_repeat_a_key_are_misread(body: bytes) -> None:
    with pytest.raises(Misread):
        read_lines(Page, reply(body))


def test_a_line_of_text_is_short_and_printable() -> None:
    assert text(reply(b" 925123\n")) == "925123"
    for body in (b"x" * 129, b"a\nb", b"\x00"):
        with pytest.raises(Misread):
            text(reply(body))


@pytest.mark.parametrize(
    ("given_value", "number"),
    [(1, 1.0), (Decimal("2.5"), 2.5), ("2510000000000000.00", 2.51e15), ("1E3", 1000.0), (0, 0.0)],
)
def test_a_number_may_come_as_a_string(given_value: object, number: float) -> None:
    assert value(Number, given_value) == number


@pytest.mark.parametrize(
    "odd",
    [True, None, "", "1.5E", "1_000", "\uff11", "NaN", "inf", [], {}, -1, "-0.1", 10**50, Decimal("1e999999"), "1e400"],
)
def test_what_is_no_number_is_refused(odd: object) -> None:
    assert refusal(Number, odd).startswith("field: ")


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


@given(st.floats(min_value=1000, max_value=9.99e20))
def test_the_rounding_error_covers_the_true_rate(true: float) -> None:
    for suffix, factor in (("E", 1e18), ("P", 1e15), ("T", 1e12), ("G", 1e9), ("M", 1e6), ("K", 1e3)):
        if true >= factor:
            figure = value(Suffixed, f"{true / factor:.3g}{suffix}")
            assert abs(true - figure.per_second) <= figure.per_second * figure.quantisation * (1 + 1e-9)
            break


@pytest.mark.parametrize("odd", ["", "P", "9.41 P", "9.41p", "-1P", "1e999P", "9.41PH/s", None, True, -5, "nan"])
def test_a_suffix_is_never_guessed(odd: object) -> None:
    assert refusal(Suffixed, odd).startswith("field: ")


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


def test_coins_become_base_units_without_a_float() -> None:
    class Paid(BaseModel):
        value: Coins

    paid = read(Paid, reply(b'{"value": 20999999.97690000}'))
    assert amount(paid.value).atoms == 2_099_999_997_690_000
    assert amount(value(Coins, "-0.00512345")).atoms == -512_345
    assert amount(Decimal("0.004025340000000001")).atoms == 402_534


@given(st.integers(min_value=-(2**62), max_value=2**62), st.sampled_from(["BTC", "XMR", "ETC"]))
def test_any_number_of_base_units_survives_being_printed_as_coins(atoms: int, coin: str) -> None:
    decimals = {"BTC": 8, "XMR": 12, "ETC": 18}[coin]
    printed = f"{Decimal(atoms).scaleb(-decimals):f}"
    assert amount(value(Coins, printed), coin).atoms == atoms


def test_a_time_in_the_future_is_implausible() -> None:
    assert not_future(NOON + timedelta(minutes=10), reply(b"")) == NOON + timedelta(minutes=10)
    with pytest.raises(Implausible, match="future"):
        not_future(NOON + timedelta(minutes=10, seconds=1), reply(b""))


def test_the_page_says_when_it_was_written() -> None:
    assert last_modified(reply(b"", modified="Thu, 01 Jan 2026 12:00:00 GMT")) == NOON
    assert last_modified(reply(b"", modified="Thu, 01 Jan 2026 12:00:00 -0000")) == NOON
    for words in ("yesterday", "", "Thu, 99 Jan 2026 12:00:00 GMT"):
        assert last_modified(reply(b"", modified=words)) is None
    assert last_modified(reply(b"")) is None


def test_a_silence_is_told_at_the_moment_of_receipt() -> None:
    assert silence(reply(b""), SilenceReason.STALE, "old") == (
        Silence(at=NOON, reason=SilenceReason.STALE, detail="old"),
    )


@given(st.binary(max_size=200) | st.text(alphabet='[]{}",:\\1e-.nulNaItr ', max_size=200).map(str.encode))
def test_any_bytes_are_a_document_or_a_source_error(body: bytes) -> None:
    says = ""
    try:
        decode(reply(body))
    except SourceError as error:
        says = str(error)
    assert "\n" not in says
    assert len(says) < 120


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


MOMENTS = st.integers(0, 7200).map(lambda seconds: NOON + timedelta(seconds=seconds))


@given(st.dictionaries(MOMENTS, st.floats(0, 1e18)), st.integers(1, 300))
def test_a_slot_has_the_rate_of_the_point_nearest_to_its_end(points: dict[datetime, float], seconds: int) -> None:
    length, apart = timedelta(minutes=10), timedelta(seconds=seconds)
    for end, rate in slots(points, length, apart).items():
        nearest = min(abs(at - end) for at in points)
        assert nearest <= apart
        assert rate in {points.get(end - nearest), points.get(end + nearest)}
        assert (end - NOON) % length == timedelta(0)


def test_a_slot_without_a_point_near_its_end_is_left_out() -> None:
    points = {NOON + timedelta(minutes=3): 1.0, NOON + timedelta(minutes=11): 2.0}
    ends = slots(points, timedelta(minutes=10), timedelta(minutes=2))
    assert ends == {NOON + timedelta(minutes=10): 2.0}
