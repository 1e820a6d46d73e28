"""A daemon that watches a pool which credits every day and pays from a threshold on: four columns from real answers."""

from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from tests.simulator.worlds import ADDRESS, NOW, TOKEN, seller, world
from tests.stories.watching import pass_time, watching
from verifier.clock import SteppedClock
from verifier.ledger.place import Place
from verifier.outlets.picture import ContractView
from verifier.simulator.server import serving
from verifier.units import Amount
from verifier.verdicts.payouts import PayoutState
from verifier.verdicts.verdict import Outcome

DAYS: Final = 9
FILE: Final = """ledger: {ledger}
accounts:
  acme: {{kind: f2pool, url: "{base}/f2pool/v2", user: acme, token_file: acme.token, allow_private: true, pace: 0}}
  explorer: {{kind: esplora, url: "{base}/esplora", allow_private: true, pace: 0}}
contracts:
  north:
    seller: Acme
    promised: 500 TH/s
    starts: {starts:%Y-%m-%dT00:00:00Z}
    tolerance: 5 %
    payouts: {{every: 1d, threshold: 0.005 BTC, within: 2d}}
    fees: {{pool: 2.5 %}}
    watch: [{{account: acme}}, {{wallet: {address}}}]
chain: [explorer]
"""


async def watched(folder: Path, ledger: Place, income: Amount | None = None) -> ContractView:
    """The contract as pages show it after some days."""
    clock = SteppedClock(NOW - timedelta(days=DAYS))
    (folder / "acme.token").write_text(TOKEN, encoding="utf-8")
    (folder / "acme.token").chmod(0o600)
    path = folder / "verifier.yaml"
    async with serving("127.0.0.1", 0, world(seller(fixed_income=income)), clock.now) as base:
        starts = clock.now() - timedelta(days=20)
        path.write_text(FILE.format(ledger=ledger, base=base, address=ADDRESS, starts=starts), encoding="utf-8")
        async with watching(path, clock) as daemon:
            await pass_time(daemon, clock, NOW, timedelta(hours=2))
            assert daemon.picture is not None
            return daemon.picture.contracts["north"]


async def test_an_honest_pool_credits_what_the_delivered_work_earns(tmp_path: Path, place: Place) -> None:
    view = await watched(tmp_path, place)
    verdict = view.verdicts["credited_below_expected"]
    assert verdict.outcome is Outcome.MET, verdict.because
    compared = [day for day in view.payout_days if day.credited and day.expected and day.seen > 0.99]
    assert len(compared) >= DAYS - 2
    for day in compared:
        assert day.expected == pytest.approx(day.credited, abs=3 * (day.expected_spread or 0))
    assert view.verdicts["payout_late"].outcome is Outcome.MET, view.verdicts["payout_late"].because
    assert view.verdicts["charged_above_agreed"].outcome is Outcome.MET


async def test_a_pool_that_credits_a_fixed_small_sum_is_told(tmp_path: Path, place: Place) -> None:
    view = await watched(tmp_path, place, Amount(atoms=9_000))
    assert view.verdicts["credited_below_expected"].outcome is Outcome.SHORT
    assert {row.payment for row in view.payouts} <= {PayoutState.ON_TIME, PayoutState.CREDITED, None}
