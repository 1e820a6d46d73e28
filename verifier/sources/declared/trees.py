"""What a path means in each form of answer: JMESPath in JSON, CSS selectors in HTML, column names in CSV.

JMESPath: https://jmespath.org/specification.html. Selectors: W3C Selectors level 4, as Soup Sieve reads them;
The rows of a map are its entries, each with a ``key`` and a ``value``.
``selector @name`` is an attribute instead of the text, ``.`` the row itself. JMESPath functions that add up (``sum``)
take whole numbers only: decimals stay exact and are none of its types.
"""

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias

import jmespath
from jmespath.exceptions import JMESPathError

from verifier.errors import Misread
from verifier.reading import document
from verifier.talk import Reply

Form: TypeAlias = Literal["json", "html", "csv"]

_SEPARATORS: Final = ",;\t|"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """How one form is read.

    ``check`` raises ValueError for what cannot be a path. ``parse`` makes a page of an answer of any status or raises
    Misread, ``rows`` finds the rows at a path (None: the page itself), ``cell`` what stands at a path of a row (None:
    nothing), and ``holds`` says whether a condition is true of a page. ``shows_none`` says whether a page without rows
    can only mean that there are none: a list that is empty does, a web page whose table is not found does not.
    """

    check: Callable[[str], object]
    parse: Callable[[Reply], Any]
    rows: Callable[[Any, str | None], Sequence[Any]]
    cell: Callable[[Any, str], object]
    holds: Callable[[Any, str], bool]
    shows_none: bool


@lru_cache(maxsize=1024)
def _expression(path: str) -> Any:
    try:
        return jmespath.compile(path)
    except JMESPathError as error:
        raise ValueError(f"not a JMESPath expression: {str(error).splitlines()[0]}") from None


def _searched(row: Any, path: str) -> object:
    try:
        found: object = _expression(path).search(row)
    except (JMESPathError, TypeError, ValueError, ArithmeticError) as error:
        raise Misread(f"{path}: {(str(error).splitlines() or [''])[0]}") from None
    return found


def _listed(page: Any, each: str | None) -> Sequence[Any]:
    if each is None:
        return (page,)
    found = _searched(page, each)
    if isinstance(found, dict):
        return [{"key": key, "value": value} for key, value in found.items()]
    if not isinstance(found, list):
        raise Misread(f"{each}: a list or a map was expected{_has(page)}")
    return found


def _has(page: Any) -> str:
    """What the answer has instead, for people: an error that the file does not name shows itself so."""
    keys = ", ".join(key[:20] for key in list(page)[:6] if key.isprintable()) if isinstance(page, dict) else ""
    return f"; the answer has {keys}" if keys else ""


def _soup() -> Any:
    try:
        import bs4
    except ImportError:
        raise ValueError("web pages are read with the extra `html` of this program, which is not installed") from None
    return bs4


@lru_cache(maxsize=1024)
def _selector(path: str) -> tuple[Any, str | None]:
    """A compiled selector (None: the row itself) and the attribute to read (None: the text)."""
    _soup()
    import soupsieve

    plain, _, attribute = path.partition("@")
    plain = plain.strip()
    try:
        return (None if plain in {"", "."} else soupsieve.compile(plain)), attribute.strip() or None
    except (soupsieve.SelectorSyntaxError, ValueError) as error:
        raise ValueError(f"not a CSS selector: {str(error).splitlines()[0]}") from None


def _page(reply: Reply) -> Any:
    bs4, words = _soup(), _decoded(reply)
    if "<" not in words or words.lstrip().startswith("<?"):
        raise Misread("not a web page")
    try:
        return bs4.BeautifulSoup(words, "html.parser")
    except bs4.exceptions.ParserRejectedMarkup:
        raise Misread("a web page that no browser could read") from None


def _selected(page: Any, each: str | None) -> Sequence[Any]:
    selector, _ = _selector(each or "")
    found: Sequence[Any] = (page,) if selector is None else selector.select(page)
    return found


def _shown(row: Any, path: str) -> object:
    selector, attribute = _selector(path)
    found = row if selector is None else selector.select_one(row)
    if found is None:
        return None
    said = found.get(attribute) if attribute else found.get_text(" ", strip=True)
    return " ".join(said) if isinstance(said, list) else said


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lines:
    """A file of lines with columns."""

    words: str
    rows: tuple[Mapping[str, str], ...]


def _lines(reply: Reply) -> _Lines:
    words = _decoded(reply).removeprefix("\ufeff")
    separator = max(_SEPARATORS, key=words.partition("\n")[0].count)
    try:
        head, *body = csv.reader(words.splitlines(), delimiter=separator, strict=True)
    except (csv.Error, ValueError) as error:
        raise Misread(f"not lines with columns: {error}") from None
    columns = [name.strip() for name in head]
    if len(set(columns)) < len(columns) or any(len(cells) != len(columns) for cells in body if cells):
        raise Misread("not lines with columns: each line has as many cells as the first, whose names differ")
    rows = tuple(dict(zip(columns, cells, strict=True)) for cells in body if cells)
    return _Lines(words=words, rows=rows)


def _column(row: Any, path: str) -> object:
    if isinstance(row, _Lines) or path not in row:
        raise Misread(f"there is no column {path}")
    return row[path]


def _decoded(reply: Reply) -> str:
    try:
        words = reply.body.decode()
    except UnicodeDecodeError as error:
        raise Misread(f"not UTF-8 at byte {error.start}") from None
    if not words.strip():
        raise Misread("an empty answer")
    return words


TREES: Final[Mapping[Form, Tree]] = MappingProxyType(
    {
        "json": Tree(
            check=_expression,
            parse=document,
            rows=_listed,
            cell=_searched,
            holds=lambda page, condition: bool(_searched(page, condition)),
            shows_none=True,
        ),
        "html": Tree(
            check=_selector,
            parse=_page,
            rows=_selected,
            cell=_shown,
            holds=lambda page, condition: bool(_selected(page, condition)),
            shows_none=False,
        ),
        "csv": Tree(
            check=str.strip,
            parse=_lines,
            rows=lambda page, _each: page.rows,
            cell=_column,
            holds=lambda page, condition: condition in page.words,
            shows_none=False,
        ),
    }
)
