from dataclasses import replace
from datetime import datetime, timedelta

from pydantic import TypeAdapter

from tests.verdicts.cases import after, contract, fact, silence
from verifier.contract import Watch
from verifier.fact import Fact
from verifier.observation import RateSeen, WorkerPresence, WorkersSeen, WorkerState
from verifier.verdicts.checks.worker_gone import State, judge
from verifier.verdicts.verdict import Certainty, News, Outcome, Verdict

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
    verdicts = run(listing(1, 0, north1=0, north2=0), listing(2, 5, north1=0), listing(3, 10, north1=0))
    assert [one.outcome for one in verdicts] == [Outcome.MET, Outcome.UNDECIDED, Outcome.SHORT]
    assert "north2 (last seen 1 Nov 00:00 UTC)" in verdicts[-1].because
    assert verdicts[-1].since == after(minutes=0)
    assert verdicts[-1].values["workers"] == "north2"


def test_a_worker_offline_or_without_shares_is_gone_and_comes_back() -> None:
    away = (listing(2, 5, north=None), listing(3, 10, north=None))
    assert outcomes(listing(1, 0, north=0), *away, listing(4, 15, north=0))[1:] == [
        Outcome.UNDECIDED,
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
    facts = (listing(1, 0, north=0), listing(2, 20, north=20), listing(3, 25, north=0))
    told = judge(DEAL, None, News(facts=facts), after(minutes=25)).verdicts
    assert [one.outcome for one in told] == [Outcome.MET, Outcome.SHORT, Outcome.MET, Outcome.MET]
    assert [one.at for one in told[:2]] == [after(minutes=0), after(minutes=20)]


def test_a_worker_that_one_list_alone_leaves_out_is_not_said_to_be_gone() -> None:
    """A restart, or a page put together badly: also where the source was silent for long before."""
    for minute in (10, 480):
        seen = run(
            listing(1, 0, north1=0, north2=0), listing(2, minute, north1=0), listing(3, minute + 10, north1=0, north2=0)
        )
        assert [one.outcome for one in seen] == [Outcome.MET, Outcome.UNDECIDED, Outcome.MET]
        assert seen[1].because == "Too early to tell: the last list shows north2 no longer, the next one may again."
        assert seen[1].since is None


def test_the_same_list_read_again_is_no_second_one() -> None:
    again = (listing(2, 5, north1=0), listing(3, 5, north1=0))
    assert outcomes(listing(1, 0, north1=0, north2=0), *again)[-1] is Outcome.UNDECIDED


def test_the_workers_of_several_sources_are_counted_by_source() -> None:
    deal = contract(watch=(Watch(account="other"), Watch(account="pool", workers="north*")))
    here, there = listing(1, 0, north1=0, north2=0), replace(listing(2, 0, north1=0), subject="other")
    now = judge(deal, None, News(facts=(here, there)), after(minutes=0)).verdicts[-1]
    assert now.because == "All workers seen before are working: 1 at other, 2 at pool."
    assert run(here)[-1].because == "All workers seen before are working: 2."


def test_a_worker_that_works_at_another_watched_pool_is_not_gone() -> None:
    deal = contract(watch=(Watch(account="pool"), Watch(account="other")))
    there = tuple(replace(listing(10 + k, 5.0 * k, north1=0), subject="other") for k in range(1, 4))
    left = (listing(1, 0, north1=0), there[0], listing(2, 5), listing(3, 10), there[1], listing(4, 15), there[2])
    told = judge(deal, None, News(facts=left), after(minutes=15)).verdicts
    assert {one.outcome for one in told} == {Outcome.MET}
    assert told[-1].because == "All workers seen before are working: 1."


def rated(number: int, minute: float, **rates: float) -> Fact:
    """A list at a minute of workers that send, with their averages of ten minutes and an hour."""
    at = after(minutes=minute)
    states = tuple(WorkerState(name=name, presence=WorkerPresence.ONLINE, last_share=at) for name in rates)
    shown = [
        RateSeen(worker=name, at=at, per_second=rate * part, window=timedelta(minutes=length))
        for name, rate in rates.items()
        for length, part in ((10, 3.0), (60, 1.0), (1440, 0.1))
    ]
    return fact(number, WorkersSeen(at=at, workers=states), *shown)


def said_of(*facts: Fact, nobodys: tuple[str, ...]) -> Verdict:
    state, verdict = None, None
    for one in facts:
        turn = judge(DEAL, state, News(facts=(one,), nobodys={"pool": nobodys}), one.learned_at)
        state, verdict = STATE.validate_json(STATE.dump_json(turn.state)), turn.verdicts[-1]
    assert verdict is not None
    return verdict


def test_a_new_name_of_a_similar_rate_that_comes_when_a_worker_goes_is_perhaps_the_same() -> None:
    renamed = (rated(1, 0, north1=100.0, north2=50.0, other=100.0), rated(2, 10, north2=50.0, nord1=20.0, other=100.0))
    early = said_of(*renamed, nobodys=("nord1", "other"))
    assert "Perhaps" not in early.because, "its average of an hour says nothing yet"
    later = rated(3, 75, north2=50.0, nord1=95.0, other=100.0)
    told = said_of(*renamed, later, nobodys=("nord1", "other"))
    assert told.outcome is Outcome.SHORT
    assert "Perhaps renamed, and not counted: north1 → nord1." in told.because
    assert (told.certainty, told.values["perhaps_renamed"]) == (Certainty.POSSIBLE, "north1 → nord1")
    assert told.values["workers_gone"] == 1.0


def test_a_name_that_was_there_before_or_works_otherwise_or_came_later_is_another_worker() -> None:
    before = rated(1, 0, north1=100.0, old=100.0)
    gone, later = rated(2, 10, old=100.0, small=50.0), rated(3, 75, old=100.0, small=50.0)
    assert "Perhaps" not in said_of(before, gone, later, nobodys=("old", "small")).because
    late = (rated(4, 300, new=100.0), rated(5, 400, new=100.0))
    assert "Perhaps" not in said_of(before, gone, later, *late, nobodys=("old", "small", "new")).because


def test_two_new_names_alike_or_too_many_new_names_say_nothing() -> None:
    two = (rated(1, 0, north1=100.0), rated(2, 10, a=100.0, b=100.0), rated(3, 75, a=100.0, b=100.0))
    assert "Perhaps" not in said_of(*two, nobodys=("a", "b")).because
    names = {f"w{k}": 100.0 for k in range(60)}
    many = (rated(1, 0, north1=100.0), rated(2, 10, **names), rated(3, 75, **names))
    assert "Perhaps" not in said_of(*many, nobodys=tuple(names)).because
