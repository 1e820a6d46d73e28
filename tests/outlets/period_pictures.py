"""Pictures of billing periods and uptime: one day of each result, the day and the term so far, every meaning of up."""

from dataclasses import replace
from datetime import datetime

from tests.outlets.pictures import DAY, NOW, STARTS, every_result, short
from verifier.contract import Exclusion, Uptime, UptimeMethod
from verifier.observation import SilenceReason
from verifier.outlets.picture import ContractView, Picture
from verifier.units import Window
from verifier.verdicts.settling import Period
from verifier.verdicts.verdict import Certainty, Outcome, Verdict


def period(first: int, last: datetime, outcome: Outcome, level: float | None, **figures: object) -> Period:
    """A billing period from a day of November on, judged over what was seen of it."""
    start = NOW.replace(day=first, hour=0, minute=0) if first else STARTS
    promised = 500e12 * (last - start).total_seconds()
    plain = Period(
        window=Window(start=start, end=last),
        over=True,
        outcome=outcome,
        promised=promised,
        alpha=0.01,
        made_by=1,
        delivered=None if level is None else 0.98 * promised * level,
        owed=0.98 * promised,
        interval=None if level is None else (level - 0.006, level + 0.006),
        bounds=None if level is None else (0.98 * level - 0.006, 0.98 * level + 0.026),
        least=0.95,
        coverage=0.98,
        unseen_because="unreachable",
        smallest_visible=0.012,
    )
    return replace(plain, **figures)  # type: ignore[arg-type]  # each caller names fields of the record


def periods() -> tuple[Period, ...]:
    """One day of each result, as they follow each other; the first one would be another now."""

    def midnight(day: int) -> datetime:
        return NOW.replace(day=day, hour=0, minute=0)

    return (
        period(15, midnight(16), Outcome.UNKNOWN, None, coverage=0.0, revised=Outcome.SHORT),
        period(16, midnight(17), Outcome.UNDECIDED, 0.948),
        period(17, midnight(18), Outcome.MET, 0.97, below_promise=True),
        period(18, midnight(19), Outcome.SHORT, 0.91),
    )


def settlement(row: Period) -> Verdict:
    """The result of a period that is over."""
    return Verdict(
        subject="north",
        check="settlement",
        at=NOW,
        window=row.window,
        outcome=row.outcome,
        because="The UTC day of 18 Nov: 91.0 % of what was promised, of which 95.0 % must arrive: too little.",
        certainty=Certainty.LIKELY,
        delivered=row.delivered,
        owed=row.owed,
        interval=row.interval,
        coverage=row.coverage,
        unseen_because=SilenceReason.UNREACHABLE,
        since=row.window.start,
        size=0.09,
        size_error=0.006,
        false_alarm_years=10.0,
        values={"high_if_all_unseen": 0.918, "period_from": row.window.start.isoformat()},
    )


def uptime(outcome: Outcome = Outcome.SHORT) -> Verdict:
    """An uptime of a month that cannot be kept any more."""
    return Verdict(
        subject="north",
        check="uptime",
        at=NOW,
        window=Window(start=STARTS, end=NOW.replace(hour=0, minute=0)),
        outcome=outcome,
        because="November (UTC), up to 20 Nov 00:00 UTC: work arrived in 97.9 % of the time; promised 99.0 %.",
        certainty=Certainty.SUPPORTED,
        coverage=0.98,
        since=STARTS,
        values={
            "method": "hashing", "promised": 0.99, "reachable_up": None, "reachable_known": 0.0, "hashing_up": 0.979,
            "hashing_known": 0.98, "sharing_up": 0.981, "sharing_known": 0.98, "delivered_up": 0.974,
            "delivered_known": 0.98,
        },
    )  # fmt: skip


def lived() -> ContractView:
    """A contract that promises an uptime, with all of it."""
    view, rows = short(), periods()
    left_out = Window(start=NOW - 9 * DAY, end=NOW - 8 * DAY)
    return replace(
        view,
        contract=replace(
            view.contract,
            uptime=Uptime(fraction=0.99, method=UptimeMethod.HASHING),
            exclusions=(Exclusion(window=left_out, why="announced maintenance", cite="mail of 9 Nov"),),
            cites={**view.contract.cites, "uptime": "terms 8"},
        ),
        verdicts={**view.verdicts, "settlement": settlement(rows[-1]), "uptime": uptime()},
        periods=rows,
        running=period(20, NOW.replace(hour=0, minute=0) + DAY, Outcome.SHORT, 0.89, over=False),
        term=period(0, NOW, Outcome.MET, 0.97, over=False, below_promise=True),
    )


def picture() -> Picture:
    """That contract among the others."""
    every = every_result()
    return replace(every, contracts={**every.contracts, "north": lived()})
