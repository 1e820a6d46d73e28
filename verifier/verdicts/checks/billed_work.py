"""Work that a market billed against the work that the pool credited for the same time, where money buys work.

What was billed follows from the market's counter of coins and the price in force: billed work = coins ÷ price. It is
held against the most independent source that counts, over six-hour UTC slots that both saw fully. Being outbid or
paused is told as a fact; no rate is owed, so none is judged.
"""

from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from datetime import UTC, datetime
from math import inf
from typing import Final

from verifier.contract import Basis, Contract, Independence
from verifier.fact import Fact
from verifier.observation import OfferSeen, SharesSeen, SpendSeen
from verifier.record import record
from verifier.units import ALGORITHMS, Amount, Window, scaled
from verifier.verdicts.evidence import Evidence
from verifier.verdicts.findings import not_applicable
from verifier.verdicts.heard import hear, kept
from verifier.verdicts.meter import SLOT, Meter, Said, filled
from verifier.verdicts.quotient import gains
from verifier.verdicts.readings import witnesses
from verifier.verdicts.sequential import Sequential, look, years_of
from verifier.verdicts.verdict import Certainty, Check, Judged, News, Outcome, Verdict
from verifier.verdicts.wording import moment, once_in, percent

NAME: Final = "billed_work"
BUDGET: Final = 0.1
#: Hashes behind a price: 1 EH/s over a day.
PRICED: Final = 1e18 * 86_400.0
#: A counter read less often than this does not show what was billed up to an edge of a slot.
_GAP: Final = 3600.0
#: A market books work later than it was done by some of these seconds; what bills least is believed.
_BOOKED: Final = (0.0, 450.0, 900.0)
_REMEMBERED: Final = 8


@record
class Bill:
    """A market's counter: read ``at`` (epoch seconds), its base units, the price in force, the work billed since first.

    ``edges`` are, for each delay of booking, the last edge of a slot and what was billed up to the reading after it.
    ``slots`` are, by delay, those that were seen from edge to edge: start and hashes. ``accepted`` and ``rejected`` are
    what the market itself tells, up to ``told``; of the seconds ``seen``, in ``idle`` ones it delivered nothing.
    """

    at: float = 0.0
    atoms: int = 0
    coin: str = "BTC"
    price: float = 0.0
    hashes: float = 0.0
    edges: tuple[tuple[float, float] | None, ...] = (None,) * len(_BOOKED)
    slots: tuple[tuple[tuple[float, float], ...], ...] = ((),) * len(_BOOKED)
    seen: float = 0.0
    idle: float = 0.0
    accepted: float = 0.0
    rejected: float = 0.0
    told: float = 0.0


@record
class State:
    """The markets' bills, what each other source counted, and the comparison so far: (billed, credited) in hashes."""

    bills: Mapping[str, Bill] = field(default_factory=dict)
    folds: Mapping[str, Evidence] = field(default_factory=dict)
    meters: Mapping[str, Meter] = field(default_factory=dict)
    trail: Sequential = field(default_factory=Sequential)
    until: float = 0.0
    times: int = 0
    sums: tuple[float, float] = (0.0, 0.0)
    source: str = ""
    outcome: Outcome | None = None


def judge(contract: Contract, state: State | None, news: News, now: datetime) -> Judged[State]:
    """One turn; a slot is judged when market and pool both have seen it to its end."""
    before, verdicts = state, list[Verdict]()
    state = _listen(contract, state or State(), news)
    for billed, credited in _compared(state):
        state = _compare(contract, state, billed, credited)
        if (outcome := _outcome(state)) is not state.outcome:
            state = replace(state, outcome=outcome)
            verdicts.append(_verdict(contract, state, min(now, datetime.fromtimestamp(billed.end, UTC))))
    state = replace(state, outcome=_outcome(state) if contract.runs_at(now) else Outcome.NOT_APPLICABLE)
    if before is not None and not verdicts and (before.outcome, before.times) == (state.outcome, state.times):
        return Judged(state=before if state == before else state, verdicts=())
    last = _verdict(contract, state, now) if contract.runs_at(now) else not_applicable(contract, NAME, now)
    return Judged(state=state, verdicts=(*verdicts, last))


