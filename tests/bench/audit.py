"""``python -m tests.bench.audit 100``: what judging a past period costs, and so many of them at once."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep
from typing import Final

import numpy as np
from rich.console import Console
from rich.table import Table

BEGAN: Final = datetime(2025, 1, 1, tzinfo=UTC)
YEAR: Final = 105_120
#: CPU seconds of one contract-year; wall seconds of a hundred on two cores; megabytes, and more for each contract.
_CPU: Final = 1.0
_WALL: Final = 60.0
_MEGABYTES: Final = 150.0
_SHARE: Final = 100e12 * 5
_TERMS: Final = "contracts: {any: {seller: bench, promised: 100 TH/s, starts: 2025-01-01, tolerance: 5 %}}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditCost:
    """One run: CPU seconds of all processes, wall seconds, and the most memory at once (proportional set size)."""

    what: str
    contracts: int
    cpu: float
    wall: float
    megabytes: float


def _rows(contracts: int, *, told: bool) -> Iterator[str]:
    moments = [f"{BEGAN + number * timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}" for number in range(YEAR + 1)]
    chance = np.random.default_rng(1)
    yield f"start,end,hashes{',shares' if told else ''},contract\n"
    for number in range(YEAR):
        for name, shares in enumerate(chance.poisson(60.0, contracts).tolist()):
            count = f",{shares}" if told else ""
            yield f"{moments[number]},{moments[number + 1]},{shares * _SHARE:.17g}{count},c{name}\n"


def _memory(process: int) -> float:
    """Megabytes of a process and its children, shared pages shared out."""
    found = 0.0
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii").split()
        for one in (str(process), *children):
            lines = Path(f"/proc/{one}/smaps_rollup").read_text(encoding="ascii").splitlines()
            found += sum(float(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1e3
    except OSError:
        return found
    return found


def audit_cost(what: str, directory: Path, *, contracts: int, told: bool = True) -> AuditCost:
    """Write the rows, audit them in a process of its own, and look at its memory while it works."""
    terms, file = directory / "contract.yaml", directory / "observations.csv"
    terms.write_text(_TERMS, encoding="utf-8")
    with file.open("w", encoding="utf-8") as rows:
        rows.writelines(_rows(contracts, told=told))
    before, begun, most = os.times(), monotonic(), 0.0
    command = [sys.executable, "-m", "verifier", "audit", str(terms), str(file), "--json"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            most = max(most, _memory(process.pid))
            sleep(0.02 if contracts == 1 else 0.2)
    wall, after = monotonic() - begun, os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    file.unlink()
    return AuditCost(what=what, contracts=contracts, cpu=cpu, wall=wall, megabytes=most)


def audit_table(costs: list[AuditCost]) -> Table:
    table = Table(
        title="A past period of 105,120 five-minute rows per contract, judged from CSV, process start included"
    )
    for head in ("rows", "contracts", "CPU s", "wall s", "MB", "bars"):
        table.add_column(head, justify="left" if head == "rows" else "right")
    for one in costs:
        time = one.cpu <= _CPU if one.contracts == 1 else one.wall <= _WALL * one.contracts / 100
        bar = f"≤ {_CPU:.0f} CPU s" if one.contracts == 1 else f"≤ {_WALL * one.contracts / 100:.0f} s"
        space = _MEGABYTES + one.contracts
        held = time and one.megabytes <= space
        table.add_row(
            one.what, f"{one.contracts}", f"{one.cpu:.2f}", f"{one.wall:.2f}", f"{one.megabytes:.0f}",
            f"{bar}, ≤ {space:.0f} MB {'hold' if held else 'missed'}",
        )  # fmt: skip
    return table


def main() -> None:
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    with TemporaryDirectory() as directory:
        costs = [
            audit_cost("shares counted", Path(directory), contracts=1),
            audit_cost("shares hidden", Path(directory), contracts=1, told=False),
            audit_cost("shares counted", Path(directory), contracts=many),
        ]
    Console(width=120).print(audit_table(costs))


if __name__ == "__main__":
    main()
