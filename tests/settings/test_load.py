"""The whole file: what follows from what is written, and that all faults are told at once."""

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.settings.conftest import ACCOUNT, NOW, Faults, Loader
from verifier.contract import Independence
from verifier.errors import ConfigError
from verifier.ledger.address import ServerAddress
from verifier.settings import load
from verifier.settings.written import show

NORTH = """  north:
    seller: Northhash
    promised: 100 TH/s
    starts: 2026-01-01
    watch: [{account: acme, workers: "north.*"}]
"""
SOUTH = NORTH.replace("north", "south")
EXAMPLES = Path(__file__).parent.parent.parent / "config"
PIECES = ["", "[", "{a: 1}", "true", "-1", "nan", "\n", ": ", "'", "é", "[[a]]", " 9999-12-31", "~", "\n- a\n", "%"]
FILE = f"{ACCOUNT}contracts:\n{NORTH}"


def places(told: list[str]) -> list[str]:
    return [": ".join(fault.split(": ")[:2]) for fault in told]


def test_all_faults_are_told_at_once_in_the_order_of_lines(faults: Faults) -> None:
    broken = FILE.replace("100 TH/s", "100").replace("2026-01-01", "soon").replace("acme,", "acne,") + "shw: {}\n"
    broken = broken.replace("{kind: ckpool", "{kind: ckpool, pace: nan, url: 'http://pool.example.org'")
    assert places(faults(broken)) == [
        "verifier.yaml:2: accounts.acme.pace",
        "verifier.yaml:2: accounts.acme.url",
        "verifier.yaml:6: contracts.north.promised",
        "verifier.yaml:7: contracts.north.starts",
        "verifier.yaml:8: contracts.north.watch[0].account",
        "verifier.yaml:9: shw",
    ]


def test_faults_of_the_form_are_told_with_those_of_the_meaning(faults: Faults) -> None:
    broken = FILE.replace("promised: 100 TH/s", "promised:").replace("2026-01-01", "soon\n    starts: 2026-01-01")
    assert places(faults(broken)) == [
        "verifier.yaml:6: contracts.north.promised",
        "verifier.yaml:7: contracts.north.starts",
        "verifier.yaml:8: contracts.north.starts",
    ]


@pytest.mark.parametrize(
    ("dates", "path"),
    [
        ("starts: 2026-01-01\n    ends: 2025-01-01", "ends"),
        ("starts: 2026-01-01\n    term: 2026-01-01 for 12 months", "term"),
        ("starts: 2026-01-01\n    amendments: [{from: 2025-01-01, promised: 1 TH/s}]", "amendments[0].from"),
        ("ends: 2027-01-01", ""),
    ],
)
def test_faults_between_dates_are_told_beside_a_clause_that_cannot_be_read(
    faults: Faults, dates: str, path: str
) -> None:
    text = FILE.replace("100 TH/s", "many").replace("starts: 2026-01-01", dates)
    told = {place.split(": ")[1] for place in places(faults(text))}
    assert told == {"contracts.north.promised", f"contracts.north.{path}".rstrip(".")}


def test_dates_that_cannot_be_read_are_told_once(faults: Faults) -> None:
    text = FILE.replace("starts: 2026-01-01", "starts: soon\n    ends: 2025-01-01")
    assert places(faults(text)) == ["verifier.yaml:7: contracts.north.starts"]
    text = FILE.replace("starts: 2026-01-01", "starts: 2026-01-01\n    term: for ever")
    assert places(faults(text)) == ["verifier.yaml:8: contracts.north.term"]


def test_an_account_of_an_unknown_kind_is_checked_as_far_as_it_is_known(faults: Faults) -> None:
    text = FILE.replace("kind: ckpool", "kind: ckpol, url: http://pool.example.org, pace: fast")
    assert places(faults(text)) == [f"verifier.yaml:2: accounts.acme.{key}" for key in ("kind", "pace", "url")]


def test_a_file_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.yaml:1: file: cannot be read"):
        load(tmp_path / "nowhere.yaml", {}, None, NOW)


def test_contracts_may_stand_in_files_of_their_own(loaded: Loader, tmp_path: Path) -> None:
    (tmp_path / "contracts.d").mkdir()
    (tmp_path / "contracts.d" / "south.yaml").write_text(f"contracts:\n{SOUTH}")
    (tmp_path / "contracts.d" / "notes.txt").write_text("not read")
    assert set(loaded(FILE).contracts) == {"north", "south"}


