"""Contracts that are summed: those of one seller unless the file says otherwise, and never anything twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tests.settings.conftest import ACCOUNT, Faults, Loader, another
from verifier.settings.model import Alarm
from verifier.settings.names import name_problem
from verifier.verdicts import CHECKS


def written(*contracts: str, more: str = "") -> str:
    entries = "".join(
        f"  c{number}: {{promised: 100 TH/s, starts: 2026-01-01, "
        f'watch: [{{account: acme, workers: "c{number}.*"}}], {clauses}}}\n'
        for number, clauses in enumerate(contracts)
    )
    return f"{ACCOUNT}{more}contracts:\n{entries}"


def test_contracts_of_one_seller_are_summed_whatever_the_order_is_called(loaded: Loader) -> None:
    settings = loaded(written('seller: "Northhash, order 1"', 'seller: "northhash, order 2"', "seller: Other"))
    (found,) = settings.sums.values()
    assert (found.name, found.sum_of) == ("seller_northhash", ("c0", "c1"))
    assert found.promised.per_second == 200e12
    assert found.watch == ()


def test_labels_and_pools_are_summed_where_the_file_asks(loaded: Loader) -> None:
    sites = ("labels: {site: iceland}", "labels: {site: iceland}", "labels: {}")
    text = written(
        *(f"seller: S{number}, {site}" for number, site in enumerate(sites)), more="together: [site, pool]\n"
    )
    sums = loaded(text).sums
    assert {name: one.sum_of for name, one in sums.items()} == {
        "site_iceland": ("c0", "c1"),
        "pool_ckpool": ("c0", "c1", "c2"),
    }


def at_pools(*accounts: str) -> str:
    address = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
    lines = "".join(f"  a{n}: {{{one.replace('ADDRESS', address)}}}\n" for n, one in enumerate(accounts))
    entries = "".join(
        f"  c{n}: {{seller: S{n}, promised: 100 TH/s, starts: 2026-01-01, watch: [{{account: a{n}}}]}}\n"
        for n in range(len(accounts))
    )
    return f"together: [pool]\naccounts:\n{lines}contracts:\n{entries}"


def test_accounts_of_one_kind_at_two_hosts_are_two_pools(loaded: Loader) -> None:
    dashboard = (
        "kind: json, run_by: pool, url: https://{}, asks: [{{sees: rate, get: /, value: r, unit: TH/s, window: 1m}}]"
    )
    nomp = "kind: nomp, url: https://{}, coin: BTC, algorithm: sha256d, address: ADDRESS"
    ckpool = "kind: ckpool, address: ADDRESS, url: https://{}"
    for one in (dashboard, nomp, ckpool):
        apart = at_pools(one.format("one.example.org"), one.format("two.example.org"))
        assert not loaded(apart).sums
        same = at_pools(one.format("one.example.org/a"), one.format("ONE.example.org"))
        (found,) = loaded(same).sums.values()
        kind = one.split(",")[0].removeprefix("kind: ")
        assert (found.name, found.sum_of) == (f"pool_{kind}_one_example_org", ("c0", "c1"))


def test_a_pool_where_its_kind_lives_is_called_like_the_kind(loaded: Loader) -> None:
    home, other = "kind: ckpool, address: ADDRESS", "kind: ckpool, address: ADDRESS, url: https://ck.example.org"
    (found,) = loaded(at_pools(home, home.replace("address", "pace: 9, address"), other)).sums.values()
    assert (found.name, found.sum_of) == ("pool_ckpool", ("c0", "c1"))


def test_nothing_is_summed_where_the_file_says_so(loaded: Loader) -> None:
    assert not loaded(written("seller: N", "seller: N", more="together: []\n")).sums


def test_a_group_stands_in_a_sum_once_and_alone_is_none(loaded: Loader) -> None:
    assert not loaded(written("seller: N, group: farm", "seller: N, group: farm")).sums
    sums = loaded(written("seller: N, group: farm", "seller: N, group: farm", "seller: N")).sums
    assert sums["seller_n"].sum_of == ("farm", "c2")
    assert sums["seller_n"].promised.per_second == 300e12


def test_algorithms_are_never_mixed(loaded: Loader) -> None:
    scrypt = "seller: N, algorithm: scrypt, promised: 1 GH/s"
    text = written("seller: N", "seller: N", scrypt, scrypt).replace("100 TH/s, starts: 2026-01-01, ", "", 0)
    text = text.replace("promised: 100 TH/s, starts", "starts").replace("seller: N}", "seller: N, promised: 1 TH/s}")
    text = text.replace("contracts:\n", another("lite", "scrypt", "LTC") + "contracts:\n")
    for number in (2, 3):
        text = text.replace(f'{{account: acme, workers: "c{number}', f'{{account: lite, workers: "c{number}')
    sums = loaded(text).sums
    assert {name: one.promised.algorithm for name, one in sums.items()} == {
        "seller_n": "sha256d",
        "seller_n_scrypt": "scrypt",
    }


@pytest.mark.parametrize("seller", ["北算力", "A" * 70, "9 lives", "!!!", "seller  Ünder__x"])
def test_a_sum_has_a_name_like_a_contract_however_the_seller_is_called(loaded: Loader, seller: str) -> None:
    (name,) = loaded(written(f'seller: "{seller}"', f'seller: "{seller}"')).sums
    assert name_problem(name) is None


def test_a_sum_does_not_take_the_name_of_a_contract(loaded: Loader) -> None:
    text = written("seller: N", "seller: N").replace("  c1:", "  seller_n:")
    (name,) = loaded(text).sums
    assert name.startswith("sum_seller_n_")


def test_what_nobody_bears_cannot_be_summed_by(faults: Faults) -> None:
    assert (
        "verifier.yaml:3: together[0]: `siet` is neither"
        in faults(written("seller: N, labels: {site: a}", more="together: [siet]\n"))[0]
    )
    assert "together: is not a list" in faults(written("seller: N", more="together: {site: a}\n"))[0]


def test_sums_take_their_part_of_the_budget(loaded: Loader) -> None:
    many = loaded(written(*["seller: N"] * 23))
    assert {one.false_alarms_per_year for one in (*many.contracts.values(), *many.sums.values())} == {0.5}
    assert many.false_alarms == "alarms by chance: at most 0.5 a year for each, 1 a month over 23 contracts and 1 sum"


@given(year=some.floats(0.001, 1e4), month=some.floats(0.001, 1e4), judged=some.integers(1, 10_000))
def test_all_budgets_together_stay_within_that_of_the_fleet(year: float, month: float, judged: int) -> None:
    each = Alarm(per_contract_year=year, fleet_per_month=month).for_each(judged)
    assert each <= year
    assert each * judged <= 12 * month * (1 + 1e-9)


def test_the_parts_of_the_checks_are_no_more_than_the_budget_of_a_contract() -> None:
    assert sum(check.budget for check in CHECKS if check.of == "contract") <= 1
    assert {check.name for check in CHECKS if check.sums} == {"hashrate"}
