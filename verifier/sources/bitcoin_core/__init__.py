"""Bitcoin Core, a node of your own: difficulty, fees of every block, receipts, and replaced blocks."""

from typing import Final

from verifier.sources.bitcoin_core import blocks, receipts
from verifier.sources.bitcoin_core.speech import BitcoinCoreAccount, signed
from verifier.talk import Source

SOURCE: Final = Source(
    kind="bitcoin_core",
    title="Bitcoin Core",
    Account=BitcoinCoreAccount,
    support="documented",
    pace=0.1,
    sign=signed,
    questions=(blocks.blocks, receipts.receipts, blocks.reorgs),
)
