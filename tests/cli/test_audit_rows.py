"""What an audit makes of the rows of several workers, of averages, of other orders and other spellings."""

import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.cli.audited import RATES, SLOT, START, WORK, counted, said, table, written
from tests.cli.conftest import Verifier
from verifier.cli.audit_fleet import judged
from verifier.cli.audit_table import Table
from verifier.settings.promised import promised
from verifier.sources import SOURCES


@pytest.fixture
def terms(tmp_path: Path) -> Path:
    return written(tmp_path, "north", "south")


def test_workers_are_those_that_the_contract_names_and_are_summed(verifier: Verifier, tmp_path: Path) -> None:
    rows = []
    for number in range(300):
        for worker, work in (("north.1", 0.6), ("north.2", 0.4), ("elsewhere", 5.0), ("", 6.0)):
            rows.append(f"{said(number)},{said(number + 1)},{work * 600 * 100e12},{worker}")
    result = verifier("audit", written(tmp_path, "north"), table(tmp_path, "start,end,hashes,worker", rows), "--json")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)[0]["delivered_ratio"] == pytest.approx(1.0)


def averages(levels: Sequence[float], window: str, every: int) -> list[str]:
    return [
        f"{said(number)},{98.2 * level:.1f} TH/s,{window}"
        for number, level in enumerate(levels, start=6)
        if number % every == 0
    ]


def test_of_averages_one_sample_per_window_counts(verifier: Verifier, tmp_path: Path) -> None:
    file = written(tmp_path, "north")
    often, seldom = (
        json.loads(verifier("audit", file, table(tmp_path, "time,hashrate,window", rows), "--json").stdout)[0]
        for rows in (averages([1.0] * 1000, "1h", 1), averages([1.0] * 1000, "1h", 6))
    )
    assert often == seldom
    assert often["delivered_ratio"] == pytest.approx(0.982)
    assert often["coverage"] == 1.0


def test_of_two_windows_that_end_together_the_shorter_tells_more(verifier: Verifier, tmp_path: Path) -> None:
    rows = [row for number in range(6, 1000) for row in (f"{said(number)},98e12,10m", f"{said(number)},50e12,1h")]
    result = verifier("audit", written(tmp_path, "north"), table(tmp_path, "time,hashrate,window", rows), "--json")
    assert json.loads(result.stdout)[0]["delivered_ratio"] == pytest.approx(0.98)


def test_an_average_that_cannot_be_read_is_told(verifier: Verifier, tmp_path: Path) -> None:
    rows = [f"{said(7)},98.2 TH,1h", f"{said(8)},fast,1h", f"{said(9)},98 TH/s,1 hour", *averages([1.0] * 300, "1h", 6)]
    result = verifier("audit", written(tmp_path, "north"), table(tmp_path, "time,hashrate,window", rows))
    assert result.exit_code == 1
    for line, problem in ((2, "`98.2 TH` is no hashrate"), (3, "`fast` is no hashrate"), (4, "`1 hour` is not a span")):
        assert f"observations.csv:{line}: " in result.stderr
        assert problem in result.stderr


@pytest.mark.parametrize("form", ["{:%Y-%m-%dT%H:%M:%S}+00:00", "{:%Y-%m-%d %H:%M:%S}.000Z", " {:%Y-%m-%dT%H:%M:%S}z "])
def test_a_moment_is_read_however_it_is_written(form: str, verifier: Verifier, tmp_path: Path) -> None:
    rows = [
        f"{form.format(START + number * SLOT)};{form.format(START + (number + 1) * SLOT)};60 PH;"
        for number in range(9000, 9100)
    ]
    file = tmp_path / "statement.csv"
    file.write_bytes(("\ufeffStart;End;Hashes;Source\r\n" + "\r\n".join(rows)).encode())
    result = verifier("audit", written(tmp_path, "north"), file, "--json")
    assert result.exit_code == 0, result.stderr
    (found,) = json.loads(result.stdout)
    assert found["delivered_ratio"] == pytest.approx(1.0)


def test_people_read_a_table_and_a_chart_of_eighty_columns(verifier: Verifier, tmp_path: Path) -> None:
    rows = [*counted(1.0, 400), *counted(0.6, 200, first=410)]
    file = table(tmp_path, WORK, rows)
    drawn = verifier("audit", written(tmp_path, "north"), file, "--chart").stdout
    assert "too little" in drawn
    plain = verifier("audit", tmp_path / "contract.yaml", file, "--chart", "--plain").stdout
    chart = plain[plain.index("Delivered of what was promised") :]
    assert chart.isascii()
    lines = chart.splitlines()
    assert max(map(len, lines)) <= 80
    assert any(line.startswith("  100 % |") for line in lines)
    assert any(line.startswith("   10 y |") and "#" in line for line in lines)
    assert lines[-2].strip().startswith("1 Jan 2026 00:00 UTC")
    assert "=" in lines[-3]
    assert "●" in drawn


