"""CKPool's pages: the account that names them, and what stands in them."""

from typing import Annotated

from pydantic import BaseModel, Field

from verifier.fields import Count, Exact, Name, Suffixed, UnixTime, UnixTimeOrNever
from verifier.reading import MOST_WORKERS
from verifier.talk import Account


class CkpoolAccount(Account):
    """An address at a pool that speaks CKPool's format; the case of legacy addresses matters."""

    url: str = "https://solo.ckpool.org"
    address: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{3,128}$", description="the address that is mined to")]
    users_path: Annotated[str, Field(pattern=r"^/[\w./-]*$", description="some hosts: /api/v1/users/")] = "/users/"
    status_path: Annotated[str, Field(pattern=r"^/[\w./-]*$")] = "/pool/pool.status"


class Counted(BaseModel):
    """A counter of accepted work in units of difficulty 1, and averages that decay exponentially."""

    shares: Exact
    lastshare: UnixTimeOrNever = None
    hashrate5m: Suffixed
    hashrate1hr: Suffixed


class Worker(Counted):
    """One entry of a user's list; gone workers stay in it for about a week."""

    workername: Name
    started: Count | None = None  # LHR: 0 once the worker has disconnected


class User(Counted):
    """The page of one address; only here all its averages are used."""

    hashrate1m: Suffixed
    hashrate1d: Suffixed
    workers: Count
    lastupdate: UnixTime | None = None
    authorised: Count | None = None
    worker: Annotated[list[Worker], Field(max_length=MOST_WORKERS)] | None = None


class Status(BaseModel):
    """The pool's own page, pool.status."""

    runtime: Count
    lastupdate: UnixTime
    hashrate5m: Suffixed
    workers: Annotated[Count, Field(alias="Workers")]


def stripped(name: str, account: Account) -> str:
    """A worker's name without address and separator (``.`` or ``_``); a bare address is the nameless worker."""
    if isinstance(account, CkpoolAccount) and name.startswith(account.address):
        rest = name.removeprefix(account.address)
        return rest[1:] if rest[:1] in {".", "_"} else rest
    return name
