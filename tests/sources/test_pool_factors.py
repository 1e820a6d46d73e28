"""One truth told by many pools: whatever their unit, spelling or clock, each is read as the same work."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from verifier.observation import OBSERVATIONS, RateSeen, WorkSeen
from verifier.sources import SOURCES
from verifier.sources.binance_pool import BinancePoolAccount
from verifier.sources.binance_pool import stripped as of_binance
from verifier.sources.kanopool import KanopoolAccount
from verifier.sources.kanopool import stripped as of_kano
from verifier.sources.viabtc_observer import POOLS, ObserverAccount
from verifier.talk import Http
from verifier.units import Window

RECORDED = Path(__file__).parent / "recorded"
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    "case",
    [
        "antpool/now", "binance_pool/now", "btccom/now", "emcd/now", "f2pool_v1/now", "foundry/now", "kucoin_pool/now",
        "luxor/now", "viabtc/now", "viabtc_observer/now",
    ],
)  # fmt: skip
def test_the_last_day_is_9_41_petahashes_at_every_pool(case: str) -> None:
    seen = OBSERVATIONS.validate_json((RECORDED / case / "good" / "expected.json").read_bytes())
    days = [one.per_second for one in seen if isinstance(one, RateSeen) and one.window == DAY and one.worker is None]
    assert days == [pytest.approx(9.41e15)]


@pytest.mark.parametrize("case", ["viabtc/daily", "viabtc_observer/daily", "luxor/history"])
def test_the_day_of_the_outage_is_as_large_at_every_pool(case: str) -> None:
    name = "good-days" if case.startswith("luxor") else "good"
    seen = OBSERVATIONS.validate_json((RECORDED / case / name / "expected.json").read_bytes())
    days = {f"{one.start:%m-%d}": one.hashes for one in seen if isinstance(one, WorkSeen) and one.start is not None}
    assert days["11-16"] == pytest.approx(6.02e15 * 86_400)
    assert days["11-19"] == pytest.approx(9.41e15 * 86_400)


def test_workers_are_named_without_the_account() -> None:
    binance = BinancePoolAccount(kind="binance_pool", user="renter1")
    assert [of_binance(name, binance) for name in ("renter1.rig01", "rig01")] == ["rig01", "rig01"]
    kano = KanopoolAccount(kind="kanopool", user="renter1")
    assert [of_kano(name, kano) for name in ("renter1.rig01", "renter1_rig01", "renter1")] == ["rig01", "rig01", ""]


def test_a_pool_of_the_family_is_asked_at_its_own_host_unless_another_is_written() -> None:
    member = {"kind": "viabtc_observer", "pool": "trustpool", "user_id": "1"}
    assert ObserverAccount.model_validate(member).url == POOLS["trustpool"]
    assert ObserverAccount.model_validate({**member, "url": "https://pool.example"}).url == "https://pool.example"
    assert ObserverAccount.model_validate({"kind": "viabtc_observer", "user_id": "1"}).url == POOLS["viabtc"]


def test_luxor_is_asked_for_no_hour_older_than_the_thirty_days_it_gives() -> None:
    question, now = SOURCES["luxor"].question("history"), datetime(2026, 3, 31, 0, 10, tzinfo=UTC)
    account = SOURCES["luxor"].Account.model_validate({"kind": "luxor", "subaccount": "renter1"})
    ask = next(question.talk(account, Window(start=now - question.reach, end=now)))
    assert isinstance(ask, Http)
    assert datetime.fromisoformat(f"{ask.query['start_date']}T00:00Z") > now - timedelta(days=30)
