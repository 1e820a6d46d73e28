"""Workers that two contracts claim, that are renamed, and that move to another pool: nobody is short by that alone."""

from dataclasses import replace
from datetime import timedelta

from tests.verdicts.cases import RATE, START, after, contract, counter, fact, silence, slot
from tests.verdicts.test_evidence import EVIDENCE, hashes, turn
from verifier.contract import Watch
from verifier.observation import RateSeen, WorkerPresence, WorkersSeen, WorkerState
from verifier.units import Window
from verifier.verdicts.evidence import Evidence


def listing(minutes: float, *names: str) -> WorkersSeen:
    online = WorkerPresence.ONLINE
    return WorkersSeen(at=after(minutes=minutes), workers=tuple(WorkerState(name=n, presence=online) for n in names))


def an_average(minutes: float, worker: str) -> RateSeen:
    hour = timedelta(hours=1)
    return RateSeen(worker=worker, at=after(minutes=minutes), per_second=RATE, window=hour, averaging="rolling")


def test_while_a_worker_works_that_two_contracts_claim_nobody_can_tell_what_either_was_delivered() -> None:
    deal, twice = contract(watch=(Watch(account="pool", workers="north*"),)), frozenset({"north2", "south"})
    first = fact(1, counter(0, 0.0, "north1"), counter(0, 7.0, "north2"), counter(0, 0.0, "south"))
    works = fact(2, counter(1, 20.0, "north1"), counter(1, 9.0, "north2"), counter(1, 40.0, "south"))
    rests = fact(3, counter(2, 50.0, "north1"), counter(2, 9.0, "north2"), counter(2, 80.0, "south"))
    gone = fact(4, counter(3, 80.0, "north1"), counter(3, 120.0, "south"))
    folded = turn([first, works, rests, gone], deal=deal, excluded=twice)
    minutes = [Window(start=after(minutes=k), end=after(minutes=k + 1)) for k in (0, 1)]
    assert folded.unseen == tuple((one, "claimed_twice") for one in minutes), "who stands still may be slow to find one"
    assert hashes(folded) == [30.0], "what no pattern of ours names is no matter"
    whole = turn([first, works], excluded=twice)
    assert [reason for _, reason in whole.unseen] == ["claimed_twice"], "an account cannot be divided either"


def test_slots_of_a_worker_that_two_contracts_claim_are_not_seen_and_asked_for_once() -> None:
    deal, twice = contract(watch=(Watch(account="pool", workers="north*"),)), frozenset({"north2"})
    told = fact(1, slot(0, 5.0, "north1"), slot(0, 4.0, "north2"), slot(1, 6.0, "north1"))
    first = turn([told], deal=deal, excluded=twice)
    assert hashes(first) == [6.0]
    assert first.unseen == ((Window(start=START, end=after(minutes=10)), "claimed_twice"),)
    again = turn([replace(told, id=2)], first.state, deal, excluded=twice)
    assert (again.rewind_to, again.intervals) == (None, ())
    alone = turn([fact(1, slot(0, 4.0, "north2")), fact(2, slot(1, 4.0, "north2"))], deal=deal, excluded=twice)
    assert {reason for _, reason in alone.unseen} == {"claimed_twice"}
    assert alone.intervals == ()


def test_averages_of_a_worker_that_two_contracts_claim_are_not_seen() -> None:
    deal, twice = contract(watch=(Watch(account="pool", workers="north*"),)), frozenset({"north2"})
    hours = [fact(k, *(an_average(60 * k, name) for name in ("north1", "north2"))) for k in (1, 2, 3)]
    folded = turn(hours, deal=deal, excluded=twice)
    assert folded.intervals == ()
    assert [reason for _, reason in folded.unseen][-2:] == ["claimed_twice"] * 2


def test_a_worker_that_two_contracts_claim_and_a_list_alone_tells_of_is_the_reason() -> None:
    first = turn([fact(1, counter(0, 0.0)), fact(2, counter(1, 9.0))])
    later = [fact(3, counter(2, 20.0), listing(2, "south")), fact(4, counter(60, 90.0), listing(60, "south"))]
    folded = turn(later, first.state, excluded=frozenset({"south"}), now=after(minutes=61))
    assert (folded.intervals, [reason for _, reason in folded.unseen]) == ((), ["claimed_twice"])


def test_a_worker_that_is_renamed_costs_one_interval_and_is_no_shortfall() -> None:
    deal = contract(watch=(Watch(account="pool", workers="north*"),))
    polls = [
        fact(1, counter(0, 50.0, "north")),
        fact(2, counter(1, 60.0, "north")),
        fact(3, counter(2, 7.0, "north2")),
        fact(4, counter(3, 17.0, "north2")),
        fact(5, counter(4, 27.0, "north2"), counter(4, 3.0, "north3")),
    ]
    folded = turn(polls, deal=deal)
    assert hashes(folded) == [10.0, 10.0, 10.0], "who left long before was not renamed to who comes now"
    assert folded.unseen == ((Window(start=after(minutes=1), end=after(minutes=2)), "started_anew"),)
    state = Evidence()
    for one in polls:
        after_it = turn([one], state, deal)
        state = EVIDENCE.validate_json(EVIDENCE.dump_json(after_it.state))
    assert state == folded.state
    gone = turn([fact(6, counter(5, 9.0, "south"))], state, deal)
    assert hashes(gone) == [0.0], "who leaves and is followed by nobody did nothing"


def test_workers_that_left_for_another_pool_are_listed_no_more_and_the_program_ran() -> None:
    watch = (Watch(account="pool", workers="north*"), Watch(account="second", workers="north*"))
    deal = contract(watch=watch)
    before = turn(
        [fact(1, counter(0, 0.0), counter(0, 0.0, "north")), fact(2, counter(1, 9.0), counter(1, 9.0, "north"))],
        deal=deal,
    )
    moved = [
        fact(3, counter(2, 9.0), listing(2)),
        fact(4, counter(3, 9.0, "north"), account="second"),
        fact(5, counter(4, 9.0), listing(4)),
    ]
    folded = turn(moved, before.state, deal, now=after(minutes=50))
    assert folded.unseen == ((Window(start=after(minutes=1), end=after(minutes=50)), "not_listed"),)
    later = turn([], folded.state, deal, now=after(minutes=90))
    assert [reason for _, reason in later.unseen] == ["not_listed"], "it is carried until there is news"
    silent = turn([fact(6, silence(60))], folded.state, deal, now=after(minutes=90))
    assert [reason for _, reason in silent.unseen] == ["unreachable"]
    off = turn([], before.state, deal, now=after(minutes=50))
    assert [reason for _, reason in off.unseen] == ["daemon_off"], "nobody answered, and nobody asked"
