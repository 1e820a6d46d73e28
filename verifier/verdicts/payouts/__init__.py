"""Coins: what was expected, credited, paid and received, as one ledger of integers that depends on no order."""

from verifier.verdicts.payouts.books import Books, day_rows, payout_rows, post
from verifier.verdicts.payouts.rows import DayRow, PayoutRow, PayoutState, Totals

__all__ = ["Books", "DayRow", "PayoutRow", "PayoutState", "Totals", "day_rows", "payout_rows", "post"]
