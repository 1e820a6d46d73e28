"""The real sources understand what the faces say, and hear the truth from each of them."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from tests.simulator.worlds import ADDRESS, NOW, TOKEN, get, seller, world
from verifier.expectations.chain import daily_fees
from verifier.expectations.price import price
from verifier.observation import (
    BlockSeen,
    EarningClaimed,
    Observation,
    PayoutClaimed,
    PayoutReceived,
    PriceSeen,
    WorkersSeen,
    WorkSeen,
)
from verifier.simulator.billing import Payout, books, fee_part
from verifier.simulator.chain import SUBSIDY
from verifier.simulator.faces.prices import price as exchange_price
from verifier.simulator.server import make_app
from verifier.simulator.truth import World, minute
from verifier.sources import SOURCES
from verifier.talk import Http, Reply
from verifier.units import Amount, Window

ACCOUNTS: dict[str, tuple[str, dict[str, str]]] = {
    "ckpool": ("/ckpool", {"address": ADDRESS}),
    "public_pool": ("/public-pool/api", {"address": ADDRESS}),
    "f2pool": ("/f2pool/v2", {"user": "acme"}),
    "esplora": ("/esplora", {"address": ADDRESS}),
    "kraken": ("/kraken", {}),
    "coinbase": ("/coinbase", {}),
    "mempool_space": ("/mempool-space/api", {}),
}
#: What brings nothing while all is well.
QUIET = {("esplora", "reorgs")}
HOUR = timedelta(hours=1)
DAY = Window(start=NOW - timedelta(days=1), end=NOW)
WEEK = Window(start=NOW - timedelta(days=7), end=NOW)
YEAR = Window(start=NOW - timedelta(days=366), end=NOW)
MONTH = Window(start=NOW - timedelta(days=30), end=NOW)
EVERY = [(kind, question.name) for kind in ACCOUNTS for question in SOURCES[kind].questions]


async def ask(truth: World, kind: str, question: str, window: Window) -> list[Observation]:
    """One conversation of a source with its face over HTTP."""
    prefix, fields = ACCOUNTS[kind]
    source = SOURCES[kind]
    account = source.Account.model_validate({"kind": kind, "url": "http://127.0.0.1", "allow_private": True, **fields})
    async with TestClient(TestServer(make_app(truth, lambda: NOW))) as client:
        talk = source.question(question).talk(account, window)
        wish = next(talk)
        while True:
            assert isinstance(wish, Http)
            body: Any = None if wish.body is None else json.dumps(wish.body)
            headers = {name: value if isinstance(value, str) else TOKEN for name, value in wish.headers.items()}
            query = {name: value for name, value in wish.query.items() if isinstance(value, str)}
            path = prefix + wish.path
            answer = await client.request(wish.method, path, params=query, data=body, headers=headers)
            named = {name.lower(): value for name, value in answer.headers.items()}
            reply = Reply(status=answer.status, headers=named, body=await answer.read(), received_at=NOW)
            try:
                wish = talk.send(reply)
            except StopIteration as end:
                return list(end.value)


@pytest.mark.parametrize(("kind", "question"), EVERY)
async def test_every_question_is_understood(kind: str, question: str) -> None:
    assert bool(await ask(world(), kind, question, DAY)) == ((kind, question) not in QUIET)


async def test_histories_tell_the_work_that_was_done() -> None:
    truth = world()
    shares = truth.shares(truth.sellers[0])
    slots = [s for s in await ask(truth, "f2pool", "history", MONTH) if isinstance(s, WorkSeen)]
    rows = [s for s in await ask(truth, "public_pool", "history", DAY) if isinstance(s, WorkSeen) and s.worker is None]
    assert (len(slots), len(rows)) == (4320, 143)
    for seen in (*slots[-50:], *rows):
        assert seen.start is not None
        counted = int(shares.between(minute(seen.start), minute(seen.end)).sum())
        assert seen.hashes == pytest.approx(counted * seller().hashes_per_share, rel=1e-9)


async def test_counters_workers_coins_and_blocks_are_heard() -> None:
    truth = world()
    counters = [s for s in await ask(truth, "ckpool", "now", DAY) if isinstance(s, WorkSeen) and s.worker is None]
    counted = int(truth.shares(truth.sellers[0]).counted(minute(NOW)).sum())
    assert counters[0].hashes == pytest.approx(counted * seller().hashes_per_share, rel=1e-9)
    listed = [s for s in await ask(truth, "f2pool", "workers", DAY) if isinstance(s, WorkersSeen)]
    assert {worker.name for worker in listed[0].workers} == {"rig01", "rig02"}
    assert len([s for s in await ask(truth, "f2pool", "revenue", MONTH) if isinstance(s, EarningClaimed)]) == 30
    assert [s for s in await ask(truth, "f2pool", "payouts", MONTH) if isinstance(s, PayoutClaimed)]
    chain = SOURCES["esplora"].questions[0].name
    blocks = [s for s in await ask(truth, "esplora", chain, DAY) if isinstance(s, BlockSeen)]
    assert max(block.height for block in blocks) == truth.chain.tip(int(NOW.timestamp()))


async def test_what_was_paid_is_received_with_confirmations() -> None:
    truth = world()
    paid = [s for s in await ask(truth, "f2pool", "payouts", MONTH) if isinstance(s, PayoutClaimed)]
    received = [s for s in await ask(truth, "esplora", "receipts", YEAR) if isinstance(s, PayoutReceived)]
    found = {one.txid: one for one in received}
    assert paid
    for claim in paid:
        receipt = found[claim.txid or ""]
        assert (receipt.amount, receipt.address) == (claim.amount, ADDRESS)
        assert timedelta(0) <= receipt.at - claim.at <= timedelta(minutes=10)
        assert receipt.confirmations == (NOW - receipt.at) // timedelta(minutes=10) + 1
    assert len(received) == len(found)


async def test_fees_of_new_and_past_blocks_are_those_that_the_sellers_are_paid_by() -> None:
    truth = world()
    blocks = [s for s in await ask(truth, "esplora", "fees", WEEK) if isinstance(s, BlockSeen)]
    known = [s for s in blocks if s.fees is not None]
    assert {one.subsidy for one in known} == {Amount(atoms=SUBSIDY)}
    for day, mean in daily_fees(blocks):
        assert float(mean) / SUBSIDY == pytest.approx(fee_part(truth.seed, int(day.timestamp()) // 86_400), rel=1e-6)
    assert len(daily_fees(blocks)) == 8


async def test_three_sources_tell_nearly_the_same_price() -> None:
    seen = {
        kind: one
        for kind in ("kraken", "coinbase", "mempool_space")
        for one in await ask(world(), kind, "prices", DAY)
        if isinstance(one, PriceSeen)
    }
    found = price(seen, "BTC", "USD", NOW)
    assert len(found.sources) == 3
    assert found.spread < Decimal("0.002")


@pytest.mark.parametrize("kind", ["kraken", "coinbase"])
@pytest.mark.parametrize(("window", "step"), [(DAY, HOUR), (MONTH, 24 * HOUR)])
async def test_an_exchange_tells_closes_of_hours_and_where_they_are_too_many_of_days(
    kind: str, window: Window, step: timedelta
) -> None:
    told = [one for one in await ask(world(), kind, "history", window) if isinstance(one, PriceSeen)]
    assert {later.at - one.at for one, later in pairwise(told)} == {step}
    assert told[0].at - step < window.start < told[1].at
    assert NOW - step <= told[-1].at < NOW
    second = timedelta(seconds=1)
    assert [one.price for one in told] == [exchange_price(world(), kind, "USD", one.at + second) for one in told]


def test_a_payout_is_unconfirmed_until_the_next_block() -> None:
    truth = world()
    payout = next(entry for entry in books(truth, truth.sellers[0], NOW) if isinstance(entry, Payout))
    sent = datetime.fromtimestamp(payout.paid_at, tz=UTC)
    before = json.loads(get(truth, "esplora", "/address/{address}/txs", sent, address=ADDRESS).body)
    after = json.loads(
        get(truth, "esplora", "/address/{address}/txs", sent + timedelta(minutes=10), address=ADDRESS).body
    )
    assert [one["status"]["confirmed"] for one in (before[0], after[0])] == [False, True]
    assert "block_height" not in before[0]["status"]


def test_an_address_that_nobody_pays_has_no_transactions_and_an_unknown_one_cannot_be_gone_on_from() -> None:
    truth = world()
    assert json.loads(get(truth, "esplora", "/address/{address}/txs", address="bc1qnobody").body) == []
    page = get(truth, "esplora", "/address/{address}/txs/chain/{last}", address=ADDRESS, last="00")
    assert (page.status, page.body) == (422, b"after_txid not found")
    assert json.loads(get(truth, "esplora", "/block/{hash}/status", hash="00").body) == {"in_best_chain": False}
    assert get(truth, "esplora", "/block/{hash}/txs/0", hash="00").status == 404


def test_a_currency_that_is_not_traded_is_told_as_each_exchange_tells_it() -> None:
    assert get(world(), "coinbase", "/products/{pair}/ticker", pair="BTC-CHF").status == 404
    assert b"Unknown asset pair" in get(world(), "kraken", "/0/public/Ticker").body


def test_a_block_that_is_not_there_yet_is_not_in_the_best_chain() -> None:
    truth = world()
    tip = truth.chain.tip(int(NOW.timestamp()))
    status = json.loads(get(truth, "esplora", "/block/{hash}/status", hash=truth.chain.hash(tip)).body)
    assert status == {"in_best_chain": True, "height": tip, "next_best": None}
    later = get(truth, "esplora", "/block/{hash}/status", hash=truth.chain.hash(tip + 1))
    assert json.loads(later.body) == {"in_best_chain": False}
