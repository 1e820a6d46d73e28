"""One wallet of several contracts, one transaction of several payouts: what can be divided and what is proven."""

from dataclasses import replace

import pytest

from tests.verdicts.money import daily, day, deal, earned, got, looked, paid
from tests.verdicts.test_payout_checks import NET, OF_COINS, verdict, wallet_only
from verifier.contract import Watch
from verifier.daemon.subjects import beside
from verifier.verdicts.payouts import post
from verifier.verdicts.verdict import Certainty, Outcome


@pytest.mark.parametrize("check", OF_COINS)
def test_contracts_that_watch_the_same_wallet_alone_are_unknown_and_not_counted_twice(check: str) -> None:
    both = beside({name: replace(wallet_only(), name=name) for name in ("north", "south")})
    facts = [got(number + 1.4, NET, f"t{number}") for number in range(20)]
    for name, other in (("north", "south"), ("south", "north")):
        now = verdict(check, facts, day(21), both[name])
        assert now.outcome is Outcome.UNKNOWN
        assert now.because == f"Paid together with {other}; the split is not visible."
        assert not post(both[name], None, facts, day(21)).told


def test_contracts_that_share_a_wallet_and_have_no_pool_of_their_own_are_not_counted_twice() -> None:
    two = (Watch(account="wallet", tells_earnings=False), Watch(account="wallet2", tells_earnings=False))
    north, south = deal(watch=two), deal(name="south", watch=two[:1])
    both = beside({"north": north, "south": south})
    assert (both["north"].paid_with, both["south"].paid_with) == (("south",), ("north",))
    facts = [got(number + 1.4, NET, f"t{number}") for number in range(20)]
    for contract in both.values():
        assert not post(contract, None, facts, day(21)).told
        assert verdict("payout_late", facts, day(21), contract).outcome is Outcome.UNKNOWN


def test_a_shared_wallet_is_divided_while_all_but_one_of_its_contracts_have_a_pool() -> None:
    wallet = Watch(account="wallet", tells_earnings=False)
    north, south = deal(watch=(Watch(account="pool"), wallet)), deal(name="south", watch=(wallet,))
    both = beside({"north": north, "south": south})
    assert both["south"] == replace(south, beside=("pool",))
    assert both["north"] == north
    facts = [*daily(3), got(2.4, 7_000, "of south")]
    (row,) = post(both["south"], None, facts, day(5)).rows
    assert (row.received, row.receipts) == (7_000, ("of south:0",))


def test_a_wallet_whose_contracts_follow_each_other_is_judged() -> None:
    north, south = replace(wallet_only(), ends=day(10)), replace(wallet_only(), name="south", starts=day(10))
    found = beside({"north": north, "south": south})
    assert found == {"north": north, "south": south}


def test_a_named_transaction_that_brought_less_is_proven_and_one_that_is_not_seen_is_not() -> None:
    named = [earned(0, 50_000), paid(1.4, 50_000, txid="t"), got(1.4, 49_000, "t")]
    assert verdict("received_below_paid", named, day(5)).certainty is Certainty.PROVEN
    assert verdict("received_below_paid", named, day(30)).certainty is Certainty.PROVEN, "as long as it is told"
    unaddressed = [earned(0, 50_000), paid(1.4, 50_000, txid="t", address=None), got(1.4, 49_000, "t")]
    guessed = [earned(0, 50_000), paid(1.4, 50_000), got(1.4, 30_000, "t")]
    unseen = [looked(0), earned(0, 50_000), paid(1.4, 50_000, txid="t"), looked(14)]
    shared = [*named, paid(1.4, 9_000, name="x", account="pool of south", txid="t")]
    for facts in (unaddressed, guessed, unseen, shared, [*named, *unseen[2:], *guessed[1:]]):
        now = verdict("received_below_paid", facts, day(14), deal(beside=("pool of south",)))
        assert (now.outcome, now.certainty) == (Outcome.SHORT, Certainty.SUPPORTED)
