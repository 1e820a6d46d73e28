"""Prohashing: the unpaid coins of an account and its connected miners, read with its key."""

from collections import Counter
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Final, TypeVar

from pydantic import BaseModel, Field

from verifier.errors import Misread, Refused
from verifier.observation import BalanceSeen, WorkerPresence, WorkersSeen, WorkerState
from verifier.reading import MOST_WORKERS, Coins, Name, amount, document, fit, refuse_status
from verifier.talk import Account, Http, Question, Reply, Secret, Source, Talk
from verifier.units import COIN_DECIMALS, Window

_LARGE: Final = 8_388_608
_FINE: Final = 200
_BAD_KEY: Final = 400


class ProhashingAccount(Account):
    """An account at Prohashing, read with its API key."""

    secrets: ClassVar[tuple[str, ...]] = ("key",)

    url: str = "https://prohashing.com/api/v1"


class _Answer(BaseModel):
    code: int
    data: Any = None


class _Coin(BaseModel):
    coin: Annotated[Name, Field(alias="abbreviation")]
    unpaid: Annotated[Coins, Field(ge=0)]


class _Wallet(BaseModel):
    balances: Annotated[dict[Name, _Coin], Field(max_length=1000)]


class _Miner(BaseModel):
    name: Annotated[Name, Field(alias="ID")]


class _Miners(BaseModel):
    miners: Annotated[list[_Miner], Field(max_length=MOST_WORKERS)]


_Model = TypeVar("_Model", bound=BaseModel)


def balance(_account: ProhashingAccount, _window: Window) -> Talk:
    """What is unpaid of each coin whose base unit is known."""
    reply = yield Http(path="/wallet", query={"apiKey": Secret("key")})
    return [
        BalanceSeen(at=reply.received_at, amount=amount(one.unpaid, one.coin))
        for one in _data(_Wallet, reply).balances.values()
        if one.coin in COIN_DECIMALS
    ]


def workers(_account: ProhashingAccount, _window: Window) -> Talk:
    """The miners that are connected; one that is not is not listed. Their rates carry factors that are not known."""
    reply = yield Http(path="/walletEx", query={"apiKey": Secret("key")})
    sessions = Counter(one.name for one in _data(_Miners, reply).miners)
    states = tuple(
        WorkerState(name=name, presence=WorkerPresence.ONLINE, sessions=number) for name, number in sessions.items()
    )
    return (WorkersSeen(at=reply.received_at, workers=states, connected=sessions.total()),)


def _data(model: type[_Model], reply: Reply) -> _Model:
    """The data of an answer; an error is a code in the document, whatever the status."""
    if reply.status != _BAD_KEY:
        refuse_status(reply)
    answer = fit(_Answer, document(reply))
    if answer.code == _BAD_KEY:
        raise Refused("Prohashing does not accept the key")
    if answer.code != _FINE:
        raise Misread(f"code: {answer.code}")
    refuse_status(reply)
    return fit(model, answer.data)


SOURCE: Final = Source(
    kind="prohashing",
    title="Prohashing",
    Account=ProhashingAccount,
    support="experimental",
    pace=10.0,
    questions=(
        Question(name="balance", sees=frozenset({BalanceSeen}), every=timedelta(hours=1), talk=balance),
        Question(name="workers", sees=frozenset({WorkersSeen}), every=timedelta(minutes=5), talk=workers, cap=_LARGE),
    ),
)
