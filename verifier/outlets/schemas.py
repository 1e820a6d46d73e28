"""JSON Schema of records, from their types: what ``api.plain`` makes of each type, and nothing else."""

import types
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Final, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

Schema: TypeAlias = dict[str, Any]

MOMENT: Final[Schema] = {"type": "string", "format": "date-time"}
#: A float that is not finite has no JSON form and is told as null.
NUMBER: Final[Schema] = {"type": ["number", "null"]}
TEXT: Final[Schema] = {"type": "string"}

_LEAVES: Final[Mapping[Any, Schema]] = {
    datetime: MOMENT,
    timedelta: {"type": "number", "description": "seconds"},
    Decimal: TEXT,
    float: NUMBER,
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    str: TEXT,
    Any: {},
}


def record(properties: Mapping[str, Schema], description: str = "") -> Schema:
    """An object of exactly these properties."""
    said = {"description": description} if description else {}
    return {
        "type": "object",
        **said,
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def by_name(values: Schema) -> Schema:
    """An object whose names are free and whose values are of one kind."""
    return {"type": "object", "additionalProperties": values}


def many(items: Schema) -> Schema:
    """A list."""
    return {"type": "array", "items": items}


def maybe(schema: Schema) -> Schema:
    """The same, or null for what is not known."""
    return {"anyOf": [schema, {"type": "null"}]}


def one_of(values: Sequence[str]) -> Schema:
    """One of some words."""
    return {"type": "string", "enum": list(values)}


def of(kind: Any) -> Schema:
    """The schema of a type. Raises KeyError for one that has no JSON form."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin in {Union, types.UnionType}:
        return _either(inner)
    if origin is Literal:
        return one_of(inner)
    if origin is not None:
        return _collection(origin, inner)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return one_of([member.value for member in kind])
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return record({field.name: of(hints[field.name]) for field in fields(kind)})
    return _LEAVES[kind]


def _either(inner: tuple[Any, ...]) -> Schema:
    parts = [of(part) for part in inner if part is not type(None)]
    if len(parts) == len(inner):
        return {"anyOf": parts}
    # A float may be null as it is.
    return NUMBER if parts == [NUMBER] else maybe(parts[0] if len(parts) == 1 else {"anyOf": parts})


def _collection(origin: type, inner: tuple[Any, ...]) -> Schema:
    if issubclass(origin, Mapping):
        return by_name(of(inner[1]))
    if origin is tuple and inner[-1] is not Ellipsis:
        return {"type": "array", "prefixItems": [of(part) for part in inner], "items": False, "minItems": len(inner)}
    return many(of(inner[0]))
