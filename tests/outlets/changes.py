"""Changes for the tests of messages and channels: one of each kind that people are told of."""

from dataclasses import replace
from typing import Final

from tests.outlets import period_pictures
from tests.outlets.pictures import HOUR, INJECTION, NOW, SHORT_SINCE, STARTS, every_result, past_shortages
from verifier.incidents.standing import Change, Transition, problem_id
from verifier.observation import SilenceReason
from verifier.outlets.picture import Picture
from verifier.units import Window
from verifier.verdicts.verdict import Certainty, Outcome, Verdict

PICTURE: Final[Picture] = every_result()


def change(kind: Change, verdict: Verdict, ordinal: int = 1, **fields: object) -> Transition:
    """One change decided now about the subject of a verdict."""
    problem = problem_id(verdict.subject, verdict.check, ordinal)
    plain = Transition(
        id=f"{problem}-{kind.value}",
        problem=problem,
        subject=verdict.subject,
        check=verdict.check,
        ordinal=ordinal,
        change=kind,
        at=NOW - HOUR,
        decided_at=NOW,
        tell=True,
        severity="critical" if verdict.check == "hashrate" else "warning",
        verdict=verdict,
        concerns=(verdict.subject,),
    )
    return replace(plain, **fields)  # type: ignore[arg-type]  # each caller names fields of the record


def too_little() -> Transition:
    return change(Change.OPENED, PICTURE.contracts["north"].verdicts["hashrate"], 14)


def still_too_little() -> Transition:
    return replace(too_little(), id="14-reminded", change=Change.REMINDED)


def nothing_delivered() -> Transition:
    verdict = PICTURE.contracts["north"].verdicts["hashrate"]
    return change(Change.OPENED, replace(verdict, delivered=0.0, interval=(0.0, 0.001), size=1.0), 15)


def hashrate_over(outcome: Outcome = Outcome.MET, because: str = "Delivered 100.1 % of 500 TH/s.") -> Transition:
    verdict = PICTURE.contracts["north"].verdicts["hashrate"]
    assert verdict.owed is not None
    figures = {"delivered": verdict.owed * 1.001, "interval": (0.996, 1.006)}
    if outcome is Outcome.NOT_APPLICABLE:
        figures = {"delivered": None, "owed": None, "interval": None}
    plain = replace(
        verdict, outcome=outcome, because=because, since=None, size=None, size_error=None, values=past_shortages(1)
    )
    return change(Change.RESOLVED, replace(plain, **figures), 14)  # type: ignore[arg-type]  # fields of the record


def told_in_error() -> Transition:
    return replace(hashrate_over(), id="14-corrected", change=Change.CORRECTED)


def source_trouble(reason: SilenceReason = SilenceReason.MISREAD, subject: str = "west_pool") -> Transition:
    verdict = Verdict(
        subject=subject,
        check="source_silent",
        at=NOW,
        window=Window(start=NOW - 17 * HOUR, end=NOW),
        outcome=Outcome.SHORT,
        because="The answer has a shape never seen before.",
        certainty=Certainty.PROVEN,
        since=NOW - 17 * HOUR,
        unseen_because=reason,
        values={"detail": "workers.0.hashRate: a number was expected", "reason": reason.value},
    )
    return change(Change.OPENED, verdict, 3, concerns=("west", "north"))


def source_back() -> Transition:
    opened = source_trouble()
    verdict = replace(
        opened.verdict, outcome=Outcome.MET, because="public-pool answers.", unseen_because=None, since=None
    )
    return replace(opened, id="3-resolved", change=Change.RESOLVED, verdict=verdict)


def workers_gone(count: int = 1) -> Transition:
    verdict = replace(
        PICTURE.contracts["north"].verdicts["worker_gone"],
        since=SHORT_SINCE,
        values={"workers_gone": float(count), "workers": "07" if count == 1 else "07, 08"},
    )
    return change(Change.OPENED, verdict)


def workers_back() -> Transition:
    opened = workers_gone()
    return replace(
        opened, id="1-resolved", change=Change.RESOLVED, verdict=replace(opened.verdict, outcome=Outcome.MET)
    )


def period_lost() -> Transition:
    return change(Change.OPENED, period_pictures.settlement(period_pictures.periods()[-1]), 2)


def period_delivered() -> Transition:
    because = "The UTC day of 19 Nov: 99.6 % ± 0.6 % of what was promised, of which 95.0 % must arrive: delivered."
    verdict = replace(
        period_lost().verdict, outcome=Outcome.MET, because=because, since=None, size=None, size_error=None
    )
    return change(Change.RESOLVED, verdict, 2)


def uptime_lost() -> Transition:
    return change(Change.OPENED, period_pictures.uptime(), severity="info")


def uptime_anew() -> Transition:
    because = "December (UTC), up to 2 Dec 00:00 UTC: work arrived in 100 % of the time that is known; promised 99.0 %."
    return change(
        Change.RESOLVED, replace(uptime_lost().verdict, outcome=Outcome.MET, because=because), severity="info"
    )


def paid_more() -> Transition:
    values = {"paid_atoms": 2_710_000.0, "expected_atoms": 82_121.0, "most_atoms": 104_000.0, "days": 19.0}
    verdict = PICTURE.contracts["fixed"].verdicts["payout_exceeds_seen_work"]
    return change(Change.OPENED, replace(verdict, values={**values, "paid_over_expected": 33.0}, since=STARTS))


def paid_explained() -> Transition:
    verdict = replace(paid_more().verdict, outcome=Outcome.MET, because="Payouts explained by the seen work.")
    return change(Change.RESOLVED, verdict)


def of_a_stranger() -> Transition:
    """About a contract that is gone from the file, by a check that has no words of its own, with a hostile name."""
    verdict = Verdict(
        subject=INJECTION, check="new_idea", at=NOW, window=Window(start=STARTS, end=NOW), outcome=Outcome.SHORT,
        because="Something differs",
    )  # fmt: skip
    return change(Change.OPENED, verdict, severity="info", concerns=("north",))


KINDS: Final = {
    "hashrate_too_little": (too_little(),),
    "hashrate_still_too_little": (still_too_little(),),
    "hashrate_nothing": (nothing_delivered(),),
    "hashrate_back_to_normal": (hashrate_over(),),
    "hashrate_undecided": (hashrate_over(Outcome.UNDECIDED),),
    "hashrate_ended": (hashrate_over(Outcome.NOT_APPLICABLE, "The contract ended on 20 Nov 07:20 UTC."),),
    "told_in_error": (told_in_error(),),
    "source_misread": (source_trouble(),),
    "source_unreachable": (source_trouble(SilenceReason.UNREACHABLE),),
    "source_answers_again": (source_back(),),
    "worker_gone": (workers_gone(),),
    "workers_back": (workers_back(),),
    "period_lost": (period_lost(),),
    "period_delivered": (period_delivered(),),
    "uptime_lost": (uptime_lost(),),
    "uptime_anew": (uptime_anew(),),
    "paid_more": (paid_more(),),
    "payouts_explained": (paid_explained(),),
    "unknown_check": (of_a_stranger(),),
    "several_at_once": (source_back(), workers_gone(2), too_little()),
}
