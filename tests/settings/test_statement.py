"""Statements as CSV: every form that is understood, every fault with its line, and never anything else."""

from contextlib import suppress
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.errors import ConfigError
from verifier.observation import ChargeSeen, EarningClaimed, PayoutClaimed, RateSeen, WorkSeen
from verifier.settings.statement import KINDS, Statement, read_statement
from verifier.units import Amount

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 20, tzinfo=UTC)


def read(text: str, kind: str | None = None, algorithm: str = "sha256d") -> Statement:
    return read_statement(text, file="may.csv", zone=BERLIN, now=NOW, algorithm=algorithm, kind=kind)


def faults(text: str, kind: str | None = None) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        read(text, kind)
    return [str(fault) for fault in refused.value.faults]


def test_each_kind_is_known_by_its_header() -> None:
    (work,) = read("start,end,hashes,shares,worker\n2026-05-01T00:00Z,2026-05-02T00:00Z,8.64 EH,2e6,rig01\n").rows
    assert isinstance(work, WorkSeen)
    assert (work.hashes, work.shares, work.worker) == (8.64e18, 2e6, "rig01")
    (reading,) = read("time,hashrate,window\n2026-05-01T00:00Z,0 TH/s,1h\n").rows
    assert isinstance(reading, RateSeen)
    assert reading.per_second == 0.0
    (payout,) = read("time;amount;coin;txid\n1777593600;0.0125;BTC;ab\n").rows
    assert isinstance(payout, PayoutClaimed)
    assert (payout.amount, payout.txid, payout.at.year) == (Amount(atoms=1_250_000), "ab", 2026)
    (earning,) = read("start\tend\tamount\n2026-05-01\t2026-05-02\t0.1 BTC\n").rows
    assert isinstance(earning, EarningClaimed)
    (charge,) = read("what,start,end,amount,coin,taken\npool,2026-05-01,2026-05-02,0.1,BTC,invoiced\n").rows
    assert isinstance(charge, ChargeSeen)
    assert (charge.what, charge.taken) == ("pool", "invoiced")


def test_a_date_and_a_time_without_zone_are_those_of_the_file() -> None:
    first, second = read("time,amount\n2026-05-01,1 BTC\n2026-05-01 12:00,1 BTC\n").rows
    assert isinstance(first, PayoutClaimed)
    assert isinstance(second, PayoutClaimed)
    assert first.at == datetime(2026, 4, 30, 22, tzinfo=UTC)
    assert second.at == datetime(2026, 5, 1, 10, tzinfo=UTC)


def test_equal_rows_are_two_and_stay_the_same_two_in_another_file() -> None:
    twice = read("date,amount\n2026-05-01,1 BTC\n2026-05-01,1 BTC\n").rows
    assert len(set(twice)) == 2
    longer = read("date,amount,source\n2026-04-01,1 BTC,page\n2026-05-01,1 BTC,page\n2026-05-01,1 BTC,\n")
    assert set(twice) < set(longer.rows)
    assert longer.sources == ("page",)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("2026-05-01,0.123456789 BTC", "finer than the coin"),
        ("2026-02-30,1 BTC", "is not a time"),
        ("2027-01-01,1 BTC", "in the future"),
        ("2008-01-01,1 BTC", "before the first block"),
        (",1 BTC", "`date` is empty"),
        ("2026-05-01,", "`amount` is empty"),
        ("2026-05-01", "has 1 cells"),
        ("2026-05-01,1 BTC\x1b[2J", "cannot be shown"),
    ],
)
def test_a_payout_that_cannot_be_read_is_told_with_its_line(row: str, problem: str) -> None:
    (fault,) = faults(f"date,amount\n2026-05-01,1 BTC\n\n{row}\n")
    assert fault.startswith("may.csv:4: ")
    assert problem in fault


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "columns are not known"),
        ("date,amount\n", "there are none"),
        ("date,amount,colour\n", "`colour` is not a column of payouts"),
        ("date,amount,amount\n", "a column is there twice"),
        ('date,amount\n"2026', "is no CSV"),
        ("start,end,hashes\n2026-05-01,2026-05-03,1\n2026-05-02,2026-05-04,1\n", "line 2 speaks of too"),
        ("start,end,hashes\n2026-05-02,2026-05-01,1\n", "`end` is not after `start`"),
        ("start,end,hashes\n2026-05-01,2026-05-02,1 TH/s\n", "is no work"),
        ("start,end,hashes\n2026-05-01,2026-05-02,1e33\n", "more than all of its network"),
        ("time,hashrate,window\n2026-05-01,100,1h\n", "is no hashrate"),
        ("time,hashrate,window\n2026-05-01,100 kSol/s,1h\n", "does not count what sha256d counts"),
        ("what,start,end,amount,taken\npool,2026-05-01,2026-05-02,1 BTC,stolen\n", "no way to take a fee"),
    ],
)
def test_what_is_wrong_is_said(text: str, problem: str) -> None:
    assert problem in faults(text)[0]


def test_a_kind_that_was_asked_for_is_the_only_one_that_counts() -> None:
    assert "write a header like date|time,amount" in faults("start,end,amount\n", "payouts")[0]
    assert "is no kind of statement" in faults("date,amount\n", "wishes")[0]


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200), st.sampled_from([None, *KINDS]))
def test_no_text_brings_anything_but_rows_or_faults(text: str, kind: str | None) -> None:
    with suppress(ConfigError):
        assert read(text, kind).rows


@given(st.lists(st.text(alphabet='0123456789-:TZ+ .,eBTC"/sh%', max_size=24), min_size=3, max_size=3))
def test_no_cell_brings_anything_but_rows_or_faults(cells: list[str]) -> None:
    for header in ("time,hashrate,window", "start,end,hashes", "start,end,amount"):
        with suppress(ConfigError):
            assert read(f"{header}\n{','.join(cells)}\n").rows
