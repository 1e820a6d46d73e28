"""Bitcoin Core, a node of your own: difficulty, fees of every block, receipts, and replaced blocks."""

from datetime import timedelta
from typing import Final

from verifier.observation import BlockLeft, BlockSeen, PayoutReceived, Unread
from verifier.sources.bitcoin_core import blocks, receipts
from verifier.sources.bitcoin_core.speech import BitcoinCoreAccount, signed
from verifier.talk import Account, Question, Source

#: A full block with every transaction decoded.
_WHOLE_BLOCK: Final = 67_108_864


def _names_a_wallet(account: Account) -> bool:
    return isinstance(account, BitcoinCoreAccount) and (account.address or account.wallet) is not None


SOURCE: Final = Source(
    kind="bitcoin_core",
    title="Bitcoin Core",
    Account=BitcoinCoreAccount,
    support="documented",
    pace=0.1,
    sign=signed,
    questions=(
        Question(
            name="blocks",
            sees=frozenset({BlockSeen}),
            every=timedelta(minutes=10),
            reach=timedelta(days=35),
            talk=blocks.blocks,
        ),
        Question(
            name="receipts",
            sees=frozenset({PayoutReceived, Unread}),
            every=timedelta(hours=1),
            reach=timedelta(days=366),
            talk=receipts.receipts,
            cap=_WHOLE_BLOCK,
            asked_of=_names_a_wallet,
        ),
        Question(
            name="reorgs",
            sees=frozenset({BlockLeft}),
            every=timedelta(minutes=30),
            talk=blocks.reorgs,
            asked_of=_names_a_wallet,
        ),
    ),
)
