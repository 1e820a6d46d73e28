"""How a dashboard is asked: requests with their placeholders, pages that go on, errors that are told in a page."""

import re
from base64 import b64encode
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final
from urllib.parse import parse_qsl, quote

from verifier.errors import Misread, Refused
from verifier.observation import Observation, SilenceReason
from verifier.reading import MOST_WORKERS, refuse_status, silence
from verifier.sources.declared import cells
from verifier.sources.declared.shape import Asked, Dashboard, Entry, Pages
from verifier.sources.declared.telling import Row, tell
from verifier.sources.declared.trees import TREES, Tree
from verifier.talk import Ask, Http, Reply, Talk
from verifier.units import Window

#: Rows that are shown step by step.
_SHOWN: Final = 3
_PLACE: Final = re.compile(r"\{([a-z_]+)\}")


def conversation(account: Dashboard, window: Window, sees: frozenset[str]) -> Talk:
    """Everything that the account's entries of these kinds tell; the same page is asked for once."""
    heard: dict[str, Reply] = {}
    seen: list[Observation] = []
    for entry in account.asks:
        if entry.sees not in sees:
            continue
        rows: list[Row] = []
        try:
            last = yield from _pages(account, entry, window, heard, rows)
        except _NeverSeen as unknown:
            return silence(unknown.reply, SilenceReason.NEVER_SEEN, "the dashboard does not know this login")
        seen += tell(entry, rows, last.received_at)
    return seen