def test_a_fault_in_such_a_file_names_it(faults: Faults, tmp_path: Path) -> None:
    (tmp_path / "contracts.d").mkdir()
    (tmp_path / "contracts.d" / "north.yaml").write_text(f"contracts:\n{NORTH}tell: {{}}\n")
    told = faults(FILE)
    assert told[0].startswith("contracts.d/north.yaml:2: contracts.north: is also in ")
    assert told[0].endswith("verifier.yaml:4, write another name")
    assert told[1] == "contracts.d/north.yaml:7: tell: is not a known key, write one of accounts, contracts"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (f"{ACCOUNT}contracts: north\n", "contracts"),
        (f"{ACCOUNT}contracts: {{north: Northhash}}\n", "contracts.north"),
        (f"accounts: {{acme: ckpool}}\ncontracts:\n{NORTH}", "accounts.acme"),
        (f"accounts: [acme]\ncontracts:\n{NORTH}", "accounts"),
        (f"{FILE}tell: me\n", "tell"),
        (f"{FILE}tell: {{repeat: [[a]]}}\n", "tell.repeat"),
        (f"{FILE}chain: acme\n", "chain"),
        (f"{FILE}show: EUR\n", "show"),
        (f"{FILE}tell: {{me: me@example.org}}\n", "tell.me"),
        (f"{FILE}tell: {{Me: {{email: me@example.org, smtp: mail.example.org}}}}\n", "tell.Me"),
        (FILE.replace("watch: [{account: acme", "watch: [{ckpool: [a]"), "contracts.north.watch[0].ckpool"),
        (FILE.replace("watch: [{account: acme", "watch: [{esplora: renter"), "contracts.north.watch[0].esplora"),
        (FILE.replace("seller: Northhash", "seller: [a]"), "contracts.north.seller"),
        (FILE.replace("starts: 2026-01-01", "starts: [a]"), "contracts.north.starts"),
        (FILE.replace("seller: Northhash", 'seller: "a\\nb"'), "contracts.north.seller"),
        (FILE.replace("kind: ckpool", "kind: ckpool, ca_file: nowhere.pem"), "accounts.acme.ca_file"),
        (FILE.replace("kind: ckpool", "kind: ckpool, proxy: somewhere"), "accounts.acme.proxy"),
        (FILE.replace("kind: ckpool", "kind: ckpool, url: 'https://[bad'"), "accounts.acme.url"),
        (FILE.replace("kind: ckpool", "kind: ckpool, url: 'https://a b'"), "accounts.acme.url"),
        (FILE.replace("acme", "Acme"), "accounts.Acme"),
    ],
)
def test_other_forms_are_faults_at_their_path(faults: Faults, text: str, path: str) -> None:
    assert f": {path}: " in faults(text)[0]


def test_a_short_form_is_an_account_of_that_name_and_kind(loaded: Loader) -> None:
    short = "contracts:\n" + NORTH.replace("account: acme", "f2pool: renter1, opened_by: seller")
    settings = loaded(short, {"VERIFIER_ACCOUNTS__RENTER1__TOKEN": "made-up-token"})
    assert settings.accounts["renter1"].secrets == {"token": "made-up-token"}
    assert settings.contracts["north"].watch[0].independence is Independence.ARRANGED_BY_SELLER


def test_a_short_form_names_the_account_that_is_written_out(loaded: Loader) -> None:
    settings = loaded(FILE.replace("account: acme", "ckpool: acme"))
    assert list(settings.accounts) == ["acme"]
    assert settings.contracts["north"].watch[0].account == "acme"


def test_a_short_form_of_another_kind_than_the_account_is_a_fault(faults: Faults) -> None:
    assert "is of kind ckpool" in faults(FILE.replace("account: acme", "public_pool: acme"))[0]


def test_one_short_form_in_two_contracts_is_one_account(loaded: Loader) -> None:
    address = "ckpool: bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
    text = "contracts:\n" + (NORTH + SOUTH).replace("account: acme", address)
    assert list(loaded(text).accounts) == ["ckpool_v8f3t4"]


def test_a_short_form_cannot_take_the_name_of_another_account(faults: Faults) -> None:
    address = "ckpool: bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
    text = FILE.replace("acme: {", "ckpool_v8f3t4: {").replace("account: acme", address)
    assert "is a second account called ckpool_v8f3t4" in faults(text)[0]