def test_many_processes_say_what_one_says(tmp_path: Path) -> None:
    """Fresh interpreters, as on files that are worth it."""
    names = ("north", "south", "any")
    rows = [f"{row},{name}" for name in ("south", "west", "north") for row in counted(0.9, 300, seed=len(name))]
    rows.insert(100, f"{said(3)},{said(4)},1e18,1,south")
    file = table(tmp_path, f"{WORK},contract", rows)
    contracts = promised(written(tmp_path, *names), SOURCES)

    def run(processes: int) -> list[tuple[str, Any]]:
        one = Table(path=file, known=contracts, now=2e9, refuse=lambda *_: None)
        return judged(one, contracts, every=None, processes=processes, seen=lambda: None)

    alone = run(1)
    assert [name for name, _ in alone] == ["south", "west", "north"]
    assert len(alone[0][1].faults) == 1
    assert run(2) == alone


def test_parquet_means_what_the_same_csv_means(verifier: Verifier, tmp_path: Path) -> None:
    rows = [*counted(1.0, 200), *counted(0.6, 200, first=210)]
    pyarrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")  # untyped
    cells = [row.split(",") for row in rows]
    columns = {
        "start": pyarrow.array([datetime.fromisoformat(row[0]) for row in cells], pyarrow.timestamp("ms", "UTC")),
        "end": pyarrow.array([row[1] for row in cells]),
        "hashes": pyarrow.array([float(row[2]) for row in cells]),
        "shares": pyarrow.array([int(row[3]) for row in cells]),
    }
    file = tmp_path / "observations.parquet"
    parquet.write_table(pyarrow.table(columns), file)
    terms = written(tmp_path, "north")
    same = [verifier("audit", terms, one, "--json").stdout for one in (file, table(tmp_path, WORK, rows))]
    assert json.loads(same[0]) == json.loads(same[1])
    file.write_bytes(b"PAR1")
    assert "is no Parquet" in verifier("audit", terms, file).stderr


def test_the_difficulty_of_a_share_is_that_of_the_account(tmp_path: Path) -> None:
    file = written(tmp_path, "north")
    file.write_text(
        file.read_text(encoding="utf-8") + "accounts: {pool: {kind: public_pool, share_difficulty: 65536}}\n"
        "alarm: {per_contract_year: 2}\n",
        encoding="utf-8",
    )
    (north,) = promised(file, SOURCES).values()
    (watch,) = north.watch
    assert (watch.share_difficulty, watch.share_interval, watch.workers) == (65536.0, timedelta(seconds=10), "north.*")
    assert north.false_alarms_per_year == 2


def test_workers_whose_rows_end_at_moments_of_their_own_are_summed(verifier: Verifier, tmp_path: Path) -> None:
    """A pool tells each worker's average when that worker was last heard: never at the same second."""
    rows = [
        f"{START + number * SLOT + timedelta(seconds=late):%Y-%m-%dT%H:%M:%SZ},50 TH/s,10m,{worker}"
        for number in range(1, 300)
        for worker, late in (("north.1", number % 7), ("north.2", 20 - number % 11))
    ]
    result = verifier("audit", written(tmp_path, "north"), table(tmp_path, RATES, rows), "--json")
    assert result.exit_code == 0, result.stderr
    (found,) = json.loads(result.stdout)
    assert found["delivered_ratio"] == pytest.approx(1.0, abs=0.01)
    assert (found["outcome"], found["alarms"]) == ("met", [])


def test_workers_with_rhythms_of_their_own_are_summed(verifier: Verifier, tmp_path: Path) -> None:
    """One worker is told every ten minutes, the other every half hour: none of it is time told twice."""
    half = 600 * 50e12
    rows = [f"{said(number)},{said(number + 1)},{half},north.1" for number in range(300)]
    rows += [f"{said(number)},{said(number + 3)},{3 * half},north.2" for number in range(0, 300, 3)]
    result = verifier("audit", written(tmp_path, "north"), table(tmp_path, "start,end,hashes,worker", rows), "--json")
    assert result.exit_code == 0, result.stderr
    (found,) = json.loads(result.stdout)
    assert found["delivered_ratio"] == pytest.approx(1.0)
    assert (found["outcome"], found["coverage"], found["alarms"]) == ("met", 1.0, [])


def test_the_account_as_a_whole_goes_before_its_workers_also_where_their_spans_differ(
    verifier: Verifier, tmp_path: Path
) -> None:
    rows = [f"{said(number)},{said(number + 3)},{3 * 600 * 99e12}," for number in range(0, 300, 3)]
    rows += [f"{said(number)},{said(number + 1)},{600 * 40e12},north.1" for number in range(300)]
    terms = written(tmp_path, "north")
    terms.write_text(terms.read_text(encoding="utf-8").replace(', workers: "north.*"', ""), encoding="utf-8")
    result = verifier("audit", terms, table(tmp_path, "start,end,hashes,worker", rows), "--json")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)[0]["delivered_ratio"] == pytest.approx(0.99)


