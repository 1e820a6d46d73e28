"""A constructed header chain: one block every 600 s, a new difficulty at each height that 2016 divides."""

import hashlib
from typing import Final

import numpy as np
from numpy.typing import NDArray

SPACING: Final = 600
EPOCH: Final = 2016
SUBSIDY: Final = 312_500_000
"""Base units per block since height 840000 (BTC)."""

_HEIGHT_THEN: Final = 925_123
_THEN: Final = 1_763_600_400
_DIFFICULTY: Final = 149.3e12
_SWING: Final = 0.04
_TARGET_1: Final = 0xFFFF << 208


def _digest(*key: object) -> str:
    return hashlib.sha256("/".join(map(str, key)).encode()).hexdigest()


def compact(difficulty: float) -> int:
    """The header's ``bits``: the target as 3-byte mantissa and exponent (Bitcoin Core arith_uint256::GetCompact)."""
    target = int(_TARGET_1 / difficulty)
    size = (target.bit_length() + 7) // 8
    mantissa = target >> 8 * (size - 3)
    if mantissa & 0x800000:
        mantissa, size = mantissa >> 8, size + 1
    return size << 24 | mantissa


def expanded(bits: int) -> float:
    """The difficulty that a header with these ``bits`` proves."""
    return _TARGET_1 / ((bits & 0xFFFFFF) << 8 * ((bits >> 24) - 3))


class Chain:
    """Heights, hashes and difficulties as functions of (seed, height); times are Unix seconds."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._bits: dict[int, int] = {}

    def tip(self, now: int) -> int:
        """Height of the last block found at or before ``now``."""
        return _HEIGHT_THEN + (now - _THEN) // SPACING

    def time(self, height: int) -> int:
        return _THEN + (height - _HEIGHT_THEN) * SPACING

    def bits(self, height: int) -> int:
        """Compact target of a block: each epoch moves at most ±4 % around 149.3e12."""
        epoch = height // EPOCH
        if epoch not in self._bits:
            swing = int(_digest(self._seed, "epoch", epoch)[:8], 16) / 0xFFFFFFFF * 2 - 1
            self._bits[epoch] = compact(_DIFFICULTY * (1 + _SWING * swing))
        return self._bits[epoch]

    def difficulty(self, height: int) -> float:
        return expanded(self.bits(height))

    def difficulties(self, seconds: NDArray[np.int64]) -> NDArray[np.float64]:
        """The difficulty in force at each moment: that of the block being worked on."""
        epochs = (_HEIGHT_THEN + 1 + (seconds - _THEN) // SPACING) // EPOCH
        distinct, place = np.unique(epochs, return_inverse=True)
        return np.array([self.difficulty(int(epoch) * EPOCH) for epoch in distinct])[place]

    def hash(self, height: int) -> str:
        """A block's hash; its last 8 digits are its height, so that a hash finds its block."""
        return "0" * 20 + _digest(self._seed, "block", height)[:36] + f"{height:08x}"

    def height(self, block_hash: str) -> int | None:
        """The height of a hash of this chain, None for any other text."""
        try:
            height = int(block_hash[-8:], 16)
        except ValueError:
            return None
        return height if self.hash(height) == block_hash else None

    def header(self, height: int) -> dict[str, object]:
        """A block as Esplora tells it."""
        digest = _digest(self._seed, "header", height)
        size = 1_400_000 + int(digest[:5], 16) % 300_000
        return {
            "id": self.hash(height),
            "height": height,
            "version": 536_870_912,
            "timestamp": self.time(height),
            "tx_count": 2_000 + int(digest[5:8], 16) % 2_000,
            "size": size,
            "weight": 3_993_000 + size % 900,
            "merkle_root": digest,
            "previousblockhash": self.hash(height - 1),
            "mediantime": self.time(height - 5),
            "nonce": int(digest[8:16], 16),
            "bits": self.bits(height),
            "difficulty": self.difficulty(height),
        }
