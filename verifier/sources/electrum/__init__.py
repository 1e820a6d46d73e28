"""Electrum servers: difficulty and receipts from bytes that prove themselves, without an explorer."""

from datetime import timedelta
from typing import Final

from verifier.observation import BlockSeen, PayoutReceived, Unread
from verifier.sources.electrum import talks
from verifier.sources.electrum.speech import ElectrumAccount
from verifier.talk import Account, Question, Source

_LARGE: Final = 8_388_608


def _names_an_address(account: Account) -> bool:
    return isinstance(account, ElectrumAccount) and account.address is not None


SOURCE: Final = Source(
    kind="electrum",
    title="Electrum servers",
    Account=ElectrumAccount,
    support="documented",
    questions=(
        Question(
            name="blocks",
            sees=frozenset({BlockSeen}),
            every=timedelta(minutes=10),
            reach=timedelta(days=35),
            talk=talks.blocks,
        ),
        Question(
            name="receipts",
            sees=frozenset({PayoutReceived, Unread}),
            every=timedelta(minutes=10),
            reach=timedelta(days=366),
            talk=talks.receipts,
            cap=_LARGE,
            asked_of=_names_an_address,
        ),
    ),
)
