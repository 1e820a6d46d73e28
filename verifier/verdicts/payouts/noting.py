"""What the user's notes say of receipts: a function of the contract and the set, whatever was learned first."""

from collections.abc import Mapping

from verifier.contract import Category, Contract, ReceiptNote
from verifier.record import record
from verifier.verdicts.payouts.items import Claim, Receipt


@record
class Noted:
    """Receipts with the note on each, by their keys: ``own`` ones of this contract, ``beside`` of others of the wallet.

    A receipt is ``apart`` when it is for something else than mining.
    """

    own: Mapping[str, ReceiptNote]
    beside: Mapping[str, ReceiptNote]

    @property
    def apart(self) -> Mapping[str, ReceiptNote]:
        found = {**self.beside, **self.own}
        return {key: note for key, note in found.items() if note.category is not Category.MINING}

    def mined(self, keys: tuple[str, ...]) -> ReceiptNote | None:
        """The note by which all of some receipts are mining; None where one of them has none."""
        notes = [self.own.get(key) or self.beside.get(key) for key in keys]
        same = all(note is not None and note.category is Category.MINING for note in notes)
        return notes[0] if same and notes else None

    def of(self, keys: tuple[str, ...]) -> ReceiptNote | None:
        """The contract's own note on the first of some receipts that has one."""
        return next((self.own[key] for key in keys if key in self.own), None)


def notes_on(contract: Contract) -> tuple[ReceiptNote, ...]:
    """Every note that the contract's books rest on."""
    return (*contract.receipts, *contract.noted_beside)


def noted(contract: Contract, receipts: Mapping[str, Receipt]) -> Noted:
    """The notes on these receipts; one on a single output is asked before one on a whole transaction."""
    if not contract.receipts and not contract.noted_beside:
        return Noted(own={}, beside={})
    own = _found(contract.receipts, receipts)
    beside = {key: note for key, note in _found(contract.noted_beside, receipts).items() if key not in own}
    return Noted(own=own, beside=beside)


def _found(notes: tuple[ReceiptNote, ...], receipts: Mapping[str, Receipt]) -> dict[str, ReceiptNote]:
    by = {(note.txid, note.vout): note for note in notes}
    found = {key: by.get((one.txid, one.vout)) or by.get((one.txid, None)) for key, one in receipts.items()}
    return {key: note for key, note in found.items() if note is not None}


def claims_apart(
    apart: Mapping[str, ReceiptNote], claims: Mapping[str, Claim], receipts: Mapping[str, Receipt]
) -> dict[str, str]:
    """Claims that name a transaction of which all that came is for something else, by the first such receipt."""
    first: dict[str, str] = {}
    for key in sorted(apart):
        first.setdefault(receipts[key].txid, key)
    for key, one in receipts.items():
        if key not in apart:
            first.pop(one.txid, None)
    return {key: first[claim.txid] for key, claim in claims.items() if claim.txid is not None and claim.txid in first}
