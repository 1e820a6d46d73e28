"""Counters as work: differences of what is the same counter, and of nothing else."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from verifier.verdicts import counters
from verifier.verdicts.readings import ACCOUNT, Count

figures = st.floats(0.0, 1e20)


def counts(figures: Mapping[str, float], epoch: str | None = None) -> dict[str, Count]:
    return {name: Count(hashes=hashes, shares=hashes, epoch=epoch) for name, hashes in figures.items()}


@given(st.dictionaries(st.sampled_from("abc"), st.tuples(figures, figures), min_size=1))
def test_work_is_what_was_added_and_what_fell_is_no_work(told: Mapping[str, tuple[float, float]]) -> None:
    before, now = ({name: pair[place] for name, pair in told.items()} for place in (0, 1))
    names = frozenset(told)
    fallen = counters.fallen(counts(now), names, counts(before))
    hashes, _ = counters.worked(counts(now), names, counts(before))
    assert all(now[name] < before[name] for name in fallen)
    assert hashes >= 0.0
    assert counters.worked(counts(now), names, counts(now)) == (0.0, 0.0)


def test_a_new_epoch_alone_is_no_new_counter() -> None:
    before, now, names = counts({"a": 5.0}, "1"), counts({"a": 7.0}, "2"), frozenset("a")
    assert counters.renewed(now, names, before) == ["a"]
    assert counters.renewed(now, names, counts({"a": 5.0})) == []
    assert counters.worked(now, names, before) == (2.0, 2.0)


def test_who_was_never_listed_counts_from_zero_only_where_the_account_says_that_it_began_since() -> None:
    names = frozenset("b")
    alone = counters.worked(counts({"b": 4.0}), names, counts({"a": 1.0}))
    began = counters.worked(counts({ACCOUNT: 14.0, "b": 4.0}), names, counts({ACCOUNT: 10.0}))
    older = counters.worked(counts({ACCOUNT: 13.0, "b": 4.0}), names, counts({ACCOUNT: 10.0}))
    assert (alone, began, older) == ((0.0, 0.0), (4.0, 4.0), (0.0, 0.0))


def test_a_counter_that_comes_as_another_leaves_may_be_the_same_one() -> None:
    before, names = counts({"a": 5.0}), frozenset("b")
    assert counters.renamed(counts({"b": 6.0}), names, before, ()) == ("a", "b")
    assert counters.renamed(counts({"b": 6.0}), names, before, ("a",)) is None
    assert counters.renamed(counts({"a": 5.0, "b": 6.0}), names, before, ()) is None


def test_only_workers_where_only_the_account_was_are_another_measure() -> None:
    account, worker = counts({ACCOUNT: 5.0}), counts({"a": 5.0})
    assert counters.another_measure(worker, frozenset("a"), account)
    assert not counters.another_measure(worker, frozenset("a"), account | worker)
    assert not counters.another_measure(account | worker, frozenset("a"), account)


def test_shares_that_are_hidden_once_are_not_known() -> None:
    hidden = {"a": Count(hashes=3.0)}
    assert counters.worked(counts({"a": 5.0}), frozenset("a"), hidden) == (2.0, None)
