"""More was taken as a fee than was agreed: the pool's own rate, what is deducted by name, and what a payout lacks."""

from datetime import datetime
from decimal import Decimal
from typing import Final

from verifier.contract import Contract
from verifier.verdicts.payouts.books import SOUND
from verifier.verdicts.payouts.days import pool_fee
from verifier.verdicts.payouts.finding import LATELY, Finding, Nothing, coins, not_judged, recent, told
from verifier.verdicts.payouts.rows import PayoutState
from verifier.verdicts.verdict import Check, Judged, News, Outcome
from verifier.verdicts.wording import listed, percent

NAME: Final = "charged_above_agreed"
#: What the rounding of a rate or of a base unit explains, as a fraction.
ROUNDING: Final = Decimal("0.0005")
#: What the cost of a transaction explains of a payout, as a fraction of what was due.
TRANSACTION: Final = Decimal("0.01")
#: So many payouts that lack something are needed before anything is said of it.
LEAST_PAYOUTS: Final = 3


def judge(contract: Contract, _state: Nothing | None, news: News, now: datetime) -> Judged[Nothing]:
    """One turn: the books as they are, one verdict for now."""
    found = not_judged(contract, news, now) or _finding(contract, news, now)
    return Judged(state=Nothing(), verdicts=(told(contract, NAME, now, found),))


def _finding(contract: Contract, news: News, now: datetime) -> Finding:
    agreed = {what: fee.fraction for what, fee in contract.fees.items() if fee is not None and fee.fraction is not None}
    if not agreed:
        because = "The contract states no fee as a part of the income: write `fees: {pool: 2 %}`."
        return Finding(outcome=Outcome.NOT_APPLICABLE, because=because)
    items = news.books.items
    since, until = max(contract.starts, now - LATELY), contract.ends or now
    earnings = [one for one in items.earnings.values() if since <= one.start and one.end <= until]
    charges = [
        one for one in items.charges.values() if since <= one.start and one.end <= until and one.taken == "deducted"
    ]
    rows = [
        row
        for row in recent(news, now)
        if contract.starts <= row.at <= now - SOUND
        and row.due
        and row.paid is not None
        and row.payment in {PayoutState.ON_TIME, PayoutState.LATE}
    ]
    gross, fees, slack = pool_fee(earnings)
    if not gross and not charges and not rows:
        return Finding(outcome=Outcome.UNKNOWN, because="Cannot tell: no source says what was taken.")
    excesses: list[str] = []
    if "pool" in agreed and fees > gross * (agreed["pool"] + ROUNDING) + slack:
        excesses.append(f"the pool takes {percent(float(fees / gross))} instead of {percent(float(agreed['pool']))}")
    income = sum(one.atoms for one in earnings)
    for what, fraction in sorted(agreed.items()):
        taken = sum(one.atoms for one in charges if one.what == what)
        # What was credited is net of the fee, or gross: the larger base is in the seller's favour.
        allowed = Decimal(income + taken) * (fraction + ROUNDING)
        if taken > allowed:
            excesses.append(f"{coins(news, taken)} for {what} instead of at most {coins(news, int(allowed))}")
    due, paid = sum(row.due or 0 for row in rows), sum(row.paid or 0 for row in rows)
    withheld = max(0, due - paid)
    if len(rows) >= LEAST_PAYOUTS and withheld > TRANSACTION * due:
        excesses.append(f"{coins(news, withheld)} kept back from {len(rows)} payouts")
    values: dict[str, float | str | None] = {
        "withheld_atoms": float(withheld),
        "due_atoms": float(due),
        "pool_fee": float(fees / gross) if gross else None,
        "charged_atoms": float(sum(one.atoms for one in charges)),
    }
    if excesses:
        because = f"More was taken than agreed: {listed(tuple(excesses))}."
        return Finding(outcome=Outcome.SHORT, because=because, values=values)
    small = f" {coins(news, withheld)} of payouts went to the cost of transactions." if withheld else ""
    because = f"Nothing above the agreed fees was taken in the last {LATELY.days} days.{small}"
    return Finding(outcome=Outcome.MET, because=because, values=values)


CHECK: Final = Check(
    name=NAME, of="contract", rests_on="coins", State=Nothing, judge=judge, version=1, severity="warning"
)
