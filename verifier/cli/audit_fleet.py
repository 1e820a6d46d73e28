"""Many contracts audited at once: this process reads the table, others judge, as many as there are cores."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing import get_context
from typing import TYPE_CHECKING, Final

import numpy as np

from verifier.cli.audit_order import Ordered
from verifier.cli.audit_table import ANY, WIDTH, Block, Matrix, Table
from verifier.contract import Contract
from verifier.verdicts.audit import Audit, Audited

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

_STOP: Final = None


@dataclass(frozen=True, slots=True)
class Told:
    """What came of one contract: the result, and the lines that do not count."""

    audited: Audited
    faults: list[tuple[int, str]]


@dataclass(slots=True, kw_only=True)
class Docket:
    """The contracts that one process judges, by the number of their name."""

    contracts: dict[str, Contract]
    every: float | None = None
    averages: bool = False
    tells_workers: bool = False
    workers: dict[int, str] = field(default_factory=dict)
    open: dict[int, tuple[Ordered, Audit]] = field(default_factory=dict)

    def add(self, number: int, name: str, rows: Matrix) -> None:
        """More rows of a contract."""
        if number not in self.open:
            contract = self.contracts.get(name) or self.contracts[ANY]
            ordered = Ordered(
                contract=contract, averages=self.averages, tells_workers=self.tells_workers, workers=self.workers
            )
            self.open[number] = ordered, Audit(contract, self.every)
        ordered, audit = self.open[number]
        settled = ordered.add(rows)
        if settled is not None:
            audit.see(settled)

    def results(self) -> dict[int, Told]:
        """What all rows say."""
        found = {}
        for number, (ordered, audit) in self.open.items():
            audit.see(ordered.settle(final=True))
            found[number] = Told(audit.result(), ordered.faults)
        return found


def judged(
    table: Table, contracts: dict[str, Contract], *, every: float | None, processes: int, seen: Callable[[], None]
) -> list[tuple[str, Told]]:
    """All contracts of a table with what came of them, in the order in which they first appear.

    ``seen`` is called after each block. With one process, or a table of one contract, nothing is started.
    """
    blocks = table.blocks()
    first = next(blocks, None)
    docket = Docket(contracts=contracts, every=every, averages=table.averages, tells_workers=table.tells_workers)
    alone = processes < 2 or "contract" not in table.header
    benches: list[Docket | _Bench] = [docket] if alone else [_Bench(docket) for _ in range(processes)]
    known = 0
    names: list[str] = []
    while first is not None:
        names += list(table.contracts)[len(names) :]
        new = [(number, name) for name, number in list(table.workers.items())[known:]]
        known += len(new)
        for bench in benches:
            bench.workers.update(new)
        for number, rows in _by_contract(first):
            benches[number % len(benches)].add(number, names[number], rows)
        seen()
        first = next(blocks, None)
    for number, name in enumerate(table.contracts):
        benches[number % len(benches)].add(number, name, np.empty((0, WIDTH)))
    found: dict[int, Told] = {}
    for bench in benches:
        found |= bench.results()
    return [(name, found[number]) for name, number in table.contracts.items()]


def _by_contract(block: Block) -> Iterable[tuple[int, Matrix]]:
    """The rows of a block, contract by contract."""
    if not len(block.rows) or (block.contract == block.contract[0]).all():
        return [(int(block.contract[0]), block.rows)] if len(block.rows) else []
    order = np.argsort(block.contract, kind="stable")
    numbers, begins = np.unique(block.contract[order], return_index=True)
    return zip(numbers.tolist(), np.split(block.rows[order], begins[1:]), strict=True)


class _Bench:
    """A docket in a process of its own; results are asked for once."""

    def __init__(self, docket: Docket) -> None:
        # A fresh interpreter: a fork would take the threads of the one that reads with it.
        context = get_context("spawn")
        self._here, there = context.Pipe()
        self._process = context.Process(target=_serve, args=(there, docket), daemon=True)
        self._process.start()
        there.close()
        self.workers: dict[int, str] = {}
        self._sent = 0

    def add(self, number: int, name: str, rows: Matrix) -> None:
        new = dict(islice(self.workers.items(), self._sent, None))
        self._here.send((new, number, name, rows))
        self._sent = len(self.workers)

    def results(self) -> dict[int, Told]:
        self._here.send(_STOP)
        found: dict[int, Told] = self._here.recv()
        self._process.join()
        return found


def _serve(connection: "Connection", docket: Docket) -> None:
    while (more := connection.recv()) is not _STOP:
        new, number, name, rows = more
        docket.workers.update(new)
        docket.add(number, name, rows)
    connection.send(docket.results())
