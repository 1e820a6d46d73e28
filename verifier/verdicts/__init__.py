"""How what was seen and what should have been seen compare: a literal table of checks."""

from typing import Final

from verifier.verdicts.checks import (
    billed_work,
    charged_above_agreed,
    contradiction,
    credited_below_expected,
    gone_quiet,
    hashrate,
    paid_as_if,
    paid_below_credited,
    payout_exceeds_seen_work,
    payout_late,
    payout_target_changed,
    received_below_paid,
    repeats_the_promise,
    settlement,
    shares_rejected,
    source_silent,
    steadier_than_counting_allows,
    uptime,
    worker_gone,
)
from verifier.verdicts.verdict import Check

CHECKS: Final[tuple[Check, ...]] = (
    hashrate.CHECK,
    billed_work.CHECK,
    settlement.CHECK,
    uptime.CHECK,
    worker_gone.CHECK,
    source_silent.CHECK,
    shares_rejected.CHECK,
    contradiction.CHECK,
    steadier_than_counting_allows.CHECK,
    repeats_the_promise.CHECK,
    payout_exceeds_seen_work.CHECK,
    credited_below_expected.CHECK,
    paid_below_credited.CHECK,
    received_below_paid.CHECK,
    payout_late.CHECK,
    payout_target_changed.CHECK,
    charged_above_agreed.CHECK,
    paid_as_if.CHECK,
    gone_quiet.CHECK,
)
