"""The demo: four sellers as one table, and the configuration file of a renter who watches them."""

from base64 import b64encode
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_bytes
from typing import Final

from verifier.simulator.billing import FEE_RATE, THRESHOLD, expected_income
from verifier.simulator.chain import Chain
from verifier.simulator.faces import FACES
from verifier.simulator.truth import Phase, Rig, Seller, World
from verifier.units import HASHES_PER_DIFFICULTY

SEED: Final = 2016
_TERA: Final = 1e12
_AGE: Final = timedelta(days=60)
_TERM: Final = timedelta(days=365)
_SHARES_A_MINUTE: Final = 12
#: What a year of 1 TH/s is sold for, near what it earns.
_USD_PER_TERA: Final = 13.6
_LOCAL: Final = "allow_private: true, pace: 0.05"
_PRICES: Final = {"kraken": "kraken", "coinbase": "coinbase", "mempool_space": "mempool-space/api"}
#: Who wants to write an adapter finds every seller at every face that the contracts of the demo do not watch.
_EVERYWHERE: Final = frozenset(face.name for face in FACES) - {"f2pool", "ckpool", "public-pool"}

#: name, title, promised TH/s, pools, address, parts of the rigs, [(days before today 00:00 UTC, factor), …].
_SELLERS: Final = (
    (
        "honest",
        "Honest Hosting (simulated)",
        500,
        {"f2pool", "ckpool"},
        "bc1qe6l9ff032yu9nhjhsasw0v3y396gtl8kqs3h2f",
        (0.5, 0.3, 0.2),
        ((60.0, 1.005),),
    ),
    (
        "skimming",
        "Skimming Cloud (simulated)",
        400,
        {"f2pool", "public-pool"},
        "bc1qdkaaj59vv6c9hahvpfnma24psh55dmur2m5s95",
        (0.4, 0.35, 0.25),
        ((60.0, 1.0), (12.0, 0.92)),
    ),
    (
        "dark",
        "Dark Nights Mining (simulated)",
        300,
        {"f2pool"},
        "bc1qxqfucceldmjvds42fjypmptug5fkexquuhaggc",
        (0.6, 0.4),
        ((60.0, 1.005), (3 - 9 / 24, 0.0), (3 - 16 / 24, 1.005)),
    ),
    (
        "fixed_payer",
        "Fixed Payer Capital (simulated)",
        450,
        {"f2pool"},
        "bc1qwydn49ew5c59j2a3dm5lnmhnjdmfg8farrpkg3",
        (0.7, 0.3),
        ((60.0, 0.03),),
    ),
)


def demo_world(now: datetime) -> World:
    """The sellers as they are on the day of ``now``; the same world all day long, so that a restart changes nothing."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    sellers = [
        Seller(
            name=name,
            title=title,
            address=address,
            token=f"simulated-token-of-{name}",
            promised=promised * _TERA,
            starts=today - _AGE,
            phases=tuple(Phase(since=today - timedelta(days=days), factor=factor) for days, factor in phases),
            rigs=tuple(Rig(name=f"rig{number:02d}", part=part) for number, part in enumerate(parts, 1)),
            share_difficulty=round(promised * _TERA * phases[0][1] * 60 / _SHARES_A_MINUTE / HASHES_PER_DIFFICULTY),
            pools=frozenset(pools) | _EVERYWHERE,
        )
        for name, title, promised, pools, address, parts, phases in _SELLERS
    ]
    *others, payer = sellers
    fixed = expected_income(payer, Chain(SEED), payer.starts)
    return World(seed=SEED, sellers=[*others, replace(payer, fixed_income=fixed)])


def _accounts(seller: Seller, base_url: str, directory: Path) -> dict[str, str]:
    """The accounts at which a seller can be watched, the first having the history."""
    token = directory / f"{seller.name}.token"
    rows = {
        "f2pool": f'user: {seller.name}, token_file: "{token}"',
        "ckpool": f'address: "{seller.address}"',
        "public-pool": f'address: "{seller.address}"',
    }
    paths = {"f2pool": "f2pool/v2", "ckpool": "ckpool", "public-pool": "public-pool/api"}
    kinds = {pool: pool.replace("-", "_") for pool in paths}
    return {
        f"{seller.name}_{kinds[pool]}": f'{{kind: {kinds[pool]}, url: "{base_url}/{paths[pool]}", {row}, {_LOCAL}}}'
        for pool, row in rows.items()
        if pool in seller.pools
    }


def demo_config(world: World, base_url: str, directory: Path) -> str:
    """The renter's file as YAML; tokens are expected in ``directory``."""
    lines = ["# Written by `verifier simulate`: four simulated sellers, watched at simulated pools.", "accounts:"]
    lines.append(f'  chain: {{kind: esplora, url: "{base_url}/esplora", {_LOCAL}}}')
    lines += [f'  {kind}: {{kind: {kind}, url: "{base_url}/{path}", {_LOCAL}}}' for kind, path in _PRICES.items()]
    for seller in world.sellers:
        lines += [f"  {name}: {row}" for name, row in _accounts(seller, base_url, directory).items()]
    # A renter of one's own writes a mail address here; these messages end in the simulator.
    told = f'webhook: "{base_url}/told", secret_file: "{directory}/demo.secret", allow_private: true'
    lines.append(f"tell: {{demo: {{{told}}}}}")
    lines.append("contracts:")
    for seller in world.sellers:
        watch = ", ".join(f"{{account: {name}}}" for name in _accounts(seller, base_url, directory))
        watch += f', {{wallet: "{seller.address}"}}'
        lines += [
            f"  {seller.name}:",
            f"    seller: {seller.title}",
            f"    promised: {seller.promised / _TERA:g} TH/s",
            f"    starts: {seller.starts:%Y-%m-%dT%H:%M:%SZ}",
            f"    ends: {seller.starts + _TERM:%Y-%m-%dT%H:%M:%SZ}",
            "    tolerance: 5 % a day",
            "    payouts:",
            f"      {{every: 1d, threshold: {THRESHOLD.coins:f} BTC, within: 2d, scheme: fpps, pool_day: UTC,",
            f'      address: "{seller.address}"}}',
            f"    fees: {{pool: {100 * FEE_RATE.normalize():f} %}}",
            f"    price: {seller.promised / _TERA * _USD_PER_TERA:.0f} USD",
            f"    watch: [{watch}]",
        ]
    lines += ["chain: [chain]", f"prices: [{', '.join(_PRICES)}]"]
    return "\n".join(lines) + "\n"


def write_demo(world: World, base_url: str, directory: Path) -> Path:
    """Write ``verifier.yaml`` and the token files (readable by their owner alone) into a directory; gives the file."""
    directory.mkdir(parents=True, exist_ok=True)
    kept = {f"{seller.name}.token": seller.token for seller in world.sellers}
    kept["demo.secret"] = f"whsec_{b64encode(token_bytes(32)).decode()}"
    for name, text in kept.items():
        secret = directory / name
        secret.touch(mode=0o600)
        secret.chmod(0o600)
        secret.write_text(text + "\n")
    config = directory / "verifier.yaml"
    config.write_text(demo_config(world, base_url, directory))
    return config
