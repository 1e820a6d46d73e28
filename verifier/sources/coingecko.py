"""CoinGecko: prices of coins as averages of exchanges, of now and of the past days."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Final, TypeVar

from pydantic import BaseModel, Field, RootModel

from verifier.errors import Misread, Refused
from verifier.observation import Observation, PriceSeen, SilenceReason
from verifier.reading import Coins, Count, Name, UnixTime, decode, document, fit, not_future, read, silence
from verifier.talk import Account, Ask, CoinName, Http, Question, Reply, Source, Talk
from verifier.units import Window

#: CoinGecko's own names of the coins that this program knows.
IDS: Final = MappingProxyType(
    {"BTC": "bitcoin", "BCH": "bitcoin-cash", "LTC": "litecoin", "DOGE": "dogecoin", "DASH": "dash", "ZEC": "zcash"}
    | {"RVN": "ravencoin", "KAS": "kaspa", "XMR": "monero", "ETC": "ethereum-classic", "ETHW": "ethereum-pow-iou"}
    | {"ERG": "ergo", "CKB": "nervos-network", "DGB": "digibyte", "XNA": "neurai", "ZEPH": "zephyr-protocol"}
    | {"ALPH": "alephium"}
)
#: Prices are renewed every few minutes; older than this they stand still.
STALE: Final = timedelta(hours=1)
#: Up to 90 days come hourly, more only daily.
REACH: Final = timedelta(days=60)

#: September 2001: less would be seconds, or no time at all.
_FIRST_MILLISECOND: Final = 1_000_000_000_000
_LAST_MILLISECOND: Final = 253_402_300_799_999
#: Codes of a missing or unknown key (CoinGecko's list of errors).
_KEY_TROUBLE: Final = frozenset({10002, 10005, 10010, 10011})
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class CoingeckoAccount(Account):
    """CoinGecko's public prices; a key only raises the limit."""

    optional_secrets: ClassVar[tuple[str, ...]] = ("key",)

    url: str = "https://api.coingecko.com/api/v3"
    currencies: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[A-Z]{3}$")], ...],
        Field(min_length=1, max_length=10, description="codes of three letters, like `[USD, EUR]`"),
    ] = ("USD",)
    coins: Annotated[tuple[CoinName, ...], Field(min_length=1, max_length=10, description="like `[BTC, LTC]`")] = (
        "BTC",
    )


class _Price(BaseModel):
    price: Coins


class _Renewed(BaseModel):
    at: Annotated[UnixTime, Field(alias="last_updated_at")]


class _Simple(RootModel[dict[Name, dict[str, Any]]]):
    pass


class _Chart(BaseModel):
    prices: Annotated[
        list[
            tuple[Annotated[Count, Field(ge=_FIRST_MILLISECOND, le=_LAST_MILLISECOND)], Annotated[Coins, Field(gt=0)]]
        ],
        Field(max_length=20_000),
    ]


class _Status(BaseModel):
    code: Annotated[int, Field(alias="error_code")]
    message: Annotated[Name, Field(alias="error_message")] = ""


class _Trouble(BaseModel):
    status: _Status


_Model = TypeVar("_Model", bound=BaseModel)


def prices(account: CoingeckoAccount, _window: Window) -> Talk:
    """Prices of now, each at the time of its last renewal; a coin or currency that is not listed is left out."""
    wanted = {IDS[coin]: coin for coin in account.coins}
    codes = {currency.lower(): currency for currency in account.currencies}
    query = {"ids": ",".join(wanted), "vs_currencies": ",".join(codes), "include_last_updated_at": "true"}
    reply = yield Http(path="/simple/price", query=query)
    listed = _answer(_Simple, reply).root
    seen: list[Observation] = []
    stale: list[Observation] = []
    for name, coin in wanted.items():
        priced = listed.get(name, {})
        for code, currency in codes.items():
            if priced.get(code) is None:
                continue
            price = fit(_Price, {"price": priced[code]}).price
            if price <= 0:
                continue
            at = not_future(fit(_Renewed, priced).at, reply)
            if reply.received_at - at > STALE:
                detail = f"the price of {coin} is of {at:%Y-%m-%d %H:%M} UTC"
                stale += silence(reply, SilenceReason.STALE, detail)
                continue
            seen.append(PriceSeen(at=at, coin=coin, currency=currency, price=price))
    if not seen and not stale:
        return silence(reply, SilenceReason.NEVER_SEEN, f"no price of {', '.join(account.coins)}")
    return seen or stale


def history(account: CoingeckoAccount, window: Window) -> Talk:
    """Prices of the past, hour by hour; times are milliseconds."""
    seen: list[Observation] = []
    days = str(min(window.span // timedelta(days=1) + 2, REACH.days + 1))
    for coin in account.coins:
        for currency in account.currencies:
            query = {"vs_currency": currency.lower(), "days": days}
            reply = yield Http(path=f"/coins/{IDS[coin]}/market_chart", query=query)
            if reply.status == HTTPStatus.NOT_FOUND:
                seen += silence(reply, SilenceReason.NEVER_SEEN, f"CoinGecko does not know {coin}")
                continue
            seen += [
                PriceSeen(at=not_future(at, reply), coin=coin, currency=currency, price=price)
                for at, price in (
                    (_EPOCH + timedelta(milliseconds=milliseconds), price)
                    for milliseconds, price in _answer(_Chart, reply).prices
                )
                if at > window.start
            ]
    return seen


def keyed(ask: Ask, secrets: Mapping[str, str], _now: datetime, _nonce: int) -> Ask:
    """The ask with the key of a free account, where there is one."""
    if not isinstance(ask, Http) or "key" not in secrets:
        return ask
    return replace(ask, headers={**ask.headers, "x-cg-demo-api-key": secrets["key"]})


def _answer(model: type[_Model], reply: Reply) -> _Model:
    """The model. Raises Refused with the service's own words for a key that is missing or not known."""
    said = document(reply) if reply.body.lstrip().startswith(b"{") else decode(reply)
    if isinstance(said, dict) and "status" in said:
        trouble = fit(_Trouble, said).status
        if trouble.code in _KEY_TROUBLE:
            raise Refused(f"{trouble.code}: {trouble.message}")
        if reply.status == HTTPStatus.OK:
            raise Misread(f"{trouble.code}: {trouble.message}")
    return read(model, reply)


SOURCE: Final = Source(
    kind="coingecko",
    title="CoinGecko",
    Account=CoingeckoAccount,
    support="documented",
    pace=6.0,
    sign=keyed,
    questions=(
        Question(name="prices", sees=frozenset({PriceSeen}), every=timedelta(minutes=10), talk=prices),
        Question(
            name="history",
            sees=frozenset({PriceSeen}),
            every=timedelta(days=1),
            phase=timedelta(minutes=10),
            reach=REACH,
            talk=history,
        ),
    ),
)
