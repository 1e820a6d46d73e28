"""How long the loop stands still while 10,000 contracts are scraped, beside the library's own way of rendering."""

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Final

from aiohttp import web
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from tests.bench.far_end import BEGAN, far_end
from tests.bench.poll import config
from tests.stories.watching import watching
from verifier.clock import SteppedClock
from verifier.daemon.installation import SWITCH, look_for_garbage
from verifier.outlets.metric_table import METRICS
from verifier.outlets.metrics import Metrics
from verifier.outlets.picture import Picture

TIMES: Final = 3
_TICK: Final = 0.001
_READ: Final = "import sys, urllib.request; print(len(urllib.request.urlopen(sys.argv[1]).read()))"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrape:
    """Seconds that the loop stood still at most, and that the whole scrape took, of the quietest; ``size`` in bytes."""

    how: str
    contracts: int
    size: int
    stall: float
    whole: float


class _Whole(Collector):
    """All families at once, as the library is usually fed."""

    def __init__(self, picture: Picture) -> None:
        self._picture = picture

    def collect(self) -> Iterable[Family]:
        for metric in METRICS:
            if metric.read is not None:
                family = GaugeMetricFamily(metric.name, metric.help, labels=metric.labels, unit=metric.unit)
                for labels, value in metric.read(self._picture):
                    family.add_metric(labels, value)
                yield family


async def scrape_cost(directory: Path, *, contracts: int) -> list[Scrape]:
    """Scrapes by another process: of our exposition, and of the library's in a thread and in the loop."""
    picture = await _picture(directory, contracts)
    metrics = Metrics(process=False)

    def ours() -> Iterable[bytes]:
        metrics.publish(replace(picture))
        return metrics.parts()[0]

    def library() -> Iterable[bytes]:
        registry = CollectorRegistry()
        registry.register(_Whole(picture))
        return (generate_latest(registry),)

    # As the daemon does when it is ready.
    look_for_garbage()
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH)
    try:
        return [
            await _scraped("ours, in a thread", contracts, ours, threaded=True),
            await _scraped("the library's, in a thread", contracts, library, threaded=True),
            await _scraped("the library's, in the loop", contracts, library, threaded=False),
        ]
    finally:
        sys.setswitchinterval(before)


async def _picture(directory: Path, contracts: int) -> Picture:
    """What a daemon shows of a few contracts, as if there were many of each."""
    clock, path = SteppedClock(BEGAN), directory / "verifier.yaml"
    with far_end() as base:
        path.write_text(config(base, 10))
        async with watching(path, clock) as daemon:
            await daemon.step(clock.now())
            shown = daemon.picture
    assert shown is not None
    views = list(shown.contracts.values())
    named = ((f"c{number}", views[number % len(views)]) for number in range(contracts))
    return replace(
        shown, contracts={name: replace(view, contract=replace(view.contract, name=name)) for name, view in named}
    )


async def _scraped(how: str, contracts: int, render: Callable[[], Iterable[bytes]], *, threaded: bool) -> Scrape:
    async def exposition(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        parts = await asyncio.to_thread(render) if threaded else render()
        await response.prepare(request)
        for part in parts:
            await response.write(part)
        return response

    app = web.Application()
    app.router.add_get("/metrics", exposition)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/metrics"
    found = [await _once(url) for _ in range(TIMES)]
    await runner.cleanup()
    size = found[0][0]
    return Scrape(
        how=how,
        contracts=contracts,
        size=size,
        stall=min(stall for _, stall, _ in found),
        whole=min(whole for _, _, whole in found),
    )


async def _once(url: str) -> tuple[int, float, float]:
    begun = perf_counter()
    client = asyncio.create_task(asyncio.to_thread(_read, url))
    stall, before = 0.0, perf_counter()
    while not client.done():
        await asyncio.sleep(_TICK)
        now = perf_counter()
        stall, before = max(stall, now - before - _TICK), now
    return await client, stall, perf_counter() - begun


def _read(url: str) -> int:
    return int(subprocess.run([sys.executable, "-c", _READ, url], capture_output=True, check=True).stdout)
