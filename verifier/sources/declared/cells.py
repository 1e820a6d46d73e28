"""What stands in a cell as a typed value: figures with their unit, moments with their zone, coins, names.

An empty cell is nothing (None), never zero. A unit that the cell itself shows is the truth: pages change theirs.
"""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from verifier.errors import Misread
from verifier.fields import Name
from verifier.told import amount
from verifier.units import COIN_DECIMALS, HASHES_PER_DIFFICULTY, Amount

#: Words that pages write where there is nothing.
_NOTHING: Final = frozenset({"", "-", "–", "—", "n/a", "N/A", "null", "None"})
#: Digits in thousands and decimals, written one way or the other; what fits neither would be a factor of ten wrong.
_POINT: Final = re.compile(r"([+-]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]*)?(?:[eE][+-]?[0-9]{1,2})?)(.*)")
_COMMA: Final = re.compile(r"([+-]?(?:[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+)(?:,[0-9]*)?)(.*)")
_UNIT: Final = re.compile(r"([kKMGTPEZ]?)(?:H|Sol|h|S|sol|hash|hashes)?(/s|ps|/sec)?")
_PREFIX: Final = MappingProxyType(
    {"": 1.0, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18, "Z": 1e21}
)
_MOST: Final = Decimal(10) ** 40
#: Nothing was mined before Bitcoin's first block; an earlier time is a figure of another scale.
_FIRST: Final = datetime(2009, 1, 3, tzinfo=UTC)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NAME: Final[TypeAdapter[str]] = TypeAdapter(Name)


class Figure(NamedTuple):
    """A number as shown: its exact value in units of its own prefix, and what the cell says behind it."""

    exact: Decimal
    unit: str

    @property
    def rounding(self) -> float:
        """The relative error that the last digit shown leaves."""
        exponent = self.exact.as_tuple().exponent
        return 10.0**exponent / 2 / float(self.exact) if isinstance(exponent, int) and self.exact else 0.0


def scale(unit: str) -> tuple[float, bool]:
    """Hashes behind one ``TH/s``, ``GH``, ``difficulty`` or ``H``, and whether they are per second.

    Raises ValueError for another word.
    """
    if unit == "difficulty":
        return float(HASHES_PER_DIFFICULTY), False
    match = _UNIT.fullmatch(unit.strip())
    if match is None or not unit.strip():
        raise ValueError(f"`{unit[:20]}` is no unit of work or rate, write one like `TH/s`, `H` or `difficulty`")
    return _PREFIX[match[1]], match[2] is not None


def is_nothing(value: object) -> bool:
    """Whether a cell holds no figure at all."""
    return value is None or (isinstance(value, str) and value.strip() in _NOTHING)


def figure(value: object, *, comma: bool, where: str) -> Figure | None:
    """A number, or a text that begins with one; None for an empty cell. Raises Misread for anything else."""
    if is_nothing(value):
        return None
    written = str(value).replace("\u00a0", " ").replace("\u202f", " ").strip()
    comma = comma and isinstance(value, str)
    match = None if isinstance(value, bool) else (_COMMA if comma else _POINT).fullmatch(written)
    if match is None or match[2][:1] in {".", ","}:
        mark = "comma" if comma else "point"
        raise Misread(f"{where}: a figure with a decimal {mark} was expected, not {written[:40]!r}")
    digits = match[1].replace(".", "").replace(",", ".") if comma else match[1].replace(",", "")
    exact = Decimal(digits)
    if not 0 <= exact < _MOST:
        raise Misread(f"{where}: {match[1][:20]} cannot be true")
    return Figure(exact=exact, unit=match[2].strip())


def hashes(value: object, unit: str, *, rate: bool, comma: bool, where: str) -> tuple[float, float] | None:
    """Hashes (per second) and the relative error that rounding leaves where text was shown; None for an empty cell.

    A unit beside the figure wins over ``unit``. Raises Misread for a rate where work was expected.
    """
    found = figure(value, comma=comma, where=where)
    if found is None:
        return None
    try:
        factor, per_second = scale(found.unit or unit)
    except ValueError as error:
        raise Misread(f"{where}: {error}") from None
    if per_second and not rate:
        raise Misread(f"{where}: a rate ({found.unit or unit}) where work was expected")
    return float(found.exact) * factor, found.rounding if isinstance(value, str) else 0.0


def coins(value: object, coin: str, *, base_units: bool, comma: bool, where: str) -> Amount | None:
    """Coins from the very digits shown, or from base units; None for an empty cell."""
    found = figure(value, comma=comma, where=where)
    if found is None:
        return None
    if found.unit not in {"", coin}:
        raise Misread(f"{where}: {coin} was expected, not {found.unit[:20]!r}")
    return amount(found.exact.scaleb(-COIN_DECIMALS[coin]) if base_units else found.exact, coin)


def _clock(written: str, form: str) -> datetime:
    """A time as written, without a zone where none is. Raises ValueError or OverflowError."""
    if form in {"unix", "unix_ms"}:
        return _EPOCH + timedelta(seconds=float(written) / (1000 if form == "unix_ms" else 1))
    return datetime.fromisoformat(written) if form == "iso" else datetime.strptime(written, form)  # noqa: DTZ007


def moment(value: object, form: str, zone: ZoneInfo | None, *, where: str) -> datetime | None:
    """A time in the form that the configuration names; None for an empty cell, and for a Unix time of zero.

    Raises Misread for a time without a zone, and for one before there was anything to mine.
    """
    if is_nothing(value) or (form in {"unix", "unix_ms"} and not isinstance(value, bool) and str(value) == "0"):
        return None
    written = str(value).strip()
    try:
        read = _clock(written, form)
    except (ValueError, OverflowError):
        raise Misread(f"{where}: not a time of the form {form}: {written[:40]!r}") from None
    if read.tzinfo is None:
        if zone is None:
            raise Misread(f"{where}: a time without its zone, write one like `zone: Europe/Berlin`")
        read = read.replace(tzinfo=zone)
    try:
        read = read.astimezone(UTC)
    except OverflowError:
        read = _EPOCH
    if read < _FIRST:
        raise Misread(f"{where}: {written[:40]!r} was before there was anything to mine")
    return read


def name(value: object, *, where: str) -> str | None:
    """A name or an id; None for an empty cell."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Misread(f"{where}: a name was expected")
    return _NAME.validate_python(str(value).strip())


def word(value: object, yes: frozenset[str], no: frozenset[str], *, where: str) -> bool:
    """A truth, or a word that stands for one. Raises Misread for any other: what is not known is not a no."""
    if isinstance(value, bool):
        return value
    shown = str(value).strip().lower()
    if value is None or shown not in yes | no:
        raise Misread(f"{where}: {shown[:40]!r} is not known, write it under `online_is` or `offline_is`")
    return shown in yes
