"""Electrum servers: difficulty and receipts from bytes that prove themselves, without an explorer."""

from typing import Final

from verifier.sources.electrum import talks
from verifier.sources.electrum.speech import ElectrumAccount
from verifier.talk import Source

SOURCE: Final = Source(
    kind="electrum",
    title="Electrum servers",
    Account=ElectrumAccount,
    support="documented",
    questions=(talks.blocks, talks.receipts),
)
