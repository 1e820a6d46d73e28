"""From facts to what was said about the coins of a contract: whose word counts, and of which term."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from verifier.contract import Contract
from verifier.fact import Fact
from verifier.observation import (
    AccountSeen,
    BalanceSeen,
    BlockLeft,
    ChargeSeen,
    EarningClaimed,
    PayoutClaimed,
    PayoutReceived,
    Silence,
    Unread,
)
from verifier.verdicts.payouts.items import (
    NOTHING,
    Balance,
    Charge,
    Claim,
    Earning,
    Gap,
    Items,
    Receipt,
    Sighting,
    Target,
    joined,
)

#: Most answers tell of work alone: they are passed over at once.
_OF_COINS: Final = frozenset(
    {AccountSeen, BalanceSeen, BlockLeft, ChargeSeen, EarningClaimed, PayoutClaimed, PayoutReceived, Unread}
)
_QUESTIONS: Final = frozenset({"payouts", "receipts"})


def sources(contract: Contract) -> frozenset[str]:
    """The accounts that speak for the contract as a whole.

    Payouts of single workers cannot be told apart, nor those of contracts that watch the very same accounts.
    """
    if contract.paid_with:
        return frozenset()
    return frozenset(watch.account for watch in contract.watch if watch.workers is None)


def gather(contract: Contract, facts: Iterable[Fact], coin: str) -> Items:
    """What facts say about a coin: of the contract's own accounts all, of those paid beside it what they paid."""
    own, beside = sources(contract), frozenset(contract.beside)
    found: defaultdict[str, dict[str, Any]] = defaultdict(dict)

    def add(kind: str, key: str, item: Any) -> None:
        known = found[kind].get(key)
        found[kind][key] = item if known is None else joined(known, item, kind)

    for fact in facts:
        if fact.subject not in own and fact.subject not in beside:
            continue
        account, learned = fact.subject, fact.learned_at
        of_coins = [one for one in fact.observations if type(one) in _OF_COINS]
        if account in own and (of_coins or fact.question in _QUESTIONS):
            _answered(add, fact)
        for one in of_coins:
            amount = getattr(one, "amount", None)
            told = (amount is None or amount.coin == coin) and (account in own or isinstance(one, PayoutClaimed))
            if told and _counts(contract, one):
                _add(add, account, learned, one)
    return Items(**found) if found else NOTHING


def _answered(add: Any, fact: Fact) -> None:
    """Note that an account said, in full, what it paid or received."""
    if any(isinstance(one, Silence) for one in fact.observations):
        return
    account, learned = fact.subject, fact.learned_at
    seen = [one.at for one in fact.observations if isinstance(one, PayoutReceived)]
    if fact.question == "payouts" or any(isinstance(one, PayoutClaimed) for one in fact.observations):
        add("payers", account, learned)
    if fact.question == "receipts" or seen:
        add("wallets", account, learned)
        add("since", account, min([learned, *seen]))


def _counts(contract: Contract, one: object) -> bool:
    """Whether something said of coins is of the contract's term: of another term it is somebody else's."""
    match one:
        case EarningClaimed():
            return one.start >= contract.starts and (contract.ends is None or one.end <= contract.ends)
        case PayoutClaimed() | PayoutReceived():
            return one.at >= contract.starts
        case _:
            return True


def _add(add: Any, account: str, learned: datetime, one: object) -> None:
    match one:
        case BlockLeft():
            add("left", one.hash, one.at)
        case PayoutClaimed():
            claim = Claim(
                learned=learned,
                account=account,
                id=one.id,
                at=one.at,
                atoms=one.amount.atoms,
                address=one.address,
                txid=one.txid,
                rail=one.rail,
            )
            add("claims", f"{account} {one.id}", claim)
        case EarningClaimed():
            earning = Earning(
                learned=learned,
                account=account,
                id=one.id,
                start=one.start,
                end=one.end,
                atoms=one.amount.atoms,
                fee=one.fee_rate,
                scheme=one.scheme,
            )
            add("earnings", f"{account} {one.id}", earning)
        case PayoutReceived():
            sighting = Sighting(learned=learned, confirmations=one.confirmations, block=one.block)
            receipt = Receipt(
                txid=one.txid,
                vout=one.vout,
                at=one.at,
                atoms=one.amount.atoms,
                address=one.address,
                coinbase=one.coinbase,
                confirmed_once=one.confirmations > 0,
                sightings={account: sighting},
                mined=one.mined,
            )
            add("receipts", f"{one.txid}:{one.vout}", receipt)
        case ChargeSeen():
            charge = Charge(
                learned=learned,
                account=account,
                id=one.id,
                what=one.what,
                start=one.start,
                end=one.end,
                atoms=one.amount.atoms,
                taken=one.taken,
            )
            add("charges", f"{account} {one.id}", charge)
        case Unread():
            add("gaps", f"{account} {one.since} {one.until}", Gap(learned=learned, since=one.since, until=one.until))
        case BalanceSeen():
            add("balances", account, Balance(learned=one.at, atoms=one.amount.atoms))
        case AccountSeen(payout_address=str(address)):
            add("targets", account, Target(learned=one.at, address=address))
        case _:
            pass
