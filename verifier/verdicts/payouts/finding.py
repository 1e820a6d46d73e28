"""What the checks of coins share: the reasons that keep all of them from judging, and the form of their verdicts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from verifier.contract import Contract
from verifier.units import Amount, Window
from verifier.verdicts.payouts.balance import Balance, balance
from verifier.verdicts.payouts.books import payout_rows
from verifier.verdicts.payouts.gathering import sources
from verifier.verdicts.payouts.rows import PayoutRow
from verifier.verdicts.verdict import Certainty, News, Outcome, Verdict
from verifier.verdicts.wording import listed

#: The span that the checks of coins speak of.
LATELY: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """The checks of coins carry nothing of their own: the books are folded once for all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
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


def coins(news: News, atoms: int) -> str:
    """A sum for people: ``0.00500000 BTC``."""
    return str(Amount(atoms=atoms, coin=news.books.coin))


def named(keys: Iterable[str]) -> str:
    """Payouts or outputs by their ids."""
    return listed(tuple(keys), 3)
