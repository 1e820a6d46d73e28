"""What the contracts of one account promise together, at any moment, and which workers are theirs."""

from datetime import UTC, datetime, timedelta
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from verifier.contract import Contract, Promise, Watch
from verifier.expectations.promised import Promised
from verifier.units import SHA256D, Hashrate

START: Final = datetime(2026, 11, 20, tzinfo=UTC)
DAY: Final = timedelta(days=1)


def contract(
    *rates: float, first: int = 0, last: int | None = None, workers: str | None = None, algorithm: str = SHA256D
) -> Contract:
    """A contract from day ``first`` to ``last`` whose promise changes every day."""
    starts = START + first * DAY
    return Contract(
        name="north", seller="Northhash", starts=starts, ends=None if last is None else START + last * DAY,
        promises=tuple(
            Promise(since=starts + day * DAY, rate=Hashrate(per_second=rate, algorithm=algorithm), tolerance=None)
            for day, rate in enumerate(rates)
        ),
        watch=(Watch(account="pool", workers=workers), Watch(account="other", workers="*")),
    )  # fmt: skip


SPANS: Final = st.tuples(st.lists(st.floats(1.0, 1e20), min_size=1, max_size=3), st.integers(0, 5), st.integers(1, 5))


@given(st.lists(SPANS, max_size=5), st.integers(-1, 12))
def test_it_is_the_sum_of_all_that_run(spans: list[tuple[list[float], int, int]], day: int) -> None:
    contracts = [contract(*rates, first=first, last=first + days) for rates, first, days in spans]
    now = START + day * DAY + DAY / 2
    told = sum(one.promise_at(now).rate.per_second for one in contracts if one.runs_at(now))
    found = Promised("pool", contracts).at(now, SHA256D)
    assert abs(found - told) <= 1e-6 * max((rate for rates, *_ in spans for rate in rates), default=0.0)


def test_only_contracts_of_the_account_and_the_algorithm_count() -> None:
    promised = Promised("pool", [contract(5.0), contract(7.0, algorithm="scrypt")])
    assert (promised.at(START, SHA256D), promised.at(START, "scrypt"), promised.at(START, "x11")) == (5.0, 7.0, 0.0)
    assert Promised("nobody", [contract(5.0)]).at(START, SHA256D) == 0.0
    assert promised.since(START, "x11") < START


def test_only_a_change_of_more_than_tenfold_is_another_order() -> None:
    promised = Promised("pool", [contract(5.0, 6.0, 600.0, 700.0, 60.0, last=6)])
    orders = [promised.since(START + day * DAY, SHA256D) for day in range(7)]
    assert orders == [START + day * DAY for day in (0, 0, 2, 2, 4, 4, 6)]


def test_workers_are_claimed_by_contracts_that_run() -> None:
    promised = Promised("pool", [contract(5.0, workers="a.*", last=1), contract(5.0, workers="b.*")])
    assert promised.claimed(["", "a.1", "b.1", "c.1"], START, SHA256D) == {"a.1", "b.1"}
    assert promised.claimed(["", "a.1", "b.1", "c.1"], START + DAY, SHA256D) == {"b.1"}
    both = [contract(5.0), contract(5.0, workers="b.*")]
    assert Promised("pool", both).claimed(["", "a.1", "b.1"], START, SHA256D) == {"", "b.1"}
    assert Promised("pool", both).claimed(["a.1", "b.1"], START, SHA256D) == {"a.1", "b.1"}


def test_the_least_is_the_smallest_promise_of_those_that_run() -> None:
    promised = Promised("pool", [contract(5.0, 1.0), contract(3.0, last=2), contract(2.0, algorithm="scrypt")])
    told = [promised.least(START + day * DAY, SHA256D) for day in (-1, 0, 1, 2)]
    assert told == [0.0, 3.0, 1.0, 1.0]
    assert Promised("pool", [contract(3.0, last=1)]).least(START + DAY, SHA256D) == 0.0
