"""Bar 5: the rules people use today beside ours: fixed thresholds, and a marketplace validator's falling allowance."""

from functools import partial
from typing import Any, Final

import numpy as np

from tests.bench.verdict.jobs import Job, Size
from tests.bench.verdict.limits import limit
from tests.bench.verdict.rows import Row, rate, share
from tests.bench.verdict.runs import Values, first_found, plain
from verifier.simulator import sellers
from verifier.simulator.sellers import DAY, HOUR, POLL
from verifier.simulator.truth import Counts, draw
from verifier.units import HASHES_PER_DIFFICULTY

#: Hours averaged, and the part of the promise below which the rule speaks.
_THRESHOLDS: Final = ((1, 0.95), (1, 0.90), (6, 0.95), (24, 0.95), (24, 0.90))
_WEEK: Final = 7 * DAY
_TERAHASHES: Final = (10, 100, 1000)
_DIFFICULTIES: Final = (65_536, 524_288)
#: Missing hundredths; 0 honest, 100 dead.
_MISSING: Final = (0, 2, 4, 8, 15, 100)
_CONTRACTS: Final = 20
#: From so many shares an hour on a skim of 4 % is to be found within the week.
_SKIM_FROM: Final = 1279.0
#: What the check's budget of 0.1 a year leaves to a week, and how many skims may take longer than that.
_CLOSED: Final = 0.1 * 7.0 / 365.25
_UNFOUND: Final = 0.01


def allowance(steps: int) -> Values:
    """Allowed error after each poll: clamp(20 min / (elapsed + 15 min), 5 %, 100 %), the marketplace validator's."""
    minutes = (np.arange(steps) + 1) * POLL / 60.0
    allowed: Values = np.clip(20.0 / (minutes + 15.0), 0.05, 1.0)
    return allowed


def closed_by_the_rule(shares: Values, promised: float) -> list[float | None]:
    """Seconds until the mean since the start is below the promise by more than the allowance, per contract."""
    steps = shares.shape[1]
    mean = np.cumsum(shares, axis=1) / (promised * np.arange(1, steps + 1))
    return _first(mean < 1.0 - allowance(steps))


def _first(hit: Any) -> list[float | None]:
    return [float(row.argmax() + 1) * POLL if row.any() else None for row in hit]


def _below(shares: Counts, promised: float, hours: int, part: float) -> Any:
    length = hours * HOUR
    below = sellers.rolling(shares, hours=hours) < part * promised
    below[:, : length - 1] = False
    return below


def _thresholds(seed: int, batch: int) -> dict[tuple[int, float], tuple[int, dict[int, list[float | None]]]]:
    """Per rule: how often it begins to speak in four honest years, and how soon it finds 10 % and 5 % short."""
    chance = draw(seed, "thresholds", batch)
    honest = sellers.counted(chance, sellers.steady(4, round(365.25 * DAY)), 60.0)
    begins = 2 * DAY
    changed = {
        drop: sellers.counted(chance, sellers.from_then_on(50, 16 * DAY, begins=begins, level=1.0 - drop / 100.0), 60.0)
        for drop in (10, 5)
    }
    found = {}
    for hours, part in _THRESHOLDS:
        below = _below(honest, 60.0, hours, part)
        begun = int((below[:, 1:] & ~below[:, :-1]).sum() + below[:, 0].sum())
        delays = {drop: _first(_below(shares, 60.0, hours, part)[:, begins:]) for drop, shares in changed.items()}
        found[hours, part] = begun, delays
    return found


def _threshold_rows(parts: list[dict[tuple[int, float], tuple[int, dict[int, list[float | None]]]]]) -> list[Row]:
    rows = []
    for hours, part in _THRESHOLDS:
        said = []
        for drop in (10, 5):
            waits = [one for found in parts for one in found[hours, part][1][drop]]
            seen = [one for one in waits if one is not None]
            late = len(waits) - len(seen)
            mean = f"{np.mean(seen) / 3600:.1f} h" if seen else "never"
            said.append(
                f"{drop} % short after {mean}" + (f" ({late} of {len(waits)} not in 14 d)" if late and seen else "")
            )
        count = sum(found[hours, part][0] for found in parts)
        scenario = f"fixed threshold, {hours} h below {part:.0%}: false alarms, 12 shares/min in full"
        rows.append(rate("5", scenario, count, 4 * len(parts), None, ", ".join(said)))
    return rows


