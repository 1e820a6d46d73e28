"""From what was said about coins to one row per payout: a pure function of the set, whatever order it came in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from verifier.contract import Contract
from verifier.verdicts.payouts.balance import balance
from verifier.verdicts.payouts.dues import WITHIN, Due, dues
from verifier.verdicts.payouts.items import MATURITY, Claim, Items, Receipt, confirmations, sources
from verifier.verdicts.payouts.matching import Match, Sum, fee_allowance, match
from verifier.verdicts.payouts.rows import Category, PayoutRow, PayoutState

#: A payout that has not come so long after its last moment on time is missing; until then it is late.
PATIENCE: Final = timedelta(days=7)
#: How long a transaction may take to be seen after the pool says that it was sent.
ARRIVAL: Final = timedelta(days=2)
#: A pool may note a payout a little before the day's credit, and after the transaction was seen.
EARLY: Final = timedelta(hours=1)
#: A source behind the others may show a transaction as unconfirmed again; it is taken back when that stands so long.
TAKEN_BACK: Final = timedelta(days=1)
#: What a named transaction may differ by from what the pool says: amounts are told rounded.
ROUNDING: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The rows in the order of time, the credits below the threshold, and when time alone changes a state.

    ``beside`` are claims of other contracts with their receipts, which are no rows of this one.
    """

    rows: tuple[PayoutRow, ...]
    below: tuple[str, ...] = ()
    beside: tuple[Match, ...] = ()
    next_due: datetime | None = None


def settle(
    contract: Contract,
    items: Items,
    now: datetime,
    categories: Mapping[str, Category] | None = None,
    first_paid: datetime | None = None,
    *,
    alike: bool = True,
) -> Settled:
    """All payouts as they stand at ``now``; what lacks of what was due before ``first_paid`` is not known.

    ``categories`` is what a person decided about receipts, by txid:vout; only those of mining settle payouts.
    ``alike``: so far every payout has settled dues of its own.
    """
    chosen = categories or {}
    settling = _Settling(contract, items, now)
    mining = {key: one for key, one in items.receipts.items() if chosen.get(key, Category.MINING) is Category.MINING}
    own = sources(contract)
    first_paid = first_paid or first_payout(contract, items)
    owed, below = dues(contract, items.earnings.items(), first_paid)
    claims = {key: claim for key, claim in items.claims.items() if claim.account in own}
    matches = _arrived(items.claims, mining)
    brought, spare = _divided(matches, items.claims, mining)
    told = bool(claims) or not own.isdisjoint(items.payers)
    settling.told = told
    rows = settling.paid(owed, claims, brought) if told else settling.received_only(owed, spare)
    if first_paid is not None:
        rows = [_opening(row, first_paid) for row in rows if row.at >= first_paid or row.claims or row.receipts]
    looked = max(items.since.values(), default=None)
    if not told and looked is not None:
        # Nobody would have shown what came before the wallet was looked at.
        rows = [row for row in rows if row.receipts or row.at >= looked]
    if not (alike and balance(rows, first_paid, now).alike):
        rows = [_together(row) for row in rows]
    if told:
        known_from = first_paid or min((one.end for one in items.earnings.values()), default=None)
        rows += [settling.unclaimed(keys, atoms, known_from) for keys, atoms in spare.items()]
    rows += [settling.aside(key, chosen[key]) for key in sorted(items.receipts.keys() - mining.keys())]
    rows.sort(key=lambda row: (row.at, row.claims, row.receipts, row.earnings))
    moments = [moment for moment in settling.moments if moment > now]
    return Settled(
        rows=tuple(rows),
        below=below,
        beside=tuple(found for found in matches if not any(key in claims for key in found.debts)),
        next_due=min(moments, default=None),
    )


def _opening(row: PayoutRow, first_paid: datetime) -> PayoutRow:
    """What was due before the first known payout may have been paid before anybody watched: it is not short."""
    unsure = row.payment is PayoutState.SHORT and row.due_at is not None and row.due_at <= first_paid
    return replace(row, payment=None) if unsure else row


