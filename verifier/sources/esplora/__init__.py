"""Esplora, the block explorer interface of mempool.space and Blockstream: blocks, fees, and a wallet's receipts."""

from typing import Final

from verifier.sources.esplora import blocks, receipts
from verifier.sources.esplora.speech import EsploraAccount
from verifier.talk import Source

SOURCE: Final = Source(
    kind="esplora",
    title="Esplora block explorer",
    Account=EsploraAccount,
    support="documented",
    questions=(blocks.blocks, blocks.fees, receipts.receipts, receipts.reorgs),
)
