from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.stories.watching import pass_time, watching
from verifier.clock import SteppedClock
from verifier.observation import PoolSeen, Silence, SilenceReason, WorkSeen

RECORDED = Path(__file__).parent / "recorded" / "p2pool_local"
CONFIG = """
accounts:
  mine: {{kind: p2pool_local, url: "file://{files}", pace: 0}}
contracts:
  rig: {{seller: Acme, promised: 100 kH/s, algorithm: randomx, starts: {starts:%Y-%m-%d}, watch: [{{account: mine}}]}}
ledger: {ledger}
"""


async def test_files_are_read_from_the_directory_that_the_account_names(tmp_path: Path) -> None:
    files = tmp_path / "api"
    for name, question in (("local/stratum", "now"), ("pool/stats", "pool")):
        (files / name).parent.mkdir(parents=True, exist_ok=True)
        (files / name).write_bytes((RECORDED / question / "good" / "1.body").read_bytes())
    written = datetime.fromtimestamp((files / "local/stratum").stat().st_mtime, UTC)
    clock = SteppedClock(written + timedelta(seconds=30))
    config = tmp_path / "verifier.yaml"
    config.write_text(CONFIG.format(files=files, starts=written, ledger=tmp_path / "ledger.db"))
    async with watching(config, clock) as daemon:
        await pass_time(daemon, clock, clock.now() + timedelta(minutes=12), timedelta(seconds=30))
        told = [one for fact in await daemon.ledger.facts(["mine"], limit=100) for one in fact.observations]
    assert {one.hashes for one in told if isinstance(one, WorkSeen)} == {51_120_011_882.0}
    assert next(one.per_second for one in told if isinstance(one, PoolSeen)) == 17_723_081
    assert [one.reason for one in told if isinstance(one, Silence)][-1] is SilenceReason.STALE
