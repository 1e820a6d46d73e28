import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from tests.verdicts.cases import RATE, START, after, contract, counter, difficulty_one, fact, silence, slot
from verifier.contract import Contract, Independence, Watch
from verifier.fact import Fact
from verifier.observation import SilenceReason, WorkSeen
from verifier.units import Window
from verifier.verdicts.evidence import Evidence, Folded, fold

EVIDENCE = TypeAdapter(Evidence)
RHYTHMS = {"pool": timedelta(minutes=1)}
MINUTE = RATE * 60.0


def turn(
    facts: Iterable[Fact],
    state: Evidence | None = None,
    deal: Contract | None = None,
    now: datetime | None = None,
    excluded: frozenset[str] = frozenset(),
) -> Folded:
    facts = tuple(facts)
    moment = now or max((one.learned_at for one in facts), default=START)
    return fold(deal or contract(), RHYTHMS, state or Evidence(), facts, moment, excluded)


def hashes(folded: Folded) -> list[float]:
    return [interval.hashes for interval in folded.intervals]


def told_one_by_one(facts: Sequence[Fact], deal: Contract, most_turns: int = 500) -> tuple[Evidence, int]:
    """A caller that keeps all facts and, asked to rewind, folds everything again in one call."""
    state, learned, rewound = Evidence(), list[Fact](), 0
    for one in facts[:most_turns]:
        learned.append(one)
        folded = turn([one], state, deal)
        if folded.rewind_to is not None:
            rewound += 1
            folded = turn(learned, Evidence(), deal)
            assert folded.rewind_to is None, "a refold needs no other"
        state = EVIDENCE.validate_json(EVIDENCE.dump_json(folded.state))
    return state, rewound


def test_the_first_reading_of_a_counter_is_the_baseline() -> None:
    folded = turn([fact(1, counter(5, 700.0))])
    assert folded.intervals == ()
    assert folded.state.source == "pool"
    assert folded.unseen == ((Window(start=START, end=after(minutes=5)), "not_asked_yet"),)


def test_the_difference_of_two_readings_is_exact_work_across_a_gap() -> None:
    first = turn([fact(1, counter(0, 700.0))])
    second = turn([fact(2, counter(300, 700.0 + 300 * MINUTE))], first.state)
    assert hashes(second) == pytest.approx([300 * MINUTE])
    assert second.intervals[0].start == START
    assert second.unseen == ()


def test_a_page_that_is_not_rewritten_adds_nothing() -> None:
    first = turn([fact(1, counter(0, 0.0)), fact(2, counter(1, MINUTE))])
    again = turn([fact(3, counter(1, MINUTE))], first.state)
    assert again.intervals == ()
    assert again.rewind_to is None
    assert again.state == first.state


def test_what_a_counter_counted_before_it_started_anew_is_lost_and_no_shortfall() -> None:
    folded = turn([fact(1, counter(0, 9 * MINUTE)), fact(2, counter(1, MINUTE / 2)), fact(3, counter(2, 1.5 * MINUTE))])
    assert hashes(folded) == pytest.approx([MINUTE]), "from the new value on it counts again"
    assert folded.unseen == ((Window(start=START, end=after(minutes=1)), "started_anew"),)
    assert "started anew" in folded.state.notes[-1][1]


def test_the_counter_of_one_worker_that_starts_anew_costs_the_others_one_interval() -> None:
    deal = contract(watch=(Watch(account="pool", workers="*"),))
    readings = [
        fact(1, counter(0, 90.0, "a"), counter(0, 40.0, "b")),
        fact(2, counter(1, 100.0, "a"), counter(1, 5.0, "b")),
        fact(3, counter(2, 110.0, "a"), counter(2, 10.0, "b")),
    ]
    folded = turn(readings, deal=deal)
    assert hashes(folded) == [15.0]
    assert [reason for _, reason in folded.unseen] == ["started_anew"]


