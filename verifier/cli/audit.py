"""``verifier audit``: a past period judged from a file, without daemon, ledger or network."""

import gc
import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from verifier.cli.flags import AsJson
from verifier.cli.output import Exit, complain, say, say_json, say_table, stop

if TYPE_CHECKING:
    from datetime import datetime

    from verifier.cli.audit_fleet import Told
    from verifier.cli.audit_table import Table

_HOUR: Final = 3600.0
#: Rows told one by one; the others are told as so many of each reason, of so many reasons.
_TOLD_ALONE: Final = 20
_REASONS: Final = 8
#: What differs from row to row in what is wrong with it: the hint, a cell, another line's number.
_HINT: Final = re.compile(r", (?:write|sort) .*", re.DOTALL)
_CELL: Final = re.compile(r"(?<=: )`[^`]*`|(?<=contract )`[^`]*`|(?<=line )\d+")


def audit(
    contract: Annotated[
        Path, typer.Argument(metavar="CONTRACT.yaml", help="A configuration file; accounts and `watch` may be missing.")
    ],
    observations: Annotated[
        Path,
        typer.Argument(
            metavar="OBSERVATIONS.csv",
            exists=True,
            dir_okay=False,
            help="With a header, start,end,hashes[,shares] or time,hashrate,window; docs/cli.md has every column.",
        ),
    ],
    as_json: AsJson = False,
    *,
    strict: Annotated[bool, typer.Option("--strict", help="Stop at the first row that cannot be read.")] = False,
    chart: Annotated[bool, typer.Option("--chart", help="Draw delivery and evidence over time.")] = False,
    plain: Annotated[bool, typer.Option("--plain", help="Draw with ASCII characters only.")] = False,
) -> None:
    """Judge a past period from a file of counted work or of averages; asks nobody, remembers nothing."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # columns this short gain nothing from threads
    gc.disable()  # nothing here is a cycle, and all of it is over in a moment
    try:
        _judge(contract, observations, as_json=as_json, strict=strict, chart=chart, plain=plain)
    finally:
        gc.enable()


def _judge(contract: Path, observations: Path, *, as_json: bool, strict: bool, chart: bool, plain: bool) -> None:
    from verifier.cli.audit_fleet import judged
    from verifier.cli.audit_table import SMALL, Table
    from verifier.clock import SystemClock
    from verifier.settings.promised import promised
    from verifier.sources import SOURCES

    contracts = promised(contract, SOURCES)
    wrong, more = 0, Counter[str]()

    def refuse(line: int, problem: str) -> None:
        nonlocal wrong
        wrong += 1
        text = f"{observations}:{line}: {problem}"
        if strict:
            stop(text, Exit.FAILED)
        if wrong <= _TOLD_ALONE:
            complain(text)
        else:
            more[_reason(problem)] += 1

    now = SystemClock().now()
    table = Table(path=observations, known=contracts, now=now.timestamp(), refuse=refuse)
    small = observations.stat().st_size < SMALL  # nothing else is started for it, and no bar is drawn
    with _bar(table, shown=not small and sys.stderr.isatty()) as seen:
        found = judged(
            table,
            contracts,
            every=_HOUR if chart else None,
            processes=1 if small else len(os.sched_getaffinity(0)),
            seen=seen,
        )
    for line, problem in sorted(fault for _, told in found for fault in told.faults):
        refuse(line, problem)
    if as_json:
        say_json([_document(name, told) for name, told in found])
    else:
        _tell(found)
    if chart:
        from verifier.cli.chart import drawing

        for name, told in found:
            say(f"\n{name}")
            say(drawing(told.audited, plain=plain))
    if more:
        counts = [f"{reason} ({count:,})" for reason, count in more.most_common(_REASONS)]
        others = "; and others" if len(more) > _REASONS else ""
        complain(f"… and {more.total():,} more: {'; '.join(counts)}{others}")
    if wrong:
        complain(f"{wrong} row{'s' if wrong > 1 else ''} could not be read and did not count")
        raise SystemExit(int(Exit.FAILED))


def _reason(problem: str) -> str:
    """What is wrong with a row as it may be wrong with many: without the very cells."""
    return _CELL.sub("…", _HINT.sub("", problem))


@contextmanager
def _bar(table: "Table", *, shown: bool) -> "Iterator[Callable[[], None]]":
    """How far the file was read, for people who wait for it."""
    if not shown:
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("rows read and judged", total=table.path.stat().st_size)
        yield lambda: progress.update(task, completed=table.done)


def _document(name: str, told: "Told") -> dict[str, Any]:
    """One contract for scripts."""
    audited = told.audited
    row = audited.period
    alarms = [
        {
            "at": _utc(one.at),
            "resolved_at": _utc(one.resolved_at),
            "since": _utc(one.since),
            "size": one.size,
            "e_value": one.evidence,
        }
        for one in audited.alarms
    ]
    return {
        "contract": name,
        "outcome": audited.outcome.value,
        "owed_hashes": (row.owed if row else None) or 0.0,
        "delivered_hashes": (row.delivered if row else None) or 0.0,
        "delivered_ratio": row.ratio if row else None,
        "interval": list(row.interval) if row and row.interval else None,
        "coverage": row.coverage if row else 0.0,
        "dispersion": audited.dispersion,
        "first_alarm": alarms[0]["at"] if alarms else None,
        "alarms": alarms,
        "because": audited.because,
    }


def _utc(at: "datetime | None") -> str | None:
    return None if at is None else at.isoformat().replace("+00:00", "Z")


def _tell(found: "list[tuple[str, Told]]") -> None:
    from verifier.outlets import readable, words

    say_table(
        ("contract", "result", "delivered", "between", "seen", "alarms", "why"),
        [
            (
                name,
                words.OUTCOMES[told.audited.outcome.value].text,
                None if row is None or row.ratio is None else readable.percent(row.ratio),
                None if row is None or row.interval is None else readable.between(*row.interval),
                None if row is None else readable.seen(row.coverage),
                len(told.audited.alarms) or "none",
                told.audited.because,
            )
            for name, told in found
            for row in (told.audited.period,)
        ],
        whole="contract",
    )
