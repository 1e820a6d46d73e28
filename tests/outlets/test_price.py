"""What is missing, in every unit, wherever it is shown: work, coins, and money by two prices, each named."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.outlets import pictures
from tests.outlets.changes import change
from tests.outlets.test_metrics import value
from verifier.contract import PayoutPlan
from verifier.expectations.price import Price
from verifier.incidents.standing import Change
from verifier.outlets import api, pages, price
from verifier.outlets.messages.hashrate import letter
from verifier.outlets.messages.letter import Occasion
from verifier.outlets.messages.payload import dump
from verifier.outlets.picture import ContractView, Picture
from verifier.units import Window
from verifier.verdicts.payouts.rows import DayRow, Totals
from verifier.verdicts.settling import Period
from verifier.verdicts.verdict import DifficultySteps, Outcome

DAY = timedelta(days=1)
NETWORK = DifficultySteps(steps=((pictures.STARTS, 1.5e14),), heights=((pictures.STARTS, 920_000),))
PROMISED = 500e12 * (pictures.NOW - pictures.STARTS).total_seconds()
TERM = Period(
    window=Window(start=pictures.STARTS, end=pictures.NOW),
    over=False,
    outcome=Outcome.SHORT,
    promised=PROMISED,
    owed=PROMISED,
    delivered=0.97 * PROMISED,
    alpha=0.01,
    made_by=1,
)
EUR = Price(
    value=Decimal(78_700),
    currency="EUR",
    at=pictures.NOW - timedelta(minutes=4),
    last=pictures.NOW,
    sources=("coinbase", "kraken"),
)


def view(scheme: str = "pps") -> ContractView:
    """11 % too little for 18 hours of a contract that pays by the share; four days of it are over."""
    what = replace(pictures.short().contract, payouts=PayoutPlan(scheme=scheme))
    days = tuple(
        DayRow(start=pictures.STARTS + n * DAY, end=pictures.STARTS + (n + 1) * DAY, missing=1_000) for n in range(4)
    )
    return replace(
        pictures.short(),
        contract=what,
        days=(),
        payout_days=days,
        totals=Totals(missing=500),
        term=TERM,
    )


def picture(scheme: str = "pps", **changed: object) -> Picture:
    shown = replace(pictures.every_result(), contracts={"north": view(scheme)}, network=NETWORK, prices={"EUR": EUR})
    return replace(shown, **changed)  # type: ignore[arg-type]  # each caller names fields of the record


def test_a_shortfall_is_shown_in_work_coins_and_by_two_prices() -> None:
    found = price.now(view(), view().verdicts["hashrate"], picture())
    assert found is not None
    assert found.hashes / 86_400e12 == pytest.approx(41.25)
    assert found.coins is not None
    # hashes / (difficulty * 2^32) * 3.125 coins, less the 4 % that are assumed for the pool.
    assert found.coins.atoms == pytest.approx(found.hashes / (1.5e14 * 2**32) * 312_500_000 * 0.96, abs=1)
    assert found.at_market is not None
    assert found.at_market.value == found.coins.coins * 78_700
    assert found.at_price_paid is not None
    assert found.at_price_paid.currency == "EUR"


def test_the_page_names_the_price_each_sum_rests_on() -> None:
    said = pages.contract(picture(), view(), (), ())
    assert "at the price paid" in said
    assert "by PPS at the difficulty of that time" in said
    assert "At the market price of Fri 09:16 (coinbase, kraken)." in said


def test_what_is_missing_is_a_table_of_now_and_the_whole_term() -> None:
    found = price.figures(view(), picture())
    assert [(line.name, line.work) for line in found.lines] == [
        ("now", "41.2 TH/s-days"),
        ("whole term", price.valued(view().contract, PROMISED * 0.03).split(",")[0]),
    ]
    assert all(line.paid and line.coins and line.market for line in found.lines)
    assert len(set(found.notes)) == len(found.notes), "each sentence once"
    bare = price.figures(view(), picture(network=DifficultySteps(), prices={}))
    assert (bare.lines[0].coins, [line.market for line in bare.lines]) == (None, [None, None])
    assert any("no difficulty is known" in note for note in bare.notes)
    dear = price.figures(view(), picture(prices={"EUR": replace(EUR, value=None, because="the sources differ")}))
    assert any("the sources differ" in note for note in dear.notes)
    assert not price.figures(pictures.met(), picture()).lines


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"scheme": "tides"}, "Scheme not modelled yet: tides"),
        ({"network": DifficultySteps()}, "no difficulty is known"),
        ({"network": replace(NETWORK, conflict="two sources contradict each other")}, "two sources contradict"),
        ({"network": replace(NETWORK, steps=((pictures.NOW, 1e14),))}, "the difficulty of that time is not known"),
    ],
)
def test_coins_that_nobody_can_tell_have_their_reason_and_no_money(changed: dict[str, object], why: str) -> None:
    shown = picture(**changed)  # type: ignore[arg-type]  # fields of the record
    (one,) = shown.contracts.values()
    found = price.now(one, one.verdicts["hashrate"], shown)
    assert found is not None
    assert (found.coins, found.at_market) == (None, None)
    assert why in str(found.coins_unknown)
    assert why in pages.contract(shown, one, (), ())
    assert api.contract(one, shown)["shortfalls"]["now"]["coins"] is None
    assert value(shown, "verifier_shortfall_coins", contract="north", coin="BTC") is None
    assert value(shown, "verifier_shortfall_money", contract="north", currency="EUR", price="market") is None
    assert value(shown, "verifier_shortfall_money", contract="north", currency="EUR", price="paid") is not None


def test_the_whole_term_is_the_sum_of_its_days_each_at_its_own_difficulty() -> None:
    found = price.of_term(view(), picture())
    assert found is not None
    assert found.hashes / PROMISED == pytest.approx(0.03)
    assert found.coins is not None
    assert found.coins.atoms == 4_500
    assert price.of_term(replace(view(), term=replace(TERM, delivered=PROMISED)), picture()) is None
    assert price.of_term(replace(view(), term=None), picture()) is None, "nothing was seen"
    unseen = price.of_term(replace(view(), days=pictures.short().days), picture())
    assert unseen is not None
    assert (unseen.coins, "are not worked out" in str(unseen.coins_unknown)) == (None, True)
    over = replace(view(), payout_days=(), totals=Totals())
    unknown = price.of_term(over, picture())
    assert unknown is not None
    assert (unknown.coins, "settlement days" in str(unknown.coins_unknown)) == (None, True)


def test_a_past_shortfall_is_valued_at_the_difficulty_of_its_own_time() -> None:
    dearer = ((pictures.STARTS, 1.5e14), (pictures.SHORT_SINCE + timedelta(hours=18), 3e14))
    found = price.last(view(), view().verdicts["hashrate"], picture(network=replace(NETWORK, steps=dearer)))
    before = price.last(view(), view().verdicts["hashrate"], picture())
    assert found is not None
    assert before is not None
    assert found.coins == before.coins
    assert price.last(pictures.met(), None, picture()) is None


def occasion(shown: Picture) -> Occasion:
    told = change(Change.OPENED, shown.contracts["north"].verdicts["hashrate"])
    return Occasion(transition=told, picture=shown, now=pictures.NOW)


def test_the_letter_says_it_in_coins_where_coins_are_watched() -> None:
    lines = {line.label: line.text for line in letter(occasion(picture())).lines}  # type: ignore[union-attr]
    assert lines["In coins"].startswith("About 0.0000")
    assert "at the market price of" in lines["In coins"]
    unknown = letter(occasion(picture(scheme="tides")))
    assert unknown is not None
    assert "Scheme not modelled yet: tides" in str(unknown.lines)
    without = letter(occasion(picture(network=DifficultySteps())))
    assert without is not None
    assert "In coins" not in {line.label for line in without.lines}


def test_the_webhook_has_coins_as_text_and_both_prices() -> None:
    told = occasion(picture())
    said = letter(told)
    assert said is not None
    (body,) = dump([(told, said)], pictures.NOW, subject="s", text="t")["data"]["changes"]
    assert body["missing_coins"]["coin"] == "BTC"
    assert body["missing_coins"]["atoms"].isdigit()
    assert body["missing_at_market_price"]["currency"] == "EUR"
    assert body["missing_at_price_paid"]["currency"] == "EUR"


def test_metrics_say_what_is_missing_and_how_old_the_price_is() -> None:
    shown = picture(chain=("renter1", "west_pool", "gone"))
    behind = replace(shown.accounts["west_pool"], lagging="the newest block is of yesterday")
    shown = replace(shown, accounts={**shown.accounts, "west_pool": behind})
    assert value(shown, "verifier_shortfall_hashes", contract="north") == pytest.approx(55e12 * 18 * 3600, rel=0.01)
    assert value(shown, "verifier_price", coin="BTC", currency="EUR") == 78_700
    assert value(shown, "verifier_price_sources", coin="BTC", currency="EUR") == 2
    last = value(shown, "verifier_price_last_timestamp_seconds", coin="BTC", currency="EUR")
    assert last == pictures.NOW.timestamp()
    assert value(shown, "verifier_account_lagging", account="west_pool") == 1
    assert value(shown, "verifier_account_lagging", account="renter1") == 0
    old = replace(shown, prices={"EUR": replace(EUR, value=None, at=None)})
    assert value(old, "verifier_price", coin="BTC", currency="EUR") is None
    assert value(old, "verifier_price_last_timestamp_seconds", coin="BTC", currency="EUR") == last


def test_a_source_of_blocks_that_is_behind_is_said_on_its_page() -> None:
    shown = picture()
    behind = replace(shown.accounts["renter1"], lagging="the newest block that renter1 knows is of 19 Nov 08:00 UTC")
    assert "coins are worked out without it" in pages.account(shown, behind)
    assert "behind the other sources of blocks" in pages.account(shown, behind)


def test_a_page_says_why_nothing_can_be_expected() -> None:
    paid = replace(view("pplns"), payout_days=(DayRow(start=pictures.STARTS, end=pictures.STARTS + DAY, credited=5),))
    assert "Nothing can be expected: Scheme not modelled yet: pplns." in pages.contract(picture("pplns"), paid, (), ())
    assert "Expected is an estimate" in pages.contract(picture(), view(), (), ())