def test_slots_in_the_time_that_a_counter_lost_ask_for_no_rewind() -> None:
    first = turn([fact(1, slot(0, 10.0), counter(10, 500.0)), fact(2, counter(30, 5.0))])
    again = turn([fact(3, slot(1, 10.0), counter(40, 15.0))], first.state)
    assert again.rewind_to is None
    assert hashes(again) == [10.0]


def test_a_new_epoch_of_a_counter_that_did_not_fall_credits_the_difference_and_is_said() -> None:
    folded = turn([fact(1, counter(0, MINUTE / 4, epoch="a")), fact(2, counter(1, MINUTE / 2, epoch="b"))])
    assert hashes(folded) == pytest.approx([MINUTE / 4])
    assert "calls itself new but went on" in folded.state.notes[-1][1]


def test_a_new_epoch_of_a_counter_that_fell_is_a_restart() -> None:
    folded = turn([fact(1, counter(0, MINUTE, epoch="a")), fact(2, counter(1, MINUTE / 2, epoch="b"))])
    assert folded.intervals == ()
    assert folded.unseen[-1][1] == "started_anew"


def test_workers_are_summed_by_pattern_and_the_account_is_not_added() -> None:
    deal = contract(watch=(Watch(account="pool", workers="north*"),))
    readings = [
        fact(1, counter(0, 0.0), counter(0, 0.0, "north1"), counter(0, 0.0, "north2"), counter(0, 0.0, "south")),
        fact(2, counter(1, 90.0), counter(1, 20.0, "north1"), counter(1, 30.0, "north2"), counter(1, 40.0, "south")),
    ]
    assert hashes(turn(readings, deal=deal)) == [50.0]
    assert hashes(turn(readings)) == [90.0], "without a pattern the account counts once"


def test_workers_are_summed_where_no_account_is_counted() -> None:
    readings = [
        fact(1, counter(0, 0.0, "a"), counter(0, 0.0, "b")),
        fact(2, counter(1, 10.0, "a"), counter(1, 5.0, "b")),
        fact(3, counter(2, 20.0), counter(2, 12.0, "a"), counter(2, 8.0, "b")),
        fact(4, counter(3, 25.0), counter(3, 15.0, "a"), counter(3, 10.0, "b")),
    ]
    assert hashes(turn(readings)) == [15.0, 5.0, 5.0]


def test_a_new_worker_counts_from_zero_when_the_account_covers_it() -> None:
    deal = contract(watch=(Watch(account="pool", workers="north*"),))
    first = fact(1, counter(0, 100.0), counter(0, 100.0, "south"))
    covered = fact(2, counter(1, 130.0), counter(1, 110.0, "south"), counter(1, 20.0, "north"))
    older = fact(2, counter(1, 110.0), counter(1, 110.0, "south"), counter(1, 20.0, "north"))
    start = fact(0, counter(-1, 100.0), counter(-1, 0.0, "north0"))
    assert hashes(turn([start, first, covered], deal=deal))[-1] == 20.0
    assert hashes(turn([start, first, older], deal=deal))[-1] == 0.0


def test_a_worker_missing_from_the_list_did_nothing_once_it_was_listed() -> None:
    deal = contract(watch=(Watch(account="pool", workers="north*"),))
    others = [fact(1, slot(0, 9.0, "south")), fact(2, slot(1, 9.0, "south"))]
    assert turn(others, deal=deal).intervals == (), "a name never seen may be misspelt"
    listed = turn([*others, fact(3, slot(2, 5.0, "north")), fact(4, slot(3, 9.0, "south"))], deal=deal)
    assert hashes(listed) == [5.0, 0.0]
    assert turn(others, listed.state, deal).rewind_to is None
    assert turn([fact(5, slot(3, 4.0, "north"))], listed.state, deal).rewind_to == after(minutes=30)
    whole = turn([fact(6, slot(4, 9.0))], listed.state, deal)
    assert whole.intervals == (), "what counts the whole account cannot be divided"


