"""Notes on receipts as people write them: a transaction, an output of it, and what it is for.

Every reader takes text and gives a value, or raises QuantityError saying what to write instead.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from verifier.contract import Category, Contract, ReceiptNote
from verifier.settings.document import Document
from verifier.settings.findings import Findings
from verifier.settings.quantities import QuantityError

_TXID: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_OUTPUT: Final = re.compile(r"[0-9]{1,6}", re.ASCII)


def transaction(text: str) -> str:
    """A transaction's id as explorers show it, in small letters."""
    if _TXID.fullmatch(text.strip().lower()) is None:
        raise QuantityError(
            f"`{text[:70]}` is no transaction, write the 64 hex digits that your wallet or explorer shows"
        )
    return text.strip().lower()


def output(text: str) -> int:
    """The place of an output in its transaction, from 0."""
    if _OUTPUT.fullmatch(text.strip()) is None:
        raise QuantityError(f"`{text[:40]}` is no output of a transaction, write its number like `0`")
    return int(text)


def category(text: str) -> Category:
    """What a receipt is for."""
    known = [one.value for one in Category]
    if text not in known:
        raise QuantityError(f"`{text[:40]}` is nothing that a receipt can be for, write one of {', '.join(known)}")
    return Category(text)


def twice(notes: Iterable[ReceiptNote]) -> Iterable[int]:
    """The positions of notes on what one before them speaks of already, alone or with its whole transaction."""
    seen: set[tuple[str, int | None]] = set()
    whole: dict[str, bool] = {}
    for position, note in enumerate(notes):
        if (note.txid, note.vout) in seen or whole.get(note.txid, False) or (note.vout is None and note.txid in whole):
            yield position
        seen.add((note.txid, note.vout))
        whole[note.txid] = whole.get(note.txid, False) or note.vout is None


def check_notes(contracts: Mapping[str, Contract], written_in: Mapping[str, Document], findings: Findings) -> None:
    """Two contracts do not say different things of one receipt: they may share its wallet."""
    first: dict[str, list[tuple[str, ReceiptNote]]] = {}
    for name, contract in contracts.items():
        for position, note in enumerate(contract.receipts):
            known = first.setdefault(note.txid, [])
            for other, one in known:
                same = one.vout == note.vout or None in (one.vout, note.vout)
                if other != name and same and one.category is not note.category:
                    problem = f"is {one.category.value} in `{other}`, write the same there and here"
                    findings.add(written_in[name], ("contracts", name, "receipts", position, "category"), problem)
                    break
            known.append((name, note))


def note_text(note: ReceiptNote) -> dict[str, str]:
    """A note that reads back as the same."""
    text = {"txid": note.txid, "vout": None if note.vout is None else str(note.vout), "category": note.category.value}
    return {key: value for key, value in (text | {"cite": note.cite}).items() if value is not None}
