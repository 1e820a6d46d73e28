"""From what was said about coins to one row per payout: a pure function of the set, whatever order it came in."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from verifier.contract import Category, Contract
from verifier.record import record
from verifier.verdicts.payouts.arriving import Brought, arrived, divided
from verifier.verdicts.payouts.dues import WITHIN, Due, dues
from verifier.verdicts.payouts.gathering import sources
from verifier.verdicts.payouts.items import Claim, Items
from verifier.verdicts.payouts.matching import Match, Sum, match
from verifier.verdicts.payouts.noting import claims_apart, noted
from verifier.verdicts.payouts.rows import PayoutRow, PayoutState
from verifier.verdicts.payouts.states import EARLY, PATIENCE, Look

#: A payout of just what was due may come so long after the last moment at which a part of it would count.
_EXACT: Final = 3 * PATIENCE


@record
class Settled:
    """The rows in the order of time, the credits below the threshold, and when time alone changes a state.

    ``beside`` are claims of other contracts with their receipts, which are no rows of this one.
    """

    rows: tuple[PayoutRow, ...]
    below: tuple[str, ...] = ()
    beside: tuple[Match, ...] = ()
    next_due: datetime | None = None


def reach(contract: Contract) -> timedelta:
    """How long after the plan moment a payout may still settle what was due."""
    return (contract.payouts.within or WITHIN) + PATIENCE + _EXACT


def settle(
    contract: Contract,
    items: Items,
    now: datetime,
    first_paid: datetime | None = None,
) -> Settled:
    """All payouts as they stand at ``now``; what lacks of what was due before ``first_paid`` is not known.

    Receipts that the user's notes name as something else than mining settle no payouts, whoever says that they do.
    """
    notes = noted(contract, items.receipts)
    apart = notes.apart
    mining = {key: one for key, one in items.receipts.items() if key not in apart}
    aside = claims_apart(apart, items.claims, items.receipts) if apart else {}
    sent = {key: claim for key, claim in items.claims.items() if key not in aside}
    own = sources(contract)
    first_paid = first_paid or first_payout(contract, items)
    owed, below = dues(contract, items.earnings.items(), first_paid)
    claims = {key: claim for key, claim in sent.items() if claim.account in own}
    matches = arrived(sent, mining)
    brought, spare = divided(matches, sent, mining)
    named = {keys for keys in spare if notes.mined(keys) is not None}
    spare = {keys: atoms for keys, atoms in spare.items() if keys not in named or notes.of(keys) is not None}
    told = any(claim.account in own for claim in items.claims.values()) or not own.isdisjoint(items.payers)
    known = {contract.payouts.address, *(one.address for one in items.receipts.values())}
    look = Look(items, now, told=told, addresses=frozenset(address for address in known if address is not None))
    rows = _paid(contract, look, owed, claims, brought) if told else _received_only(contract, look, items, owed, spare)
    if first_paid is not None:
        rows = [_opening(row, first_paid) for row in rows if row.at >= first_paid or row.claims or row.receipts]
    looked = max(items.since.values(), default=None)
    if not told and looked is not None:
        # Nobody would have shown what came before the wallet was looked at.
        rows = [row for row in rows if row.receipts or row.at >= looked]
    if told:
        known_from = first_paid or min((one.end for one in items.earnings.values()), default=None)
        asked = min((at for account, at in items.payers.items() if account in own), default=None)
        rows += [
            _mined(look.row([], (), keys), atoms)
            if keys in named
            else _unclaimed(look, items, keys, atoms, known_from, asked)
            for keys, atoms in spare.items()
        ]
    for key, note in apart.items():
        theirs = tuple(sorted(one for one, at in aside.items() if at == key and items.claims[one].account in own))
        if key in notes.own or theirs:
            rows.append(replace(_aside(look.row([], (), (key,)), note.category), claims=theirs))
    if notes.own:
        rows = [replace(row, note=notes.of(row.receipts)) for row in rows]
    rows.sort(key=lambda row: (row.at, row.claims, row.receipts, row.earnings))
    return Settled(
        rows=tuple(rows),
        below=below,
        beside=tuple(found for found in matches if not any(key in claims for key in found.debts)),
        next_due=min((moment for moment in look.moments if moment > now), default=None),
    )


def first_payout(contract: Contract, items: Items) -> datetime | None:
    """The moment of the first payout that a source of the contract tells."""
    own = sources(contract)
    return min((claim.at for claim in items.claims.values() if claim.account in own), default=None)


def _opening(row: PayoutRow, first_paid: datetime) -> PayoutRow:
    """What was due before the first known payout may have been paid before anybody watched: it is not short."""
    unsure = row.payment is PayoutState.SHORT and row.due_at is not None and row.due_at <= first_paid
    return replace(row, payment=None) if unsure else row


def _matches(contract: Contract, owed: Iterable[Due], payments: Iterable[Sum]) -> tuple[Match, ...]:
    debts = (Sum(key=due.key, at=due.at, atoms=due.atoms) for due in owed)
    near = (contract.payouts.within or WITHIN) + PATIENCE
    return match(debts, payments, early=EARLY, late=reach(contract), near=near, more=True)


def _paid(
    contract: Contract, look: Look, owed: Iterable[Due], claims: Mapping[str, Claim], brought: Mapping[str, Brought]
) -> list[PayoutRow]:
    """Rows of what was due and said to be paid."""
    by_key = {due.key: due for due in owed}
    payments = (Sum(key=key, at=claim.at, atoms=claim.atoms) for key, claim in claims.items())
    matches = _matches(contract, by_key.values(), payments)
    rows = [look.payout([by_key[key] for key in found.debts], found.payments, brought) for found in matches]
    settled = {key for found in matches for key in (*found.debts, *found.payments)}
    rows += [look.payout([due], (), brought) for key, due in by_key.items() if key not in settled]
    rows += [look.payout([], (key,), brought) for key in claims if key not in settled]
    return rows


def _received_only(
    contract: Contract, look: Look, items: Items, owed: Iterable[Due], receipts: Mapping[tuple[str, ...], int]
) -> list[PayoutRow]:
    """Rows where nobody says what was sent: receipts settle what was due, or stand alone."""
    by_key = {due.key: due for due in owed}
    payments = (Sum(key=key, at=items.receipts[key].at, atoms=atoms) for (key,), atoms in receipts.items())
    matches = _matches(contract, by_key.values(), payments)
    rows = [look.row([by_key[key] for key in found.debts], (), found.payments) for found in matches]
    settled = {key for found in matches for key in (*found.debts, *found.payments)}
    rows += [look.row([due], (), ()) for key, due in by_key.items() if key not in settled]
    rows += [look.row([], (), (key,)) for (key,) in receipts if key not in settled]
    return rows


def _unclaimed(
    look: Look, items: Items, keys: tuple[str, ...], atoms: int, known_from: datetime | None, asked: datetime | None
) -> PayoutRow:
    """Coins on the chain that no payout explains; a block's own reward explains itself.

    What came before ``known_from`` may have been paid for before anybody watched; of what came after ``asked``, when
    all that tell what they pay have done so last, the payout may not be told yet.
    """
    row = look.row([], (), keys)
    if row.receipt is PayoutState.UNCONFIRMED:
        return replace(row, category=Category.OTHER)
    before = known_from is not None and row.at < known_from and row.received == atoms
    if before or all(items.receipts[key].coinbase for key in keys):
        return row
    if row.receipt is PayoutState.REORGED:
        return _aside(replace(row, received=0), Category.OTHER)
    untold = asked is not None and asked < row.at
    return _aside(
        replace(row, received=atoms, receipt=row.receipt if untold else PayoutState.UNEXPLAINED), Category.OTHER
    )


def _mined(row: PayoutRow, atoms: int) -> PayoutRow:
    """What no payout explains and the user says is mining: it counts as far as no payout took of it."""
    return replace(row, received=min(atoms, row.received or 0))


def _aside(row: PayoutRow, category: Category) -> PayoutRow:
    """A receipt that settles no payout: not due, not said to be paid."""
    return replace(row, due_at=None, by=None, due=None, paid=None, payment=None, category=category)
