"""What the daemon makes of blocks: steps of difficulty, subsidy and fees, and whether its sources agree."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

from tests.verdicts.cases import contract, fact
from tests.verdicts.money import ADDRESS
from verifier.contract import Watch
from verifier.daemon.chain import Chain
from verifier.daemon.judging import accounts_of
from verifier.daemon.network import Network
from verifier.daemon.subjects import beside
from verifier.fact import Fact
from verifier.observation import BlockSeen, PriceSeen
from verifier.settings import load
from verifier.units import Amount

START: Final = datetime(2026, 11, 1, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)


def block(height: int, hours: float, *, fees: int | None = None, digest: str | None = None) -> BlockSeen:
    return BlockSeen(
        height=height,
        at=START + hours * HOUR,
        difficulty=1e14,
        hash=digest or f"{height:064x}",
        fees=None if fees is None else Amount(atoms=fees),
    )


def told(account: str, *blocks: BlockSeen) -> Fact:
    learned = max(one.at for one in blocks)
    return replace(fact(1, *blocks, account=account), learned_at=learned)


def test_fees_are_the_mean_of_a_day_that_is_over() -> None:
    chain = Chain()
    chain.fold([told("one", block(920_000, 1, fees=100), block(920_001, 2, fees=300))])
    assert not chain.steps.fees, "the day may still grow"
    assert chain.fold([told("one", block(920_144, 25, fees=50))])
    assert chain.steps.fees == ((START, Decimal(200)),)
    assert not chain.fold([told("two", block(920_144, 25, fees=50))]), "told again it is no news"


def test_a_halving_inside_an_epoch_has_a_step_of_its_own() -> None:
    chain = Chain()
    chain.fold([told("one", block(1_049_999, 1), block(1_050_000, 2), block(1_050_001, 3))])
    assert [height for _, height in chain.steps.heights] == [1_049_999, 1_050_000]


def test_sources_that_tell_different_blocks_are_in_conflict_until_they_agree() -> None:
    chain = Chain()
    chain.fold([told("one", *(block(920_000 + n, n / 6) for n in range(12)))])
    assert not chain.steps.conflict
    assert chain.fold([told("two", *(block(920_000 + n, n / 6, digest=f"{n:064d}") for n in range(12)))])
    assert "different blocks" in str(chain.steps.conflict)


def test_contracts_of_one_wallet_are_read_beside_each_other() -> None:
    north = contract(name="north", watch=(Watch(account="a"), Watch(account="wallet")))
    south = contract(name="south", watch=(Watch(account="b"), Watch(account="wallet")))
    alone = contract(name="alone", watch=(Watch(account="c"),))
    shared = contract(name="shared", watch=(Watch(account="a", workers="x*"),))
    found = beside({one.name: one for one in (north, south, alone, shared)})
    assert {name: one.beside for name, one in found.items()} == {
        "north": ("b",),
        "south": ("a",),
        "alone": (),
        "shared": (),
    }
    assert accounts_of(found["north"]) == ("a", "wallet", "b")


FILE: Final = """\
ledger: {folder}/ledger.sqlite
show: {{currency: EUR}}
accounts:
  pool: {{kind: ckpool, url: "http://127.0.0.1:1", address: {address}, allow_private: true}}
  frozen: {{kind: esplora, url: "http://127.0.0.1:2", allow_private: true}}
  moving: {{kind: esplora, url: "http://127.0.0.1:3", allow_private: true}}
contracts:
  north:
    seller: Northhash
    promised: 300 TH/s
    starts: 2026-11-01
    fees: {{electricity: 0.012 USD/TH/day}}
    watch: [{{account: pool}}, {{wallet: {address}}}]
chain: [frozen, moving]
prices: [kraken, coinbase, mempool_space]
"""


def network(folder: Path) -> tuple[Network, str]:
    """A network by a file, and the account that the wallet of its contract became."""
    file = folder / "verifier.yaml"
    file.write_text(FILE.format(folder=folder, address=ADDRESS))
    settings = load(file, {}, None, START)
    found = Network()
    found.configure(settings)
    return found, settings.contracts["north"].watch[1].account


def test_who_reads_through_a_source_that_stands_still_cannot_tell_and_others_go_on(tmp_path: Path) -> None:
    found, wallet = network(tmp_path)
    known = tuple(block(920_000 + n, n / 6) for n in range(40))
    assert found.fold([told("moving", *known), replace(told("frozen", *known[:12]), learned_at=known[-1].at)])
    assert set(found.lagging) == {"frozen"}
    assert found.seen_by(["pool"]) is found.steps
    assert found.steps.conflict is None
    blind = found.seen_by(["pool", wallet])
    assert "the newest block that frozen knows" in str(blind.conflict)
    assert found.seen_by([wallet]) is blind, "the very same while nothing changes"
    assert found.fold([told("frozen", *known)])
    assert found.seen_by(["pool", wallet]) is found.steps


def test_a_price_of_now_changes_nothing_that_is_judged(tmp_path: Path) -> None:
    found, _ = network(tmp_path)
    steps, now = found.steps, START + HOUR
    seen = PriceSeen(at=now, coin="BTC", currency="EUR", price=Decimal(80_000))
    facts = [replace(fact(1, seen, account=name), learned_at=now) for name in ("kraken", "coinbase")]
    assert not found.fold(facts)
    assert found.steps is steps
    assert found.prices(now)["EUR"].value == Decimal(80_000)
    assert found.prices(now + 2 * HOUR)["EUR"].value is None


def test_the_prices_of_a_day_that_is_over_reach_what_is_judged(tmp_path: Path) -> None:
    found, _ = network(tmp_path)
    told_hourly = [
        fact(1, PriceSeen(at=START + n * HOUR, coin="BTC", currency="USD", price=Decimal(90_000)), account=name)
        for n in range(25)
        for name in ("kraken", "coinbase")
    ]
    assert found.fold(told_hourly)
    assert found.steps.prices["USD"][START].value == Decimal(90_000)
