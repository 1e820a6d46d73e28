"""Rows of simulated delivery as files that an audit reads."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

START = datetime(2026, 1, 1, tzinfo=UTC)
SLOT = timedelta(minutes=10)
SHARE = 100e12 * 5
TERMS = """
    seller: Northhash, order 81723
    promised: 100 TH/s
    starts: 2026-01-01
    ends: 2026-07-01
    tolerance: 5 %
    watch: [{account: pool, workers: "north.*"}]
"""


def written(folder: Path, *names: str) -> Path:
    file = folder / "contract.yaml"
    file.write_text("contracts:\n" + "".join(f"  {name}:{TERMS}" for name in names), encoding="utf-8")
    return file


def said(number: float) -> str:
    return f"{START + number * SLOT:%Y-%m-%dT%H:%M:%SZ}"


def counted(level: float, count: int, seed: int = 1, first: int = 0) -> list[str]:
    """Rows ``start,end,hashes,shares``."""
    chance = np.random.default_rng(seed)
    found = chance.poisson(level * 600 * 100e12 / SHARE, count)
    return [
        f"{said(number)},{said(number + 1)},{shares * SHARE:.17g},{shares}"
        for number, shares in enumerate(found.tolist(), start=first)
    ]


def table(folder: Path, header: str, rows: Iterable[str], name: str = "observations.csv") -> Path:
    file = folder / name
    file.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return file


WORK = "start,end,hashes,shares"
RATES = "time,hashrate,window,worker"
