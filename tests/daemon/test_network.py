"""What the daemon makes of blocks: steps of difficulty, subsidy and fees, and whether its sources agree."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from tests.verdicts.cases import contract, fact
from verifier.contract import Watch
from verifier.daemon.chain import Chain
from verifier.daemon.judging import accounts_of
from verifier.daemon.subjects import beside
from verifier.observation import BlockSeen, Fact
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
