"""A fact keeps its place among all facts, whenever it was read."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from verifier.fact import Fact, FactKind
from verifier.units import Window

AT = datetime(2026, 11, 20, 8, 33, 40, 123_456, tzinfo=UTC)


def test_what_was_read_later_stands_where_its_answer_was_heard() -> None:
    heard, read = AT, AT + timedelta(hours=1)
    late = Fact(
        id=9, kind=FactKind.OBSERVATION, subject="acme", true=Window(start=heard, end=heard), learned_at=read,
        digest="d", content={"heard_as": 3, "heard_at": heard.isoformat()},
    )  # fmt: skip
    others = [replace(late, id=number, content={}) for number in (2, 3, 4)]
    assert [one.id for one in sorted([*others, late], key=lambda one: one.order)] == [2, 3, 9, 4]
    assert (late.read_later, late.as_heard().learned_at) == (True, heard)
    assert [(one.read_later, one.as_heard()) for one in others] == [(False, one) for one in others]
