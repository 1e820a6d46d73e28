"""Less has arrived on the chain than the pool says it has sent: not there, less, or taken back by a reorganisation."""

from datetime import datetime
from decimal import Decimal
from typing import Final

from verifier.contract import Category, Contract
from verifier.verdicts.payouts.books import payout_rows
from verifier.verdicts.payouts.finding import (
    LATELY,
    Finding,
    Nothing,
    before,
    coins,
    last_asked,
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

NAME: Final = "received_below_paid"
#: The part of the coins that transactions may cost in all: more than that is told.
UNNAMED: Final = Decimal("0.01")

_MISSED: Final = {
    PayoutState.LATE: "not seen on the chain yet",
    PayoutState.MISSING: "never seen on the chain",
    PayoutState.SHORT: "less than was said to be sent",
    PayoutState.REORGED: "taken back when the chain was reorganised",
}


def judge(contract: Contract, _state: Nothing | None, news: News, now: datetime) -> Judged[Nothing]:
    """One turn: the books as they are, one verdict for now."""
    found = not_judged(contract, news, now) or _finding(news, now)
    return Judged(state=Nothing(), verdicts=(told(contract, NAME, now, found),))


def _finding(news: News, now: datetime) -> Finding:
    if not news.books.items.wallets:
        because = "Cannot tell: no wallet has answered. If none is watched, add `{wallet: …}` to `watch`."
        return Finding(outcome=Outcome.UNKNOWN, because=because)
    claimed = [row for row in recent(news, now) if row.claims and row.category is Category.MINING]
    rows = [row for row in claimed if row.receipt is not None and row.receipt is not PayoutState.UNCONFIRMED]
    gap = max(news.books.items.gaps.values(), key=lambda one: one.until, default=None)
    if not rows:
        said = coins(news, sum(row.paid or 0 for row in claimed))
        because = f"Cannot tell: {said} was said to be paid, and no wallet that is watched would show it yet."
        if claimed and gap is not None:
            because = f"Cannot tell: what was received from {moment(gap.since)} to {moment(gap.until)} was not read."
        if not claimed:
            return _nothing_paid(news, now) or Finding(outcome=Outcome.UNKNOWN, because=unsaid(news))
        return Finding(outcome=Outcome.UNKNOWN, because=because)
    missed = [row for row in rows if row.receipt in _MISSED]
    sent, arrived = _sums(rows)
    paid, received = _sums(missed)
    values: dict[str, float | str | None] = {
        "payouts": float(len(rows)),
        "payouts_missed": float(len(missed)),
        "payouts_unknown": float(len(claimed) - len(rows)),
        "paid_atoms": float(sent),
        "received_atoms": float(arrived),
        "missed_atoms": float(paid - received),
    }
    if missed:
        first = min(missed, key=lambda row: row.at)
        because = (
            f"Received {coins(news, received)} of {coins(news, paid)} paid since {moment(first.at)}: "
            f"{_MISSED[first.receipt or PayoutState.MISSING]} "
            f"({named(key for row in missed for key in (*row.claims, *row.receipts))})."
        )
        # The pool's own word about one transaction against that very transaction: nothing is assumed.
        known = all(row.receipt is PayoutState.SHORT and _is_named(news, row) for row in missed)
        certainty = Certainty.PROVEN if known else Certainty.SUPPORTED
        return Finding(outcome=Outcome.SHORT, because=because, values=values, since=first.at, certainty=certainty)
    lost = max(0, sent - arrived)
    if lost > UNNAMED * sent:
        start = min(row.at for row in rows)
        because = f"{coins(news, lost)} less arrived than was said to be sent in {payouts(rows)} since {moment(start)}."
        return Finding(outcome=Outcome.SHORT, because=because, values=values, since=start)
    said = f"{payouts(rows)}{_depth(rows)}."
    if len(rows) < len(claimed):
        because = f"What can be told of {payouts(claimed)} in the last {LATELY.days} days has arrived: {said}"
        return Finding(outcome=Outcome.MET, because=because, values=values)
    if lost:
        because = f"What was paid in the last {LATELY.days} days has arrived but for {coins(news, lost)}: {said}"
        return Finding(outcome=Outcome.MET, because=because, values=values)
    because = f"Everything paid in the last {LATELY.days} days has arrived: {said}"
    return Finding(outcome=Outcome.MET, because=because, values=values, certainty=Certainty.PROVEN)


def _nothing_paid(news: News, now: datetime) -> Finding | None:
    """A pool that answers and shows no payout has said nothing that a wallet could show."""
    asked = last_asked(news)
    if asked is None or not shows_none(news, now) or any(row.receipt in _MISSED for row in payout_rows(news.books)):
        return None
    because = (
        f"Nothing was said to be paid in the last {LATELY.days} days: the pool, last asked on {moment(asked)}, "
        f"shows no payout.{before(news, now)}"
    )
    return Finding(outcome=Outcome.NOT_APPLICABLE, because=because)


def _sums(rows: list[PayoutRow]) -> tuple[int, int]:
    """What was said to be paid, and what was received of it."""
    return sum(row.paid or 0 for row in rows), sum(row.received or 0 for row in rows)


def _is_named(news: News, row: PayoutRow) -> bool:
    """Whether every payout of a row names its transaction and an address that it paid to, and shares it with none.

    What the user's note took out of a transaction is the user's word: nothing is proven by it.
    """
    items, noted = news.books.items, {note.txid for note in news.books.noted}
    outputs = [items.receipts[key] for key in row.receipts if key in items.receipts]
    alone = sum(one.atoms for one in outputs) == row.received
    paid_to = {(one.txid, one.address) for one in outputs}
    claims = [items.claims.get(key) for key in row.claims]
    named = all(claim is not None and (claim.txid, claim.address) in paid_to for claim in claims)
    return alone and named and noted.isdisjoint(txid for txid, _ in paid_to)


def _depth(rows: list[PayoutRow]) -> str:
    least = min((row.confirmations for row in rows if row.confirmations is not None), default=0)
    count = f"{least} confirmation{'' if least == 1 else 's'}"
    return f", {'each ' if len(rows) > 1 else ''}with at least {count}" if least else ""


CHECK: Final = Check(
    name=NAME, of="contract", rests_on="coins", State=Nothing, judge=judge, version=1, severity="warning"
)