def test_a_slot_is_counted_once() -> None:
    first = turn([fact(1, slot(0, 5.0), slot(1, 7.0))])
    again = turn([fact(2, slot(0, 5.0), slot(1, 7.0), slot(2, 9.0))], first.state)
    assert hashes(first) == [5.0, 7.0]
    assert hashes(again) == [9.0]
    assert again.state.tally.hashes == 21.0


def test_a_changed_slot_asks_to_rewind() -> None:
    first = turn([fact(1, slot(0, 5.0), slot(1, 7.0))])
    changed = turn([fact(2, slot(1, 8.0))], first.state)
    assert changed.rewind_to == after(minutes=10)
    assert changed.state == first.state
    assert hashes(turn([fact(1, slot(0, 5.0), slot(1, 7.0)), fact(2, slot(1, 8.0))])) == [5.0, 8.0]


def test_a_slot_that_fills_a_gap_asks_to_rewind() -> None:
    first = turn([fact(1, slot(0, 5.0)), fact(2, silence(15)), fact(3, slot(3, 7.0))])
    assert first.unseen == ((Window(start=after(minutes=10), end=after(minutes=30)), "unreachable"),)
    assert turn([fact(4, slot(1, 8.0))], first.state).rewind_to == after(minutes=10)


def test_another_worker_of_a_counted_slot_asks_to_rewind() -> None:
    first = turn([fact(1, slot(0, 5.0, "a")), fact(2, slot(1, 5.0, "a"))])
    assert turn([fact(3, slot(0, 4.0, "b"))], first.state).rewind_to == START
    assert turn([fact(3, slot(0, 0.0, "b"))], first.state).rewind_to is None


def test_a_slot_forgotten_long_ago_is_not_counted_twice() -> None:
    first = turn([fact(1, *(slot(number, 5.0) for number in range(300)))])
    assert len(first.state.slots) < 200
    again = turn([fact(2, slot(0, 6.0))], first.state)
    assert again.rewind_to is None
    assert again.intervals == ()


def test_a_late_reading_of_a_counter_asks_to_rewind() -> None:
    first = turn([fact(1, counter(0, 0.0)), fact(2, counter(9, 9.0))])
    assert turn([fact(3, counter(4, 4.0))], first.state).rewind_to == after(minutes=4)


def test_counters_and_slots_of_one_source_never_count_the_same_time() -> None:
    folded = turn(
        [
            fact(1, slot(0, 10.0), slot(1, 10.0), counter(20, 500.0)),
            fact(2, slot(2, 10.0), counter(30, 510.0)),
        ]
    )
    assert hashes(folded) == [10.0, 10.0, 10.0]
    assert folded.intervals[-1].start == after(minutes=20)


def test_a_more_independent_source_takes_over_and_keeps_deciding() -> None:
    deal = contract(
        watch=(
            Watch(account="page", independence=Independence.SELLER_PAGE),
            Watch(account="sellers", independence=Independence.ARRANGED_BY_SELLER),
            Watch(account="pool"),
        )
    )
    folded = turn(
        [
            fact(1, slot(0, 5.0), account="sellers"),
            fact(2, slot(0, 99.0), account="page"),
            fact(3, slot(1, 7.0), account="pool"),
            fact(4, slot(1, 6.0), account="sellers"),
        ],
        deal=deal,
    )
    assert hashes(folded) == [5.0, 7.0]
    assert folded.state.source == "pool"
    later = turn([fact(5, slot(2, 6.0), account="sellers")], folded.state, deal)
    assert later.intervals == ()
    early = turn([fact(1, slot(0, 5.0), slot(1, 5.0), account="sellers")], deal=deal)
    assert turn([fact(2, slot(1, 7.0))], early.state, deal).rewind_to == after(minutes=10)


