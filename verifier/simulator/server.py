"""The far end of HTTP: the faces of one world, and the switches that break them."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final

from aiohttp import web
from multidict import CIMultiDict

from verifier.simulator.faces import FACES
from verifier.simulator.faults import ON_THE_WIRE, Fault, Switches, spoiled
from verifier.simulator.page import Asked, Face, Page, Route
from verifier.simulator.truth import World

FAULTS: Final = web.AppKey("faults", Switches)
_ENDING: Final = web.AppKey("ending", asyncio.Event)
_SLOW: Final = web.AppKey("slow", float)

_Door = Callable[[web.Request], Awaitable[web.StreamResponse]]


def make_app(world: World, now: Callable[[], datetime], *, slow: float = 5.0) -> web.Application:
    """One application with all faces below their names; ``slow`` is how many seconds a slow answer takes."""
    app = web.Application()
    app[FAULTS] = Switches(world, tuple(face.name for face in FACES), now)
    app[_ENDING] = asyncio.Event()
    app[_SLOW] = slow
    app.on_shutdown.append(_end)
    app.router.add_get("/_faults", _show)
    app.router.add_post("/_faults", _switch)
    app.router.add_post("/told", _hear)
    for face in FACES:
        for route in face.routes:
            # Only the verb named: to any other one the real servers say that there is no such page.
            app.router.add_route(route.method, f"/{face.name}{route.path}", _door(face, route))
        app.router.add_route("*", f"/{face.name}/{{_tail:.*}}", _door(face, None))
    return app


@asynccontextmanager
async def serving(host: str, port: int, world: World, now: Callable[[], datetime]) -> AsyncIterator[str]:
    """Serve until the block is left; gives the base URL, with the port that was free when ``port`` is 0."""
    runner = web.AppRunner(make_app(world, now), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield f"http://{host}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def serve(host: str, port: int, world: World, now: Callable[[], datetime]) -> None:
    """Serve until cancelled."""
    async with serving(host, port, world, now):
        await asyncio.Event().wait()


async def _end(app: web.Application) -> None:
    app[_ENDING].set()


async def _hear(_request: web.Request) -> web.Response:
    """The renter's webhook: every message is taken, so that the demo has somebody to tell."""
    return web.Response(status=204)


async def _show(request: web.Request) -> web.Response:
    return web.json_response(request.app[FAULTS].states())


async def _switch(request: web.Request) -> web.Response:
    try:
        wish = await request.json()
        request.app[FAULTS].set(str(wish["face"]), str(wish["fault"]))
    except (ValueError, KeyError, TypeError) as fault:
        known = [*Fault, "off"]
        return web.json_response({"error": str(fault), "faults": known}, status=400)
    return await _show(request)


def _door(face: Face, route: Route | None) -> _Door:
    """One route of one face: ask the pure function, then send what the fault leaves of the answer."""

    async def answer(request: web.Request) -> web.StreamResponse:
        switches = request.app[FAULTS]
        fault = switches.of(face.name)
        world, now = switches.view(face.name)
        page = await _page(face, route, request, world, now)
        if fault is not None and fault in ON_THE_WIRE:
            return await _broken(fault, request, page)
        return _response(spoiled(fault, page, now) if fault else page)

    return answer


async def _page(face: Face, route: Route | None, request: web.Request, world: World, now: datetime) -> Page:
    if route is None:
        return face.missing(request.method, request.path.removeprefix(f"/{face.name}"))
    headers = {name.lower(): value for name, value in request.headers.items()}
    body = await request.read()
    asked = Asked(parts=dict(request.match_info), headers=headers, body=body, query=dict(request.query))
    return route.answer(world, asked, now)


def _response(page: Page) -> web.Response:
    headers = CIMultiDict({"Content-Type": page.content_type, **page.headers})
    return web.Response(status=page.status, body=page.body, headers=headers)


async def _pause(request: web.Request, seconds: float | None) -> None:
    try:
        await asyncio.wait_for(request.app[_ENDING].wait(), seconds)
    except TimeoutError:
        return


async def _broken(fault: Fault, request: web.Request, page: Page) -> web.StreamResponse:
    response: web.StreamResponse = _response(page)
    if fault is Fault.SLOW:
        await _pause(request, request.app[_SLOW])
        return response
    if fault is Fault.HANG:
        await _pause(request, None)
    if fault is Fault.TRUNCATED:
        response = web.StreamResponse(status=page.status, headers={"Content-Type": page.content_type})
        response.content_length = len(page.body)
        await response.prepare(request)
        await response.write(page.body[: len(page.body) // 2])
    _close(request, abruptly=fault is Fault.RESET)
    return response


def _close(request: web.Request, *, abruptly: bool) -> None:
    transport = request.transport
    if transport is None:
        return
    if abruptly:
        # Zero linger makes the kernel send RST instead of FIN.
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.close()
