"""DATUM Gateway, run by the renter: the rate that it sees in the stratum path, with two decimals."""

import re
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Final, TypeAlias

from pydantic import BaseModel, Field, PlainValidator

from verifier.errors import Misread
from verifier.observation import RateSeen
from verifier.reading import Name, Number, fit, read, refuse_status
from verifier.talk import Account, Http, Question, Source, Talk
from verifier.units import Window

#: The gateway sums up each minute.
_MINUTE: Final = timedelta(minutes=1)
_SIZES: Final = {"kh": 1e3, "mh": 1e6, "gh": 1e9, "th": 1e12, "ph": 1e15, "eh": 1e18}
_UNIT: Final = re.compile(r"([kmgtpe]h)/s(?:ec)?", re.IGNORECASE)
_ON_THE_PAGE: Final = re.compile(rb"Estimated Hashrate:</td>\s*<td[^>]*>\s*(\d{1,15}\.\d\d) ([A-Za-z]{2}/sec)\s*<")
_TITLE: Final = b"DATUM Gateway Status"


class DatumAccount(Account):
    """A gateway of your own."""

    url: str = Field(description="address of your gateway, like `http://127.0.0.1:7152` with `allow_private: true`")


def _unit(value: object) -> float:
    match = _UNIT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("a unit such as Ph/s was expected")
    return _SIZES[match[1].lower()]


Unit: TypeAlias = Annotated[float, PlainValidator(_unit)]


class _Item(BaseModel):
    title: Name
    text: Name
    subtext: Name


class _Widget(BaseModel):
    items: Annotated[list[_Item], Field(max_length=10)]


class _Rate(BaseModel):
    text: Number
    subtext: Unit


def now(_account: DatumAccount, _window: Window) -> Talk:
    """The estimated rate, from the page for Umbrel where it was built in, else from the page for people."""
    reply = yield Http(path="/umbrel-api")
    if reply.status == HTTPStatus.NOT_FOUND:
        reply = yield Http(path="/")
        refuse_status(reply)
        shown = _ON_THE_PAGE.search(reply.body) if _TITLE in reply.body else None
        if shown is None:
            raise Misread("the status page of a DATUM Gateway was expected")
        rate = fit(_Rate, {"text": shown[1].decode(), "subtext": shown[2].decode()})
    else:
        items = [item for item in read(_Widget, reply).items if item.title == "Hashrate"]
        if len(items) != 1:
            raise Misread("items: one named Hashrate was expected")
        rate = fit(_Rate, {"text": items[0].text, "subtext": items[0].subtext})
    return (
        RateSeen(
            at=reply.received_at,
            per_second=rate.text * rate.subtext,
            window=_MINUTE,
            quantisation=0.005 / rate.text if rate.text else 0.0,
        ),
    )


SOURCE: Final = Source(
    kind="datum_gateway",
    title="DATUM Gateway",
    Account=DatumAccount,
    support="verified",
    independence="own_gateway",
    pace=1.0,
    questions=(Question(name="now", sees=frozenset({RateSeen}), every=_MINUTE, talk=now),),
)
