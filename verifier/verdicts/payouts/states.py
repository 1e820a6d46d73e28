"""How one payout stands at a moment: as paid and as received, by what was said and by who would have said it."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from verifier.verdicts.payouts.arriving import ARRIVAL, Brought
from verifier.verdicts.payouts.dues import Due
from verifier.verdicts.payouts.items import MATURITY, Claim, Items, Receipt, confirmations
from verifier.verdicts.payouts.matching import fee_allowance
from verifier.verdicts.payouts.rows import PayoutRow, PayoutState

#: A payout that has not come so long after its last moment on time is missing; until then it is late.
PATIENCE: Final = timedelta(days=7)
#: A pool may note a payout a little before the day's credit.
EARLY: Final = timedelta(hours=1)
#: A source behind the others may show a transaction as unconfirmed again; it is taken back when that stands so long.
TAKEN_BACK: Final = timedelta(days=1)
#: What a named transaction may differ by from what the pool says: amounts are told rounded.
ROUNDING: Final = 10


class Look:
    """One look at ``now``; ``moments`` are those at which a state changes by time alone.

    ``told``: a source tells what was paid. ``addresses`` are those that a watched wallet would show.
    """

    def __init__(self, items: Items, now: datetime, *, told: bool, addresses: frozenset[str]) -> None:
        self._items, self._now, self._told, self._addresses = items, now, told, addresses
        self.moments: list[datetime] = []

    def payout(self, owed: list[Due], keys: tuple[str, ...], brought: Mapping[str, Brought]) -> PayoutRow:
        """A payout that was said to be sent, or should have been, with what the chain brought of it."""
        came = [brought[key] for key in keys if key in brought]
        receipts = tuple(dict.fromkeys(key for one in came for key in one.receipts))
        return self.row(owed, keys, receipts, sum(one.atoms for one in came) if came else 0)

    def row(
        self, owed: list[Due], keys: tuple[str, ...], receipts: tuple[str, ...], received: int | None = None
    ) -> PayoutRow:
        """What was due, said to be paid by claims, and received; ``received`` None: all that the outputs hold."""
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
            mined=tuple(one.mined for one in outputs if one.mined is not None),
        )

    def _heard(self, owed: list[Due]) -> datetime | None:
        """Until when somebody who would show it has told what was paid; None when nobody has."""
        items = self._items
        if self._told:
            accounts = {items.earnings[key].account for one in owed for key in one.earnings}
            answers = [items.payers[account] for account in accounts if account in items.payers]
            return min(answers) if len(answers) == len(accounts) and answers else None
        first = min((one.at for one in owed), default=self._now)
        if not items.since or max(items.since.values()) > first or not items.read_since(first - EARLY):
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
        if any(self._is_taken_back(one) and self._items.read_since(one.at) for one in unsure):
            return PayoutState.REORGED
        if unsure:
            return PayoutState.UNCONFIRMED
        sent = sum(claim.atoms for claim in claims)
        arrived = max(claim.at for claim in claims) + ARRIVAL if claims else self._now
        self.moments.append(arrived)
        named = bool(claims) and all(claim.txid is not None for claim in claims)
        allowed = ROUNDING * len(claims) if named else fee_allowance(sent)
        if sent - received > allowed and self._now > arrived:
            seen = {one.txid for one in outputs}
            whole = named and all(claim.txid in seen for claim in claims)
            # What is lacking may have come by another transaction while nobody read.
            return PayoutState.SHORT if whole or self._read_since(claims) else None
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
        unseen = max(self._items.since.values()) > min(claim.at for claim in on_chain)
        if unseen or not self._read_since(on_chain):
            return None
        if any(claim.address is not None and claim.address not in self._addresses for claim in on_chain):
            return None
        by = max(claim.at for claim in on_chain) + ARRIVAL
        self.moments += [by, by + PATIENCE]
        seen = min(self._now, *self._items.wallets.values())
        if seen <= by:
            return None
        return PayoutState.LATE if seen <= by + PATIENCE else PayoutState.MISSING

    def _read_since(self, claims: Iterable[Claim]) -> bool:
        """Whether every receipt that payouts may have brought was read."""
        return self._items.read_since(min(claim.at for claim in claims) - ARRIVAL)
