"""``python -m tests.bench.verdict``: the bars of the hashrate verdict, simulated here and now, as one table."""

import argparse
import json
import os
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from tests.bench.verdict import answers, comings, delays, false_alarms, fleets, openings, rules, sequences
from tests.bench.verdict.jobs import FULL, SMALL, Job, Size
from tests.bench.verdict.rows import CLOSE, HOLDS, MISSED, Row

PARTS = {
    "false_alarms": false_alarms.jobs,
    "delays": delays.jobs,
    "comings": comings.jobs,
    "rules": rules.jobs,
    "answers": answers.jobs,
    "sequences": sequences.jobs,
    "openings": openings.jobs,
    "fleets": fleets.jobs,
}


def measured(jobs: Sequence[Job], workers: int | None = None) -> list[Row]:
    """The rows of all jobs in their order, worked out by as many processes as there are cores."""
    with ProcessPoolExecutor(workers or os.cpu_count()) as pool:
        parts = [[pool.submit(job.work, batch) for batch in range(job.batches)] for job in jobs]
        return [
            row for job, found in zip(jobs, parts, strict=True) for row in job.rows([one.result() for one in found])
        ]


def every_job(seed: int, size: Size, only: str = "") -> list[Job]:
    return [job for name, jobs in PARTS.items() if only in name for job in jobs(seed, size)]


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


def table(rows: Sequence[Row], title: str) -> Table:
    """Scenario, measured, bar, limit and result, a line each."""
    result = Table(title=title, box=SIMPLE, padding=(0, 1, 0, 0))
    for head in ("", "scenario", "measured", "bar", "", "ln(A)/I", "ratio", "of", "result"):
        numeric = head in {"measured", "bar", "ln(A)/I", "ratio"}
        result.add_column(head, justify="right" if numeric else "left", no_wrap=True)
    result.add_column()
    for row in rows:
        figures = (_figure(row.measured), _figure(row.bar), row.unit, _figure(row.limit), _figure(row.ratio))
        result.add_row(row.number, row.scenario, *figures, row.size, row.result, row.note)
    return result


def summary(rows: Sequence[Row]) -> Table:
    """Per bar: how many scenarios hold it, and the one that comes closest to it or misses it most."""
    result = Table(title="By bar", box=SIMPLE, padding=(0, 1, 0, 0))
    for head in ("", HOLDS, CLOSE, MISSED, "nearest to its bar"):
        result.add_column(head, justify="right" if head in {HOLDS, CLOSE, MISSED} else "left")
    for number in dict.fromkeys(row.number for row in rows):
        judged = [row for row in rows if row.number == number and row.bar is not None]
        counts = [str(sum(row.result == word for row in judged)) for word in (HOLDS, CLOSE, MISSED)]
        near = max(judged, key=_closeness, default=None)
        said = "" if near is None else f"{near.scenario}: {near.measured:.4g} {near.unit}, bar {near.bar:.4g}"
        result.add_row(number, *counts, said)
    return result


def _closeness(row: Row) -> float:
    """How much of its bar a row uses; a bar of nothing is used up by anything."""
    if row.bar is None:
        return 0.0
    return row.measured / row.bar if row.bar > 0.0 else (0.0 if row.measured == 0.0 else float("inf"))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.verdict", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--size", choices=("small", "full"), default="full")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--only", default="", help="a part of the table: " + ", ".join(PARTS))
    parser.add_argument("--workers", type=int)
    given = parser.parse_args()
    size = {"small": SMALL, "full": FULL}[given.size]
    begun = time.perf_counter()
    rows = measured(every_job(given.seed, size, given.only), given.workers)
    title = f"Bars of the hashrate verdict, seed {given.seed}, {size.name} size, {time.perf_counter() - begun:.0f} s"
    Console(width=240).print(table(rows, title), summary(rows))
    if given.json:
        given.json.write_text(json.dumps([row.plain() for row in rows], indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
