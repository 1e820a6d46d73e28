"""How long the overview takes to be painted, against the very same HTML served as a static file."""

from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from aiohttp import web
from playwright.async_api import Page, async_playwright

from tests.outlets import pictures
from tests.outlets.conftest import Reloading, app_of
from verifier.outlets.server import Server

_STATIC: Final = Path(__file__).parents[2] / "verifier" / "outlets" / "static"
_ROUNDS: Final = 15
_PAINTED: Final = """() => new Promise((done) => new PerformanceObserver((list) => {
  const painted = list.getEntries().find((entry) => entry.name === "first-contentful-paint");
  if (painted) done(painted.startTime);
}).observe({ type: "paint", buffered: true }))"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paint:
    """Milliseconds from the request to the first contentful paint, one per round, in turns in one browser session."""

    contracts: int
    size: int
    ours: tuple[float, ...]
    static: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """The median of ours over the median of the file's."""
        return median(self.ours) / median(self.static)


async def paint_cost(contracts: int, directory: Path) -> Paint:
    """Open both pages in turns; the first round warms up and is not counted. Needs Chromium."""
    server = Server(app_of(pictures.thousands(contracts), Reloading()), "127.0.0.1:0")
    await server.open()
    file = directory / "index.html"
    app = web.Application()
    app.router.add_get("/", lambda _: _answered(file))
    app.router.add_static("/static", _STATIC)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    plain = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    try:
        async with async_playwright() as play:
            browser = await play.chromium.launch(
                executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
            )
            page = await browser.new_page(viewport={"width": 1280, "height": 900})
            answer = await page.goto(server.url)
            assert answer is not None
            file.write_bytes(await answer.body())
            rounds = [(await _painted(page, server.url), await _painted(page, plain)) for _ in range(_ROUNDS + 1)][1:]
            await browser.close()
    finally:
        await runner.cleanup()
        await server.close()
    ours, static = zip(*rounds, strict=True)
    return Paint(contracts=contracts, size=file.stat().st_size, ours=ours, static=static)


async def _answered(file: Path) -> web.FileResponse:
    return web.FileResponse(file, headers={"Cache-Control": "no-store"})


async def _painted(page: Page, url: str) -> float:
    await page.goto(url)
    return float(await page.evaluate(_PAINTED))
