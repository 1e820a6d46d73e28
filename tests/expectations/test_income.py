"""Expected coins: published examples hold, a span is split where the network changes, and a spread stands beside it."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.expectations.income import Network, bitcoin, income
from verifier.expectations.schemes import NAMES, SCHEMES, Income, expected
from verifier.units import HASHES_PER_DIFFICULTY, Amount, Window

START: Final = datetime(2023, 12, 1, tzinfo=UTC)
DAY: Final = Window(start=START, end=START + timedelta(days=1))
VECTORS: Final = json.loads(
    (Path(__file__).parent / "fpps_braiins.json").read_text(encoding="utf-8"), parse_float=Decimal
)
BY_NAME: Final[dict[str, Any]] = {vector["name"].split()[0]: vector for vector in VECTORS["vectors"]}
COIN: Final = Decimal(100_000_000)


def published(vector: dict[str, Any]) -> Income:
    """A day of the publisher's example, its slots one after the other as long as their shares say."""
    slots = vector["slots"]
    shares = sum(slot["shares"] for slot in slots)
    moments, at = [], START
    for slot in slots:
        moments.append((at, slot))
        at += (DAY.end - START) * slot["shares"] / shares
    network = Network(
        difficulty=[(moment, float(slot["difficulty"])) for moment, slot in moments],
        subsidy=[(moment, int(slot.get("subsidy_btc", 0) * COIN)) for moment, slot in moments],
        fees=[(moment, slot["avg_fee_btc"] * COIN) for moment, slot in moments if "avg_fee_btc" in slot],
    )
    found = income(shares * HASHES_PER_DIFFICULTY, DAY, network)
    assert found is not None
    return found


@pytest.mark.parametrize("name", ["ex1", "ex2", "ex3"])
def test_the_published_credits_hold(name: str) -> None:
    paid = expected("pps", published(BY_NAME[name]), Decimal(0))
    assert paid is not None
    assert paid.amount == Amount.of(BY_NAME[name]["crc_btc_published"])


def test_the_published_fees_and_totals_hold() -> None:
    fees = published(BY_NAME["ex4"])
    assert fees.fees is not None
    assert round(fees.fees) == Amount.of(BY_NAME["ex4"]["tfc_btc_published"]).atoms
    whole = Income(subsidy=published(BY_NAME["ex1"]).subsidy, fees=fees.fees, reward=Decimal(1))
    gross, net = expected("fpps", whole, Decimal(0)), expected("fpps", whole, BY_NAME["ex5"]["fee"])
    assert gross is not None
    assert net is not None
    assert gross.amount == Amount.of(BY_NAME["ex5"]["gross_btc_published"])
    assert net.amount == Amount.of(BY_NAME["ex5"]["net_btc_published"])


def test_a_halving_between_two_heights_splits_the_day() -> None:
    heights = ((START, 1_050_000 - 36),)
    network = bitcoin(DAY, ((START, 1e6),), heights)
    assert [atoms for _, atoms in network.subsidy] == [312_500_000, 156_250_000]
    found = income(1e6 * HASHES_PER_DIFFICULTY, DAY, network)
    assert found is not None
    assert found.subsidy == Decimal(195312500), "a quarter of the day before, three after"


def test_a_retarget_inside_the_day_splits_it() -> None:
    steps = ((START, 1e6), (START + timedelta(hours=6), 2e6))
    found = income(1e6 * HASHES_PER_DIFFICULTY, DAY, bitcoin(DAY, steps, ((START, 900_000),)))
    assert found is not None
    assert found.subsidy == Decimal(312500000) * Decimal("0.625")


def test_an_unknown_difficulty_is_no_expectation() -> None:
    later = ((START + timedelta(hours=1), 1e6),)
    assert income(1.0, DAY, bitcoin(DAY, later, ((START, 900_000),))) is None
    assert income(1.0, Window(start=START, end=START), bitcoin(DAY, later, ())) is None


def test_fees_that_are_not_known_are_not_zero() -> None:
    network = Network(difficulty=[(START, 1e6)], subsidy=[(START, 100)])
    found = income(1.0, DAY, network)
    assert found is not None
    assert found.fees is None
    old = Network(
        difficulty=network.difficulty, subsidy=network.subsidy, fees=[(START - timedelta(days=9), Decimal(7))]
    )
    stale = income(1.0, DAY, old)
    assert stale is not None
    assert stale.fees is None


def test_other_schemes_are_named_and_not_modelled_yet() -> None:
    whole = Income(subsidy=Decimal(100), fees=Decimal(1), reward=Decimal(1000))
    assert set(SCHEMES) < set(NAMES)
    assert [name for name in NAMES if expected(name, whole, Decimal(0)) is None] == [
        "pps+",
        "pplns",
        "tides",
        "prop",
        "score",
    ]


def test_solo_varies_as_the_root_of_its_blocks() -> None:
    four = Income(subsidy=Decimal(4000), fees=Decimal(0), reward=Decimal(1000))
    found = expected("solo", four, Decimal(0))
    assert found is not None
    assert (found.amount.atoms, found.spread.atoms) == (4000, 2000), "1/√4 of it"


@given(st.integers(min_value=0, max_value=10**12), st.decimals(0, 1, places=4))
def test_a_fee_never_raises_what_is_expected(atoms: int, fee: Decimal) -> None:
    whole = Income(subsidy=Decimal(atoms), fees=Decimal(atoms) / 10, reward=Decimal(312_500_000))
    for name in SCHEMES:
        gross, net = expected(name, whole, Decimal(0)), expected(name, whole, fee)
        assert gross is not None
        assert net is not None
        assert 0 <= net.amount.atoms <= gross.amount.atoms
        assert net.spread.atoms >= 0
