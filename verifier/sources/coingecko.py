"""CoinGecko: prices of coins as averages of exchanges, of now and of the past days."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from itertools import product
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Final, NamedTuple

from pydantic import BaseModel, Field, RootModel

from verifier.errors import Misread, Refused
from verifier.fields import Coins, Name, UnixMilliseconds, UnixTime
from verifier.observation import Observation, PriceSeen
from verifier.phrases import unknown
from verifier.prices import REACH, Currencies, Paid, of_now, priced
from verifier.reading import decode, document, fit, not_future, rows
from verifier.talk import Account, Ask, CoinName, Http, Reply, Source, Talk, asks
from verifier.units import DAY, MINUTE, Window

#: CoinGecko's own names of the coins that this program knows.
IDS: Final = MappingProxyType(
    {"BTC": "bitcoin", "BCH": "bitcoin-cash", "LTC": "litecoin", "DOGE": "dogecoin", "DASH": "dash", "ZEC": "zcash"}
    | {"RVN": "ravencoin", "KAS": "kaspa", "XMR": "monero", "ETC": "ethereum-classic", "ETHW": "ethereum-pow-iou"}
    | {"ERG": "ergo", "CKB": "nervos-network", "DGB": "digibyte", "XNA": "neurai", "ZEPH": "zephyr-protocol"}
    | {"ALPH": "alephium", "CFX": "conflux-token"}
)


class CoingeckoAccount(Account):
    """CoinGecko's public prices; a key only raises the limit."""

    optional_secrets: ClassVar[tuple[str, ...]] = ("key",)

    url: str = "https://api.coingecko.com/api/v3"
    currencies: Currencies = ("USD",)
    coins: Annotated[tuple[CoinName, ...], Field(min_length=1, max_length=10, description="like `[BTC, LTC]`")] = (
        "BTC",
    )


class _Simple(RootModel[dict[Name, dict[str, Any]]]):
    pass


class _Price(BaseModel):
    price: Coins
    last_updated_at: UnixTime


class _Point(NamedTuple):
    at: UnixMilliseconds
    price: Paid


class _Status(BaseModel):
    error_code: int
    error_message: Name = ""


@asks(PriceSeen, every=10 * MINUTE)
def prices(account: CoingeckoAccount, _window: Window) -> Talk:
    """Prices of now, each at the time of its last renewal; a coin or currency that is not listed is left out."""
    wanted = {IDS[coin]: coin for coin in account.coins}
    codes = {currency.lower(): currency for currency in account.currencies}
    query = {"ids": ",".join(wanted), "vs_currencies": ",".join(codes), "include_last_updated_at": "true"}
    reply = yield Http(path="/simple/price", query=query)
    listed = fit(_Simple, _answer(reply)).root
    told: list[Observation] = []
    for (name, coin), (code, currency) in product(wanted.items(), codes.items()):
        row = listed.get(name, {})
        shown = None if row.get(code) is None else fit(_Price, {**row, "price": row[code]})
        if shown is not None and shown.price > 0:
            seen = PriceSeen(at=shown.last_updated_at, coin=coin, currency=currency, price=shown.price)
            told += of_now(seen, reply, f"the price of {coin}")
    return priced(told) or unknown(reply, f"no price of {', '.join(account.coins)}")


@asks(PriceSeen, every=DAY, phase=10 * MINUTE, reach=REACH)
def history(account: CoingeckoAccount, window: Window) -> Talk:
    """Prices of the past, hour by hour, as up to 90 days are sent; more would come daily."""
    told: list[Observation] = []
    for coin, currency in product(account.coins, account.currencies):
        query = {"vs_currency": currency.lower(), "days": f"{min(window.span // DAY + 2, REACH.days + 1)}"}
        reply = yield Http(path=f"/coins/{IDS[coin]}/market_chart", query=query)
        if reply.status == HTTPStatus.NOT_FOUND:
            told += unknown(reply, f"CoinGecko does not know {coin}")
            continue
        told += [
            PriceSeen(at=not_future(one.at, reply), coin=coin, currency=currency, price=one.price)
            for one in rows(_Point, _answer(reply), "prices", most=20_000)
            if one.at > window.start
        ]
    return told


def keyed(ask: Ask, secrets: Mapping[str, str], _now: datetime, _nonce: int) -> Ask:
    """The ask with the key of a free account, where there is one."""
    if not isinstance(ask, Http) or "key" not in secrets:
        return ask
    return replace(ask, headers={**ask.headers, "x-cg-demo-api-key": secrets["key"]})


def _answer(reply: Reply) -> object:
    """The document. Raises Refused with the service's own words for a key that is missing or not known."""
    said = document(reply) if reply.body.lstrip().startswith(b"{") else None
    if isinstance(said, dict) and "status" in said:
        trouble = fit(_Status, said["status"])
        if trouble.error_code in {10002, 10005, 10010, 10011}:  # a missing or unknown key (CoinGecko's list of errors)
            raise Refused(f"{trouble.error_code}: {trouble.error_message}")
        if reply.status == HTTPStatus.OK:
            raise Misread(f"{trouble.error_code}: {trouble.error_message}")
    return decode(reply)


SOURCE: Final = Source(
    kind="coingecko", title="CoinGecko", Account=CoingeckoAccount, support="documented", pace=6.0, sign=keyed,
    questions=(prices, history),
)  # fmt: skip
