"""From payouts alone: paid as if N TH/s had worked for you. It does not show that anything was mined.

N is what was received between the first and the last payout of the last sixty days, divided by what one hash earned in
that time under the contract's scheme and fees. The error holds the spread of that expectation and the payment rhythm
at both ends; where whole blocks are paid it is the exact one of their number (Garwood 1936).
"""

from datetime import datetime, timedelta
from math import ceil, floor, hypot
from typing import Final

from verifier.contract import Category, Contract
from verifier.expectations.rate import owed
from verifier.units import Hashrate, Window
from verifier.verdicts.payouts.books import day_rows, payout_rows
from verifier.verdicts.payouts.costs import taken
from verifier.verdicts.payouts.days import blocks, terms
from verifier.verdicts.payouts.days import coins as expected_coins
from verifier.verdicts.payouts.finding import Finding, Nothing, coins, not_judged, told
from verifier.verdicts.payouts.rows import PayoutRow
from verifier.verdicts.statistics import poisson_interval
from verifier.verdicts.verdict import Certainty, Check, Judged, News, Outcome
from verifier.verdicts.wording import moment

NAME: Final = "paid_as_if"
#: What is said beside every such figure.
MARK: Final = "From payouts only; does not show that anything was mined."
LEAST: Final = timedelta(days=3)
_SIGMAS: Final = 2.58


def judge(contract: Contract, _state: Nothing | None, news: News, now: datetime) -> Judged[Nothing]:
    """One turn: the books as they are, one verdict for now."""
    found = not_judged(contract, news, now) or _finding(contract, news)
    return Judged(state=Nothing(), verdicts=(told(contract, NAME, now, found),))


def _came(row: PayoutRow) -> int:
    return row.received if row.received is not None else row.paid or 0


def _finding(contract: Contract, news: News) -> Finding:
    if any(row.seen for row in day_rows(news.books)):
        because = "The work itself is seen: see the hashrate, which says more than payouts can."
        return Finding(outcome=Outcome.NOT_APPLICABLE, because=because)
    rules = terms(contract, news.books.items, news.difficulty)
    if isinstance(rules, str):
        return Finding(outcome=Outcome.UNKNOWN, because=rules)
    rows = [row for row in payout_rows(news.books) if row.category is Category.MINING and _came(row) > 0]
    # Of the time before a gap it is not known what else came.
    read = max([contract.starts, *(gap.until for gap in news.books.items.gaps.values())])
    rows = [row for row in rows if read <= row.at or (row.claims and contract.starts <= row.at)]
    if len(rows) < 2 or rows[-1].at - rows[0].at < LEAST:
        because = f"Too early: payouts over at least {LEAST.days} days are needed. {MARK}"
        return Finding(outcome=Outcome.UNKNOWN, because=because)
    window = Window(start=rows[0].at, end=rows[-1].at)
    due = owed(contract, window)
    earned = expected_coins(contract, rules, due.promised, window, news.difficulty)
    if earned is None or not earned.amount.atoms:
        because = "Cannot tell: no difficulty is known. Add `chain:` to the file to name a source of blocks."
        return Finding(outcome=Outcome.UNKNOWN, because=because)
    costs = taken(rules.costs, due.promised, window, news.difficulty.prices)
    if costs is None:
        because = "Cannot tell: the price of a day is not known, and a fee in money was taken from the coins."
        return Finding(outcome=Outcome.UNKNOWN, because=because)
    # The first payout pays for the time before the window; what a fee took was earned too.
    paid = sum(_came(row) for row in rows[1:])
    part = (paid + float(costs[0])) / earned.amount.atoms
    rhythm = window.span / (len(rows) - 1) / 2
    error = part * hypot(earned.spread.atoms / earned.amount.atoms, rhythm / window.span)
    error = hypot(error, float(costs[1]) / earned.amount.atoms)
    low, high = max(0.0, part - _SIGMAS * error), part + _SIGMAS * error
    if number := blocks(rules, due.promised, window, news.difficulty):
        low = float(poisson_interval(floor(part * number))[0]) / number
        high = float(poisson_interval(ceil(part * number))[1]) / number
        error = (high - low) / 2 / _SIGMAS
    allowed = due.boundary / due.promised
    outcome = Outcome.SHORT if high < allowed else Outcome.MET if low >= allowed else Outcome.UNDECIDED
    promised = contract.promise_at(window.end).rate
    as_if, unsure = (Hashrate(per_second=x * promised.per_second, algorithm=promised.algorithm) for x in (part, error))
    assumed = "" if rules.assumed is None else f" Assumed: {rules.assumed}."
    because = (
        f"Paid as if {as_if} (± {unsure}) of {promised} had worked for you from {moment(window.start)} to "
        f"{moment(window.end)}: {coins(news, paid)}. {MARK}{assumed}"
    )
    values: dict[str, float | str | None] = {
        "as_if_per_second": as_if.per_second,
        "error_per_second": unsure.per_second,
        "received_atoms": float(paid),
        "expected_atoms": float(earned.amount.atoms),
        "taken_in_money_atoms": float(costs[0]),
        "payouts": float(len(rows) - 1),
        "mark": MARK,
    }
    since = window.start if outcome is Outcome.SHORT else None
    return Finding(outcome=outcome, because=because, values=values, since=since, certainty=Certainty.POSSIBLE)


CHECK: Final = Check(
    name=NAME,
    of="contract",
    rests_on="coins",
    State=Nothing,
    judge=judge,
    version=1,
    pending=timedelta(days=1),
    severity="info",
)
