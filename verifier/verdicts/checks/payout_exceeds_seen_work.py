"""Paid more than the seen work explains: credited coins against the most that the work of the same days can earn.

Only under schemes that pay every share its expectation; where blocks found decide, luck explains any sum.

The bound favours the seller: FPPS with a quarter of the subsidy on top for transaction fees, the upper end of the
counting error, and the promised rate in the time that was not seen (at most a tenth of a day).
"""

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from verifier.contract import Basis, Contract
from verifier.expectations.coins import expected_atoms
from verifier.expectations.rate import owed
from verifier.observation import EarningClaimed
from verifier.record import record
from verifier.units import HASHES_PER_DIFFICULTY, Amount, Window
from verifier.verdicts.payouts.days import unevenness
from verifier.verdicts.readings import deciding
from verifier.verdicts.share_scale import known_difficulty
from verifier.verdicts.statistics import poisson_interval
from verifier.verdicts.tally import Tally, credit, worked
from verifier.verdicts.verdict import Certainty, Check, Judged, News, Outcome, Verdict
from verifier.verdicts.wording import listed

NAME: Final = "payout_exceeds_seen_work"
#: Transaction fees on top of the subsidy that are always believed.
FEE_ALLOWANCE: Final = 0.25
#: Schemes under which a share earns its expectation, whatever blocks are found.
PAID_BY_SHARE: Final = frozenset({"pps", "fpps"})
SPAN: Final = timedelta(days=30)
LEAST_DAYS: Final = 3.0
SEEN: Final = 0.9
_DAY: Final = timedelta(days=1)
_AS_MUCH: Final = 0.005
_MANY: Final = 10.0


@record
class Claim:
    """Coins that an account says were earned over a span, in base units."""

    start: datetime
    end: datetime
    atoms: int
    coin: str
    scheme: str | None = None


@record
class State:
    """Claims of the last 40 days by account and id, and the work seen by day; ``source`` counted it last."""

    claims: Mapping[str, Claim] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    source: str = ""


@record
class Compared:
    """Claims summed over the days that were seen, beside what the work of these days earns (base units)."""

    days: float
    atoms: int
    hashes: float
    expected: Decimal
    upper: Decimal
    window: Window


def judge(contract: Contract, state: State | None, news: News, now: datetime) -> Judged[State]:
    """One turn: all claims and all work known so far; one verdict for now, none where the last one still stands."""
    state = state or State()
    tally = state.tally
    for interval in news.intervals:
        tally = credit(tally, interval, {})
    own = {watch.account for watch in contract.watch if watch.workers is None}
    claims = dict(state.claims)
    for fact in sorted(news.facts, key=lambda fact: fact.order):
        for one in fact.observations if fact.subject in own else ():
            if isinstance(one, EarningClaimed) and one.start < one.end:
                claims[f"{fact.subject} {one.id}"] = Claim(
                    start=one.start,
                    end=one.end,
                    atoms=one.amount.atoms,
                    coin=one.amount.coin,
                    scheme=one.scheme,
                )
    kept = {key: claim for key, claim in claims.items() if claim.end > now - SPAN - 10 * _DAY}
    source = news.intervals[-1].source if news.intervals else state.source
    state = replace(state, claims=kept, tally=tally, source=source)
    return Judged(state=state, verdicts=() if news.same_coins else (_verdict(contract, state, news, now),))


def _compare(contract: Contract, state: State, news: News, now: datetime) -> Compared | None:
    """Claims inside the term, of days seen well enough, whose difficulty is known."""
    seconds = hashes = unseen = 0.0
    atoms, expected = 0, Decimal(0)
    windows = []
    for claim in state.claims.values():
        window = Window(start=claim.start, end=claim.end)
        span = window.span.total_seconds()
        if claim.coin != "BTC" or claim.end <= now - SPAN:
            continue
        day = worked(state.tally.days, window)
        if day.seen_seconds < SEEN * span or (due := owed(contract, window)).seconds < span:
            continue
        earned = expected_atoms(1.0, window, news.difficulty.steps, news.difficulty.heights)
        if earned is None:
            continue
        missing = due.promised * max(0.0, 1.0 - day.seen_seconds / span)
        uneven = unevenness(state.tally.days, window, due.promised / span)
        seconds, hashes, unseen = seconds + span, hashes + day.hashes, unseen + missing + uneven
        atoms += claim.atoms
        expected += earned * Decimal(day.hashes)
        windows.append((window, earned))
    if seconds < LEAST_DAYS * _DAY.total_seconds():
        return None
    most = float(max(earned for _, earned in windows))
    rate = contract.promise_at(now).rate.per_second
    share = known_difficulty(deciding(contract, state.source), rate) * HASHES_PER_DIFFICULTY
    error = poisson_interval(hashes / share)[1] * share - hashes
    upper = (expected + Decimal((error + unseen) * most)) * Decimal(1 + FEE_ALLOWANCE)
    return Compared(
        days=seconds / _DAY.total_seconds(),
        atoms=atoms,
        hashes=hashes,
        expected=expected,
        upper=upper,
        window=Window(start=min(w.start for w, _ in windows), end=max(w.end for w, _ in windows)),
    )


