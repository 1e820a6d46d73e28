"""How what was seen and what should have been seen compare: a literal table of checks."""

from typing import Final

from verifier.verdicts.checks import (
    charged_above_agreed,
    credited_below_expected,
    hashrate,
    paid_as_if,
    paid_below_credited,
    payout_exceeds_seen_work,
    payout_late,
    payout_target_changed,
    received_below_paid,
    source_silent,
    worker_gone,
)
from verifier.verdicts.verdict import Check

CHECKS: Final[tuple[Check, ...]] = (
    hashrate.CHECK,
    worker_gone.CHECK,
    source_silent.CHECK,
    payout_exceeds_seen_work.CHECK,
    credited_below_expected.CHECK,
    paid_below_credited.CHECK,
    received_below_paid.CHECK,
    payout_late.CHECK,
    payout_target_changed.CHECK,
    charged_above_agreed.CHECK,
    paid_as_if.CHECK,
)