def _listen(contract: Contract, state: State, news: News) -> State:
    markets = tuple(one.account for one in contract.watch if one.independence is Independence.SELLER_PAGE)
    pools = tuple(dict.fromkeys(one.account for one in witnesses(contract)))
    bills = {name: state.bills.get(name, Bill()) for name in markets}
    folds, meters = kept(state.folds, pools), {name: state.meters.get(name, Meter()) for name in pools}
    for fact in news.facts:
        if fact.subject in bills:
            bills[fact.subject] = _read(contract, bills[fact.subject], fact)
    for name in pools:
        folds[name], intervals = hear(contract, name, folds[name], news)
        for interval in intervals:
            meters[name] = filled(contract, meters[name], interval)
    counting = [name for name in pools if meters[name].whole]
    source = state.source if state.source in counting[:1] else next(iter(counting), "")
    return replace(state, bills=bills, folds=folds, meters=meters, source=source)


def _read(contract: Contract, bill: Bill, fact: Fact) -> Bill:
    for one in fact.observations:
        if isinstance(one, SharesSeen) and one.worker is None and one.start.timestamp() >= bill.told:
            accepted, rejected = (
                bill.accepted + one.accepted,
                bill.rejected + (one.rejected or 0.0) + (one.stale or 0.0),
            )
            bill = replace(bill, accepted=accepted, rejected=rejected, told=one.end.timestamp())
    offer = next((one for one in fact.observations if isinstance(one, OfferSeen)), None)
    for one in fact.observations:
        if isinstance(one, SpendSeen) and contract.runs_at(one.at) and one.at.timestamp() > bill.at:
            bill = _billed(contract, bill, one, offer)
    return bill


def _billed(contract: Contract, bill: Bill, spent: SpendSeen, offer: OfferSeen | None) -> Bill:
    """A reading more: work for the coins since the last one, at the higher of two prices if it changed in between.

    Of a slot counts what was billed between the first reading in it and the last: what a reading that reaches over an
    edge brings belongs to neither, so that an order that comes or goes is not held against the market.
    """
    at, atoms = spent.at.timestamp(), spent.amount.atoms
    price = _price(contract, bill, offer)
    after = replace(bill, at=at, atoms=atoms, coin=spent.amount.coin, price=price)
    span = at - bill.at
    if not bill.at or atoms < bill.atoms or price <= 0 or span > _GAP:
        # Coins that were given back, or a time not watched: the slot around it is not compared.
        return replace(after, edges=Bill().edges)
    hashes = bill.hashes + (atoms - bill.atoms) / max(price, bill.price) * PRICED
    idle = span if offer is not None and offer.per_second == 0 else 0.0
    after = replace(after, hashes=hashes, seen=bill.seen + span, idle=bill.idle + idle)
    edges, slots = list(bill.edges), list(bill.slots)
    for k, late in enumerate(_BOOKED):
        edge = (at - late) // SLOT * SLOT
        if edge + late <= bill.at:
            continue
        if (known := edges[k]) is not None and known[0] == edge - SLOT:
            slots[k] = (*slots[k], (known[0], max(0.0, bill.hashes - known[1])))[-_REMEMBERED:]
        edges[k] = (edge, hashes)
    return replace(after, edges=tuple(edges), slots=tuple(slots))


def _price(contract: Contract, bill: Bill, offer: OfferSeen | None) -> float:
    """The price in force: what the market says, or said last, but never more than was agreed; 0 is none known."""
    told = float(offer.price.atoms) if offer is not None and offer.price is not None else bill.price
    agreed = inf if contract.work_price is None else float(contract.work_price.atoms)
    found = min(told or inf, agreed)
    return 0.0 if found == inf else found


def _compared(state: State) -> Iterable[tuple[Said, Said]]:
    """Billed and credited work of slots that every market and the source saw, in time order."""
    if not state.source or not state.bills:
        return
    credited = {said.start: said for said in state.meters[state.source].whole if said.start >= state.until}
    for start, said in sorted(credited.items()):
        found = [_least(bill, start) for bill in state.bills.values()]
        whole = [hashes for hashes in found if hashes is not None]
        if len(whole) == len(found):
            yield replace(said, hashes=sum(whole), blur=0.0), said


