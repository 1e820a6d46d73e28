"""Hashes of another algorithm are no evidence: they are left out, and an answer with nothing else is a silence."""

from hypothesis import given
from hypothesis import strategies as some

from tests.verdicts.cases import RATE, START, after, contract, fact, slot
from verifier.fact import Fact
from verifier.observation import (
    RateSeen,
    SharesSeen,
    Silence,
    SilenceReason,
    WorkerPresence,
    WorkersSeen,
    WorkerState,
    WorkSeen,
)
from verifier.verdicts.algorithms import of_its_algorithm
from verifier.verdicts.evidence import Evidence, Folded, fold

OWN, OTHERS = "sha256d", ("scrypt", "etchash", "equihash")
LISTED = WorkersSeen(at=START, workers=(WorkerState(name="rig1", presence=WorkerPresence.ONLINE),))


def folded(*facts: Fact) -> Folded:
    told = of_its_algorithm(contract(), facts)
    return fold(contract(), {}, Evidence(), told, max(one.learned_at for one in facts))


def test_work_of_another_algorithm_is_neither_delivered_nor_a_shortfall() -> None:
    scrypt = [fact(number, slot(number, 600 * RATE * 1e-3, algorithm="scrypt")) for number in range(20)]
    turn = folded(*scrypt)
    assert turn.intervals == ()
    assert {reason for _, reason in turn.unseen} == {"implausible"}


def test_of_a_market_that_mines_many_the_contracts_own_is_judged_alone() -> None:
    mixed = [
        fact(number, slot(number, 600 * RATE), slot(number, 600 * RATE, "rig2", algorithm="scrypt"))
        for number in range(20)
    ]
    alone = [fact(number, slot(number, 600 * RATE)) for number in range(20)]
    assert folded(*mixed) == folded(*alone)


def test_an_answer_of_others_only_keeps_its_workers_and_says_why_its_rates_are_left_out() -> None:
    shares = SharesSeen(start=START, end=after(hours=1), accepted=1e9)
    rate = RateSeen(at=START, per_second=1e9, window=after(hours=1) - START, algorithm="scrypt")
    (left,) = of_its_algorithm(contract(), [fact(1, rate, shares, LISTED)])
    note, *rest = left.observations
    assert isinstance(note, Silence)
    assert note.reason is SilenceReason.IMPLAUSIBLE
    assert note.detail == "hashes of scrypt, the contract's are of sha256d"
    assert rest == [LISTED], "shares are in hashes too"


@given(some.lists(some.lists(some.sampled_from((OWN, *OTHERS)), max_size=4), max_size=6))
def test_whatever_is_told_only_its_own_is_left_and_nothing_of_its_own_is_lost(told: list[list[str]]) -> None:
    facts = [
        fact(number, LISTED, *(slot(place, 1e18, algorithm=name) for place, name in enumerate(names)))
        for number, names in enumerate(told)
    ]
    kept = of_its_algorithm(contract(), facts)
    assert [one.id for one in kept] == [one.id for one in facts]
    for before, after_ in zip(facts, kept, strict=True):
        own = [one for one in before.observations if isinstance(one, WorkSeen) and one.algorithm == OWN]
        assert [one for one in after_.observations if isinstance(one, WorkSeen)] == own
        assert LISTED in after_.observations
        if len(own) == len(before.observations) - 1:
            assert after_ is before
