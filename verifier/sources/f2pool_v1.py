"""F2Pool's interface v1: one page per user or address, with hashes of the last hour and day and the payouts."""

from collections.abc import Generator
from typing import Annotated, Any, ClassVar, Final, TypeAlias, TypeVar

from pydantic import BaseModel, Field

from verifier.errors import Misread, Refused
from verifier.fields import Funds, IsoTime, Name, Number, printable
from verifier.observation import BalanceSeen, PayoutClaimed, RateSeen, SharesSeen, WorkersSeen
from verifier.reading import decode, fit, rows
from verifier.talk import LARGE, Account, Ask, Http, Quiet, Reply, Secret, Source, Talk, asks
from verifier.told import amount, lately, listed, rates, sent
from verifier.units import DAY, HOUR, MINUTE, Window

_Row = TypeVar("_Row", bound=BaseModel)
_WorkerCells: TypeAlias = Annotated[list[Any], Field(min_length=7, max_length=20)]
_PayoutCells: TypeAlias = Annotated[list[Any], Field(min_length=3, max_length=20)]
#: A worker is offline when no share came for this long; the page does not say.
PATIENCE: Final = 15 * MINUTE


class F2PoolV1Account(Account):
    """A mining user, or the address that is mined to, read without a token or with one."""

    optional_secrets: ClassVar[tuple[str, ...]] = ("token",)
    url: str = "https://api.f2pool.com"
    user: Annotated[str, Field(pattern=r"^[\w.-]{1,128}$", description="mining user name or address")]


class _Page(BaseModel):
    """Hashes are counts of a span, not rates."""

    hashrate: Number
    hashes_last_hour: Number
    hashes_last_day: Number
    stale_hashes_rejected_last_hour: Number
    balance: Funds


class _Worker(BaseModel):
    name: Name
    rate: Number
    hour: Number
    stale_hour: Number
    day: Number
    stale_day: Number
    last: IsoTime


class _Payout(BaseModel):
    at: IsoTime
    txid: Name
    amount: Funds


@asks(RateSeen, SharesSeen, BalanceSeen, every=5 * MINUTE, cap=LARGE)
def now(account: F2PoolV1Account, _window: Window) -> Talk:
    """The averages of now, an hour and a day, the last hour's accepted and stale work, and the balance."""
    reply, document = yield from _page(account)
    page, at = fit(_Page, document), reply.received_at
    hour, day, stale = page.hashes_last_hour, page.hashes_last_day, page.stale_hashes_rejected_last_hour
    # Over which span the first is taken is not told.
    shown = [(10 * MINUTE, page.hashrate), (HOUR, hour / HOUR.total_seconds()), (DAY, day / DAY.total_seconds())]
    return (
        *rates(at, [(None, shown)], unsure={10 * MINUTE}),
        SharesSeen(start=at - HOUR, end=at, accepted=hour, stale=stale),
        BalanceSeen(at=at, amount=amount(page.balance)),
    )


@asks(WorkersSeen, RateSeen, every=10 * MINUTE, cap=LARGE)
def workers(account: F2PoolV1Account, _window: Window) -> Talk:
    """The workers listed with their last share, and each one's averages of an hour and a day."""
    reply, document = yield from _page(account)
    at = reply.received_at
    named = [(stripped(one.name, account), one) for one in _of_cells(_Worker, rows(_WorkerCells, document, "workers"))]
    states = listed(reply, (lately(name, one.last, at, PATIENCE) for name, one in named))
    counted = ((name, ((HOUR, one.hour), (DAY, one.day))) for name, one in named)
    shown = ((name, [(span, hashes / span.total_seconds()) for span, hashes in over]) for name, over in counted)
    return (states, *rates(at, shown))


@asks(PayoutClaimed, every=6 * HOUR, reach=366 * DAY, cap=LARGE)
def payouts(account: F2PoolV1Account, window: Window) -> Talk:
    """What was sent; it is told again for a week."""
    reply, document = yield from _page(account)
    found = _of_cells(_Payout, rows(_PayoutCells, document, "payout_history", most=10_000))
    since = window.start - 7 * DAY
    return [sent(reply, one.at, one.amount, txid=one.txid) for one in found if one.txid and one.at > since]


def stripped(name: str, account: Account) -> str:
    """A worker's name without the user; the page leaves the user away already."""
    return name.removeprefix(f"{account.user}.") if isinstance(account, F2PoolV1Account) else name


def _of_cells(row: type[_Row], found: list[list[Any]]) -> list[_Row]:
    """Rows that are lists of cells: the fields in their order, and maybe more."""
    return [fit(row, dict(zip(row.model_fields, cells, strict=False))) for cells in found]


def _page(account: F2PoolV1Account) -> Generator[Ask, Reply, tuple[Reply, object]]:
    """The page; somebody unknown has a nearly empty one. Raises Refused or Misread for an error."""
    reply = yield Http(path=f"/bitcoin/{account.user}", headers={"F2P-API-SECRET": Secret("token")})
    document = fit(dict[str, Any], decode(reply))
    if document.keys() & {"code", "msg", "error"}:
        says = printable(f"{document.get('code', 0)}: {document.get('msg', '')}")
        raise Refused(says) if str(document.get("code")) == "5010" else Misread(says)  # permission denied
    if len(document) < 2:
        raise Quiet(reply, "the pool does not know this user or address")
    return reply, document


SOURCE: Final = Source(
    kind="f2pool_v1", title="F2Pool, interface v1", Account=F2PoolV1Account, support="documented", pace=2.0,
    naming=stripped, questions=(now, workers, payouts),
)  # fmt: skip
