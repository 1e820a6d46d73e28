"""Wallets in a contract's ``watch`` and sources of prices: accounts that the file implies, and nothing else."""

import pytest

from tests.settings.conftest import ACCOUNT, Faults, Loader
from verifier.contract import Independence
from verifier.settings import Settings
from verifier.settings.written import show

ADDRESS = "bc1qxqmgyzdnhp6z9z3wt94l9q0ma75cw6pawwh2sg"
OTHER = "bc1q9pc0kf8t38929x2swxwq43wp6wdfgzawsrn8ex"
EXPLORER = "  explorer: {kind: esplora, url: 'https://explorer.example.org/api', pace: 3}\n"
NORTH = """contracts:
  north:
    seller: Northhash
    promised: 100 TH/s
    starts: 2026-01-01
    price: 1800 USD
    watch: [{account: acme}, {wallet: ADDRESS}]
"""
FILE = f"{ACCOUNT}{EXPLORER}{NORTH.replace('ADDRESS', ADDRESS)}chain: [explorer]\n"


def test_a_wallet_is_asked_for_receipts_only_at_the_first_explorer_of_the_chain(loaded: Loader) -> None:
    settings = loaded(FILE)
    wallet = settings.accounts["wallet_wwh2sg"]
    assert [question.name for question in wallet.questions] == ["receipts", "reorgs"]
    assert wallet.account.model_dump(exclude_unset=True) == {
        "kind": "esplora",
        "url": "https://explorer.example.org/api",
        "pace": 3.0,
        "address": ADDRESS,
    }
    assert settings.contracts["north"].watch[1].account == "wallet_wwh2sg"
    assert settings.contracts["north"].watch[1].independence is Independence.CHOSEN_POOL


def test_the_explorer_itself_is_not_asked_about_the_wallet(loaded: Loader) -> None:
    asked = loaded(FILE).accounts["explorer"].questions
    assert [question.name for question in asked] == ["blocks", "fees"]


def test_a_wrong_letter_of_the_agreed_payout_address_is_a_fault(loaded: Loader, faults: Faults) -> None:
    clause = "    payouts: {{address: {}}}\n    watch:"
    agreed = loaded(FILE.replace("    watch:", clause.format(ADDRESS.upper()))).contracts["north"].payouts.address
    assert agreed == ADDRESS
    wrong = faults(FILE.replace("    watch:", clause.format(ADDRESS[:-1] + "q")))
    assert len(wrong) == 1
    assert "contracts.north.payouts.address: " in wrong[0]


def test_capital_letters_name_the_same_wallet(loaded: Loader) -> None:
    assert (
        getattr(loaded(FILE.replace(ADDRESS, ADDRESS.upper())).accounts["wallet_wwh2sg"].account, "address", "")
        == ADDRESS
    )


def test_one_wallet_of_two_contracts_is_one_account(loaded: Loader) -> None:
    north = NORTH.replace("ADDRESS", ADDRESS).replace("{account: acme}", '{account: acme, workers: "north.*"}')
    south = north.removeprefix("contracts:\n").replace("north", "south")
    settings = loaded(f"{ACCOUNT}{EXPLORER}{north}{south}chain: [explorer]\n")
    assert len(settings.contracts) == 2
    assert [name for name in settings.accounts if name.startswith("wallet_")] == ["wallet_wwh2sg"]


def test_a_node_of_ones_own_can_be_the_explorer(loaded: Loader) -> None:
    node = "  explorer: {kind: bitcoin_core, url: 'http://127.0.0.1:8332', allow_private: true}\n"
    secret = {"VERIFIER_ACCOUNTS__EXPLORER__LOGIN": "verifier:0123456789abcdef"}
    wallet = loaded(FILE.replace(EXPLORER, node), secret).accounts["wallet_wwh2sg"]
    assert wallet.source.kind == "bitcoin_core"
    assert wallet.secrets == {"login": "verifier:0123456789abcdef"}


def test_a_pool_of_the_chain_that_shows_no_receipts_is_passed_over(loaded: Loader) -> None:
    pool = f"  other: {{kind: public_pool, address: {OTHER}}}\n"
    settings = loaded(FILE.replace(EXPLORER, EXPLORER + pool).replace("[explorer]", "[other, explorer]"))
    assert settings.accounts["wallet_wwh2sg"].source.kind == "esplora"


