"""The web server: pages, JSON, metrics and health over the latest picture. Loopback unless told otherwise."""

from asyncio import to_thread
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol, TypeAlias, TypeVar

from aiohttp import web

from verifier.incidents.standing import Transition
from verifier.ledger.records import Hour
from verifier.outlets import api, openapi, pages, rows
from verifier.outlets.access import Access, Doorkeeper
from verifier.outlets.guard import guarding, host_of, protecting
from verifier.outlets.metrics import Metrics
from verifier.outlets.picture import Picture
from verifier.outlets.slots import recent_hours_start

LARGEST_REQUEST: Final = 65_536
#: A file to import is the one thing that may be larger.
LARGEST_FILE: Final = 16 * 2**20
_STATIC: Final = Path(__file__).with_name("static")
HOSTS: Final = web.AppKey("hosts", set[str])
DOORKEEPER: Final = web.AppKey("doorkeeper", Doorkeeper)

View = TypeVar("View")
Hours: TypeAlias = Callable[[str, datetime, datetime], Awaitable[Sequence[Hour]]]
Transitions: TypeAlias = Callable[[str], Awaitable[Sequence[Transition]]]


class Control(Protocol):
    """What a request may make the daemon do."""

    async def reload(self) -> str | None:
        """Apply the file as it is now; None when done, else why the one before stays in force."""

    async def retry(self, message: str) -> str | None:
        """Try a message again at once; None when it will be, else why not."""

    async def bring(self, contract: str, file: str, content: bytes, options: Mapping[str, str]) -> "Outcome":
        """Import a file; what was done, or why it was not."""

    async def take_back(self, digest: str) -> "Outcome":
        """Let an import count no longer; what it was, or why not."""

    async def read_again(self, account: str | None) -> "Outcome":
        """Try kept answers that could not be read or believed again, of one account or all; what came of it."""


#: Whether it was done, and the document that says so.
Outcome: TypeAlias = tuple[bool, api.Document]


def _html(text: str, status: int = 200) -> web.Response:
    return web.Response(text=text, content_type="text/html", status=status)


def _json(document: Mapping[str, Any], status: int = 200) -> web.Response:
    return web.json_response(text=api.text(document), status=status)


def not_ready(picture: Picture | None) -> str | None:
    """Why the program cannot serve results yet; None when it can."""
    if picture is None or picture.daemon.last_step_at is None:
        return "the first turn is not done yet"
    if picture.daemon.ledger_error is not None:
        return f"the memory cannot be written: {picture.daemon.ledger_error}"
    return None


