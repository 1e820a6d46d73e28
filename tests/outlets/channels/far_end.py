"""What channels talk to in these tests: a real mail server and a real webhook receiver on loopback."""

import asyncio
import ssl
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Final

from aiohttp import web
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from verifier.outlets.channels import EmailChannel, WebhookChannel

KEY: Final = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwXyZ0123456789abc"
OTHER_KEY: Final = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDqwerty+/AAAABBBB"
PASSWORD: Final = "correct horse/battery+staple"


class Mailbox:
    """Takes mails; ``script`` are the fates of the next ones: an answer, or ``drop`` to break off before answering."""

    def __init__(self, *script: str) -> None:
        self.got: list[bytes] = []
        self.recipients: list[str] = []
        self.logins: list[tuple[str, str]] = []
        self.refusal: str | None = None
        self.script = deque(script)

    @property
    def mails(self) -> list[EmailMessage]:
        return [message_from_bytes(one, policy=policy.default) for one in self.got]

    async def handle_RCPT(  # noqa: N802 (the server's word)
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.refusal is not None:
            return self.refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        self.got.append(envelope.content)
        self.recipients += [str(one) for one in envelope.rcpt_tos]
        fate = self.script.popleft() if self.script else "250 taken"
        if fate == "drop":
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return fate

    def authenticate(self, _server: object, _session: object, _envelope: object, _way: str, data: object) -> AuthResult:
        assert isinstance(data, LoginPassword)
        login = data.login.decode(), data.password.decode()
        self.logins.append(login)
        if login == ("me", PASSWORD):
            return AuthResult(success=True)
        return AuthResult(success=False, handled=False, message=f"535 5.7.8 {login[1]} is wrong")


@asynccontextmanager
async def mail_server(
    mailbox: Mailbox,
    context: ssl.SSLContext | None = None,
    *,
    at_once: bool = False,
    login: bool = False,
    port: int = 0,
) -> AsyncIterator[int]:
    """The port of a server: with a context by STARTTLS, ``at_once`` from the first byte; ``login`` demands one."""

    def conversation() -> SMTP:
        return SMTP(
            mailbox,
            hostname="mail.example.org",
            tls_context=None if at_once else context,
            require_starttls=context is not None and not at_once,
            auth_required=login,
            auth_require_tls=not at_once,
            authenticator=mailbox.authenticate,
            enable_SMTPUTF8=True,
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(conversation, "127.0.0.1", 0, ssl=context if at_once else None)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


class Receiver:
    """Takes webhooks; ``answer`` says what to answer to the n-th request, 0 being the first."""

    def __init__(self, answer: Callable[[int], web.Response] = lambda _: web.Response(status=204)) -> None:
        self.asked: list[tuple[dict[str, str], bytes]] = []
        self.accepted: list[str] = []
        self._answer = answer

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        answer = self._answer(len(self.asked))
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.asked.append((headers, await request.read()))
        if 200 <= answer.status < 300:
            self.accepted.append(headers.get("webhook-id", ""))
        return answer


@asynccontextmanager
async def receiving(receiver: Receiver) -> AsyncIterator[str]:
    """The address of a receiver; its path is a secret."""
    runner = web.ServerRunner(web.Server(receiver), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook/s3cr3t-path"
    finally:
        await runner.cleanup()


def email(port: int, **fields: Any) -> EmailChannel:
    plain = {"name": "me", "to": "me@example.org", "host": "127.0.0.1", "sender": "verifier@example.org", "tls": "none"}
    return EmailChannel(**{**plain, "port": port, **fields})


def webhook(url: str, **fields: Any) -> WebhookChannel:
    return WebhookChannel(**{"name": "desk", "url": url, "secrets": (KEY,), "allow_private": True, **fields})