def _inapplicable(contract: Contract, state: State) -> str | None:
    if contract.basis is Basis.FORMULA:
        return "This contract pays by a formula, whatever runs."
    if all(watch.workers is not None for watch in contract.watch):
        return "The payouts of this account are for several contracts; they cannot be divided."
    if not any(watch.tells_earnings for watch in contract.watch):
        return "Not compared: this source tells no earnings."
    if contract.promised.algorithm != "sha256d":
        return "Payouts are compared for Bitcoin only so far."
    stated = contract.payouts.scheme
    schemes = {stated} if stated is not None else {claim.scheme for claim in state.claims.values()}
    lucky = {one for one in schemes if one is None or one.lower() not in PAID_BY_SHARE}
    if None in lucky:
        return "Neither contract nor pool says by which scheme work is paid: luck may decide."
    return f"Luck decides under this scheme ({listed(tuple(sorted(map(str, lucky))))})." if lucky else None


def _verdict(contract: Contract, state: State, news: News, now: datetime) -> Verdict:
    inapplicable = _inapplicable(contract, state)
    compared = (
        None if inapplicable or contract.paid_with or not state.tally.days else _compare(contract, state, news, now)
    )
    if compared is None:
        unknown = _unknown(contract, state, news)
        return Verdict(
            subject=contract.name,
            check=NAME,
            at=now,
            window=contract.term(now),
            outcome=Outcome.UNKNOWN if inapplicable is None else Outcome.NOT_APPLICABLE,
            because=inapplicable or unknown,
        )
    paid, earned = Amount(atoms=compared.atoms), float(compared.expected)
    ratio = compared.atoms / earned if earned > 0 else None
    exceeds = compared.atoms > compared.upper
    whole = f"{compared.days:.3g} days"
    times = "although almost no work was seen" if ratio is None else _times(ratio)
    because = (
        f"Paid more than the seen work explains: {paid} in {whole}, {times} "
        f"(up to {1 + FEE_ALLOWANCE:g} times can be explained by transaction fees)."
        if exceeds
        else f"Payouts explained by the seen work: {paid} in {whole}, {times} before transaction and pool fees."
    )
    return Verdict(
        subject=contract.name,
        check=NAME,
        at=now,
        window=compared.window,
        outcome=Outcome.SHORT if exceeds else Outcome.MET,
        because=because,
        certainty=Certainty.SUPPORTED,
        since=compared.window.start if exceeds else None,
        values={
            "paid_atoms": float(compared.atoms),
            "expected_atoms": earned,
            "most_atoms": float(compared.upper),
            "paid_over_expected": ratio,
            "days": compared.days,
            "seen_hashes": compared.hashes,
            "fee_allowance": FEE_ALLOWANCE,
            "difficulty_now": news.difficulty.at(now),
        },
    )


def _times(ratio: float) -> str:
    if abs(ratio - 1.0) < _AS_MUCH:
        return "as much as the seen work earns"
    said = f"{ratio:.3g}" if ratio >= _MANY else f"{ratio:.2f}"
    return f"{said} times what the seen work earns"


def _unknown(contract: Contract, state: State, news: News) -> str:
    if contract.paid_with:
        return f"Paid together with {listed(contract.paid_with)}; the split is not visible."
    if not news.difficulty.steps:
        return "Cannot tell: no difficulty is known. Name a source of blocks under “chain” in the configuration."
    if not state.claims:
        return "Cannot tell: no source says what was earned."
    return f"Too early: {LEAST_DAYS:g} days with payouts, seen {100 * SEEN:.0f} % of the time, are needed."


CHECK: Final = Check(
    name=NAME,
    of="contract",
    rests_on="evidence",
    State=State,
    judge=judge,
    version=1,
    pending=timedelta(0),
    severity="warning",
)
