"""The figures of a check for people: with their units, rounded as the pages round. Exact ones are in the JSON."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, TypeAlias

from verifier.outlets import readable, words
from verifier.units import ALGORITHMS, Amount, scaled
from verifier.verdicts.wording import once_in

_YEAR: Final = 365.25 * 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """What figures of a contract are said in: its algorithm and coin, and how a moment is said."""

    algorithm: str
    coin: str
    moment: Callable[[datetime], str]


_Form: TypeAlias = Callable[[float, Scale], str]


def _percent(value: float, _scale: Scale) -> str:
    return readable.percent(value)


def _small_percent(value: float, _scale: Scale) -> str:
    return f"{100 * value:.3g} %"


#: How a number is said, by the end of its name; the first that fits.
_ENDINGS: Final[tuple[tuple[tuple[str, ...], _Form], ...]] = (
    (("per_second",), lambda value, scale: readable.rate(value, scale.algorithm)),
    (("hashes_per_share",), lambda value, scale: scaled(value, ALGORITHMS[scale.algorithm])),
    (("hashes",), lambda value, scale: readable.work(value, scale.algorithm)),
    (("seconds",), lambda value, _: readable.every(value)),
    (("atoms",), lambda value, scale: readable.coins(Amount(atoms=round(value), coin=scale.coin), exact=True)),
    (("difficulty_now",), lambda value, _: scaled(value, "")),
    (("paid_over_expected", "variation_over_chance"), lambda value, _: f"{value:.3g} times"),
    (("fee", "tolerance", "_part", "_alpha", "fee_allowance", "difference"), _small_percent),
    (("_fraction", "_ratio", "_low", "_high", "_coverage", "_up", "_at_best", "_known", "_used"), _percent),
    (("_stands_at", "_lately", "must_arrive", "_unseen", "closes_above", "promised"), _percent),
)
#: Words that are names in code.
_NAMES: Final[Mapping[str, Callable[[str], str]]] = MappingProxyType(
    {
        "allowance": lambda name: words.ALLOWANCES[name].text,
        "allowance_before": lambda name: words.ALLOWANCES[name].text,
        "running": lambda name: words.result("settlement", name),
        "term": lambda name: words.result("settlement", name),
        "revised": lambda name: words.result("settlement", name),
        "exactness": lambda name: words.EXACTNESS[name].text,
        "method": lambda name: words.METHODS[name].text,
    }
)


#: The unit at the end of a name, as it is said where the figure carries it itself.
_UNITS: Final = (("_per_second", " rate"), ("_hashes", " work"), ("_seconds", " time"), ("_atoms", " coins"))
_NAMED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "tolerance": "allowed by contract",
        "dispersion": "ups and downs: a count varies by so many times chance",
        "dispersion_bound": "ups and downs: the most that is learnt",
        "found_with_dispersion": "ups and downs: allowed for when it was found",
        "running_coverage": "running period: seen",
        "term_coverage": "whole term: seen",
    }
)


def name(key: str) -> str:
    """The name of a figure for people."""
    if key in _NAMED:
        return _NAMED[key]
    unit = next((pair for pair in _UNITS if key.endswith(pair[0])), ("", ""))
    return f"{key.removesuffix(unit[0]).replace('_', ' ')}{unit[1]}"


def figure(key: str, value: float | str, scale: Scale) -> str:
    """One figure of a check by its name: ``delivered_hashes`` as work, ``seen_seconds`` as a time."""
    if isinstance(value, str):
        return _text(key, value, scale)
    form = next((form for endings, form in _ENDINGS if key.endswith(endings)), None)
    return _number(value) if form is None else form(value, scale)


def evidence(seconds: float) -> str:
    """Evidence as how often chance brings as much: ``once in 10 years``, below a year ``once in 40 min``."""
    if seconds >= _YEAR:
        return once_in(seconds / _YEAR)
    return f"once in {readable.span(timedelta(seconds=seconds))}"


def _text(key: str, value: str, scale: Scale) -> str:
    if key in _NAMES:
        return _NAMES[key](value)
    if key.endswith(("_from", "_to", "_at", "_since", "_until")):
        return scale.moment(datetime.fromisoformat(value))
    return value


def _number(value: float) -> str:
    """A count or a quotient: whole where it is, or large."""
    if value == round(value) or abs(value) >= 1000:
        return f"{value:,.0f}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    return f"{value:.3g}"
