"""Addresses of Bitcoin as people paste them: a letter that is wrong is found before anything is asked about a stranger.

Base58Check with the version bytes of the main and test networks; Bech32 for witness version 0 and Bech32m for the
later ones (BIP 173, BIP 350).
"""

import re
from hashlib import sha256
from typing import Final

from verifier.settings.quantities import QuantityError

_BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VERSIONS: Final = frozenset({0x00, 0x05, 0x6F, 0xC4})
_BECH32: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_SEGWIT: Final = re.compile(r"(bc|tb|bcrt)1([qpzry9x8gf2tvdw0s3jn54khce6mua7l]{6,87})")
#: As long as addresses are, and no login of a pool or address of another coin that begins like it.
_LIKE: Final = re.compile(r"[13][A-Za-z0-9]{25,34}|(?i:bc1)[A-Za-z0-9]{11,87}")
_GENERATOR: Final = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECKS: Final = {True: 1, False: 0x2BC830A3}
_WRITE: Final = "copy it whole from your wallet, it begins with bc1, 1 or 3"


def address(text: str) -> str:
    """The address as it is compared, Bech32 in small letters. Raises QuantityError when its checksum does not hold."""
    folded = text.lower() if text in {text.lower(), text.upper()} else text
    segwit = _SEGWIT.fullmatch(folded)
    if segwit is not None and _is_segwit(segwit[1], segwit[2]):
        return folded
    if segwit is None and _is_base58(text):
        return text
    raise QuantityError(f"`{text[:90]}` is no bitcoin address, or a letter of it is wrong, {_WRITE}")


def looks_like_one(text: str) -> bool:
    """Whether somebody meant a bitcoin address where a pool takes user names and addresses of other coins too."""
    return _LIKE.fullmatch(text) is not None


def _is_segwit(prefix: str, letters: str) -> bool:
    values = [_BECH32.index(letter) for letter in letters]
    expanded = [*(ord(letter) >> 5 for letter in prefix), 0, *(ord(letter) & 31 for letter in prefix)]
    version, program = values[0], values[1:-6]
    spare = len(program) * 5 % 8
    size = len(program) * 5 // 8
    whole = spare < 5 and not (spare and program[-1] & ((1 << spare) - 1))
    fits = size in {20, 32} if version == 0 else 2 <= size <= 40 and version <= 16
    return whole and fits and _polymod([*expanded, *values]) == _CHECKS[version == 0]


def _polymod(values: list[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_GENERATOR):
            check ^= generator if top >> bit & 1 else 0
    return check


def _is_base58(text: str) -> bool:
    if not 26 <= len(text) <= 35 or not set(text) <= set(_BASE58):
        return False
    number = 0
    for letter in text:
        number = number * 58 + _BASE58.index(letter)
    if number >> 200:
        return False
    raw = number.to_bytes(25, "big")
    return raw[0] in _VERSIONS and sha256(sha256(raw[:21]).digest()).digest()[:4] == raw[21:]
