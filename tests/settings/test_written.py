"""The settings written out read back as the same, their digests change when they do, and the schema knows the keys."""

from pathlib import Path
from typing import Any

import yaml

from tests.settings.conftest import ACCOUNT, Loader, another
from verifier.settings import schema, show
from verifier.settings.load import KEYS

FILE = f"""{ACCOUNT}{another("flux", "equihash", "ZEC")}contracts:
  north:
    seller: {{value: Northhash, cite: order page}}
    promised: {{value: 100 TH/s, cite: order page}}
    starts: 2026-01-01
    ends: 2027-01-01
    tolerance: 5 % an hour
    price: 1800.50 USD
    tell_me_below: 97 %
    wander: 4 %
    rejects: {{value: 2 %, cite: terms 4.6}}
    payouts:
      every: 1d
      threshold: {{value: 0.005 BTC, cite: terms 6.1}}
      within: not stated
      address: bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4
      scheme: FPPS
      pool_day: {{value: "+08:00", cite: help page}}
    fees: {{pool: {{value: 2.5 %, cite: terms 7}}, electricity: 0.012 USD/TH/day, management: not stated}}
    uptime: {{value: 99.5 %, method: sharing, window: rolling, over: week, within: 20m, cite: terms 8}}
    exclusions:
      - {{from: 2026-03-01, to: "2026-03-01T12:00:00+01:00", why: announced maintenance, cite: mail of 20 Feb}}
      - {{from: 2026-04-01, to: 2026-04-03, why: curtailment}}
    receipts:
      - {{txid: 4A5E1E4BAAB89F3A32518A88C31BC87F618F76673E2CC77AB2127B7AFDEDA33B, vout: 1, category: own_transfer}}
      - {{txid: 0e3e2357e806b6cdb1f70b54c3a3a17b6714ee1f0e68bebb44a74b1efd512098, category: refund, cite: a mail}}
    group: both
    labels: {{site: iceland}}
    amendments: [{{from: 2026-02-01, promised: 90 TH/s, tolerance: not stated, cite: mail}}]
    watch: [{{account: acme, workers: "north.*", opened_by: seller}}]
  south:
    seller: Southrigs
    algorithm: equihash
    promised: 300 kSol/s
    term: {{value: 2026-02-01 for 6 months, cite: order page}}
    watch: [{{account: flux, workers: "south.*"}}]
tell: {{email: me@example.org, smtp: mail.example.org}}
show: {{currency: EUR, time_zone: Europe/Berlin}}
heartbeat: {{url: "https://beats.example.org/made-up-path", every: 90s}}
external_url: https://verifier.example.org
"""


def test_contracts_written_out_read_back_as_the_same(loaded: Loader) -> None:
    settings = loaded(FILE)
    written = show(settings)
    del written["heartbeat"]
    again = loaded(yaml.safe_dump(written, allow_unicode=True, sort_keys=False))
    assert again.contracts == settings.contracts
    assert again.accounts["acme"].account == settings.accounts["acme"].account
    assert again.channels == settings.channels


def test_what_is_shown_is_plain_and_veils_addresses_that_guard_themselves(loaded: Loader) -> None:
    written = yaml.safe_dump(show(loaded(FILE)), allow_unicode=True)
    assert "https://beats.example.org/… (sha256 " in written
    assert "made-up-path" not in written + repr(loaded(FILE))


def test_a_digest_follows_the_meaning_and_not_the_spelling(loaded: Loader) -> None:
    one = loaded(FILE)
    same = loaded(FILE.replace("100 TH/s", "0.1 PH/s").replace("ends: 2027-01-01", "ends: 2026-12-31T23:00:00Z"))
    assert same.digest == one.digest
    other = loaded(FILE.replace("100 TH/s", "101 TH/s"))
    assert other.digest != one.digest
    assert other.contract_digests["north"] != one.contract_digests["north"]
    assert other.contract_digests["south"] == one.contract_digests["south"]


def test_a_new_neighbour_does_not_change_the_digest_of_a_contract(loaded: Loader) -> None:
    written = (
        '  c{0}: {{seller: S, promised: 1 TH/s, starts: 2026-01-01, watch: [{{account: acme, workers: "c{0}"}}]}}\n'
    )
    fleet = "".join(written.format(number) for number in range(30))
    one, many = loaded(FILE), loaded(FILE.replace("contracts:\n", f"contracts:\n{fleet}"))
    assert many.contracts["north"].false_alarms_per_year < one.contracts["north"].false_alarms_per_year
    assert many.contract_digests["north"] == one.contract_digests["north"]


def test_the_schema_names_every_key_that_is_read() -> None:
    described = schema()
    assert tuple(described["properties"]) == KEYS
    parts = described["$defs"]
    assert set(parts["ContractShape"]["required"]) == {"seller", "watch"}
    assert "token_file" in parts["f2pool_account"]["properties"]
    assert parts["ckpool_account"]["properties"]["kind"]["const"] == "ckpool"
    assert {"account", "workers", "opened_by", "f2pool"} <= set(parts["WatchShape"]["properties"])


def test_every_reference_of_the_schema_leads_somewhere() -> None:
    described = schema()

    def references(part: Any) -> set[str]:
        if isinstance(part, dict):
            own = {part["$ref"]} if isinstance(part.get("$ref"), str) else set()
            return own.union(*map(references, part.values()))
        return set().union(*map(references, part)) if isinstance(part, list) else set()

    assert {name.removeprefix("#/$defs/") for name in references(described)} <= set(described["$defs"])


def test_every_key_is_in_the_documentation() -> None:
    docs = Path(__file__).parent.parent.parent / "docs"
    # What one kind of source alone knows stands on its page.
    pages = (docs / "configuration.md", *sorted((docs / "sources").glob("*.md")))
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    parts = schema()["$defs"]
    keys = {key for name, part in parts.items() for key in part.get("properties", {}) if not name.startswith("Clause")}
    assert sorted(key for key in {*keys, *KEYS} if f"`{key}" not in text and f"{key}:" not in text) == []
