"""NiceHash: what an order was charged and what the market says it delivers, and the miner's side with its earnings.

Figures come in units that the answer itself names (`marketFactor`, `priceFactor`, `miningFactor`); the documentation
shows numbers where the live service sends strings, so both are read.
"""

from datetime import timedelta
from typing import Final

from verifier.observation import BalanceSeen, EarningClaimed, OfferSeen, RateSeen, SpendSeen, WorkersSeen
from verifier.sources.nicehash.mining import balance, earnings, rigs
from verifier.sources.nicehash.orders import order, orders
from verifier.sources.nicehash.speech import NicehashAccount, signed
from verifier.talk import Account, Question, Source

REACH: Final = timedelta(days=90)

_LARGE: Final = 8_388_608


def _of_an_order(account: Account) -> bool:
    return getattr(account, "order", None) is not None


def _of_an_account(account: Account) -> bool:
    return not _of_an_order(account)


SOURCE: Final = Source(
    kind="nicehash",
    title="NiceHash",
    Account=NicehashAccount,
    support="documented",
    algorithm=None,
    independence="seller_page",
    pace=3.0,
    sign=signed,
    questions=(
        Question(
            name="order",
            sees=frozenset({SpendSeen, OfferSeen}),
            every=timedelta(minutes=1),
            talk=order,
            asked_of=_of_an_order,
        ),
        Question(
            name="orders",
            sees=frozenset({WorkersSeen}),
            every=timedelta(minutes=10),
            talk=orders,
            asked_of=_of_an_account,
        ),
        Question(
            name="rigs",
            sees=frozenset({WorkersSeen, RateSeen}),
            every=timedelta(minutes=5),
            talk=rigs,
            cap=_LARGE,
            asked_of=_of_an_account,
        ),
        Question(
            name="earnings",
            sees=frozenset({EarningClaimed}),
            every=timedelta(hours=1),
            reach=REACH,
            talk=earnings,
            asked_of=_of_an_account,
        ),
        Question(
            name="balance",
            sees=frozenset({BalanceSeen}),
            every=timedelta(hours=1),
            talk=balance,
            asked_of=_of_an_account,
        ),
    ),
)
