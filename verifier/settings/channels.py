"""Channels: how and to whom changes are told, with their secrets."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from verifier.outlets.channels import Channel, EmailChannel, WebhookChannel
from verifier.outlets.channels.webhook import can_sign
from verifier.settings import alertmanager, quantities
from verifier.settings.addresses import host_and_port, private, web_address
from verifier.settings.credentials import Found, Note, SecretPlaces
from verifier.settings.document import Document, Entries, Step
from verifier.settings.findings import Findings
from verifier.settings.names import name_problem
from verifier.settings.quantities import QuantityError
from verifier.settings.shape import EmailShape, WebhookShape

_KINDS: Final = ("email", "webhook")
_TIMING: Final = "repeat"
_REMIND: Final = timedelta(days=7)
_SMTP_SUBMISSION: Final = 587
_SMTP_OVER_TLS: Final = 465


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelReader:
    """Reads ``tell:`` and adds what is wrong to ``findings``."""

    places: SecretPlaces
    findings: Findings

    def read(self, document: Document, written: object) -> tuple[dict[str, Channel], timedelta | None]:
        """The channels by name, and the time after which an open problem is told again (None: never)."""
        if written is None:
            return {}, _REMIND
        if not isinstance(written, Entries):
            self.findings.add(document, ("tell",), "is not a mapping, write it like `{me: {email: …, smtp: …}}`")
            return {}, None
        pushed = alertmanager.entries(written)
        if ("tell",) in pushed:
            return {}, self._repeat(document, written.get(_TIMING))
        entries = {key: value for key, value in written.items() if key != _TIMING and ("tell", key) not in pushed}
        bare = next((kind for kind in _KINDS if isinstance(entries.get(kind), str)), None)
        named: dict[str, tuple[tuple[Step, ...], object]] = {
            name: (("tell", name), entry) for name, entry in entries.items()
        }
        if bare is not None:
            named = {bare: (("tell",), entries)}
        channels: dict[str, Channel] = {}
        for name, (path, entry) in named.items():
            channel = self._channel(document, path, name, entry)
            if channel is not None:
                channels[name] = channel
        return channels, self._repeat(document, written.get(_TIMING))

    def _repeat(self, document: Document, written: object) -> timedelta | None:
        if written is None or written == "never":
            return _REMIND if written is None else None
        try:
            return quantities.span(str(written))
        except QuantityError as error:
            self.findings.add(document, ("tell", _TIMING), f"{error}, or `never`")
            return None

    def _channel(self, document: Document, path: tuple[Step, ...], name: str, written: object) -> Channel | None:
        if (problem := name_problem(name)) is not None:
            self.findings.add(document, path, problem)
        kinds = [kind for kind in _KINDS if isinstance(written, Mapping) and kind in written]
        if not isinstance(written, Mapping) or len(kinds) != 1:
            problem = "is no channel, write `{email: …, smtp: …}` or `{webhook: …, secret_file: …}`"
            self.findings.add(document, path, problem)
            return None
        secret = "password" if kinds[0] == "email" else "secret"
        if secret in written:
            problem = f"the secret itself does not belong in this file, write `{secret}_file: {name}.{secret}`"
            self.findings.add(document, (*path, secret), problem)
        plain = {key: value for key, value in written.items() if key != secret}
        under = document.locate(path)[0]
        note = Note(findings=self.findings, document=document, path=(*path, f"{secret}_file"), under=under)
        if kinds[0] == "email":
            mail = self.findings.checked(document, path, EmailShape, plain)
            return None if mail is None else self._email(document, path, name, mail, note)
        hook = self.findings.checked(document, path, WebhookShape, plain)
        return None if hook is None else self._webhook(document, path, name, hook, note)

    def _email(
        self, document: Document, path: tuple[Step, ...], name: str, shape: EmailShape, note: Note
    ) -> EmailChannel | None:
        try:
            host, port = host_and_port(shape.smtp, _SMTP_SUBMISSION)
        except QuantityError as error:
            self.findings.add(document, (*path, "smtp"), str(error))
            return None
        told = len(self.findings.faults)
        found = self.places.find("TELL", name, "password", note, named_file=shape.password_file, required=False)
        tls = shape.tls or ("tls" if port == _SMTP_OVER_TLS else "starttls")
        if tls == "none" and found is not None and not private(host):
            problem = "would send the password unencrypted, write `tls: starttls` or `tls: tls`"
            self.findings.add(document, (*path, "tls"), problem)
        # A password that was named and not found is a fault by itself.
        if shape.user is not None and found is None and len(self.findings.faults) == told:
            self.findings.add(document, (*path, "user"), "is a login without a password, write `password_file: …`")
        authority = None if shape.ca_file is None else self.places.beside / shape.ca_file
        if authority is not None and not authority.is_file():
            self.findings.add(
                document, (*path, "ca_file"), f"`{shape.ca_file}` is not there, write the path of a PEM file"
            )
        sender = shape.sender or (shape.user if shape.user is not None and "@" in shape.user else shape.email)
        return EmailChannel(
            name=name,
            to=shape.email,
            host=host,
            port=port,
            sender=sender,
            user=shape.user or (shape.email if found else None),
            password=found.value if found else None,
            tls=tls,
            ca_file=None if authority is None else str(authority),
            origins={"password": found.origin} if found else {},
        )

    def _webhook(
        self, document: Document, path: tuple[Step, ...], name: str, shape: WebhookShape, note: Note
    ) -> WebhookChannel | None:
        try:
            web_address(shape.webhook, allow_private=shape.allow_private)
        except QuantityError as error:
            self.findings.add(document, (*path, "webhook"), str(error))
        found = self.places.find("TELL", name, "secret", note, named_file=shape.secret_file, required=True)
        keys = self._keys(found, note)
        if found is None or not keys:
            return None
        return WebhookChannel(
            name=name,
            url=shape.webhook,
            secrets=keys,
            allow_private=shape.allow_private,
            origins={"secret": found.origin},
        )

    def _keys(self, found: Found | None, note: Note) -> tuple[str, ...]:
        keys = tuple(found.value.split()) if found else ()
        if found is not None and not (1 <= len(keys) <= 2 and all(map(can_sign, keys))):
            note.fault(
                f"the secret from {found.origin} cannot sign, write one made by `echo whsec_$(openssl rand -base64 32)`"
            )
            return ()
        return keys
