"""The overview's rows: the worst first, whose fault it is, what is missing and what it cost."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.outlets import pictures
from tests.outlets.pictures import DAY
from verifier.contract import Tolerance
from verifier.incidents.standing import Incident, Phase
from verifier.outlets import rows, shortfalls
from verifier.outlets.picture import AccountView, ContractView
from verifier.outlets.price import at_price_paid, missing_work
from verifier.units import Money
from verifier.verdicts.verdict import Outcome


def row(view: ContractView) -> rows.Row:
    return rows.row(view, pictures.every_result())


def test_the_worst_contract_stands_first() -> None:
    found = sorted(pictures.every_result().contracts.values(), key=rows.worst_first)
    assert [view.contract.name for view in found] == ["fixed", "north", "west", "tiny", "south", "east", "order"]


def test_a_problem_elsewhere_lifts_a_delivered_contract_above_the_others() -> None:
    view = replace(pictures.met(), incidents={"worker_gone": Incident(phase=Phase.OPEN, ordinal=1)})
    troubled = row(view)
    assert troubled.outcome == "met"
    assert troubled.also == ("a worker is gone",)
    assert rows.worst_first(view) < rows.worst_first(pictures.met())


def test_short_says_since_when_how_much_and_what_it_cost() -> None:
    short = row(pictures.short())
    assert (short.result, short.since) == ("too little", pictures.SHORT_SINCE)
    assert short.ratio == pytest.approx(0.89)
    assert short.share == "89.0 ± 2.8 %"
    assert (short.missing, short.money) == ("41.2 TH/s-days", "1.54 EUR")


def test_what_was_so_from_the_first_moment_seen_is_said_to_have_begun_then_or_earlier() -> None:
    view = pictures.short()
    found = replace(view.verdicts["hashrate"], since_or_earlier=True)
    assert row(replace(view, verdicts={"hashrate": found})).since_or_earlier
    assert not row(view).since_or_earlier
    west = pictures.accounts()["west_pool"]
    never = replace(west, questions=(replace(west.questions[0], last_answered_at=None),))
    assert rows.account_row(never).since_or_earlier
    assert not rows.account_row(west).since_or_earlier


def test_a_row_says_how_the_span_of_the_contract_stands_and_what_was_missing_in_a_month() -> None:
    short, met = row(pictures.short()), row(pictures.met())
    assert short.allowance == "not used up, missed if this goes on"
    assert short.stands is not None
    assert short.stands.endswith("It is missed at Fri 11:54 if this goes on.")
    assert short.last_month == "2, 82.5 TH/s-days, about 3.07 EUR"
    assert (met.allowance, met.stands, met.last_month) == (None, None, None)


def test_without_a_shortfall_nothing_is_said_of_how_long_it_lasted() -> None:
    view = pictures.met()
    assert shortfalls.lasted(view.contract, view.verdicts["hashrate"]) is None
    over = replace(view.verdicts["hashrate"], values=pictures.past_shortages(1))
    assert shortfalls.lasted(replace(view.contract, price=None), over) == "18 h, 41.2 TH/s-days"


def test_the_shortfall_of_now_alone_is_not_counted_twice() -> None:
    view = pictures.short()
    now = replace(view.verdicts["hashrate"], values=pictures.past_shortages(1))
    assert row(replace(view, verdicts={"hashrate": now})).last_month is None
    over = replace(now, outcome=Outcome.MET)
    assert row(replace(view, verdicts={"hashrate": over})).last_month == "1, 41.2 TH/s-days, about 1.54 EUR"


def test_an_error_that_reaches_below_zero_is_said_by_its_ends() -> None:
    wide = replace(pictures.short().verdicts["hashrate"], delivered=2.256, owed=1.0, interval=(0.02, 16.95))
    assert rows.share(wide) == "between 2 and 1695 %"
    little = replace(wide, delivered=0.023, interval=(0.001, 0.057))
    assert rows.share(little) == "between 0.1 and 5.7 %"
    assert rows.share(replace(wide, delivered=None)) is None
    assert rows.share(replace(wide, interval=None)) == "226 %"


def test_cannot_tell_says_whose_fault_it_is() -> None:
    assert row(pictures.unknown()).because == "the pool's answer cannot be read"


def test_not_applicable_says_why() -> None:
    assert row(pictures.not_applicable()).because == "No rate is promised now."


def test_a_gap_without_a_reason_is_told_by_its_sentence() -> None:
    view = pictures.unknown()
    verdict = replace(view.verdicts["hashrate"], unseen_because=None)
    assert row(replace(view, verdicts={"hashrate": verdict})).because == verdict.because


def test_nothing_is_missing_where_nothing_was_measured() -> None:
    unknown = row(pictures.unknown())
    assert (unknown.ratio, unknown.missing, unknown.money) == (None, None, None)


def test_inside_the_tolerance_but_under_the_promise_is_still_missing() -> None:
    view = pictures.met()
    figures = replace(view.verdicts["hashrate"], delivered=0.97, owed=1.0, below_promise=True)
    assert missing_work(figures) == pytest.approx(0.03)
    assert row(replace(view, verdicts={"hashrate": figures})).missing is not None


def test_chance_alone_is_not_missing() -> None:
    assert row(pictures.undecided()).missing is None


def test_before_the_first_result_the_source_is_being_asked() -> None:
    waiting = row(pictures.before_first_data())
    assert (waiting.outcome, waiting.result) == (rows.WAITING, "asking for the first time")


def test_work_is_valued_at_the_price_of_the_whole_term() -> None:
    what = pictures.contract("a", 10, "x")
    term = what.promised.per_second * ((what.ends or pictures.NOW) - what.starts).total_seconds()
    assert at_price_paid(what, term) == Money(value=Decimal("136.0"), currency="EUR")


def test_work_has_no_price_where_the_contract_states_none_or_has_no_end() -> None:
    what = pictures.contract("a", 10, "x")
    assert at_price_paid(replace(what, price=None), 1e18) is None
    assert at_price_paid(replace(what, ends=None), 1e18) is None


@pytest.mark.parametrize(
    ("tolerance", "said"),
    [
        (None, "not stated"),
        (Tolerance(fraction=0.05), "5 %"),
        (Tolerance(fraction=0.05, span=DAY), "5 % a day"),
        (Tolerance(fraction=0.05, span=timedelta(hours=1)), "5 % an hour"),
        (Tolerance(fraction=0.02, span=timedelta(hours=6)), "2 % over 6 h"),
    ],
)
def test_what_the_contract_allows_is_said_with_its_span(tolerance: Tolerance | None, said: str) -> None:
    assert rows.allowed(tolerance) == said


def test_results_are_counted_and_those_without_any_left_out() -> None:
    counted = rows.counts(pictures.every_result().contracts.values())
    assert [(outcome, number) for outcome, _, number in counted] == [
        ("short", 2), ("unknown", 1), ("undecided", 1), ("waiting", 1), ("met", 1), ("not_applicable", 1)
    ]  # fmt: skip
    assert rows.counts([]) == []


def test_accounts_that_cannot_be_read_stand_first() -> None:
    found = rows.account_rows(pictures.every_result())
    assert [(one.view.name, one.state) for one in found] == [
        ("west_pool", "the pool's answer cannot be read"),
        ("fresh", "asking for the first time"),
        ("renter1", "answering"),
    ]


def test_accounts_stand_under_what_they_are_asked_for() -> None:
    picture = pictures.every_result()
    renter = picture.accounts["renter1"]
    more = {
        name: replace(
            renter,
            name=name,
            contracts=contracts,
            questions=tuple(replace(renter.questions[0], name=question) for question in asked),
        )
        for name, contracts, asked in (
            ("explorer", (), ("blocks", "fees")),
            ("kraken", (), ("prices",)),
            ("wallet_a", ("north",), ("receipts", "reorgs")),
            ("wallet_b", ("east",), ("receipts",)),
        )
    }
    picture = replace(picture, accounts={**picture.accounts, **more}, chain=("explorer",))
    groups = rows.account_groups(picture, 1)
    found = [(group.title, [one.view.name for one in group.rows], group.more) for group in groups]
    assert found == [
        ("Work and payouts", ["west_pool"], 2),
        ("Receipts of wallets", ["wallet_a"], 1),
        ("Blocks of the chain, for coins of all contracts", ["explorer"], 0),
        ("Prices", ["kraken"], 0),
    ]
    assert [group.title for group in rows.account_groups(pictures.every_result(), 100)] == ["Work and payouts"]


def test_a_source_is_called_by_the_pool_and_the_account_and_a_dashboard_by_its_host() -> None:
    picture = pictures.every_result()
    (first, *_), own = picture.contracts["north"].sources, pictures.source("dash", "Any dashboard that answers", None)
    assert rows.called(first, picture) == "F2Pool (renter1)"
    assert rows.called(own, picture) == "Any dashboard that answers (dash)"
    dash = replace(picture.accounts["renter1"], name="dash", kind="json", host="dash.example.org")
    picture = replace(picture, accounts={**picture.accounts, "dash": dash})
    assert rows.called(own, picture) == "dash.example.org (dash)"


def test_the_first_source_speaks_where_none_decides() -> None:
    view = pictures.short()
    undecided = replace(view, sources=tuple(replace(source, decisive=False) for source in view.sources))
    assert rows.decisive(undecided) == undecided.sources[0]
    assert rows.decisive(replace(view, sources=())) is None


def test_what_was_imported_is_nobody_who_is_asked() -> None:
    brought = AccountView(
        name="imported_east", kind="statement", title="entered by hand", host="", questions=(), contracts=("east",),
        imported_at=pictures.NOW - 2 * DAY,
    )  # fmt: skip
    found = rows.account_row(brought)
    assert (found.outcome, found.state, found.answered_at) == ("met", "imported", pictures.NOW - 2 * DAY)


def test_what_a_silent_source_means_is_said_by_the_results_of_its_contracts() -> None:
    picture = pictures.every_result()
    west = picture.accounts["west_pool"]
    assert "“cannot tell” now: west." in rows.meaning(west, picture)
    both = rows.meaning(replace(west, contracts=("west", "east")), picture)
    assert "“cannot tell” now: west; with a result all the same" in both
    assert both.endswith(": east.")
    assert "cannot tell" not in rows.meaning(replace(west, contracts=("east",)), picture)
    assert rows.meaning(replace(west, contracts=()), picture) == "This says nothing about any seller."
    many = {f"c{i:02}": picture.contracts["west"] for i in range(25)}
    named = replace(
        picture,
        contracts={name: replace(view, contract=replace(view.contract, name=name)) for name, view in many.items()},
    )
    assert "c19 and 5 more" in rows.meaning(replace(west, contracts=tuple(many)), named)


def test_who_is_asked_is_called_by_the_host_where_the_file_says_how_to_read_it() -> None:
    view = replace(pictures.accounts()["renter1"], kind="json", title="Any dashboard that answers in JSON")
    assert rows.title(view) == "dashboard at api.f2pool.com"
    assert rows.title(pictures.accounts()["renter1"]) == "F2Pool"
