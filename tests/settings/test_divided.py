"""Which patterns certainly claim the same workers: every name that fits the one fits the other."""

from fnmatch import fnmatchcase
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tests.settings.conftest import ACCOUNT, Faults, Loader
from verifier.settings.patterns import covering, within

NAMES = ["".join(letters) for length in range(5) for letters in product("ab1", repeat=length)]


def written(*patterns: str) -> str:
    entries = "".join(
        f"  c{number}: {{seller: S{number}, promised: 1 TH/s, starts: 2026-01-0{number + 1}, "
        f'watch: [{{account: acme, workers: "{pattern}"}}]}}\n'
        for number, pattern in enumerate(patterns)
    )
    return f"{ACCOUNT}contracts:\n{entries}"


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        ("rig01", "rig*"),
        ("rig01", "*"),
        ("rig01", "rig??"),
        ("rig01", "rig0[12]"),
        ("rig0*", "rig*"),
        ("rig0?", "rig*"),
        ("a.rig*.b", "a.*.b"),
        ("rig[12]", "rig?"),
        ("rig*", "rig**"),
    ],
)
def test_a_pattern_within_another_is_told_whichever_begins_first(faults: Faults, narrow: str, wide: str) -> None:
    for patterns in ((narrow, wide), (wide, narrow)):
        (told,) = faults(written(*patterns))
        assert "contracts c0 and c1 both claim these workers of acme" in told


@pytest.mark.parametrize("patterns", [("rig1*", "rig2*"), ("rig*", "*01"), ("rig01", "rig02*"), ("Rig01", "rig*")])
def test_what_may_be_apart_is_no_fault(loaded: Loader, patterns: tuple[str, str]) -> None:
    assert len(loaded(written(*patterns)).contracts) == 2


def test_two_patterns_that_both_claim_a_third_are_no_rivals_when_it_is_over(loaded: Loader) -> None:
    text = written("rig01", "rig*", "*01").replace("2026-01-01,", "2025-01-01, ends: 2026-01-01,")
    assert len(loaded(text).contracts) == 3


patterns = some.text(alphabet="ab1*?[]!", max_size=6)


@given(narrow=patterns, wide=patterns)
def test_what_is_said_to_be_within_another_is(narrow: str, wide: str) -> None:
    if within(narrow, wide):
        assert all(fnmatchcase(name, wide) for name in NAMES if fnmatchcase(name, narrow))


@given(name=some.text(alphabet="ab1", max_size=6), wide=patterns)
def test_a_name_is_within_the_patterns_that_it_fits(name: str, wide: str) -> None:
    assert within(name, wide) == fnmatchcase(name, wide)


@given(every=some.lists(patterns, max_size=8, unique=True))
def test_no_covering_pattern_is_missed_by_looking_at_letters_first(every: list[str]) -> None:
    found = covering(every)
    for one in every:
        assert set(found.get(one, ())) == {other for other in every if other != one and within(one, other)}