def _together(row: PayoutRow) -> PayoutRow:
    """Where payouts settle no single dues, what seems to be lacking of one may have been paid together with others."""
    unsure = row.payment in {PayoutState.SHORT, PayoutState.MISSING} or (
        row.payment is PayoutState.LATE and not row.claims and not row.receipts
    )
    return replace(row, payment=None) if unsure else row


def first_payout(contract: Contract, items: Items) -> datetime | None:
    """The moment of the first payout that a source of the contract tells."""
    own = sources(contract)
    return min((claim.at for claim in items.claims.values() if claim.account in own), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Brought:
    """What the chain brought of one claim."""

    atoms: int
    receipts: tuple[str, ...]


def _arrived(claims: Mapping[str, Claim], receipts: Mapping[str, Receipt]) -> tuple[Match, ...]:
    """Claims of all contracts of the wallet with the outputs that settle them."""
    sent = [
        Sum(key=key, at=claim.at, atoms=claim.atoms, ref=claim.txid)
        for key, claim in claims.items()
        if claim.rail == "chain"
    ]
    found: tuple[Match, ...] = ()
    # A transaction that was never in a block may have been replaced by one that was.
    for mined in (True, False):
        done = {key for one in found for key in one.debts}
        seen = (
            Sum(key=key, at=one.at, atoms=one.atoms, ref=one.txid)
            for key, one in receipts.items()
            if one.confirmed_once is mined
        )
        open_ = (one for one in sent if one.key not in done)
        found += match(open_, seen, early=ARRIVAL, late=ARRIVAL, near=ARRIVAL)
    return found


def _divided(
    matches: Iterable[Match], claims: Mapping[str, Claim], receipts: Mapping[str, Receipt]
) -> tuple[dict[str, _Brought], dict[tuple[str, ...], int]]:
    """What each claim received, and what no claim explains, by receipts.

    A transaction that settles several claims is divided by them, in proportion when it brings less than all of them.
    """
    brought: dict[str, _Brought] = {}
    spare: dict[tuple[str, ...], int] = {(key,): one.atoms for key, one in receipts.items()}
    for found in matches:
        total = sum(receipts[key].atoms for key in found.payments)
        for key in found.payments:
            del spare[key,]
        parts = _parts(
            min(total, sum(claims[key].atoms for key in found.debts)), [claims[k].atoms for k in found.debts]
        )
        for key, atoms in zip(found.debts, parts, strict=True):
            brought[key] = _Brought(atoms=atoms, receipts=found.payments)
        if total > sum(parts):
            spare[found.payments] = total - sum(parts)
    return brought, spare


def _parts(total: int, weights: list[int]) -> list[int]:
    """A total divided by weights into integers that add up to it; the base units left over go to the first ones."""
    whole = sum(weights)
    parts = [total * weight // whole for weight in weights] if whole else [0 for _ in weights]
    for position in range(total - sum(parts)):
        parts[position] += 1
    return parts


class _Settling:
    """One look at ``now``; ``moments`` are those at which a state changes by time alone."""

    def __init__(self, contract: Contract, items: Items, now: datetime) -> None:
        self._items, self._now = items, now
        self._near = (contract.payouts.within or WITHIN) + PATIENCE
        self._reach = self._near + 3 * PATIENCE
        self.moments: list[datetime] = []
        self.told = False
        self._addresses = {contract.payouts.address, *(one.address for one in items.receipts.values())}

    def paid(
        self, owed: Iterable[Due], claims: Mapping[str, Claim], brought: Mapping[str, _Brought]
    ) -> list[PayoutRow]:
        """Rows of what was due and said to be paid."""
        by_key = {due.key: due for due in owed}
        debts = (Sum(key=due.key, at=due.at, atoms=due.atoms) for due in by_key.values())
        payments = (Sum(key=key, at=claim.at, atoms=claim.atoms) for key, claim in claims.items())
        matches = match(debts, payments, early=EARLY, late=self._reach, near=self._near, more=True)
        rows = [self._payout([by_key[key] for key in found.debts], found.payments, brought) for found in matches]
        settled = {key for found in matches for key in (*found.debts, *found.payments)}
        rows += [self._payout([due], (), brought) for key, due in by_key.items() if key not in settled]
        rows += [self._payout([], (key,), brought) for key in claims if key not in settled]
        return rows

    def received_only(self, owed: Iterable[Due], receipts: Mapping[tuple[str, ...], int]) -> list[PayoutRow]:
        """Rows where nobody says what was sent: receipts settle what was due, or stand alone."""
        by_key, items = {due.key: due for due in owed}, self._items.receipts
        debts = (Sum(key=due.key, at=due.at, atoms=due.atoms) for due in by_key.values())
        payments = (Sum(key=key, at=items[key].at, atoms=atoms) for (key,), atoms in receipts.items())
        matches: tuple[Match, ...] = match(debts, payments, early=EARLY, late=self._reach, near=self._near, more=True)
        rows = [self._row([by_key[key] for key in found.debts], (), found.payments, None) for found in matches]
        settled = {key for found in matches for key in (*found.debts, *found.payments)}
        rows += [self._row([due], (), (), None) for key, due in by_key.items() if key not in settled]
        rows += [self._row([], (), (key,), None) for (key,) in receipts if key not in settled]
        return rows

    def unclaimed(self, keys: tuple[str, ...], atoms: int, known_from: datetime | None) -> PayoutRow:
        """Coins on the chain that no payout explains; a block's own reward explains itself.

        What came before ``known_from`` may have been paid for before anybody watched.
        """
        row = self._row([], (), keys, None)
        if row.receipt is PayoutState.UNCONFIRMED:
            return replace(row, category=Category.OTHER)
        before = known_from is not None and row.at < known_from and row.received == atoms
        if before or all(self._items.receipts[key].coinbase for key in keys):
            return row
        state = PayoutState.REORGED if row.receipt is PayoutState.REORGED else PayoutState.UNEXPLAINED
        received = 0 if row.receipt is PayoutState.REORGED else atoms
        return PayoutRow(
            at=row.at,
            received=received,
            receipt=state,
            confirmations=row.confirmations,
            category=Category.OTHER,
            receipts=keys,
        )

    def aside(self, key: str, category: Category) -> PayoutRow:
        """A receipt that a person said is no mining income."""
        row = self._row([], (), (key,), None)
        return PayoutRow(
            at=row.at,
            received=row.received,
            receipt=row.receipt,
            confirmations=row.confirmations,
            category=category,
            receipts=(key,),
        )

    def _payout(self, owed: list[Due], keys: tuple[str, ...], brought: Mapping[str, _Brought]) -> PayoutRow:
        came = [brought[key] for key in keys if key in brought]
        receipts = tuple(dict.fromkeys(key for one in came for key in one.receipts))
        return self._row(owed, keys, receipts, sum(one.atoms for one in came) if came else 0)

    def _row(
        self, owed: list[Due], keys: tuple[str, ...], receipts: tuple[str, ...], received: int | None
    ) -> PayoutRow:
        claims = [self._items.claims[key] for key in keys]
        outputs = [self._items.receipts[key] for key in receipts]
        counts = [confirmations(one, self._items.left) for one in outputs]
        paid = sum(claim.atoms for claim in claims) if claims else None
        if received is None:
            received = sum(one.atoms for one, count in zip(outputs, counts, strict=True) if count)
        elif not all(counts):
            total = sum(one.atoms for one in outputs)
            sure = sum(one.atoms for one, count in zip(outputs, counts, strict=True) if count)
            received = received * sure // total if total else 0
        due = sum(one.atoms for one in owed) if owed else None
        moments = [claim.at for claim in claims] or [one.at for one in outputs]
        by = min((one.by for one in owed), default=None)
        settled_by = paid if claims else (received if outputs else None)
        if not claims and outputs and not all(counts):
            # What is on its way is counted as come for a while.
            young = self._now <= max(moments) + PATIENCE
            seen = zip(outputs, counts, strict=True)
            settled_by = sum(one.atoms for one, count in seen if count or (young and not one.confirmed_once))
        return PayoutRow(
            at=max(moments, default=None) or min(one.at for one in owed),
            due_at=min((one.at for one in owed), default=None),
            by=by,
            due=due,
            paid=paid,
            received=received if outputs else None,
            payment=None
            if due is None or by is None
            else self._payment(due, by, settled_by, moments, self._heard(owed)),
            receipt=self._receipt(claims, outputs, counts, received),
            confirmations=min(counts, default=None),
            earnings=tuple(key for one in owed for key in one.earnings),
            claims=keys,
            receipts=receipts,
        )

    def _heard(self, owed: list[Due]) -> datetime | None:
        """Until when somebody who would show it has told what was paid; None when nobody has."""
        items = self._items
        if self.told:
            accounts = {items.earnings[key].account for one in owed for key in one.earnings}
            answers = [items.payers[account] for account in accounts if account in items.payers]
            return min(answers) if len(answers) == len(accounts) and answers else None
        if not items.since or max(items.since.values()) > min((one.at for one in owed), default=self._now):
            return None
        return min(items.wallets.values()) - ARRIVAL

    def _payment(
        self, due: int, by: datetime, paid: int | None, moments: list[datetime], heard: datetime | None
    ) -> PayoutState:
        self.moments += [by, by + PATIENCE, *(moment + PATIENCE for moment in moments)]
        if paid is None or not moments:
            if heard is None or min(self._now, heard) <= by:
                return PayoutState.CREDITED
            return PayoutState.LATE if min(self._now, heard) <= by + PATIENCE else PayoutState.MISSING
        if due - paid > fee_allowance(due):
            return PayoutState.CREDITED if heard is None or min(self._now, heard) <= by else PayoutState.SHORT
        return PayoutState.ON_TIME if max(moments) <= by else PayoutState.LATE

    def _receipt(
        self, claims: list[Claim], outputs: list[Receipt], counts: list[int], received: int
    ) -> PayoutState | None:
        if not outputs:
            return self._not_seen(claims)
        unsure = [one for one, count in zip(outputs, counts, strict=True) if not count]
        if any(self._is_taken_back(one) for one in unsure):
            return PayoutState.REORGED
        if unsure:
            return PayoutState.UNCONFIRMED
        sent = sum(claim.atoms for claim in claims)
        arrived = max(claim.at for claim in claims) + ARRIVAL if claims else self._now
        self.moments.append(arrived)
        named = bool(claims) and all(claim.txid is not None for claim in claims)
        allowed = ROUNDING * len(claims) if named else fee_allowance(sent)
        if sent - received > allowed and self._now > arrived:
            return PayoutState.SHORT
        young = any(one.coinbase and count < MATURITY for one, count in zip(outputs, counts, strict=True))
        return PayoutState.IMMATURE if young else PayoutState.CONFIRMED

    def _is_taken_back(self, receipt: Receipt) -> bool:
        """Whether the block is known to have left the chain, or the word that it is in none has stood for a day."""
        if not receipt.confirmed_once:
            return False
        seen = receipt.sightings.values()
        stands = max(one.learned for one in seen) + TAKEN_BACK
        self.moments.append(stands)
        return self._now > stands or any(one.block in self._items.left for one in seen)

    def _not_seen(self, claims: list[Claim]) -> PayoutState | None:
        """Nothing on the chain: not known where no wallet would show it, or what was paid went over Lightning."""
        on_chain = [claim for claim in claims if claim.rail == "chain"]
        if not on_chain or not self._items.since:
            return None
        if max(self._items.since.values()) > min(claim.at for claim in on_chain) or any(
            claim.address is not None and claim.address not in self._addresses for claim in on_chain
        ):
            return None
        by = max(claim.at for claim in on_chain) + ARRIVAL
        self.moments += [by, by + PATIENCE]
        seen = min(self._now, *self._items.wallets.values())
        if seen <= by:
            return None
        return PayoutState.LATE if seen <= by + PATIENCE else PayoutState.MISSING
