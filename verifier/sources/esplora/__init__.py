"""Esplora, the block explorer interface of mempool.space and Blockstream: blocks, fees, and a wallet's receipts."""

from datetime import timedelta
from typing import Final

from verifier.observation import BlockLeft, BlockSeen, PayoutReceived, Unread
from verifier.sources.esplora import blocks, receipts
from verifier.sources.esplora.speech import EsploraAccount
from verifier.talk import Account, Question, Source

_LARGE: Final = 8_388_608


def _names_an_address(account: Account) -> bool:
    return isinstance(account, EsploraAccount) and account.address is not None


SOURCE: Final = Source(
    kind="esplora",
    title="Esplora block explorer",
    Account=EsploraAccount,
    support="documented",
    questions=(
        Question(
            name="blocks",
            sees=frozenset({BlockSeen}),
            every=timedelta(minutes=10),
            reach=timedelta(days=35),
            talk=blocks.blocks,
        ),
        Question(
            name="fees",
            sees=frozenset({BlockSeen}),
            every=timedelta(minutes=30),
            reach=blocks.BACKFILL,
            talk=blocks.fees,
            cap=_LARGE,
        ),
        Question(
            name="receipts",
            sees=frozenset({PayoutReceived, Unread}),
            every=timedelta(minutes=10),
            reach=timedelta(days=366),
            talk=receipts.receipts,
            cap=_LARGE,
            asked_of=_names_an_address,
        ),
        Question(
            name="reorgs",
            sees=frozenset({BlockLeft}),
            every=timedelta(minutes=30),
            talk=receipts.reorgs,
            cap=_LARGE,
            asked_of=_names_an_address,
        ),
    ),
)
