"""``python -m tests.bench``: what a poll and a step cost, measured here and now."""

import asyncio
import os
import platform
import shutil
from datetime import timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

import structlog
from rich.console import Console
from rich.table import Table

from tests.bench.audit import AuditCost, audit_cost, audit_table
from tests.bench.money import Money, money_cost
from tests.bench.paint import Paint, paint_cost
from tests.bench.poll import Poll, poll_cost
from tests.bench.restart import Restart, restart_cost
from tests.bench.scrape import Scrape, scrape_cost
from tests.bench.step import Step, step_cost

#: A poll through everything costs at most this many times what the bare client costs (docs/performance.md).
_MOST: Final = 3.0
#: CPU seconds until a program of 1,000 contracts is ready; seconds that a scrape of 10,000 may hold up the loop.
_READY: Final = 2.0
_STALL: Final = 0.020
#: CPU seconds for a year of the coins of twenty contracts.
_YEAR_OF_COINS: Final = 10.0
#: The overview is painted within this many times what the same HTML takes as a static file.
_PAINTED: Final = 1.5
#: Contract-years of one file that are judged at once.
_MANY: Final = 10
_HOUR: Final = timedelta(hours=1)
_YEAR: Final = timedelta(days=365)


def _polls(polls: list[Poll]) -> Table:
    table = Table(title="One poll: asked, read, stored, judged, shown. CPU against the bare client's, same server")
    for head in ("accounts asked in a turn", "ours µs", "bare µs", "least", "median", "bar"):
        table.add_column(head, justify="left" if head == "accounts asked in a turn" else "right")
    for one in polls:
        table.add_row(
            f"{one.accounts}, {'connection per answer' if one.closing else 'connections kept'}",
            f"{min(one.ours) * 1e6:.0f}",
            f"{min(one.bare) * 1e6:.0f}",
            f"{one.least:.2f} ×",
            f"{one.typical:.2f} ×",
            f"≤ {_MOST:.0f} × {'holds' if one.typical <= _MOST else 'missed'}",
        )
    return table


def _steps(steps: list[Step]) -> Table:
    table = Table(title="One step with one new fact (bar: within ± 20 % of the first row)")
    for head in ("behind it", "contracts", "facts", "statements", "CPU µs", "of the first row", "fold µs/fact"):
        table.add_column(head, justify="left" if head == "behind it" else "right")
    first = steps[0]
    for one in steps:
        table.add_row(
            one.what,
            f"{one.contracts:,}",
            f"{one.facts:,}",
            f"{one.statements:.2f}",
            f"{one.seconds * 1e6:.0f}",
            f"{one.seconds / first.seconds:.2f} ×",
            "" if one.fold is None else f"{one.fold * 1e6:.0f}",
        )
    return table


def _restarts(restart: Restart) -> Table:
    table = Table(title="A start, from the first instruction until /-/ready")
    for head in ("contracts", "facts of one of them", "CPU s, least", "most", "bar"):
        table.add_column(head, justify="right")
    least, most = min(restart.seconds), max(restart.seconds)
    verdict = f"≤ {_READY:.0f} s {'holds' if most <= _READY else 'missed'}"
    table.add_row(f"{restart.contracts:,}", f"{restart.facts:,}", f"{least:.2f}", f"{most:.2f}", verdict)
    return table


def _scrapes(scrapes: list[Scrape]) -> Table:
    table = Table(title="/metrics: how long the loop stood still, of the quietest of three scrapes")
    for head in ("rendered", "contracts", "MB", "stall ms", "whole s", "bar"):
        table.add_column(head, justify="left" if head == "rendered" else "right")
    for one in scrapes:
        table.add_row(
            one.how,
            f"{one.contracts:,}",
            f"{one.size / 1e6:.0f}",
            f"{one.stall * 1e3:.0f}",
            f"{one.whole:.1f}",
            f"≤ {_STALL * 1e3:.0f} ms {'holds' if one.stall <= _STALL else 'missed'}",
        )
    return table


def _moneys(money: Money) -> Table:
    table = Table(title="Coins of a year under FPPS with faults, each contract looked at once a day")
    for head in ("contracts", "days", "faults", "facts", "CPU s", "bar"):
        table.add_column(head, justify="right")
    counts = (f"{count:,}" for count in (money.contracts, money.days, money.faults, money.facts))
    verdict = f"≤ {_YEAR_OF_COINS:.0f} s {'holds' if money.seconds <= _YEAR_OF_COINS else 'missed'}"
    table.add_row(*counts, f"{money.seconds:.1f}", verdict)
    return table


def _paints(paint: Paint) -> Table:
    table = Table(title="The overview until it is painted, and the same HTML as a static file, in one browser session")
    for head in ("contracts", "kB", "ours ms", "file ms", "median", "bar"):
        table.add_column(head, justify="right")
    table.add_row(
        f"{paint.contracts}",
        f"{paint.size / 1e3:.0f}",
        f"{median(paint.ours):.0f}",
        f"{median(paint.static):.0f}",
        f"{paint.ratio:.2f} ×",
        f"≤ {_PAINTED} × {'holds' if paint.ratio <= _PAINTED else 'missed'}",
    )
    return table


async def _measured(directory: Path) -> tuple[list[Poll], list[Step], Restart, list[Scrape], Paint | None]:
    def place(name: str) -> Path:
        path = directory / name
        path.mkdir()
        return path

    polls = [
        await poll_cost(accounts, place(f"poll{accounts}{closing}"), closing=closing)
        for closing in (False, True)
        for accounts in (200, 20, 1)
    ]
    rows = (("an hour", 10, _HOUR), ("a year", 10, _YEAR), ("5,000 contracts", 5_000, _HOUR))
    steps = [
        await step_cost(what, place(what.replace(" ", "")), contracts=contracts, history=history)
        for what, contracts, history in rows
    ]
    restart = await restart_cost(place("restart"), contracts=1_000)
    scrapes = await scrape_cost(place("scrape"), contracts=10_000)
    paint = await paint_cost(200, place("paint")) if shutil.which("chromium") else None
    return polls, steps, restart, scrapes, paint


def _audits(directory: Path) -> list[AuditCost]:
    return [
        audit_cost("shares counted", directory, contracts=1),
        audit_cost("shares hidden", directory, contracts=1, told=False),
        audit_cost("shares counted", directory, contracts=_MANY),
    ]


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    with TemporaryDirectory() as directory:
        polls, steps, restart, scrapes, paint = asyncio.run(_measured(Path(directory)))
        audits = _audits(Path(directory))
    console = Console(width=120)
    console.print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}")
    console.print(_polls(polls), _steps(steps), _restarts(restart), _scrapes(scrapes), _moneys(money_cost()))
    console.print(audit_table(audits))
    console.print("The overview's paint needs chromium." if paint is None else _paints(paint))


if __name__ == "__main__":
    main()
