"""How NiceHash is asked: every private ask carries the organization and a signature with the host's own time."""

from collections.abc import Generator, Mapping
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, ClassVar, Final, TypeAlias
from urllib.parse import urlencode

from pydantic import BaseModel, Field, PlainValidator, TypeAdapter

from verifier.errors import Refused
from verifier.fields import Coins, Count, IsoTime, Name, UnixMilliseconds
from verifier.phrases import proof
from verifier.reading import decode, document, fit, read
from verifier.talk import Account, Ask, Http, Reply

PER_PAGE: Final = 100
#: The code of a key or signature that is not accepted.
_AUTHENTICATION: Final = 2000


class NicehashAccount(Account):
    """One order, or with `order` left out the account with its orders, rigs and earnings; read with a key."""

    secrets: ClassVar[tuple[str, ...]] = ("key", "secret")

    url: str = "https://api2.nicehash.com"
    organization: Annotated[str, Field(pattern=r"^[\w-]{1,64}$", description="organization id, shown beside your keys")]
    order: Annotated[str | None, Field(pattern=r"^[\w-]{1,64}$", description="id of the order that is watched")] = None


def _moment(value: object) -> datetime:
    written = isinstance(value, str) and not value.isdigit()
    return (_ISO if written else _MILLISECONDS).validate_python(value)


_ISO: Final[TypeAdapter[datetime]] = TypeAdapter(IsoTime)
_MILLISECONDS: Final[TypeAdapter[datetime]] = TypeAdapter(UnixMilliseconds)

#: Milliseconds since 1970, or ISO 8601 with its zone.
Moment: TypeAlias = Annotated[datetime, PlainValidator(_moment)]
Factor: TypeAlias = Annotated[Coins, Field(gt=0)]


class _Clock(BaseModel):
    serverTime: Moment


class _Said(BaseModel):
    code: Count
    message: Name = ""


class _Trouble(BaseModel):
    errors: Annotated[list[_Said], Field(min_length=1, max_length=20)]


def private(account: NicehashAccount, path: str, **query: str) -> Http:
    """An ask that is signed: it names the organization."""
    return Http(path=path, query=query, headers={"X-Organization-Id": account.organization})


def told_time() -> Generator[Ask, Reply, None]:
    """An unsigned ask, whose answer's time corrects the signatures that follow (five minutes are allowed)."""
    reply = yield Http(path="/api/v2/time")
    read(_Clock, reply)


def answer(reply: Reply) -> object:
    """The answer, decoded. Raises Refused for a key that is not accepted, which the service may say with any status."""
    if reply.status != HTTPStatus.OK and reply.body.lstrip().startswith(b"{"):
        said = document(reply)
        if isinstance(said, dict) and "errors" in said:
            trouble = fit(_Trouble, said).errors[0]
            if trouble.code == _AUTHENTICATION or reply.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
                raise Refused(f"{trouble.code}: {trouble.message}")
    return decode(reply)


def signature(key: str, secret: str, time: int, nonce: str, organization: str, request: str, body: bytes = b"") -> str:
    """HMAC-SHA256 over the parts with a zero byte between them, in hexadecimal (NiceHash's REST documentation).

    ``time`` is in milliseconds, ``request`` is method, path and query with a zero byte between them.
    """
    parts = (key, str(time), nonce, "", organization, "", request)
    message = "\0".join(parts).encode("latin-1") + (b"\0" + body if body else b"")
    return proof(secret, message).hex()


def signed(ask: Ask, secrets: Mapping[str, str], now: datetime, nonce: int) -> Ask:
    """The ask with its signature; the query is signed just as it is sent."""
    if not isinstance(ask, Http) or not {"key", "secret"} <= set(secrets) or "X-Organization-Id" not in ask.headers:
        return ask
    milliseconds, organization = round(now.timestamp() * 1000), str(ask.headers["X-Organization-Id"])
    request = "\0".join((ask.method, ask.path, urlencode({k: str(v) for k, v in ask.query.items()})))
    told = signature(secrets["key"], secrets["secret"], milliseconds, str(nonce), organization, request)
    headers = {"X-Time": str(milliseconds), "X-Nonce": str(nonce), "X-Request-Id": str(nonce)}
    return replace(ask, headers={**ask.headers, **headers, "X-Auth": f"{secrets['key']}:{told}"})
