"""Records: values that are made once and never changed."""

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

Made = TypeVar("Made")


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def record(cls: type[Made]) -> type[Made]:
    """A slotted, keyword-only dataclass that the type checker keeps frozen.

    The interpreter does not: setting the fields of a frozen one costs twice as much, and a fact makes 150 of them.
    """
    return dataclass(slots=True, kw_only=True, unsafe_hash=True)(cls)
