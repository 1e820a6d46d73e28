from dataclasses import replace
from datetime import datetime, timedelta

from pydantic import TypeAdapter

from tests.verdicts.cases import after, contract, fact, silence
from verifier.contract import Watch
from verifier.observation import Fact, WorkerPresence, WorkersSeen, WorkerState
from verifier.verdicts.checks.worker_gone import State, judge
from verifier.verdicts.verdict import News, Outcome, Verdict

DEAL = contract(watch=(Watch(account="pool", workers="north*"),))
STATE = TypeAdapter(State)


def listing(number: int, minute: float, **last_shares: float | None) -> Fact:
    """A list at a minute; per worker the age of its last share in minutes, None: offline."""
    return fact(
        number,
        WorkersSeen(
            at=after(minutes=minute),
            workers=tuple(
                WorkerState(
                    name=name,
                    presence=WorkerPresence.OFFLINE if age is None else WorkerPresence.ONLINE,
                    last_share=None if age is None else after(minutes=minute - age),
                )
                for name, age in last_shares.items()
            ),
        ),
    )


def run(*facts: Fact, now: datetime | None = None) -> list[Verdict]:
    state, verdicts = None, list[Verdict]()
    for one in facts:
        turn = judge(DEAL, state, News(facts=(one,)), one.learned_at)
        state = STATE.validate_json(STATE.dump_json(turn.state))
        verdicts.append(turn.verdicts[-1])
    return verdicts


def outcomes(*facts: Fact) -> list[Outcome]:
    return [one.outcome for one in run(*facts)]


def test_a_worker_missing_from_the_list_is_named() -> None:
    verdicts = run(listing(1, 0, north1=0, north2=0), listing(2, 5, north1=0))
    assert [one.outcome for one in verdicts] == [Outcome.MET, Outcome.SHORT]
    assert "north2 (last seen 1 Nov 00:00 UTC)" in verdicts[-1].because
    assert verdicts[-1].since == after(minutes=0)
    assert verdicts[-1].values["workers"] == "north2"


def test_a_worker_offline_or_without_shares_is_gone_and_comes_back() -> None:
    assert outcomes(listing(1, 0, north=0), listing(2, 5, north=None), listing(3, 10, north=0)) == [
        Outcome.MET,
        Outcome.SHORT,
        Outcome.MET,
    ]
    assert outcomes(listing(1, 0, north=0), listing(2, 20, north=20))[-1] is Outcome.SHORT


def test_a_worker_that_sends_rarely_is_given_its_usual_pause() -> None:
    rare = [listing(number + 1, 10 * number, north=0) for number in range(20)]
    assert outcomes(*rare, listing(30, 220, north=30))[-1] is Outcome.MET
    assert outcomes(*rare, listing(30, 300, north=110))[-1] is Outcome.SHORT


def test_while_the_source_is_silent_nothing_is_said_of_workers() -> None:
    verdicts = run(listing(1, 0, north=0), fact(2, silence(5)))
    assert verdicts[-1].outcome is Outcome.UNKNOWN
    assert "did not answer" in verdicts[-1].because
    assert outcomes(listing(1, 0, north=0), fact(2, silence(5)), listing(3, 10, north=0))[-1] is Outcome.MET


def test_another_question_that_is_silent_does_not_hide_the_list() -> None:
    assert outcomes(listing(1, 0, north=0), fact(2, silence(5), question="payouts"))[-1] is Outcome.MET


def test_workers_of_others_and_workers_never_seen_working_are_not_missed() -> None:
    assert outcomes(listing(1, 0, south=0), listing(2, 5)) == [Outcome.UNKNOWN, Outcome.UNKNOWN]
    assert outcomes(listing(1, 0, north=None), listing(2, 5))[-1] is Outcome.UNKNOWN


def test_a_worker_gone_for_a_week_is_no_longer_expected() -> None:
    week = timedelta(days=8) / timedelta(minutes=1)
    assert outcomes(listing(1, 0, north1=0, north2=0), listing(2, week, north1=0))[-1] is Outcome.MET


def test_a_list_older_than_the_last_one_changes_nothing() -> None:
    assert outcomes(listing(1, 10, north=0), listing(2, 5))[-1] is Outcome.MET


def test_outside_the_term_no_worker_is_missed() -> None:
    early = judge(
        DEAL, None, News(facts=(listing(1, -10, north=0), fact(2, silence(-9), account="x"))), after(hours=-1)
    )
    assert early.verdicts[-1].outcome is Outcome.NOT_APPLICABLE
    assert "Outside" in early.verdicts[-1].because


def test_changes_inside_one_turn_are_all_told() -> None:
    facts = (listing(1, 0, north=0), listing(2, 5), listing(3, 10, north=0))
    told = judge(DEAL, None, News(facts=facts), after(minutes=10)).verdicts
    assert [one.outcome for one in told] == [Outcome.MET, Outcome.SHORT, Outcome.MET, Outcome.MET]
    assert [one.at for one in told[:2]] == [after(minutes=0), after(minutes=5)]


def test_the_workers_of_several_sources_are_counted_by_source() -> None:
    deal = contract(watch=(Watch(account="other"), Watch(account="pool", workers="north*")))
    here, there = listing(1, 0, north1=0, north2=0), replace(listing(2, 0, north1=0), subject="other")
    now = judge(deal, None, News(facts=(here, there)), after(minutes=0)).verdicts[-1]
    assert now.because == "All workers seen before are working: 1 at other, 2 at pool."
    assert run(here)[-1].because == "All workers seen before are working: 2."
