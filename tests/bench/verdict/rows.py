"""One line of the table of bars: what was measured, how surely, and against which bar."""

from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any, Final

from verifier.verdicts.statistics import poisson_interval

#: A bar is called missed by bad luck once in a thousand times: the normal quantile at 0.999.
Z: Final = 3.0902
#: What is told as "at most" is too low once in twenty times.
_Z_95: Final = 1.6449
HOLDS, MISSED, CLOSE, TOLD = "holds", "missed", "too close to call", ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A bar of docs/verdict-bars.md in one scenario.

    ``measured`` above ``bar`` is *missed* when even ``surely``, what is left of it after 99.9 % of the luck of so
    small a sample, is above the bar, else *too close to call*. Without a ``bar`` the figure is told and not judged.
    ``limit`` is ln(A)/I, and ``ratio`` the measured time, less one poll, over it.
    """

    number: str
    scenario: str
    measured: float
    surely: float
    unit: str
    size: str
    bar: float | None = None
    limit: float | None = None
    ratio: float | None = None
    note: str = ""

    @property
    def result(self) -> str:
        if self.bar is None:
            return TOLD
        if self.measured <= self.bar:
            return HOLDS
        return MISSED if self.surely > self.bar else CLOSE

    def plain(self) -> dict[str, Any]:
        return {**asdict(self), "result": self.result}


def rate(number: str, scenario: str, count: int, years: float, bar: float | None, note: str = "") -> Row:
    """Events per contract-year."""
    return Row(
        number=number,
        scenario=scenario,
        measured=count / years,
        surely=poisson_interval(count, Z)[0] / years,
        unit="a year",
        size=f"{count} in {years:.3g} years, at most {poisson_interval(count, _Z_95)[1] / years:.2g}",
        bar=bar,
        note=note,
    )


def share(number: str, scenario: str, count: int, of: int, bar: float | None, note: str = "") -> Row:
    """A part of all cases that should be at most ``bar``; the binomial is held to be no wider than the Poisson."""
    return Row(
        number=number,
        scenario=scenario,
        measured=count / of,
        surely=poisson_interval(count, Z)[0] / of,
        unit="of all",
        size=f"{count} of {of}, at most {poisson_interval(count, _Z_95)[1] / of:.2g}",
        bar=bar,
        note=note,
    )


def error(times: list[float]) -> float:
    """99.9 % of the luck in the mean of some times."""
    mean = sum(times) / len(times)
    return Z * sqrt(sum((one - mean) ** 2 for one in times) / max(len(times) - 1, 1) / len(times))
