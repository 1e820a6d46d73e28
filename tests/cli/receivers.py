"""A webhook receiver, and the file that names it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


@dataclass(slots=True)
class Receiver:
    """Answers every delivery with ``status``; ``heard`` are the ids of the messages."""

    status: int = 200
    heard: list[str] = field(default_factory=list)

    async def hear(self, request: web.Request) -> web.Response:
        self.heard.append(request.headers["webhook-id"])
        return web.Response(status=self.status)


@asynccontextmanager
async def receiving(config: Path) -> AsyncIterator[Receiver]:
    """A receiver that the configuration file names as the channel ``ops``; its account finds no pool there."""
    receiver = Receiver()
    application = web.Application()
    application.router.add_post("/hook", receiver.hear)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    _name(config, f"http://127.0.0.1:{runner.addresses[0][1]}")
    try:
        yield receiver
    finally:
        await runner.cleanup()


def _name(config: Path, address: str) -> None:
    secret = config.with_name("hook.secret")
    secret.write_text(SECRET)
    secret.chmod(0o600)
    channel = f'{{webhook: "{address}/hook", secret_file: hook.secret, allow_private: true}}'
    config.write_text(f"{config.read_text().replace('http://pool.invalid', address)}tell: {{ops: {channel}}}\n")
