"""Bitcoin as bytes: the script behind an address, a block's header, a transaction. No I/O, no trust.

Formats: Bitcoin's block and transaction serialisation with BIP 144 (witness), addresses by Base58 and BIP 173.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

from verifier.errors import Implausible, Misread

#: Target of difficulty 1.
_EASIEST: Final = 0xFFFF << 208
_HEADER: Final = 80
_BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR: Final = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_TO_KEY: Final = frozenset({0x00, 0x6F})
_TO_SCRIPT: Final = frozenset({0x05, 0xC4})
_NOTHING: Final = "0" * 64
_MOST_ATOMS: Final = 2_100_000_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """A block's header: its hash, its time, and the difficulty that its bits stand for."""

    hash: str
    at: datetime
    difficulty: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """A transaction: what it spends (txid, vout), what it pays (atoms, script) by output, and its first input's script.

    Of a block's first transaction that script says who mined it.
    """

    txid: str
    spent: tuple[tuple[str, int], ...]
    paid: tuple[tuple[int, bytes], ...]
    script: bytes

    @property
    def coinbase(self) -> bool:
        return [txid for txid, _ in self.spent] == [_NOTHING]


def script_of(address: str) -> bytes:
    """The script that an address stands for; checksums were checked where the address was written down.

    Raises Misread for what is no address of Bitcoin's.
    """
    prefix, separator, letters = address.lower().rpartition("1")
    if separator and prefix in {"bc", "tb", "bcrt"} and len(letters) > 6 and set(letters) <= set(_BECH32):
        values = [_BECH32.index(letter) for letter in letters[:-6]]
        program = _eights(values[1:])
        version = values[0]
        if version <= 16 and 2 <= len(program) <= 40:
            return bytes([version and 0x50 + version, len(program)]) + program
    elif set(address) <= set(_BASE58):
        number = 0
        for letter in address:
            number = number * 58 + _BASE58.index(letter)
        if number >> 200 == 0:
            raw = number.to_bytes(25, "big")
            if raw[0] in _TO_KEY:
                return b"\x76\xa9\x14" + raw[1:21] + b"\x88\xac"
            if raw[0] in _TO_SCRIPT:
                return b"\xa9\x14" + raw[1:21] + b"\x87"
    raise Misread("the address cannot be turned into a script")


def address_of(script: bytes) -> str | None:
    """The address of the main chain that stands for a script; None where none does."""
    match script[:3], script[-2:], len(script):
        case b"\x76\xa9\x14", b"\x88\xac", 25:
            return _base58(b"\x00" + script[3:-2])
        case _, _, 23 if script[:2] == b"\xa9\x14" and script[-1:] == b"\x87":
            return _base58(b"\x05" + script[2:-1])
    version = script[0] - 0x50 if script[:1] > b"\x50" else -(script[:1] != b"\x00")
    if 0 <= version <= 16 and 4 <= len(script) <= 42 and script[1] == len(script) - 2:
        return _bech32(version, script[2:])
    return None


def scripthash(script: bytes) -> str:
    """How Electrum servers name a script: its SHA-256, bytes reversed."""
    return sha256(script).digest()[::-1].hex()


def header(raw: bytes) -> Header:
    """A header of 80 bytes. Raises Implausible when its hash does not hold the work that it claims."""
    if len(raw) != _HEADER:
        raise Misread("a block header of 80 bytes was expected")
    digest = _double_sha256(raw)
    bits = int.from_bytes(raw[72:76], "little")
    size, mantissa = bits >> 24, bits & 0x7FFFFF
    target = mantissa << 8 * (size - 3) if 3 <= size <= 32 else 0
    if not 0 < target <= _EASIEST << 32:
        raise Misread("a block header with a difficulty was expected")
    if int.from_bytes(digest, "little") > target:
        raise Implausible("a block header without the work that it claims")
    at = datetime.fromtimestamp(int.from_bytes(raw[68:72], "little"), UTC)
    return Header(hash=digest[::-1].hex(), at=at, difficulty=_EASIEST / target)


def transaction(raw: bytes) -> Transaction:
    """A transaction with its txid, which is the hash of what was sent without the witnesses."""
    reader = _Reader(raw)
    version = reader.take(4)
    witnessed = raw[4:6] == b"\x00\x01"
    if witnessed:
        reader.take(2)
    body = reader.at
    spent, scripts = [], []
    for _ in range(reader.count()):
        txid = reader.take(32)[::-1].hex()
        spent.append((txid, reader.number(4)))
        scripts.append(reader.take(reader.count()))
        reader.take(4)
    paid = []
    for _ in range(reader.count()):
        atoms = reader.number(8)
        if atoms > _MOST_ATOMS:
            raise Misread("an output of more coins than there are")
        paid.append((atoms, reader.take(reader.count())))
    inside = raw[body : reader.at]
    if witnessed:
        for _ in spent:
            for _ in range(reader.count()):
                reader.take(reader.count())
    locktime = reader.take(4)
    if reader.at != len(raw) or not spent:
        raise Misread("a whole transaction was expected")
    txid = _double_sha256(version + inside + locktime)[::-1].hex()
    return Transaction(txid=txid, spent=tuple(spent), paid=tuple(paid), script=scripts[0])


class _Reader:
    """Bytes from the front to the end."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self.at = 0

    def take(self, size: int) -> bytes:
        if self.at + size > len(self._raw):
            raise Misread("a whole transaction was expected")
        self.at += size
        return self._raw[self.at - size : self.at]

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "little")

    def count(self) -> int:
        """A number of one, three, five or nine bytes (CompactSize)."""
        first = self.number(1)
        return first if first < 0xFD else self.number(2 << (first - 0xFD))


def _double_sha256(raw: bytes) -> bytes:
    return sha256(sha256(raw).digest()).digest()


def _base58(payload: bytes) -> str:
    """Base58 with four bytes of checksum."""
    raw = payload + _double_sha256(payload)[:4]
    number, letters = int.from_bytes(raw, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        letters = _BASE58[digit] + letters
    return "1" * (len(raw) - len(raw.lstrip(b"\x00"))) + letters


def _bech32(version: int, program: bytes) -> str:
    """An address of segregated witness: Bech32 of version 0 (BIP 173), Bech32m of others (BIP 350)."""
    bits = int.from_bytes(program, "big") << -len(program) * 8 % 5
    count = (len(program) * 8 + 4) // 5
    values = [version, *(bits >> 5 * (count - 1 - place) & 31 for place in range(count))]
    check = 1
    for value in (3, 3, 0, 2, 3, *values, *[0] * 6):  # "bc", taken apart
        top, check = check >> 25, (check & 0x1FFFFFF) << 5 ^ value
        for place, term in enumerate(_GENERATOR):
            check ^= term * (top >> place & 1)
    check ^= 0x2BC830A3 if version else 1
    values += [check >> 5 * (5 - place) & 31 for place in range(6)]
    return "bc1" + "".join(_BECH32[value] for value in values)


def _eights(values: Sequence[int]) -> bytes:
    """Groups of five bits as bytes; what is left over are padding bits."""
    number = 0
    for value in values:
        number = number << 5 | value
    spare = len(values) * 5 % 8
    return (number >> spare).to_bytes(len(values) * 5 // 8, "big")
