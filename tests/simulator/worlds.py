"""Small worlds for these tests, and how to put a question to a face without HTTP."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from verifier.simulator.faces import FACES
from verifier.simulator.page import Asked, Page
from verifier.simulator.truth import Phase, Rig, Seller, World
from verifier.units import Amount

NOW = datetime(2026, 11, 20, 8, 33, 40, tzinfo=UTC)
STARTS = datetime(2026, 10, 1, tzinfo=UTC)
ADDRESS = "bc1qe6l9ff032yu9nhjhsasw0v3y396gtl8kqs3h2f"
TOKEN = "simulated-token"
TERA = 1e12


def seller(*, fixed_income: Amount | None = None, phases: tuple[Phase, ...] = ()) -> Seller:
    return Seller(
        name="acme",
        title="Acme",
        address=ADDRESS,
        token=TOKEN,
        promised=500 * TERA,
        starts=STARTS,
        phases=phases or (Phase(since=STARTS, factor=1.0),),
        rigs=(Rig(name="rig01", part=0.6), Rig(name="rig02", part=0.4)),
        share_difficulty=582_077,
        pools=frozenset({"ckpool", "public-pool", "f2pool", "ocean"}),
        fixed_income=fixed_income,
    )


def world(*sellers: Seller, seed: int = 7) -> World:
    return World(seed=seed, sellers=sellers or (seller(),))


def dark(hours: float, before: datetime = NOW) -> Seller:
    """A seller who went dark for the last hours before a moment."""
    return seller(
        phases=(Phase(since=STARTS, factor=1.0), Phase(since=before - timedelta(hours=hours), factor=0.0)),
    )


def get(truth: World, face: str, path: str, now: datetime = NOW, **parts: str) -> Page:
    route = next(r for f in FACES if f.name == face for r in f.routes if r.path == path)
    return route.answer(truth, Asked(parts=parts, headers={}), now)


def f2pool(truth: World, path: str, now: datetime = NOW, *, token: str = TOKEN, **body: Any) -> Any:
    route = next(r for f in FACES if f.name == "f2pool" for r in f.routes if r.path == f"/v2/{path}")
    text = json.dumps({"currency": "bitcoin", "mining_user_name": "acme"} | body).encode()
    return json.loads(route.answer(truth, Asked(parts={}, headers={"f2p-api-secret": token}, body=text), now).body)
