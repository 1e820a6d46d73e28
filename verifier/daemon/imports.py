"""What people bring: statements of pools and sellers as facts of a source of their own, counted until taken back.

Facts are only ever appended. Beside the fact with the rows stands one decision about it in the register, and taking it
back is one more: what the ledger has learned of a digest before that decision counts no longer.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Protocol, Self

from verifier.contract import Independence, Watch
from verifier.daemon.asking import true_of
from verifier.errors import ConfigError, Fault
from verifier.fact import Fact, FactKind
from verifier.settings.model import Settings
from verifier.settings.statement import LARGEST, Statement, read_statement
from verifier.units import Window

#: The subject of all decisions about imports.
REGISTER: Final = "imports"
IMPORTED: Final = "imported"
TAKEN_BACK: Final = "taken_back"
ADAPTER: Final = "statement/1"
#: So many figures of a digest name an import.
SHORTEST: Final = 8
_SELLERS: Final = "__seller"
_LONGEST_NAME: Final = 255


class Register(Protocol):
    """What is read back from the ledger."""

    async def decisions(self, subject: str) -> Sequence[Fact]: ...
    async def facts(self, subjects: Sequence[str] | None, after_id: int = 0, limit: int = 1000) -> Sequence[Fact]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One file that counts; ``account`` is the source whose facts its rows are."""

    digest: str
    contract: str
    account: str
    file: str
    kind: str
    rows: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Imports:
    """All imports that count, by account and digest, and of what was taken back the id of the last such decision."""

    counting: Mapping[tuple[str, str], Import] = field(default_factory=dict)
    taken_back: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def after(self, facts: Iterable[Fact]) -> Self:
        """The same after decisions of the register; all other facts change nothing."""
        counting, taken = dict(self.counting), dict(self.taken_back)
        for fact in registered(facts):
            key = (fact.content["account"], fact.digest)
            if fact.question == TAKEN_BACK:
                counting.pop(key, None)
                taken[key] = fact.id
            else:
                names = ("contract", "account", "file", "kind", "rows")
                parts = {name: fact.content[name] for name in names}
                counting[key] = Import(digest=fact.digest, at=fact.learned_at, **parts)
        return replace(self, counting=counting, taken_back=taken)

    def counts(self, fact: Fact) -> bool:
        """Whether a fact was not taken back."""
        taken_back = self.taken_back.get((fact.subject, fact.digest))
        return taken_back is None or fact.id > taken_back

    def watches(self) -> dict[str, tuple[Watch, ...]]:
        """By contract, the sources that its imports are."""
        found: dict[str, dict[str, Watch]] = {}
        for one in self.counting.values():
            found.setdefault(one.contract, {})[one.account] = _watch(one.account)
        return {contract: tuple(watches.values()) for contract, watches in found.items()}

    def last_at(self) -> dict[str, datetime]:
        """By account, when the last of its imports came."""
        found: dict[str, datetime] = {}
        for one in self.counting.values():
            found[one.account] = max(one.at, found.get(one.account, one.at))
        return found

    def named(self, digest: str) -> Import:
        """The import whose digest begins so. Raises KeyError, for people, when there is none or more than one."""
        found = [one for one in self.counting.values() if one.digest.startswith(digest.lower())]
        if len(digest) < SHORTEST or len(found) != 1:
            raise KeyError(f"{digest} names no import, or more than one; write at least {SHORTEST} of its figures")
        return found[0]


def registered(facts: Iterable[Fact]) -> list[Fact]:
    """The decisions of the register among some facts."""
    return [fact for fact in facts if fact.subject == REGISTER and fact.kind is FactKind.DECISION]


def account_of(contract: str, *, from_seller: bool) -> str:
    """The source that a contract's imports are; no name in the file has two underscores."""
    return f"imported_{contract}{_SELLERS if from_seller else ''}"


def _watch(account: str) -> Watch:
    own = Independence.SELLER_PAGE if account.endswith(_SELLERS) else Independence.OWN_NOTE
    return Watch(account=account, independence=own)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A file that somebody brings; ``file`` is its name."""

    contract: str
    file: str
    content: bytes
    kind: str | None = None
    from_seller: bool = False

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What an offered file adds: facts without ids, none where all its rows were ``known`` already."""

    digest: str
    kind: str
    new: int
    known: int
    facts: tuple[Fact, ...]


def understood(offered: Offered, settings: Settings, now: datetime) -> Statement:
    """What an offered file says. Raises ConfigError with all that is wrong with it."""
    contract = settings.contracts.get(offered.contract)
    if contract is None:
        raise _refused(offered, f"there is no contract `{offered.contract[:48]}`")
    if not offered.file.isprintable() or len(offered.file) > _LONGEST_NAME:
        raise _refused(replace(offered, file="statement.csv"), "the file's name cannot be shown, call it otherwise")
    account = account_of(offered.contract, from_seller=offered.from_seller)
    if account in settings.accounts:
        raise _refused(offered, f"an account of the configuration is called {account}, give that another name")
    if len(offered.content) > LARGEST:
        raise _refused(offered, f"is larger than {LARGEST // 2**20} MiB, import it in parts")
    try:
        text = offered.content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _refused(offered, f"is not UTF-8 at byte {error.start}") from None
    return read_statement(
        text,
        file=offered.file,
        zone=settings.show.zone,
        now=now,
        algorithm=contract.promised.algorithm,
        kind=offered.kind,
    )


async def read_offered(offered: Offered, settings: Settings, register: Register, now: datetime) -> Read:
    """What an offered file adds to what counts already. Raises ConfigError with all that is wrong, LedgerError."""
    statement = understood(offered, settings, now)
    account = account_of(offered.contract, from_seller=offered.from_seller)
    known = await _known(register, account)
    new = tuple(row for row in statement.rows if row not in known)
    content = {
        "contract": offered.contract,
        "account": account,
        "file": offered.file,
        "kind": statement.kind,
        "rows": len(new),
        "sources": list(statement.sources),
    }
    rows = Fact(
        id=0,
        kind=FactKind.OBSERVATION,
        subject=account,
        question=statement.kind,
        true=true_of(new, now),
        learned_at=now,
        digest=offered.digest,
        adapter=ADAPTER,
        observations=new,
    )
    facts = (rows, _decision(IMPORTED, offered.digest, content, now)) if new else ()
    return Read(
        digest=offered.digest, kind=statement.kind, new=len(new), known=len(statement.rows) - len(new), facts=facts
    )


def taking_back(found: Import, now: datetime) -> Fact:
    """The decision, without an id yet, that an import counts no longer."""
    content = {"contract": found.contract, "account": found.account, "file": found.file}
    return _decision(TAKEN_BACK, found.digest, content, now)


async def _known(register: Register, account: str) -> Collection[object]:
    """The rows of an account that count."""
    imports = Imports().after(await register.decisions(REGISTER))
    known: set[object] = set()
    page = await register.facts([account])
    while page:
        for fact in page:
            if imports.counts(fact):
                known.update(fact.observations)
        page = await register.facts([account], after_id=page[-1].id)
    return known


def _decision(question: str, digest: str, content: Mapping[str, object], now: datetime) -> Fact:
    return Fact(
        id=0,
        kind=FactKind.DECISION,
        subject=REGISTER,
        question=question,
        true=Window(start=now, end=now),
        learned_at=now,
        digest=digest,
        content=dict(content),
    )


def _refused(offered: Offered, problem: str) -> ConfigError:
    return ConfigError([Fault(file=offered.file, line=1, path=offered.contract, problem=problem)])