def test_of_two_counters_read_at_the_same_moments_the_first_one_decides_and_goes_on_counting() -> None:
    for first, second in (("a", "b"), ("b", "a")):
        deal = contract(watch=(Watch(account=first), Watch(account=second)))
        state, found = Evidence(), list[float]()
        for minute in range(4):
            facts = [
                fact(2 * minute + 1, counter(minute, 60.0 * minute), account="a"),
                fact(2 * minute + 2, counter(minute, 60.0 * minute), account="b"),
            ]
            folded = turn(facts, state, deal)
            state, found = folded.state, found + hashes(folded)
        assert found == [60.0] * 3
        assert state.source == first


def test_an_impossible_rate_is_not_counted_and_said() -> None:
    folded = turn([fact(1, slot(0, 40 * RATE * 600)), fact(2, slot(1, 1.0))])
    assert hashes(folded) == [1.0]
    assert folded.unseen[0][1] == "implausible"
    assert folded.state.notes
    assert turn([fact(3, slot(0, 40 * RATE * 600))], folded.state).rewind_to is None
    lucky = turn(
        [fact(1, counter(0, 0.0)), fact(2, counter(0.1, difficulty_one(3.0), share_difficulty_floor=1.0))],
        deal=contract(rate=17e6),
    )
    assert hashes(lucky) == [difficulty_one(3.0)], "three shares in six seconds are luck"


def test_a_moment_in_the_future_is_no_moment_of_counting() -> None:
    ahead = replace(fact(2, counter(60 * 24 * 365, 9.0)), learned_at=after(minutes=1))
    folded = turn([fact(1, counter(0, 0.0)), ahead, fact(3, counter(2, 2.0))])
    assert hashes(folded) == [2.0]


def test_an_account_no_longer_counted_as_a_whole_starts_anew_from_its_workers() -> None:
    readings = [
        fact(1, counter(0, 0.0), counter(0, 0.0, "a")),
        fact(2, counter(1, 5.0), counter(1, 5.0, "a")),
        fact(3, counter(2, 9.0, "a")),
        fact(4, counter(3, 12.0, "a")),
        fact(5, counter(4, 14.0), counter(4, 14.0, "a")),
        fact(6, counter(5, 15.0), counter(5, 15.0, "a")),
    ]
    assert hashes(turn(readings)) == [5.0, 3.0, 2.0, 1.0]


def test_watching_before_the_start_and_after_the_end_is_no_gap() -> None:
    deal = contract(starts=after(hours=2), ends=after(hours=4))
    early = turn([fact(1, slot(0, 1.0)), fact(2, counter(20, 0.0))], deal=deal, now=after(hours=1))
    assert early.unseen == ()
    during = turn([], early.state, deal, now=after(hours=3))
    assert during.unseen[0][0] == Window(start=after(hours=2), end=after(hours=3))
    end = turn([fact(1, slot(12, 1.0)), fact(2, slot(14, 1.0)), fact(3, counter(60 * 5, 1.0))], deal=deal)
    assert end.unseen[-1][0] == Window(start=after(minutes=150), end=after(hours=4))


def test_work_at_the_edges_of_the_term_is_shared_by_time_beyond_what_the_term_asks() -> None:
    deal = contract(starts=after(minutes=5), ends=after(minutes=25))
    twice = 2 * RATE * 600
    folded = turn([fact(1, *(slot(number, twice) for number in range(4)))], deal=deal)
    assert hashes(folded) == [twice / 2, twice, twice / 2]
    assert folded.unseen == ()
    late = contract(starts=after(minutes=30))
    assert turn([fact(1, counter(0, 0.0)), fact(2, counter(20, 9.0))], deal=late).intervals == ()


def test_time_without_news_is_told_as_not_seen_and_again_taken_back() -> None:
    first = turn([fact(1, counter(0, 0.0)), fact(2, counter(1, MINUTE))])
    quiet = turn([fact(3, silence(20, SilenceReason.REFUSED))], first.state, now=after(minutes=40))
    assert quiet.unseen == ((Window(start=after(minutes=1), end=after(minutes=40)), "refused"),)
    off = turn([], first.state, now=after(minutes=40))
    assert off.unseen[0][1] == "daemon_off"
    assert turn([], first.state, now=after(minutes=20)).unseen == ()
    back = turn([fact(4, counter(50, 50 * MINUTE))], quiet.state)
    assert back.unseen == ()
    assert back.intervals[0].start == after(minutes=1)
    assert back.state.silent is None


