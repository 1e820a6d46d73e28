"""What a renter runs himself: the bridge for Kaspa, a proxy of the SRI for Stratum V2, and DATUM Gateway; no key.

Shapes: the bridge's metrics in the text format of Prometheus, counted in 10^9 hashes (share_handler.go); the monitoring
interface of the SRI's applications; the page for Umbrel of OCEAN-xyz/datum_gateway. Each has the first seller alone.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from verifier.simulator.figures import Figures, missing, told
from verifier.simulator.page import Asked, Face, Page, Route
from verifier.simulator.truth import World
from verifier.units import HASHES_PER_DIFFICULTY

_GIGA: Final = 1e9
_CLIENT: Final = 3
_SIZES: Final = ((1e15, "Ph/s"), (1e12, "Th/s"))


def _of_first(face: str, tell: Callable[[Figures], Page]) -> Callable[[World, Asked, datetime], Page]:
    return lambda world, _asked, now: tell(Figures(world, world.at(face)[0], now))


def _metrics(figures: Figures) -> Page:
    name = "ks_valid_share_diff_counter"
    lines = [f"# HELP {name} Total difficulty of shares found by worker over time", f"# TYPE {name} counter"]
    for rig, hashes in zip(figures.names, figures.counted(), strict=True):
        lines.append(f'{name}{{ip="192.0.2.11",wallet="kaspa:qsimulated",worker="{rig}"}} {hashes / _GIGA!r}')
    lines.append(f"process_start_time_seconds {figures.seller.starts.timestamp():.2f}")
    return Page(text="\n".join(lines) + "\n", content_type="text/plain; version=0.0.4; charset=utf-8")


def _clients(_figures: Figures) -> Page:
    return told({"offset": 0, "limit": 100, "total": 1, "items": [{"client_id": _CLIENT, "client_kind": "miner"}]})


def _channels(figures: Figures) -> Page:
    channels: list[dict[str, Any]] = [
        {
            "channel_id": number,
            "user_identity": f"{figures.seller.address}.{rig}",
            "shares_accepted": hashes // figures.seller.hashes_per_share,
            "share_work_sum": hashes / HASHES_PER_DIFFICULTY,
        }
        for number, (rig, hashes) in enumerate(zip(figures.names, figures.counted(), strict=True), 1)
    ]
    counts = {"total_extended": len(channels), "total_standard": 0}
    return told({"client_id": _CLIENT, **counts, "extended_channels": channels, "standard_channels": []})


def _umbrel(figures: Figures) -> Page:
    rate = float(figures.mean(1).sum())
    size, unit = next((one for one in _SIZES if rate >= one[0]), _SIZES[-1])
    items = [
        {"title": "Connections", "text": str(sum(figures.online())), "subtext": "Worker"},
        {"title": "Hashrate", "text": f"{rate / size:.2f}", "subtext": unit},
    ]
    return told({"type": "three-stats", "refresh": "30s", "link": "", "items": items})


_PAGES: Final[Mapping[str, Mapping[str, Callable[[Figures], Page]]]] = {
    "kaspa-stratum-bridge": {"/metrics": _metrics},
    "sv2-applications": {"/api/v1/clients": _clients, f"/api/v1/clients/{_CLIENT}/channels": _channels},
    "datum-gateway": {"/umbrel-api": _umbrel},
}
FACES: Final = tuple(
    Face(
        name=name,
        routes=tuple(Route(path=path, answer=_of_first(name, tell)) for path, tell in pages.items()),
        missing=missing,
    )
    for name, pages in _PAGES.items()
)
