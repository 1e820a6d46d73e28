"""Reading the configuration: one main file and ``contracts.d/*.yaml`` beside it, all faults at once."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from verifier.contract import Contract
from verifier.observation import SpendSeen
from verifier.settings import alertmanager, summed
from verifier.settings.accounts import AccountReader
from verifier.settings.channels import ChannelReader
from verifier.settings.contracts import ContractReader
from verifier.settings.credentials import SecretPlaces
from verifier.settings.divided import check_algorithms, check_division, check_groups
from verifier.settings.document import Document, Entries, read_document
from verifier.settings.findings import Findings, unknown_key
from verifier.settings.model import Settings, Show
from verifier.settings.receipts import check_notes
from verifier.settings.sections import SectionReader
from verifier.settings.watch import DELIVERY, WatchReader
from verifier.settings.written import contract_text, digest, fleet_text
from verifier.sources import load as known_sources
from verifier.sources import unloadable
from verifier.talk import Source
from verifier.units import COIN_DECIMALS

#: Keys of the main file; files in contracts.d know the first two.
KEYS: Final = (
    "accounts",
    "contracts",
    "tell",
    "show",
    "alarm",
    "together",
    "heartbeat",
    "web",
    "external_url",
    "chain",
    "prices",
    "mining_pools",
    "ledger",
    "ledger_password_file",
)
PART_KEYS: Final = KEYS[:2]


def load(
    path: Path,
    environment: Mapping[str, str],
    credentials: Path | None,
    now: datetime,
    sources: Mapping[str, Source] | None = None,
) -> Settings:
    """Read and check everything that the files say; ``now`` decides about warnings only.

    ``environment`` gives secrets (``VERIFIER_ACCOUNTS__<NAME>__<SECRET>``, ``VERIFIER_TELL__<NAME>__<SECRET>``) and
    ``STATE_DIRECTORY``; ``credentials`` is systemd's $CREDENTIALS_DIRECTORY. Raises ConfigError with every fault.
    """
    findings = Findings()
    documents = _documents(path, findings)
    places = SecretPlaces(environment=environment, credentials=credentials, beside=path.parent)
    sections = SectionReader(document=documents[0], findings=findings, places=places)
    shown, alarm = sections.show(), sections.alarm()

    written_accounts = _collected(documents, "accounts", findings)
    accounts_of = AccountReader(
        sources=known_sources() if sources is None else sources,
        places=places,
        findings=findings,
        broken=unloadable() if sources is None else {},
    )
    read = {name: accounts_of.read(document, name, entry) for name, (document, entry) in written_accounts.items()}
    accounts = {name: account for name, account in read.items() if account is not None}

    chain = sections.chain(accounts, frozenset(written_accounts))

    written_contracts = _collected(documents, "contracts", findings)
    if not written_contracts:
        findings.add(documents[0], ("contracts",), "names no contract, write `contracts: {north: {seller: …}}`")
    contracts_of = ContractReader(
        watches=WatchReader(
            reader=accounts_of,
            accounts=accounts,
            declared=frozenset(written_accounts),
            findings=findings,
            chain=chain,
        ),
        zone=shown.zone,
        false_alarms_per_year=alarm.for_each(len(written_contracts)),
        findings=findings,
    )
    contracts = _contracts(contracts_of, written_contracts)
    written_in = {name: document for name, (document, _) in written_contracts.items()}
    wallets = {name for name, account in accounts.items() if not account.tells(DELIVERY | {SpendSeen})}
    check_division(contracts, written_in, findings, wallets)
    check_groups(contracts, written_in, findings)
    check_algorithms(contracts, accounts, written_in, findings)
    check_notes(contracts, written_in, findings)

    channels, remind_every = ChannelReader(places=places, findings=findings).read(
        documents[0], documents[0].root.get("tell")
    )
    by = summed.read(documents[0], (label for one in contracts.values() for label in one.labels), findings)
    settings = Settings(
        file=path,
        accounts=accounts,
        contracts=contracts,
        channels=channels,
        remind_every=remind_every,
        show=shown,
        web=sections.web(),
        heartbeat=sections.heartbeat(),
        alarm=alarm,
        together=by,
        chain=chain,
        prices=sections.prices(
            accounts_of, accounts, frozenset(written_accounts), _currencies(shown, tuple(contracts.values()))
        ),
        mining_pools=sections.mining_pools(),
        ledger=sections.ledger(),
        state=sections.state(),
        external_url=sections.external_url(),
        digest="",
        contract_digests={},
        alertmanager=alertmanager.read(documents[0], documents[0].root.get("tell"), findings),
    )
    findings.settle()
    settings = _budgeted(settings)
    _warn(settings, documents[0], written_in, findings, now)
    return _with_digests(settings, findings)


def _documents(path: Path, findings: Findings) -> list[Document]:
    """The main file first; one that breaks off ends the reading, since what it would have said is not known."""
    parts = sorted((path.parent / "contracts.d").glob("*.yaml"))
    documents = [read_document(path), *map(read_document, parts)]
    for document in documents:
        findings.tell_form(document)
    if not all(document.whole for document in documents):
        findings.settle()
    for position, document in enumerate(documents):
        known = PART_KEYS if position else KEYS
        for key in document.root.keys() - set(known):
            findings.add(document, (key,), unknown_key(known, key))
    return documents


def _collected(documents: Sequence[Document], section: str, findings: Findings) -> dict[str, tuple[Document, object]]:
    """The entries of a section over all files; one name in two files is a fault."""
    found: dict[str, tuple[Document, object]] = {}
    for document in documents:
        entries = document.root.get(section, Entries())
        if not isinstance(entries, Entries):
            findings.add(document, (section,), "is not a mapping, write a name and a colon for each entry")
            continue
        for name, entry in entries.items():
            if name in found:
                other = found[name][0]
                line = other.locate((section, name))[1]
                findings.add(document, (section, name), f"is also in {other.file}:{line}, write another name")
            else:
                found[name] = (document, entry)
    return found


def _contracts(reader: ContractReader, written: Mapping[str, tuple[Document, object]]) -> dict[str, Contract]:
    read = {name: reader.read(document, name, entry) for name, (document, entry) in written.items()}
    return {name: contract for name, contract in read.items() if contract is not None}


def _budgeted(settings: Settings) -> Settings:
    """With the sums beside the contracts the fleet's budget is divided by more."""
    each = settings.alarm.for_each(len(settings.contracts) + len(settings.sums))
    contracts = {name: replace(one, false_alarms_per_year=each) for name, one in settings.contracts.items()}
    return replace(settings, contracts=contracts)


