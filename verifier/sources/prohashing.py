"""Prohashing: the unpaid coins of an account and its connected miners, read with its key."""

from typing import Annotated, Any, ClassVar, Final

from pydantic import BaseModel, Field

from verifier.errors import Misread, Refused
from verifier.fields import Coins, Name
from verifier.observation import BalanceSeen, WorkersSeen
from verifier.reading import MOST_WORKERS, document, fit, refuse_status, rows
from verifier.talk import LARGE, Account, Http, Reply, Secret, Source, Talk, asks
from verifier.told import amount, listed
from verifier.units import COIN_DECIMALS, HOUR, MINUTE, Window

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
    abbreviation: Name
    unpaid: Annotated[Coins, Field(ge=0)]


class _Wallet(BaseModel):
    balances: Annotated[dict[Name, _Coin], Field(max_length=1000)]


class _Miner(BaseModel):
    name: Annotated[Name, Field(alias="ID")]


@asks(BalanceSeen, every=HOUR)
def balance(_account: ProhashingAccount, _window: Window) -> Talk:
    """What is unpaid of each coin whose base unit is known."""
    reply = yield Http(path="/wallet", query={"apiKey": Secret("key")})
    return [
        BalanceSeen(at=reply.received_at, amount=amount(one.unpaid, one.abbreviation))
        for one in fit(_Wallet, _data(reply)).balances.values()
        if one.abbreviation in COIN_DECIMALS
    ]


@asks(WorkersSeen, every=5 * MINUTE, cap=LARGE)
def workers(_account: ProhashingAccount, _window: Window) -> Talk:
    """The miners that are connected; one that is not is not listed. Their rates carry factors that are not known."""
    reply = yield Http(path="/walletEx", query={"apiKey": Secret("key")})
    miners = rows(_Miner, _data(reply), "miners", most=MOST_WORKERS)
    return (listed(reply, ((one.name, True, None) for one in miners), connected=len(miners)),)


def _data(reply: Reply) -> object:
    """The data of an answer; an error is a code in the document, whatever the status."""
    if reply.status != _BAD_KEY:
        refuse_status(reply)
    answer = fit(_Answer, document(reply))
    if answer.code == _BAD_KEY:
        raise Refused("Prohashing does not accept the key")
    if answer.code != _FINE:
        raise Misread(f"code: {answer.code}")
    refuse_status(reply)
    return answer.data


SOURCE: Final = Source(
    kind="prohashing", title="Prohashing", Account=ProhashingAccount, support="experimental", pace=10.0,
    questions=(balance, workers),
)  # fmt: skip
