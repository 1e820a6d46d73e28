"""Statements of pools and sellers: read whole or not at all, counted once, taken back, also beside a running daemon."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.cli.conftest import Verifier, document, ledger_of
from tests.ledger.beside import untouched
from verifier.clock import SystemClock
from verifier.daemon.inbox import Inbox
from verifier.daemon.installation import installed
from verifier.ledger.place import Place
from verifier.settings import load

NOW = SystemClock().now().replace(microsecond=0)
CONFIG = """\
contracts:
  north:
    seller: Northhash
    promised: 100 TH/s
    starts: {starts:%Y-%m-%dT%H:%M:%SZ}
    watch: [{{account: pool}}]
    payouts: {{every: 1d, within: 12h, scheme: fpps}}
accounts:
  pool:
    kind: ckpool
    url: http://pool.invalid
    allow_private: true
    pace: 0
    address: bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4
web: {{listen: "127.0.0.1:0"}}
"""


def days(number: int) -> list[datetime]:
    midnight = NOW.replace(hour=0, minute=0, second=0)
    return [midnight - timedelta(days=back) for back in range(number, 0, -1)]


def payouts(number: int = 4, coins: str = "0.00004") -> str:
    return "time,amount,coin\n" + "".join(f"{day.isoformat()},{coins},BTC\n" for day in days(number))


def earnings(number: int = 4) -> str:
    rows = (f"{day.isoformat()},{(day + timedelta(days=1)).isoformat()},0.00004,BTC\n" for day in days(number))
    return "start,end,amount,coin\n" + "".join(rows)


def work(number: int = 4, hashes: str = "8.64 EH") -> str:
    rows = (f"{day.isoformat()},{(day + timedelta(days=1)).isoformat()},{hashes}\n" for day in days(number))
    return "start,end,hashes\n" + "".join(rows)


@pytest.fixture
def config(tmp_path: Path, place: Place) -> Path:
    file = tmp_path / "verifier.yaml"
    file.write_text(f"{CONFIG.format(starts=NOW - timedelta(days=10))}ledger: {place}\n")
    return file


def written(folder: Path, text: str, name: str = "statement.csv") -> Path:
    file = folder / name
    file.write_text(text)
    return file


def undoing(output: str) -> str:
    found = re.search(r"--undo ([0-9a-f]{12})", output)
    assert found is not None, output
    return found[1]


def check(verifier: Verifier, config: Path, name: str) -> Any:
    found = document(verifier("contracts", "--json", "--config.file", config))
    return found["contracts"][0]["checks"][name]


def test_a_statement_is_imported_once_and_taken_back(verifier: Verifier, config: Path, tmp_path: Path) -> None:
    file = written(tmp_path, payouts())
    said = verifier("import", "north", file, "--config.file", config)
    assert said.exit_code == 0, said.output
    assert said.stdout.startswith("north: 4 new rows of payouts\n")
    again = verifier("import", "north", file, "--config.file", config)
    assert again.stdout == "north: 0 new rows of payouts, 4 known already\n"
    longer = verifier("import", "north", written(tmp_path, payouts(6), "later.csv"), "--config.file", config)
    assert longer.stdout.startswith("north: 2 new rows of payouts, 4 known already\n")
    back = verifier("import", "--undo", undoing(said.stdout), "--config.file", config)
    assert back.stdout == "taken back: statement.csv of north\n"
    gone = verifier("import", "--undo", undoing(said.stdout), "--config.file", config)
    assert gone.exit_code == 1
    assert "names no import" in gone.stderr
    anew = verifier("import", "north", file, "--config.file", config)
    assert anew.stdout.startswith("north: 4 new rows of payouts\n")


def test_every_unreadable_row_is_told_with_its_line_and_nothing_is_written(
    verifier: Verifier, config: Path, tmp_path: Path
) -> None:
    file = written(tmp_path, "date,amount,coin\n2026-01-31,0.1,BTX\n2026-02-30,0.1,BTC\n\n2026-03-01,0.1\n")
    said = verifier("import", "north", file, "--config.file", config)
    assert said.exit_code == 2
    assert [line.split(" ")[0] for line in said.stderr.splitlines()] == [
        "statement.csv:2:",
        "statement.csv:3:",
        "statement.csv:5:",
    ]
    assert asyncio.run(untouched(ledger_of(config)))


def test_a_dry_run_shows_what_is_understood_and_writes_nothing(
    verifier: Verifier, config: Path, tmp_path: Path
) -> None:
    said = verifier("import", "north", written(tmp_path, work()), "--dry-run", "--config.file", config)
    assert said.exit_code == 0, said.output
    assert "8.64 EH" in said.stdout
    assert "work: 4 rows; nothing was written" in said.stdout
    assert asyncio.run(untouched(ledger_of(config)))


def test_imported_coins_are_judged_and_judged_anew_when_taken_back(
    verifier: Verifier, config: Path, tmp_path: Path
) -> None:
    verifier("import", "north", written(tmp_path, earnings(), "e.csv"), "--config.file", config)
    less = verifier("import", "north", written(tmp_path, payouts(4, "0.00003"), "p.csv"), "--config.file", config)
    assert check(verifier, config, "paid_below_credited")["outcome"] == "short"
    verifier("import", "--undo", undoing(less.stdout), "--config.file", config)
    assert check(verifier, config, "paid_below_credited")["outcome"] == "unknown"
    verifier("import", "north", written(tmp_path, payouts(4), "p.csv"), "--config.file", config)
    assert check(verifier, config, "paid_below_credited")["outcome"] == "met"
    assert verifier("explain", "north", "--config.file", config).exit_code == 0
    replayed = verifier("replay", "--config.file", config)
    assert replayed.exit_code == 0, replayed.output
    as_known_now = verifier("replay", "--as-known-now", "--json", "--config.file", config)
    assert {one["check"] for one in document(as_known_now)["differences"]} == {"paid_below_credited"}


def test_work_from_the_renters_own_note_decides_where_nobody_else_counts_and_the_sellers_word_never(
    verifier: Verifier, config: Path, tmp_path: Path
) -> None:
    file = written(tmp_path, work(9, "6 EH"))
    sold = verifier("import", "north", file, "--from-seller", "--config.file", config)
    assert check(verifier, config, "hashrate")["delivered"] is None
    verifier("import", "--undo", undoing(sold.stdout), "--config.file", config)
    verifier("import", "north", file, "--config.file", config)
    found = check(verifier, config, "hashrate")
    assert found["delivered"] / found["owed"] == pytest.approx(6 / 8.64, rel=0.01)


def test_one_line_is_entered_by_hand(verifier: Verifier, config: Path) -> None:
    at = days(1)[0].isoformat()
    for words in (
        ("payout", "north", at, "0.0125 BTC", "--txid", "ab" * 32),
        ("reading", "north", at, "98 TH/s", "--over", "1h"),
        ("charge", "north", "pool", days(2)[0].isoformat(), at, "0.0001 BTC", "--taken", "deducted"),
    ):
        said = verifier("add", *words, "--config.file", config)
        assert said.exit_code == 0, said.output
        assert "1 new row of" in said.stdout
    wrong = verifier("add", "payout", "north", at, "12 apples", "--config.file", config)
    assert wrong.exit_code == 2
    assert wrong.stderr.startswith("by hand:2: payouts: `12 apples` is no amount of coins")


async def test_beside_a_running_daemon_it_is_the_daemon_that_imports(
    verifier: Verifier, config: Path, tmp_path: Path
) -> None:
    def read(now: datetime) -> Any:
        return load(config, {}, None, now)

    async with installed(read(NOW), SystemClock(), read) as (daemon, _, page):
        address = page.removeprefix("http://").strip("/")

        async def run(*words: str | Path) -> Any:
            beside = ("--web.listen-address", address, "--config.file", config)
            return await asyncio.to_thread(verifier, *words, *beside)

        said = await run("import", "north", written(tmp_path, earnings()))
        assert said.exit_code == 0, said.output
        assert said.stdout.startswith("north: 4 new rows of earnings\n")
        assert daemon.picture is not None
        assert [row.credited for row in daemon.picture.contracts["north"].payout_days[-2:]] == [4000, 4000]
        async with aiohttp.ClientSession() as session:
            for path in ("", "c/north", "a/imported_north", "metrics", "api/v1/accounts"):
                async with session.get(f"{page}{path}") as answer:
                    assert answer.status == 200, path
                    assert "imported_north" in await answer.text() or path in {"", "metrics"}, path
        back = await run("import", "--undo", undoing(said.stdout))
        assert back.stdout == "taken back: statement.csv of north\n"
        assert daemon.picture.contracts["north"].sources[-1].account == "pool"
        gone = await run("import", "--undo", "0123456789ab")
        assert gone.exit_code == 1
        assert "names no import" in gone.stderr


async def test_what_lies_in_the_inbox_is_imported_or_refused_with_the_reason(config: Path, tmp_path: Path) -> None:
    def read(now: datetime) -> Any:
        return load(config, {}, None, now)

    folder = tmp_path / "inbox"
    folder.mkdir()
    for name, text in (
        ("north-may.csv", earnings()),
        ("north_broken.csv", "date,amount\nyesterday,1 BTC\n"),
        ("south.csv", payouts()),
        ("north.txt", "not a statement"),
    ):
        written(folder, text, name)
    (folder / "north-link.csv").symlink_to(folder / "north.txt")
    async with installed(read(NOW), SystemClock(), read) as (daemon, _, _):
        inbox = Inbox(daemon)
        await inbox.look(datetime.now(UTC) - timedelta(hours=1))
        assert not (folder / "done").exists()
        await inbox.look(datetime.now(UTC) + timedelta(minutes=1))
        assert daemon.picture is not None
        assert daemon.picture.contracts["north"].payout_days[-1].credited == 4000
    assert [file.name for file in (folder / "done").iterdir()] == ["north-may.csv"]
    assert sorted(file.name for file in (folder / "refused").iterdir()) == [
        "north_broken.csv",
        "north_broken.csv.txt",
        "south.csv",
        "south.csv.txt",
    ]
    assert "north_broken.csv:2: payouts" in (folder / "refused" / "north_broken.csv.txt").read_text()
    assert sorted(file.name for file in folder.glob("*.*")) == ["north-link.csv", "north.txt"]
