"""Pictures for the tests of the outlets: one contract per result, and the troubles a daemon can have."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from verifier.contract import Contract, Independence, Promise, Tolerance, Watch
from verifier.incidents.standing import Change, Incident, Phase, Transition, problem_id
from verifier.ledger.records import Hour
from verifier.outlets.picture import AccountView, ContractView, DaemonView, Picture, QuestionView, SourceLine
from verifier.outlets.words import PAYOUTS
from verifier.units import Hashrate, Money, Window
from verifier.verdicts import allowance
from verifier.verdicts.allowance import Allowance, Use
from verifier.verdicts.verdict import Certainty, Outcome, Verdict

NOW: Final = datetime(2026, 11, 20, 8, 20, tzinfo=UTC)
STARTS: Final = datetime(2026, 10, 31, 23, 0, tzinfo=UTC)
SHORT_SINCE: Final = datetime(2026, 11, 19, 14, 20, tzinfo=UTC)
INJECTION: Final = '<script>alert("owned")</script>\n\\"} 1'
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)


def contract(name: str, terahashes: float, seller: str, *, allowed: float | None = 0.05) -> Contract:
    """One contract of 12 months over an F2Pool account."""
    tolerance = None if allowed is None else Tolerance(fraction=allowed, span=DAY)
    promise = Promise(since=STARTS, rate=Hashrate(per_second=terahashes * 1e12), tolerance=tolerance, cite="4.1")
    return Contract(
        name=name,
        seller=seller,
        starts=STARTS,
        ends=datetime(2027, 10, 31, 23, 0, tzinfo=UTC),
        promises=(promise,),
        price=Money(value=Decimal("13.6") * int(terahashes), currency="EUR"),
        watch=(Watch(account="renter1", workers=f"{name}.*", independence=Independence.CHOSEN_POOL),),
        cites={"tolerance": "order 81723, page 3, 4.2"},
    )


def days(what: Contract, *levels: float, seen: float = 0.98) -> tuple[tuple[datetime, float, float], ...]:
    """Days up to today at given parts of the promise, one level per day, oldest first; 0 means not seen."""
    today = NOW.replace(hour=0, minute=0)
    rate = what.promised.per_second
    found = []
    for age, level in enumerate(reversed(levels)):
        length = (NOW - today if age == 0 else DAY).total_seconds() * (seen if level else 0)
        found.append((today - age * DAY, length, length * rate * level))
    return tuple(reversed(found))


def source(account: str, title: str, per_second: float | None, *, decisive: bool = True) -> SourceLine:
    return SourceLine(
        account=account,
        title=title,
        independence="chosen_pool",
        exactness="count",
        decisive=decisive,
        watched_since=STARTS,
        per_second=per_second,
        window_seconds=600.0,
        last_answered_at=NOW - timedelta(minutes=2),
        workers_online=4,
    )


def hashrate(name: str, outcome: Outcome, because: str, **figures: object) -> Verdict:
    """A result of the hashrate check since the start of the term."""
    plain = Verdict(
        subject=name,
        check="hashrate",
        at=NOW,
        window=Window(start=STARTS, end=NOW),
        outcome=outcome,
        because=because,
        false_alarm_years=10.0,
    )
    return replace(plain, **figures)  # type: ignore[arg-type]  # each caller names fields of the record


def payouts(name: str, outcome: Outcome, because: str) -> Verdict:
    return Verdict(
        subject=name,
        check=PAYOUTS,
        at=NOW,
        window=Window(start=STARTS, end=NOW),
        outcome=outcome,
        because=because,
        certainty=Certainty.LIKELY,
        values={"paid_over_expected": 0.97 if outcome is Outcome.MET else 33.0},
    )


def _promised(what: Contract) -> float:
    return what.promised.per_second * (NOW - STARTS).total_seconds()


def running_out() -> Allowance:
    """89 % since midnight of a day of which 5 % may be missing."""
    midnight = NOW.replace(hour=0, minute=0)
    missing = 0.11 * 500e12 * (NOW - midnight).total_seconds()
    return Allowance(
        window=Window(start=midnight, end=midnight + DAY),
        fraction=0.05,
        promised=500e12 * 86_400,
        missing=missing,
        use=Use.RUNNING_OUT,
        lately=0.89,
        missed_at=NOW + timedelta(seconds=(0.05 * 500e12 * 86_400 - missing) / (0.11 * 500e12)),
    )


def past_shortages(count: int) -> dict[str, float | str | None]:
    """What a verdict holds of the shortfalls of a month, the last of them 18 hours at 89 %."""
    missing = 55e12 * 18 * 3600
    return {
        "shortage_since": SHORT_SINCE.isoformat(),
        "shortage_until": (SHORT_SINCE + 18 * HOUR).isoformat(),
        "shortage_missing_hashes": missing,
        "shortages_30_days": float(count),
        "shortages_30_days_missing_hashes": count * missing,
    }


def short() -> ContractView:
    what = contract("north", 500, "Northhash, order 81723")
    return ContractView(
        contract=what,
        verdicts={
            "hashrate": hashrate(
                "north",
                Outcome.SHORT,
                "Delivered 11 % less than promised since Thu 19 Nov, 15:20; by chance less than once in ten years.",
                window=Window(start=SHORT_SINCE, end=NOW),
                delivered=445e12 * (NOW - SHORT_SINCE).total_seconds(),
                owed=500e12 * (NOW - SHORT_SINCE).total_seconds(),
                interval=(0.862, 0.918),
                coverage=0.98,
                since=SHORT_SINCE,
                size=0.11,
                size_error=0.028,
                smallest_visible=0.01,
                values={**allowance.figures(running_out()), **past_shortages(2)},
            ),
            PAYOUTS: payouts("north", Outcome.MET, "19 of 19 payouts agree with the work that was seen."),
            "worker_gone": Verdict(
                subject="north",
                check="worker_gone",
                at=NOW,
                window=Window(start=STARTS, end=NOW),
                outcome=Outcome.SHORT,
                because="Worker north.07 has not been listed since Thu 15:20.",
            ),
        },
        incidents={
            "hashrate": Incident(phase=Phase.OPEN, ordinal=14, opened_at=SHORT_SINCE + HOUR, since=SHORT_SINCE),
            "worker_gone": Incident(phase=Phase.OPEN, ordinal=1, opened_at=SHORT_SINCE, since=SHORT_SINCE),
        },
        sources=(
            source("renter1", "F2Pool", 445e12),
            source("north_ckpool", "CKPool", 440e12, decisive=False),
        ),
        days=days(what, 1.01, 0.99, 1.0, 1.02, 0.98, 1.0, 0, 0.97, 1.0, 1.01, 1.0, 0.99, 1.0, 1.0, 0.98, 1.02, 1.0,
                  0.99, 0.956, 0.89),
    )  # fmt: skip


def met() -> ContractView:
    what = contract("east", 100, "Easthash")
    levels = (0.99, 1.01, 1.0, 0.98, 1.02, 1.0, 1.01, 0.99, 1.0, 1.0, 1.0, 1.01, 0.99, 1.0, 1.0, 1.01, 1.0, 1.0, 1.0,
              1.0)  # fmt: skip
    return ContractView(
        contract=what,
        verdicts={
            "hashrate": hashrate(
                "east", Outcome.MET, "Delivered 100.1 % of what was promised so far.",
                delivered=_promised(what) * 1.001, owed=_promised(what), interval=(0.996, 1.006), coverage=0.993,
            ),
            PAYOUTS: payouts("east", Outcome.MET, "19 of 19 payouts agree with the work that was seen."),
        },
        incidents={"hashrate": Incident(ordinal=2)},
        sources=(source("renter1", "F2Pool", 100.4e12),),
        days=days(what, *levels),
    )  # fmt: skip


def undecided() -> ContractView:
    what = contract("tiny", 1, "Bitlet", allowed=None)
    return ContractView(
        contract=what,
        verdicts={
            "hashrate": hashrate(
                "tiny", Outcome.UNDECIDED, "This span could only have shown a difference of 9 % or more.",
                delivered=_promised(what) * 0.97, owed=_promised(what), interval=(0.91, 1.04), coverage=0.95,
                smallest_visible=0.09,
            )
        },
        sources=(source("renter1", "F2Pool", 0.97e12),),
        days=days(what, 0.9, 1.1, 0.95, 0.93, 1.02),
    )  # fmt: skip


def unknown() -> ContractView:
    what = contract("west", 200, INJECTION)
    return ContractView(
        contract=what,
        verdicts={
            "hashrate": hashrate(
                "west", Outcome.UNKNOWN, "Only 41 % of the time was seen; 90 % is needed.", coverage=0.41,
                unseen_because="misread",
            )
        },
        incidents={"hashrate": Incident(phase=Phase.PENDING, pending_since=NOW - HOUR)},
        sources=(replace(source("west_pool", "public-pool", None), last_answered_at=NOW - 17 * HOUR),),
        days=days(what, 1.0, 1.0, 0.99, 0, 0, 0),
    )  # fmt: skip


def not_applicable() -> ContractView:
    what = replace(contract("order", 50, "Market order 7d2a"), ends=None, price=None)
    return ContractView(
        contract=what,
        verdicts={"hashrate": hashrate("order", Outcome.NOT_APPLICABLE, "No rate is promised now.")},
    )


def paid_by_formula() -> ContractView:
    what = contract("fixed", 120, "Steadycloud")
    return ContractView(
        contract=what,
        verdicts={
            "hashrate": hashrate(
                "fixed", Outcome.SHORT, "Delivered 97 % less than promised since the start.",
                delivered=_promised(what) * 0.03, owed=_promised(what), interval=(0.028, 0.032), coverage=0.99,
                since=STARTS, size=0.97, size_error=0.002,
            ),
            PAYOUTS: payouts("fixed", Outcome.SHORT, "Paid 33 times what the seen work explains."),
        },
        incidents={"hashrate": Incident(phase=Phase.OPEN, ordinal=1, opened_at=STARTS + HOUR, since=STARTS)},
        sources=(source("renter1", "F2Pool", 3.6e12),),
        days=days(what, *([0.03] * 19)),
    )  # fmt: skip


def before_first_data() -> ContractView:
    return ContractView(contract=contract("south", 80, "Southhash"))


def accounts() -> dict[str, AccountView]:
    fresh = NOW - timedelta(minutes=2)
    return {
        "renter1": AccountView(
            name="renter1",
            kind="f2pool",
            title="F2Pool",
            host="api.f2pool.com",
            watched_since=STARTS,
            contracts=("north", "east", "tiny", "fixed"),
            questions=(
                QuestionView(name="now", every_seconds=300, last_asked_at=fresh, last_answered_at=fresh),
                QuestionView(name="payouts", every_seconds=3600, last_asked_at=fresh, last_answered_at=fresh),
            ),
        ),
        "west_pool": AccountView(
            name="west_pool",
            kind="public_pool",
            title="public-pool",
            host="pool.example.org",
            watched_since=STARTS,
            contracts=("west",),
            questions=(
                QuestionView(
                    name="now", every_seconds=300, last_asked_at=fresh, last_answered_at=NOW - 17 * HOUR,
                    silent_since=NOW - 17 * HOUR, silence="misread", detail="workers.0.hashRate: a number was expected",
                ),
            ),
            verdicts={
                "source_silent": Verdict(
                    subject="west_pool", check="source_silent", at=NOW, window=Window(start=NOW - 17 * HOUR, end=NOW),
                    outcome=Outcome.SHORT, because="The answer has a shape never seen before.",
                )
            },
            incidents={
                "source_silent": Incident(phase=Phase.OPEN, ordinal=3, opened_at=NOW - 16 * HOUR, since=NOW - 17 * HOUR)
            },
        ),
        "fresh": AccountView(
            name="fresh", kind="ckpool", title="CKPool", host="solo.example.org",
            questions=(QuestionView(name="now", every_seconds=60),), contracts=("south",),
        ),
    }  # fmt: skip


def daemon() -> DaemonView:
    return DaemonView(
        version="0.1.0",
        started_at=NOW - 3 * DAY,
        config_loaded_at=NOW - 3 * DAY,
        messages_waiting=1,
        facts=18_211,
        last_step_at=NOW,
        nobodys_workers={"renter1": ("spare.01", INJECTION)},
    )


def every_result() -> Picture:
    """One contract per result, in a user's own time zone."""
    views = (short(), met(), undecided(), unknown(), not_applicable(), paid_by_formula(), before_first_data())
    return Picture(
        at=NOW,
        daemon=daemon(),
        contracts={view.contract.name: view for view in views},
        accounts=accounts(),
        time_zone="Europe/Berlin",
        external_url="http://pi.local:9580",
        severities={"source_silent": "info"},
    )


