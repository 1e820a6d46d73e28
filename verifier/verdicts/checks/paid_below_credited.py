"""Less was paid than had been credited: more is missing than a fee can explain."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from verifier.contract import Contract
from verifier.verdicts.payouts.finding import (
    LATELY,
    Finding,
    Nothing,
    balanced,
    before,
    coins,
    named,
    not_judged,
    payouts,
    recent,
    shows_none,
    told,
    unsaid,
)
from verifier.verdicts.payouts.rows import PayoutRow, PayoutState
from verifier.verdicts.verdict import Certainty, Check, Judged, News, Outcome
from verifier.verdicts.wording import moment

NAME: Final = "paid_below_credited"
#: The part of the coins that transactions may cost although no fee is named for it.
UNNAMED: Final = Decimal("0.01")


def judge(contract: Contract, _state: Nothing | None, news: News, now: datetime) -> Judged[Nothing]:
    """One turn: the books as they are, one verdict for now."""
    found = not_judged(contract, news, now) or _finding(contract, news, now)
    return Judged(state=Nothing(), verdicts=(told(contract, NAME, now, found),))


def _finding(contract: Contract, news: News, now: datetime) -> Finding:
    lately = recent(news, now)
    rows = [row for row in lately if row.due is not None and (row.claims or row.receipts)]
    if not rows and not (any(row.due for row in lately) and any(row.paid for row in lately)):
        return _nothing_due(contract, news, now) or Finding(outcome=Outcome.UNKNOWN, because=unsaid(news))
    total = balanced(news, now)
    short = [row for row in rows if row.payment is PayoutState.SHORT]
    due, paid = _sums(short)
    values: dict[str, float | str | None] = {
        **_figures(rows),
        "payouts_short": float(len(short)),
        "short_atoms": float(due - paid),
        "unpaid_atoms": float(max(0, total.unpaid)),
    }
    if not total.lacks(due - paid) or (not short and not total.alike):
        if not total.settled and any(
            row.payment is PayoutState.CREDITED and row.by is not None and row.by < now for row in lately
        ):
            because = "Cannot tell: no source has said yet what was paid of the credits that are due."
            return Finding(outcome=Outcome.UNKNOWN, because=because, values=values)
        if total.carried:
            because = "All payouts together are not behind what was credited and due; they do not come day by day."
            return Finding(outcome=Outcome.MET, because=because, values=values)
        because = f"Cannot tell yet: {coins(news, total.overdue)} of what was credited has not been paid."
        return Finding(outcome=Outcome.UNDECIDED, because=because, values=values)
    if short:
        first = min(row.at for row in short)
        which = named(key for row in short for key in (*row.claims, *row.receipts))
        because = (
            f"Paid less than credited: {coins(news, paid)} of {coins(news, due)} since {moment(first)} ({which}); "
            "a fee does not explain the difference."
        )
        return Finding(outcome=Outcome.SHORT, because=because, values=values, since=first)
    return _small(contract, news, now, rows, values)


def _nothing_due(contract: Contract, news: News, now: datetime) -> Finding | None:
    """What is below the threshold is all that is known to be credited: there is nothing that a payout could lack."""
    books = news.books
    if not books.below or contract.payouts.every is None or not balanced(news, now).carried:
        return None
    if not shows_none(news, now) or any(row.due is not None for row in recent(news, now)):
        return None
    credits_ = [books.items.earnings[key] for key in books.below]
    because = (
        f"Nothing is due yet: {coins(news, sum(one.atoms for one in credits_))}, credited since "
        f"{moment(min(one.start for one in credits_))}, is below what is paid at once.{before(news, now)}"
    )
    return Finding(outcome=Outcome.NOT_APPLICABLE, because=because)


def _small(
    contract: Contract,
    news: News,
    now: datetime,
    rows: Sequence[PayoutRow],
    values: Mapping[str, float | str | None],
) -> Finding:
    """Differences that a fee could explain one by one, all together against the fees that are named."""
    came = {PayoutState.ON_TIME, PayoutState.LATE}
    sure = {PayoutState.CONFIRMED, PayoutState.IMMATURE}
    rows = [row for row in rows if row.payment in came and (row.paid is not None or row.receipt in sure)]
    if not rows:
        return Finding(outcome=Outcome.UNKNOWN, because="Cannot tell yet: the payouts are on their way.", values=values)
    # What is on its way is in no figure: they are those of the sentence.
    values = {**values, **_figures(rows)}
    due, paid = _sums(rows)
    fees = sum((fee.fraction or Decimal(0) for fee in contract.fees.values() if fee is not None), UNNAMED)
    charged = sum(
        one.atoms for one in news.books.items.charges.values() if one.taken == "deducted" and one.end > now - LATELY
    )
    if due - paid > due * fees + charged:
        first = min(row.at for row in rows)
        because = (
            f"{coins(news, due - paid)} less was paid than credited in {payouts(rows)} since {moment(first)}; the "
            "fees that are named do not explain it."
        )
        return Finding(outcome=Outcome.SHORT, because=because, values=values, since=first)
    if due > paid:
        because = (
            f"What was credited was paid in the last {LATELY.days} days but for {coins(news, due - paid)}: "
            f"{payouts(rows)}."
        )
        return Finding(outcome=Outcome.MET, because=because, values=values)
    because = f"What was credited was paid in the last {LATELY.days} days: {payouts(rows)}."
    return Finding(outcome=Outcome.MET, because=because, values=values, certainty=Certainty.PROVEN)


def _figures(rows: Sequence[PayoutRow]) -> dict[str, float | str | None]:
    """How many payouts, what was due with them, and what was paid of it."""
    due, paid = _sums(rows)
    return {"payouts": float(len(rows)), "due_atoms": float(due), "paid_atoms": float(paid)}


def _sums(rows: Iterable[PayoutRow]) -> tuple[int, int]:
    """What was due and what was paid, or received where nobody says what was paid."""
    pairs = [(row.due or 0, (row.received if row.paid is None else row.paid) or 0) for row in rows]
    return sum(due for due, _ in pairs), sum(paid for _, paid in pairs)


CHECK: Final = Check(
    name=NAME, of="contract", rests_on="coins", State=Nothing, judge=judge, version=1, severity="warning"
)
