"""KanoPool: everything is text; counters of accepted difficulty per worker since the pool's last block; by key.

Shapes: ctubio/ckpool pool/base.php and src/ckdb_cmd.c. One answer, ``ERR nil``, stands for every failure. Here the pool
finds the chain's block each 8 hours, at which the counters begin anew.
"""

from datetime import datetime
from typing import Any, Final

from verifier.simulator.figures import HOUR, Figures, missing, told
from verifier.simulator.page import Asked, Face, Page, Route
from verifier.simulator.truth import World
from verifier.units import HASHES_PER_DIFFICULTY

_EVERY: Final = 48
_NIL: Final = "nil"


def _block(world: World, now: datetime) -> int:
    return world.chain.tip(int(now.timestamp())) // _EVERY * _EVERY


def _account(world: World, figures: Figures, height: int) -> dict[str, Any]:
    return {
        "lastblock": world.chain.time(height),
        "lastblockheight": height,
        "p_hashrate1hr": f"{208e15:.6f}",
        "u_hashrate5m": f"{figures.mean(5).sum():.6f}",
        "u_hashrate1hr": f"{figures.mean(HOUR).sum():.6f}",
    }


def _workers(world: World, figures: Figures, height: int) -> dict[str, Any]:
    done = figures.hashes(world.chain.time(height) // 60, figures.until) / HASHES_PER_DIFFICULTY
    means = {"w_hashrate5m": 5, "w_hashrate1hr": HOUR, "w_hashrate24hr": 24 * HOUR}
    rows: dict[str, Any] = {"rows": len(figures.names)}
    for rig, name in enumerate(figures.names):
        row = {
            "workername": f"{figures.seller.name}.{name}",
            **{mean: f"{figures.mean(minutes)[rig]:.6f}" for mean, minutes in means.items()},
            "w_elapsed": 86_400,
            "w_lastshareacc": figures.last()[rig],
            "w_diffacc": f"{done[rig]:.6f}",
            **dict.fromkeys(("w_diffsta", "w_diffdup", "w_diffhi", "w_diffrej"), "0.000000"),
            "w_instances": int(figures.online()[rig]),
        }
        rows |= {f"{key}:{rig}": value for key, value in row.items()}
    return rows


def index(world: World, asked: Asked, now: datetime) -> Page:
    """``index.php?k=api&username=&api=&json=y``, with ``work=y`` the workers."""
    shown = asked.query.get("username"), asked.query.get("api")
    seller = next((one for one in world.at("kanopool") if (one.name, one.token) == shown), None)
    if seller is None:
        return told(_NIL)
    figures, height = Figures(world, seller, now), _block(world, now)
    tell = _workers if asked.query.get("work") == "y" else _account
    document = {"STAMP": figures.until * 60, **tell(world, figures, height)}
    return told({key: str(value) for key, value in document.items()})


FACE: Final = Face(name="kanopool", routes=(Route(path="/index.php", answer=index),), missing=missing)