def _an_hour(terahashes: int, difficulty: int) -> float:
    return terahashes * 1e12 * 3600.0 / (difficulty * HASHES_PER_DIFFICULTY)


def _cases(
    seed: int, terahashes: int, difficulty: int, batch: int
) -> dict[int, tuple[list[float | None], list[float | None]]]:
    """Per missing part: seconds until the rule and until ours speaks, both from a cold start, nothing tolerated."""
    chance = draw(seed, "rule", terahashes, difficulty, batch)
    promised = _an_hour(terahashes, difficulty) / HOUR
    found = {}
    for missing in _MISSING:
        shares = sellers.counted(chance, sellers.steady(_CONTRACTS, _WEEK, 1.0 - missing / 100.0), promised)
        found[missing] = closed_by_the_rule(shares.astype(float), promised), first_found(plain(shares, promised, 1.0))
    return found


def _told(found: list[float | None]) -> str:
    seen = [one for one in found if one is not None]
    part = f"{len(seen) / len(found):.1%}".replace(".0%", "%")
    return f"{part} in {np.mean(seen) / 3600:.2f} h" if seen else "none"


def _case_rows(terahashes: int, difficulty: int, parts: list[Any]) -> list[Row]:
    """Honest: closings; 4 %: misses; dead: mean delay; the rest told side by side."""
    an_hour = _an_hour(terahashes, difficulty)
    rows = []
    for missing in _MISSING:
        rule, ours = ([one for part in parts for one in part[missing][side]] for side in (0, 1))
        what = {0: "honest", 100: "dead"}.get(missing, f"{missing} % skim")
        scenario = f"{terahashes:,} TH/s at {difficulty:,} ({an_hour:,.0f}/h), {what}"
        note = f"rule: {_told(rule)}; ours: {_told(ours)}"
        count = len(ours)
        if missing == 0:
            first_day = sum(one is not None and one <= 86_400.0 for one in rule) / count
            note += f"; rule in 24 h: {first_day:.0%}"
            rows.append(
                share("5", f"closed in 7 d: {scenario}", sum(one is not None for one in ours), count, _CLOSED, note)
            )
        elif missing == 4 and an_hour >= _SKIM_FROM - 1.0:
            rows.append(
                share("5", f"not found in 7 d: {scenario}", sum(one is None for one in ours), count, _UNFOUND, note)
            )
        else:
            rows.append(_side_by_side(scenario, rule, ours, missing, an_hour, note))
    return rows


def _side_by_side(
    scenario: str, rule: list[float | None], ours: list[float | None], missing: int, an_hour: float, note: str
) -> Row:
    """Hours to the finding; of a dead seller at most those of the rule, unless ln(A)/I forbids it."""
    waits, others = ([_WEEK * POLL if one is None else one for one in each] for each in (ours, rule))
    bound = limit(an_hour / HOUR, an_hour / HOUR * (1.0 - missing / 100.0)).seconds
    mean, theirs = float(np.mean(waits)), float(np.mean(others))
    judged = missing == 100 and bound <= theirs
    if missing == 100 and not judged:
        note += "; sooner than any rule with our false-alarm rate can be"
    return Row(
        number="5",
        scenario=f"delay: {scenario}",
        measured=mean / 3600.0,
        surely=mean / 3600.0,
        unit="h",
        size=f"{len(waits)} contracts",
        bar=theirs / 3600.0 if judged else None,
        limit=bound / 3600.0,
        ratio=(mean - POLL) / bound,
        note=note,
    )


def jobs(seed: int, size: Size) -> list[Job]:
    """Thresholds first, then each of the rule's own cases."""
    found = [Job(work=partial(_thresholds, seed), batches=max(1, size.comings // 10), rows=_threshold_rows)]
    cases = [(terahashes, difficulty) for terahashes in _TERAHASHES for difficulty in _DIFFICULTIES]
    batches = max(1, size.rule_contracts // _CONTRACTS)
    return [
        *found,
        *(Job(work=partial(_cases, seed, *case), batches=batches, rows=partial(_case_rows, *case)) for case in cases),
    ]
