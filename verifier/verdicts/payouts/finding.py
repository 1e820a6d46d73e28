"""What the checks of coins share: the reasons that keep all of them from judging, and the form of their verdicts."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from verifier.contract import Category, Contract
from verifier.record import record
from verifier.units import Amount, Window
from verifier.verdicts.payouts.balance import Balance, balance
from verifier.verdicts.payouts.books import payout_rows
from verifier.verdicts.payouts.gathering import sources
from verifier.verdicts.payouts.rows import PayoutRow
from verifier.verdicts.verdict import Certainty, News, Outcome, Verdict
from verifier.verdicts.wording import listed, moment

#: The span that the checks of coins speak of.
LATELY: Final = timedelta(days=30)
#: A pool that has not answered for longer has not said that it paid nothing.
_FRESH: Final = timedelta(days=2)


@record
class Nothing:
    """The checks of coins carry nothing of their own: the books are folded once for all of them."""


@record
class Finding:
    """What a check found: its outcome, one sentence, its figures, and the rows it rests on."""

    outcome: Outcome
    because: str
    values: Mapping[str, float | str | None] | None = None
    since: datetime | None = None
    certainty: Certainty = Certainty.SUPPORTED


def not_judged(contract: Contract, news: News, now: datetime) -> Finding | None:
    """Why nothing is said about the coins of this contract, None when something can be."""
    if now < contract.starts:
        return Finding(outcome=Outcome.NOT_APPLICABLE, because="The contract has not started yet.")
    if contract.paid_with:
        because = f"Paid together with {listed(contract.paid_with)}; the split is not visible."
        return Finding(outcome=Outcome.UNKNOWN, because=because)
    if not sources(contract):
        because = "The payouts of this account are for several contracts; they cannot be divided."
        return Finding(outcome=Outcome.NOT_APPLICABLE, because=because)
    if news.difficulty.conflict is not None:
        because = f"Cannot tell: {news.difficulty.conflict}. This is no sign of a missing payout."
        return Finding(outcome=Outcome.UNKNOWN, because=because)
    return None


def told(contract: Contract, check: str, now: datetime, found: Finding) -> Verdict:
    """A finding as the check's verdict of this turn, about the last thirty days of the term."""
    start = max(contract.starts, now - LATELY)
    return Verdict(
        subject=contract.name,
        check=check,
        at=now,
        window=Window(start=min(start, now), end=now),
        outcome=found.outcome,
        because=found.because,
        certainty=found.certainty,
        since=found.since,
        values=found.values or {},
    )


def recent(news: News, now: datetime) -> tuple[PayoutRow, ...]:
    """The payouts of the last thirty days."""
    since = now - LATELY
    return tuple(row for row in payout_rows(news.books) if row.at > since)


def balanced(news: News, now: datetime) -> Balance:
    """What all payouts together leave unpaid."""
    return balance(payout_rows(news.books), news.books.first_paid, now, news.books.carried)


def unsaid(news: News) -> str:
    """What is known where a comparison of what was paid lacks one of its sides."""
    rows = [row for row in payout_rows(news.books) if row.category is Category.MINING]
    received, paid = sum(row.received or 0 for row in rows), sum(row.paid or 0 for row in rows)
    known = f"{coins(news, received)} was received so far, and " if received else ""
    if paid:
        said = f"{known}{coins(news, paid)} was said to be paid"
        return f"Cannot tell: {said}; no payout of the last {LATELY.days} days is known from both sides."
    if any(row.claims for row in payout_rows(news.books)):
        return f"Cannot tell: {known}no payout of the last {LATELY.days} days is known to be of mined coins."
    asked = last_asked(news)
    if asked is None:
        return f"Cannot tell: {known}no source says what the pool has paid."
    so_far = f"; {coins(news, received)} was received so far" if received else ""
    shows = f"the pool, last asked on {moment(asked)}, shows no payout of the last {LATELY.days} days"
    return f"Cannot tell: {shows}{so_far}."


def last_asked(news: News) -> datetime | None:
    """Until when every source that tells what it pays has done so; None where none does."""
    return min(news.books.items.payers.values(), default=None)


def shows_none(news: News, now: datetime) -> bool:
    """Whether all that tell what they pay have answered lately, and shown no payout of the last thirty days."""
    asked = last_asked(news)
    return asked is not None and now - asked <= _FRESH and not any(row.claims for row in recent(news, now))


def before(news: News, now: datetime) -> str:
    """What was received before the last thirty days, as a sentence to follow another one; empty for nothing."""
    rows = [row for row in payout_rows(news.books) if row.category is Category.MINING and row.at <= now - LATELY]
    received = sum(row.received or 0 for row in rows)
    return f" {coins(news, received)} was received before." if received else ""


def payouts(rows: Sequence[PayoutRow]) -> str:
    """``1 payout``, ``5 payouts``."""
    return f"{len(rows)} payout{'' if len(rows) == 1 else 's'}"


def coins(news: News, atoms: int) -> str:
    """A sum for people: ``0.00500000 BTC``."""
    return str(Amount(atoms=atoms, coin=news.books.coin))


def named(keys: Iterable[str]) -> str:
    """Payouts or outputs by their ids."""
    return listed(tuple(keys), 3)
