"""How F2Pool's interface v2 is asked: by POST with a read-only token, with errors inside answers of HTTP 200."""

from typing import Annotated, ClassVar, Final, Self

from pydantic import BaseModel, Field, model_validator

from verifier.errors import Misread, Refused
from verifier.fields import Count, Name
from verifier.reading import decode, fit
from verifier.talk import Account, Http, Reply, Secret

_PERMISSION_DENIED: Final = 5010


class F2PoolAccount(Account):
    """A mining user, or an address, with a read-only token."""

    secrets: ClassVar[tuple[str, ...]] = ("token",)

    url: str = "https://api.f2pool.com/v2"
    user: Annotated[str | None, Field(description="mining user name")] = None
    address: Annotated[str | None, Field(description="instead of `user`, where one mines to an address")] = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.user is None) == (self.address is None):
            raise ValueError("either `user` or `address` is needed")
        return self


class _Trouble(BaseModel):
    code: Count = 0
    msg: Name = ""


def stripped(name: str, account: Account) -> str:
    """A worker's name without the user; most answers leave the user away already."""
    return name.removeprefix(f"{account.user}.") if isinstance(account, F2PoolAccount) and account.user else name


def ask(account: F2PoolAccount, path: str, **more: object) -> Http:
    """One repeatable question about the account's bitcoin mining."""
    who = {"mining_user_name": account.user} if account.user is not None else {"address": account.address}
    body = {"currency": "bitcoin", **who, **more}
    return Http(method="POST", path=path, headers={"F2P-API-SECRET": Secret("token")}, body=body)


def answer(reply: Reply) -> object:
    """The answer, decoded. Raises Refused or Misread with the pool's own words when it is an error."""
    document = decode(reply)
    trouble = fit(_Trouble, document)
    if trouble.code == _PERMISSION_DENIED:
        raise Refused(trouble.msg or "permission denied")
    if trouble.code:
        raise Misread(f"{trouble.code}: {trouble.msg}")
    return document