def test_a_long_table_of_workers_with_rhythms_of_their_own_loses_nothing(tmp_path: Path) -> None:
    """Rows that reach over the moment up to which a part of the table is settled are divided there."""
    half = 600 * 50e12
    rows = [
        row
        for number in range(0, 9000, 3)
        for row in (
            *(f"{said(number + n)},{said(number + n + 1)},{half},north.1" for n in range(3)),
            f"{said(number + 0.5)},{said(number + 3.5)},{3 * half},north.2",
        )
    ]
    contracts = promised(written(tmp_path, "north"), SOURCES)
    file = table(tmp_path, "start,end,hashes,worker", rows)
    one = Table(path=file, known=contracts, now=2e9, refuse=lambda *_: None)
    ((_, told),) = judged(one, contracts, every=None, processes=1, seen=lambda: None)
    assert told.faults == []
    row = told.audited.period
    assert row is not None
    assert row.delivered == pytest.approx(9000 * 2 * half, rel=1e-4)
    assert row.coverage == pytest.approx(1.0)
    assert told.audited.alarms == ()


def test_averages_that_were_read_a_few_seconds_early_are_neighbours(verifier: Verifier, tmp_path: Path) -> None:
    """As in the daemon: windows may overlap by a twentieth."""
    rows = [
        f"{START + number * SLOT + timedelta(seconds=number * 7 % 19):%Y-%m-%dT%H:%M:%SZ},100.1 TH/s,10m"
        for number in range(1, 300)
    ]
    file = table(tmp_path, "time,hashrate,window", rows)
    result = verifier("audit", written(tmp_path, "north"), file, "--json")
    (found,) = json.loads(result.stdout)
    assert found["coverage"] > 0.97
    assert found["outcome"] == "met"


def test_a_file_with_its_newest_row_first_is_read_from_its_end(verifier: Verifier, tmp_path: Path) -> None:
    """As most pools export it."""
    rows = counted(1.0, 3000)
    terms = written(tmp_path, "north")
    straight = verifier("audit", terms, table(tmp_path, WORK, rows), "--json")
    backwards = verifier("audit", terms, table(tmp_path, WORK, rows[::-1]), "--json")
    assert backwards.exit_code == 0, backwards.stderr
    assert json.loads(backwards.stdout) == json.loads(straight.stdout)


def test_many_unreadable_rows_are_told_one_by_one_only_at_first(verifier: Verifier, tmp_path: Path) -> None:
    bad = [f"01.03.2026 00:{number % 60:02},x,1e18," for number in range(1500)]
    rows = [*counted(1.0, 5), *bad, "one,two", f"{said(1)},{said(2)},1e18,2000"]
    result = verifier("audit", written(tmp_path, "north"), table(tmp_path, WORK, rows), "--json")
    told = [line for line in result.stderr.splitlines() if "observations.csv:" in line]
    assert (len(told), len(result.stderr.splitlines())) == (20, 22)
    assert "has 2 cells" in told[0], "what is no row is found before what cells say"
    assert "… and 1,482 more: `start`: … is no time (1,481); says again what line … says (1)" in result.stderr
    assert "1502 rows could not be read and did not count" in result.stderr
    assert json.loads(result.stdout)[0]["contract"] == "north"


def test_a_time_in_another_form_is_told_with_one_that_is_read(verifier: Verifier, tmp_path: Path) -> None:
    result = verifier("audit", written(tmp_path, "north"), table(tmp_path, WORK, ["01.03.2026 00:00,x,1e18,"]))
    assert "`01.03.2026 00:00` is no time, write it like `2026-01-31T14:00:00Z`" in result.stderr
    assert "no row that can be read speaks of the term" in " ".join(result.stdout.split())


def test_a_worker_whose_row_cannot_be_read_was_not_seen_and_did_not_stand_still(
    verifier: Verifier, tmp_path: Path
) -> None:
    half = 600 * 50e12
    rows = [f"{said(number)},{said(number + 1)},{half},north.1" for number in range(300)]
    rows += [
        f"{said(number)},{said(number + 1)},{'-1' if 100 <= number < 120 else half},north.2" for number in range(300)
    ]
    result = verifier("audit", written(tmp_path, "north"), table(tmp_path, "start,end,hashes,worker", rows), "--json")
    assert "20 rows could not be read and did not count" in result.stderr
    (found,) = json.loads(result.stdout)
    assert found["delivered_ratio"] == pytest.approx(1.0)
    assert (found["coverage"], found["alarms"]) == (pytest.approx(280 / 300), [])


def test_sources_are_not_loaded_for_a_file_that_names_none(tmp_path: Path) -> None:
    """Loading them all takes longer than judging a year."""
    terms = tmp_path / "contract.yaml"
    terms.write_text("contracts: {any: {seller: S, promised: 100 TH/s, starts: 2026-01-01}}\n", encoding="utf-8")
    file = table(tmp_path, f"{WORK},contract", [f"{row},x" for row in counted(1.0, 3)])
    program = (
        "import sys; from verifier.cli.audit import audit; from pathlib import Path; "
        f"audit(Path({str(terms)!r}), Path({str(file)!r}), True, strict=False, chart=False, plain=False); "
        "assert not any(name.startswith('verifier.sources.') for name in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
