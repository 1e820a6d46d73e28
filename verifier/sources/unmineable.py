"""unMineable: the workers and the unpaid coins of an address; it pays another coin than the one that is mined."""

from typing import Annotated, Any, Final, TypeVar

from pydantic import BaseModel, Field

from verifier.errors import Misread
from verifier.fields import Coins, Name, UnixTimeOrNever
from verifier.observation import AccountSeen, BalanceSeen, Silence, WorkersSeen
from verifier.phrases import unknown
from verifier.reading import MOST_WORKERS, fit, read
from verifier.talk import LARGE, Account, CoinName, Http, Reply, Source, Talk, asks
from verifier.told import amount, listed
from verifier.units import MINUTE, Window


class UnMineableAccount(Account):
    """An address of the coin that is paid out."""

    url: str = "https://api.unminable.com/v4"
    coin: CoinName = Field(description="the coin that is paid out, like DOGE")
    address: Annotated[str, Field(pattern=r"^[A-Za-z0-9:._-]{3,160}$", description="the address that is paid to")]


class _Answer(BaseModel):
    success: bool
    msg: Name = ""
    data: Any = None


class _Address(BaseModel):
    uuid: Annotated[str, Field(pattern=r"^[0-9a-f-]{8,64}$")]
    balance: Annotated[Coins, Field(ge=0)]
    payment_threshold: Annotated[Coins | None, Field(ge=0)] = None
    auto: bool | None = None


class _Worker(BaseModel):
    name: Name
    online: bool
    last: UnixTimeOrNever = None


class _Side(BaseModel):
    workers: Annotated[list[_Worker], Field(max_length=MOST_WORKERS)]


class _Algorithms(BaseModel):
    sides: Annotated[dict[Name, _Side], Field(max_length=50)]


_Model = TypeVar("_Model", bound=BaseModel)


@asks(WorkersSeen, BalanceSeen, AccountSeen, every=10 * MINUTE, cap=LARGE)
def now(account: UnMineableAccount, _window: Window) -> Talk:
    """The workers of all algorithms, the balance, and how it is paid; rates are not read, for their unit is unknown."""
    reply = yield Http(path=f"/address/{account.address}", query={"coin": account.coin})
    found = _data(_Address, reply)
    if isinstance(found, Silence):
        return (found,)
    at, least = reply.received_at, found.payment_threshold
    unpaid = BalanceSeen(at=at, amount=amount(found.balance, account.coin))
    how = AccountSeen(
        at=at,
        payout_address=account.address,
        threshold=None if least is None else amount(least, account.coin),
        mode=None if found.auto is None else "automatic" if found.auto else "by hand",
    )
    reply = yield Http(path=f"/account/{found.uuid}/workers")
    sides = _data(_Algorithms, reply, "sides")
    if isinstance(sides, Silence):
        return (sides, unpaid, how)
    workers = [one for side in sides.sides.values() for one in side.workers]
    return (listed(reply, ((one.name, one.online, one.last) for one in workers)), unpaid, how)


def _data(model: type[_Model], reply: Reply, inside: str | None = None) -> _Model | Silence:
    """The data of an answer; an error comes with HTTP 200 and is never a zero."""
    answer = read(_Answer, reply)
    if answer.success:
        return fit(model, answer.data if inside is None else {inside: answer.data})
    if "not found" in answer.msg.lower():
        return unknown(reply, f"unMineable says: {answer.msg[:120]}")[0]
    raise Misread(f"unMineable says: {answer.msg[:120]}")


SOURCE: Final = Source(
    kind="unmineable", title="unMineable", Account=UnMineableAccount, support="experimental", pace=2.0, questions=(now,)
)
