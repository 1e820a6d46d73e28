"""The miner's side: rigs, earnings and what is not paid yet."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Annotated, Final

from pydantic import BaseModel, Field

from verifier.errors import Misread
from verifier.observation import (
    BalanceSeen,
    EarningClaimed,
    Observation,
    RateSeen,
    SilenceReason,
    WorkersSeen,
    WorkerState,
)
from verifier.reading import MOST_WORKERS, Coins, Count, Name, Number, amount, not_future, silence
from verifier.sources.nicehash.speech import (
    MOST_PAGES,
    PER_PAGE,
    Factor,
    Moment,
    NicehashAccount,
    answer,
    presence,
    private,
    told_time,
)
from verifier.talk import Http, Reply, Talk
from verifier.units import Window

#: Speeds are smoothed over some minutes; how many is not documented.
SMOOTHED: Final = timedelta(minutes=5)
#: Payments are told again for this long; ids keep them from counting twice.
TOLD_AGAIN: Final = timedelta(days=2)

#: NiceHash's names of the algorithms that this program knows.
ALGORITHMS: Final = MappingProxyType(
    {"SHA256": "sha256d", "SHA256ASICBOOST": "sha256d", "SCRYPT": "scrypt", "X11": "x11", "ETCHASH": "etchash"}
    | {"DAGGERHASHIMOTO": "ethash", "KAWPOW": "kawpow", "KHEAVYHASH": "kheavyhash", "RANDOMXMONERO": "randomx"}
    | {"EQUIHASH": "equihash", "AUTOLYKOS": "autolykos2", "EAGLESONG": "eaglesong"}
)


class _Pending(BaseModel):
    unpaid: Annotated[Coins, Field(alias="unpaidMining", ge=0)]


class _Balance(BaseModel):
    currency: Name
    pending: Annotated[_Pending, Field(alias="pendingDetails")]


class _Algorithm(BaseModel):
    name: Annotated[Name, Field(alias="algorithm")]
    unit: Annotated[Factor, Field(alias="miningFactor")]


class _Algorithms(BaseModel):
    listed: Annotated[list[_Algorithm], Field(alias="miningAlgorithms", max_length=1000)]


class _Named(BaseModel):
    name: Annotated[Name, Field(alias="enumName")]


class _Stat(BaseModel):
    algorithm: _Named
    at: Annotated[Moment, Field(alias="statsTime")]
    speed: Annotated[Number, Field(alias="speedAccepted")]


class _Rig(BaseModel):
    id: Annotated[Name, Field(alias="rigId")]
    name: Name = ""
    state: Annotated[Name, Field(alias="minerStatus")]
    stats: Annotated[list[_Stat], Field(max_length=100)] = []


class _Pages(BaseModel):
    pages: Annotated[Count, Field(alias="totalPageCount")]


class _Rigs(BaseModel):
    rigs: Annotated[list[_Rig], Field(alias="miningRigs", max_length=MOST_WORKERS)]
    pagination: _Pages


class _Earning(BaseModel):
    id: Name
    at: Annotated[Moment, Field(alias="created")]
    currency: _Named
    amount: Coins
    account: Annotated[_Named, Field(alias="accountType")]
    fee: Annotated[Coins, Field(alias="feeAmount", ge=0)]


class _Earnings(BaseModel):
    list: Annotated[list[_Earning], Field(max_length=1000)]
    pagination: _Pages


def rigs(account: NicehashAccount, _window: Window) -> Talk:
    """The rigs that mine for the account and their accepted speeds, in the unit of each algorithm."""
    yield from told_time()
    reply = yield Http(path="/main/api/v2/mining/algorithms")
    units = {one.name: float(one.unit) for one in answer(_Algorithms, reply).listed}
    states: list[WorkerState] = []
    rates: list[Observation] = []
    for page in range(MOST_PAGES):
        reply = yield private(account, "/main/api/v2/mining/rigs2", page=str(page), size=str(PER_PAGE))
        part = answer(_Rigs, reply)
        states += [WorkerState(name=one.name or one.id, presence=presence(one.state == "MINING")) for one in part.rigs]
        rates += [rate for one in part.rigs for rate in _rates(one, units, reply)]
        if part.pagination.pages <= page + 1:
            break
    else:
        raise Misread(f"more than {MOST_PAGES} pages")
    if not states:
        return silence(reply, SilenceReason.NEVER_SEEN, "no rig mines for the account")
    return (WorkersSeen(at=reply.received_at, workers=tuple(states)), *rates)


def earnings(account: NicehashAccount, window: Window) -> Talk:
    """What mining earned, payment by payment; the span that a payment is for is not told."""
    yield from told_time()
    seen: list[Observation] = []
    since = window.start - TOLD_AGAIN
    until = f"{window.end.timestamp() * 1000:.0f}"
    for page in range(MOST_PAGES):
        reply = yield private(
            account,
            "/main/api/v2/accounting/hashpowerEarnings/BTC",
            timestamp=until,
            page=str(page),
            size=str(PER_PAGE),
        )
        part = answer(_Earnings, reply)
        rows = [row for row in part.list if row.currency.name == "BTC" and row.amount > 0]
        seen += [
            EarningClaimed(
                id=row.id,
                start=not_future(row.at, reply),
                end=row.at,
                amount=amount(row.amount - row.fee),
                fee_rate=float(row.fee / row.amount),
            )
            for row in rows
            if row.at > since and row.fee <= row.amount
        ]
        if part.pagination.pages <= page + 1 or any(row.at <= since for row in part.list):
            return seen
    raise Misread(f"more than {MOST_PAGES} pages")


def balance(account: NicehashAccount, _window: Window) -> Talk:
    """Coins that mining earned and that are not paid yet; deposits for orders are not among them."""
    yield from told_time()
    reply = yield private(account, "/main/api/v2/accounting/account2/BTC", extendedResponse="true")
    shown = answer(_Balance, reply)
    if shown.currency != "BTC":
        raise Misread(f"currency: BTC was expected, not {shown.currency}")
    return (BalanceSeen(at=reply.received_at, amount=amount(shown.pending.unpaid)),)


def _rates(rig: _Rig, units: Mapping[str, float], reply: Reply) -> list[Observation]:
    return [
        RateSeen(
            worker=rig.name or rig.id,
            at=not_future(stat.at, reply),
            per_second=stat.speed * units[stat.algorithm.name],
            window=SMOOTHED,
            algorithm=ALGORITHMS[stat.algorithm.name],
        )
        for stat in rig.stats
        if stat.algorithm.name in ALGORITHMS and stat.algorithm.name in units
    ]
