"""What one poll costs us: asked, read, stored, judged and painted, against the bare client on the same server."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median
from time import process_time
from typing import Final

import aiohttp

from tests.bench.far_end import BEGAN, far_end
from tests.stories.watching import watching
from verifier.clock import SteppedClock
from verifier.daemon.installation import look_for_garbage

ROUNDS: Final = 7
POLLS: Final = 400
_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """CPU seconds of one poll through everything and of the bare client's, and their quotient, round by round."""

    accounts: int
    closing: bool
    ours: tuple[float, ...]
    bare: tuple[float, ...]

    @property
    def typical(self) -> float:
        return median(ours / bare for ours, bare in zip(self.ours, self.bare, strict=True))

    @property
    def least(self) -> float:
        """The quietest round of each: what is left when the machine has nothing else to do."""
        return min(self.ours) / min(self.bare)


def config(base: str, accounts: int) -> str:
    """One contract on each of so many addresses."""
    lines = ["ledger: ledger.db", "accounts:"]
    lines += [
        f'  a{number}: {{kind: ckpool, url: "{base}", address: bc1q{number}, allow_private: true, pace: 0}}'
        for number in range(accounts)
    ]
    lines.append("contracts:")
    for number in range(accounts):
        lines += [
            f"  c{number}: {{seller: North, promised: 15 TH/s, starts: 2026-01-01, tolerance: 5 %,",
            f"    watch: [{{account: a{number}, opened_by: me}}]}}",
        ]
    return "\n".join(lines) + "\n"


async def _cpu(work: Callable[[], Awaitable[int]]) -> float:
    """CPU seconds of all our threads for one of what ``work`` counts."""
    before = process_time()
    count = await work()
    return (process_time() - before) / count


async def poll_cost(accounts: int, directory: Path, *, at_once: int = 1, closing: bool = False) -> Poll:
    """Rounds of a daemon that watches so many accounts, each beside a round of the bare client.

    The client has ``at_once`` requests under way; ``closing``: each answer of the server ends its connection.
    """
    ours: list[float] = []
    bare: list[float] = []
    steps = max(2, POLLS // accounts)
    clock = SteppedClock(BEGAN)
    path = directory / f"{accounts}.yaml"
    with far_end(closing=closing) as base:
        path.write_text(config(base, accounts))
        async with watching(path, clock) as daemon, aiohttp.ClientSession() as session:

            async def steps_of_daemon() -> int:
                before = daemon.ledger.next_fact_id()
                for _ in range(steps):
                    clock.set(clock.now() + _MINUTE)
                    await daemon.step(clock.now())
                return daemon.ledger.next_fact_id() - before - 1 - steps

            async def gets() -> int:
                async def get(numbers: range) -> None:
                    for number in numbers:
                        async with session.get(f"{base}/users/bare{number % accounts}") as response:
                            json.loads(await response.read())

                await asyncio.gather(*(get(range(first, POLLS, at_once)) for first in range(at_once)))
                return POLLS

            await steps_of_daemon()
            await gets()
            # As `verifier run` does once it has started.
            look_for_garbage()
            for _ in range(ROUNDS):
                bare.append(await _cpu(gets))
                ours.append(await _cpu(steps_of_daemon))
    return Poll(accounts=accounts, closing=closing, ours=tuple(ours), bare=tuple(bare))
