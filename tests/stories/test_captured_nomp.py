"""The captured hour at a NOMP pool, which shows averages and leaves zeros out: what was found all the same.

- 05:36:51 the pool starts, 05:37:05 npA with 13.5 MH/s: the first slot that was seen whole begins at 05:40.
- 05:39:44 npA throttled to 6.2 MH/s, 05:45:28 paused (it fades over one window), 05:50:10 stopped: the slots are there,
  the last one as zero, although the pool no longer names the worker.
- 05:53:20 node down: the pool goes on, and nothing is said of it.
- 05:57:08 npA again.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.stories.captured_pools import ADDRESS, captured_pools
from tests.stories.watching import pass_time, watching
from verifier.clock import SteppedClock
from verifier.incidents.standing import Phase
from verifier.observation import PayoutClaimed, Silence, WorkSeen
from verifier.verdicts.verdict import Outcome

STEP = timedelta(seconds=10)
CONFIG = """
accounts:
  nomp:
    {{kind: nomp, url: "{base}/nomp", coin: BTC, algorithm: sha256d, address: "{address}", allow_private: true, pace: 0,
    share_difficulty: 0.02}}
alarm: {{per_contract_year: 3652.5, fleet_per_month: 1500}}  # a tenth of it is the hashrate's: one a day
contracts:
  np_a:
    seller: miner npA
    promised: 13 MH/s
    starts: 2026-11-20T05:40:00Z
    tolerance: 5 %
    watch: [{{account: nomp, workers: contract-a, opened_by: me}}]
ledger: {ledger}
"""


def at(clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-20T{clock}+00:00").astimezone(UTC)


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock(at("05:38:30"))


@pytest.fixture
async def config(clock: SteppedClock, tmp_path: Path) -> AsyncIterator[Path]:
    async with captured_pools(clock.now) as base:
        path = tmp_path / "verifier.yaml"
        path.write_text(CONFIG.format(base=base, address=ADDRESS, ledger=tmp_path / "ledger.db"))
        yield path


async def test_the_pause_is_found_from_the_slot_that_it_filled_and_dated_right(
    clock: SteppedClock, config: Path
) -> None:
    """The throttle, 15 seconds before the first slot and with some 25 shares in it, could be luck."""
    async with watching(config, clock) as daemon:
        await pass_time(daemon, clock, at("05:56:00"), STEP)
        assert daemon.picture is not None
        view = daemon.picture.contracts["np_a"]
    verdict, incident = view.verdicts["hashrate"], view.incidents["hashrate"]
    assert (verdict.outcome, incident.phase) == (Outcome.SHORT, Phase.OPEN)
    assert verdict.since is not None
    assert at("05:44:00") <= verdict.since <= at("05:46:00")


async def test_the_whole_hour_leaves_no_slot_out_and_no_silence(clock: SteppedClock, config: Path) -> None:
    async with watching(config, clock) as daemon:
        await pass_time(daemon, clock, at("06:05:30"), STEP)
        told = [one for fact in await daemon.ledger.facts(["nomp"], limit=5000) for one in fact.observations]
    slots = {one.end: one.hashes for one in told if isinstance(one, WorkSeen) and one.worker == "contract-a"}
    assert sorted(slots) == [at("05:45:00") + timedelta(minutes=5) * number for number in range(4)]
    assert slots[at("05:55:00")] == 0
    assert not [one for one in told if isinstance(one, Silence)]
    assert {one.amount.atoms for one in told if isinstance(one, PayoutClaimed)} <= {9_899_980_000, 4_949_983_654}
