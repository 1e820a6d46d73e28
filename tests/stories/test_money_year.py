"""Twenty contracts for a year under FPPS: every injected fault is found with its state, and none is invented."""

from collections import Counter, defaultdict
from random import Random
from typing import Final

import pytest

from tests.stories.money_year import DAYS, HOUR, Fault, Year, year
from tests.verdicts.money import day
from verifier.contract import Contract
from verifier.fact import Fact
from verifier.verdicts import CHECKS
from verifier.verdicts.payouts import Books, PayoutRow, PayoutState, payout_rows, post
from verifier.verdicts.payouts.days import expect
from verifier.verdicts.payouts.finding import Nothing
from verifier.verdicts.payouts.gathering import gather
from verifier.verdicts.payouts.settling import settle
from verifier.verdicts.tally import Day
from verifier.verdicts.verdict import DifficultySteps, News, Outcome

S: Final = PayoutState
ON_TIME: Final = (S.ON_TIME, S.CONFIRMED)
#: How the payout of a day must stand in the end, by what was injected.
STATES: Final = {
    None: ON_TIME,
    Fault.LATE: (S.LATE, S.CONFIRMED),
    Fault.SHORT: (S.SHORT, S.CONFIRMED),
    Fault.MISSING: (S.MISSING,),
    Fault.MERGED_DAYS: ON_TIME,
    Fault.MERGED_CONTRACTS: ON_TIME,
    Fault.SPLIT_CLAIMS: ON_TIME,
    Fault.SPLIT_OUTPUTS: ON_TIME,
    Fault.REORGED: (S.ON_TIME, S.REORGED),
    Fault.REORGED_AND_BACK: ON_TIME,
    Fault.NEVER_ARRIVED: (S.ON_TIME, S.MISSING),
    Fault.ARRIVED_SHORT: (S.ON_TIME, S.SHORT),
}
CONTRACTS: Final = 20
SEED: Final = 11
COINS: Final = [check for check in CHECKS if check.State is Nothing]


def own(contract: Contract, facts: list[Fact]) -> list[Fact]:
    accounts = {*(watch.account for watch in contract.watch), *contract.beside}
    return [fact for fact in facts if fact.subject in accounts]


class Watched:
    """One contract, judged once a day; keeps every row as it stood last, and every state that a day ever had."""

    def __init__(self, contract: Contract) -> None:
        self.contract, self.books = contract, Books()
        self.outcomes: dict[str, Counter[Outcome]] = defaultdict(Counter)
        self.closed: dict[tuple[str, ...], PayoutRow] = {}
        self.seen: dict[str, set[PayoutState]] = defaultdict(set)
        self.largest = 0

    def turn(self, facts: list[Fact], work: dict[str, Day], chain: DifficultySteps, number: int) -> None:
        """What a turn of the daemon does about coins."""
        now = day(number + 1) - HOUR / 2
        self.books = expect(self.contract, post(self.contract, self.books, facts, now), work, chain, now)
        news = News(books=self.books, difficulty=chain)
        for check in COINS:
            self.outcomes[check.name][check.judge(self.contract, None, news, now).verdicts[-1].outcome] += 1

    def note(self) -> None:
        """Remember the rows that were closed since, and every state that a payout ever had."""
        for row in (*self.books.rows, *self.books.closed[-20:]):
            for key in (*row.earnings, *row.receipts):
                self.seen[key].update(row.states)
        for row in self.books.closed[-20:]:
            self.closed[row.earnings or row.claims or row.receipts] = row
        items = self.books.items
        self.largest = max(self.largest, len(items.claims) + len(items.receipts) + len(self.books.closed))

    @property
    def rows(self) -> list[PayoutRow]:
        return [*self.closed.values(), *self.books.rows]


