"""DATUM Gateway, run by the renter: the rate that it sees in the stratum path, with two decimals."""

import re
from http import HTTPStatus
from typing import Annotated, Final

from pydantic import BaseModel, Field

from verifier.errors import Misread
from verifier.fields import Name, Number, unit_of_rate
from verifier.observation import RateSeen
from verifier.reading import decode, fit, refuse_status, rows
from verifier.talk import Account, Http, Source, Talk, asks
from verifier.units import MINUTE, Window

_ON_THE_PAGE: Final = re.compile(rb"Estimated Hashrate:</td>\s*<td[^>]*>\s*(\d{1,15}\.\d\d) ([A-Za-z]{2}/sec)\s*<")
_TITLE: Final = b"DATUM Gateway Status"


class DatumAccount(Account):
    """A gateway of your own."""

    url: str = Field(description="address of your gateway, like `http://127.0.0.1:7152` with `allow_private: true`")


class _Item(BaseModel):
    title: Name
    text: Name
    subtext: Name


class _Rate(BaseModel):
    text: Number
    subtext: Annotated[float, unit_of_rate("Ph/s")]


@asks(RateSeen, every=MINUTE)
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
        items = [item for item in rows(_Item, decode(reply), "items", most=10) if item.title == "Hashrate"]
        if len(items) != 1:
            raise Misread("items: one named Hashrate was expected")
        rate = fit(_Rate, {"text": items[0].text, "subtext": items[0].subtext})
    rounding = 0.005 / rate.text if rate.text else 0.0
    # The gateway sums up each minute.
    return (RateSeen(at=reply.received_at, per_second=rate.text * rate.subtext, window=MINUTE, quantisation=rounding),)


SOURCE: Final = Source(
    kind="datum_gateway", title="DATUM Gateway", Account=DatumAccount, support="verified", independence="own_gateway",
    questions=(now,),
)  # fmt: skip
