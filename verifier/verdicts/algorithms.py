"""Work and rates of another algorithm than the contract's are no evidence for it: they are left out, with a note."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from verifier.contract import Contract
from verifier.fact import Fact
from verifier.observation import RateSeen, SharesSeen, Silence, SilenceReason, WorkSeen

#: What is told in hashes.
_OF_HASHES: Final = (WorkSeen, RateSeen)


def of_its_algorithm(contract: Contract, facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """The facts without hashes of another algorithm; an answer that tells of others only is silent about this one.

    A market's rigs may mine many algorithms, then those of the contract are read and the others are not its own.
    """
    own = contract.promised.algorithm
    return tuple(_of(own, fact) for fact in facts)


def _of(own: str, fact: Fact) -> Fact:
    told = {one.algorithm for one in fact.observations if isinstance(one, _OF_HASHES)}
    if told <= {own}:
        return fact
    if own in told:
        kept = [one for one in fact.observations if not isinstance(one, _OF_HASHES) or one.algorithm == own]
        return replace(fact, observations=tuple(kept))
    detail = f"hashes of {', '.join(sorted(told))}, the contract's are of {own}"
    note = Silence(at=fact.learned_at, reason=SilenceReason.IMPLAUSIBLE, detail=detail)
    rest = (one for one in fact.observations if not isinstance(one, (*_OF_HASHES, SharesSeen)))
    # First, so that a list of workers beside it still stands.
    return replace(fact, observations=(note, *rest))
