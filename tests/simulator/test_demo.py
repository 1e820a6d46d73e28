"""The demo is one table: four sellers, and a file that a renter could have written."""

from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from tests.simulator.worlds import NOW
from tests.stories.watching import pass_time, watching
from verifier.clock import SteppedClock
from verifier.settings import load
from verifier.simulator.billing import Income, books
from verifier.simulator.chain import SUBSIDY
from verifier.simulator.demo import demo_world, write_demo
from verifier.simulator.server import serving
from verifier.simulator.truth import DAY, World, minute
from verifier.units import HASHES_PER_DIFFICULTY
from verifier.verdicts.payouts import PayoutState

BASE = "http://127.0.0.1:8181"


def delivered(world: World, name: str, days_ago: int, days: int = 1) -> float:
    """Delivered over promised, over whole days before today."""
    seller = next(s for s in world.sellers if s.name == name)
    start = minute(NOW) // DAY * DAY - days_ago * DAY
    shares = int(world.shares(seller).between(start, start + days * DAY).sum())
    return shares * seller.hashes_per_share / (days * 86_400) / seller.promised


def test_each_seller_does_what_his_name_says() -> None:
    world = demo_world(NOW)
    assert delivered(world, "honest", 30, 30) == pytest.approx(1.005, abs=0.005)
    assert delivered(world, "skimming", 40, 28) == pytest.approx(1.0, abs=0.006)
    assert delivered(world, "skimming", 12, 12) == pytest.approx(0.92, abs=0.008)
    assert delivered(world, "dark", 3) == pytest.approx(1.005 * 17 / 24, abs=0.03)
    assert delivered(world, "dark", 2, 2) == pytest.approx(1.005, abs=0.03)
    assert delivered(world, "fixed_payer", 30, 30) == pytest.approx(0.03, abs=0.001)


def test_a_restart_on_the_same_day_finds_the_same_world() -> None:
    assert demo_world(NOW).sellers == demo_world(NOW + timedelta(hours=9)).sellers


def test_only_the_fixed_payer_is_paid_more_than_he_mined() -> None:
    world = demo_world(NOW)
    for seller in world.sellers:
        bill = [entry for entry in books(world, seller, NOW) if isinstance(entry, Income)][-1]
        paid_for = seller.promised if seller.name == "fixed_payer" else bill.per_second
        subsidy = paid_for * 86_400 / (149.3e12 * HASHES_PER_DIFFICULTY) * SUBSIDY
        assert bill.credited.atoms == pytest.approx(subsidy * 1.03 * 0.975, rel=0.06), seller.name


def test_the_file_is_one_that_the_verifier_reads(tmp_path: Path) -> None:
    settings = load(write_demo(demo_world(NOW), BASE, tmp_path), {}, None, NOW)
    assert list(settings.contracts) == ["honest", "skimming", "dark", "fixed_payer"]
    assert [len(contract.watch) for contract in settings.contracts.values()] == [3, 3, 2, 2]
    assert settings.chain == ("chain",)
    assert settings.prices == ("kraken", "coinbase", "mempool_space")
    assert list(settings.warnings) == [], "the page of the demo begins with its contracts, not with a warning"
    watched = {watch.account for contract in settings.contracts.values() for watch in contract.watch}
    assert watched == set(settings.accounts) - {*settings.chain, *settings.prices}
    assert all(configured.account.url.startswith(BASE) for configured in settings.accounts.values())
    assert settings.contracts["honest"].seller == "Honest Hosting (simulated)"


def test_tokens_are_written_for_their_owner_alone(tmp_path: Path) -> None:
    world = demo_world(NOW)
    write_demo(world, BASE, tmp_path / "demo")
    file = write_demo(world, BASE, tmp_path / "demo")
    config = yaml.safe_load(file.read_text())
    tokens = [Path(a["token_file"]) for a in config["accounts"].values() if "token_file" in a]
    assert [token.read_text().strip() for token in tokens] == [seller.token for seller in world.sellers]
    assert {token.stat().st_mode & 0o777 for token in tokens} == {0o600}


async def test_every_question_of_the_demo_is_answered(tmp_path: Path) -> None:
    clock = SteppedClock(NOW)
    async with serving("127.0.0.1", 0, demo_world(NOW), clock.now) as base:
        config = write_demo(demo_world(NOW), base, tmp_path)
        async with watching(config, clock) as daemon:
            await pass_time(daemon, clock, NOW + timedelta(minutes=2), timedelta(minutes=1))
            assert daemon.picture is not None
            contracts = daemon.picture.contracts
            questions = {
                (name, asked.name): asked for name, view in daemon.picture.accounts.items() for asked in view.questions
            }
    assert [key for key, asked in questions.items() if asked.silence or not asked.last_answered_at] == []
    assert {name for name, question in questions if question == "receipts"} == {
        "wallet_qs3h2f",
        "wallet_2m5s95",
        "wallet_uhaggc",
        "wallet_rrpkg3",
    }
    outcomes = {
        name: {check: view.verdicts[check].outcome.value for check in ("payout_late", "payout_exceeds_seen_work")}
        for name, view in contracts.items()
    }
    on_time = {"payout_late": "met", "payout_exceeds_seen_work": "met"}
    assert outcomes == {
        "honest": on_time,
        "skimming": on_time,
        "dark": on_time,
        "fixed_payer": {**on_time, "payout_exceeds_seen_work": "short"},
    }
    paid = contracts["honest"].payouts[-1]
    assert paid.states == (PayoutState.ON_TIME, PayoutState.CONFIRMED)
    assert paid.paid == paid.received
    assert contracts["honest"].payout_days[-2].expected == pytest.approx(
        contracts["honest"].payout_days[-2].credited, rel=0.05
    )
    assert not [row for view in contracts.values() for row in view.payouts if PayoutState.UNEXPLAINED in row.states]
