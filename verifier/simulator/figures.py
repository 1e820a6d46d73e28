"""What the pages of most pools are made of: hashes, trailing means and closed slots of one seller, and JSON pages."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from verifier.simulator.page import Asked, Page
from verifier.simulator.truth import Seller, World, minute

Hashes: TypeAlias = NDArray[np.float64]

HOUR: Final = 60
#: Minutes without a share after which most pools call a worker offline.
QUIET: Final = 15


class Figures:
    """One seller as a pool knows him at a moment; arrays have one entry per rig, spans are whole minutes."""

    def __init__(self, world: World, seller: Seller, now: datetime) -> None:
        self.seller = seller
        self.now = now
        self.until = minute(now)
        self.names = [rig.name for rig in seller.rigs]
        self._shares = world.shares(seller)

    def hashes(self, start: int, end: int) -> Hashes:
        """Work in the minutes [start, end)."""
        return np.asarray(self._shares.between(start, end).sum(axis=1) * float(self.seller.hashes_per_share))

    def mean(self, minutes: int) -> Hashes:
        """Hashes per second over the last minutes; time without shares counts as zero."""
        return self.hashes(self.until - minutes, self.until) / (60 * minutes)

    def trailing(self, times: Sequence[int], minutes: int) -> Hashes:
        """The same as it was at each of some minutes, in rows (rig, time)."""
        first, ends = times[0] - minutes, np.asarray(times)
        shares = self._shares.between(first, times[-1]).cumsum(axis=1)
        total = np.concatenate([np.zeros((len(self.names), 1)), shares], axis=1)
        counted = total[:, ends - first] - total[:, ends - first - minutes]
        return np.asarray(counted * float(self.seller.hashes_per_share) / (60 * minutes))

    def slots(self, length: int, reach: int) -> list[tuple[int, Hashes]]:
        """Closed slots of whole UTC multiples that began in the last ``reach`` minutes: start in seconds, H/s per rig.

        Nothing before the account's beginning.
        """
        first = max(self.until - reach, minute(self.seller.starts))
        starts = range(-(-first // length) * length, self.until - length + 1, length)
        return [(start * 60, self.hashes(start, start + length) / (60 * length)) for start in starts]

    def counted(self) -> list[int]:
        """All hashes since the account began, exactly."""
        return [int(count) * self.seller.hashes_per_share for count in self._shares.counted(self.until)]

    def last(self) -> list[int]:
        """Second of the last share, 0 where there was none."""
        return [at or 0 for at in self._shares.last(self.until)]

    def online(self, quiet: int = QUIET) -> list[bool]:
        """Whether there was a share in the last minutes."""
        return [self.now.timestamp() - at <= quiet * 60 for at in self.last()]


Told: TypeAlias = Callable[[Figures, Asked], Any]


def told(document: Any, status: int = 200) -> Page:
    """A page of one JSON document."""
    return Page(documents=(document,), status=status)


def missing(_method: str, _path: str) -> Page:
    """What most gateways say of a path that they do not have."""
    return Page(text="404 page not found", status=404, content_type="text/plain; charset=utf-8")


def behind_key(
    face: str, shown: Callable[[Asked], str], refused: Page, name: str = ""
) -> Callable[[Told], Callable[[World, Asked, datetime], Page]]:
    """The gate of a pool with keys: ``shown`` finds the key in a request, ``refused`` answers a wrong one.

    Key and secret are the seller's token; ``name`` is the part of the path or query that names his account, if any.
    What answers with a page, because the request makes no sense, is not put into another.
    """

    def of(tell: Told) -> Callable[[World, Asked, datetime], Page]:
        def answer(world: World, asked: Asked, now: datetime) -> Page:
            named = asked.parts.get(name, asked.query.get(name))
            sellers = (one for one in world.at(face) if one.token == shown(asked) and (not name or one.name == named))
            seller = next(sellers, None)
            if seller is None:
                return refused
            found = tell(Figures(world, seller, now), asked)
            return found if isinstance(found, Page) else told(found)

        return answer

    return of


def header(name: str) -> Callable[[Asked], str]:
    """A key that is sent in a header."""
    return lambda asked: asked.headers.get(name, "")


def iso(seconds: float) -> str:
    """``2026-11-20T08:33:00.000Z``."""
    return datetime.fromtimestamp(seconds, tz=UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