def live(what: Year) -> list[Watched]:
    """Every contract after the year, looked at once a day."""
    watched = [Watched(contract) for contract in what.contracts]
    by_account: dict[str, dict[int, list[Fact]]] = defaultdict(lambda: defaultdict(list))
    for number, facts in what.facts.items():
        for fact in facts:
            by_account[fact.subject][number].append(fact)
    for number in range(DAYS + 20):
        for one in watched:
            accounts = {*(watch.account for watch in one.contract.watch), *one.contract.beside}
            facts = [fact for account in accounts for fact in by_account[account][number]]
            work = what.work[one.contract.name]
            dates = (day(past).date().isoformat() for past in range(max(0, number - 40), number))
            seen = {date: work[date] for date in dates if date in work}
            one.turn(facts, seen, what.chain, number)
            one.note()
    return watched


@pytest.fixture(scope="module")
def lived() -> tuple[Year, list[Watched]]:
    what = year(CONTRACTS, seed=SEED)
    return what, live(what)


def test_every_fault_is_found_with_its_state_and_none_is_invented(lived: tuple[Year, list[Watched]]) -> None:
    what, watched = lived
    found: Counter[str] = Counter()
    for one in watched:
        rows = {number: row for row in one.rows for number in map(_day, row.earnings)}
        assert sorted(rows) == list(range(DAYS)), "every day's credit is in one row"
        for number, row in rows.items():
            fault = what.faults.get((one.contract.name, number))
            assert row.states == STATES[fault], (one.contract.name, number, fault, row)
            found[fault.value if fault else "none"] += 1
            if fault is Fault.REORGED_AND_BACK:
                assert S.REORGED in one.seen[row.receipts[0]]
            if fault is Fault.MERGED_DAYS:
                assert len(row.earnings) >= 2
            if fault is Fault.SPLIT_CLAIMS:
                assert len(row.claims) == 2
        assert sum(len(row.earnings) for row in one.rows) == DAYS
        assert not [row for row in one.rows if not row.earnings], "nothing unexplained"
    assert all(found[fault.value] >= 10 for fault in Fault), found


def _day(key: str) -> int:
    return int(key.rsplit("e", 1)[1])


def test_the_sums_hold_to_the_base_unit(lived: tuple[Year, list[Watched]]) -> None:
    what, watched = lived
    for one in watched:
        books = one.books
        credited = sum(row.credited or 0 for row in books.days.values()) + books.totals.credited
        received = sum(row.received or 0 for row in payout_rows(books)) + books.totals.received
        assert credited == what.credited[one.contract.name]
        assert received == what.received[one.contract.name]


def test_what_is_carried_stays_small(lived: tuple[Year, list[Watched]]) -> None:
    _, watched = lived
    assert max(one.largest for one in watched) < 250


def test_the_ledger_is_equal_in_any_order_of_facts() -> None:
    what = year(4, seed=5)
    chance = Random(3)
    for contract in what.contracts:
        facts = own(contract, [fact for some in what.facts.values() for fact in some])
        facts = [fact for fact in facts if fact.learned_at < day(120)]
        reference = settle(contract, gather(contract, facts, "BTC"), day(150))
        for _ in range(2):
            chance.shuffle(facts)
            assert settle(contract, gather(contract, [*facts, *facts[:50]], "BTC"), day(150)) == reference


def test_the_checks_speak_of_the_faults_and_of_nothing_else(lived: tuple[Year, list[Watched]]) -> None:
    _, watched = lived
    for one in watched:
        assert one.outcomes["credited_below_expected"][Outcome.SHORT] == 0
        assert one.outcomes["credited_below_expected"][Outcome.MET] > DAYS - 30
        assert one.outcomes["payout_target_changed"][Outcome.SHORT] == 0
        assert one.outcomes["charged_above_agreed"][Outcome.SHORT] == 0
    for check in ("paid_below_credited", "received_below_paid", "payout_late"):
        told = [one.outcomes[check][Outcome.SHORT] for one in watched]
        assert sum(some > 0 for some in told) > CONTRACTS // 2, check
        assert max(told) < DAYS, check


def test_a_year_without_a_fault_is_a_year_without_a_word() -> None:
    what = year(2, seed=8, faults=False)
    for contract in what.contracts:
        one = Watched(contract)
        for number in range(60):
            one.turn(own(contract, what.facts[number]), what.work[contract.name], what.chain, number)
        assert not any(outcomes[Outcome.SHORT] for outcomes in one.outcomes.values())
