"""LitecoinPool: a counter of work, averages, workers and unpaid coins of an account, read with its key."""

from datetime import timedelta
from typing import Annotated, ClassVar, Final, TypeAlias

from pydantic import BaseModel, BeforeValidator, Field

from verifier.observation import (
    BalanceSeen,
    PoolSeen,
    RateSeen,
    SilenceReason,
    WorkerPresence,
    WorkersSeen,
    WorkerState,
    WorkSeen,
)
from verifier.reading import (
    MOST_WORKERS,
    Coins,
    Count,
    Name,
    Number,
    UnixTimeOrNever,
    amount,
    not_future,
    read,
    silence,
)
from verifier.talk import Account, Http, Question, Secret, Source, Talk
from verifier.units import Window

#: Rates come in kilohashes: `network.hash_rate` · 1000 = difficulty · 2^32 / `network.time_per_block`.
KILO: Final = 1000.0
ALGORITHM: Final = "scrypt"
#: Hashes behind one share that is paid with `pps_rate` = subsidy / (difficulty · 65536) · `pps_ratio`.
HASHES_PER_SHARE: Final = 65_536
#: Blocks between two changes of Litecoin's difficulty, and with it of what a share is paid.
EPOCH_BLOCKS: Final = 2016
#: The pool does not say over which span `hash_rate` is taken; one so short is shown and decides nothing.
SHORT: Final = timedelta(minutes=5)

_DAY: Final = timedelta(days=1)
_LARGE: Final = 8_388_608


class LitecoinPoolAccount(Account):
    """An account at LitecoinPool, read with its API key."""

    secrets: ClassVar[tuple[str, ...]] = ("key",)

    url: str = "https://www.litecoinpool.org"


class _User(BaseModel):
    rate: Annotated[Number, Field(alias="hash_rate")]
    total: Annotated[Coins, Field(alias="total_rewards", ge=0)]
    unpaid: Annotated[Coins, Field(alias="unpaid_rewards", ge=0)]
    day: Annotated[Number, Field(alias="past_24h_rewards")]
    # Hashes of all time: an answer of 2016 that a client kept has 65536 · 78928 beside rewards of that many shares.
    work: Annotated[Number | None, Field(alias="total_work")] = None
    unpaid_doge: Annotated[Coins | None, Field(alias="unpaid_rewards_doge", ge=0)] = None


class _Worker(BaseModel):
    connected: bool
    rate: Annotated[Number, Field(alias="hash_rate")]
    day: Annotated[Number, Field(alias="rewards_24h")]
    last_share: Annotated[UnixTimeOrNever, Field(alias="last_share_time")] = None


class _Pool(BaseModel):
    rate: Annotated[Number, Field(alias="hash_rate")]
    workers: Annotated[Count | None, Field(alias="active_workers")] = None
    paid: Annotated[Number, Field(alias="pps_rate", gt=0)]


class _Network(BaseModel):
    per_block: Annotated[Number, Field(alias="time_per_block")]
    retarget: Annotated[Number, Field(alias="retarget_time")]

    @property
    def steady(self) -> bool:
        """Whether a share was paid the same for a day."""
        return EPOCH_BLOCKS * self.per_block - self.retarget > _DAY.total_seconds()


# PHP writes an empty map as an empty list.
_Workers: TypeAlias = Annotated[
    dict[Name, _Worker], BeforeValidator(lambda value: {} if value == [] else value), Field(max_length=MOST_WORKERS)
]


class _Page(BaseModel):
    user: _User
    workers: _Workers
    pool: _Pool
    network: _Network


def now(account: LitecoinPoolAccount, _window: Window) -> Talk:
    """The counter of work, the rates, the workers, what is unpaid of both coins, and the pool: one page tells all.

    A day's rate is what the day was paid for: the pool's own day average may leave out time without shares. It is shown
    and decides nothing, for the pool changes `pps_ratio` by several percent now and then, and does not say when.
    """
    reply = yield Http(path="/api", query={"api_key": Secret("key")})
    page, at = read(_Page, reply), reply.received_at
    if not (page.workers or page.user.total or page.user.rate or page.user.work):
        return silence(reply, SilenceReason.NEVER_SEEN, "the pool has never seen a share of this account")
    listed = {stripped(name, account): worker for name, worker in page.workers.items()}
    states = tuple(
        WorkerState(
            name=name,
            presence=WorkerPresence.ONLINE if worker.connected else WorkerPresence.OFFLINE,
            last_share=worker.last_share and not_future(worker.last_share, reply),
        )
        for name, worker in listed.items()
    )
    shown: list[tuple[str | None, _User | _Worker]] = [(None, page.user), *listed.items()]
    rates = [(name, one.rate * KILO, SHORT) for name, one in shown]
    work = page.user.work
    if page.network.steady:
        per_coin = HASHES_PER_SHARE / page.pool.paid / _DAY.total_seconds()
        rates += [(name, one.day * per_coin, _DAY) for name, one in shown]
    unpaid = ((page.user.unpaid, "LTC"), (page.user.unpaid_doge, "DOGE"))
    return (
        *(() if work is None else (WorkSeen(end=at, hashes=work, algorithm=ALGORITHM),)),
        *(
            RateSeen(worker=name, at=at, per_second=rate, window=span, averaging="unsure", algorithm=ALGORITHM)
            for name, rate, span in rates
        ),
        WorkersSeen(at=at, workers=states),
        *(BalanceSeen(at=at, amount=amount(coins, coin)) for coins, coin in unpaid if coins is not None),
        PoolSeen(at=at, per_second=page.pool.rate * KILO, workers=page.pool.workers, scheme="PPS"),
    )


def stripped(name: str, _account: Account) -> str:
    """A worker's name without the user, which never holds a dot."""
    user, separator, worker = name.partition(".")
    return worker if separator else user


SOURCE: Final = Source(
    kind="litecoinpool",
    title="LitecoinPool",
    Account=LitecoinPoolAccount,
    support="documented",
    algorithm=ALGORITHM,
    pace=10.0,
    naming=stripped,
    questions=(
        Question(
            name="now",
            sees=frozenset({WorkSeen, RateSeen, WorkersSeen, BalanceSeen, PoolSeen}),
            every=timedelta(minutes=5),
            talk=now,
            cap=_LARGE,
        ),
    ),
)
