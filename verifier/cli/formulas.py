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
    OfferSeen,
    PayoutClaimed,
    PayoutReceived,
    RateSeen,
    SharesSeen,
    SpendSeen,
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
                "evidence is lessened by the ups and downs learnt of this contract, at most by its `wander`",
                "a problem opens when evidence reaches its line: the seconds to one false alarm",
            ),
            rests_on=(WorkSeen,),
        ),
        "settlement": Formula(
            lines=(
                "delivered ÷ promised of the hour, day, week or month of the contract's clause, in the time seen",
                "over: exact Poisson interval of one look (Garwood 1936), α = 0.05 × budget × years of the period",
                "running: gamma–Poisson mixture (Robbins 1970, Howard et al. 2021), valid at every look at the same α",
                "too little when the upper end is below what must at least arrive, delivered when the lower is not",
                "too little of it seen: only what is true whether nothing or everything came in the rest",
            ),
            rests_on=(WorkSeen,),
        ),
        "uptime": Formula(
            lines=(
                "reachable = time in which a worker was listed as connected, each list good for 30 minutes at most",
                "hashing = seen time but spans without any work in which seven shares should have come",
                "sharing = seen time but that in which the last share was older than the contract says",
                "delivered = delivered ÷ promised, with the range of the billing period",
                "too little when it would be below the promise with all other time of the span up",
            ),
            rests_on=(WorkSeen, WorkersSeen),
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
                "less promised TH/s × fee in money ÷ price of the day, where the seller takes it; never below nothing",
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
                "what a fee in money took at the price of each day counts as received",
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
        "shares_rejected": Formula(
            lines=(
                "per UTC day: rejected and stale shares against what the limit lets be rejected of all shares sent",
                "limit = what the contract states; and twice the usual part of this account, after a week",
                "evidence as for the hashrate, mirrored upwards, with the spread of this account's own days",
            ),
            rests_on=(SharesSeen,),
        ),
        "billed_work": Formula(
            lines=(
                "billed work = coins charged ÷ price in force, over six-hour UTC slots that market and pool saw fully",
                "price in force = the market's own, at most the agreed one; of two prices the higher one",
                "evidence = likelihood of the two counts at quotients above 1.02, in seconds",
            ),
            rests_on=(SpendSeen, OfferSeen, WorkSeen),
        ),
        "contradiction": Formula(
            lines=(
                "two sources over six-hour UTC slots that both saw fully, or over averages of the same window",
                "evidence = likelihood of the two counts at other quotients than 0.98 to 1.02, in seconds",
            ),
            rests_on=(WorkSeen, RateSeen),
        ),
        "steadier_than_counting_allows": Formula(
            lines=(
                "per pair of neighbouring intervals: z² = (shares − n × part)² ÷ (n × part × (1 − part))",
                "evidence = √(1 + θ) × exp(−θ z² ÷ 2) for θ of 0.5 and 2: its mean is at most 1 for honest counts",
            ),
            rests_on=(WorkSeen,),
        ),
        "repeats_the_promise": Formula(
            lines=(
                "per independent average: chance that a measured one is shown within rounding of the promise",
                "evidence = 1 ÷ that chance while it is shown there, nothing once it is shown elsewhere",
            ),
            rests_on=(RateSeen,),
        ),
        "gone_quiet": Formula(
            lines=(
                "signs: nothing delivered or workers gone; a payout overdue; no answer of the seller's source for 6 h",
                "two signs that began within 7 days of each other and last for 12 h are told together",
            ),
            rests_on=(),
        ),
        "source_silent": Formula(
            lines=("a source does not answer when one of its questions brought nothing at its last ask",),
            rests_on=(),
        ),
    }
)