class _NeverSeen(Exception):
    """The dashboard says that it does not know the login."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply


def _pages(
    account: Dashboard, entry: Entry, window: Window, heard: dict[str, Reply], rows: list[Row]
) -> Generator[Ask, Reply, Reply]:
    """Add the rows of all pages, and return the last answer."""
    tree, pages = TREES[account.form], entry.pages
    more: dict[str, str] = {} if pages is None or pages.next else {pages.query: str(pages.first)}
    bodies: set[bytes] = set()
    for number in range(1, 2 if pages is None else pages.most + 1):
        ask = request(account, entry, window, more)
        key = repr(ask)
        reply = heard[key] = heard[key] if key in heard else (yield ask)
        page = _page(account, entry, reply)
        if reply.body in bodies:
            raise Misread("the pages repeat: the same answer came for two of them")
        bodies.add(reply.body)
        found = tree.rows(page, entry.each)
        if not found and not rows and not (tree.shows_none or (entry.none and tree.holds(page, entry.none))):
            raise Misread(f"{entry.each or 'lines'}: no rows, and nothing on the page says that there are none")
        if len(rows) + len(found) > MOST_WORKERS:
            raise Misread(f"more than {MOST_WORKERS} rows")
        rows += [Row(account=account, row=row, position=i, reply=reply) for i, row in enumerate(found, len(rows) + 1)]
        following = _following(tree, page, pages, number) if found else None
        if pages is None or following is None:
            return reply
        more = {pages.query: following}
    raise Misread(f"the pages do not end after {number}")


def _following(tree: Tree, page: Any, pages: Pages | None, number: int) -> str | None:
    """What is asked for after the page of this number; None after the last one."""
    if pages is None:
        return None
    if pages.next is not None:
        return cells.name(tree.cell(page, pages.next), where=pages.next)
    if pages.of is not None:
        last = cells.figure(tree.cell(page, pages.of), comma=False, where=pages.of)
        if last is None:
            raise Misread(f"{pages.of}: a number of pages was expected")
        if number >= last.exact:
            return None
    return str(pages.first + number)


def _page(account: Dashboard, entry: Asked, reply: Reply) -> Any:
    """The page of an answer, whose error may be told with any status.

    Raises _NeverSeen, Refused, Unreachable or Misread.
    """
    tree = TREES[account.form]
    try:
        page = tree.parse(reply)
    except Misread:
        refuse_status(reply)
        raise
    if _holds(tree, page, entry.never_seen):
        raise _NeverSeen(reply)
    if _holds(tree, page, entry.refused):
        raise Refused(_words(tree, page, entry.says) or "the dashboard does not accept the key")
    refuse_status(reply)
    if _holds(tree, page, entry.fails):
        raise Misread(f"the dashboard answers with an error: {_words(tree, page, entry.says) or entry.fails}")
    return page


def _holds(tree: Tree, page: Any, condition: str | None) -> bool:
    """Whether a condition holds; one that cannot be asked of this page does not."""
    try:
        return condition is not None and tree.holds(page, condition)
    except Misread:
        return False


def _words(tree: Tree, page: Any, path: str | None) -> str:
    """What stands at a path, for people; empty for nothing."""
    try:
        value = None if path is None else tree.cell(page, path)
    except Misread as error:
        return str(error)
    return "" if value is None else str(value)[:200]


def request(account: Dashboard, entry: Asked, window: Window, more: Mapping[str, str]) -> Http:
    """The request with everything but secrets filled in; those are filled in at the door (``signed``)."""
    known = {
        "user": account.user or "",
        "start": _written(window.start, account),
        "end": _written(window.end, account),
    }
    path, _, query = (entry.get or entry.post or "").partition("?")
    fill = partial(_put, known)
    return Http(
        method="GET" if entry.post is None else "POST",
        path=_put({name: quote(value, safe="") for name, value in known.items()}, path),
        query={**{name: fill(value) for name, value in parse_qsl(query, keep_blank_values=True)}, **more},
        headers=_filled(account.headers, fill),
        body=_filled(entry.body, fill),
    )


def _written(moment: datetime, account: Dashboard) -> str:
    if account.time in {"unix", "unix_ms"}:
        return str(int(moment.timestamp() * (1000 if account.time == "unix_ms" else 1)))
    local = moment.astimezone(account.zone or UTC)
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if account.time == "iso" else local.strftime(account.time)


def _put(known: Mapping[str, str], words: str) -> str:
    """The words with every ``{name}`` that is known filled in."""
    return _PLACE.sub(lambda match: known.get(match[1], match[0]), words)


def _filled(value: Any, fill: Callable[[str], str]) -> Any:
    """The same at any depth."""
    match value:
        case str():
            return fill(value)
        case dict():
            return {key: _filled(part, fill) for key, part in value.items()}
        case list() | tuple():
            return [_filled(part, fill) for part in value]
        case _:
            return value


def signed(ask: Ask, secrets: Mapping[str, str], _now: datetime, _nonce: int) -> Ask:
    """The ask with ``{token}`` and the other secrets filled in, and ``Basic {user}:{password}`` encoded (RFC 7617).

    Raises Refused for a secret that is not configured.
    """
    if not isinstance(ask, Http):
        return ask
    quoted = {name: quote(value, safe="") for name, value in secrets.items()}
    fill = partial(_put, secrets)
    whole = replace(
        ask,
        path=_put(quoted, ask.path),
        headers={name: _basic(fill(str(value))) for name, value in ask.headers.items()},
        query=_filled(dict(ask.query), fill),
        body=_filled(ask.body, fill),
    )
    for name in Dashboard.optional_secrets:
        if name not in secrets and f"{{{name}}}" in repr(ask):
            raise Refused(f"the request needs a {name}, write `{name}_file`")
    return whole


def _basic(value: str) -> str:
    scheme, _, credentials = value.partition(" ")
    return f"Basic {b64encode(credentials.encode()).decode()}" if scheme == "Basic" and ":" in credentials else value


def matched(account: Dashboard, sees: frozenset[str], window: Window, heard: Sequence[tuple[Ask, Reply]]) -> list[str]:
    """Step by step, for people, what the paths of each entry found in the first answer to it."""
    lines = []
    for entry in account.asks if heard else ():
        first = {} if entry.pages is None or entry.pages.next else {entry.pages.query: str(entry.pages.first)}
        ask = request(account, entry, window, first)
        reply = next((reply for asked, reply in heard if asked == ask), None)
        if entry.sees in sees and reply is not None:
            lines += _steps(TREES[account.form], entry, reply)
    return lines


def _steps(tree: Tree, entry: Entry, reply: Reply) -> list[str]:
    of = f"{entry.sees} of {entry.get or entry.post}: HTTP {reply.status}"
    try:
        page = tree.parse(reply)
        rows = tree.rows(page, entry.each)
    except Misread as error:
        return [f"{of}, {error}"]
    conditions = {name: getattr(entry, name) for name in ("never_seen", "refused", "fails", "none")}
    held = [f"`{name}` holds" for name, path in conditions.items() if _holds(tree, page, path)]
    count = f"{entry.each or 'the answer'} has {len(rows)} row{'' if len(rows) == 1 else 's'}"
    return [", ".join((of, *held, count))] + [
        f"  row {number}: {name} {path} = {_words(tree, row, path) or 'nothing'}"
        for number, row in enumerate(rows[:_SHOWN], 1)
        for name, path in entry.cells()
    ]
