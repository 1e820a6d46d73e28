"""The money ledger: one row per payout with what was due, paid and received, whatever order the facts come in."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise, permutations
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from tests.verdicts.money import DAY, HOUR, PLAN, asked, daily, day, deal, earned, got, left, looked, paid, said
from verifier.contract import Category, Contract, PayoutPlan, ReceiptNote, Watch
from verifier.fact import Fact
from verifier.observation import BalanceSeen, Coinbase, Unread
from verifier.units import Amount
from verifier.verdicts.payouts import Books, PayoutRow, PayoutState, day_rows, payout_rows, post
from verifier.verdicts.payouts.gathering import gather
from verifier.verdicts.payouts.items import Items, confirmations, union
from verifier.verdicts.payouts.settling import settle

S = PayoutState
BOOKS: Final = TypeAdapter(Books)


def rows(facts: list[Fact], days: float, what: Contract | None = None) -> tuple[PayoutRow, ...]:
    return payout_rows(post(what or deal(), None, facts, day(days)))


def test_a_payout_that_is_credited_paid_and_received_is_one_row() -> None:
    (row,) = rows(daily(1), 3)
    assert (row.due, row.paid, row.received) == (50_000, 50_000, 50_000)
    assert row.states == (S.ON_TIME, S.CONFIRMED)
    assert row.confirmations == 6
    assert (row.earnings, row.claims, row.receipts) == (("pool earned 0",), ("pool paid 1.375",), ("tx 0:0",))


def test_what_a_block_says_of_its_miner_is_kept_with_its_reward_however_often_and_in_whatever_order_it_is_told() -> (
    None
):
    says = Coinbase(script="00ff", paid=("bc1qx", "bc1qy"))
    told = [got(1, 9, "t", coinbase=True, mined=mined) for mined in (None, replace(says, paid=()), says, None)]
    for facts in permutations(told):
        (row,) = rows([looked(), *facts], 2)
        assert row.mined == (says,)
    books = post(deal(), None, [looked(), *told], day(2))
    closed = post(deal(), books, [got(1, 9, "t", coinbase=True, confirmations=4000)], day(40))
    assert [row.mined for row in closed.closed] == [(says,)]
    assert BOOKS.validate_json(BOOKS.dump_json(closed)) == closed


def test_a_payout_is_due_late_and_then_missing_by_time_alone() -> None:
    books = post(deal(), None, [asked(), earned(0, 50_000)], day(2))
    assert [row.payment for row in books.rows] == [S.CREDITED]
    assert books.next_due == day(3)
    books = post(deal(), books, [asked(3 + 1 / 48)], day(3) + HOUR)
    assert [row.payment for row in books.rows] == [S.LATE]
    books = post(deal(), books, [asked(10 + 1 / 48)], day(10) + HOUR)
    assert [row.payment for row in books.rows] == [S.MISSING]
    late = post(deal(), books, [paid(10.5, 50_000, txid="tx"), got(10.5, 50_000, "tx")], day(11))
    assert [row.states for row in late.rows] == [(S.LATE, S.CONFIRMED)], "late, but it came"


def test_the_day_whose_payout_is_missing_is_named_although_later_days_are_paid() -> None:
    found = rows([*daily(12, without=[3]), asked(14)], 14)
    assert [row.payment for row in found].count(S.ON_TIME) == 11
    (missing,) = [row for row in found if row.payment is S.MISSING]
    assert missing.earnings == ("pool earned 3",)


def test_a_balance_below_the_threshold_is_not_late() -> None:
    plan = replace(PLAN, threshold=Amount(atoms=120_000))
    books = post(deal(payouts=plan), None, [earned(0, 50_000), earned(1, 50_000)], day(9))
    assert books.rows == ()
    assert books.below == ("pool earned 0", "pool earned 1")
    books = post(deal(payouts=plan), books, [earned(9, 50_000)], day(10) + HOUR)
    assert [(row.due, row.due_at, row.payment) for row in books.rows] == [(150_000, day(10), S.CREDITED)]


def test_less_than_credited_is_short_and_a_fee_is_not() -> None:
    facts = [*daily(1), earned(1, 50_000), paid(2.4, 35_000), earned(5, 50_000), paid(6.4, 49_000)]
    assert [row.payment for row in rows(facts, 9)] == [S.ON_TIME, S.SHORT, S.ON_TIME]


def test_what_was_due_before_the_first_known_payout_is_not_judged() -> None:
    facts = [earned(0, 50_000), earned(1, 50_000), earned(2, 50_000), paid(3.4, 50_000)]
    assert [row.payment for row in rows(facts, 20)] == [S.ON_TIME], "the first two may have been paid before"
    longer = deal(payouts=replace(PLAN, threshold=Amount(atoms=60_000)))
    assert [row.payment for row in rows(facts, 20, longer)] == [None]
    unasked = post(deal(), None, [earned(0, 50_000)], day(20))
    assert [row.payment for row in unasked.rows] == [S.CREDITED], "nobody was asked about payouts"


def test_one_payout_may_settle_several_days_and_one_day_may_come_in_parts() -> None:
    merged = [earned(0, 50_000), earned(1, 60_000), paid(2.4, 110_000)]
    (row,) = rows(merged, 4)
    assert (row.due, row.paid, len(row.earnings), row.payment) == (110_000, 110_000, 2, S.ON_TIME)
    split = [earned(0, 50_000), paid(1.3, 30_000), paid(1.6, 20_000)]
    (row,) = rows(split, 4)
    assert (row.due, row.paid, len(row.claims), row.payment) == (50_000, 50_000, 2, S.ON_TIME)


def test_a_payout_may_arrive_in_several_outputs_without_naming_its_transaction() -> None:
    facts = [earned(0, 50_000), paid(1.4, 50_000), got(1.4, 30_000, "a"), got(1.5, 19_900, "b")]
    (row,) = rows(facts, 4)
    assert (row.received, row.receipts, row.receipt) == (49_900, ("a:0", "b:0"), S.CONFIRMED)


def test_one_transaction_of_two_contracts_is_divided_by_their_payouts() -> None:
    shared = [got(1.4, 90_000, "t")]
    mine = [earned(0, 50_000), paid(1.4, 50_000, txid="t")]
    other = [paid(1.4, 40_000, name="x", account="pool of south", txid="t")]
    (row,) = rows([*shared, *mine, *other], 4, deal(beside=("pool of south",)))
    assert (row.paid, row.received, row.receipt) == (50_000, 50_000, S.CONFIRMED)
    short = [got(1.4, 80_000, "t")]
    (row,) = rows([*short, *mine, *other], 4, deal(beside=("pool of south",)))
    assert (row.received, row.receipt) == (44_444, S.SHORT), "in proportion, the odd base unit to the first of them"


def test_a_receipt_of_a_neighbour_is_not_unexplained() -> None:
    facts = [paid(1.4, 40_000, name="x", account="pool of south", txid="t"), got(1.4, 40_000, "t"), *daily(1)]
    assert len(rows(facts, 4, deal(beside=("pool of south",)))) == 1
    unknown = rows([*facts, asked(2)], 4)
    assert [row.receipt for row in unknown] == [S.CONFIRMED, S.UNEXPLAINED]
    assert unknown[1].category is Category.OTHER


def test_a_payout_that_never_arrives_is_missing_on_the_chain() -> None:
    facts = [*daily(3)[:-1], got(9, 1, "dust"), looked(13)]
    assert [row.receipt for row in rows(facts, 5) if row.claims] == [S.CONFIRMED, S.CONFIRMED, None], "on its way"
    assert [row.receipt for row in rows(facts, 6) if row.claims][-1] is S.LATE
    assert [row.receipt for row in rows(facts, 13) if row.claims][-1] is S.MISSING


def test_what_went_over_lightning_or_to_no_watched_wallet_is_not_missing_on_the_chain() -> None:
    over = [earned(0, 50_000), paid(1.4, 50_000, rail="lightning"), said("wallet", day(5), question="receipts")]
    assert rows(over, 20)[0].states == (S.ON_TIME,)
    unwatched = [earned(0, 50_000), paid(1.4, 50_000, txid="t")]
    assert rows(unwatched, 20)[0].states == (S.ON_TIME,)


def test_confirmed_beats_unconfirmed_and_a_reorganisation_takes_back() -> None:
    base = [earned(0, 50_000), paid(1.4, 50_000, txid="t")]
    seen = [got(1.4, 50_000, "t", confirmations=0, block=None), got(1.4, 50_000, "t", after=2 * HOUR, confirmations=1)]
    (row,) = rows([*base, *seen], 3)
    assert (row.received, row.receipt, row.confirmations) == (50_000, S.CONFIRMED, 1)
    taken = [left("block of t", 1.6)]
    (row,) = rows([*base, *seen, *taken], 3)
    assert (row.received, row.receipt, row.confirmations) == (0, S.REORGED, 0)
    again = [got(1.4, 50_000, "t", after=DAY, confirmations=3, block="another")]
    (row,) = rows([*base, *seen, *taken, *again], 3)
    assert (row.received, row.receipt, row.confirmations) == (50_000, S.CONFIRMED, 3)


def test_a_source_that_takes_back_its_own_word_takes_the_receipt_back() -> None:
    facts = [got(1.4, 50_000, "t"), got(1.4, 50_000, "t", after=DAY, confirmations=0, block=None)]
    (row,) = rows(facts, 4)
    assert row.receipt is S.REORGED


def test_a_young_coinbase_is_immature() -> None:
    (row,) = rows([got(1.4, 50_000, "t", coinbase=True)], 4)
    assert row.receipt is S.IMMATURE
    (row,) = rows([got(1.4, 50_000, "t", coinbase=True, confirmations=100)], 4)
    assert row.receipt is S.CONFIRMED


def test_only_mining_settles_a_payout() -> None:
    items = gather(deal(), [earned(0, 50_000), got(1.4, 50_000, "bonus"), looked(), looked(6)], "BTC")
    bonus = ReceiptNote(txid="bonus", category=Category.BONUS)
    settled = settle(deal(receipts=(bonus,)), items, day(6))
    assert [(row.payment, row.category, row.received) for row in settled.rows] == [
        (S.LATE, Category.MINING, None),
        (None, Category.BONUS, 50_000),
    ]


def test_a_payout_larger_than_what_was_seen_pays_for_the_time_before() -> None:
    facts = [earned(0, 50_000), earned(1, 50_000), paid(2.4, 400_000)]
    (row,) = rows(facts, 5)
    assert (row.due, row.paid, row.payment) == (100_000, 400_000, S.ON_TIME)


def test_without_a_plan_nothing_is_due_and_a_wallet_alone_has_rows_of_its_own() -> None:
    books = post(deal(payouts=PayoutPlan()), None, daily(2), day(4))
    assert [(row.due, row.payment) for row in books.rows] == [(None, None), (None, None)]
    alone = deal(watch=(Watch(account="wallet"),))
    found = rows([got(1, 70_000, "a"), got(2, 80_000, "b")], 4, alone)
    assert [(row.received, row.states) for row in found] == [(70_000, (S.CONFIRMED,)), (80_000, (S.CONFIRMED,))]


def test_credits_of_a_pool_day_with_an_offset_belong_to_that_day() -> None:
    plan = replace(PLAN, pool_day=timedelta(hours=8))
    books = post(deal(payouts=plan), None, [earned(0, 50_000)], day(2))
    (row,) = day_rows(books)
    assert (row.start, row.credited, row.state) == (day(0) + 16 * HOUR, 50_000, S.CREDITED)


def test_what_is_settled_for_a_fortnight_is_closed_and_keeps_its_result() -> None:
    books: Books | None = None
    facts = daily(90, without=[40])
    for number in range(92):
        new = [fact for fact in facts if day(number - 1) < fact.learned_at <= day(number)]
        books = post(deal(), books, new, day(number))
        assert BOOKS.validate_json(BOOKS.dump_json(books, exclude_defaults=True)) == books
    assert books is not None
    assert len(books.items.claims) < 20
    assert len(books.closed) + len(books.rows) < 65
    assert [row.earnings for row in books.closed if row.payment is S.MISSING] == [("pool earned 40",)]
    whole = sum(50_000 + number for number in range(90))
    credited = sum(row.credited or 0 for row in books.days.values()) + books.totals.credited
    received = sum(row.received or 0 for row in payout_rows(books)) + books.totals.received
    assert (credited, received) == (whole, whole - 50_040)
    assert post(deal(), books, [facts[-1]], day(91)).rows == books.rows, "told again it is no news"


def test_what_was_received_for_something_else_is_not_in_the_sum_of_mining() -> None:
    books: Books | None = None
    facts = [*daily(12), *(got(number + 1.6, 1_000, f"gift {number}") for number in range(12)), looked(79)]
    for number in range(80):
        new = [fact for fact in facts if day(number - 1) < fact.learned_at <= day(number)]
        books = post(deal(), books, new, day(number))
    assert books is not None
    assert not payout_rows(books), "all of it is in the sums"
    assert books.totals.received == books.totals.paid == sum(50_000 + number for number in range(12))


DELAYS: Final = st.lists(
    st.sampled_from([0.375, 0.375, 0.375, 2.5, 4.0, 12.0, 19.5, 27.0, None]), min_size=8, max_size=20
)


@given(DELAYS, DELAYS, st.booleans())
@settings(max_examples=20, deadline=None)
def test_turn_by_turn_and_all_at_once_are_the_same_however_late_payouts_come(
    delays: list[float | None], arrivals: list[float | None], named: bool
) -> None:
    facts = [asked(0), looked(0)]
    for number, delay in enumerate(delays):
        facts.append(earned(number, 50_000 + 7_000 * number))
        if delay is not None:
            txid = f"t{number}" if named else None
            atoms = 50_000 + 7_000 * number
            facts.append(paid(number + 1 + delay, atoms, name=f"p{number}", txid=txid))
            arrives = arrivals[number % len(arrivals)]
            if arrives is not None and (named or arrives < 2):
                facts.append(got(number + 1 + delay + arrives, atoms, f"t{number}"))
    facts += [one for number in range(56) for one in (asked(number), looked(number))]
    facts = sorted((fact for fact in facts if fact.learned_at <= day(56)), key=lambda fact: fact.learned_at)
    books: Books | None = None
    for number in range(57):
        new = [fact for fact in facts if day(number - 1) < fact.learned_at <= day(number)]
        books = post(deal(), books, new, day(number))
    assert payout_rows(books) == payout_rows(post(deal(), None, facts, day(56)))


def test_a_late_fact_about_closed_time_is_a_visible_revision() -> None:
    books = post(deal(), None, daily(30), day(32))
    again = post(deal(), books, daily(30)[:9], day(33))
    assert not [row for row in again.closed if row.revised]
    late = post(deal(), again, [paid(4.0, 7_000, name="forgotten")], day(33))
    assert [(row.paid, row.revised) for row in late.closed if row.revised] == [(7_000, True)]
    assert [row for row in late.closed if not row.revised] == list(again.closed), "closed rows keep their result"


def test_a_turn_without_news_of_coins_leaves_the_books_alone() -> None:
    books = post(deal(), None, daily(5), day(7))
    assert post(deal(), books, (), day(7) + HOUR) is books


def test_balances_and_what_other_accounts_say_are_no_payouts() -> None:
    facts = [
        said("pool", day(1), BalanceSeen(at=day(1), amount=Amount(atoms=5))),
        said("stranger", day(1), earned(0, 5).observations[0]),
        said("pool", day(1), BalanceSeen(at=day(1), amount=Amount(atoms=5, coin="LTC"))),
    ]
    items = gather(deal(), facts, "BTC")
    assert (items.balances["pool"].atoms, items.earnings) == (5, {})


YEARS: Final = [
    *daily(8, without=[2, 5]),
    paid(3.4, 35_000, name="short"),
    paid(6.5, 30_000, name="part", txid=None),
    paid(6.6, 20_005, name="rest", txid=None),
    got(6.5, 30_000, "p"),
    got(6.6, 20_005, "r"),
    got(1.375, 50_000, "tx 0", after=timedelta(minutes=1), confirmations=0, block=None),
    left("block of tx 4", 7),
    paid(1.375, 40_000, name="x", account="pool of south", txid="tx 0"),
    got(1.375, 40_000, "tx 0", 1),
    said("wallet", day(9), Unread(at=day(9), since=day(7.5), until=day(8)), question="receipts"),
]


@given(st.permutations(YEARS), st.lists(st.sampled_from(YEARS)), st.lists(st.integers(0, len(YEARS)), max_size=5))
@settings(max_examples=60, deadline=None)
def test_the_ledger_depends_on_no_order(order: list[Fact], again: list[Fact], cuts: list[int]) -> None:
    what = deal(beside=("pool of south",))
    reference = settle(what, gather(what, YEARS, "BTC"), day(12))
    told = [*order, *again]
    bounds = [0, *sorted(cuts), len(told)]
    joined, books = Items(), None
    for start, end in pairwise(bounds):
        joined = union(joined, gather(what, told[start:end], "BTC"))
        books = post(what, books, told[start:end], day(8))
    assert settle(what, joined, day(12)) == reference
    assert books is not None
    assert books.rows == post(what, None, YEARS, day(8)).rows, "as long as nothing is closed"


def test_every_base_unit_received_is_in_exactly_one_row_of_one_contract() -> None:
    north = rows(YEARS, 12, deal(beside=("pool of south",)))
    south = rows(YEARS, 12, deal(watch=(Watch(account="pool of south"), Watch(account="wallet")), beside=("pool",)))
    items = gather(deal(), YEARS, "BTC")
    chain = sum(one.atoms for one in items.receipts.values() if confirmations(one, items.left))
    settled = sum(row.received or 0 for row in (*north, *south) if row.claims)
    spare = sum(row.received or 0 for row in north if not row.claims)
    assert settled + spare == chain
