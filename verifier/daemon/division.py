"""Whose worker is whose: names that two contracts claim count for neither, and what nobody claims is listed."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType

from verifier.contract import Contract
from verifier.fact import Fact
from verifier.observation import WorkersSeen, WorkSeen


class Division:
    """Divides the worker names of each account among the contracts that watch it, as names become known."""

    def __init__(
        self, contracts: Iterable[Contract], names: Mapping[str, Collection[str]] = MappingProxyType({})
    ) -> None:
        """``names`` are those that are known already, by account."""
        self._watching: dict[str, list[Contract]] = {}
        contracts = tuple(contracts)
        for contract in contracts:
            for account in dict.fromkeys(watch.account for watch in contract.watch):
                self._watching.setdefault(account, []).append(contract)
        #: The accounts whose workers are told apart.
        self.divided = frozenset(watch.account for one in contracts for watch in one.watch if watch.workers)
        self._owners: dict[str, dict[str, tuple[str, ...]]] = {}
        self._excluded: dict[str, frozenset[str]] = {}
        self._nobodys: dict[str, tuple[str, ...]] = {}
        self._claimed_twice: dict[str, tuple[str, ...]] = {}
        for account, known in names.items():
            self._learn(account, frozenset(known))

    def fold(self, facts: Iterable[Fact]) -> None:
        """Learn the names in new facts."""
        for fact in facts:
            if fact.subject in self.divided:
                self._learn(fact.subject, _names(fact))

    def _learn(self, account: str, names: frozenset[str]) -> None:
        """A name is matched against the contracts once."""
        owners = self._owners.setdefault(account, {})
        new = {name: _claims(self._watching.get(account, ()), account, name) for name in names - owners.keys()}
        owners |= new
        nobodys = [name for name, claims in new.items() if not claims]
        twice = [name for name, claims in new.items() if len(claims) > 1]
        if nobodys:
            self._nobodys[account] = tuple(sorted({*self._nobodys.get(account, ()), *nobodys}))
        if twice:
            self._claimed_twice[account] = tuple(sorted({*self._claimed_twice.get(account, ()), *twice}))
        for name in twice:
            for contract in new[name]:
                self._excluded[contract] = self._excluded.get(contract, frozenset()) | {name}

    @property
    def names(self) -> Mapping[str, Collection[str]]:
        """The names known so far, by account."""
        return {account: owners.keys() for account, owners in self._owners.items() if account in self.divided}

    @property
    def excluded(self) -> Mapping[str, frozenset[str]]:
        """By contract, the workers that count for none because another contract claims them too."""
        return self._excluded

    def nobodys(self) -> dict[str, tuple[str, ...]]:
        """By account, the workers that no contract claims."""
        return dict(self._nobodys)

    def claimed_twice(self) -> dict[str, tuple[str, ...]]:
        """By account, the workers that two or more contracts claim."""
        return dict(self._claimed_twice)


def _names(fact: Fact) -> frozenset[str]:
    names: set[str] = set()
    for one in fact.observations:
        if isinstance(one, WorkersSeen):
            names.update(worker.name for worker in one.workers)
        elif isinstance(one, WorkSeen) and one.worker is not None:
            names.add(one.worker)
    return frozenset(names)


def _claims(contracts: Sequence[Contract], account: str, name: str) -> tuple[str, ...]:
    return tuple(
        contract.name
        for contract in contracts
        if any(watch.account == account and watch.speaks_for(name) for watch in contract.watch)
    )