def _least(bill: Bill, start: float) -> float | None:
    """The least that was billed for a slot, whatever the delay of booking; None before it is known for each."""
    found = [hashes for slots in bill.slots for begin, hashes in slots if begin == start]
    return min(found) if len(found) == len(_BOOKED) else None


def _compare(contract: Contract, state: State, billed: Said, credited: Said) -> State:
    trail = state.trail
    found = None if trail.since is None else (trail.sums[0] / trail.sums[1] if trail.sums[1] > 0 else inf)
    evidence = gains(billed, credited, found)
    # Only more billed than credited is told: the first half looks for that, the second for the opposite.
    evidence = evidence[: len(evidence) // 2] if found is None else evidence
    figures = (billed.hashes, credited.hashes)
    trail = look(trail, evidence, (billed.start, billed.end), figures, years_of(contract, BUDGET))
    sums = (state.sums[0] + figures[0], state.sums[1] + figures[1])
    return replace(state, trail=trail, until=billed.end, times=state.times + 1, sums=sums)


def _outcome(state: State) -> Outcome:
    if state.trail.since is not None:
        return Outcome.SHORT
    if state.times:
        return Outcome.MET
    return Outcome.UNDECIDED if any(bill.at for bill in state.bills.values()) else Outcome.UNKNOWN


def _verdict(contract: Contract, state: State, at: datetime) -> Verdict:
    unit = ALGORITHMS[contract.promised.algorithm]
    markets, years = " and ".join(sorted(state.bills)), years_of(contract, BUDGET)
    since = None if state.trail.since is None else datetime.fromtimestamp(state.trail.since, UTC)
    billed, credited = state.sums if since is None else (state.trail.sums[0], state.trail.sums[1])
    work = f"{scaled(billed, unit)} billed by {markets}, {scaled(credited, unit)} credited by {state.source}"
    if since is not None:
        lost = percent(1.0 - credited / billed)
        because = (
            f"{work} for the same time since {moment(since)}: {lost} of what was billed was not credited, beyond what "
            f"rejected shares and counting explain; by chance this comes less than {once_in(years)}."
        )
    elif state.times:
        because = f"{work} for the same time, within what rejected shares and counting explain."
    elif state.outcome is Outcome.UNDECIDED:
        because = "Too early: no six hours were seen fully by both the market and the pool."
    else:
        because = "The market has not told what was charged, so there is nothing to compare."
    idle = sum(bill.idle for bill in state.bills.values())
    if idle > 0:
        seen = sum(bill.seen for bill in state.bills.values())
        because += (
            f" For {percent(idle / seen)} of the time nothing was bought: outbid or paused, which is no shortfall."
        )
    return Verdict(
        subject=contract.name,
        check=NAME,
        at=at,
        window=Window(start=min(since or contract.starts, at), end=at),
        outcome=state.outcome or Outcome.UNKNOWN,
        because=because,
        certainty=Certainty.LIKELY,
        since=since,
        false_alarm_years=None if since is None else years,
        values=_values(state, billed, credited),
    )


def _values(state: State, billed: float, credited: float) -> dict[str, float | str | None]:
    """Figures for ``explain``; prices are of 1 PH/s over a day, in coins."""
    bills = tuple(state.bills.values())
    price = max((bill.price for bill in bills), default=0.0)
    coin = bills[0].coin if bills else "BTC"
    paid = price * billed / credited if credited > 0 else None
    return {
        "compared": float(state.times),
        "billed_hashes": billed,
        "credited_hashes": credited,
        "source": state.source,
        "spent": str(Amount(atoms=sum(bill.atoms for bill in bills), coin=coin)),
        "price": _per_petahash(price, coin),
        "paid_per_credited": None if paid is None else _per_petahash(paid, coin),
        "market_accepted_hashes": sum(bill.accepted for bill in bills),
        "market_rejected_hashes": sum(bill.rejected for bill in bills),
        "seen_seconds": sum(bill.seen for bill in bills),
        "idle_seconds": sum(bill.idle for bill in bills),
    }


def _per_petahash(price: float, coin: str) -> str:
    return f"{Amount(atoms=round(price / 1000.0), coin=coin)}"


CHECK: Final = Check(
    name=NAME,
    of="contract",
    rests_on="evidence",
    State=State,
    judge=judge,
    budget=BUDGET,
    severity="warning",
    bases=frozenset({Basis.WORK}),
)
