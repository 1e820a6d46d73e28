"""The one table from identifiers to the words people read.

Identifiers (code, JSON, metrics, labels) stay as they are everywhere; texts for people take their words from here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from verifier.outlets.readable import capitalised

#: The checks whose results have a column of their own on the overview.
HASHRATE: Final = "hashrate"
PAYOUTS: Final = "payout_exceeds_seen_work"


@dataclass(frozen=True, slots=True)
class Word:
    """What people read for an identifier, and its meaning in one line."""

    text: str
    meaning: str


def _table(**words: tuple[str, str]) -> Mapping[str, Word]:
    return MappingProxyType({identifier: Word(*pair) for identifier, pair in words.items()})


OUTCOMES: Final = _table(
    met=("delivered", "what was promised was delivered, within what the contract allows"),
    short=("too little", "the rate now is below what the contract allows, by more than chance explains"),
    undecided=("too close to call", "measured, but this span cannot decide it either way"),
    unknown=("cannot tell", "not measured, or too little of the time was seen; the reason is said beside it"),
    not_applicable=("not applicable", "there is nothing here for this check to judge"),
)

CHECKS: Final = _table(
    hashrate=("hashrate", "delivered hashrate against the promised one"),
    billed_work=("billed work", "the work that a market billed against the work that the pool credited"),
    settlement=("billing period", "whether the last day, week or month that is over was delivered, and the term"),
    uptime=("uptime", "the part of the time that it was up, in the meaning that the contract names"),
    payout_exceeds_seen_work=("payouts", "what was paid against what the seen work explains"),
    credited_below_expected=("credits", "what was credited against what the delivered work should have earned"),
    paid_below_credited=("paid as credited", "what was paid against what had been credited"),
    received_below_paid=("received as paid", "what arrived on the chain against what was said to be paid"),
    payout_late=("payout day", "whether payouts come when the contract says"),
    payout_target_changed=("payout address", "whether coins are paid to the address of the contract"),
    charged_above_agreed=("fees", "what was taken against what was agreed"),
    paid_as_if=("paid as if", "how much hashrate the payouts are worth; from payouts only, no measurement of mining"),
    source_silent=("source", "whether the source answers"),
    worker_gone=("workers", "whether the workers seen before are still listed"),
    shares_rejected=("rejected", "how much of the work sent was rejected or stale, against the contract and the usual"),
    contradiction=("sources compared", "whether two sources that speak of the same work agree"),
    steadier_than_counting_allows=("steadiness", "whether counts vary as much as shares found by chance must"),
    repeats_the_promise=("seller's page", "whether the seller's own page measures anything"),
    gone_quiet=("signs of life", "whether unrelated signs together say that the other side has stopped"),
)

#: The checks that share the overview's column of payouts, the most pressing first.
PAYOUT_CHECKS: Final = (
    PAYOUTS,
    "received_below_paid",
    "paid_below_credited",
    "payout_late",
    "payout_target_changed",
    "credited_below_expected",
    "charged_above_agreed",
    "paid_as_if",
)

#: Checks that are shown only where there is something to judge.
ONLY_WHERE_JUDGED: Final = frozenset(
    {"billed_work", "shares_rejected", "contradiction", "steadier_than_counting_allows", "repeats_the_promise"}
    | {"uptime"}
)

#: Where a check's outcome has words of its own.
RESULTS: Final = MappingProxyType(
    {
        "billed_work": _table(
            met=("billed work credited", "no more work was billed than the pool credited"),
            short=("more billed than credited", "by more than rejected shares and chance explain"),
        ),
        "settlement": _table(
            met=("period delivered", "what was promised for the period was delivered, within what the contract allows"),
            short=("period not delivered", "less than the contract allows arrived in the period that is over"),
        ),
        "uptime": _table(
            met=("up as promised", "up for the promised part of the time that is known"),
            short=("less uptime than promised", "it cannot be kept any more, whatever the rest of the span brings"),
        ),
        "payout_exceeds_seen_work": _table(
            met=("payouts explained", "the payouts agree with the work that was seen"),
            short=("paid more than the seen work explains", "the money cannot come from the seen work alone"),
        ),
        "credited_below_expected": _table(
            met=("credited no less than expected", "the credits are not below what the delivered work should earn"),
            short=("credited less than expected", "less was credited than the delivered work explains"),
        ),
        "paid_below_credited": _table(
            met=("paid what was credited", "every payout was as large as what it settles, but for fees"),
            short=("paid less than credited", "more is missing than a fee can explain"),
        ),
        "received_below_paid": _table(
            met=("everything paid has arrived", "the chain shows what the pool said it sent"),
            short=("received less than paid", "not on the chain, less than sent, or taken back by a reorganisation"),
        ),
        "payout_late": _table(
            met=("payouts on time", "no payout that was due is missing"),
            short=("a payout is late", "a payout that was due by the contract's plan has not come"),
        ),
        "payout_target_changed": _table(
            met=("paid to your address", "the address is the one that the contract names"),
            short=("paid to another address", "the address is not the one that the contract names"),
        ),
        "charged_above_agreed": _table(
            met=("fees as agreed", "nothing above the agreed fees was taken"),
            short=("more taken than agreed", "a fee is higher than the contract says"),
        ),
        "paid_as_if": _table(
            met=("paid as promised", "the payouts are worth the promised hashrate; they do not show that it ran"),
            short=("paid as if less had worked", "the payouts are worth less than the promised hashrate"),
        ),
        "source_silent": _table(
            met=("answering", "the source answers"),
            short=("no answer", "the source has not answered; no sign of missing hashrate"),
        ),
        "worker_gone": _table(
            met=("all workers listed", "every worker seen before is still listed"),
            short=("a worker is gone", "a worker seen before is listed no more, is offline, or sends nothing"),
        ),
        "shares_rejected": _table(
            met=("as little rejected as usual", "no more was rejected or stale than agreed or usual"),
            short=(
                "more rejected than agreed or usual",
                "by more than chance and this account's ups and downs explain",
            ),
        ),
        "contradiction": _table(
            met=("the sources agree", "sources that speak of the same work agree within their errors"),
            short=("two sources disagree", "beyond the errors of both; neither is corrected by the other"),
        ),
        "steadier_than_counting_allows": _table(
            met=("varies as counts do", "the counts vary at least as much as shares found by chance"),
            short=("steadier than counting allows", "smoothed or rounded on the way, or no count at all"),
        ),
        "repeats_the_promise": _table(
            met=("the page moves", "the seller's page moves as a measured rate does"),
            short=("the page repeats the promise", "the seller's page never moves: no source for delivery"),
        ),
        "gone_quiet": _table(
            met=("no signs of a stop", "at most one sign, which has honest causes of its own"),
            short=("signs that the seller has stopped", "several unrelated signs together; each is named"),
        ),
    }
)

REASONS: Final = _table(
    unreachable=("the pool cannot be reached", "no answer, not your seller's fault: connection, server or time-out"),
    refused=("the pool did not accept the key or address", "check the key or the address in the configuration"),
    misread=(
        "the pool's answer cannot be read",
        "perhaps the pool changed its interface or wants a login; no sign of missing hashrate",
    ),
    stale=("the pool's figures stand still", "the pool answers, but with old figures"),
    never_seen=("the pool has never seen this address", "no work was ever sent there, or the address is mistyped"),
    implausible=(
        "the pool's figures cannot be right",
        "far from the network, the contracts or their own past, or of a time to come: kept, not used",
    ),
    paused=("asking is paused", "this account is not asked for now"),
    daemon_off=("this watcher was off", "the program was not running, so nothing was asked: our own gap"),
    not_asked_yet=(
        "no answer that counts",
        "nothing was read yet, it was before what a pool keeps, or only the seller tells",
    ),
    started_anew=("the pool's counter started anew", "what it counted after our last reading is lost, no shortfall"),
    clocks_differ=("the pool's clock and ours disagree", "one was set anew: nobody knows how long that work took"),
    claimed_twice=("a worker is claimed by two contracts", "its work counts for neither: make their patterns differ"),
    not_listed=("none of its workers listed", "the pool answers; they may mine elsewhere, under another name or not"),
)

INDEPENDENCE: Final = _table(
    own_gateway=("your own gateway", "counted by a machine of yours"),
    chosen_pool=("independent of the seller", "a pool account that you opened"),
    arranged_by_seller=("arranged by the seller", "a pool account that the seller opened"),
    seller_page=("seller's own page", "the seller's own statement; no measurement"),
    own_note=("your own note", "entered by hand"),
)

EXACTNESS: Final = _table(
    count=("exact count", "work counted share by share"),
    average=("average", "a rate averaged over some time"),
    display=("display only", "a rounded figure"),
)

PAYOUT_STATES: Final = _table(
    expected=("expected", "the day is over and nothing was credited yet"),
    credited=("credited", "earned; due or on its way, and not late yet"),
    below_threshold=("below the threshold", "earned, and too little to be paid by the contract's plan"),
    on_time=("on time", "paid when the contract says"),
    late=("late", "not paid or not received when it should have been"),
    short=("too little", "less than it should be, by more than a fee explains"),
    together=("paid together with others", "other payouts have made up for it, later or in advance"),
    missing=("missing", "a week after the last moment on time nothing has come"),
    unexplained=("not explained", "on the chain, and no payout says why"),
    unconfirmed=("on its way", "seen on the chain, in no block yet"),
    immature=("block reward, not spendable yet", "a block's own reward before its 100th confirmation"),
    confirmed=("received", "on the chain and confirmed"),
    reorged=("taken back", "its block left the best chain, or the source takes its word back"),
)

RECEIPTS: Final = _table(
    mining=("mining", "counts towards the payouts"),
    compensation=("compensation", "the seller makes up for something"),
    refund=("refund", "money of yours that came back"),
    bonus=("bonus", "a bonus or a referral"),
    own_transfer=("own transfer", "moved by you"),
    other=("other", "for something else"),
)

FATES: Final = _table(
    answered=("answered", "the question was answered"),
    **{name: (word.text, word.meaning) for name, word in REASONS.items()},
)

CHANGES: Final = _table(
    opened=("problem found", "a problem began"),
    reminded=("still there", "the problem goes on"),
    resolved=("back to normal", "the problem is over"),
    corrected=("told in error", "later answers showed that there was no such problem"),
)

CERTAINTY: Final = _table(
    proven=("certain", "rests on no assumption"),
    supported=("well supported", "rests on one assumption, which is named"),
    likely=("likely", "by chance only as often as the error rate beside it says"),
    possible=("possible", "worth asking about, no more"),
)

METHODS: Final = _table(
    reachable=("a worker was connected", "the pool listed a worker of the contract as online"),
    hashing=("work arrived", "not a single share for so long that chance does not explain it counts as down"),
    sharing=("a share had come lately", "the last share was not longer ago than the contract says"),
    delivered=("promised work that arrived", "delivered work as a part of the promised work"),
)

ALLOWANCES: Final = _table(
    allowed=("not used up", "less is missing in the day, week or month that runs than the contract lets be missing"),
    running_out=("not used up, missed if this goes on", "what the contract lets be missing runs out before its end"),
    used_up=("used up, within the error of counting", "more is missing than allowed, though chance may explain it"),
    missed=("missed", "more is missing than allowed, beyond the error of counting; only more than promised mends it"),
)

SEVERITIES: Final = _table(
    critical=("act today", "waiting may cost money or rights; the message says whether anything is lost by it"),
    warning=("worth knowing", "act when it suits you"),
    info=("for information", "nothing to do"),
)

TABLES: Final[Mapping[str, Mapping[str, Word]]] = MappingProxyType(
    {
        "Results": OUTCOMES,
        "Checks": CHECKS,
        **{f"Results of the check “{CHECKS[check].text}”": words for check, words in RESULTS.items()},
        "Why something was not seen": REASONS,
        "How far a source is from the seller": INDEPENDENCE,
        "How exact a source is": EXACTNESS,
        "Changes": CHANGES,
        "How the span that the contract allows stands": ALLOWANCES,
        "What counts as up": METHODS,
        "How sure": CERTAINTY,
        "How urgent": SEVERITIES,
        "How a payout stands": PAYOUT_STATES,
        "What a receipt is for": RECEIPTS,
    }
)


def check_name(check: str) -> str:
    """The name of a check for people; a check without a row is named by its own words."""
    return CHECKS[check].text if check in CHECKS else check.replace("_", " ")


def result(check: str, outcome: str) -> str:
    """An outcome of a check in the words of that check."""
    return RESULTS.get(check, OUTCOMES).get(outcome, OUTCOMES[outcome]).text


def headline(check: str, outcome: str) -> str:
    """A check with its result: its own words say both, the general ones follow its name."""
    if outcome in RESULTS.get(check, {}):
        return capitalised(result(check, outcome))
    return f"{capitalised(check_name(check))}: {result(check, outcome)}"
