"""What a file promises, and nothing of who is asked: for judging a past period without accounts, keys or network."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from verifier.contract import Contract, Independence, Watch
from verifier.settings.contracts import ContractReader
from verifier.settings.document import Document, Entries, Step, read_document
from verifier.settings.findings import Findings
from verifier.settings.shape import AlarmShape, ShowShape
from verifier.talk import Source

_KIND: Final = "kind"


@dataclass(frozen=True, slots=True, kw_only=True)
class LooseWatches:
    """Reads of ``watch`` what says how work becomes shares: workers, difficulty and rhythm of a share, who opened it.

    ``accounts`` are as written; what is not there, or cannot be read, is as if nobody had said it.
    """

    accounts: Mapping[str, Any]
    sources: Mapping[str, Source]

    def read(self, document: Document, path: tuple[Step, ...], written: object) -> tuple[Watch, ...]:
        """The entries that say something; nothing here is a fault."""
        del document, path
        entries = written if isinstance(written, list) else ()
        return tuple(self._watch(entry) for entry in entries if isinstance(entry, Entries))

    def _watch(self, entry: Entries) -> Watch:
        named = entry.get("account")
        account = self.accounts.get(named) if isinstance(named, str) else None
        account = account if isinstance(account, Entries) else Entries()
        kind = next((key for key in entry if key in self.sources), account.get(_KIND))
        source = self.sources.get(kind) if isinstance(kind, str) else None
        workers = entry.get("workers")
        return Watch(
            account=str(named or kind or ""),
            workers=workers if isinstance(workers, str) and workers != "*" else None,
            independence=_independence(entry, account, source),
            share_interval=Watch(account="").share_interval if source is None else source.share_interval,
            share_difficulty=_difficulty(entry.get("share_difficulty", account.get("share_difficulty"))),
        )


def promised(path: Path, sources: Mapping[str, Source]) -> dict[str, Contract]:
    """The contracts of a file, with ``show.time_zone`` and ``alarm`` as the daemon reads them. Raises ConfigError."""
    findings = Findings()
    document = read_document(path)
    findings.tell_form(document)
    if not document.whole:
        findings.settle()
    root = document.root
    shown = findings.checked(document, ("show",), ShowShape, root.get("show", {})) or ShowShape()
    alarm = findings.checked(document, ("alarm",), AlarmShape, root.get("alarm", {})) or AlarmShape()
    written, accounts = root.get("contracts"), root.get("accounts")
    if not isinstance(written, Entries) or not written:
        findings.add(document, ("contracts",), "names no contract, write `contracts: {north: {seller: …}}`")
        findings.settle()
        return {}
    reader = ContractReader(
        watches=LooseWatches(accounts=accounts if isinstance(accounts, Entries) else {}, sources=sources),
        zone=ZoneInfo(shown.time_zone),
        false_alarms_per_year=min(alarm.per_contract_year, 12.0 * alarm.fleet_per_month / max(1, len(written))),
        findings=findings,
    )
    read = {name: reader.read(document, name, entry) for name, entry in written.items()}
    findings.settle()
    return {name: contract for name, contract in read.items() if contract is not None}


def _independence(entry: Entries, account: Entries, source: Source | None) -> Independence:
    if account.get("run_by") == "seller":
        return Independence.SELLER_PAGE
    if entry.get("opened_by") == "seller":
        return Independence.ARRANGED_BY_SELLER
    return Independence.CHOSEN_POOL if source is None else Independence(source.independence)


def _difficulty(written: object) -> float | None:
    try:
        value = float(str(written))
    except ValueError:
        return None
    return value if 0.0 < value < float("inf") else None
