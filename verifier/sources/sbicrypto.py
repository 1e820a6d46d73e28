"""SBI Crypto Pool: workers of a sub-account with averages of ten minutes, an hour and a day, read with a key."""

from datetime import timedelta
from typing import Annotated, ClassVar, Final

from pydantic import AliasChoices, BaseModel, Field

from verifier.errors import Misread
from verifier.observation import (
    AccountSeen,
    RateSeen,
    SilenceReason,
    WorkersSeen,
    WorkerState,
)
from verifier.reading import (
    MOST_WORKERS,
    Count,
    IsoTime,
    Name,
    Number,
    not_future,
    presence,
    read,
    silence,
)
from verifier.talk import Account, Http, Question, Secret, Source, Talk
from verifier.units import Window

PER_PAGE: Final = 200
MOST_PAGES: Final = 250

_MH: Final = 1e6
_SPANS: Final = (timedelta(minutes=10), timedelta(hours=1), timedelta(days=1))
_LARGE: Final = 8_388_608


class SbicryptoAccount(Account):
    """A sub-account at SBI Crypto Pool, read with a key of permission READ and its secret."""

    secrets: ClassVar[tuple[str, ...]] = ("key", "secret")

    url: str = "https://pool-api.sbicrypto.com/api/external/v1"
    subaccount: Annotated[str, Field(pattern=r"^[\w.-]{1,64}$", description="name of the sub-account")]


class _Coin(BaseModel):
    code: Name


class _Subaccount(BaseModel):
    name: Annotated[Name, Field(alias="subaccountName")]
    mines: Annotated[_Coin | None, Field(alias="currentMiningCurrency")] = None


class _Subaccounts(BaseModel):
    subaccounts: Annotated[list[_Subaccount], Field(max_length=10_000)]


class _Worker(BaseModel):
    name: Name
    # Newer clients read `status` instead of `state`; it may be empty.
    state: Annotated[Name, Field(validation_alias=AliasChoices("state", "status"))]
    last_share: Annotated[IsoTime | None, Field(alias="lastShareTime")] = None
    subaccount: Name
    rates: Annotated[list[Number], Field(alias="hashrates", min_length=len(_SPANS), max_length=len(_SPANS))]


class _Workers(BaseModel):
    content: Annotated[list[_Worker], Field(max_length=MOST_WORKERS)]
    total: Annotated[Count | None, Field(alias="totalElements")] = None


def workers(account: SbicryptoAccount, _window: Window) -> Talk:
    """The workers listed with their state, last share and averages."""
    listed: list[_Worker] = []
    count = 0
    for page in range(MOST_PAGES):
        query = {"subaccountNames": account.subaccount, "page": str(page), "size": str(PER_PAGE)}
        reply = yield _ask("workers", **query)
        told = read(_Workers, reply)
        rows = told.content
        count += len(rows)
        listed += [row for row in rows if row.subaccount == account.subaccount]
        if not rows or (told.total is not None and count >= told.total):
            break
    else:
        raise Misread(f"more than {MOST_PAGES} pages")
    at = reply.received_at
    states = tuple(
        WorkerState(
            name=worker.name,
            presence=presence(worker.state or ("ONLINE" if worker.rates[0] else "OFFLINE"), "ONLINE"),
            last_share=worker.last_share and not_future(worker.last_share, reply),
        )
        for worker in listed
    )
    rates = [
        RateSeen(worker=worker.name, at=at, per_second=shown * _MH, window=span)
        for worker in listed
        for span, shown in zip(_SPANS, worker.rates, strict=True)
    ]
    return (WorkersSeen(at=at, workers=states), *rates)


def subaccount(account: SbicryptoAccount, _window: Window) -> Talk:
    """Which coin the sub-account mines."""
    reply = yield _ask("account")
    for one in read(_Subaccounts, reply).subaccounts:
        if one.name == account.subaccount:
            return (AccountSeen(at=reply.received_at, mode=one.mines.code if one.mines else None),)
    return silence(reply, SilenceReason.NEVER_SEEN, "the pool lists no sub-account of this name")


def _ask(what: str, **query: str) -> Http:
    return Http(path=f"/{what}", query=query, headers={"X-API-Key": Secret("key"), "X-API-Secret": Secret("secret")})


SOURCE: Final = Source(
    kind="sbicrypto",
    title="SBI Crypto Pool",
    Account=SbicryptoAccount,
    support="experimental",
    pace=2.0,
    questions=(
        Question(
            name="workers",
            sees=frozenset({WorkersSeen, RateSeen}),
            every=timedelta(minutes=5),
            talk=workers,
            cap=_LARGE,
        ),
        Question(name="subaccount", sees=frozenset({AccountSeen}), every=timedelta(hours=6), talk=subaccount),
    ),
)
