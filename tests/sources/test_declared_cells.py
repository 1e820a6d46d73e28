"""What is made of one answer of a dashboard, cell by cell, and which configurations cannot be meant."""

import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from verifier.errors import Misread, Refused, SourceError
from verifier.observation import (
    Observation,
    RateSeen,
    WorkerPresence,
    WorkersSeen,
)
from verifier.sources import SOURCES
from verifier.sources.declared import understood
from verifier.sources.declared.shape import Dashboard
from verifier.talk import Http, Reply
from verifier.units import Window

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = Window(start=NOON - timedelta(hours=1), end=NOON)


def dashboard(entry: dict[str, Any], kind: str = "json", **fields: Any) -> Dashboard:
    given = {"kind": kind, "url": "https://x.example", "run_by": "pool", "asks": [entry], **fields}
    account = SOURCES[kind].Account.model_validate(given)
    assert isinstance(account, Dashboard)
    return account


def told(entry: dict[str, Any], *bodies: str, kind: str = "json", **fields: Any) -> list[Observation]:
    """What an entry makes of these answers in turn."""
    account = dashboard({"get": "/", **entry}, kind, **fields)
    (question,) = (one for one in SOURCES[kind].questions if one.asked_of(account))
    talk = question.talk(account, HOUR)
    next(talk)
    try:
        for body in bodies:
            talk.send(Reply(status=200, headers={}, body=body.encode(), received_at=NOON))
    except StopIteration as end:
        return list(end.value)
    raise AssertionError("more was asked")


RATE = {"sees": "rate", "value": "h", "unit": "TH/s", "window": "1h"}


@pytest.mark.parametrize(
    ("shown", "comma", "per_second"),
    [
        ("1,234.5", False, 1234.5e12),
        ("1.234,5", True, 1234.5e12),
        ("9.41 PH/s", False, 9.41e15),
        ("9,41\u00a0PH/s", True, 9.41e15),
        ("500 GH", False, 5e11),
        ("0", False, 0.0),
        (1.5, False, 1.5e12),
        (1.5, True, 1.5e12),
    ],
)
def test_a_figure_is_read_with_its_own_unit(shown: object, comma: bool, per_second: float) -> None:
    (rate,) = told(RATE, json.dumps({"h": shown}), decimal_comma=comma)
    assert isinstance(rate, RateSeen)
    assert rate.per_second == per_second


@pytest.mark.parametrize(
    ("shown", "comma"),
    [
        ("1,5", False),
        ("1.5", True),
        ("93 %", False),
        ("12 mH/s", False),
        ("-1", False),
        ("1e99", False),
        ("five", False),
    ],
)
def test_a_figure_that_fits_only_another_way_is_refused(shown: str, comma: bool) -> None:
    with pytest.raises(Misread, match=r"^row 1, h: "):
        told(RATE, f'{{"h": "{shown}"}}', decimal_comma=comma)


def test_a_list_that_was_taken_for_one_row_is_said_with_what_to_write() -> None:
    with pytest.raises(Misread, match=r'^none of 1 rows shows anything at h; the answer is a list: write `each: "@"`'):
        told(RATE, '[{"h": 1}]')
    assert len(told({**RATE, "each": "@", "worker": "n"}, '[{"n": "a", "h": 1}, {"n": "b", "h": 2}]')) == 2


def test_an_empty_cell_is_nothing_and_a_missing_one_is_another_page() -> None:
    listed = {**RATE, "each": "w", "worker": "n"}
    assert len(told(listed, '{"w": [{"n": "a", "h": 1}, {"n": "b", "h": null}]}')) == 1
    with pytest.raises(Misread, match="none of 1 rows shows anything at h"):
        told(listed, '{"w": [{"n": "b", "hash": 5}]}')
    (zero,) = told({**listed, "absent": "zero"}, '{"w": [{"n": "b"}]}')
    assert isinstance(zero, RateSeen)
    assert zero.per_second == 0


def test_a_rate_is_not_taken_for_work() -> None:
    with pytest.raises(Misread, match="a rate"):
        told({"sees": "counter", "value": "h", "unit": "TH"}, '{"h": "5 TH/s"}')
    with pytest.raises(ValidationError, match="no unit of work"):
        dashboard({"sees": "counter", "get": "/", "value": "h", "unit": "TH/s"})


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        ("unix", 1772366400000),
        ("unix_ms", 1772366400),
        ("iso", '"2026-03-01T12:00:00"'),
        ("iso", '"2026-03-01T13:00:00Z"'),
        ("%d.%m.%Y %z", '"2026-03-01"'),
    ],
)
def test_a_time_of_the_wrong_scale_or_without_zone_is_refused(form: str, shown: object) -> None:
    with pytest.raises(Misread):
        told({**RATE, "at": "t"}, f'{{"h": 1, "t": {shown}}}', time=form)


def test_a_pattern_without_a_zone_is_refused_where_it_is_written() -> None:
    rate = {**RATE, "get": "/"}
    dashboard(rate, time="%d.%m.%Y %H:%M")
    with pytest.raises(ValidationError, match="tells no zone"):
        dashboard({**rate, "at": "t"}, time="%d.%m.%Y %H:%M")


