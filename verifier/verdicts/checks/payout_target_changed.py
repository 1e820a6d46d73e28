"""Coins are, or will be, paid to another address than the contract names: your own change, or somebody else's.

What was paid before the contract, after it, or before its address was known says nothing about it.
"""

from datetime import datetime
from typing import Final

from verifier.contract import Contract
from verifier.record import record
from verifier.verdicts.payouts.finding import Finding, not_judged, told
from verifier.verdicts.payouts.gathering import sources
from verifier.verdicts.verdict import Check, Judged, News, Outcome
from verifier.verdicts.wording import moment

NAME: Final = "payout_target_changed"


@record
class State:
    """The address that the contract names, and since when this check knows it."""

    address: str | None
    since: datetime


def judge(contract: Contract, state: State | None, news: News, now: datetime) -> Judged[State]:
    """One turn: the books as they are, one verdict for now."""
    if state is None or state.address != contract.payouts.address:
        state = State(address=contract.payouts.address, since=now)
    found = not_judged(contract, news, now) or _finding(contract, news, state.since)
    return Judged(state=state, verdicts=(told(contract, NAME, now, found),))


def _finding(contract: Contract, news: News, since: datetime) -> Finding:
    agreed = contract.payouts.address
    if agreed is None:
        because = "The contract does not name an address: write `payouts: {address: …}`."
        return Finding(outcome=Outcome.NOT_APPLICABLE, because=because)
    items, own = news.books.items, sources(contract)
    shown = [
        (one.learned, account, one.address) for account, one in items.targets.items() if contract.runs_at(one.learned)
    ]
    shown += [
        (one.at, one.account, one.address)
        for one in items.claims.values()
        if one.account in own
        and one.address is not None
        and one.rail == "chain"
        and contract.runs_at(one.at)
        and (one.at >= since or _same(one.address, agreed))
    ]
    latest = {account: (at, address) for at, account, address in sorted(shown)}
    if not latest:
        because = "Cannot tell: no source says where it pays to."
        if items.payers and not items.claims and news.books.first_paid is None:
            because = "Cannot tell yet: the pool has told of no payout, and no source says where the next one goes to."
        return Finding(outcome=Outcome.UNKNOWN, because=because)
    strange = sorted((at, account, address) for account, (at, address) in latest.items() if not _same(address, agreed))
    if not strange:
        return Finding(outcome=Outcome.MET, because="Coins are paid to the address that the contract names.")
    at, account, address = strange[0]
    because = (
        f"{account} pays to {address}, as seen on {moment(at)}; the contract names {agreed}. "
        "If you changed it yourself, write the new address into the contract."
    )
    values: dict[str, float | str | None] = {"account": account, "shown": address, "agreed": agreed}
    return Finding(outcome=Outcome.SHORT, because=because, values=values, since=at)


def _same(one: str, other: str) -> bool:
    """Bech32 addresses are the same in either case, the older ones are not."""
    return one == other or (one.lower() == other.lower() and one.lower().startswith(("bc1", "ltc1")))


CHECK: Final = Check(
    name=NAME, of="contract", rests_on="coins", State=State, judge=judge, version=1, severity="critical"
)
