"""Who speaks for a contract: the entries of ``watch``, in their long form or as ``{f2pool: renter1}``."""

from dataclasses import dataclass, field
from functools import partial
from typing import Final

from verifier.contract import Independence, Watch
from verifier.observation import EarningClaimed, PayoutReceived, RateSeen, SpendSeen, WorkersSeen, WorkSeen
from verifier.settings.accounts import AccountReader
from verifier.settings.document import Document, Entries, Step
from verifier.settings.findings import Findings, nearest
from verifier.settings.model import ConfiguredAccount
from verifier.settings.shape import WatchShape
from verifier.talk import Source

#: What a source says of the hashrate that was delivered.
DELIVERY: Final = frozenset({WorkSeen, RateSeen, WorkersSeen})
#: What is enough to be watched: an order at a market tells what was charged, and a wallet what arrived.
_SPEAKS: Final = DELIVERY | {PayoutReceived, SpendSeen}
_WALLET: Final = "wallet"


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchReader:
    """Reads ``watch`` against the accounts; short forms add to ``accounts``.

    ``declared`` are all names under ``accounts:``, also those whose faults were told already. ``chain`` are those whose
    blocks count: the first one that can is asked for the receipts of ``{wallet: …}``.
    """

    reader: AccountReader
    accounts: dict[str, ConfiguredAccount]
    declared: frozenset[str]
    findings: Findings
    chain: tuple[str, ...] = ()
    short_forms: dict[tuple[str, str], str | None] = field(default_factory=dict)

    def read(self, document: Document, path: tuple[Step, ...], written: object) -> tuple[Watch, ...]:
        """The entries of one contract's ``watch:`` that are whole; the faults of the others were added."""
        if not isinstance(written, list) or not 0 < len(written) <= 20:
            problem = "`watch` names nobody to ask, write `watch: [{account: …}]` with one to twenty entries"
            self.findings.add(document, path, problem)
            return ()
        watch = (self._witness(document, (*path, position), entry) for position, entry in enumerate(written))
        return tuple(one for one in watch if one is not None)

    def _witness(self, document: Document, path: tuple[Step, ...], written: object) -> Watch | None:
        sources = self.reader.sources
        entry = written if isinstance(written, Entries) else {}
        named = [key for key in entry if key in {"account", _WALLET} or key in sources]
        if len(named) != 1:
            known = [kind for kind, source in sources.items() if _has_short_form(source)]
            kinds = ", ".join(f"`{{{kind}: …}}`" for kind in (*known, _WALLET))
            self.findings.add(document, path, f"names nobody or two to ask, write one of `{{account: …}}`, {kinds}")
            return None
        if (kind := named[0]) != "account":
            name = self._short_form(document, (*path, kind), kind, entry[kind])
            entry = {"account": name or "unreadable", **{key: value for key, value in entry.items() if key != kind}}
        else:
            name = entry["account"]
        shape = self.findings.checked(document, path, WatchShape, entry)
        if shape is None or name is None:
            return None
        if shape.account not in self.accounts:
            if shape.account not in self.declared:
                problem = f"there is no account `{shape.account[:48]}`, {nearest(shape.account, self.declared)}"
                self.findings.add(document, (*path, "account"), problem)
            return None
        configured = self.accounts[shape.account]
        if not configured.tells(_SPEAKS):
            problem = f"{configured.source.title} says nothing about hashrate, write an account at a pool"
            self.findings.add(document, path, problem)
        return Watch(
            account=shape.account,
            workers=None if shape.workers == "*" else shape.workers,
            independence=_independence(configured, shape),
            share_interval=configured.source.share_interval,
            share_difficulty=configured.account.share_difficulty,
            tells_earnings=configured.tells({EarningClaimed}),
        )

    def _wallet(self, document: Document, path: tuple[Step, ...], login: object) -> ConfiguredAccount | None:
        known = [self.accounts[name] for name in self.chain if name in self.accounts]
        explorers = [one for one in known if any(PayoutReceived in asked.sees for asked in one.source.questions)]
        if not explorers:
            problem = "needs an explorer to ask, write `accounts: {explorer: {kind: esplora}}` and `chain: [explorer]`"
            self.findings.add(document, path, problem)
            return None
        return self.reader.wallet(document, path, login, explorers[0])

    def _short_form(self, document: Document, path: tuple[Step, ...], kind: str, login: object) -> str | None:
        if kind != _WALLET and isinstance(login, str) and login in self.declared:
            declared = self.accounts.get(login)
            if declared is not None and declared.source.kind != kind:
                problem = f"the account `{login}` is of kind {declared.source.kind}, write `{{account: {login}}}`"
                self.findings.add(document, path, problem)
                return None
            return login
        key = (kind, str(login))
        if key not in self.short_forms:
            ask = self._wallet if kind == _WALLET else partial(self.reader.implied, kind=kind)
            implied = ask(document, path, login=login)
            self.short_forms[key] = implied.name if implied else None
            if implied is not None and implied.name in (self.accounts.keys() | self.declared):
                problem = f"is a second account called {implied.name}, write it under `accounts:` with another name"
                self.findings.add(document, path, problem)
            elif implied is not None:
                self.accounts[implied.name] = implied
        return self.short_forms[key]


def _has_short_form(source: Source) -> bool:
    delivers = any(question.sees & DELIVERY for question in source.questions)
    fields = source.Account.model_fields
    needed = {name for name, known in fields.items() if known.is_required()} - {"kind", "user", "address"}
    return delivers and not needed and "pool" not in fields and not {"user", "address"}.isdisjoint(fields)


def _independence(configured: ConfiguredAccount, shape: WatchShape) -> Independence:
    whose = configured.account.independence or configured.source.independence
    if shape.opened_by == "seller" and whose not in {"seller_page", "own_note"}:
        return Independence.ARRANGED_BY_SELLER
    return Independence(whose)
