"""NiceHash: what an order was charged and what the market says it delivers, and the miner's side with its earnings.

Figures come in units that the answer itself names (`marketFactor`, `priceFactor`, `miningFactor`); the documentation
shows numbers where the live service sends strings, so both are read.
"""

from typing import Final

from verifier.sources.nicehash.mining import balance, earnings, rigs
from verifier.sources.nicehash.orders import order, orders
from verifier.sources.nicehash.speech import NicehashAccount, signed
from verifier.talk import Source

SOURCE: Final = Source(
    kind="nicehash", title="NiceHash", Account=NicehashAccount, support="documented", algorithm=None,
    independence="seller_page", pace=3.0, sign=signed, questions=(order, orders, rigs, earnings, balance),
)  # fmt: skip
