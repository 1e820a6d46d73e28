"""What is judged: contracts, groups of contracts whose work cannot be divided, and accounts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from verifier.contract import Contract, together
from verifier.daemon.imports import Imports, registered
from verifier.fact import Fact
from verifier.observation import WorkSeen
from verifier.settings.model import ConfiguredAccount, Settings
from verifier.verdicts.payouts.gathering import sources
from verifier.verdicts.verdict import AccountCase, Case


@dataclass(frozen=True, slots=True, kw_only=True)
class Subjects:
    """``judged`` are contracts and groups by name; ``members`` maps a contract to the group that stands for it.

    ``sums`` are judged besides what they are the sum of. ``rhythms`` is how often each account is asked for work.
    """

    judged: Mapping[str, Contract] = field(default_factory=dict)
    sums: Mapping[str, Contract] = field(default_factory=dict)
    accounts: Mapping[str, AccountCase] = field(default_factory=dict)
    members: Mapping[str, str] = field(default_factory=dict)
    rhythms: Mapping[str, timedelta] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: Settings, imports: Imports | None = None) -> "Subjects":
        """What the settings name, with the sources that ``imports`` add to contracts."""
        added = {} if imports is None else imports.watches()
        contracts = {
            name: replace(contract, watch=(*contract.watch, *added[name])) if name in added else contract
            for name, contract in settings.contracts.items()
        }
        groups: dict[str, list[Contract]] = {}
        for contract in contracts.values():
            if contract.group is not None:
                groups.setdefault(contract.group, []).append(contract)
        alone = {name: contract for name, contract in contracts.items() if contract.group is None}
        summed = {name: together(name, members) for name, members in groups.items()}
        members = {contract.name: name for name, some in groups.items() for contract in some}
        judged = beside({**alone, **summed})
        rhythms = {name: _asked_for_work(configured) for name, configured in settings.accounts.items()}
        return cls(
            judged=judged,
            sums=settings.sums,
            accounts=_accounts(settings, judged),
            members=members,
            rhythms=rhythms,
        )

    @property
    def cases(self) -> tuple[Case, ...]:
        """Everything that is judged."""
        return (*self.judged.values(), *self.sums.values(), *self.accounts.values())

    def concerned(self, facts: Iterable[Fact]) -> set[str]:
        """The contracts and groups whose imports some facts change: they are judged from the beginning."""
        names = {str(fact.content["contract"]) for fact in registered(facts)}
        return {self.members.get(name, name) for name in names} & self.judged.keys()

    def group_of(self, contract: str) -> tuple[str, ...]:
        """All contracts that are judged together with this one, itself among them."""
        group = self.members[contract]
        return tuple(name for name, its in self.members.items() if its == group)


def beside(contracts: Mapping[str, Contract]) -> dict[str, Contract]:
    """Contracts with the accounts of others that are paid to the same wallet: one transaction may settle several.

    What the user notes of a receipt holds for all contracts of its wallet.
    What arrives can be divided only while at most one of those that share an account has no pool of its own that tells
    what it earned.
    """
    whole = {name: sources(contract) for name, contract in contracts.items()}
    sharing: dict[str, list[str]] = {}
    for name, accounts in whole.items():
        for account in accounts:
            sharing.setdefault(account, []).append(name)
    found = {}
    for name, contract in contracts.items():
        others = {other for account in whole[name] for other in sharing[account] if other != name}
        theirs = {account for other in others for account in whole[other]} - whole[name]
        same = [one for one in sorted(others) if _undivided(contract, contracts[one])]
        notes = dict.fromkeys(note for one in sorted(others) for note in contracts[one].receipts)
        found[name] = (
            replace(contract, beside=tuple(sorted(theirs)), paid_with=tuple(same), noted_beside=tuple(notes))
            if theirs or same or notes
            else contract
        )
    return found


def _undivided(one: Contract, other: Contract) -> bool:
    """Whether nobody tells the payouts of either of two contracts of one time apart from those of the other."""
    return _overlap(one, other) and not _told_apart(one, other) and not _told_apart(other, one)


def _told_apart(one: Contract, other: Contract) -> bool:
    """Whether an account of a contract's own tells what it earned."""
    shared = sources(other)
    return any(watch.tells_earnings for watch in one.watch if watch.account in sources(one) - shared)


def _overlap(one: Contract, other: Contract) -> bool:
    return all(a.ends is None or b.starts < a.ends for a, b in ((one, other), (other, one)))


def _asked_for_work(configured: ConfiguredAccount) -> timedelta:
    asked = [question.every for question in configured.questions if WorkSeen in question.sees]
    return min(asked, default=timedelta(hours=1))


def _accounts(settings: Settings, judged: Mapping[str, Contract]) -> dict[str, AccountCase]:
    watching: dict[str, list[str]] = {name: [] for name in settings.accounts}
    for name, contract in judged.items():
        for account in dict.fromkeys(watch.account for watch in contract.watch):
            if account in watching:  # an import is nobody who could be asked
                watching[account].append(name)
    return {
        name: AccountCase(
            name=name,
            kind=configured.source.kind,
            title=configured.source.title,
            rhythms={question.name: question.every for question in configured.questions},
            contracts=tuple(watching[name]),
            address=str(getattr(configured.account, "address", None) or getattr(configured.account, "user", "") or ""),
        )
        for name, configured in settings.accounts.items()
    }
