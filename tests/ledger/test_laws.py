"""Laws of the ledger that hold for anything it is given."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Engine, MetaData, Table, create_engine, event, insert, select, text
from sqlalchemy.exc import DBAPIError, StatementError

from tests.ledger.examples import NOON, answer, fact, minutes, poll
from verifier import units
from verifier.fact import Fact
from verifier.ledger.columns import Amount, Moment
from verifier.ledger.ledger import Ledger
from verifier.ledger.records import Batch, Checkpoint, Hour
from verifier.ledger.rows import rows_of
from verifier.ledger.writer import merged
from verifier.observation import BalanceSeen, Observation, PriceSeen, RateSeen, Silence, SilenceReason, WorkSeen
from verifier.units import Window

MOMENTS = st.datetimes(timezones=st.just(UTC))
AMOUNTS = st.builds(units.Amount, atoms=st.integers(-(10**40), 10**40), coin=st.sampled_from(["BTC", "ETC"]))
POSITIVE = st.floats(min_value=0, allow_infinity=False, allow_nan=False)
OBSERVATIONS: st.SearchStrategy[Observation] = st.one_of(
    st.builds(WorkSeen, worker=st.none() | st.text(), start=st.none() | MOMENTS, end=MOMENTS, hashes=POSITIVE),
    st.builds(RateSeen, at=MOMENTS, per_second=POSITIVE, window=st.timedeltas(timedelta(0), timedelta(days=400))),
    st.builds(BalanceSeen, at=MOMENTS, amount=AMOUNTS),
    st.builds(
        PriceSeen,
        at=MOMENTS,
        coin=st.just("BTC"),
        currency=st.just("EUR"),
        price=st.decimals(allow_nan=False, allow_infinity=False),
    ),
    st.builds(Silence, at=MOMENTS, reason=st.sampled_from(SilenceReason), detail=st.text()),
)
JSON = st.dictionaries(
    st.text(), st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False), max_size=3
)


@st.composite
def facts_in_batches(draw: st.DrawFn) -> list[list[Fact]]:
    batches: list[list[Fact]] = []
    number = 0
    for size in draw(st.lists(st.integers(0, 4), min_size=1, max_size=4)):
        batch = []
        for _ in range(size):
            number += 1
            start, end = sorted(draw(st.tuples(MOMENTS, MOMENTS)))
            observations = draw(st.lists(OBSERVATIONS, max_size=3))
            true, content = Window(start=start, end=end), draw(JSON)
            batch.append(fact(number, true=true, content=content, observations=observations))
        batches.append(batch)
    return batches


# The examples share a ledger, each with a subject of its own.
SHARED = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@SHARED
@given(facts_in_batches(), st.booleans())
async def test_facts_come_back_equal_and_in_order_however_they_were_batched(
    ledger: Ledger, batches: list[list[Fact]], together: bool
) -> None:
    subject = f"acme{ledger.next_fact_id()}"
    batches = [[replace(one, id=ledger.next_fact_id(), subject=subject) for one in batch] for batch in batches]
    expected = [one for batch in batches for one in batch]
    writes = [ledger.write(Batch(facts=tuple(batch))) for batch in batches]
    if together:
        await asyncio.gather(*writes)
    else:
        for write in writes:
            await write
    assert await ledger.facts([subject]) == expected
    in_time = sorted(expected, key=lambda one: (one.true.end, one.id))
    assert await ledger.facts_true_after([subject], datetime.min.replace(tzinfo=UTC)) == in_time


@SHARED
@given(MOMENTS, AMOUNTS)
async def test_moments_and_amounts_survive_any_database(ledger: Ledger, moment: datetime, amount: units.Amount) -> None:
    table = Table("kept", MetaData(), Column("at", Moment), Column("amount", Amount), Column("none", Amount))
    async with ledger._engine.connect() as connection:
        await connection.run_sync(table.create)
        await connection.execute(insert(table).values(at=moment, amount=amount))
        assert (await connection.execute(select(table))).one() == (moment, amount, None)
        await connection.rollback()


def test_an_amount_of_18_decimals_is_text() -> None:
    much = units.Amount.of(Decimal("120000000.000000000000000001"), "ETC")
    table = Table("kept", MetaData(), Column("amount", Amount))
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        table.create(connection)
        connection.execute(insert(table).values(amount=much))
        assert connection.execute(text("SELECT amount FROM kept")).scalar() == "120000000000000000000000001 ETC"
        with pytest.raises(StatementError, match="no time zone"):
            connection.execute(select(table).where(Column("at", Moment) == datetime(2026, 1, 1)))  # noqa: DTZ001
    engine.dispose()


@pytest.mark.parametrize("table", ["fact", "answer", "body"])
@pytest.mark.parametrize("change", ["UPDATE {} SET {}={}", "DELETE FROM {}"])
async def test_facts_answers_and_bodies_are_append_only(ledger: Ledger, table: str, change: str) -> None:
    await ledger.write(poll(1))
    column = "digest" if table != "answer" else "url"
    async with ledger._engine.connect() as connection:
        with pytest.raises(DBAPIError, match=f"{table} is append-only"):
            await connection.execute(text(change.format(table, column, column)))


@contextmanager
def _counted() -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def _day(number: int, polls: int) -> Batch:
    """A day of that many polls, all its hours and its answers."""
    at = NOON + timedelta(days=number)
    facts = tuple(fact(number * 100 + n, at=at + minutes(n)) for n in range(1, polls + 1))
    hours = tuple(
        Hour(contract="north", start=at + timedelta(hours=n), seen_seconds=3600, hashes=1e15) for n in range(24)
    )
    return Batch(facts=facts, hours=hours, answers=tuple(answer(b"%d" % one.id, fact=one.id) for one in facts))


async def test_a_write_costs_the_same_number_of_statements_with_any_history_and_any_size(ledger: Ledger) -> None:
    costs = []
    days = [1, 2, *range(3, 1001), 1001]
    for number in days:
        if number in {1, 2, 1001}:
            with _counted() as statements:
                await ledger.write(_day(number, polls=1 if number == 1 else 4))
            costs.append([statement.split("(", maxsplit=1)[0] for statement in statements])
        elif number % 100 == 3:
            await asyncio.gather(*(ledger.write(_day(n, polls=2)) for n in range(number, min(number + 100, 1001))))
    assert costs[0] == costs[1] == costs[2]
    assert len(costs[0]) == 5
    assert len(await ledger.days("north", NOON, NOON + timedelta(days=2000))) == 1002


async def test_reading_a_page_costs_one_statement(ledger: Ledger) -> None:
    await ledger.write(_day(1, polls=9))
    with _counted() as statements:
        await ledger.facts(["acme", "bravo"], after_id=3)
    assert len([statement for statement in statements if statement != "BEGIN"]) == 1


def test_what_a_later_batch_drops_is_not_written_by_an_earlier_one() -> None:
    first = Batch(
        checkpoints=tuple(Checkpoint(subject="north", at=NOON + minutes(n), position=n, state=b"") for n in (0, 1))
    )
    together = merged([rows_of(first), rows_of(Batch(stale_checkpoints=(("north", NOON),)))])
    assert [row["position"] for row in together["checkpoint"]] == [0]


def test_what_a_later_batch_forgets_is_not_written_by_an_earlier_one() -> None:
    together = merged([rows_of(poll(1)), rows_of(Batch(forgotten_standings=("north",))), rows_of(poll(2))])
    assert [row["position"] for row in together["standing"]] == [2]
    assert [row["id"] for row in together["fact"]] == [1, 2]
