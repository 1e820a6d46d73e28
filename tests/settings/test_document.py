"""Files are read as text that remembers its lines; broken files are faults, never tracebacks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.settings.document import parse_document


def told(body: bytes) -> list[str]:
    return [str(fault) for fault in parse_document("file.yaml", body).faults]


def test_only_true_and_false_are_more_than_text() -> None:
    root = parse_document("f", b"a: true\nb: yes\nc: 1:30\nd: 2026-01-01\ne: 1.5e14\nf: 'true'\ng: off\nh: 0x10\n").root
    assert root == {
        "a": True, "b": "yes", "c": "1:30", "d": "2026-01-01", "e": "1.5e14", "f": "true", "g": "off", "h": "0x10",
    }  # fmt: skip


def test_a_path_is_found_at_its_line_and_no_deeper_than_it_is_written() -> None:
    document = parse_document("f", b"a:\n  b:\n    - c: 1\n    - d: 2\n")
    assert document.locate(("a", "b", 1, "d", "value")) == ("a.b[1].d", 4)
    assert document.locate(("a", "x")) == ("a", 1)
    assert document.locate(()) == ("file", 1)


def test_text_that_is_not_utf_8_is_told_by_line() -> None:
    assert told(b"a: 1\nb: \xff\n") == ["file.yaml:2: file: is not UTF-8 text, save the file as UTF-8"]


def test_a_binary_file_is_told_by_line() -> None:
    assert told(b"a: 1\nb: \x00\x01\n")[0].startswith("file.yaml:2: file: holds a character that text cannot hold")


def test_a_byte_order_mark_is_no_part_of_the_first_key() -> None:
    assert parse_document("f", b"\xef\xbb\xbfa: 1\n").root == {"a": "1"}


def test_an_alias_is_not_followed() -> None:
    bomb = b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"
    assert {fault.path for fault in parse_document("f", bomb).faults} >= {"a", "b", "b[0]", "c[1]"}


@pytest.mark.parametrize("body", [b"<<: {a: 1}\n", b"? [a, b]\n: 1\n", b"{[a]: 1}\n"])
def test_a_key_is_a_word(body: bytes) -> None:
    assert "write a single word before the colon" in told(body)[0]


def test_a_million_brackets_are_refused_before_they_are_built() -> None:
    assert "is nested deeper than 16 levels" in told(b"a: " + b"[" * 1_000_000)[0]


def test_a_file_of_more_than_64_mebibytes_is_not_parsed() -> None:
    assert "split it into contracts.d" in told(bytes(64 * 2**20 + 1))[0]


def test_all_keys_without_a_value_are_told() -> None:
    assert told(b"a:\nb: ~\nc: null\nd: ''\n") == [
        f"file.yaml:{line}: {key}: has no value, write one or remove the key" for line, key in enumerate("abc", start=1)
    ]


def test_a_key_written_twice_is_told_with_both_lines() -> None:
    document = parse_document("f", b"a: 1\nb: 2\na: 3\n")
    assert [str(fault) for fault in document.faults] == ["f:3: a: is written twice (first in line 1), keep one of them"]
    assert document.root["a"] == "1"


def test_a_file_cut_off_anywhere_is_read_or_told() -> None:
    whole = b'contracts:\n  north:\n    seller: "N\xc3\xb6rd"\n    watch: [{account: acme, workers: "north.*"}]\n'
    for length in range(len(whole)):
        document = parse_document("f", whole[:length])
        assert document.faults or document.root


@given(st.binary(max_size=200))
def test_no_bytes_make_the_reader_fail(body: bytes) -> None:
    document = parse_document("f", body)
    assert all(1 <= fault.line <= body.count(b"\n") + body.count(b"\r") + 3 for fault in document.faults)


@given(st.text(alphabet="ab:-[]{}\"'\n #&*!|>?%@`,~<\t", max_size=60))
def test_no_text_makes_the_reader_fail(text: str) -> None:
    parse_document("f", text.encode())
