"""How what a contract lets be missing stands, and the shortfalls of the last month, in words for people."""

from collections.abc import Callable
from datetime import datetime

from verifier.contract import Contract
from verifier.outlets import readable, words
from verifier.outlets.price import valued
from verifier.verdicts.allowance import ENDED, Use, found, how_it_ended, how_it_stands
from verifier.verdicts.verdict import Outcome, Verdict


def _number(verdict: Verdict, name: str) -> float | None:
    value = verdict.values.get(name)
    return value if isinstance(value, float | int) else None


def _moment(verdict: Verdict, name: str) -> datetime | None:
    value = verdict.values.get(name)
    return datetime.fromisoformat(value) if isinstance(value, str) else None


def stands(verdict: Verdict, said: Callable[[datetime], str]) -> str | None:
    """How the day, week or month that the contract names stands, as a sentence; None where it names none."""
    one, last = found(verdict.values), found(verdict.values, ENDED)
    if one is None:
        return None
    return f"{'' if last is None else f'{how_it_ended(last)}; '}{how_it_stands(one, said)}"


def stands_briefly(verdict: Verdict) -> str | None:
    """The same in a few words, where there is anything to look at."""
    one = found(verdict.values)
    if one is None or (verdict.outcome is not Outcome.SHORT and one.use is Use.ALLOWED):
        return None
    return words.ALLOWANCES[one.use.value].text


def lasted(contract: Contract, verdict: Verdict) -> str | None:
    """How long the last shortfall lasted and what was missing in it: ``18 h, 41.2 TH/s-days, about 1.54 EUR``."""
    since, until = _moment(verdict, "shortage_since"), _moment(verdict, "shortage_until")
    missing = _number(verdict, "shortage_missing_hashes")
    if since is None or until is None or missing is None:
        return None
    return f"{readable.span(until - since)}, {valued(contract, missing)}"


def last_month(contract: Contract, verdict: Verdict) -> str | None:
    """The number of shortfalls of the last 30 days and all that was missing; None without any but the one of now."""
    count, missing = _number(verdict, "shortages_30_days"), _number(verdict, "shortages_30_days_missing_hashes")
    if not count or missing is None or (count == 1 and verdict.outcome is Outcome.SHORT):
        return None
    return f"{count:.0f}, {valued(contract, missing)}"
