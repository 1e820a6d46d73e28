"""All faults at once: what the models refuse, told at the line of the offending key with what to write instead."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from verifier.errors import ConfigError, Fault
from verifier.settings.document import Document, Step

Model = TypeVar("Model", bound=BaseModel)

_PLAIN_WORDS: Final = {
    "string_type": "is not text, write plain text (in quotes where it is `true` or `false`)",
    "bool_type": "is neither true nor false, write one of them without quotes",
    "list_type": "is not a list, write it as `[…]` or with dashes",
    "dict_type": "is not a mapping, write keys and values",
    "model_type": "is not a mapping, write keys and values",
    "float_parsing": "is not a number, write one like `1` or `0.5`",
    "float_type": "is not a number, write one like `1` or `0.5`",
    "int_parsing": "is not a whole number, write one like `3`",
    "finite_number": "is not a finite number, write one like `1`",
}


def nearest(word: str, known: Collection[str]) -> str:
    """``write `promised` `` for a near miss, the whole list otherwise."""
    close = get_close_matches(word, known, n=1)
    return f"write `{close[0]}`" if close else f"write one of {', '.join(sorted(known)) or 'none'}"


def unknown_key(known: Collection[str], word: str) -> str:
    """The problem of a key that nobody knows."""
    return f"is not a known key, {nearest(word, known)}"


class Findings:
    """The faults and warnings found so far; ``settle`` raises them all together."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.warnings: list[Fault] = []
        self._form: set[tuple[str, int, str]] = set()

    def tell_form(self, document: Document) -> None:
        """Add the faults of a file's form; what these places mean is not asked any more."""
        self.faults.extend(document.faults)
        self._form |= {(fault.file, fault.line, fault.path) for fault in document.faults}

    def add(self, document: Document, path: Sequence[Step], problem: str) -> None:
        fault = document.fault(path, problem)
        if (fault.file, fault.line, fault.path) not in self._form:
            self.faults.append(fault)

    def warn(self, document: Document, path: Sequence[Step], problem: str) -> None:
        self.warnings.append(document.fault(path, problem))

    def settle(self) -> None:
        """Raise ConfigError with every fault, in the order of files and lines, when there is one."""
        if self.faults:
            raise ConfigError(sorted(set(self.faults)))

    def checked(
        self,
        document: Document,
        path: Sequence[Step],
        model: type[Model],
        written: Any,
        also: Collection[str] = (),
    ) -> Model | None:
        """The model of what is written, or None after its faults were added; ``also`` are keys read elsewhere."""
        try:
            return model.model_validate(written)
        except ValidationError as error:
            for detail in error.errors(include_url=False, include_input=False):
                self.add(document, (*path, *_located(written, detail["loc"])), _problem(model, detail, also))
            return None

    @staticmethod
    def readable(model: type[Model], written: Mapping[str, Any]) -> Model:
        """What can be read of a mapping whose faults were told; no key of ``model`` may be required."""
        known = {key: value for key, value in written.items() if key in model.model_fields}
        try:
            return model.model_validate(known)
        except ValidationError as error:
            wrong = {detail["loc"][0] for detail in error.errors()}
            return model.model_validate({key: value for key, value in known.items() if key not in wrong})


def _located(written: Any, path: Sequence[Step]) -> list[Step]:
    """A path without the names that pydantic adds for the member of a union, which stand nowhere in the file."""
    found: list[Step] = []
    for place, step in enumerate(path):
        inside = step in written if isinstance(written, Mapping) else isinstance(step, int)
        if inside or place == len(path) - 1:
            found.append(step)
        if inside and isinstance(written, Mapping | list | tuple):
            written = written[step]  # type: ignore[index]  # a position in a list, a key in a mapping
    return found


def _problem(model: type[BaseModel], detail: ErrorDetails, also: Collection[str]) -> str:
    kind, context, last = detail["type"], detail.get("ctx", {}), str(detail["loc"][-1]) if detail["loc"] else ""
    if kind == "missing":
        meaning = _fields(model, detail["loc"][:-1])[last].description
        return f"`{last}` is missing, write `{last}: …`" + (f" ({meaning})" if meaning else "")
    if kind == "extra_forbidden":
        known = _fields(model, detail["loc"][:-1])
        return unknown_key(known if len(detail["loc"]) > 1 else (*known, *also), last)
    if kind == "value_error":
        return str(context["error"])
    if kind == "literal_error":
        return f"is not one of the words it can be, write {context['expected']}"
    if kind in _PLAIN_WORDS:
        return _PLAIN_WORDS[kind]
    field = _fields(model, detail["loc"][:-1]).get(last)
    meaning = field.description if field and field.description else "another value"
    if kind == "string_pattern_mismatch" and field and field.description:
        return f"does not fit, write {meaning}"  # a regular expression helps nobody
    return f"does not fit ({detail['msg'][0].lower()}{detail['msg'][1:]}), write {meaning}"


def _fields(model: type[BaseModel], path: Sequence[Step]) -> dict[str, FieldInfo]:
    """The fields, by their keys, of the model at a path of keys, list positions and names of a union's members."""
    members: list[type[BaseModel]] = []
    for step in path:
        field = {field.alias or name: field for name, field in model.model_fields.items()}.get(str(step))
        if field is not None:
            members = list(_inner_models(field.annotation))
            model = next(iter(members), model)
        elif isinstance(step, str):
            model = next((one for one in members if _is_called(one, step)), model)
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _is_called(model: type[BaseModel], name: str) -> bool:
    return any(name in get_args(field.annotation) for field in model.model_fields.values())


def _inner_models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _inner_models(part)
