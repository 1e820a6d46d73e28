"""KuCoin Pool: averages of a sub-account and its workers, and credited days with the work they were for."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import Field

from verifier.errors import Misread
from verifier.fields import Camel, Count, Funds, Name, Number, UnixMilliseconds, UnixMillisecondsOrNever
from verifier.observation import EarningClaimed, RateSeen, WorkersSeen
from verifier.phrases import Envelope, Listing, Row, every_row, milliseconds, proof, signing, unknown
from verifier.reading import fit, rows
from verifier.talk import BOOKED_LATE, LARGE, Account, Ask, Http, Secret, Source, Talk, asks
from verifier.told import Averages, Over, credited_day, lately, listed, rates
from verifier.units import DAY, HOUR, MINUTE, Window

#: KuCoin's own numbers: parameters of the signature missing, no such key, wrong passphrase; too many requests, wrong
#: time, server error. That of a good answer is not the same in its prose and its examples.
_ENVELOPE: Final = Envelope(
    code="success", good="True", words="msg", reason="code",
    refused=frozenset({"400001", "400003", "400004"}), later=frozenset({"200002", "400002", "500000"}),
)  # fmt: skip


class KucoinPoolAccount(Account):
    """A sub-account at KuCoin Pool, read with a key, its secret and its passphrase."""

    secrets: ClassVar[tuple[str, ...]] = ("key", "secret", "passphrase")
    url: str = "https://www.kucoin.com/_api/miningpool/v1/external"
    puid: Annotated[int, Field(ge=0, description="number of the sub-account")]


class _Rates(Camel, Averages):
    hash_unit: Literal["H"]
    # Its span is not told.
    real_hash_rate: Annotated[Number, Over(10 * MINUTE)]
    hour_hash_rate: Annotated[Number, Over(HOUR)]
    day_hash_rate: Annotated[Number, Over(DAY)]


class _User(_Rates):
    puid: Count
    default_algo: Name


class _Worker(_Rates):
    worker_name: Name
    last_share_time: UnixMillisecondsOrNever = None


class _Earning(Camel):
    amount: Funds
    currency: Name
    hash_rate: Number
    hash_unit: Literal["H"]
    mining_date: UnixMilliseconds


@asks(RateSeen, every=5 * MINUTE)
def now(account: KucoinPoolAccount, _window: Window) -> Talk:
    """The averages of now, an hour and a day."""
    reply = yield _ask("user/query")
    users = rows(_User, {"users": _ENVELOPE.open(reply)}, "users")
    mine = next((one for one in users if one.puid == account.puid), None)
    if mine is None:
        return unknown(reply, "the pool lists no sub-account of this number")
    if mine.default_algo.lower() != "sha256d":
        raise Misread(f"defaultAlgo: {mine.default_algo} instead of SHA256d")
    return rates(reply.received_at, [(None, mine.over())], unsure={10 * MINUTE})


@asks(WorkersSeen, RateSeen, every=10 * MINUTE, cap=LARGE)
def workers(account: KucoinPoolAccount, _window: Window) -> Talk:
    """The workers listed with their last share and averages."""
    reply, told = yield from _all(_Worker, account, "worker/query", sort="ASC", sortField="WORKER", status="TOTAL")
    at, shown = reply.received_at, ((one.worker_name, one.over()) for one in told)
    # Who is connected is not told: whose share is not older.
    here = (lately(one.worker_name, one.last_share_time, at, 15 * MINUTE, busy=one.real_hash_rate > 0) for one in told)
    return (listed(reply, here), *rates(at, shown, unsure={10 * MINUTE}))


@asks(EarningClaimed, every=6 * HOUR, reach=90 * DAY, cap=LARGE)
def earnings(account: KucoinPoolAccount, window: Window) -> Talk:
    """What was credited for each UTC day, settled or not, with the work it was for."""
    span = {"startTime": milliseconds(window.start - BOOKED_LATE), "endTime": milliseconds(window.end)}
    reply, told = yield from _all(_Earning, account, "earn/query", **span)
    return [
        credited_day(row.mining_date, row.amount, per_second=row.hash_rate)
        for row in told
        if row.currency == "BTC" and row.mining_date <= reply.received_at - DAY
    ]


@signing("secret", "passphrase")
def signed(ask: Http, secrets: Mapping[str, str], now: datetime, _nonce: int) -> Http:
    """The ask with its time, five seconds right at most, and its passphrase proved (KuCoin's mining documentation)."""
    passphrase = b64encode(proof(secrets["secret"], secrets["passphrase"])).decode()
    return replace(ask, query={**ask.query, "timestamp": milliseconds(now), "passphrase": passphrase})


def _all(row: type[Row], account: KucoinPoolAccount, what: str, **query: str) -> Listing[Row]:
    def ask(before: int) -> Ask:
        return _ask(what, algo="SHA256d", puid=f"{account.puid}", **query, currentPage=f"{before + 1}", pageSize="100")

    return every_row(
        row, dict[str, Any], ask, _ENVELOPE.open, lambda page, told: len(told) >= fit(Count, page, "totalPage"), "items"
    )


def _ask(what: str, **query: str) -> Http:
    return Http(path=f"/{what}", query={**query, "key": Secret("key"), "version": "2"})


SOURCE: Final = Source(
    kind="kucoin_pool", title="KuCoin Pool", Account=KucoinPoolAccount, support="documented", sign=signed,
    questions=(now, workers, earnings),
)  # fmt: skip
