"""SBI Crypto Pool: workers of a sub-account with averages of ten minutes, an hour and a day, read with a key."""

from typing import Annotated, ClassVar, Final

from pydantic import AliasChoices, Field

from verifier.fields import Camel, Count, IsoTime, Name, Number
from verifier.observation import AccountSeen, RateSeen, WorkersSeen
from verifier.phrases import every_row, unknown
from verifier.reading import decode, rows
from verifier.talk import LARGE, Account, Http, Secret, Source, Talk, asks
from verifier.told import listed, presence, rates
from verifier.units import DAY, HOUR, MINUTE, Window

PER_PAGE: Final = 200

_MH: Final = 1e6
_SPANS: Final = (10 * MINUTE, HOUR, DAY)


class SbicryptoAccount(Account):
    """A sub-account at SBI Crypto Pool, read with a key of permission READ and its secret."""

    secrets: ClassVar[tuple[str, ...]] = ("key", "secret")

    url: str = "https://pool-api.sbicrypto.com/api/external/v1"
    subaccount: Annotated[str, Field(pattern=r"^[\w.-]{1,64}$", description="name of the sub-account")]


class _Coin(Camel):
    code: Name


class _Subaccount(Camel):
    subaccount_name: Name
    current_mining_currency: _Coin | None = None


class _Worker(Camel):
    name: Name
    # Newer clients read `status` instead of `state`; it may be empty.
    state: Annotated[Name, Field(validation_alias=AliasChoices("state", "status"))]
    last_share_time: IsoTime | None = None
    subaccount: Name
    hashrates: Annotated[list[Number], Field(min_length=len(_SPANS), max_length=len(_SPANS))]


class _Page(Camel):
    total_elements: Count | None = None


@asks(WorkersSeen, RateSeen, every=5 * MINUTE, cap=LARGE)
def workers(account: SbicryptoAccount, _window: Window) -> Talk:
    """The workers listed with their state, last share and averages."""

    def ask(page: int) -> Http:
        return _ask("workers", subaccountNames=account.subaccount, page=str(page), size=str(PER_PAGE))

    reply, listing = yield from every_row(_Worker, _Page, ask, decode, _all_told, "content")
    found = [one for one in listing if one.subaccount == account.subaccount]
    states = ((one, presence(one.state or ("ONLINE" if one.hashrates[0] else "OFFLINE"), "ONLINE")) for one in found)
    shown = ((one.name, zip(_SPANS, (rate * _MH for rate in one.hashrates), strict=True)) for one in found)
    return (
        listed(reply, ((one.name, there, one.last_share_time) for one, there in states)),
        *rates(reply.received_at, shown),
    )


@asks(AccountSeen, every=6 * HOUR)
def subaccount(account: SbicryptoAccount, _window: Window) -> Talk:
    """Which coin the sub-account mines."""
    reply = yield _ask("account")
    for one in rows(_Subaccount, decode(reply), "subaccounts"):
        if one.subaccount_name == account.subaccount:
            coin = one.current_mining_currency
            return (AccountSeen(at=reply.received_at, mode=coin.code if coin else None),)
    return unknown(reply, "the pool lists no sub-account of this name")


def _all_told(page: _Page, told: list[list[_Worker]]) -> bool:
    """Whether a page is the last: the total is not always told, and a page beyond the end is empty."""
    return not told[-1] or (page.total_elements is not None and sum(map(len, told)) >= page.total_elements)


def _ask(what: str, **query: str) -> Http:
    return Http(path=f"/{what}", query=query, headers={"X-API-Key": Secret("key"), "X-API-Secret": Secret("secret")})


SOURCE: Final = Source(
    kind="sbicrypto", title="SBI Crypto Pool", Account=SbicryptoAccount, support="experimental", pace=2.0,
    questions=(workers, subaccount),
)  # fmt: skip
