"""How accounts are divided among contracts: what two certainly both claim is a fault, like what cannot be one sum."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from verifier.contract import Contract
from verifier.observation import RateSeen, SharesSeen, WorkSeen
from verifier.settings.document import Document
from verifier.settings.findings import Findings
from verifier.settings.model import ConfiguredAccount
from verifier.settings.names import name_problem
from verifier.settings.patterns import covering, plain

_HASHES: Final = frozenset({WorkSeen, RateSeen, SharesSeen})
_FOR_EVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Claim:
    contract: Contract
    position: int

    @property
    def ends(self) -> datetime:
        return self.contract.ends or _FOR_EVER


def check_division(
    contracts: Mapping[str, Contract],
    written_in: Mapping[str, Document],
    findings: Findings,
    wallets: Collection[str] = (),
) -> None:
    """Equal patterns, or one that lies within another, during the same time and outside of one group.

    ``wallets`` are accounts without workers: several contracts may be paid to one.
    """
    accounts: dict[str, dict[str, list[_Claim]]] = defaultdict(lambda: defaultdict(list))
    for contract in contracts.values():
        for position, watch in enumerate(contract.watch):
            if watch.account in wallets:
                continue
            accounts[watch.account][plain(watch.workers or "*")].append(_Claim(contract, position))
    for account, patterns in accounts.items():
        wider = covering(patterns)
        for pattern, claims in patterns.items():
            for others in ([], *(patterns[one] for one in wider.get(pattern, ()))):
                _check_rivals(account, [*claims, *others], written_in, findings)


def check_groups(contracts: Mapping[str, Contract], written_in: Mapping[str, Document], findings: Findings) -> None:
    """A group is judged under its own name, as one sum: no contract has that name, and all mine one algorithm."""
    first: dict[str, Contract] = {}
    for name, contract in contracts.items():
        if contract.group is None:
            continue
        one = first.setdefault(contract.group, contract)
        problem = name_problem(contract.group)
        if contract.group in contracts:
            problem = "is the name of a contract too, write another name"
        elif one.promised.algorithm != contract.promised.algorithm:
            problem = f"holds {one.name} of another algorithm, write another group for each algorithm"
        elif one.basis is not contract.basis:
            problem = f"holds {one.name} of another `basis`, write another group for each"
        if problem is not None:
            findings.add(written_in[name], ("contracts", name, "group"), problem)


def check_algorithms(
    contracts: Mapping[str, Contract],
    accounts: Mapping[str, ConfiguredAccount],
    written_in: Mapping[str, Document],
    findings: Findings,
) -> None:
    """Hashes of one algorithm say nothing about a promise of another."""
    for name, contract in contracts.items():
        own = contract.promised.algorithm
        for position, watch in enumerate(contract.watch):
            account = accounts[watch.account]
            if account.tells(_HASHES) and account.algorithm not in {None, own}:
                problem = (
                    f"counts {account.algorithm}, the promise is of {own}, "
                    f"write `algorithm: {account.algorithm}` in the contract or watch an account that mines {own}"
                )
                findings.add(written_in[name], ("contracts", name, "watch", position), problem)


def _check_rivals(account: str, rivals: list[_Claim], written_in: Mapping[str, Document], findings: Findings) -> None:
    longest: _Claim | None = None
    for claim in sorted(rivals, key=lambda rival: rival.contract.starts):
        if longest is not None and claim.contract.starts < longest.ends and not _together(claim, longest):
            one, other = longest.contract.name, claim.contract.name
            problem = (
                f"claims workers of {account} that another entry of this contract claims too, leave one of them out"
                if one == other
                else f"contracts {one} and {other} both claim these workers of {account} at the same time, "
                "write patterns that tell them apart (`workers:`) or put both into one `group:`"
            )
            findings.add(written_in[other], ("contracts", other, "watch", claim.position), problem)
        if longest is None or claim.ends > longest.ends:
            longest = claim


def _together(one: _Claim, other: _Claim) -> bool:
    group = one.contract.group
    return group is not None and group == other.contract.group and one.contract.name != other.contract.name
