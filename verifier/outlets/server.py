"""The application at its address: opened, and opened again when certificates or what is asked of clients change."""

from typing import Final

from aiohttp import web

from verifier.outlets.access import Access
from verifier.outlets.guard import host_of
from verifier.outlets.web import DOORKEEPER, HOSTS

#: Seconds that requests under way are given when the server stops.
_PATIENCE: Final = 3.0


class Server:
    """Serves one application at ``host:port`` (port 0 takes a free one)."""

    def __init__(self, app: web.Application, listen_address: str = "127.0.0.1:9580") -> None:
        host, _, port = listen_address.rpartition(":")
        self._host, self._port = host.strip("[]"), int(port)
        if known_by := host_of(listen_address):
            app[HOSTS].add(known_by)
        self._doorkeeper = app[DOORKEEPER]
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=_PATIENCE)
        self._site: web.TCPSite | None = None

    @property
    def access(self) -> Access:
        """The web configuration in force."""
        return self._doorkeeper.access

    @property
    def url(self) -> str:
        """Where it is reached, once it is open."""
        scheme = "http" if self._doorkeeper.access.tls is None else "https"
        return f"{scheme}://{f'[{self._host}]' if ':' in self._host else self._host}:{self._port}"

    async def open(self) -> None:
        """Listen. Raises OSError when the address is taken or not ours."""
        await self._runner.setup()
        try:
            await self._listen()
        except OSError:
            await self._runner.cleanup()
            raise

    async def close(self) -> None:
        """Stop listening and finish what is under way."""
        await self._runner.cleanup()

    async def apply(self, access: Access) -> None:
        """Let in whom another web configuration names. Connections that are open stay as they are.

        Raises OSError when its certificates cannot be used any more.
        """
        before = self._doorkeeper.access
        if access.tls != before.tls and access.tls is not None:
            access.tls.context()
        self._doorkeeper.access = access
        if access.tls != before.tls and self._site is not None:
            await self._site.stop()
            await self._listen()

    async def _listen(self) -> None:
        tls = self._doorkeeper.access.tls
        context = None if tls is None else tls.context()
        self._site = web.TCPSite(self._runner, self._host or None, self._port, ssl_context=context)
        await self._site.start()
        self._port = self._runner.addresses[0][1]
