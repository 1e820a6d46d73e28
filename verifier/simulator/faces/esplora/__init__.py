"""Esplora: the chain, the fees of its blocks, and the payouts to each address (Blockstream/esplora API.md)."""

from typing import Final

from verifier.simulator.faces.esplora import headers, transactions
from verifier.simulator.page import Face, Page, Route


def missing(_method: str, _path: str) -> Page:
    """What electrs says of an unknown endpoint."""
    return Page(text="endpoint does not exist", status=404, content_type="text/plain")


FACE: Final = Face(
    name="esplora",
    routes=(
        Route(path="/blocks/tip/height", answer=headers.tip_height),
        Route(path="/blocks/tip/hash", answer=headers.tip_hash),
        Route(path="/block-height/{height}", answer=headers.hash_at),
        Route(path="/block/{hash}", answer=headers.block),
        Route(path="/block/{hash}/status", answer=transactions.block_status),
        Route(path="/block/{hash}/txs/0", answer=transactions.coinbase_of),
        Route(path="/blocks", answer=headers.blocks),
        Route(path="/blocks/{height}", answer=headers.blocks),
        Route(path="/address/{address}/txs", answer=transactions.newest),
        Route(path="/address/{address}/txs/chain", answer=transactions.confirmed_after),
        Route(path="/address/{address}/txs/chain/{last}", answer=transactions.confirmed_after),
        Route(path="/v1/mining/blocks/fees/{interval}", answer=transactions.past_fees),
    ),
    missing=missing,
)
