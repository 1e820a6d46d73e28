"""Which contracts are summed: those of one seller, one pool, or one label, judged together besides each by itself."""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from verifier.contract import Basis, Contract, PayoutPlan, Promise, Tolerance, together
from verifier.settings.document import Document
from verifier.settings.findings import Findings, nearest

SELLER: Final = "seller"
POOL: Final = "pool"
#: What is summed when the file does not say.
USUAL: Final = (SELLER,)
_KEY: Final = "together"
_LONGEST: Final = 48
_USUAL_ALGORITHM: Final = "sha256d"


def read(document: Document, labels: Iterable[str], findings: Findings) -> tuple[str, ...]:
    """The key ``together``: seller, pool, or labels that a contract bears; faults are added."""
    written = document.root.get(_KEY, USUAL)
    if not isinstance(written, list | tuple):
        findings.add(document, (_KEY,), "is not a list, write it like `[seller, site]`")
        return ()
    known = (SELLER, POOL, *sorted(set(labels) - {SELLER, POOL}))
    for position, one in enumerate(written):
        if not isinstance(one, str) or one not in known:
            problem = f"`{str(one)[:48]}` is neither `seller` nor `pool` nor a label, {nearest(str(one), known)}"
            findings.add(document, (_KEY, position), problem)
    return tuple(dict.fromkeys(str(one) for one in written))


def sums(contracts: Iterable[Contract], by: Sequence[str], pools: Mapping[str, str]) -> dict[str, Contract]:
    """The sums over at least two contracts or groups that agree in one thing and mine one algorithm, by name.

    ``pools`` says of each account what tells its pool from others. A group stands in a sum once, if all its members
    agree.
    """
    contracts = tuple(one for one in contracts if one.basis is Basis.RATE)
    units: dict[str, list[Contract]] = {}
    for contract in contracts:
        units.setdefault(contract.group or contract.name, []).append(contract)
    found: dict[str, Contract] = {}
    for what in by:
        shared: dict[tuple[str, str], list[str]] = {}
        for name, members in units.items():
            value = _agreed(_reader(what, pools), members)
            if value:
                shared.setdefault((value, members[0].promised.algorithm), []).append(name)
        for (value, algorithm), names in shared.items():
            if len(names) > 1:
                name = _name((what, value, algorithm), units.keys() | found.keys() | {one.name for one in contracts})
                found[name] = _sum(name, names, [one for unit in names for one in units[unit]])
    return found


def _reader(what: str, pools: Mapping[str, str]) -> Callable[[Contract], str]:
    if what == SELLER:
        # "seller and order, in your words": the order is no part of who it is.
        return lambda contract: " ".join(contract.seller.split(",")[0].casefold().split())
    if what == POOL:
        return lambda contract: _agreed(str, sorted({pools.get(watch.account, "") for watch in contract.watch}))
    return lambda contract: contract.labels.get(what, "")


def _agreed(read_one: Callable[..., str], of: Iterable[object]) -> str:
    """What all say alike, else nothing."""
    said = {read_one(one) for one in of}
    return said.pop() if len(said) == 1 else ""


def _sum(name: str, names: Sequence[str], members: Sequence[Contract]) -> Contract:
    """The contract that the sum is judged like: its boundary is the sum of theirs, and nothing else is promised."""
    whole = together(name, members)
    return replace(
        whole,
        promises=tuple(_without_span(promise) for promise in whole.promises),
        watch=(),
        rejects=None,
        payouts=PayoutPlan(),
        fees={},
        receipts=(),
        uptime=None,
        exclusions=(),
        sum_of=tuple(names),
    )


def _without_span(promise: Promise) -> Promise:
    """What a span lets be missing is each contract's own affair."""
    tolerance = promise.tolerance
    return replace(promise, tolerance=None if tolerance is None else Tolerance(fraction=tolerance.fraction))


def _name(of: tuple[str, str, str], taken: Iterable[str]) -> str:
    """A name as contracts have them, the same for the same thing; told apart by a digest where letters do not."""
    what, value, algorithm = of
    written = f"{what} {value}" if algorithm == _USUAL_ALGORITHM else f"{what} {value} {algorithm}"
    plain = re.sub(r"[^a-z0-9]+", "_", written.casefold()).strip("_")
    lost = len(plain) > _LONGEST or plain == re.sub(r"[^a-z0-9]+", "_", what.casefold()).strip("_")
    if not lost and plain not in taken and plain[:1].isalpha():
        return plain
    told_apart = hashlib.sha256("\n".join(of).encode()).hexdigest()[:6]
    return f"sum_{plain[: _LONGEST - 12]}".rstrip("_") + f"_{told_apart}"
