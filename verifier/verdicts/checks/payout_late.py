"""A payout that was due by the contract's plan has not come: late, and after a week more, missing.

A balance below the threshold is not late. Where only a wallet is watched, the promised work says when the threshold
should have been reached.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from verifier.contract import Category, Contract
from verifier.expectations.rate import owed
from verifier.units import Window
from verifier.verdicts.payouts.balance import Balance
from verifier.verdicts.payouts.books import payout_rows
from verifier.verdicts.payouts.days import coins as expected_coins
from verifier.verdicts.payouts.days import terms
from verifier.verdicts.payouts.dues import DAY, WITHIN
from verifier.verdicts.payouts.finding import LATELY, Finding, Nothing, balanced, coins, not_judged, recent, told
from verifier.verdicts.payouts.rows import PayoutRow, PayoutState
from verifier.verdicts.verdict import Check, Judged, News, Outcome
from verifier.verdicts.wording import moment

NAME: Final = "payout_late"
#: What arrived for good, or will when it is ripe.
_SURE: Final = frozenset({PayoutState.CONFIRMED, PayoutState.IMMATURE})
#: A day's receipts of less than one part in so many of a day's promised income are no payout.
_LEAST: Final = 10
#: Base units below which nobody sends a transaction (Bitcoin Core's dust limit for the oldest kind of output).
_DUST: Final = 546


def judge(contract: Contract, _state: Nothing | None, news: News, now: datetime) -> Judged[Nothing]:
    """One turn: the books as they are, one verdict for now."""
    found = not_judged(contract, news, now) or _finding(contract, news, now)
    return Judged(state=Nothing(), verdicts=(told(contract, NAME, now, found),))


def _finding(contract: Contract, news: News, now: datetime) -> Finding:
    if contract.payouts.every is None:
        because = "The contract does not say how often coins are paid: write `payouts: {every: 1d}`."
        return Finding(outcome=Outcome.UNKNOWN, because=because)
    if not news.books.told:
        return Finding(outcome=Outcome.UNKNOWN, because="Cannot tell: no source says what was credited or paid.")
    rows = [row for row in recent(news, now) if row.due is not None]
    if not rows and not news.books.below:
        return _by_promise(contract, news, now)
    total = balanced(news, now)
    open_ = [row for row in rows if not row.claims and not row.receipts]
    missing = [row for row in open_ if row.payment is PayoutState.MISSING]
    overdue = [*missing, *(row for row in open_ if row.payment is PayoutState.LATE)]
    lacking = sum(row.due or 0 for row in overdue)
    values: dict[str, float | str | None] = {
        "payouts_due": float(len(rows)),
        "payouts_late": float(len(overdue) - len(missing)),
        "payouts_missing": float(len(missing)),
        "payouts_came_late": float(sum(row.payment is PayoutState.LATE and row not in open_ for row in rows)),
        "due_atoms": float(sum(row.due or 0 for row in rows)),
        "late_atoms": float(max(0, min(lacking, total.unpaid))),
        "unpaid_atoms": float(max(0, total.unpaid)),
    }
    if overdue and total.lacks(lacking):
        oldest = min(row.due_at for row in overdue if row.due_at is not None)
        word = "missing" if missing else "late"
        unpaid = coins(news, min(lacking, total.unpaid))
        credited = f"{unpaid} was credited, due since {moment(oldest)}, and has not been paid."
        because = (
            f"A payout is {word}: {credited}" if len(overdue) == 1 else f"{len(overdue)} payouts {word}: {credited}"
        )
        return Finding(outcome=Outcome.SHORT, because=because, values=values, since=oldest)
    quiet = not rows and total.carried
    if overdue or not (total.alike or quiet):
        return _by_balance(contract, news, now, total, values)
    if unheard := [row for row in open_ if row.payment is PayoutState.CREDITED and row.by is not None and row.by < now]:
        return _not_heard(unheard, values)
    below = sum(news.books.items.earnings[key].atoms for key in news.books.below)
    if not rows:
        because = f"Nothing is due yet: {coins(news, below)} is below what is paid at once."
        return Finding(outcome=Outcome.MET, because=because, values=values)
    came_late = values["payouts_came_late"]
    because = f"Every payout that was due in the last {LATELY.days} days has come: {len(rows)}."
    if came_late:
        because += f" Late, but paid: {came_late:.0f}."
    return Finding(outcome=Outcome.MET, because=because, values=values)


def _not_heard(rows: Sequence[PayoutRow], values: Mapping[str, float | str | None]) -> Finding:
    """What was due while nobody answered who would show its payout."""
    since = min(row.by for row in rows if row.by is not None)
    because = f"Cannot tell: no source has said since {moment(since)} what was paid."
    return Finding(outcome=Outcome.UNKNOWN, because=because, values=values)


def _by_balance(
    contract: Contract, news: News, now: datetime, total: Balance, values: Mapping[str, float | str | None]
) -> Finding:
    """Where payouts do not settle the dues one by one: what all of them together have left unpaid."""
    threshold = contract.payouts.threshold.atoms if contract.payouts.threshold else 0
    values = {**values, "late_atoms": float(max(0, total.overdue))}
    rows = [row for row in recent(news, now) if row.by is not None and row.by < now]
    if total.overdue >= max(threshold, total.usual) and rows:
        last = max(row.due_at for row in rows if row.due_at is not None)
        because = f"Payouts are late: {coins(news, total.overdue)}, credited until {moment(last)}, has not been paid."
        return Finding(outcome=Outcome.SHORT, because=because, values=values, since=last)
    unheard = [row for row in rows if row.payment is PayoutState.CREDITED and not (row.claims or row.receipts)]
    if unheard and not total.settled:
        return _not_heard(unheard, values)
    if total.carried or total.overdue < threshold:
        because = "All payouts together are not behind what was due; they do not come day by day."
        return Finding(outcome=Outcome.MET, because=because, values=values)
    because = f"Cannot tell yet: {coins(news, total.overdue)} has not been paid, less than one usual payout."
    return Finding(outcome=Outcome.UNDECIDED, because=because, values=values)


def _by_promise(contract: Contract, news: News, now: datetime) -> Finding:
    """Receipts alone: the last one, and how much the promised work should have earned since."""
    looked, answered = news.books.items.since.values(), news.books.items.wallets.values()
    if not looked:
        return Finding(outcome=Outcome.UNKNOWN, because="Cannot tell: no source says what was received.")
    rules = terms(contract, news.books.items)
    if isinstance(rules, str):
        return Finding(outcome=Outcome.UNKNOWN, because=f"Cannot tell when the next payout is due. {rules}")
    # What came while the wallet did not read is not known: the wait begins anew after it.
    start = max(contract.starts, *looked, *(gap.until for gap in news.books.items.gaps.values()))
    allowed = (contract.payouts.every or DAY) + (contract.payouts.within or WITHIN)
    threshold = contract.payouts.threshold.atoms if contract.payouts.threshold else 0
    arrived = [row for row in payout_rows(news.books) if row.receipts and row.receipt in _SURE]
    sure = [row for row in arrived if row.category is Category.MINING or row.note is None]
    first = Window(start=start, end=start + DAY)
    usual = expected_coins(contract, rules, owed(contract, first).promised, first, news.difficulty)
    by_day = Counter[date]()
    for row in sure:
        by_day[row.at.date()] += row.received or 0
    # Dust does not end the wait for a payout.
    paid = [row for row in sure if usual is None or by_day[row.at.date()] * _LEAST > usual.amount.atoms]
    since = max([start, *(row.at for row in paid)])
    window = Window(start=since, end=max(since, min(now, *answered, contract.ends or now) - allowed))
    if window.span <= timedelta(0):
        because = f"The last payout came on {moment(since)}." if paid else "The first payout is not due yet."
        return Finding(outcome=Outcome.MET, because=because)
    earned = expected_coins(contract, rules, owed(contract, window).promised, window, news.difficulty)
    if earned is None:
        return Finding(outcome=Outcome.UNKNOWN, because="Cannot tell: the network's difficulty is not known.")
    came = sum(row.received or 0 for row in sure if row.at > since)
    if earned.amount.atoms - 3 * earned.spread.atoms - came <= max(threshold, _DUST):
        because = f"Nothing is due yet: since {moment(since)} the promised work earns less than is paid at once."
        return Finding(outcome=Outcome.MET, because=because)
    because = (
        f"{'No payout' if not came else f'Only {coins(news, came)}'} since {moment(since)}, although the promised work "
        f"should have earned {earned.amount} up to {moment(window.end)}."
    )
    return Finding(outcome=Outcome.SHORT, because=because, since=since)


CHECK: Final = Check(
    name=NAME, of="contract", rests_on="coins", State=Nothing, judge=judge, version=1, severity="warning"
)
