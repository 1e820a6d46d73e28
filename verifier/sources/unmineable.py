"""unMineable: the workers and the unpaid coins of an address; it pays another coin than the one that is mined."""

from datetime import timedelta
from typing import Annotated, Any, Final, TypeVar

from pydantic import BaseModel, Field

from verifier.errors import Misread
from verifier.observation import (
    AccountSeen,
    BalanceSeen,
    Silence,
    SilenceReason,
    WorkerPresence,
    WorkersSeen,
    WorkerState,
)
from verifier.reading import MOST_WORKERS, Coins, Name, UnixTimeOrNever, amount, fit, not_future, read, silence
from verifier.talk import Account, CoinName, Http, Question, Reply, Source, Talk
from verifier.units import Window

_LARGE: Final = 8_388_608


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
    threshold: Annotated[Coins | None, Field(alias="payment_threshold", ge=0)] = None
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


def now(account: UnMineableAccount, _window: Window) -> Talk:
    """The workers of all algorithms, the balance, and how it is paid; rates are not read, for their unit is unknown."""
    reply = yield Http(path=f"/address/{account.address}", query={"coin": account.coin})
    found = _data(_Address, reply)
    if isinstance(found, Silence):
        return (found,)
    at = reply.received_at
    unpaid = BalanceSeen(at=at, amount=amount(found.balance, account.coin))
    how = AccountSeen(
        at=at,
        payout_address=account.address,
        threshold=None if found.threshold is None else amount(found.threshold, account.coin),
        mode=None if found.auto is None else "automatic" if found.auto else "by hand",
    )
    reply = yield Http(path=f"/account/{found.uuid}/workers")
    listed = _data(_Algorithms, reply, "sides")
    if isinstance(listed, Silence):
        return (listed, unpaid, how)
    same: dict[str, list[_Worker]] = {}
    for side in listed.sides.values():
        for worker in side.workers:
            same.setdefault(worker.name, []).append(worker)
    states = tuple(
        WorkerState(
            name=name,
            presence=WorkerPresence.ONLINE if any(one.online for one in sessions) else WorkerPresence.OFFLINE,
            sessions=len(sessions),
            last_share=max((not_future(one.last, reply) for one in sessions if one.last), default=None),
        )
        for name, sessions in same.items()
    )
    return (WorkersSeen(at=reply.received_at, workers=states), unpaid, how)


def _data(model: type[_Model], reply: Reply, inside: str | None = None) -> _Model | Silence:
    """The data of an answer; an error comes with HTTP 200 and is never a zero."""
    answer = read(_Answer, reply)
    if answer.success:
        return fit(model, answer.data if inside is None else {inside: answer.data})
    if "not found" in answer.msg.lower():
        return silence(reply, SilenceReason.NEVER_SEEN, f"unMineable says: {answer.msg[:120]}")[0]
    raise Misread(f"unMineable says: {answer.msg[:120]}")


SOURCE: Final = Source(
    kind="unmineable",
    title="unMineable",
    Account=UnMineableAccount,
    support="experimental",
    pace=2.0,
    questions=(
        Question(
            name="now",
            sees=frozenset({WorkersSeen, BalanceSeen, AccountSeen}),
            every=timedelta(minutes=10),
            talk=now,
            cap=_LARGE,
        ),
    ),
)
