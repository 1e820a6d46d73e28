"""Stratum V2 reference applications: sums of work per channel, towards the miners and towards the pool, at your proxy.

Work is the sum of the difficulty that shares were asked to have (`update_share_accounting` in channels-sv2), so hashes
are work times 2^32; it is never the difficulty that a share happened to reach.
"""

from http import HTTPStatus
from typing import Annotated, Final, Literal

from pydantic import BaseModel, Field

from verifier.fields import Count, Name, Number
from verifier.observation import WorkersSeen, WorkSeen
from verifier.phrases import Listing, paged, unknown
from verifier.reading import Row, fit, read, rows
from verifier.talk import Account, Http, Reply, Source, Talk, asks
from verifier.told import listed
from verifier.units import HASHES_PER_DIFFICULTY, MINUTE, Window

#: The most that one page of a list holds.
PER_PAGE: Final = 100


class Sv2ApplicationsAccount(Account):
    """The monitoring interface of a translator, job declarator or pool of your own."""

    url: str = Field(description="its `monitoring_address`, like `http://127.0.0.1:9090` with `allow_private: true`")
    side: Literal["miners", "validated", "acknowledged"] = Field(
        default="miners",
        description="miners: work that arrived here; towards the pool: validated here, or acknowledged by the pool",
    )


class _Clients(BaseModel):
    total: Count
    items: Annotated[list[object], Field(max_length=PER_PAGE)]


class _Channels(BaseModel):
    total_extended: Count
    total_standard: Count
    extended_channels: Annotated[list[object], Field(max_length=PER_PAGE)]
    standard_channels: Annotated[list[object], Field(max_length=PER_PAGE)]

    @property
    def total(self) -> int:
        return max(self.total_extended, self.total_standard)

    @property
    def items(self) -> list[object]:
        return self.extended_channels + self.standard_channels


class _Channel(BaseModel):
    channel_id: Count
    user_identity: Name


class _Downstream(_Channel):
    shares_accepted: Count
    share_work_sum: Number


class _Upstream(_Channel):
    shares_acknowledged: Count
    acknowledged_work_sum: Number
    validated_work_sum: Number


@asks(WorkSeen, WorkersSeen, every=MINUTE, asked_of=lambda account: getattr(account, "side", "") == "miners")
def miners(_account: Sv2ApplicationsAccount, _window: Window) -> Talk:
    """The work of every channel that miners have open, and who mines."""
    reply, clients = yield from _all("/api/v1/clients", _Clients, dict[str, object])
    channels: list[tuple[str, _Downstream]] = []
    for number in [fit(Count, client, "client_id") for client in clients]:
        # One that left since the list was read has no channels any more.
        reply, found = yield from _all(f"/api/v1/clients/{number}/channels", _Channels, _Downstream)
        channels += [(f"{number}/", one) for one in found]
    if not channels:
        none = "no channel of a Stratum V2 miner; a translator has `side`s"
        return unknown(reply, none if reply.status == HTTPStatus.NOT_FOUND else "no channel of a miner is open")
    counters = [_counter(reply, one, one.share_work_sum, one.shares_accepted, under) for under, one in channels]
    return (listed(reply, ((one.user_identity, True, None) for _, one in channels)), *counters)


@asks(WorkSeen, every=MINUTE, asked_of=lambda account: getattr(account, "side", "") != "miners")
def pool(account: Sv2ApplicationsAccount, _window: Window) -> Talk:
    """The work of every channel to the pool: as found good here, or as the pool acknowledged it."""
    reply, found = yield from _all("/api/v1/server/channels", _Channels, _Upstream)
    if reply.status == HTTPStatus.NOT_FOUND:
        return unknown(reply, "this application has no pool above it")
    if not found:
        return unknown(reply, "no channel to the pool is open")
    if account.side != "acknowledged":
        return [_counter(reply, one, one.validated_work_sum, None) for one in found]
    return [_counter(reply, one, one.acknowledged_work_sum, one.shares_acknowledged) for one in found]


def _all(path: str, shape: type[_Clients | _Channels], row: type[Row]) -> Listing[Row]:
    """Every row of a list, page by page, with the last reply: one of HTTP 404 says that there is none, or no more."""
    reply, pages = yield from paged(
        lambda page: Http(path=path, query={"offset": str(page * PER_PAGE), "limit": str(PER_PAGE)}),
        lambda reply: None if reply.status == HTTPStatus.NOT_FOUND else read(shape, reply),
        lambda pages: pages[-1] is None or pages[-1].total <= len(pages) * PER_PAGE,
    )
    return reply, [one for page in pages if page is not None for one in rows(row, page.items, most=2 * PER_PAGE)]


def _counter(reply: Reply, one: _Channel, work: float, shares: int | None, under: str = "") -> WorkSeen:
    """A counter per channel: a sum over channels would fall when one closes, and a counter that falls began anew."""
    worker = f"{one.user_identity}/{under}{one.channel_id}"
    return WorkSeen(worker=worker, end=reply.received_at, hashes=work * HASHES_PER_DIFFICULTY, shares=shares)


SOURCE: Final = Source(
    kind="sv2_applications", title="Stratum V2 reference applications", Account=Sv2ApplicationsAccount,
    support="documented", independence="own_gateway", questions=(miners, pool),
)  # fmt: skip
