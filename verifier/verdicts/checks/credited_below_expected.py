"""Less was credited than the delivered work should have earned, by more than its spread explains.

Days count that were seen for nine tenths and have been over for two days; a day without any credit counts as nothing
credited a week later, if a later day has one. The bound is three standard errors, added up without help from chance.
"""

from datetime import datetime, timedelta
from typing import Final

from verifier.contract import Contract
from verifier.expectations.coins import step_at
from verifier.verdicts.payouts.books import day_rows
from verifier.verdicts.payouts.days import Terms, terms
from verifier.verdicts.payouts.dues import DAY
from verifier.verdicts.payouts.finding import LATELY, Finding, Nothing, coins, not_judged, told
from verifier.verdicts.payouts.rows import DayRow
from verifier.verdicts.verdict import Check, Judged, News, Outcome
from verifier.verdicts.wording import moment, percent

NAME: Final = "credited_below_expected"
SEEN: Final = 0.9
SIGMAS: Final = 3
LEAST_DAYS: Final = 3
#: A spread above this part of the expectation decides nothing.
_DECIDES: Final = 0.5
_BOOKED_BY: Final = timedelta(days=2)
_GIVEN_UP: Final = timedelta(days=7)
_INSTANT: Final = timedelta(microseconds=1)


def judge(contract: Contract, _state: Nothing | None, news: News, now: datetime) -> Judged[Nothing]:
    """One turn: the books as they are, one verdict for now."""
    found = not_judged(contract, news, now) or _finding(contract, news, now)
    return Judged(state=Nothing(), verdicts=(told(contract, NAME, now, found),))


def _compared(contract: Contract, news: News, now: datetime) -> list[DayRow]:
    """The days whose credits can be compared: whole days of the term, seen well enough, and booked by now."""
    known = day_rows(news.books)
    last = max((row.start for row in known if row.credited is not None), default=None)
    return [
        row
        for row in known
        if last is not None
        and row.start <= last
        and now - LATELY < row.end <= now - (_BOOKED_BY if row.credited is not None else _GIVEN_UP)
        and row.start >= contract.starts
        and (contract.ends is None or row.end <= contract.ends)
        and row.expected is not None
        and row.seen >= SEEN
        and _fees_are_its_own(row, news)
    ]


def _fees_are_its_own(row: DayRow, news: News) -> bool:
    """Whether no other day's fees stand in for those of this day: after a day of high fees they would ask too much."""
    for at in (row.start, row.end - _INSTANT):
        step = step_at(news.difficulty.fees, at)
        if step is not None and at - step[0] >= DAY:
            return False
    return True


def _finding(contract: Contract, news: News, now: datetime) -> Finding:
    rules = terms(contract, news.books.items, news.difficulty)
    if isinstance(rules, str):
        return Finding(outcome=Outcome.UNKNOWN, because=rules)
    if not news.difficulty.steps:
        because = "Cannot tell: no difficulty is known. Add `chain:` to the file to name a source of blocks."
        return Finding(outcome=Outcome.UNKNOWN, because=because)
    days = _compared(contract, news, now)
    if len(days) < LEAST_DAYS:
        priced = ", and the price of each" if rules.costs else ""
        because = f"Too early: {LEAST_DAYS} days with credits, seen {100 * SEEN:.0f} % of the time{priced}, are needed."
        return Finding(outcome=Outcome.UNKNOWN, because=because)
    credited = sum(row.credited or 0 for row in days)
    expected = sum(row.expected or 0 for row in days)
    spread = sum(row.expected_spread or 0 for row in days)
    empty = [row for row in days if row.credited is None]
    return Finding(
        outcome=(outcome := _outcome(credited, expected, spread, empty)),
        because=_because(news, outcome, days, rules),
        values={
            "credited_atoms": float(credited),
            "expected_atoms": float(expected),
            "spread_atoms": float(spread),
            "promised_atoms": float(sum(row.promised or 0 for row in days)),
            "days": float(len(days)),
            "days_not_credited": float(len(empty)),
            "scheme": rules.scheme,
            "fee": f"{rules.fee:f}",
            "costs": ", ".join(f"{one.value:f} {one.currency}/TH/day" for one in rules.costs) or None,
        },
        since=days[0].start if outcome is Outcome.SHORT else None,
    )


def _outcome(credited: int, expected: int, spread: int, empty: list[DayRow]) -> Outcome:
    least = expected - SIGMAS * spread
    if empty and all((row.expected or 0) > SIGMAS * (row.expected_spread or 0) for row in empty):
        return Outcome.SHORT
    if credited < least:
        return Outcome.SHORT
    if SIGMAS * spread > _DECIDES * expected and credited < expected:
        return Outcome.UNDECIDED
    return Outcome.MET


def _because(news: News, outcome: Outcome, days: list[DayRow], rules: Terms) -> str:
    credited = sum(row.credited or 0 for row in days)
    expected = sum(row.expected or 0 for row in days)
    spread = sum(row.expected_spread or 0 for row in days)
    figures = (
        f"{coins(news, credited)} credited in {len(days)} days, {coins(news, expected)} ± {coins(news, spread)} "
        f"expected from the delivered work ({_share(credited, expected)})"
    )
    assumed = "" if rules.assumed is None else f" Assumed: {rules.assumed}."
    if rules.costs:
        assumed += " Fees in money are taken off at the price of each day."
    if outcome is Outcome.SHORT:
        empty = [row for row in days if row.credited is None]
        without = f" Nothing was credited for {len(empty)} of them, first {moment(empty[0].start)}." if empty else ""
        return f"Credited less than the delivered work earns: {figures}.{without}{assumed}"
    if outcome is Outcome.UNDECIDED:
        return f"Too close to call: {figures}.{assumed}"
    if credited > expected + SIGMAS * spread:
        return f"Credited more than the delivered work earns: {figures}.{assumed} This check is about too little only."
    return f"Credited as the delivered work earns: {figures}.{assumed}"


def _share(credited: int, expected: int) -> str:
    """``98.2 %``, from twice as much on ``34.9 times as much``."""
    if not expected:
        return "nothing expected"
    ratio = credited / expected
    return percent(ratio) if ratio < 2 else f"{ratio:.1f} times as much"


CHECK: Final = Check(
    name=NAME, of="contract", rests_on="coins", State=Nothing, judge=judge, version=1, severity="warning"
)
