"""Accounts: what the file says of each login or address, and those that a contract's ``watch`` names in short."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

from verifier.observation import BlockLeft, PayoutReceived, Unread
from verifier.settings import bitcoin
from verifier.settings.addresses import proxy_address, web_address
from verifier.settings.credentials import Found, Note, SecretPlaces
from verifier.settings.document import Document, Entries, Step
from verifier.settings.findings import Findings, nearest
from verifier.settings.model import ConfiguredAccount
from verifier.settings.names import NAME, name_problem
from verifier.settings.quantities import QuantityError
from verifier.talk import Account, Source

#: No login of a pool is this long, every coin's address is.
_SHORTEST_ADDRESS: Final = 26
_BITCOIN: Final = {"format": "bitcoin-address"}
_RECEIPTS: Final = frozenset({PayoutReceived, BlockLeft, Unread})


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountReader:
    """Reads accounts of the kinds in ``sources`` and adds what is wrong to ``findings``.

    ``broken`` says of kinds that other packages promise why they cannot be loaded.
    """

    sources: Mapping[str, Source]
    places: SecretPlaces
    findings: Findings
    broken: Mapping[str, str] = field(default_factory=dict)

    def read(self, document: Document, name: str, written: object) -> ConfiguredAccount | None:
        """One entry of ``accounts:``."""
        path = ("accounts", name)
        if (problem := name_problem(name)) is not None:
            self.findings.add(document, path, problem)
        if not isinstance(written, Entries):
            self.findings.add(document, path, "is not a mapping, write it like `{kind: ckpool, address: …}`")
            return None
        kind = written.get("kind")
        if not isinstance(kind, str) or kind not in self.sources:
            problem = "`kind` is missing" if kind is None else f"`{str(kind)[:40]}` is not a kind that is known"
            said = self.broken.get(str(kind), f"{problem}, {nearest(str(kind), self.sources)}")
            self.findings.add(document, (*path, "kind"), said)
            plain = {"url": "", **{key: value for key, value in written.items() if key in Account.model_fields}}
            self.findings.checked(document, path, Account, {**plain, "kind": ""})
            self._check_plain(document, path, Account, {key: plain[key] for key in written if key in plain})
            return None
        return self._account(document, path, name, self.sources[kind], written)

    def implied(self, document: Document, path: tuple[Step, ...], kind: str, login: object) -> ConfiguredAccount | None:
        """The account behind ``{f2pool: renter1}``: of that name and kind, everything else by default.

        An address cannot be a name, so it is called after its kind and last characters.
        """
        if not isinstance(login, str):
            self.findings.add(document, path, f"is not a login or address, write it like `{{{kind}: …}}`")
            return None
        source = self.sources[kind]
        fields = source.Account.model_fields
        key = "user" if "user" in fields and len(login) < _SHORTEST_ADDRESS else "address"
        if key not in fields:
            problem = "is a kind without login or address, write it under `accounts:` and `{account: …}` here"
            self.findings.add(document, path, problem)
            return None
        ending = re.sub(r"[^a-z0-9]", "", login.lower())[-6:]
        name = login if key == "user" and NAME.fullmatch(login) else f"{kind}_{ending}"
        return self._account(document, path, name, source, {"kind": kind, key: login})

    def wallet(
        self, document: Document, path: tuple[Step, ...], address: object, explorer: ConfiguredAccount
    ) -> ConfiguredAccount | None:
        """The account behind ``{wallet: bc1q…}``: reached like ``explorer``, asked for receipts only."""
        checked = self._address(document, path, address)
        if checked is None:
            return None
        written = {**explorer.account.model_dump(exclude_unset=True), "address": checked}
        account = self.findings.checked(document, path, explorer.source.Account, written)
        if account is None:
            return None
        receipts = tuple(one for one in explorer.source.questions if one.sees <= _RECEIPTS)
        name = f"wallet_{checked.lower()[-6:]}"
        return replace(explorer, name=name, account=account, source=replace(explorer.source, questions=receipts))

    def price(
        self, document: Document, path: tuple[Step, ...], kind: str, currencies: Sequence[str]
    ) -> ConfiguredAccount | None:
        """The account behind a kind's name in ``prices:``, where that kind is at home."""
        account = self._account(document, path, kind, self.sources[kind], {"kind": kind})
        return None if account is None else self.priced(document, path, account, currencies)

    def priced(
        self, document: Document, path: tuple[Step, ...], configured: ConfiguredAccount, currencies: Sequence[str]
    ) -> ConfiguredAccount:
        """A source of prices as it is asked: in these currencies where its account names none."""
        model, written = configured.source.Account, configured.account.model_dump(exclude_unset=True)
        if "currencies" not in model.model_fields or "currencies" in written or not currencies:
            return configured
        account = self.findings.checked(document, path, model, {**written, "currencies": list(currencies)})
        return configured if account is None else replace(configured, account=account)

    def _account(
        self, document: Document, path: tuple[Step, ...], name: str, source: Source, written: Mapping[str, Any]
    ) -> ConfiguredAccount | None:
        wanted = (*source.Account.secrets, *source.Account.optional_secrets)
        files = {secret: f"{secret}_file" for secret in wanted}
        for secret in wanted:
            if secret in written:
                problem = f"the secret itself does not belong in this file, write `{files[secret]}: {name}.{secret}`"
                self.findings.add(document, (*path, secret), problem)
        plain = {key: value for key, value in written.items() if key not in files and key not in files.values()}
        for key, known in source.Account.model_fields.items():
            if known.json_schema_extra == _BITCOIN and key in plain:
                plain[key] = self._address(document, (*path, key), plain[key]) or plain[key]
            elif key == "address" and isinstance(plain.get(key), str) and bitcoin.looks_like_one(plain[key]):
                self._address(document, (*path, key), plain[key])
        account = self.findings.checked(document, path, source.Account, plain, also=files.values())
        self._check_plain(document, path, source.Account, plain)
        found: dict[str, Found] = {}
        under = f"accounts.{name}"
        for secret in wanted:
            note = Note(findings=self.findings, document=document, path=(*path, files[secret]), under=under)
            required = secret in source.Account.secrets and secret not in written
            named = written.get(files[secret])
            one = self.places.find("ACCOUNTS", name, secret, note, named_file=named, required=required)
            if one is not None:
                found[secret] = one
        if account is None:
            return None
        return ConfiguredAccount(
            name=name,
            source=source,
            account=self._with_authority(document, path, account),
            secrets={secret: one.value for secret, one in found.items()},
            origins={secret: one.origin for secret, one in found.items()},
        )

    def _check_plain(
        self, document: Document, path: tuple[Step, ...], model: type[Account], plain: Mapping[str, Any]
    ) -> None:
        """What the models of sources leave open: booleans that are words, addresses that are not safe to ask."""
        for key, known in model.model_fields.items():
            if known.annotation is bool and not isinstance(plain.get(key, False), bool):
                problem = "is neither true nor false, write one of them without quotes"
                self.findings.add(document, (*path, key), problem)
        allow_private = plain.get("allow_private") is True
        for key, check in (("url", partial(web_address, allow_private=allow_private)), ("proxy", proxy_address)):
            try:
                if key in plain and not _own_form(model, key):
                    check(str(plain[key]))
            except QuantityError as error:
                self.findings.add(document, (*path, key), str(error))

    def _address(self, document: Document, path: tuple[Step, ...], written: object) -> str | None:
        """An address whose checksum holds, as it is compared; None after a fault."""
        try:
            return bitcoin.address(written if isinstance(written, str) else "")
        except QuantityError as error:
            self.findings.add(document, path, str(error))
            return None

    def _with_authority(self, document: Document, path: tuple[Step, ...], account: Account) -> Account:
        if account.ca_file is None:
            return account
        file = self.places.beside / account.ca_file
        if not file.is_file():
            problem = f"`{account.ca_file}` is not there, write the path of a PEM file"
            self.findings.add(document, (*path, "ca_file"), problem)
        return account.model_copy(update={"ca_file": str(file)})


def _own_form(model: type[Account], key: str) -> bool:
    """Whether the model of a source says itself how the address looks: ``tls://…`` or ``file:///…``, no web address."""
    return any(getattr(rule, "pattern", None) is not None for rule in model.model_fields[key].metadata)