def test_an_account_of_ones_own_with_an_address_speaks_for_a_contract_and_one_without_does_not(
    loaded: Loader, faults: Faults
) -> None:
    named = FILE.replace(f"{{wallet: {ADDRESS}}}", "{account: explorer}")
    with_address = named.replace("pace: 3", f"pace: 3, address: {ADDRESS}")
    assert loaded(with_address).contracts["north"].watch[1].account == "explorer"
    assert "says nothing about hashrate" in faults(named)[0]


def test_something_else_than_an_address_is_no_wallet(faults: Faults) -> None:
    assert "is no bitcoin address" in faults(FILE.replace(f"wallet: {ADDRESS}", "wallet: [a]"))[0]


def test_prices_imply_accounts_in_the_currencies_of_the_file(loaded: Loader) -> None:
    settings = loaded(FILE + "prices: [kraken, coinbase, kraken]\nshow: {currency: EUR}\n")
    assert settings.prices == ("kraken", "coinbase")
    assert getattr(settings.accounts["kraken"].account, "currencies", None) == ("EUR", "USD")
    assert settings.accounts["coinbase"].account.url == "https://api.exchange.coinbase.com"
    assert show(settings)["prices"] == ["kraken", "coinbase"]
    assert [warning.problem for warning in settings.warnings if "asked for nothing" in warning.problem] == []


def test_an_account_of_a_price_kind_may_be_named_instead(loaded: Loader) -> None:
    mine = "  my_prices: {kind: mempool_space, url: 'https://mempool.example.org/api', currencies: [CHF]}\n"
    settings = loaded(FILE.replace(EXPLORER, EXPLORER + mine) + "prices: [my_prices]\n")
    assert settings.prices == ("my_prices",)
    assert set(settings.accounts) == {"acme", "explorer", "my_prices", "wallet_wwh2sg"}


@pytest.mark.parametrize("kind", ["kraken", "coinbase", "mempool_space", "bitstamp", "coingecko"])
def test_a_written_source_of_prices_without_currencies_is_asked_in_those_of_the_file(loaded: Loader, kind: str) -> None:
    text = FILE.replace(EXPLORER, f"{EXPLORER}  mine: {{kind: {kind}, pace: 30}}\n")
    settings = loaded(text + "prices: [mine]\nshow: {currency: EUR}\n")
    mine = settings.accounts["mine"].account
    assert (getattr(mine, "currencies", None), mine.pace) == (("EUR", "USD"), 30)
    assert not warned(settings)


def warned(settings: Settings) -> list[str]:
    return [f"{one.line}: {one.path}: {one.problem}" for one in settings.warnings if one.path == "prices"]


def test_a_currency_that_too_few_sources_are_asked_for_is_warned_of(loaded: Loader) -> None:
    for written, of in (("[USD]", "none"), ("[CHF, USD]", "none"), ("[EUR, USD]", "")):
        mine = f"  kraken: {{kind: kraken, currencies: {written}}}\n"
        text = FILE.replace(EXPLORER, EXPLORER + mine) + "show: {currency: EUR}\nprices: [kraken]\n"
        said = f"{len(text.splitlines())}: prices: {of} of 1 is asked for EUR, "
        assert [one[: len(said)] for one in warned(loaded(text))] == ([said] if of else [])


def test_half_of_the_sources_are_too_few_for_a_currency(loaded: Loader) -> None:
    mine = "  mine: {kind: kraken, currencies: [USD]}\n"
    text = FILE.replace(EXPLORER, EXPLORER + mine) + "show: {currency: EUR}\n"
    (told,) = warned(loaded(f"{text}prices: [mine, coinbase]\n"))
    assert "1 of 2 is asked for EUR, and more than half have to tell it, " in told
    assert not warned(loaded(f"{text}prices: [mine, coinbase, bitstamp]\n"))


def test_sums_in_coins_need_no_currency(loaded: Loader) -> None:
    text = FILE.replace("    price: 1800 USD\n", "") + "show: {currency: BTC}\nprices: [kraken]\n"
    assert not warned(loaded(text))


def test_no_price_is_asked_for_that_the_file_does_not_name(loaded: Loader) -> None:
    settings = loaded(FILE)
    assert settings.prices == ()
    assert set(settings.accounts) == {"acme", "explorer", "wallet_wwh2sg"}


@pytest.mark.parametrize("broken", ["prices: [explorer]", "prices: {}", "prices: [[kraken]]", "prices: [north]"])
def test_what_shows_no_prices_is_refused(faults: Faults, broken: str) -> None:
    assert "prices" in faults(FILE + broken + "\n")[0]
