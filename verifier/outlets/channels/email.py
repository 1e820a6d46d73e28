"""Mail through an SMTP server: text and HTML in one message that every attempt sends with the same id."""

import asyncio
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as WIRE_FORMAT
from email.utils import format_datetime, parseaddr
from typing import TYPE_CHECKING, Final, Literal

import aiosmtplib
from aiosmtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException

from verifier.ledger.records import Message
from verifier.outlets.delivery import ChannelKind, Dead, Later, Result, Sent

if TYPE_CHECKING:
    from verifier.wire import Wire

#: Seconds for one step of the conversation, and for all of it.
_STEP: Final = 30.0
_WHOLE: Final = 120.0
#: An address literal: the machine's own name is nobody's business and may need a slow lookup.
_GREETING: Final = "[127.0.0.1]"
_NAME: Final = "Hashrate verifier"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailChannel:
    """Mail to one address through an SMTP server; ``password`` None means no login.

    The server's certificate is always verified: against the system's authorities, or those in ``ca_file`` (PEM) alone.
    """

    name: str
    to: str
    host: str
    port: int
    sender: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: Literal["starttls", "tls", "none"] = "starttls"
    ca_file: str | None = None
    origins: Mapping[str, str] = field(default_factory=dict)


def recipients(channel: EmailChannel) -> tuple[str, ...]:
    """The address that is told."""
    return (channel.to,)


def mail(message: Message, channel: EmailChannel) -> EmailMessage:
    """The mail of a message: the same bytes at every attempt, so that a second copy can be recognised.

    It answers the ids of its problems, which no mail bears: so all mails about one problem are one thread.
    """
    name, sender = parseaddr(channel.sender)
    domain = _ascii(sender.rpartition("@")[2])
    threads = " ".join(f"<{problem}@{domain}>" for problem in message.content["problems"])
    letter = EmailMessage(policy=WIRE_FORMAT)
    letter["From"] = Address(display_name=name or _NAME, addr_spec=sender)
    letter["To"] = ", ".join(_line(recipient) for recipient in message.content["recipients"])
    letter["Subject"] = _line(message.content["subject"])
    letter["Date"] = format_datetime(message.created_at)
    letter["Message-ID"] = f"<{message.id}@{domain}>"
    if threads:
        letter["In-Reply-To"] = letter["References"] = threads
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(message.content["text"])
    letter.add_alternative(message.content["html"], subtype="html")
    letter.set_boundary(f"={message.id}=")
    return letter


def _line(text: str) -> str:
    """A header's value: one line, whatever somebody wrote into a name."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _ascii(domain: str) -> str:
    try:
        return domain.encode("idna").decode()
    except UnicodeError:
        return "invalid"


async def send(message: Message, channel: EmailChannel, wire: "Wire", now: datetime) -> Result:  # noqa: ARG001 (a row's form)
    """One attempt. A recipient that is refused for good (5xx) is dead, all else is tried again.

    Where the connection breaks after the text was handed over but before it was acknowledged, the server may have
    taken it: the next attempt then is a second copy with the same Message-ID.
    """
    accepted = False
    try:
        letter = mail(message, channel)
        async with asyncio.timeout(_WHOLE), _conversation(channel) as server:
            await server.send_message(letter, sender=parseaddr(channel.sender)[1])
            accepted = True
    except SMTPRecipientsRefused as error:
        reason = _said(channel, (f"{one.code} {one.message}" for one in error.recipients))
        return Dead(reason=reason) if all(one.code >= 500 for one in error.recipients) else Later(reason=reason)
    except (SMTPException, OSError, ValueError) as error:
        # A farewell that fails takes nothing back: the text was acknowledged before.
        return Sent() if accepted else Later(reason=_said(channel, [_worded(error)]))
    return Sent()


async def reach(channel: EmailChannel) -> Result:
    """Connect and log in as an attempt does, and leave without a word."""
    try:
        async with asyncio.timeout(_WHOLE), _conversation(channel):
            return Sent()
    except (SMTPException, OSError, ValueError) as error:
        return Later(reason=_said(channel, [_worded(error)]))


def _conversation(channel: EmailChannel) -> aiosmtplib.SMTP:
    context = None if channel.tls == "none" else ssl.create_default_context(cafile=channel.ca_file)
    return aiosmtplib.SMTP(
        hostname=channel.host,
        port=channel.port,
        username=channel.user if channel.password is not None else None,
        password=channel.password,
        local_hostname=_GREETING,
        timeout=_STEP,
        use_tls=channel.tls == "tls",
        start_tls=channel.tls == "starttls",
        tls_context=context,
    )


def _worded(error: Exception) -> str:
    match error:
        case SMTPResponseException():
            return f"{error.code} {error.message}"
        case SMTPException():
            return str(error.message)
        case TimeoutError():
            return "no answer in time"
        case ssl.SSLError():
            return f"no TLS connection: {error.reason or error}"
        case _:
            return str(error) or type(error).__name__


def _said(channel: EmailChannel, parts: Iterable[str]) -> str:
    """What went wrong, in one line and without the password, also where the server says it back."""
    from verifier.wire import redact  # heavy, and needless where a file is only read

    text = _line(f"{channel.host}: {'; '.join(parts)}")
    return redact(text, {"password": channel.password or ""})[:500]


KIND: Final = ChannelKind(kind="email", Settings=EmailChannel, recipients=recipients, send=send, reach=reach)
