"""What was promised, by date; and contracts that are judged as one sum."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.contract import (
    Category,
    Contract,
    Exclusion,
    Promise,
    ReceiptNote,
    Tolerance,
    Uptime,
    UptimeMethod,
    Watch,
    together,
)
from verifier.expectations.rate import owed
from verifier.units import Hashrate, Window

DAY = timedelta(days=1)
START = datetime(2026, 1, 1, tzinfo=UTC)


def contract(
    name: str = "north",
    *,
    rate: float = 100.0,
    tolerance: float | None = 0.05,
    starts: datetime = START,
    ends: datetime | None = None,
) -> Contract:
    clause = None if tolerance is None else Tolerance(fraction=tolerance)
    return Contract(
        name=name,
        seller=f"seller of {name}",
        starts=starts,
        ends=ends,
        promises=(Promise(since=starts, rate=Hashrate(per_second=rate), tolerance=clause),),
        watch=(Watch(account="pool", workers=f"{name}.*"), Watch(account="wallet")),
    )


def test_the_promise_in_force_is_the_last_one_that_began() -> None:
    amended = replace(
        contract(),
        promises=(*contract().promises, Promise(since=START + DAY, rate=Hashrate(per_second=50.0), tolerance=None)),
    )
    rates = [amended.promise_at(START + days * DAY).rate.per_second for days in (-1, 0, 1, 2)]
    assert rates == [100.0, 100.0, 50.0, 50.0]
    assert amended.promised.per_second == 50.0


def test_the_term_never_ends_before_it_starts() -> None:
    fixed = contract(ends=START + DAY)
    assert fixed.term(START - DAY).span == timedelta(0)
    assert fixed.term(START + 9 * DAY) == Window(start=START, end=START + DAY)
    assert contract().term(START + 9 * DAY).span == 9 * DAY
    assert [fixed.runs_at(START + days * DAY) for days in (-1, 0, 1)] == [False, True, False]


def test_a_watch_speaks_for_the_workers_its_pattern_fits() -> None:
    assert Watch(account="pool").speaks_for("anything")
    assert Watch(account="pool", workers="north.*").speaks_for("north.1")
    assert not Watch(account="pool", workers="north.*").speaks_for("North.1")


@pytest.mark.parametrize(
    ("tolerance", "wish", "least"),
    [(None, None, 1.0), (0.05, None, 0.95), (0.05, 0.97, 0.97), (None, 0.9, 0.9), (0.05, 0.9, 0.95)],
)
def test_people_are_told_below_their_own_wish_or_what_the_contract_allows(
    tolerance: float | None, wish: float | None, least: float
) -> None:
    one = replace(contract(tolerance=tolerance), tell_me_below=wish)
    assert one.least_at(START) == pytest.approx(least)
    assert owed(one, Window(start=START, end=START + DAY)).boundary == pytest.approx(least * 100.0 * 86_400)


def test_a_group_promises_and_leaves_the_sum_of_its_members() -> None:
    north, south = contract(), contract("south", rate=300.0, tolerance=None)
    farm = together("farm", [north, south])
    assert (farm.name, farm.group, farm.seller) == ("farm", None, "seller of north and seller of south")
    assert farm.promised.per_second == 400.0
    assert farm.least_at(START) == pytest.approx((95.0 + 300.0) / 400.0)
    assert [watch.workers for watch in farm.watch] == ["north.*", None, "south.*"]
    assert farm.ends is None


def test_a_group_keeps_the_span_that_all_its_clauses_name() -> None:
    def spanned(name: str, span: timedelta, **changed: float) -> Contract:
        one = contract(name)
        promise = replace(one.promises[0], tolerance=Tolerance(fraction=0.05, span=span))
        return replace(one, promises=(promise,), **changed)  # type: ignore[arg-type]  # fields of the record

    def span_of(*members: Contract) -> timedelta | None:
        tolerance = together("farm", members).promise_at(START).tolerance
        assert tolerance is not None
        return tolerance.span

    daily = spanned("north", DAY)
    assert span_of(daily, spanned("south", DAY)) == DAY
    assert span_of(daily, spanned("south", 7 * DAY)) is None
    assert span_of(daily, contract("south")) is None
    assert span_of(daily, spanned("south", DAY, tell_me_below=0.97)) is None, "a wish is no clause"


def test_a_member_counts_in_its_own_term_alone() -> None:
    first, second = contract(ends=START + 2 * DAY), contract("south", starts=START + DAY, ends=START + 5 * DAY)
    third = contract("east", starts=START + 7 * DAY, ends=START + 9 * DAY)
    farm = together("farm", [first, second, third])
    assert (farm.starts, farm.ends) == (START, START + 9 * DAY)
    rates = [farm.promise_at(START + day * DAY).rate.per_second for day in range(9)]
    assert rates == [100.0, 200.0, 100.0, 100.0, 100.0, 0.0, 0.0, 100.0, 100.0]


@given(
    st.lists(
        st.tuples(st.floats(1.0, 1e6), st.sampled_from([None, 0.0, 0.1]), st.integers(0, 9), st.integers(1, 9)),
        min_size=1,
        max_size=4,
    ),
    st.integers(0, 20),
)
def test_what_a_group_owes_is_what_its_members_owe(
    members: list[tuple[float, float | None, int, int]], day: int
) -> None:
    contracts = [
        contract(f"c{n}", rate=rate, tolerance=tolerance, starts=START + first * DAY, ends=START + (first + span) * DAY)
        for n, (rate, tolerance, first, span) in enumerate(members)
    ]
    window = Window(start=START + day * DAY, end=START + (day + 3) * DAY)
    whole, parts = owed(together("farm", contracts), window), [owed(one, window) for one in contracts]
    assert whole.promised == pytest.approx(sum(part.promised for part in parts))
    assert whole.boundary == pytest.approx(sum(part.boundary for part in parts))


def test_a_group_keeps_the_uptime_and_the_time_left_out_that_all_its_members_agree_on() -> None:
    announced = Exclusion(window=Window(start=START, end=START + timedelta(hours=6)), why="maintenance")
    up = Uptime(fraction=0.99, method=UptimeMethod.REACHABLE)
    one, other = (replace(contract(name), uptime=up, exclusions=(announced,)) for name in ("north", "south"))
    farm = together("farm", [one, other])
    assert (farm.uptime, farm.exclusions) == (up, (announced,))
    apart = together("farm", [one, contract("south")])
    assert (apart.uptime, apart.exclusions) == (None, ())


def test_a_note_of_one_member_on_a_receipt_holds_for_its_group() -> None:
    refund = ReceiptNote(txid=64 * "a", category=Category.REFUND)
    bonus = ReceiptNote(txid=64 * "b", category=Category.BONUS)
    one, other = replace(contract(), receipts=(refund, bonus)), replace(contract("south"), receipts=(bonus,))
    assert together("farm", [one, other]).receipts == (refund, bonus)


def test_a_group_of_nobody_or_of_two_algorithms_is_none() -> None:
    with pytest.raises(ValueError, match="a group has members"):
        together("farm", [])
    promise = Promise(since=START, rate=Hashrate(per_second=1.0, algorithm="scrypt"), tolerance=None)
    with pytest.raises(ValueError, match="group farm mixes scrypt, sha256d"):
        together("farm", [contract(), replace(contract("south"), promises=(promise,))])


@pytest.mark.parametrize(
    ("sellers", "said"),
    [
        (("Northhash, 1", "northhash,  2"), "Northhash"),
        (("Northhash, order 1", "Southrigs, invoice 7", "Northhash, order 2"), "Northhash and Southrigs"),
        ((", 5", "N"), ", 5 and N"),
        (tuple(f"S{number}" for number in range(9)), "S0, S1, S2, S3, S4 and 4 more"),
    ],
)
def test_of_contracts_together_every_seller_is_named_once_without_the_orders(
    sellers: tuple[str, ...], said: str
) -> None:
    members = [replace(contract(f"c{number}"), seller=seller) for number, seller in enumerate(sellers)]
    assert together("farm", members).seller == said
