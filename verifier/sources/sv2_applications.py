"""Stratum V2 reference applications: sums of work per channel, towards the miners and towards the pool, at your proxy.

Work is the sum of the difficulty that shares were asked to have (`update_share_accounting` in channels-sv2), so hashes
are work times 2^32; it is never the difficulty that a share happened to reach.
"""

from collections.abc import Generator, Iterable, Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Final, Literal

from pydantic import BaseModel, Field

from verifier.errors import Misread
from verifier.observation import SilenceReason, WorkerPresence, WorkersSeen, WorkerState, WorkSeen
from verifier.reading import Count, Name, Number, read, silence
from verifier.talk import Account, Ask, Http, Question, Reply, Source, Talk
from verifier.units import HASHES_PER_DIFFICULTY, Window

#: The most that one page of a list holds.
PER_PAGE: Final = 100
MOST_PAGES: Final = 100


class Sv2ApplicationsAccount(Account):
    """The monitoring interface of a translator, job declarator or pool of your own."""

    url: str = Field(description="its `monitoring_address`, like `http://127.0.0.1:9090` with `allow_private: true`")
    side: Literal["miners", "validated", "acknowledged"] = Field(
        default="miners",
        description="miners: work that arrived here; towards the pool: validated here, or acknowledged by the pool",
    )


class _Listed(BaseModel):
    total: Count


class _Client(BaseModel):
    id: Annotated[Count, Field(alias="client_id")]


class _Clients(_Listed):
    items: Annotated[list[_Client], Field(max_length=PER_PAGE)]


class _Channel(BaseModel):
    id: Annotated[Count, Field(alias="channel_id")]
    name: Annotated[Name, Field(alias="user_identity")]


class _Downstream(_Channel):
    shares: Annotated[Count, Field(alias="shares_accepted")]
    work: Annotated[Number, Field(alias="share_work_sum")]


class _Upstream(_Channel):
    shares: Annotated[Count, Field(alias="shares_acknowledged")]
    acknowledged: Annotated[Number, Field(alias="acknowledged_work_sum")]
    validated: Annotated[Number, Field(alias="validated_work_sum")]


class _Counts(BaseModel):
    extended: Annotated[Count, Field(alias="total_extended")]
    standard: Annotated[Count, Field(alias="total_standard")]


class _Downstreams(_Counts):
    extended_channels: Annotated[list[_Downstream], Field(max_length=PER_PAGE)]
    standard_channels: Annotated[list[_Downstream], Field(max_length=PER_PAGE)]


class _Upstreams(_Counts):
    extended_channels: Annotated[list[_Upstream], Field(max_length=PER_PAGE)]
    standard_channels: Annotated[list[_Upstream], Field(max_length=PER_PAGE)]


class _Counter(BaseModel):
    """One channel: who mines on it, where it is, and the work summed since it was opened."""

    name: str
    channel: str
    work: float
    shares: int | None = None


def miners(_account: Sv2ApplicationsAccount, _window: Window) -> Talk:
    """The work of every channel that miners have open, and who mines."""
    reply, counters = yield from _downstream()
    if reply.status == HTTPStatus.NOT_FOUND and not counters:
        return silence(reply, SilenceReason.NEVER_SEEN, "no channel of a Stratum V2 miner; a translator has `side`s")
    if not counters:
        return silence(reply, SilenceReason.NEVER_SEEN, "no channel of a miner is open")
    names = dict.fromkeys(counter.name for counter in counters)
    listed = tuple(
        WorkerState(
            name=name,
            presence=WorkerPresence.ONLINE,
            sessions=sum(counter.name == name for counter in counters),
        )
        for name in names
    )
    return (WorkersSeen(at=reply.received_at, workers=listed), *_counted(counters, reply))


def pool(account: Sv2ApplicationsAccount, _window: Window) -> Talk:
    """The work of every channel to the pool: as found good here, or as the pool acknowledged it."""
    counters: list[_Counter] = []
    for page in range(MOST_PAGES):
        reply = yield Http(path="/api/v1/server/channels", query=_page(page))
        if reply.status == HTTPStatus.NOT_FOUND:
            return silence(reply, SilenceReason.NEVER_SEEN, "this application has no pool above it")
        part = read(_Upstreams, reply)
        counters += [
            _Counter(
                name=one.name,
                channel=str(one.id),
                work=one.acknowledged if account.side == "acknowledged" else one.validated,
                shares=one.shares if account.side == "acknowledged" else None,
            )
            for one in (*part.extended_channels, *part.standard_channels)
        ]
        if max(part.extended, part.standard) <= (page + 1) * PER_PAGE:
            break
    else:
        raise Misread(f"more than {MOST_PAGES} pages")
    if not counters:
        return silence(reply, SilenceReason.NEVER_SEEN, "no channel to the pool is open")
    return _counted(counters, reply)


def _downstream() -> Generator[Ask, Reply, tuple[Reply, list[_Counter]]]:
    clients: list[_Client] = []
    for page in range(MOST_PAGES):
        reply = yield Http(path="/api/v1/clients", query=_page(page))
        if reply.status == HTTPStatus.NOT_FOUND:
            return reply, []
        listed = read(_Clients, reply)
        clients += listed.items
        if listed.total <= (page + 1) * PER_PAGE:
            break
    else:
        raise Misread(f"more than {MOST_PAGES} pages")
    counters: list[_Counter] = []
    for client in clients:
        for page in range(MOST_PAGES):
            reply = yield Http(path=f"/api/v1/clients/{client.id}/channels", query=_page(page))
            if reply.status == HTTPStatus.NOT_FOUND:  # it left since the list was read
                break
            part = read(_Downstreams, reply)
            counters += [
                _Counter(name=one.name, channel=f"{client.id}/{one.id}", work=one.work, shares=one.shares)
                for one in (*part.extended_channels, *part.standard_channels)
            ]
            if max(part.extended, part.standard) <= (page + 1) * PER_PAGE:
                break
        else:
            raise Misread(f"more than {MOST_PAGES} pages")
    return reply, counters


def _counted(counters: Iterable[_Counter], reply: Reply) -> tuple[WorkSeen, ...]:
    """A counter per channel: a sum over channels would fall when one closes, and a counter that falls began anew."""
    return tuple(
        WorkSeen(
            worker=f"{counter.name}/{counter.channel}",
            end=reply.received_at,
            hashes=counter.work * HASHES_PER_DIFFICULTY,
            shares=counter.shares,
        )
        for counter in counters
    )


def _page(page: int) -> Mapping[str, str]:
    return {"offset": str(page * PER_PAGE), "limit": str(PER_PAGE)}


SOURCE: Final = Source(
    kind="sv2_applications",
    title="Stratum V2 reference applications",
    Account=Sv2ApplicationsAccount,
    support="documented",
    independence="own_gateway",
    questions=(
        Question(
            name="miners",
            sees=frozenset({WorkSeen, WorkersSeen}),
            every=timedelta(minutes=1),
            talk=miners,
            asked_of=lambda account: getattr(account, "side", "") == "miners",
        ),
        Question(
            name="pool",
            sees=frozenset({WorkSeen}),
            every=timedelta(minutes=1),
            talk=pool,
            asked_of=lambda account: getattr(account, "side", "") != "miners",
        ),
    ),
)
