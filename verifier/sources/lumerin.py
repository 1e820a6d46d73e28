"""Lumerin's proxy-router at the buyer: what reached your own machine under each contract, before the pool sees it."""

import re
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Final

from pydantic import BaseModel, Field

from verifier.errors import Misread
from verifier.observation import (
    Observation,
    OfferSeen,
    RateSeen,
    SilenceReason,
    WorkerPresence,
    WorkersSeen,
    WorkerState,
)
from verifier.reading import Count, IsoTime, Name, read, silence
from verifier.talk import Account, Http, Question, Source, Talk
from verifier.units import Window

#: Rates are whole GH/s.
GH: Final = 1e9
#: The router's moving averages; `ema--5m` is spelt with two dashes in its code.
AVERAGES: Final = {
    "ema--5m": timedelta(minutes=5),
    "ema-10m": timedelta(minutes=10),
    "ema-30m": timedelta(minutes=30),
}

_DURATION: Final = re.compile(r"(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})(?:\.\d{1,9})?s)?", re.ASCII)
_BUYER: Final = "buyer"
_RUNNING: Final = "running"


class LumerinAccount(Account):
    """A proxy-router of your own, by one contract or all that it buys."""

    url: str = Field(description="address of your router, like `http://127.0.0.1:8080` with `allow_private: true`")
    contract: Annotated[
        str | None, Field(pattern=r"^0x[0-9a-fA-F]{40}$", description="address of one contract; all without it")
    ] = None


class _Target(BaseModel):
    ghs: Annotated[Count, Field(alias="hashrate_ghs")]


class _Contract(BaseModel):
    id: Annotated[Name, Field(alias="ID")]
    role: Annotated[Name, Field(alias="Role")]
    target: Annotated[_Target, Field(alias="ResourceEstimatesTarget")]
    actual: Annotated[dict[Name, Count], Field(alias="ResourceEstimatesActual", max_length=20)]
    start: Annotated[IsoTime | None, Field(alias="StartTimestamp")] = None
    end: Annotated[IsoTime | None, Field(alias="EndTimestamp")] = None
    state: Annotated[Name, Field(alias="ApplicationStatus")]
    elapsed: Annotated[Name, Field(alias="Elapsed")] = ""


class _Contracts(BaseModel):
    contracts: Annotated[list[_Contract], Field(alias="Contracts", max_length=1000)]


def contracts(_account: LumerinAccount, _window: Window) -> Talk:
    """Every contract that the router buys, as a worker with its moving averages."""
    reply = yield Http(path="/contracts-v2")
    bought = [one for one in read(_Contracts, reply).contracts if one.role == _BUYER]
    if not bought:
        return silence(reply, SilenceReason.NEVER_SEEN, "the router buys nothing")
    at = reply.received_at
    states = tuple(WorkerState(name=one.id, presence=_presence(one.state)) for one in bought)
    rates = [
        RateSeen(worker=one.id, at=at, per_second=rate, window=span, averaging="unsure")
        for one in bought
        for span, rate in _rates(one).items()
    ]
    return (WorkersSeen(at=at, workers=states), *rates)


def contract(account: LumerinAccount, _window: Window) -> Talk:
    """One contract: its moving averages and what was agreed."""
    reply = yield Http(path=f"/contracts/{account.contract}")
    if reply.status == HTTPStatus.NOT_FOUND:
        return silence(reply, SilenceReason.NEVER_SEEN, "the router does not know this contract")
    one, at = read(_Contract, reply), reply.received_at
    if one.role != _BUYER:
        return silence(reply, SilenceReason.NEVER_SEEN, f"the router is the {one.role} of this contract")
    offer = OfferSeen(at=at, limit=one.target.ghs * GH, start=one.start, end=one.end, state=one.state)
    seen: list[Observation] = [
        RateSeen(at=at, per_second=rate, window=span, averaging="unsure") for span, rate in _rates(one).items()
    ]
    return (*seen, offer)


def lasted(words: str) -> timedelta:
    """A duration as Go prints it, `48h0m0s`; none while it is below zero. Raises Misread for anything else."""
    if words.startswith("-"):
        return timedelta(0)
    match = _DURATION.fullmatch(words)
    if match is None or not words:
        raise Misread("Elapsed: a duration such as 24h0m0s was expected")
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    try:
        return timedelta(hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError:
        raise Misread("Elapsed: a duration too long to be true") from None


def _rates(one: _Contract) -> dict[timedelta, float]:
    """The averages whose span the contract has lived through; `mean` is left out.

    A restart of the router, which it does not tell, begins all of them anew and low: so none of them decides.
    """
    if missing := [name for name in AVERAGES if name not in one.actual]:
        raise Misread(f"ResourceEstimatesActual.{missing[0]}: Field required")
    since = lasted(one.elapsed) if one.elapsed else timedelta(0)
    return {span: one.actual[name] * GH for name, span in AVERAGES.items() if span <= since}


def _presence(state: str) -> WorkerPresence:
    return WorkerPresence.ONLINE if state == _RUNNING else WorkerPresence.OFFLINE


SOURCE: Final = Source(
    kind="lumerin",
    title="Lumerin proxy-router",
    Account=LumerinAccount,
    support="documented",
    independence="own_gateway",
    questions=(
        Question(
            name="contracts",
            sees=frozenset({RateSeen, WorkersSeen}),
            every=timedelta(minutes=1),
            talk=contracts,
            asked_of=lambda account: getattr(account, "contract", None) is None,
        ),
        Question(
            name="contract",
            sees=frozenset({RateSeen, OfferSeen}),
            every=timedelta(minutes=1),
            talk=contract,
            asked_of=lambda account: getattr(account, "contract", None) is not None,
        ),
    ),
)
