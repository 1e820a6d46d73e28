"""LitecoinPool: a counter of work, averages, workers and unpaid coins of an account, read with its key."""

from typing import Annotated, ClassVar, Final

from pydantic import BaseModel, BeforeValidator, Field

from verifier.fields import Coins, Count, Name, Number, UnixTimeOrNever
from verifier.observation import BalanceSeen, PoolSeen, RateSeen, WorkersSeen, WorkSeen
from verifier.phrases import after_the_user, unknown
from verifier.reading import MOST_WORKERS, read
from verifier.talk import LARGE, Account, Http, Secret, Source, Talk, asks
from verifier.told import amount, listed, rates
from verifier.units import DAY, MINUTE, Window

#: Rates come in kilohashes: `network.hash_rate` · 1000 = difficulty · 2^32 / `network.time_per_block`.
KILO: Final = 1000.0
ALGORITHM: Final = "scrypt"
#: Hashes behind one share that is paid with `pps_rate` = subsidy / (difficulty · 65536) · `pps_ratio`.
HASHES_PER_SHARE: Final = 65_536
#: Blocks between two changes of Litecoin's difficulty, and with it of what a share is paid.
EPOCH_BLOCKS: Final = 2016
#: The pool does not say over which span `hash_rate` is taken; one so short is shown and decides nothing.
SHORT: Final = 5 * MINUTE


class LitecoinPoolAccount(Account):
    """An account at LitecoinPool, read with its API key."""

    secrets: ClassVar[tuple[str, ...]] = ("key",)

    url: str = "https://www.litecoinpool.org"


class _User(BaseModel):
    hash_rate: Number
    total_rewards: Annotated[Coins, Field(ge=0)]
    unpaid_rewards: Annotated[Coins, Field(ge=0)]
    past_24h_rewards: Number
    # Hashes of all time: an answer of 2016 that a client kept has 65536 · 78928 beside rewards of that many shares.
    total_work: Number | None = None
    unpaid_rewards_doge: Annotated[Coins | None, Field(ge=0)] = None


class _Worker(BaseModel):
    connected: bool
    hash_rate: Number
    rewards_24h: Number
    last_share_time: UnixTimeOrNever = None


class _Pool(BaseModel):
    hash_rate: Number
    active_workers: Count | None = None
    pps_rate: Annotated[Number, Field(gt=0)]


class _Network(BaseModel):
    time_per_block: Number
    retarget_time: Number

    @property
    def steady(self) -> bool:
        """Whether a share was paid the same for a day."""
        return EPOCH_BLOCKS * self.time_per_block - self.retarget_time > DAY.total_seconds()


class _Page(BaseModel):
    user: _User
    # PHP writes an empty map as an empty list.
    workers: Annotated[
        dict[Name, _Worker], BeforeValidator(lambda value: {} if value == [] else value), Field(max_length=MOST_WORKERS)
    ]
    pool: _Pool
    network: _Network


@asks(WorkSeen, RateSeen, WorkersSeen, BalanceSeen, PoolSeen, every=5 * MINUTE, cap=LARGE)
def now(account: LitecoinPoolAccount, _window: Window) -> Talk:
    """The counter of work, the rates, the workers, what is unpaid of both coins, and the pool: one page tells all.

    A day's rate is what the day was paid for: the pool's own day average may leave out time without shares. It is shown
    and decides nothing, for the pool changes `pps_ratio` by several percent now and then, and does not say when.
    """
    reply = yield Http(path="/api", query={"api_key": Secret("key")})
    page, at = read(_Page, reply), reply.received_at
    user, pool = page.user, page.pool
    if not (page.workers or user.total_rewards or user.hash_rate or user.total_work):
        return unknown(reply, "the pool has never seen a share of this account")
    found = {after_the_user(name, account): worker for name, worker in page.workers.items()}
    per_coin = HASHES_PER_SHARE / pool.pps_rate / DAY.total_seconds() if page.network.steady else None
    paid: list[tuple[str | None, float, float]] = [(None, user.hash_rate, user.past_24h_rewards)]
    paid += [(name, one.hash_rate, one.rewards_24h) for name, one in found.items()]
    shown = (
        (name, ((SHORT, rate * KILO), (DAY, None if per_coin is None else day * per_coin))) for name, rate, day in paid
    )
    unpaid = ((user.unpaid_rewards, "LTC"), (user.unpaid_rewards_doge, "DOGE"))
    work = [] if user.total_work is None else [WorkSeen(end=at, hashes=user.total_work, algorithm=ALGORITHM)]
    return (
        *work,
        *rates(at, shown, "unsure", ALGORITHM),
        listed(reply, ((name, one.connected, one.last_share_time) for name, one in found.items())),
        *(BalanceSeen(at=at, amount=amount(coins, coin)) for coins, coin in unpaid if coins is not None),
        PoolSeen(at=at, per_second=pool.hash_rate * KILO, workers=pool.active_workers, scheme="PPS"),
    )


SOURCE: Final = Source(
    kind="litecoinpool", title="LitecoinPool", Account=LitecoinPoolAccount, support="documented", algorithm=ALGORITHM,
    pace=10.0, naming=after_the_user, questions=(now,),
)  # fmt: skip
