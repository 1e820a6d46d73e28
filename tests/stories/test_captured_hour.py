"""An hour of real pools with real miners: what was found, when, and what nobody could have found.

What was done to the miners and pools is in captured/events.jsonl. Phase by phase:

- 05:30 start: CKPool and public-pool have never seen the address; that is "never seen", not zero.
- 05:31 the CKPool fork counts; 05:33 vanilla CKPool shows its first share; 05:41 public-pool shows its first slot.
- 05:39:44 lhrA throttled from 50 to 20 %: found 05:45:26 with 10-20 shares a minute; sooner nobody could say it at one
  false alarm a day. ppA throttled alike: one slot of ten minutes and then gone, nobody could have told it from luck.
- 05:45:28 lhrA paused, ppA disconnected: ppA is found missing from the list at the next minute. A paused miner keeps
  its connection: the list shows it for ten more minutes, the counter stands still at once.
- 05:53:20 node down: public-pool crashes, a silence at the next ask; CKPool goes on and nothing is said.
- 05:55:00 CKPool killed, its web server lives: its page is found to stand still within 3 minutes; never short.
- 05:57 restart: ghost sessions stand beside new ones at public-pool and are not counted twice.
"""

import gzip
import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.stories.captured_pools import ADDRESS, CAPTURED, captured_pools
from tests.stories.watching import pass_time, watching
from verifier.clock import SteppedClock
from verifier.daemon.daemon import Daemon
from verifier.incidents.standing import Change, Phase
from verifier.ledger.place import Place
from verifier.observation import Silence, SilenceReason, WorkersSeen
from verifier.units import HASHES_PER_DIFFICULTY
from verifier.verdicts.verdict import Outcome

STEP = timedelta(seconds=10)

CONFIG = """
accounts:
  lhr: {{kind: ckpool, url: "{base}/ckpool-lhr", address: "{address}", allow_private: true, pace: 0}}
  vanilla: {{kind: ckpool, url: "{base}/ckpool", address: "{address}", allow_private: true, pace: 0}}
  public: {{kind: public_pool, url: "{base}/public-pool", address: "{address}", allow_private: true, pace: 0}}
alarm: {{per_contract_year: 3652.5, fleet_per_month: 1500}}  # a tenth of it is the hashrate's: one a day
contracts:
  lhr_a:
    seller: miner lhrA
    promised: 15.03 MH/s  # its own counter from 05:33:26 to 05:39:26: 1.26 of difficulty in 360 s
    starts: 2026-11-20T05:30:00Z
    tolerance: 5 %
    watch: [{{account: lhr, workers: contract-a, opened_by: me}}]
  slow:
    seller: miner ckA
    promised: 20 MH/s
    starts: 2026-11-20T05:30:00Z
    tolerance: 5 %
    coverage_needed: 60 %  # its first share came three minutes late
    watch: [{{account: vanilla, opened_by: me}}]
  pp_a:
    seller: miner ppA
    promised: 11 MH/s
    starts: 2026-11-20T05:30:00Z
    tolerance: 5 %
    watch: [{{account: public, workers: contract-a, opened_by: me}}]
"""


