"""How commands speak: tables for people, JSON for scripts, one exit code per kind of trouble."""

import errno
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import IntEnum
from typing import Any, Final, NoReturn

from verifier.errors import ConfigError, LedgerError, SourceError

#: What could steer a terminal, turn the direction of writing or hide itself: names come from strangers.
_STEERING: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]|[\U000e0000-\U000e007f]"
)
#: Columns of a table that goes into a file or a pipe.
_WIDE: Final = 160


class Exit(IntEnum):
    """0 all well · 1 something failed or was found · 2 usage or configuration · 3 ledger · 4 source."""

    OK = 0
    FAILED = 1
    CONFIG = 2
    LEDGER = 3
    SOURCE = 4


def shown(text: object) -> str:
    """Text as it may stand on a terminal, whoever wrote it."""
    return _STEERING.sub("\N{REPLACEMENT CHARACTER}", str(text))


def stop(message: str, code: Exit) -> NoReturn:
    """Plain lines on standard error, and the end."""
    complain(message)
    raise SystemExit(int(code))


def complain(message: str) -> None:
    """Plain lines on standard error."""
    for line in message.splitlines():
        print(shown(line), file=sys.stderr)  # noqa: T201 - this is the command line


@contextmanager
def told_plainly() -> Iterator[None]:
    """Errors with a reaction of the user's become their text and an exit code."""
    try:
        yield
    except ConfigError as error:
        stop(str(error), Exit.CONFIG)
    except LedgerError as error:
        stop(str(error), Exit.LEDGER)
    except SourceError as error:
        stop(str(error), Exit.SOURCE)
    except BrokenPipeError:
        raise
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        taken = error.errno == errno.EADDRINUSE
        hint = "; name another one with `--web.listen-address`, or with `web.listen` in the file" if taken else ""
        stop(f"{place}{error.strerror or error}{hint}", Exit.FAILED)


def say(text: str) -> None:
    """A line on standard output."""
    print("\n".join(map(shown, text.split("\n"))), flush=True)  # noqa: T201 - this is the command line


def say_json(value: Any) -> None:
    """A JSON document on standard output; what could steer a terminal is written as an escape."""
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False, default=str)
    escaped = "\n".join(_STEERING.sub(_escape, line) for line in text.split("\n"))
    print(escaped, flush=True)  # noqa: T201 - this is the command line


def _escape(found: re.Match[str]) -> str:
    return json.dumps(found.group())[1:-1]


def say_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str | None = None, whole: str | None = None
) -> None:
    """A table for people, without colours where nobody looks; None is an empty cell.

    The column ``whole`` is never cut and never broken, so that its cells can be copied.
    """
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE, title=None if title is None else Text(shown(title)), title_justify="left", pad_edge=False)
    for column in columns:
        table.add_column(Text(column), no_wrap=column == whole, overflow="fold")
    for row in rows:
        table.add_row(*("" if cell is None else Text(shown(cell)) for cell in row))
    width = None if sys.stdout.isatty() or "COLUMNS" in os.environ else _WIDE
    Console(file=sys.stdout, width=width, highlight=False).print(table)


def say_fields(fields: Iterable[tuple[str, object]]) -> None:
    """Names and what stands behind them, one a line; what is None is left out."""
    known = [(name, value) for name, value in fields if value is not None]
    widest = max((len(name) for name, _ in known), default=0)
    for name, value in known:
        say(f"  {name:<{widest}}  {value}")
