"""YAML files read into plain mappings, lists and text that remember their lines.

A file is text: only ``true`` and ``false`` are more than that, numbers and dates are read by whoever asks for them.
Anchors, tags, several documents, duplicate keys and values left empty are faults.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined]
from yaml.reader import ReaderError

from verifier.errors import Fault

Step: TypeAlias = str | int

_DEEPEST: Final = 16
_LARGEST: Final = 67_108_864
_BOOLEANS: Final = {"true": True, "false": False}
_TABBED: Final = re.compile(r" *\t")
_EMPTY: Final = frozenset({"", "~", "null"})


class Entries(dict[str, Any]):
    """A mapping that knows the line of each of its keys."""

    __slots__ = ("lines",)

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[str, int] = {}


class Items(list[Any]):
    """A list that knows the line of each of its items."""

    __slots__ = ("lines",)

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[int] = []


@dataclass(frozen=True, slots=True)
class Document:
    """One file as read. ``faults`` are those of its form; a file that breaks off at the last is not ``whole``."""

    file: str
    root: Entries
    faults: tuple[Fault, ...] = ()
    whole: bool = True

    def locate(self, path: Sequence[Step]) -> tuple[str, int]:
        """The part of a path that is really written in the file, and the line of its last step."""
        node: Any = self.root
        shown, line = "", 1
        for step in path:
            if isinstance(node, Entries) and step in node:
                line, node, shown = node.lines[str(step)], node[str(step)], f"{shown}.{step}" if shown else str(step)
            elif isinstance(node, Items) and isinstance(step, int) and step < len(node):
                line, node, shown = node.lines[step], node[step], f"{shown}[{step}]"
            else:
                break
        return shown or "file", line

    def fault(self, path: Sequence[Step], problem: str) -> Fault:
        """A fault that points at the line of the offending key."""
        shown, line = self.locate(path)
        return Fault(file=self.file, line=line, path=shown, problem=problem)


class _Unreadable(Exception):
    """The form of the file breaks off here."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line
        self.problem = problem


def read_document(path: Path) -> Document:
    """Read one file; what is wrong with its form is in ``faults``, nothing is raised."""
    try:
        with path.open("rb") as file:
            body = file.read(_LARGEST + 1)
    except OSError as error:
        problem = f"cannot be read ({error.strerror}), write the path of a file that can"
        return Document(
            str(path), Entries(), (Fault(file=str(path), line=1, path="file", problem=problem),), whole=False
        )
    return parse_document(str(path), body)


def parse_document(file: str, body: bytes) -> Document:
    """The same for bytes at hand; ``file`` is only the name used in faults."""
    if len(body) > _LARGEST:
        fault = Fault(file=file, line=1, path="file", problem="is larger than 64 MiB, split it into contracts.d/*.yaml")
        return Document(file, Entries(), (fault,), whole=False)
    reader = _Reader(file)
    try:
        root = reader.read(body)
    except _Unreadable as error:
        fault = Fault(file=file, line=error.line, path="file", problem=error.problem)
        return Document(file, Entries(), (*reader.faults, fault), whole=False)
    return Document(file, root, tuple(reader.faults))


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise _Unreadable(line, "is not UTF-8 text, save the file as UTF-8") from None


class _Reader:
    """Builds the tree from the parser's events, because they bound depth and size before anything is built."""

    def __init__(self, file: str) -> None:
        self.faults: list[Fault] = []
        self._file = file
        self._next: Any = None

    def read(self, body: bytes) -> Entries:
        text = _text(body)
        try:
            self._next = CParser(text).get_event
            root = self._document()
        except ReaderError as error:
            line = text.count("\n", 0, error.position) + 1
            raise _Unreadable(line, "holds a character that text cannot hold, remove it") from None
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            last = text.rstrip("\n").count("\n") + 1
            line = min(mark.line + 1, last) if mark else last
            problem = f"is not valid YAML here ({error.problem}), check indentation, quotes and brackets"
            if _TABBED.match(text.split("\n")[line - 1]):
                problem = "is indented with a tab, tabs are not allowed, indent with spaces"
            raise _Unreadable(line, problem) from None
        return root

    def _document(self) -> Entries:
        self._next()
        if isinstance(self._next(), yaml.StreamEndEvent):
            raise _Unreadable(1, "is empty, write at least `contracts:`")
        event = self._next()
        if not isinstance(event, yaml.MappingStartEvent):
            raise _Unreadable(event.start_mark.line + 1, "is not a mapping, write keys like `contracts:`")
        root = self._node(event, "", 0)
        self._next()
        event = self._next()
        if not isinstance(event, yaml.StreamEndEvent):
            raise _Unreadable(event.start_mark.line + 1, "holds a second document, write one document without `---`")
        return root  # type: ignore[no-any-return]

    def _fault(self, line: int, path: str, problem: str) -> None:
        self.faults.append(Fault(file=self._file, line=line, path=path or "file", problem=problem))

    def _node(self, event: Any, path: str, depth: int) -> Any:
        line = event.start_mark.line + 1
        if depth > _DEEPEST:
            raise _Unreadable(line, f"is nested deeper than {_DEEPEST} levels, write it flatter")
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            self._fault(line, path, "anchors and aliases are not read, write the value out")
        if isinstance(event, yaml.AliasEvent):
            return ""
        if event.tag is not None:
            self._fault(line, path, f"tags like {event.tag} are not read, write the plain value")
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, path, line)
        return self._mapping(path, depth) if isinstance(event, yaml.MappingStartEvent) else self._list(path, depth)

    def _scalar(self, event: Any, path: str, line: int) -> str | bool:
        value: str = event.value
        if event.style:
            return value
        if value in _EMPTY:
            self._fault(line, path, "has no value, write one or remove the key")
        return _BOOLEANS.get(value, value)

    def _mapping(self, path: str, depth: int) -> Entries:
        entries = Entries()
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            line = event.start_mark.line + 1
            if not isinstance(event, yaml.ScalarEvent) or event.value == "<<":
                raise _Unreadable(line, "has a key that is not plain text, write a single word before the colon")
            key: str = event.value
            inner = f"{path}.{key}" if path else key
            value = self._node(self._next(), inner, depth + 1)
            if key in entries:
                self._fault(line, inner, f"is written twice (first in line {entries.lines[key]}), keep one of them")
            else:
                entries[key] = value
                entries.lines[key] = line
        return entries

    def _list(self, path: str, depth: int) -> Items:
        items = Items()
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            items.lines.append(event.start_mark.line + 1)
            items.append(self._node(event, f"{path}[{len(items)}]", depth + 1))
        return items