def test_a_legacy_address_keeps_its_capitals(loaded: Loader) -> None:
    legacy = "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2"
    settings = loaded("contracts:\n" + NORTH.replace("account: acme", f"ckpool: {legacy}"))
    assert settings.accounts["ckpool_janvn2"].account.model_dump()["address"] == legacy


def test_a_fault_of_an_account_is_not_told_again_by_its_contracts(faults: Faults) -> None:
    assert len(faults(FILE.replace("kind: ckpool", "kind: ckpol"))) == 1


def test_a_group_may_share_its_workers(loaded: Loader) -> None:
    text = (NORTH + SOUTH.replace("south.*", "north.*")).replace("    seller:", "    group: both\n    seller:")
    settings = loaded(f"{ACCOUNT}contracts:\n{text}")
    assert {contract.group for contract in settings.contracts.values()} == {"both"}


def test_a_contract_that_follows_another_may_take_over_its_workers(loaded: Loader) -> None:
    first = NORTH.replace("2026-01-01", "2025-01-01\n    ends: 2026-01-01")
    assert len(loaded(f"{ACCOUNT}contracts:\n{first}{SOUTH.replace('south.*', 'north.*')}").contracts) == 2


@pytest.mark.parametrize(
    "broken", ["{from: 2026-05-01, promised: 110}", "{from: 2026-05-01, tolerance: none}", "{from: 2026-05-01}"]
)
def test_the_order_of_amendments_is_told_beside_other_faults_of_theirs(faults: Faults, broken: str) -> None:
    clause = f"amendments: [{broken}, {{from: 2026-04-01, promised: 1 TH/s}}]\n    seller:"
    told = faults(FILE.replace("seller:", clause, 1))
    assert [one for one in told if ".amendments[1].from: is not after the start and the amendments before it" in one]
    assert [one for one in told if ".amendments[0]" in one]


def test_an_amendment_whose_date_cannot_be_read_is_told_once(faults: Faults) -> None:
    for broken in ("{from: soon, promised: 1 TH/s}", "soon", "{from: [a], promised: 1 TH/s}"):
        assert len(faults(FILE.replace("seller:", f"amendments: [{broken}]\n    seller:", 1))) == 1


def test_a_contract_cannot_claim_its_workers_twice(faults: Faults) -> None:
    twice = FILE.replace('"north.*"}]', '"north.*"}, {account: acme, workers: "*"}]')
    assert "claims workers of acme that another entry of this contract claims too" in faults(twice)[0]


def test_a_watch_knows_whether_its_source_tells_what_was_earned(loaded: Loader) -> None:
    short = "contracts:\n" + NORTH.replace("account: acme", "f2pool: renter1")
    assert (
        loaded(short, {"VERIFIER_ACCOUNTS__RENTER1__TOKEN": "made-up-token"}).contracts["north"].watch[0].tells_earnings
    )
    assert not loaded(FILE).contracts["north"].watch[0].tells_earnings


def test_an_account_may_state_the_difficulty_of_its_shares(loaded: Loader) -> None:
    settings = loaded(FILE.replace("kind: ckpool", "kind: ckpool, share_difficulty: 65536"))
    assert settings.contracts["north"].watch[0].share_difficulty == 65536


def test_a_private_authority_is_found_beside_the_file(loaded: Loader, tmp_path: Path) -> None:
    (tmp_path / "own.pem").write_text("made up")
    account = loaded(FILE.replace("kind: ckpool", "kind: ckpool, ca_file: own.pem")).accounts["acme"].account
    assert account.ca_file == str(tmp_path / "own.pem")


def test_the_budget_of_the_fleet_lowers_that_of_each_contract(loaded: Loader) -> None:
    few = loaded(f"{FILE}alarm: {{per_contract_year: 2, fleet_per_month: 1}}\n").contracts["north"]
    many = "".join(NORTH.replace("north", f"north{number}") for number in range(24))
    one_of_many = loaded(f"{ACCOUNT}together: []\ncontracts:\n{many}").contracts["north0"]
    assert (few.false_alarms_per_year, one_of_many.false_alarms_per_year) == (2, 0.5)


def test_how_much_an_honest_miner_may_wander_is_three_percent_unless_written(loaded: Loader) -> None:
    assert loaded(FILE).contracts["north"].wander == 0.03
    assert loaded(FILE.replace("    starts:", "    wander: 1.5 %\n    starts:", 1)).contracts["north"].wander == 0.015


