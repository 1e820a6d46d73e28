"""Quantities that carry their unit: rates and work with their algorithm, coins in base units, spans of time."""

from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Final, Self, overload

from verifier.record import record

SHA256D: Final = "sha256d"

MINUTE: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)

#: Letter of the work unit per algorithm; solution-based algorithms count Sol/s.
ALGORITHMS: Final = MappingProxyType(
    {
        "sha256d": "H",
        "scrypt": "H",
        "etchash": "H",
        "kheavyhash": "H",
        "randomx": "H",
        "kawpow": "H",
        "equihash": "Sol",
        "x11": "H",
        "blake3": "H",
        "eaglesong": "H",
        "autolykos2": "H",
        "ethash": "H",
        "octopus": "H",
    }
)

#: Hashes behind one unit of share difficulty on SHA-256 pools: 2^32 (Bitcoin's difficulty-1 target, BIP 22 pdiff).
HASHES_PER_DIFFICULTY: Final = 4_294_967_296

#: Decimals between one coin and its base unit.
COIN_DECIMALS: Final = MappingProxyType(
    {"BTC": 8, "BCH": 8, "LTC": 8, "DOGE": 8, "DASH": 8, "ZEC": 8, "RVN": 8, "KAS": 8, "XMR": 12, "ETC": 18}
    | {"ETHW": 18, "ERG": 9, "CKB": 8, "DGB": 8, "XNA": 8, "ZEPH": 12, "ALPH": 18, "CFX": 18}
)

_PREFIXES: Final = (("E", 1e18), ("P", 1e15), ("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3), ("", 1.0))


def _same(one: str, other: str) -> None:
    if one != other:
        raise ValueError(f"{one} and {other} cannot be mixed")


def scaled(value: float, unit: str, digits: int = 4) -> str:
    """A number with an SI prefix for people: ``scaled(9.41e15, "H/s")`` is ``9.41 PH/s``."""
    for prefix, factor in _PREFIXES:
        if abs(value) >= factor:
            return f"{value / factor:.{digits}g} {prefix}{unit}"
    return f"{value:.{digits}g} {unit}"


@record
class Work:
    """Work done, in hashes of one algorithm. Raises ValueError when algorithms are mixed."""

    hashes: float
    algorithm: str = SHA256D

    def __add__(self, other: Self) -> "Work":
        _same(self.algorithm, other.algorithm)
        return Work(hashes=self.hashes + other.hashes, algorithm=self.algorithm)

    def __sub__(self, other: Self) -> "Work":
        _same(self.algorithm, other.algorithm)
        return Work(hashes=self.hashes - other.hashes, algorithm=self.algorithm)

    @overload
    def __truediv__(self, other: "Work") -> float: ...
    @overload
    def __truediv__(self, other: timedelta) -> "Hashrate": ...
    def __truediv__(self, other: "Work | timedelta") -> "float | Hashrate":
        if isinstance(other, timedelta):
            return Hashrate(per_second=self.hashes / other.total_seconds(), algorithm=self.algorithm)
        _same(self.algorithm, other.algorithm)
        return self.hashes / other.hashes


@record
class Hashrate:
    """Hashes per second of one algorithm."""

    per_second: float
    algorithm: str = SHA256D

    def __mul__(self, span: timedelta) -> Work:
        return Work(hashes=self.per_second * span.total_seconds(), algorithm=self.algorithm)

    def __str__(self) -> str:
        return scaled(self.per_second, f"{ALGORITHMS[self.algorithm]}/s")


@record
class Amount:
    """Counted coins as an integer number of base units; never passes through a float."""

    atoms: int
    coin: str = "BTC"

    def __add__(self, other: Self) -> "Amount":
        _same(self.coin, other.coin)
        return Amount(atoms=self.atoms + other.atoms, coin=self.coin)

    def __sub__(self, other: Self) -> "Amount":
        _same(self.coin, other.coin)
        return Amount(atoms=self.atoms - other.atoms, coin=self.coin)

    @classmethod
    def of(cls, coins: Decimal, coin: str = "BTC") -> "Amount":
        """Coins to base units. Raises ValueError when the number has more places than the coin."""
        atoms = coins.scaleb(COIN_DECIMALS[coin])
        whole = atoms.to_integral_value()
        if whole != atoms:
            raise ValueError(f"{coins} {coin} is finer than the base unit")
        return cls(atoms=int(whole), coin=coin)

    @property
    def coins(self) -> Decimal:
        return Decimal(self.atoms).scaleb(-COIN_DECIMALS[self.coin])

    def __str__(self) -> str:
        return f"{self.coins:.{COIN_DECIMALS[self.coin]}f} {self.coin}"


@record
class Money:
    """An agreed sum in a fiat currency, as written in a contract."""

    value: Decimal
    currency: str

    def __str__(self) -> str:
        return f"{self.value:.2f} {self.currency}"


@record
class Window:
    """A half-open span of time [start, end) between two aware UTC moments."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("moments carry their time zone")
        if self.end < self.start:
            raise ValueError(f"window ends {self.end} before it starts {self.start}")

    @property
    def span(self) -> timedelta:
        return self.end - self.start

    def overlap(self, other: "Window") -> "Window | None":
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Window(start=start, end=end) if start < end else None

    def split(self, at: datetime) -> tuple["Window", ...]:
        """The parts before and from ``at``; one part when ``at`` lies outside."""
        if self.start < at < self.end:
            return Window(start=self.start, end=at), Window(start=at, end=self.end)
        return (self,)
