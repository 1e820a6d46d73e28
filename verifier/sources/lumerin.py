"""Lumerin's proxy-router at the buyer: what reached your own machine under each contract, before the pool sees it."""

import re
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Final

from pydantic import BaseModel, Field

from verifier.errors import Misread
from verifier.fields import Count, IsoTime, Name
from verifier.observation import OfferSeen, RateSeen, WorkersSeen
from verifier.phrases import unknown
from verifier.reading import decode, read, rows
from verifier.talk import Account, Http, Source, Talk, asks, leaves_out, names
from verifier.told import listed, rates
from verifier.units import MINUTE, Window

#: Rates are whole GH/s.
GH: Final = 1e9
#: The router's moving averages; `ema--5m` is spelt with two dashes in its code.
AVERAGES: Final = {"ema--5m": 5 * MINUTE, "ema-10m": 10 * MINUTE, "ema-30m": 30 * MINUTE}

_DURATION: Final = re.compile(r"(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})(?:\.\d{1,9})?s)?", re.ASCII)


class LumerinAccount(Account):
    """A proxy-router of your own, by one contract or all that it buys."""

    url: str = Field(description="address of your router, like `http://127.0.0.1:8080` with `allow_private: true`")
    contract: Annotated[
        str | None, Field(pattern=r"^0x[0-9a-fA-F]{40}$", description="address of one contract; all without it")
    ] = None


class _Target(BaseModel):
    hashrate_ghs: Count


class _Contract(BaseModel):
    ID: Name
    Role: Name
    ResourceEstimatesTarget: _Target
    ResourceEstimatesActual: Annotated[dict[Name, Count], Field(max_length=20)]
    StartTimestamp: IsoTime | None = None
    EndTimestamp: IsoTime | None = None
    ApplicationStatus: Name
    Elapsed: Name = ""


@asks(RateSeen, WorkersSeen, every=MINUTE, asked_of=leaves_out("contract"))
def contracts(_account: LumerinAccount, _window: Window) -> Talk:
    """Every contract that the router buys, as a worker with its moving averages."""
    reply = yield Http(path="/contracts-v2")
    bought = [one for one in rows(_Contract, decode(reply), "Contracts", most=1000) if one.Role == "buyer"]
    if not bought:
        return unknown(reply, "the router buys nothing")
    return (
        listed(reply, ((one.ID, one.ApplicationStatus == "running", None) for one in bought)),
        *rates(reply.received_at, ((one.ID, _rates(one)) for one in bought), "unsure"),
    )


@asks(RateSeen, OfferSeen, every=MINUTE, asked_of=names("contract"))
def contract(account: LumerinAccount, _window: Window) -> Talk:
    """One contract: its moving averages and what was agreed."""
    reply = yield Http(path=f"/contracts/{account.contract}")
    if reply.status == HTTPStatus.NOT_FOUND:
        return unknown(reply, "the router does not know this contract")
    one, at = read(_Contract, reply), reply.received_at
    if one.Role != "buyer":
        return unknown(reply, f"the router is the {one.Role} of this contract")
    limit = one.ResourceEstimatesTarget.hashrate_ghs * GH
    return (
        *rates(at, [(None, _rates(one))], "unsure"),
        OfferSeen(at=at, limit=limit, start=one.StartTimestamp, end=one.EndTimestamp, state=one.ApplicationStatus),
    )


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


def _rates(one: _Contract) -> list[tuple[timedelta, float]]:
    """The averages whose span the contract has lived through; `mean` is left out.

    A restart of the router, which it does not tell, begins all of them anew and low: so none of them decides.
    """
    if missing := [name for name in AVERAGES if name not in one.ResourceEstimatesActual]:
        raise Misread(f"ResourceEstimatesActual.{missing[0]}: Field required")
    since = lasted(one.Elapsed) if one.Elapsed else timedelta(0)
    return [(span, one.ResourceEstimatesActual[name] * GH) for name, span in AVERAGES.items() if span <= since]


SOURCE: Final = Source(
    kind="lumerin", title="Lumerin proxy-router", Account=LumerinAccount, support="documented",
    independence="own_gateway", questions=(contracts, contract),
)  # fmt: skip
