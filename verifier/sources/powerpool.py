"""PowerPool: the rate, the workers and the unpaid coins of an account, read with its key."""

import re
from datetime import timedelta
from typing import Annotated, ClassVar, Final, TypeAlias

from pydantic import BaseModel, Field, PlainValidator, RootModel

from verifier.errors import Misread
from verifier.observation import BalanceSeen, RateSeen, SilenceReason, WorkerPresence, WorkersSeen, WorkerState
from verifier.reading import MOST_WORKERS, Coins, Name, Number, amount, read, silence
from verifier.talk import Account, AlgorithmName, Http, Question, Secret, Source, Talk
from verifier.units import COIN_DECIMALS, SHA256D, Window

#: How the pool's names of algorithms, without hyphens and in small letters, are called here.
ALGORITHMS: Final = {
    "sha256": "sha256d",
    "scrypt": "scrypt",
    "x11": "x11",
    "etchash": "etchash",
    "equihash": "equihash",
    "eaglesong": "eaglesong",
    "kheavyhash": "kheavyhash",
}
#: The pool does not say over which span its rate is taken; one so short is shown and decides nothing.
SHORT: Final = timedelta(minutes=5)

_UNIT: Final = re.compile(r"([kmgtpez]?)(?:h|sol)/s", re.IGNORECASE)
_SIZES: Final = {"": 1.0, "k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12, "p": 1e15, "e": 1e18, "z": 1e21}
_LARGE: Final = 8_388_608


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
    rate: Annotated[Number, Field(alias="hashrate")]
    unit: Annotated[_Unit, Field(alias="hashrate_units")]


class _Balance(BaseModel):
    coin: Annotated[Name, Field(alias="coinTicker")]
    balance: Annotated[Coins, Field(ge=0)]


class _Worker(BaseModel):
    name: Name
    rate: Annotated[Number, Field(alias="hashrate")]


class _User(BaseModel):
    rates: Annotated[dict[Name, _Rate], Field(alias="hashrate", max_length=50)]
    balances: Annotated[list[_Balance], Field(max_length=1000)]
    workers: dict[Name, Annotated[list[_Worker], Field(max_length=MOST_WORKERS)]]


class _Users(RootModel[Annotated[dict[Name, _User], Field(max_length=100)]]):
    pass


def now(account: PowerPoolAccount, _window: Window) -> Talk:
    """The rate of one algorithm, its workers, and the unpaid coins; a worker's rate bears no unit, its sign is read."""
    reply = yield Http(path="/api/user", query={"apiKey": Secret("key")})
    users, at = read(_Users, reply).root, reply.received_at
    if len(users) != 1:
        raise Misread("one user was expected")
    user = next(iter(users.values()))
    rates = [one for name, one in user.rates.items() if _algorithm(name) == account.algorithm]
    listed = [one for name, some in user.workers.items() if _algorithm(name) == account.algorithm for one in some]
    if not rates and not listed:
        return silence(reply, SilenceReason.NEVER_SEEN, f"the pool shows nothing of {account.algorithm}")
    found: dict[str, list[float]] = {}
    for worker in listed:
        found.setdefault(worker.name, []).append(worker.rate)
    states = tuple(
        WorkerState(
            name=name,
            presence=WorkerPresence.ONLINE if any(same) else WorkerPresence.OFFLINE,
            sessions=len(same),
        )
        for name, same in found.items()
    )
    return (
        *(RateSeen(at=at, per_second=one.rate * one.unit, window=SHORT, algorithm=account.algorithm) for one in rates),
        WorkersSeen(at=at, workers=states),
        *(
            BalanceSeen(at=at, amount=amount(one.balance, one.coin))
            for one in user.balances
            if one.coin in COIN_DECIMALS
        ),
    )


def _algorithm(name: str) -> str | None:
    return ALGORITHMS.get(name.lower().replace("-", "").replace(" ", ""))


SOURCE: Final = Source(
    kind="powerpool",
    title="PowerPool",
    Account=PowerPoolAccount,
    support="experimental",
    pace=10.0,
    questions=(
        Question(
            name="now",
            sees=frozenset({RateSeen, WorkersSeen, BalanceSeen}),
            every=timedelta(minutes=5),
            talk=now,
            cap=_LARGE,
        ),
    ),
)
