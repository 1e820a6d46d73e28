"""The examples in config/ are what they say."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest

from verifier.contract import Basis, Fee, Independence, Tolerance
from verifier.settings import EmailChannel, Settings, WebhookChannel, load, show
from verifier.units import Amount

_FOLDER: Final = Path(__file__).parent.parent.parent / "config"
_SECRETS: Final = {
    "VERIFIER_ACCOUNTS__RENTER1__TOKEN": "made-up-token-51af",
    "VERIFIER_ACCOUNTS__MY_ORDER__KEY": "made-up-key-51af",
    "VERIFIER_ACCOUNTS__MY_ORDER__SECRET": "made-up-secret-51af",
    "VERIFIER_TELL__EMAIL__PASSWORD": "made-up-word-51af",
    "VERIFIER_TELL__ME__PASSWORD": "made-up-word-51af",
    "VERIFIER_TELL__DESK__SECRET": "whsec_bWFkZS11cC1zZWNyZXQtZm9yLWEtd2ViaG9vaw==",
}


def example(name: str) -> Settings:
    return load(_FOLDER / f"{name}.yaml", _SECRETS, None, datetime(2026, 11, 20, tzinfo=UTC))


def test_minimal_needs_a_seller_a_rate_a_start_and_a_source() -> None:
    settings = example("minimal")
    north = settings.contracts["north"]
    assert (north.promised.per_second, north.ends, north.promises[0].tolerance) == (1e14, None, None)
    assert [watch.account for watch in north.watch] == ["ckpool_v8f3t4"]
    assert settings.accounts["ckpool_v8f3t4"].account.url == "https://solo.ckpool.org"
    assert isinstance(settings.channels["email"], EmailChannel)


def test_a_fixed_term_counts_calendar_months_in_the_zone_of_the_reader() -> None:
    north = example("cloud-fixed-term").contracts["north"]
    assert north.starts == datetime(2026, 10, 31, 23, tzinfo=UTC)
    assert north.ends == datetime(2027, 10, 31, 23, tzinfo=UTC)
    assert [promise.rate.per_second for promise in north.promises] == [5e14, 5.2e14]
    assert north.promises[1].tolerance == Tolerance(fraction=0.05, span=timedelta(days=1))
    assert north.cites == {
        "promised": "order page, line 2",
        "tolerance": "terms 4.2",
        "payouts.threshold": "terms 6.1",
    }
    assert (north.payouts.every, north.payouts.scheme) == (timedelta(days=1), "fpps")
    assert north.fees == {"pool": Fee(fraction=Decimal("0.02")), "electricity": None}
    assert north.tell_me_below == 0.97
    assert north.rejects == 0.02


def test_a_fixed_term_has_its_payouts_looked_for_in_the_wallet_and_shown_in_euro() -> None:
    settings = example("cloud-fixed-term")
    assert [watch.account for watch in settings.contracts["north"].watch] == ["renter1", "wallet_v8f3t4"]
    assert [question.name for question in settings.accounts["wallet_v8f3t4"].questions] == ["receipts", "reorgs"]
    assert settings.prices == ("kraken", "coinbase", "mempool_space")
    assert getattr(settings.accounts["kraken"].account, "currencies", ()) == ("EUR",)


def test_an_open_ended_contract_has_no_end_and_states_no_tolerance() -> None:
    evergreen = example("cloud-open-ended").contracts["evergreen"]
    assert evergreen.ends is None
    assert evergreen.price is None
    assert evergreen.promises[0].tolerance is None
    assert evergreen.watch[0].independence is Independence.ARRANGED_BY_SELLER


def test_a_hosted_miner_may_mine_into_a_pool_at_home() -> None:
    settings = example("hosted-miner")
    assert settings.accounts["home_pool"].account.allow_private
    assert isinstance(settings.channels["desk"], WebhookChannel)
    assert settings.contracts["shed7"].starts == datetime(2026, 6, 1, 10, tzinfo=UTC)
    assert settings.heartbeat is not None
    assert settings.heartbeat.every == timedelta(minutes=5)


def test_two_contracts_share_an_account_by_worker_names() -> None:
    contracts = example("two-contracts-one-account").contracts
    assert {watch.account for contract in contracts.values() for watch in contract.watch} == {"renter1"}
    assert contracts["north"].watch[0].speaks_for("north01")
    assert not contracts["south"].watch[0].speaks_for("north01")


def test_an_order_at_a_market_promises_no_rate_but_work_at_a_price() -> None:
    settings = example("market-order")
    order = settings.contracts["order"]
    assert (order.basis, order.promised.per_second, order.price) == (Basis.WORK, 1e16, None)
    assert order.work_price == Amount(atoms=46_500_000)
    assert [watch.independence for watch in order.watch] == [Independence.SELLER_PAGE, Independence.CHOSEN_POOL]
    written = show(settings)["contracts"]["order"]
    assert (written["limit"], written["price"]) == ("10 PH/s", "0.000465 BTC per PH/day")
    assert not {"promised", "tolerance"} & written.keys()


@pytest.mark.parametrize("file", sorted(_FOLDER.glob("*.yaml")), ids=lambda file: file.stem)
def test_no_secret_is_in_what_is_shown_of_an_example(file: Path) -> None:
    settings = example(file.stem)
    shown = repr(settings) + str(settings) + json.dumps(show(settings))
    assert not [secret for secret in _SECRETS.values() if secret in shown]
