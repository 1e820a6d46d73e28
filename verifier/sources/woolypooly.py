"""WoolyPooly: averages, workers, balance and payments of an address, read without a key."""

from datetime import datetime, timedelta
from typing import Annotated, Final

from pydantic import BaseModel, Field

from verifier.fields import Coins, Name, Number, UnixTime
from verifier.observation import BalanceSeen, PayoutClaimed, RateSeen, WorkersSeen
from verifier.phrases import unknown
from verifier.reading import MOST_WORKERS, decode, read, rows
from verifier.talk import LARGE, AlgorithmName, CoinName, FamilyAccount, Http, Source, Talk, asks
from verifier.told import amount, listed, rates, recent, sent, together
from verifier.units import DAY, HOUR, MINUTE, Window

#: The coins that are known; the pool's name of one is not its ticker.
POOLS: Final = {
    name: {"url": f"https://api.woolypooly.com/api/{name}", "coin": coin, "algorithm": algorithm}
    for name, coin, algorithm in (
        ("raven-1", "RVN", "kawpow"),
        ("etc-1", "ETC", "etchash"),
        ("kas-1", "KAS", "kheavyhash"),
        ("alph-1", "ALPH", "blake3"),
        ("cfx-1", "CFX", "octopus"),
        ("ergo-1", "ERG", "autolykos2"),
        ("xna-1", "XNA", "kawpow"),
    )
}
#: A worker without a sign of life for this long is shown as off.
OFF: Final = timedelta(minutes=30)


class WoolyPoolyAccount(FamilyAccount):
    """An address at one coin of WoolyPooly."""

    members = POOLS

    url: str = POOLS["raven-1"]["url"]
    coin: CoinName = "RVN"
    algorithm: AlgorithmName = "kawpow"


class _Stats(BaseModel):
    balance: Annotated[Coins, Field(ge=0)]
    immature_balance: Annotated[Coins, Field(ge=0)]
    paid: Annotated[Coins, Field(ge=0)]


class _Rates(BaseModel):
    currentHashrate: Number
    hashrate: Number
    dayHashrate: Number

    def over(self) -> list[tuple[timedelta, float]]:
        """Each average with its span. The pool does not say which: relatives of its software use these."""
        return [(30 * MINUTE, self.currentHashrate), (3 * HOUR, self.hashrate), (DAY, self.dayHashrate)]


class _Worker(BaseModel):
    worker: Name
    hr: Number
    # 0 before the first one.
    lastBeat: UnixTime

    @property
    def last(self) -> datetime | None:
        return self.lastBeat if self.lastBeat.timestamp() else None


class _Page(BaseModel):
    stats: _Stats
    # By mode (pplns, solo) and by algorithm or port.
    mode_stats: Annotated[dict[Name, dict[Name, _Rates]], Field(max_length=20)]
    workers: Annotated[list[_Worker], Field(max_length=MOST_WORKERS)]


class _Payment(BaseModel):
    amount: Annotated[Coins, Field(ge=0)]
    timestamp: UnixTime
    tx: Name


@asks(RateSeen, WorkersSeen, BalanceSeen, every=5 * MINUTE, cap=LARGE)
def now(account: WoolyPoolyAccount, _window: Window) -> Talk:
    """The rates of all modes together, the workers, and the balance; `mode_stats` is empty before the first share."""
    reply = yield Http(path=f"/accounts/{account.address}")
    page, at = read(_Page, reply), reply.received_at
    unpaid = page.stats.balance + page.stats.immature_balance
    if not (page.mode_stats or unpaid or page.stats.paid):
        return unknown(reply, "the pool has never seen a share of this address")
    modes = [part for mode in page.mode_stats.values() for part in mode.values()]
    whole = together(average for part in modes for average in part.over()).items()
    of_workers = together((one.worker, one.hr) for one in page.workers).items()
    shown = [(None, whole), *((name, [(30 * MINUTE, rate)]) for name, rate in of_workers)]
    return (
        # What the spans are is not documented: these rates are shown and decide nothing.
        *rates(at, shown, "unsure", account.algorithm),
        listed(reply, ((one.worker, recent(one.last, at, OFF, busy=False), one.last) for one in page.workers)),
        BalanceSeen(at=at, amount=amount(unpaid, account.coin)),
    )


@asks(PayoutClaimed, every=HOUR, reach=7 * DAY, cap=LARGE)
def payouts(account: WoolyPoolyAccount, _window: Window) -> Talk:
    """What the pool says it has sent."""
    reply = yield Http(path=f"/accounts/{account.address}")
    return [
        sent(reply, one.timestamp, one.amount, account.coin, txid=one.tx, id=one.tx, address=account.address)
        for one in rows(_Payment, decode(reply), "payments")
    ]


SOURCE: Final = Source(
    kind="woolypooly", title="WoolyPooly", Account=WoolyPoolyAccount, support="experimental", pace=2.0,
    questions=(now, payouts),
)  # fmt: skip
