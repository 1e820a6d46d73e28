"""Mail against a real SMTP server on loopback."""

import ssl
from dataclasses import replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from tests.outlets.channels.far_end import PASSWORD, Mailbox, email, mail_server
from verifier.ledger.records import Message
from verifier.outlets.channels.email import mail, send
from verifier.outlets.delivery import Dead, Later, Sent
from verifier.wire import Wire


async def test_a_mail_goes_encrypted_and_logged_in_to_a_server_of_a_private_authority(
    message: Message, wire: Wire, now: datetime, tls: ssl.SSLContext, authority: Path
) -> None:
    mailbox = Mailbox()
    async with mail_server(mailbox, tls, login=True) as port:
        channel = email(port, tls="starttls", user="me", password=PASSWORD, ca_file=str(authority))
        assert await send(message, channel, wire, now) == Sent()
    assert mailbox.logins == [("me", PASSWORD)]
    assert mailbox.recipients == ["me@example.org"]
    mail = mailbox.mails[0]
    text, html = mail.get_body(["plain"]), mail.get_body(["html"])
    assert text is not None
    assert html is not None
    assert text.get_content().replace("\r\n", "\n") == message.content["text"]
    assert html.get_content().replace("\r\n", "\n") == message.content["html"]


async def test_encryption_from_the_first_byte(
    message: Message, wire: Wire, now: datetime, tls: ssl.SSLContext, authority: Path
) -> None:
    mailbox = Mailbox()
    async with mail_server(mailbox, tls, at_once=True) as port:
        assert await send(message, email(port, tls="tls", ca_file=str(authority)), wire, now) == Sent()
    assert len(mailbox.got) == 1


@pytest.mark.parametrize("way", ["starttls", "tls"])
async def test_an_unknown_authority_gets_neither_mail_nor_password(
    way: str, message: Message, wire: Wire, now: datetime, tls: ssl.SSLContext
) -> None:
    mailbox = Mailbox()
    async with mail_server(mailbox, tls, at_once=way == "tls") as port:
        result = await send(message, email(port, tls=way, user="me", password=PASSWORD), wire, now)
    assert isinstance(result, Later)
    assert "certificate" in result.reason.lower()
    assert (mailbox.got, mailbox.logins) == ([], [])


async def test_a_server_without_encryption_gets_no_password(message: Message, wire: Wire, now: datetime) -> None:
    mailbox = Mailbox()
    async with mail_server(mailbox) as port:
        result = await send(message, email(port, tls="starttls", user="me", password=PASSWORD), wire, now)
    assert isinstance(result, Later)
    assert (mailbox.got, mailbox.logins) == ([], [])


async def test_a_password_that_is_said_back_is_hidden(
    message: Message, wire: Wire, now: datetime, tls: ssl.SSLContext, authority: Path
) -> None:
    async with mail_server(Mailbox(), tls, login=True) as port:
        channel = email(port, tls="starttls", user="me", password="hunter2hunter2", ca_file=str(authority))
        result = await send(message, channel, wire, now)
    assert isinstance(result, Later)
    assert "535" in result.reason
    assert "hunter2" not in result.reason
    assert "hunter2" not in repr(channel)


async def test_a_recipient_refused_for_good_is_dead_and_one_refused_for_now_is_not(
    message: Message, wire: Wire, now: datetime
) -> None:
    mailbox = Mailbox()
    async with mail_server(mailbox) as port:
        mailbox.refusal = "550 5.1.1 no such person"
        refused = await send(message, email(port), wire, now)
        mailbox.refusal = "450 4.2.0 greylisted"
        postponed = await send(message, email(port), wire, now)
    assert refused == Dead(reason="127.0.0.1: 550 5.1.1 no such person")
    assert postponed == Later(reason="127.0.0.1: 450 4.2.0 greylisted")


async def test_a_text_that_is_refused_is_tried_again(message: Message, wire: Wire, now: datetime) -> None:
    async with mail_server(Mailbox("554 5.7.1 looks like spam")) as port:
        assert await send(message, email(port), wire, now) == Later(reason="127.0.0.1: 554 5.7.1 looks like spam")


async def test_a_connection_dropped_before_the_answer_is_tried_again_as_the_same_mail(
    message: Message, wire: Wire, now: datetime
) -> None:
    mailbox = Mailbox("drop")
    async with mail_server(mailbox) as port:
        assert isinstance(await send(message, email(port), wire, now), Later)
        assert await send(message, email(port), wire, now) == Sent()
    first, second = mailbox.got
    assert first == second
    assert mailbox.mails[0]["Message-ID"] == "<0123456789abcdef@example.org>"


async def test_nobody_listening_is_tried_again(message: Message, wire: Wire, now: datetime) -> None:
    async with mail_server(Mailbox()) as port:
        pass
    result = await send(message, email(port), wire, now)
    assert isinstance(result, Later)
    assert result.reason.startswith("127.0.0.1: ")


async def test_an_authority_file_that_is_gone_is_tried_again(message: Message, wire: Wire, now: datetime) -> None:
    assert isinstance(await send(message, email(1, tls="tls", ca_file="gone.pem"), wire, now), Later)


async def test_a_mail_says_that_it_is_automatic_and_which_problem_it_is_about(message: Message, now: datetime) -> None:
    letter = mail(message, email(25))
    problem = message.content["problems"][0]
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["References"] == letter["In-Reply-To"] == f"<{problem}@example.org>"
    assert parsedate_to_datetime(letter["Date"]) == now.replace(microsecond=0)
    assert letter["From"] == "Hashrate verifier <verifier@example.org>"


async def test_a_message_about_no_problem_belongs_to_no_thread(message: Message) -> None:
    letter = mail(replace(message, content={**message.content, "problems": []}), email(25))
    assert letter["References"] is None


@pytest.mark.parametrize(
    "subject",
    ["one\r\nBcc: thief@example.org", "two\nlines", "tab\tand\x00null", "\u2028line \u2029 marks", "ünï 100 % 矿"],
)
async def test_no_name_becomes_a_header(subject: str, message: Message, wire: Wire, now: datetime) -> None:
    mailbox = Mailbox()
    named = replace(message, content={**message.content, "subject": subject})
    async with mail_server(mailbox) as port:
        assert await send(named, email(port), wire, now) == Sent()
    mail = mailbox.mails[0]
    assert mail["Bcc"] is None
    assert mail["Subject"] == " ".join(subject.replace("\x00", " ").split())
    assert mailbox.recipients == ["me@example.org"]


async def test_a_sender_may_have_a_name_and_a_domain_of_any_script(message: Message, wire: Wire, now: datetime) -> None:
    mailbox = Mailbox()
    async with mail_server(mailbox) as port:
        channel = email(port, sender="Wächter <verifier@bücher.example>")
        assert await send(message, channel, wire, now) == Sent()
    assert mailbox.mails[0]["Message-ID"] == "<0123456789abcdef@xn--bcher-kva.example>"
    assert mail(message, email(25, sender=f"a@{'x' * 70}.example"))["Message-ID"] == "<0123456789abcdef@invalid>"
