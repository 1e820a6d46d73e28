"""The miner's side: rigs, earnings and what is not paid yet."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import Annotated, Final

from pydantic import BaseModel, Field

from verifier.errors import Misread
from verifier.fields import Coins, Count, Name, Number
from verifier.observation import BalanceSeen, EarningClaimed, RateSeen, WorkersSeen
from verifier.phrases import every_row, unknown
from verifier.reading import fit, not_future, rows
from verifier.sources.nicehash.speech import PER_PAGE, Factor, Moment, NicehashAccount, answer, private, told_time
from verifier.talk import LARGE, Http, Reply, Talk, asks, leaves_out
from verifier.told import amount, listed, rewarded
from verifier.units import DAY, HOUR, MINUTE, Window

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
    unpaidMining: Annotated[Coins, Field(ge=0)]


class _Balance(BaseModel):
    currency: Name
    pendingDetails: _Pending


class _Algorithm(BaseModel):
    algorithm: Name
    miningFactor: Factor


class _Named(BaseModel):
    enumName: Name


class _Stat(BaseModel):
    algorithm: _Named
    statsTime: Moment
    speedAccepted: Number


class _Rig(BaseModel):
    rigId: Name
    name: Name = ""
    minerStatus: Name
    stats: Annotated[list[_Stat], Field(max_length=100)] = []


class _Pagination(BaseModel):
    totalPageCount: Count


class _Page(BaseModel):
    pagination: _Pagination


class _Earning(BaseModel):
    id: Name
    created: Moment
    currency: _Named
    amount: Coins
    feeAmount: Annotated[Coins, Field(ge=0)]


@asks(WorkersSeen, RateSeen, every=5 * MINUTE, cap=LARGE, asked_of=leaves_out("order"))
def rigs(account: NicehashAccount, _window: Window) -> Talk:
    """The rigs that mine for the account and their accepted speeds, in the unit of each algorithm."""
    yield from told_time()
    reply = yield Http(path="/main/api/v2/mining/algorithms")
    algorithms = rows(_Algorithm, answer(reply), "miningAlgorithms", most=1000)
    units = {one.algorithm: float(one.miningFactor) for one in algorithms}
    reply, found = yield from every_row(
        _Rig,
        _Page,
        lambda page: private(account, "/main/api/v2/mining/rigs2", page=str(page), size=str(PER_PAGE)),
        answer,
        lambda page, pages: page.pagination.totalPageCount <= len(pages),
        "miningRigs",
    )
    if not found:
        return unknown(reply, "no rig mines for the account")
    workers = listed(reply, ((one.name or one.rigId, one.minerStatus == "MINING", None) for one in found))
    return (workers, *(rate for one in found for rate in _rates(one, units, reply)))


@asks(EarningClaimed, every=HOUR, reach=90 * DAY, asked_of=leaves_out("order"))
def earnings(account: NicehashAccount, window: Window) -> Talk:
    """What mining earned, payment by payment; the span that a payment is for is not told."""
    yield from told_time()
    path, until = "/main/api/v2/accounting/hashpowerEarnings/BTC", f"{window.end.timestamp() * 1000:.0f}"
    since = window.start - TOLD_AGAIN
    reply, found = yield from every_row(
        _Earning,
        _Page,
        lambda page: private(account, path, timestamp=until, page=str(page), size=str(PER_PAGE)),
        answer,
        lambda page, pages: page.pagination.totalPageCount <= len(pages) or any(x.created <= since for x in pages[-1]),
        "list",
    )
    return [
        replace(
            rewarded(reply, one.created, one.amount - one.feeAmount, id=one.id),
            fee_rate=float(one.feeAmount / one.amount),
        )
        for one in found
        if one.currency.enumName == "BTC" and one.amount > 0 and one.feeAmount <= one.amount and one.created > since
    ]


@asks(BalanceSeen, every=HOUR, asked_of=leaves_out("order"))
def balance(account: NicehashAccount, _window: Window) -> Talk:
    """Coins that mining earned and that are not paid yet; deposits for orders are not among them."""
    yield from told_time()
    reply = yield private(account, "/main/api/v2/accounting/account2/BTC", extendedResponse="true")
    shown = fit(_Balance, answer(reply))
    if shown.currency != "BTC":
        raise Misread(f"currency: BTC was expected, not {shown.currency}")
    return (BalanceSeen(at=reply.received_at, amount=amount(shown.pendingDetails.unpaidMining)),)


def _rates(rig: _Rig, units: Mapping[str, float], reply: Reply) -> list[RateSeen]:
    return [
        RateSeen(
            worker=rig.name or rig.rigId,
            at=not_future(stat.statsTime, reply),
            per_second=stat.speedAccepted * units[name],
            window=SMOOTHED,
            averaging="unsure",
            algorithm=ALGORITHMS[name],
        )
        for stat in rig.stats
        if (name := stat.algorithm.enumName) in ALGORITHMS and name in units
    ]
