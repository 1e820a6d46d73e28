"""Records compare, hash and change into others by their values; that nobody writes into one is for the type checker."""

from dataclasses import field, replace

import pytest

from verifier.record import record


@record
class _Slot:
    hashes: float
    names: tuple[str, ...] = ()
    gaps: list[int] = field(default_factory=list, hash=False)


def test_records_of_the_same_values_are_the_same_and_have_one_hash() -> None:
    one, other = _Slot(hashes=1.0), _Slot(hashes=1.0)
    assert one == other
    assert hash(one) == hash(other)
    assert one != _Slot(hashes=2.0)
    assert one.gaps is not other.gaps


def test_a_record_with_another_value_leaves_the_first_as_it_was() -> None:
    one = _Slot(hashes=1.0, names=("rig01",))
    assert replace(one, hashes=2.0) == _Slot(hashes=2.0, names=("rig01",))
    assert one.hashes == 1.0


def test_values_are_named_and_no_other_name_can_be_set() -> None:
    with pytest.raises(TypeError):
        _Slot(1.0)  # type: ignore[call-arg]
    with pytest.raises(AttributeError):
        _Slot(hashes=1.0).rate = 2.0  # type: ignore[attr-defined]


def test_the_type_checker_refuses_to_write_into_a_record() -> None:
    # An ignore that refuses nothing is itself refused (warn_unused_ignores): this line is checked there, not here.
    _Slot(hashes=1.0).hashes = 2.0  # type: ignore[misc]
