"""F2Pool's interface v2: hashrate, workers, revenue and payouts of a mining user."""

from datetime import timedelta
from typing import Final

from verifier.observation import EarningClaimed, PayoutClaimed, RateSeen, SharesSeen, WorkersSeen, WorkSeen
from verifier.sources.f2pool import hashrate, money
from verifier.sources.f2pool.speech import F2PoolAccount, stripped
from verifier.talk import Question, Source

_10_MINUTES: Final = timedelta(minutes=10)
_6_HOURS: Final = timedelta(hours=6)
_LARGE: Final = 8_388_608

SOURCE: Final = Source(
    kind="f2pool",
    title="F2Pool",
    Account=F2PoolAccount,
    support="documented",
    naming=stripped,
    questions=(
        Question(name="now", sees=frozenset({RateSeen, SharesSeen}), every=timedelta(minutes=5), talk=hashrate.now),
        Question(
            name="history",
            sees=frozenset({WorkSeen, SharesSeen}),
            every=_10_MINUTES,
            phase=hashrate.SETTLED + timedelta(seconds=15),
            reach=hashrate.REACH,
            talk=hashrate.history,
            cap=_LARGE,
        ),
        Question(
            name="workers",
            sees=frozenset({WorkersSeen, RateSeen}),
            every=_10_MINUTES,
            talk=hashrate.workers,
            cap=_LARGE,
        ),
        Question(
            name="revenue",
            sees=frozenset({EarningClaimed}),
            every=_6_HOURS,
            reach=money.REACH,
            talk=money.revenue,
            cap=_LARGE,
        ),
        Question(
            name="payouts",
            sees=frozenset({PayoutClaimed}),
            every=_6_HOURS,
            reach=money.REACH,
            talk=money.payouts,
            cap=_LARGE,
        ),
    ),
)
