"""The faces, as a literal table; the name is the prefix of the path."""

from typing import Final

from verifier.simulator.faces import ckpool, esplora, f2pool, prices, public_pool
from verifier.simulator.page import Face

FACES: Final[tuple[Face, ...]] = (ckpool.FACE, public_pool.FACE, f2pool.FACE, esplora.FACE, *prices.FACES)
