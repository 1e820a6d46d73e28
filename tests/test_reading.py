"""Bytes to documents and models: what is no strict JSON, no status to read, or of the future is refused."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from verifier.errors import Implausible, Misread, Refused, SourceError, Unreachable
from verifier.fields import (
    Number,
    Suffixed,
)
from verifier.observation import Silence, SilenceReason
from verifier.reading import Many, Named, decode, fit, last_modified, not_future, read, read_lines, silence, text
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


def test_a_part_of_a_document_is_named_by_its_whole_path() -> None:
    held = b'{"data": {"btc": {"rate": 5}, "ltc": {"rate": -1}}}'
    assert read(Inner, reply(held), "data", "btc").rate == 5.0
    for key, says in (("ltc", r"^data\.ltc\.rate: a negative number$"), ("doge", r"^data\.doge: Field required$")):
        with pytest.raises(Misread, match=says):
            read(Inner, reply(held), "data", key)
    with pytest.raises(Misread, match=r"^data: Field required$"):
        read(Inner, reply(b"[]"), "data")


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


@given(st.floats(min_value=1000, max_value=9.99e20))
def test_the_rounding_error_covers_the_true_rate(true: float) -> None:
    for suffix, factor in (("E", 1e18), ("P", 1e15), ("T", 1e12), ("G", 1e9), ("M", 1e6), ("K", 1e3)):
        if true >= factor:
            figure = value(Suffixed, f"{true / factor:.3g}{suffix}")
            assert abs(true - figure.per_second) <= figure.per_second * figure.quantisation * (1 + 1e-9)
            break


def test_what_stands_at_a_path_may_be_a_model_a_figure_a_list_or_a_map() -> None:
    page = {"data": {"rate": "2.5", "workers": [{"rate": 1}], "named": {"rig1": {"rate": 1}}}}
    assert fit(Number, page, "data", "rate") == 2.5
    assert fit(Inner, page, "data").rate == 2.5
    assert [one.rate for one in fit(Many[Inner], page, "data", "workers")] == [1.0]
    assert fit(Named[Inner], page, "data", "named")["rig1"].rate == 1.0
    for kind, path, says in (
        (Number, ["data", "gone"], "data.gone: Field required"),
        (Number, ["data", "named"], "data.named: a number was expected"),
        (Many[Number], ["data", "workers"], "data.workers.0: a number was expected"),
        (Named[Number], ["data", "named"], "data.named.rig1: a number was expected"),
    ):
        with pytest.raises(Misread, match=says):
            fit(kind, page, *path)


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