class _Site:
    """The routes, over what they may read. Heavy rendering happens in threads, never in the loop."""

    def __init__(
        self,
        picture: Callable[[], Picture | None],
        hours: Hours,
        transitions: Transitions,
        control: Control,
        metrics: Metrics,
    ) -> None:
        self.picture = picture
        self._hours = hours
        self._transitions = transitions
        self._control = control
        self._metrics = metrics

    async def overview(self, request: web.Request) -> web.Response:
        picture = self.picture()
        if picture is None:
            return _html(pages.waiting())
        result = request.query.get("result")
        page = request.query.get("page", "1")
        if (result is not None and result not in rows.ORDER) or not (page.isascii() and page.isdigit()):
            raise web.HTTPNotFound
        return _html(await to_thread(pages.overview, picture, result=result, page=int(page[:9])))

    async def contract(self, request: web.Request) -> web.Response:
        picture = self.picture()
        if picture is None:
            return _html(pages.waiting())
        view = _named(picture.named(request.match_info["name"]))
        name, now = view.contract.name, picture.at
        hours = await self._hours(name, recent_hours_start(now), now)
        changes = await self._transitions(name)
        return _html(await to_thread(pages.contract, picture, view, hours, changes))

    async def account(self, request: web.Request) -> web.Response:
        picture = self.picture()
        if picture is None:
            return _html(pages.waiting())
        view = _named(picture.accounts.get(request.match_info["name"]))
        return _html(await to_thread(pages.account, picture, view))

    async def contracts_json(self, _: web.Request) -> web.Response:
        return await self._document(api.contracts)

    async def contract_json(self, request: web.Request) -> web.Response:
        picture = self.picture()
        if picture is None:
            return _json({"error": "asking for the first time"}, 503)
        view = picture.named(request.match_info["name"])
        if view is None:
            return _json({"error": "no contract of this name"}, 404)
        changes = await self._transitions(view.contract.name)
        return _json(api.one_contract(picture, view, changes))

    async def series_json(self, request: web.Request) -> web.Response:
        picture = self.picture()
        if picture is None:
            return _json({"error": "asking for the first time"}, 503)
        view = picture.named(request.match_info["name"])
        if view is None:
            return _json({"error": "no contract of this name"}, 404)
        hours = await self._hours(view.contract.name, recent_hours_start(picture.at), picture.at)
        changes = await self._transitions(view.contract.name)
        return _json(await to_thread(api.series, picture, view, hours, changes))

    async def openapi_json(self, _: web.Request) -> web.Response:
        return _json(openapi.document())

    async def accounts_json(self, _: web.Request) -> web.Response:
        return await self._document(api.accounts)

    async def _document(self, make: Callable[[Picture], api.Document]) -> web.Response:
        picture = self.picture()
        if picture is None:
            return _json({"error": "asking for the first time"}, 503)
        return web.json_response(text=await to_thread(lambda: api.text(make(picture))))

    async def exposition(self, request: web.Request) -> web.StreamResponse:
        """Sent piece by piece: tens of megabytes at once would hold up everything else."""
        parts, content_type = await to_thread(self._metrics.parts, request.headers.get("Accept", ""))
        response = web.StreamResponse(headers={"Content-Type": content_type})
        response.content_length = sum(map(len, parts))
        await response.prepare(request)
        for part in parts if request.method != "HEAD" else ():
            await response.write(part)
        return response

    async def healthy(self, _: web.Request) -> web.Response:
        return web.Response(text="alive\n")

    async def ready(self, _: web.Request) -> web.Response:
        reason = not_ready(self.picture())
        return web.Response(text=f"{reason or 'ready'}\n", status=200 if reason is None else 503)

    async def reload(self, _: web.Request) -> web.Response:
        error = await self._control.reload()
        if error is None:
            return web.Response(text="reloaded\n")
        return web.Response(text=f"not applied, the configuration before stays in force:\n{error}\n", status=500)

    async def retry(self, request: web.Request) -> web.Response:
        message = request.match_info["message"]
        error = await self._control.retry(message)
        return _json({"message": message}, 202) if error is None else _json({"error": error}, 409)

    async def bring(self, request: web.Request) -> web.Response:
        asked = request.query
        content = bytearray()
        async for part in request.content.iter_any():
            content += part
            if len(content) > LARGEST_FILE:
                return _json({"error": f"larger than {LARGEST_FILE // 2**20} MiB, import it in parts"}, 413)
        done, document = await self._control.bring(
            asked.get("contract", ""), asked.get("file", "statement.csv"), bytes(content), asked
        )
        return _json(document, 201 if done else 422)

    async def take_back(self, request: web.Request) -> web.Response:
        done, document = await self._control.take_back(request.match_info["digest"])
        return _json(document, 200 if done else 409)

    async def read_again(self, request: web.Request) -> web.Response:
        done, document = await self._control.read_again(request.query.get("account"))
        return _json(document, 200 if done else 409)


def _named(view: View | None) -> View:
    if view is None:
        raise web.HTTPNotFound
    return view


def make_app(
    picture: Callable[[], Picture | None],
    hours: Hours,
    transitions: Transitions,
    control: Control,
    metrics: Metrics,
    access: Access | None = None,
) -> web.Application:
    """The application; it reads pictures and the two series it is given, and never the daemon itself."""
    site, hosts = _Site(picture, hours, transitions, control, metrics), set[str]()
    doorkeeper = Doorkeeper(access)

    def ours() -> frozenset[str]:
        now = picture()
        external = host_of(now.external_url) if now is not None and now.external_url else None
        return frozenset(hosts | ({external} if external else set()))

    app = web.Application(middlewares=[guarding(ours, doorkeeper)], client_max_size=LARGEST_REQUEST)
    app[HOSTS] = hosts
    app[DOORKEEPER] = doorkeeper
    app.on_response_prepare.append(protecting(doorkeeper))
    app.router.add_get("/", site.overview)
    app.router.add_get("/c/{name}", site.contract)
    app.router.add_get("/a/{name}", site.account)
    app.router.add_get("/api/v1/contracts", site.contracts_json)
    app.router.add_get("/api/v1/contracts/{name}", site.contract_json)
    app.router.add_get("/api/v1/contracts/{name}/series", site.series_json)
    app.router.add_get("/api/v1/openapi.json", site.openapi_json)
    app.router.add_get("/api/v1/accounts", site.accounts_json)
    app.router.add_post("/api/v1/messages/{message:[0-9a-f]{1,64}}/retry", site.retry)
    app.router.add_post("/api/v1/imports", site.bring)
    app.router.add_post("/api/v1/imports/{digest:[0-9a-f]{8,64}}/take-back", site.take_back)
    app.router.add_post("/api/v1/readings", site.read_again)
    app.router.add_get("/metrics", site.exposition)
    app.router.add_get("/-/healthy", site.healthy)
    app.router.add_get("/-/ready", site.ready)
    app.router.add_post("/-/reload", site.reload)
    app.router.add_static("/static", _STATIC)
    return app
