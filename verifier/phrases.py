"""What most talks say alike: envelopes, pages, slots, averages, lists of workers, payments. No I/O here."""

import hmac
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final, TypeAlias, TypeVar

from verifier.errors import Misread, Refused, Unreachable
from verifier.fields import printable
from verifier.observation import (
    Silence,
    SilenceReason,
)
from verifier.reading import decode, fit, rows, silence
from verifier.talk import Account, Ask, Http, Quiet, Reply, Sign

#: Pages of one answer at most: more than any account has.
MOST_PAGES: Final = 500


Page = TypeVar("Page")
Row = TypeVar("Row")
#: A conversation about a list: its last reply, and every row.
Listing: TypeAlias = Generator[Ask, Reply, tuple[Reply, list[Row]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Where a document says whether it is an answer, for pools that send errors with HTTP 200.

    The field ``code`` is ``good`` (as text: ``"0"``, ``"True"``) or one of those that mean that a key is ``refused`` or
    that it may be tried again ``later``; any other is a Misread with the pool's own ``words``. ``data`` is the field
    that holds the answer; None: the document itself. ``reason`` is the field of what is refused or passing, where it is
    another than ``code``.
    """

    code: str
    good: str
    words: str
    data: str | None = "data"
    refused: frozenset[str] = frozenset()
    later: frozenset[str] = frozenset()
    reason: str | None = None

    def open(self, reply: Reply) -> object:
        """What the answer holds, decoded. Raises Refused, Unreachable or Misread for what is no answer."""
        document = decode(reply)
        if not isinstance(document, Mapping) or self.code not in document:
            raise Misread(f"{self.code}: Field required")
        if str(document[self.code]) == self.good:
            return document if self.data is None else document.get(self.data)
        code = str(document.get(self.reason or self.code))
        says = f"{printable(code)}: {printable(document.get(self.words) or 'no words')}"
        if code in self.refused:
            raise Refused(says)
        raise Unreachable(says) if code in self.later else Misread(says)


def paged(
    ask: Callable[[int], Ask],
    read: Callable[[Reply], Page],
    last: Callable[[list[Page]], bool],
    most: int = MOST_PAGES,
) -> Generator[Ask, Reply, tuple[Reply, list[Page]]]:
    """Every page of an answer with its last reply: ``ask`` is given how many there are, ``last`` sees all of them.

    Raises Misread when there are more than ``most``.
    """
    pages: list[Page] = []
    while len(pages) < most:
        reply = yield ask(len(pages))
        pages.append(read(reply))
        if last(pages):
            return reply, pages
    raise Misread(f"more than {most} pages")


def every_row(
    row: type[Row],
    shape: type[Page],
    ask: Callable[[int], Ask],
    opened: Callable[[Reply], object],
    last: Callable[[Page, list[list[Row]]], bool],
    *path: str,
) -> Listing[Row]:
    """The rows of every page of a list with the last reply, each ``opened`` page holding its own at a path of keys.

    ``last`` sees the newest page, of the ``shape`` that tells what follows, and the rows of all. Raises as `paged` and
    `rows` do.
    """

    def read(reply: Reply) -> tuple[Page, list[Row]]:
        page = opened(reply)
        return fit(shape, page), rows(row, page, *path)

    reply, pages = yield from paged(ask, read, lambda pages: last(pages[-1][0], [told for _, told in pages]))
    return reply, [one for _, told in pages for one in told]


def unknown(reply: Reply, detail: str = "the pool does not know this address") -> tuple[Silence]:
    """What a talk returns when the pool says that it never saw what it is asked about."""
    return silence(reply, SilenceReason.NEVER_SEEN, detail)


def known(reply: Reply, detail: str = "the pool does not know this address") -> Reply:
    """The same reply. Raises Quiet for HTTP 404, where that says that what is asked about was never seen."""
    if reply.status == HTTPStatus.NOT_FOUND:
        raise Quiet(reply, detail)
    return reply


def stale(reply: Reply, at: datetime, patience: timedelta) -> tuple[Silence] | tuple[()]:
    """What a talk returns when figures of ``at`` are older than ``patience`` and so stand still; else nothing."""
    if reply.received_at - at <= patience:
        return ()
    return silence(reply, SilenceReason.STALE, f"the figures are of {at:%Y-%m-%d %H:%M} UTC")


def signing(*needed: str) -> Callable[[Callable[[Http, Mapping[str, str], datetime, int], Http]], Sign]:
    """Makes a `Sign` of what signs a request with these secrets; any other ask goes as it is, and all without them."""

    def made(sign: Callable[[Http, Mapping[str, str], datetime, int], Http]) -> Sign:
        def signed(ask: Ask, secrets: Mapping[str, str], now: datetime, nonce: int) -> Ask:
            return sign(ask, secrets, now, nonce) if isinstance(ask, Http) and secrets.keys() >= set(needed) else ask

        return signed

    return made


def proof(secret: str, message: str | bytes, digest: str = "sha256") -> bytes:
    """The HMAC of a message under a secret (RFC 2104), as most signed requests bear one."""
    return hmac.digest(secret.encode(), message.encode() if isinstance(message, str) else message, digest)


def milliseconds(moment: datetime) -> str:
    """A time as most interfaces are told it: whole milliseconds since 1970."""
    return str(int(moment.timestamp() * 1000))


def after_the_user(name: str, _account: Account) -> str:
    """A worker's name without the user, at a pool whose users never hold a dot."""
    user, separator, worker = name.partition(".")
    return worker if separator else user