def test_a_source_that_never_answered_is_unseen_from_the_start() -> None:
    folded = turn([fact(1, silence(5))], now=after(hours=2))
    assert folded.unseen == ((Window(start=START, end=after(hours=2)), "unreachable"),)


def test_hours_days_and_totals_are_summed() -> None:
    folded = turn([fact(1, counter(0, 0.0)), fact(2, counter(90, 90.0, shares=9.0))], now=after(minutes=90))
    assert [(hour.start, hour.seen_seconds) for hour in folded.hours] == [(START, 3600.0), (after(hours=1), 1800.0)]
    assert [hour.hashes for hour in folded.hours] == pytest.approx([60.0, 30.0])
    more = turn([fact(3, counter(100, 100.0))], folded.state)
    assert more.hours[0].hashes == pytest.approx(40.0)
    assert more.hours[0].shares is None, "hidden shares are not zero shares"
    assert more.state.tally.days["2026-11-01"].seen_seconds == 6000.0
    assert more.state.tally.seen_seconds == 6000.0
    long = turn([fact(1, counter(0, 0.0)), fact(2, counter(60 * 24 * 50, 1.0))])
    assert len(long.state.tally.days) == 40


def test_shares_are_kept_where_the_source_counts_them() -> None:
    folded = turn(
        [fact(1, counter(0, 0.0, shares=0.0)), fact(2, counter(1, 8.0, shares=4.0, share_difficulty_floor=1.0))]
    )
    assert folded.intervals[0].shares == 4.0
    assert folded.intervals[0].share_difficulty_floor == 1.0
    by_slot = turn([fact(1, slot(0, 8.0, "a", shares=4.0), slot(0, 8.0, "b", shares=2.0))])
    assert by_slot.intervals[0].shares == 6.0
    assert turn([fact(1, slot(0, 8.0, "a", shares=4.0), slot(0, 8.0, "b"))]).intervals[0].shares is None


def test_the_state_is_plain_json_and_small() -> None:
    folded = turn([fact(1, *(slot(number, difficulty_one(1.0)) for number in range(4320)))])
    body = EVIDENCE.dump_json(folded.state)
    assert EVIDENCE.validate_json(body) == folded.state
    assert len(body) < 10_000


def seen_slot(number: int, value: int) -> WorkSeen:
    return slot(number, float(value))


@settings(max_examples=60, deadline=None)
@given(
    order=st.randoms(use_true_random=False),
    answers=st.lists(
        st.tuples(st.integers(0, 20), st.integers(1, 4), st.booleans()),
        min_size=1,
        max_size=12,
        unique_by=lambda a: a[0],
    ),
    slotted=st.booleans(),
)
def test_late_repeated_and_shuffled_answers_give_the_same_state(
    order: random.Random, answers: list[tuple[int, int, bool]], slotted: bool
) -> None:
    facts = []
    for number, (at, length, quiet) in enumerate(answers):
        if quiet:
            facts.append(fact(number + 1, silence(10 * at + 3)))
        elif slotted:
            facts.append(fact(number + 1, *(slot(n, 10.0 + n) for n in range(at, at + length))))
        else:
            facts.append(fact(number + 1, counter(10 * at, 100.0 * at), counter(10 * at, 40.0 * at, "north")))
    deal = contract(watch=(Watch(account="pool", workers=None if slotted else "north"),))
    told = [*facts, *facts[: len(facts) // 2]]
    order.shuffle(told)
    shuffled, _ = told_one_by_one(told, deal)
    in_order = turn(sorted(facts, key=lambda one: (one.true.end, one.id)), deal=deal).state
    assert replace(shuffled, silent=None) == replace(in_order, silent=None)