def test_a_figure_with_the_other_decimal_mark_is_no_unit() -> None:
    with pytest.raises(Misread, match="a decimal comma"):
        told(RATE, '{"h": "1.04,25"}', decimal_comma=True)


def test_a_word_for_connected_that_is_not_known_is_not_guessed_at() -> None:
    workers = {"sees": "workers", "worker": "n", "online": "s", "each": "@"}
    with pytest.raises(Misread, match="row 1, s"):
        told(workers, '[{"n": "a", "s": "asleep"}]')
    with pytest.raises(Misread, match="row 1, s"):
        told(workers, '[{"n": "a"}]')
    (two,) = told(workers, '[{"n": "a", "s": false}, {"n": "a", "s": "Active"}]')
    assert isinstance(two, WorkersSeen)
    assert [(one.presence, one.sessions) for one in two.workers] == [(WorkerPresence.ONLINE, 2)]


def test_pages_end_repeat_or_never_end() -> None:
    paged = {**RATE, "each": "w", "worker": "n", "pages": {"next": "next", "query": "after", "most": 3}}
    first, second = '{"w": [{"n": "a", "h": 1}], "next": "x"}', '{"w": [{"n": "b", "h": 1}], "next": null}'
    assert len(told(paged, first, second)) == 2
    with pytest.raises(Misread, match="repeat"):
        told(paged, first, first)
    with pytest.raises(Misread, match="do not end after 3"):
        told(paged, *(f'{{"w": [{{"n": "{i}", "h": 1}}], "next": "{i}"}}' for i in range(3)))


def test_errors_are_told_in_a_page() -> None:
    entry = {**RATE, "fails": "ok == `false`", "refused": "code == `401`", "never_seen": "code == `404`", "says": "why"}
    with pytest.raises(Misread, match="with an error: too busy"):
        told(entry, '{"ok": false, "why": "too busy", "h": 0}')
    with pytest.raises(Refused, match="bad key"):
        told(entry, '{"code": 401, "why": "bad key"}')
    assert str(told(entry, '{"code": 404}')[0].reason) == "never_seen"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("kind", "change", "says"),
    [
        ("json", {"value": "a["}, "is not a JMESPath expression"),
        ("html", {"value": "td:::x"}, "is not a CSS selector"),
        ("json", {"window": "one hour"}, "a span like"),
        ("json", {"window": "9999d"}, "from one second to a year"),
        ("json", {"get": "/{key}"}, "nothing is known to stand for"),
        ("json", {"get": "/{user}"}, "nothing is known to stand for"),
        ("json", {"get": None}, "either `get` or `post`"),
        ("json", {"unit": "TB/s"}, "no unit of work or rate"),
    ],
)
def test_a_configuration_that_cannot_be_meant_is_refused(kind: str, change: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        dashboard({"get": "/", **RATE, **change}, kind)


def test_without_the_extra_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bs4", None)
    with pytest.raises(ValidationError, match="the extra `html`"):
        dashboard({"get": "/", **RATE, "value": "td.never-seen-before"}, "html")


def test_a_dashboard_of_which_nothing_is_asked_is_refused() -> None:
    given = {"kind": "json", "url": "https://x.example", "run_by": "pool", "asks": []}
    with pytest.raises(ValidationError, match="`asks` is empty"):
        SOURCES["json"].Account.model_validate(given)


def test_a_key_that_is_not_configured_is_asked_for() -> None:
    sign = SOURCES["json"].sign
    assert sign is not None
    with pytest.raises(Refused, match="write `token_file`"):
        sign(Http(path="/", headers={"Key": "{token}"}), {}, NOON, 1)
    assert sign(Http(path="/{token}"), {"token": "a/b"}, NOON, 1) == Http(path="/a%2Fb")


@pytest.mark.parametrize("body", ["<?xml version='1.0'?><a/>", "{}", "<![if", "https://x.example", "", "\xff"])
def test_what_is_no_web_page_is_refused(body: str) -> None:
    with pytest.raises(SourceError):
        told({**RATE, "value": "td"}, body, kind="html")


@pytest.mark.parametrize("body", ["a,h\n1\n", "h,h\n1,2\n", '"', "x\n5\n", "<html>\n"])
def test_lines_that_do_not_fit_their_columns_are_refused(body: str) -> None:
    with pytest.raises(Misread):
        told(RATE, body, kind="csv")


def test_each_step_is_shown_to_who_writes_the_configuration() -> None:
    account = dashboard({"get": "/w", **RATE, "each": "w", "worker": "n"})
    reply = Reply(status=200, headers={}, body=b'{"w": [{"n": "a", "hash": 5}]}', received_at=NOON)
    lines = understood(account, "now", HOUR, [(Http(path="/w"), reply)])
    assert lines == ["rate of /w: HTTP 200, w has 1 row", "  row 1: worker n = a", "  row 1: value h = nothing"]
