"""What each check computes, for ``verifier explain``: the formula with its symbols, and which answers it rests on."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from verifier.observation import (
    AccountSeen,
    BalanceSeen,
    BlockSeen,
    ChargeSeen,
    EarningClaimed,
    Observation,
    PayoutClaimed,
    PayoutReceived,
    WorkersSeen,
    WorkSeen,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """``lines`` for people; ``rests_on`` are the kinds of observation that are folded, none for all."""

    lines: tuple[str, ...]
    rests_on: tuple[type[Observation], ...]


FORMULAS: Final = MappingProxyType(
    {
        "hashrate": Formula(
            lines=(
                "delivered ÷ promised = hashes counted ÷ (promised rate × seconds seen)",
                "between = 99 % interval of a count of (hashes ÷ hashes per share) shares (Garwood 1936)",
                "boundary = promised hashes × (1 − allowed by contract)",
                "evidence grows where fewer shares than the boundary expects were counted",
                "evidence = mean over 24 sizes of shortfall (Shin, Ramdas, Rinaldo 2022), in seconds",
                "a problem opens when evidence reaches its line: the seconds to one false alarm",
            ),
            rests_on=(WorkSeen,),
        ),
        "payout_exceeds_seen_work": Formula(
            lines=(
                "work explains = sum over days of hashes ÷ (difficulty × 2^32) × block subsidy",
                "most = (work explains + its counting error + the promise in time not seen) × (1 + fee allowance)",
                "paid more than explained when paid > most",
            ),
            rests_on=(EarningClaimed, WorkSeen, BlockSeen),
        ),
        "credited_below_expected": Formula(
            lines=(
                "expected = sum over days of hashes ÷ (difficulty × 2^32) × (block subsidy + fees) × (1 − pool fee)",
                "a day counts when nine tenths of it were seen and it has been over for two days",
                "credited too little when credited < expected − 3 × spread, spreads of days added up",
            ),
            rests_on=(EarningClaimed, WorkSeen, BlockSeen),
        ),
        "paid_below_credited": Formula(
            lines=(
                "due = credits up to a plan moment; paid = the payouts that settle it, by transaction, then amount",
                "paid too little when due − paid is more than a fee explains: a tenth of it, at most 0.0005 coins",
            ),
            rests_on=(EarningClaimed, PayoutClaimed, PayoutReceived),
        ),
        "received_below_paid": Formula(
            lines=(
                "received = outputs on the chain that belong to a payout, each counted once by transaction and output",
                "not received when two days after the payout nothing, or less, is on the best chain",
            ),
            rests_on=(PayoutClaimed, PayoutReceived),
        ),
        "payout_late": Formula(
            lines=(
                "due = the first plan moment at which the unpaid credits reach the threshold",
                "late when nothing came `within` that time after it, missing after a week more",
                "with a wallet alone: promised work since the last receipt × coins per hash reaches the threshold",
            ),
            rests_on=(EarningClaimed, BalanceSeen, PayoutClaimed, PayoutReceived),
        ),
        "payout_target_changed": Formula(
            lines=("changed when a source pays to another address than `payouts: {address: …}`",),
            rests_on=(AccountSeen, PayoutClaimed),
        ),
        "charged_above_agreed": Formula(
            lines=(
                "allowed = (credited + deducted) × (agreed part of the income + 0.05 %)",
                "too much when the pool's rate, what is deducted by name, or what three payouts lack is above it",
            ),
            rests_on=(EarningClaimed, ChargeSeen, PayoutClaimed, PayoutReceived),
        ),
        "paid_as_if": Formula(
            lines=(
                "paid as if = promised rate × received ÷ coins of the promised work between first and last payout",
                "error = spread of those coins, and half the time between two payouts over the whole span",
            ),
            rests_on=(PayoutClaimed, PayoutReceived, BlockSeen),
        ),
        "worker_gone": Formula(
            lines=(
                "a worker is gone when the source lists it no more, or says that it is offline",
                "or has had no share of it for longer than 15 minutes and 8 times its usual pause",
            ),
            rests_on=(WorkersSeen,),
        ),
        "source_silent": Formula(
            lines=("a source does not answer when one of its questions brought nothing at its last ask",),
            rests_on=(),
        ),
    }
)