def test_the_ledger_lies_in_the_state_directory_else_beside_the_file(loaded: Loader, tmp_path: Path) -> None:
    assert loaded(FILE).ledger == tmp_path / "verifier.sqlite"
    assert loaded(FILE, {"STATE_DIRECTORY": "/var/lib/verifier"}).ledger == Path("/var/lib/verifier/verifier.sqlite")
    assert loaded(f"{FILE}ledger: memory/of.sqlite\n").ledger == tmp_path / "memory" / "of.sqlite"


def test_the_ledger_may_be_on_a_server_and_its_password_is_shown_to_nobody(loaded: Loader, tmp_path: Path) -> None:
    (tmp_path / "db.password").write_text("open sesame\n")
    (tmp_path / "db.password").chmod(0o600)
    url = "postgresql://verifier@db.example.org:5433/ledger?sslmode=verify-full"
    text = f"{FILE}ledger: {url}\n"
    settings = loaded(f"{text}ledger_password_file: db.password\n")
    assert settings.ledger == ServerAddress(url=url, password="open sesame", origin="file db.password")
    assert show(settings)["ledger"] == url
    assert show(settings)["ledger_password"] == "(from file db.password)"
    assert "sesame" not in f"{settings!r}{show(settings)}"
    from_outside = loaded(text, {"VERIFIER_LEDGER__PASSWORD": "another"}).ledger
    assert from_outside == ServerAddress(url=url, password="another", origin="environment VERIFIER_LEDGER__PASSWORD")
    assert loaded(text).ledger == ServerAddress(url=url)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("ledger: postgresql://me:secret@host/mine", "carries a password, write that alone in a file"),
        ("ledger: postgresql://me@host", "write it like postgresql://user@host/database"),
        ("ledger: postgresql://me@[host/mine", "write it like postgresql://user@host/database"),
        ("ledger: mysql://me@host/mine", "write it like postgresql://user@host/database"),
        ("ledger: postgresql://me@host/mine?options=-c", "write it like postgresql://user@host/database"),
        ("ledger: {a: b}", "is not a path"),
        ("ledger_password_file: db.password", "is for a database on a server"),
        ("ledger: postgresql://me@host/mine\nledger_password_file: none", "none cannot be read"),
    ],
)
def test_what_is_no_place_for_a_ledger_is_told(loaded: Loader, lines: str, words: str) -> None:
    with pytest.raises(ConfigError) as refused:
        loaded(f"{FILE}{lines}\n")
    assert words in str(refused.value)
    assert "secret" not in str(refused.value)


def test_what_is_probably_not_meant_is_a_warning(loaded: Loader) -> None:
    settings = loaded(
        FILE.replace("2026-01-01", "2025-01-01\n    ends: 2026-01-01") + "external_url: http://pi.local/\n"
    )
    assert [warning.path for warning in settings.warnings] == ["file", "contracts.north"]
    assert settings.external_url == "http://pi.local"
    idle = loaded(FILE.replace("contracts:", "  idle: {kind: esplora}\ncontracts:"))
    assert "accounts.idle" in [warning.path for warning in idle.warnings]


def test_dates_are_midnight_where_the_reader_lives(loaded: Loader) -> None:
    north = loaded(f"{FILE}show: {{time_zone: America/New_York}}\n").contracts["north"]
    assert north.starts == datetime(2026, 1, 1, 5, tzinfo=UTC)


@given(start=st.integers(0, 700), length=st.integers(0, 40), instead=st.sampled_from(PIECES))
def test_a_damaged_file_is_read_or_told_and_never_anything_else(
    tmp_path_factory: pytest.TempPathFactory, start: int, length: int, instead: str
) -> None:
    whole = (EXAMPLES / "cloud-fixed-term.yaml").read_text(encoding="utf-8")
    path = tmp_path_factory.getbasetemp() / "damaged.yaml"
    path.write_text(whole[: 3 * start] + instead + whole[3 * start + length :], encoding="utf-8")
    secrets = {"VERIFIER_ACCOUNTS__RENTER1__TOKEN": "made up", "VERIFIER_TELL__ME__PASSWORD": "made up"}
    with suppress(ConfigError):
        assert load(path, secrets, None, NOW).contracts


def test_ten_thousand_contracts_are_read_in_about_a_second(loaded: Loader) -> None:
    many = "".join(NORTH.replace("north", f"north{number}") for number in range(10_000))
    before = process_time()
    assert len(loaded(f"{ACCOUNT}contracts:\n{many}").contracts) == 10_000
    assert process_time() - before < 10
