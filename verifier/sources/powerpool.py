"""PowerPool: the rate, the workers and the unpaid coins of an account, read with its key."""

import re
from typing import Annotated, ClassVar, Final, TypeAlias

from pydantic import BaseModel, Field, PlainValidator, RootModel

from verifier.errors import Misread
from verifier.fields import Coins, Name, Number
from verifier.observation import BalanceSeen, RateSeen, WorkersSeen
from verifier.phrases import unknown
from verifier.reading import MOST_WORKERS, read
from verifier.talk import LARGE, Account, AlgorithmName, Http, Secret, Source, Talk, asks
from verifier.told import amount, listed, rates
from verifier.units import COIN_DECIMALS, MINUTE, SHA256D, Window

#: How the pool's names of algorithms, without hyphens and in small letters, are called here.
ALGORITHMS: Final = {
    "sha256": "sha256d", "scrypt": "scrypt", "x11": "x11", "etchash": "etchash", "equihash": "equihash",
    "eaglesong": "eaglesong", "kheavyhash": "kheavyhash",
}  # fmt: skip
_UNIT: Final = re.compile(r"([kmgtpez]?)(?:h|sol)/s", re.IGNORECASE)
_SIZES: Final = {"": 1.0, "k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12, "p": 1e15, "e": 1e18, "z": 1e21}


def _size(unit: object) -> float:
    match = _UNIT.fullmatch(unit) if isinstance(unit, str) else None
    if match is None:
        raise ValueError("a unit such as TH/s was expected")
    return _SIZES[match[1].lower()]


_Unit: TypeAlias = Annotated[float, PlainValidator(_size)]


class PowerPoolAccount(Account):
    """An account at PowerPool, read with its API key; one algorithm of it."""

    secrets: ClassVar[tuple[str, ...]] = ("key",)

    url: str = "https://api.powerpool.io"
    algorithm: AlgorithmName = SHA256D


class _Rate(BaseModel):
    hashrate: Number
    hashrate_units: _Unit


class _Balance(BaseModel):
    coinTicker: Name
    balance: Annotated[Coins, Field(ge=0)]


class _Worker(BaseModel):
    name: Name
    hashrate: Number


class _User(BaseModel):
    hashrate: Annotated[dict[Name, _Rate], Field(max_length=50)]
    balances: Annotated[list[_Balance], Field(max_length=1000)]
    workers: dict[Name, Annotated[list[_Worker], Field(max_length=MOST_WORKERS)]]


class _Users(RootModel[Annotated[dict[Name, _User], Field(max_length=100)]]):
    pass


@asks(RateSeen, WorkersSeen, BalanceSeen, every=5 * MINUTE, cap=LARGE)
def now(account: PowerPoolAccount, _window: Window) -> Talk:
    """The rate of one algorithm, its workers, and the unpaid coins; a worker's rate bears no unit, its sign is read."""
    reply = yield Http(path="/api/user", query={"apiKey": Secret("key")})
    users, at = read(_Users, reply).root, reply.received_at
    if len(users) != 1:
        raise Misread("one user was expected")
    user = next(iter(users.values()))
    shown = [one.hashrate * one.hashrate_units for name, one in user.hashrate.items() if _is(name, account)]
    workers = [one for name, some in user.workers.items() if _is(name, account) for one in some]
    if not shown and not workers:
        return unknown(reply, f"the pool shows nothing of {account.algorithm}")
    return (
        # Over which span is not told: the rate is shown and decides nothing.
        *rates(at, ((None, [(5 * MINUTE, rate)]) for rate in shown), "unsure", account.algorithm),
        listed(reply, ((one.name, one.hashrate > 0, None) for one in workers)),
        *(
            BalanceSeen(at=at, amount=amount(one.balance, one.coinTicker))
            for one in user.balances
            if one.coinTicker in COIN_DECIMALS
        ),
    )


def _is(name: str, account: PowerPoolAccount) -> bool:
    return ALGORITHMS.get(name.lower().replace("-", "").replace(" ", "")) == account.algorithm


SOURCE: Final = Source(
    kind="powerpool", title="PowerPool", Account=PowerPoolAccount, support="experimental", pace=10.0, questions=(now,)
)