def _currencies(shown: Show, contracts: Sequence[Contract]) -> tuple[str, ...]:
    """The currencies that sums are shown or written in."""
    prices = (one.price.currency for one in contracts if one.price and one.price.currency not in COIN_DECIMALS)
    return tuple(dict.fromkeys([*_priced_in(shown, contracts), *prices]))


def _priced_in(shown: Show, contracts: Sequence[Contract]) -> tuple[str, ...]:
    """The currencies that coins are valued in: what is shown, and fees; a contract's own price needs no market."""
    fees = (fee.per_terahash_day for one in contracts for fee in one.fees.values() if fee is not None)
    named = dict.fromkeys([shown.currency, *(fee.currency for fee in fees if fee is not None)])
    return tuple(currency for currency in named if currency not in COIN_DECIMALS)


def _warn(
    settings: Settings, main: Document, written_in: Mapping[str, Document], findings: Findings, now: datetime
) -> None:
    """What is allowed but probably not meant."""
    if not settings.channels and settings.alertmanager is None:
        findings.warn(main, ("tell",), "nobody is told when something changes, write `tell: {me: {email: …, smtp: …}}`")
    _warn_of_prices(settings, main, findings)
    watched = {watch.account for contract in settings.contracts.values() for watch in contract.watch}
    for name in settings.accounts.keys() - watched - {*settings.chain, *settings.prices}:
        findings.warn(main, ("accounts", name), "is asked for nothing, name it in a contract's `watch` or remove it")
    for contract in settings.contracts.values():
        if contract.ends is not None and contract.ends <= now:
            path = ("contracts", contract.name)
            findings.warn(written_in[contract.name], path, "has ended, its result is kept and nothing more is asked")


def _warn_of_prices(settings: Settings, main: Document, findings: Findings) -> None:
    """A price counts when more than half of the sources tell it; which currencies an account has is known here."""
    asked = [getattr(settings.accounts[name].account, "currencies", ()) for name in settings.prices]
    for currency in _priced_in(settings.show, tuple(settings.contracts.values())) if asked else ():
        tell = sum(currency in currencies for currencies in asked)
        if 2 * tell <= len(asked):
            problem = (
                f"{tell or 'none'} of {len(asked)} is asked for {currency}, and more than half have to tell it, "
                f"write {currency} into the `currencies` of those accounts or leave `currencies` out there"
            )
            findings.warn(main, ("prices",), problem)


def _with_digests(settings: Settings, findings: Findings) -> Settings:
    digests = {name: digest(contract_text(contract)) for name, contract in settings.contracts.items()}
    return replace(
        settings,
        digest=digest({**fleet_text(settings), "contracts": digests}),
        contract_digests=digests,
        warnings=tuple(sorted(set(findings.warnings))),
    )
