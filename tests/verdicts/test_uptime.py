"""Four meanings of up: all worked out, the one of the contract judges; what nobody saw is not down."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.verdicts.cases import SHARE, START, after, contract, fact
from tests.verdicts.test_settlement import span
from verifier.contract import Basis, Contract, Exclusion, Uptime, UptimeMethod, Watch
from verifier.fact import Fact
from verifier.observation import WorkerPresence, WorkersSeen, WorkerState
from verifier.units import Window
from verifier.verdicts.checks.uptime import State, judge
from verifier.verdicts.periods import DAY, MONTH, WEEK
from verifier.verdicts.verdict import News, Outcome, Verdict

STEP = timedelta(minutes=10)
HARD = 6  # steps to an hour


def deal(method: UptimeMethod, fraction: float = 0.99, **changed: Any) -> Contract:
    clause: dict[str, Any] = {"span": MONTH, "rolling": False, "within": timedelta(minutes=15)}
    clause |= {key: changed.pop(key) for key in tuple(clause) if key in changed}
    return contract(uptime=Uptime(fraction=fraction, method=method, **clause), **changed)


def listing(at: datetime, *names: str, online: bool = True, account: str = "pool", number: int = 1) -> Fact:
    presence = WorkerPresence.ONLINE if online else WorkerPresence.OFFLINE
    workers = tuple(WorkerState(name=name, presence=presence) for name in names)
    return replace(fact(number, WorkersSeen(at=at, workers=workers), account=account), learned_at=at)


@dataclass
class Watched:
    """A contract whose work is counted every ten minutes, and whose workers are listed with it."""

    what: Contract
    share: float = SHARE
    state: State | None = None
    due: datetime | None = None
    said: Verdict | None = None

    def turn(self, now: datetime, **news: Any) -> Verdict:
        judged = judge(self.what, self.state, News(**news), now)
        self.state, self.due = judged.state, judged.next_due
        self.said = judged.verdicts[-1] if judged.verdicts else self.said
        assert self.said is not None
        return self.said

    def run(self, hours: Iterable[int], down: Iterable[int] = (), blind: Iterable[int] = ()) -> Verdict:
        down, dark = set(down), set(blind)
        for hour in hours:
            for step in range(HARD):
                start = after(hours=hour) + step * STEP
                end = start + STEP
                if hour in dark:
                    self.turn(end, unseen=((Window(start=start, end=end), "unreachable"),))
                    continue
                seen = span(start, end, 0.0 if hour in down else 1.0, self.share)
                self.turn(end, measured=(seen,), facts=(listing(end, "a", online=hour not in down),))
        assert self.said is not None
        return self.said


@pytest.mark.parametrize("method", UptimeMethod)
def test_a_day_without_an_outage_is_up_in_every_meaning(method: UptimeMethod) -> None:
    seller = Watched(deal(method, 0.95), share=SHARE / 1000)
    now = seller.run(range(25))
    assert now.outcome is Outcome.MET
    values = [now.values[f"{one}_up"] for one in UptimeMethod]
    assert values == pytest.approx([1.0] * 4)
    assert now.values["method"] == method.value
    assert now.window == Window(start=START, end=after(days=1))


def test_every_meaning_counts_an_outage_in_its_own_way() -> None:
    seller = Watched(deal(UptimeMethod.HASHING, span=DAY))
    now = seller.run(range(25), down=range(10, 12))
    values = {one: now.values[f"{one}_up"] for one in UptimeMethod}
    assert values[UptimeMethod.HASHING] == pytest.approx(22 / 24)
    assert values[UptimeMethod.SHARING] == pytest.approx(22.25 / 24), "the last share may be a quarter of an hour old"
    assert values[UptimeMethod.DELIVERED] == pytest.approx(22 / 24)
    known = 1 - 1 / (24 * HARD)
    assert now.values["reachable_known"] == pytest.approx(known)
    assert values[UptimeMethod.REACHABLE] == pytest.approx(1 - 2 / 24 / known)
    assert now.outcome is Outcome.SHORT
    assert now.because == (
        "The UTC day of 1 Nov: work arrived in 91.7 % of the time that is known, 100.0 % of it; promised 99.0 %. "
        "It cannot be kept any more: with everything else up it would be 91.7 %."
    )


def test_a_month_is_short_once_the_rest_of_it_cannot_mend_it_and_the_next_one_begins_anew() -> None:
    seller = Watched(deal(UptimeMethod.HASHING))
    assert seller.run(range(24), down=range(3)).outcome is Outcome.UNDECIDED
    assert seller.run(range(24, 48), down=range(24, 27)).outcome is Outcome.UNDECIDED
    assert seller.run(range(48, 72), down=range(48, 51)).outcome is Outcome.SHORT, "9 of 7.2 hours"
    assert seller.run(range(72, 24 * 30 + 1)).outcome is Outcome.SHORT
    assert seller.run(range(24 * 30 + 1, 24 * 31 + 1)).outcome is Outcome.MET


def test_a_day_is_looked_at_when_it_is_over() -> None:
    seller = Watched(deal(UptimeMethod.HASHING))
    assert seller.run(range(23), down=range(12)).outcome is Outcome.UNKNOWN
    assert seller.due == after(days=1)
    assert seller.run(range(23, 24)).outcome is Outcome.SHORT


def test_time_that_nobody_saw_is_not_down() -> None:
    seller = Watched(deal(UptimeMethod.HASHING, span=DAY))
    assert seller.run(range(25), blind=range(1)).outcome is Outcome.MET
    dark = Watched(deal(UptimeMethod.HASHING, span=DAY))
    now = dark.run(range(25), blind=range(8, 12))
    assert now.outcome is Outcome.UNKNOWN
    assert now.because.endswith("Cannot tell: too little of the time is known. This is no sign of an outage.")
    assert now.coverage == pytest.approx(20 / 24)
    lost = Watched(deal(UptimeMethod.HASHING, span=DAY))
    assert lost.run(range(25), blind=range(8, 12), down=range(5)).outcome is Outcome.SHORT, "whatever was not seen"


def test_a_rolling_span_forgets_what_left_it() -> None:
    seller = Watched(deal(UptimeMethod.HASHING, rolling=True, span=WEEK))
    assert seller.run(range(24), down=range(5)).outcome is Outcome.SHORT
    assert seller.run(range(24, 24 * 7)).outcome is Outcome.SHORT
    now = seller.run(range(24 * 7, 24 * 8))
    assert now.outcome is Outcome.MET
    assert now.window == Window(start=after(days=1), end=after(days=8))


def test_a_pause_between_two_rare_shares_is_no_outage() -> None:
    slow = Watched(deal(UptimeMethod.HASHING, span=DAY), share=SHARE * 200)
    now = slow.run(range(25), down=range(10, 12))
    assert now.values["hashing_up"] == 1.0, "six shares should have come in two hours; that may be chance"
    assert now.values["sharing_up"] == pytest.approx(22.25 / 24), "this one is what the contract says, chance or not"


def test_a_time_without_work_that_goes_on_counts_already() -> None:
    seller = Watched(deal(UptimeMethod.HASHING, span=DAY))
    now = seller.run(range(25), down=range(20, 25))
    assert now.values["hashing_up"] == pytest.approx(20 / 24)
    assert seller.run(range(25, 26)).values["hashing_up"] == pytest.approx(20 / 24)


def test_a_gap_ends_a_time_without_work() -> None:
    seller = Watched(deal(UptimeMethod.HASHING, span=DAY))
    now = seller.run(range(25), down=range(10, 14), blind=range(12, 13))
    assert now.values["hashing_up"] == pytest.approx(20 / 23)


def test_delivered_is_judged_with_the_error_of_counting() -> None:
    few, many = (Watched(deal(UptimeMethod.DELIVERED, 0.93, span=DAY), share=share) for share in (SHARE, SHARE / 100))
    assert few.run(range(25), down=range(2)).outcome is Outcome.UNDECIDED
    assert many.run(range(25), down=range(2)).outcome is Outcome.SHORT
    rolling = Watched(deal(UptimeMethod.DELIVERED, 0.93, span=DAY, rolling=True), share=SHARE / 100)
    now = rolling.run(range(25), down=range(2))
    assert now.outcome is Outcome.SHORT
    assert now.false_alarm_years == pytest.approx(50.0)
    assert "91.7 % of the promised work had arrived in the time seen" in now.because


def test_reachable_needs_a_list_of_workers_that_once_named_one_of_the_contract() -> None:
    seller = Watched(deal(UptimeMethod.REACHABLE, span=DAY, watch=(Watch(account="pool", workers="north.*"),)))
    now = seller.run(range(25))
    assert now.outcome is Outcome.UNKNOWN
    assert now.because.startswith("Cannot tell: The UTC day of 1 Nov, nothing is known of it")
    named = replace(seller.what, watch=(Watch(account="pool", workers="a"),))
    for minutes, names in ((0, ("b",)), (10, ("a", "b")), (20, ("b",)), (40, ("a",)), (90, ("a",))):
        seller = replace(seller, what=named, state=seller.state if minutes else None)
        seller.turn(after(minutes=minutes + 1), facts=(listing(after(minutes=minutes), *names),))
    now = seller.turn(after(days=2))
    assert now.values["reachable_up"] == pytest.approx(10 / 30), "listed no more is not connected"
    assert now.values["reachable_known"] == pytest.approx(30 / 1440), "no list for more than half an hour tells nothing"


def test_one_source_tells_who_is_connected_and_each_answer_counts_once() -> None:
    both = (Watch(account="pool"), Watch(account="other"))
    seller = Watched(deal(UptimeMethod.REACHABLE, span=DAY, watch=both))
    for minutes in range(0, 60, 10):
        at = after(minutes=minutes)
        facts = (
            listing(at, "a"), listing(at, "a", online=False, account="other"), listing(at, "a", online=False),
            listing(at, "a", account="stranger"),
        )  # fmt: skip
        seller.turn(at, facts=facts)
    now = seller.turn(after(days=2))
    assert now.values["reachable_up"] == 1.0
    assert now.values["reachable_known"] == pytest.approx(50 / 1440)


def test_a_miner_who_works_at_another_watched_pool_is_connected() -> None:
    """He moved, or his first pool is down: connected is connected, wherever somebody watches."""
    what = deal(UptimeMethod.REACHABLE, 0.95, watch=(Watch(account="pool"), Watch(account="other")))
    state, said = None, list[Verdict]()
    for step in range(25 * HARD):
        at = START + step * STEP
        away = step >= 60
        facts = (listing(at, *(() if away else ("a",))), listing(at, *(("a",) if away else ()), account="other"))
        judged = judge(what, state, News(measured=(span(at, at + STEP, 1.0),), facts=facts), at + STEP)
        state = judged.state
        said += judged.verdicts
    assert said[-1].values["reachable_up"] == pytest.approx(1.0, abs=0.01)
    assert said[-1].outcome is Outcome.MET


def test_time_that_the_contract_leaves_out_is_neither_up_nor_down() -> None:
    announced = Exclusion(window=Window(start=after(hours=4), end=after(hours=8)), why="announced maintenance")
    seller = Watched(deal(UptimeMethod.HASHING, span=DAY, exclusions=(announced,)))
    now = seller.run(range(25), down=range(4, 8))
    assert (now.outcome, now.values["hashing_up"], now.coverage) == (Outcome.MET, 1.0, 1.0)
    whole = Exclusion(window=Window(start=START, end=after(days=1)), why="curtailment")
    idle = Watched(deal(UptimeMethod.HASHING, span=DAY, exclusions=(whole,)))
    assert idle.run(range(25), down=range(24)).outcome is Outcome.UNKNOWN


def test_a_contract_without_the_clause_is_not_judged_and_shows_every_meaning() -> None:
    seller = Watched(contract())
    now = seller.run(range(25), down=range(6))
    assert (now.outcome, now.because) == (Outcome.NOT_APPLICABLE, "The contract states no uptime.")
    assert now.values["hashing_up"] == pytest.approx(18 / 24)
    assert now.values["method"] is None


def test_the_last_span_is_cut_at_the_end_and_said_for_a_month() -> None:
    seller = Watched(deal(UptimeMethod.HASHING, ends=after(days=1, hours=6)))
    seller.run(range(30), down=range(1))
    now = seller.turn(after(days=2))
    assert now.window == Window(start=START, end=after(days=1, hours=6))
    assert now.values["hashing_up"] == pytest.approx(29 / 30)
    assert now.outcome is Outcome.SHORT
    assert seller.turn(after(days=20)).window == now.window
    assert seller.turn(after(days=32)).outcome is Outcome.NOT_APPLICABLE
    assert seller.due is None


def test_nothing_is_judged_before_the_start_nor_where_no_rate_is_promised() -> None:
    seller = Watched(deal(UptimeMethod.HASHING))
    assert seller.turn(START - DAY).outcome is Outcome.NOT_APPLICABLE
    assert seller.due == START
    other = Watched(deal(UptimeMethod.HASHING, basis=Basis.SHARE))
    assert other.turn(after(days=3)).outcome is Outcome.NOT_APPLICABLE


def test_days_that_no_span_needs_any_more_are_forgotten() -> None:
    seller = Watched(deal(UptimeMethod.HASHING))
    for number in range(40):
        day = after(days=number)
        seller.turn(day + DAY, measured=(span(day, day + DAY, 1.0),))
    assert seller.state is not None
    assert len(seller.state.uptimes.days) == 33