def at(clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-20T{clock}+00:00").astimezone(UTC)


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock(at("05:30:30"))


@pytest.fixture
async def config(clock: SteppedClock, tmp_path: Path, place: Place) -> AsyncIterator[Path]:
    async with captured_pools(clock.now) as base:
        path = tmp_path / "verifier.yaml"
        path.write_text(f"{CONFIG.format(base=base, address=ADDRESS)}ledger: {place}\n")
        yield path


async def silences(daemon: Daemon, account: str, question: str) -> list[tuple[datetime, SilenceReason | None]]:
    facts = [fact for fact in await daemon.ledger.facts([account], limit=5000) if fact.question == question]
    return [
        (fact.learned_at, next((one.reason for one in fact.observations if isinstance(one, Silence)), None))
        for fact in facts
    ]


async def told(daemon: Daemon) -> list[tuple[str, str, str, datetime]]:
    rows = await daemon.ledger.transitions()
    return sorted(((row.subject, row.check, row.change, row.at) for row in rows), key=lambda row: row[3])


def accepted(miner: str, difficulty: float, start: datetime, end: datetime) -> float:
    """Hashes behind the shares that a miner says were accepted between two moments."""
    with gzip.open(CAPTURED / "miners.jsonl.gz", "rt") as lines:
        rows = [row for row in map(json.loads, lines) if row["miner"] == miner and "ACC=" in row["summary"]]
    counts = [(datetime.fromisoformat(row["ts"]), int(row["summary"].split("ACC=")[1].split(";")[0])) for row in rows]

    def count(moment: datetime) -> int:
        return max((number for when, number in counts if when <= moment), default=0)

    return (count(end) - count(start)) * difficulty * HASHES_PER_DIFFICULTY


async def test_the_throttled_miner_is_found_before_0548_and_dated_right(clock: SteppedClock, config: Path) -> None:
    async with watching(config, clock) as daemon:
        await pass_time(daemon, clock, at("05:48:00"), STEP)
        assert daemon.picture is not None
        view = daemon.picture.contracts["lhr_a"]
    verdict, incident = view.verdicts["hashrate"], view.incidents["hashrate"]
    assert (verdict.outcome, incident.phase) == (Outcome.SHORT, Phase.OPEN)
    assert verdict.since is not None
    assert at("05:39:00") <= verdict.since <= at("05:43:00")


async def test_delivered_work_agrees_with_the_miners_own_count(clock: SteppedClock, config: Path) -> None:
    async with watching(config, clock) as daemon:
        await pass_time(daemon, clock, at("05:39:30"), STEP)
        assert daemon.picture is not None
        fast = daemon.picture.contracts["lhr_a"].verdicts["hashrate"]
        await pass_time(daemon, clock, at("05:54:40"), STEP)
        slow = daemon.picture.contracts["slow"].verdicts["hashrate"]
    assert fast.owed is not None
    assert fast.interval is not None
    assert slow.owed is not None
    assert slow.interval is not None
    # lhrA mined at difficulty 0.01 until 05:41; vanilla CKPool knows no share below 1.
    truth = accepted("lhrA", 0.01, at("05:30:26"), at("05:39:26"))
    assert fast.interval[0] <= truth / fast.owed <= fast.interval[1]
    truth = accepted("ckA", 1.0, at("05:33:26"), at("05:54:26"))
    assert slow.interval[0] <= truth / slow.owed <= slow.interval[1]


async def test_the_whole_hour(clock: SteppedClock, config: Path) -> None:
    async with watching(config, clock) as daemon:
        await pass_time(daemon, clock, at("06:05:30"), STEP)
        changes = await told(daemon)
        frozen = await silences(daemon, "vanilla", "now")
        crashed = await silences(daemon, "public", "now")
        ghosts = [
            {worker.name: worker.sessions for worker in one.workers}
            for fact in await daemon.ledger.facts(["public"], limit=5000)
            if at("05:56:30") < fact.learned_at < at("06:00:00")
            for one in fact.observations
            if isinstance(one, WorkersSeen)
        ]
    assert [row[:3] for row in changes] == [("lhr_a", "hashrate", "opened"), ("pp_a", "worker_gone", "opened")]
    assert next(moment for moment, reason in frozen if reason is SilenceReason.STALE) <= at("05:58:00")
    assert [moment for moment, reason in frozen if reason is SilenceReason.NEVER_SEEN][-1] < at("05:33:30")
    assert next(moment for moment, reason in crashed if reason is SilenceReason.UNREACHABLE) <= at("05:54:30")
    assert ghosts
    assert all(sessions <= 1 for seen in ghosts for name, sessions in seen.items() if name in {"worker", "contract-b"})


async def test_a_gone_worker_is_seen_at_the_next_minute(clock: SteppedClock, config: Path) -> None:
    async with watching(config, clock) as daemon:
        await pass_time(daemon, clock, at("05:46:40"), STEP)
        assert daemon.picture is not None
        verdict = daemon.picture.contracts["pp_a"].verdicts["worker_gone"]
    assert verdict.outcome is Outcome.SHORT
    assert "contract-a" in verdict.because


@pytest.mark.parametrize("killed", [("05:45:40",), ("05:36:10", "05:46:00", "05:56:00")])
async def test_a_kill_and_restart_changes_no_judgement_and_sends_nothing_twice(
    killed: Sequence[str], clock: SteppedClock, config: Path
) -> None:
    for moment in killed:
        async with watching(config, clock) as daemon:
            await pass_time(daemon, clock, at(moment), STEP)
    async with watching(config, clock) as daemon:
        await pass_time(daemon, clock, at("06:05:30"), STEP)
        changes = await told(daemon)
        assert daemon.picture is not None
        outcome = daemon.picture.contracts["lhr_a"].verdicts["hashrate"].outcome
    assert [row[:3] for row in changes] == [("lhr_a", "hashrate", "opened"), ("pp_a", "worker_gone", "opened")]
    assert outcome is Outcome.SHORT
    assert all(change == Change.OPENED for _, _, change, _ in changes)