def in_trouble() -> Picture:
    """The memory is full, a new file was refused, and two messages were given up."""
    troubled = replace(
        daemon(), ledger_error="disk full", config_error="verifier.yaml:3: contracts.north.promised: …", messages_dead=2
    )
    return replace(every_result(), daemon=troubled)


def thousands(count: int = 250) -> Picture:
    """More contracts than fit on one page: every tenth is short."""
    views = {}
    for number in range(count):
        view = short() if number % 10 == 0 else met()
        name = f"deal_{number:04}"
        views[name] = replace(view, contract=replace(view.contract, name=name))
    return replace(every_result(), contracts=views)


def hours(name: str) -> list[Hour]:
    """Two days by the hour: full delivery, then 89 % since yesterday afternoon, three hours not seen."""
    start = NOW.replace(minute=0) - 47 * HOUR
    found = []
    for position in range(48):
        at = start + position * HOUR
        if position in {20, 21, 22}:
            continue
        level = 0.89 if at >= SHORT_SINCE else 1.0 + 0.01 * ((position * 7) % 5 - 2)
        length = 1200.0 if position == 47 else 3600.0
        found.append(Hour(contract=name, start=at, seen_seconds=length, hashes=level * length * 500e12, shares=720.0))
    return found


def transitions(name: str) -> list[Transition]:
    """A problem of last week that is over, and the one of today."""

    def change(
        kind: Change, ordinal: int, at: datetime, outcome: Outcome, because: str, **values: object
    ) -> Transition:
        problem = problem_id(name, "hashrate", ordinal)
        return Transition(
            id=f"{problem}-{kind.value}",
            problem=problem,
            subject=name,
            check="hashrate",
            ordinal=ordinal,
            change=kind,
            at=at,
            decided_at=at + timedelta(minutes=5),
            tell=True,
            severity="warning",
            verdict=hashrate(name, outcome, because, size=0.11 if outcome is Outcome.SHORT else None, values=values),
        )

    return [
        change(Change.OPENED, 13, NOW - 9 * DAY, Outcome.SHORT, "Nothing was delivered for two hours."),
        change(Change.RESOLVED, 13, NOW - 8 * DAY, Outcome.MET, "Delivery is back.", **past_shortages(1)),
        change(Change.OPENED, 14, SHORT_SINCE, Outcome.SHORT, "Delivered 11 % less than promised."),
    ]
