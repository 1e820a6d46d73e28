"""The contract as read, kept as dated decisions: what was promised when, and edits that would rewrite history."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, Protocol, TypeAlias

from pydantic import TypeAdapter

from verifier.contract import Contract
from verifier.errors import ConfigError, Fault
from verifier.fact import Fact, FactKind
from verifier.incidents.memory import load_standing
from verifier.incidents.standing import Standing
from verifier.ledger.records import StoredStanding
from verifier.settings.amendments import undated_changes
from verifier.settings.document import read_document
from verifier.settings.model import Settings
from verifier.settings.written import contract_text, digest
from verifier.units import Window

_CONTRACT: Final = TypeAdapter(Contract)
QUESTION: Final = "contract"
_GROUPED: Final = (
    "changes with whom the contract was judged together already, write it back as it was ({back}), "
    "or give the contract another name"
)


#: The standing of a subject, None for one that was never judged.
Judged: TypeAlias = Callable[[str], Standing | None]


class Decisions(Protocol):
    """What is read back from the ledger."""

    async def latest_decisions(self, subjects: Sequence[str], question: str) -> dict[str, Fact]: ...


async def contracts_as_read(ledger: Decisions, names: Iterable[str]) -> dict[str, Contract]:
    """By name, the contract that was decided last."""
    decided = await ledger.latest_decisions(tuple(names), QUESTION)
    return {name: _CONTRACT.validate_python(fact.content["contract"]) for name, fact in decided.items()}


def stored_standing(stored: Mapping[str, StoredStanding]) -> Judged:
    """Where the judging of a subject ended, as the ledger has it."""
    return lambda subject: load_standing(subject, stored[subject].state)[0] if subject in stored else None


def refuse_rewriting(settings: Settings, before: Mapping[str, Contract], judged: Judged) -> None:
    """Raise ConfigError when an undated change reaches into time that was judged already, alone or as a group."""
    faults = _rewritten(settings, before, judged)
    if faults:
        raise ConfigError([fault for some in faults.values() for fault in some])


def startable(settings: Settings, before: Mapping[str, Contract], judged: Judged) -> tuple[Settings, str | None]:
    """What a start goes on with: a contract that is refused stays as it was decided last, and why, None for nothing.

    An edit must not leave a contract unwatched. Raises ConfigError when that one cannot be watched by this file.
    """
    faults = _rewritten(settings, before, judged)
    if not faults:
        return settings, None
    refused = ConfigError([fault for some in faults.values() for fault in some])
    budgets = {name: settings.contracts[name].false_alarms_per_year for name in faults}
    back = {name: replace(before[name], false_alarms_per_year=budget) for name, budget in budgets.items()}
    accounts = {watch.account for contract in back.values() for watch in contract.watch}
    if accounts - settings.accounts.keys() or any(one.group in settings.contracts for one in back.values()):
        raise refused
    digests = {name: digest(contract_text(contract)) for name, contract in back.items()}
    kept = replace(
        settings,
        contracts={**settings.contracts, **back},
        contract_digests={**settings.contract_digests, **digests},
    )
    return kept, f"{refused}\nuntil this is mended, watched as it was read last: {', '.join(back)}"


def _rewritten(settings: Settings, before: Mapping[str, Contract], judged: Judged) -> dict[str, list[Fault]]:
    """The faults of each contract whose change would judge the past anew."""
    found = {}
    for name, contract in settings.contracts.items():
        old = before.get(name, contract)
        if old == contract:
            continue
        standing = judged(old.group or name)
        until = standing.evidence.position if standing is not None and standing.evidence is not None else None
        if until is None:
            continue
        changes = undated_changes(old, contract, until)
        if old.group != contract.group and until > old.starts:
            changes.append(f"contracts.{name}.group: {_GROUPED.format(back=old.group or 'not at all')}")
        if changes:
            found[name] = [_fault(settings, *change.split(": ", 1)) for change in changes]
    return found


def refuse_moving(before: Settings, after: Settings) -> None:
    """Raise ConfigError for what a running program cannot change: where it remembers and where it serves."""
    moved = {
        "ledger": (before.ledger, after.ledger),
        "web.listen": (before.web.address, after.web.address),
    }
    faults = [
        _fault(after, path, f"cannot change while the program runs, restart it, or write back `{old}`")
        for path, (old, new) in moved.items()
        if old != new
    ]
    if faults:
        raise ConfigError(faults)


def _fault(settings: Settings, path: str, problem: str) -> Fault:
    """A fault at the line where it is written now; the files are read again only for this."""
    files = (settings.file, *sorted((settings.file.parent / "contracts.d").glob("*.yaml")))
    found = [read_document(file).fault(path.split("."), problem) for file in files]
    # The file that knows most of the path has the contract in it.
    return replace(max(found, key=lambda fault: (path.startswith(fault.path), len(fault.path))), path=path)


def new_decisions(settings: Settings, before: Mapping[str, Contract], now: datetime) -> list[Fact]:
    """A decision, without an id yet, for each contract that is new or differs from before, be it in its budget."""
    return [
        decision(contract, settings.contract_digests[name], 0, now)
        for name, contract in settings.contracts.items()
        if before.get(name) != contract
    ]


def decision(contract: Contract, digest_read: str, fact_id: int, now: datetime) -> Fact:
    """The fact that a contract was read from the file, in force from now on."""
    return Fact(
        id=fact_id,
        kind=FactKind.DECISION,
        subject=contract.name,
        question=QUESTION,
        true=Window(start=now, end=now),
        learned_at=now,
        digest=digest_read,
        content={"contract": _CONTRACT.dump_python(contract, mode="json")},
    )
