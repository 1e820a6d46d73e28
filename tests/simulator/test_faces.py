"""Four faces, one truth: they agree with each other, and each has the habits of the real server."""

import json
import time
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from tests.simulator.worlds import ADDRESS, NOW, STARTS, TOKEN, dark, f2pool, get, seller, world
from verifier.simulator.billing import FEE_RATE, books, expected_income, fee_part
from verifier.simulator.chain import SUBSIDY, Chain
from verifier.simulator.faces import FACES
from verifier.simulator.faces.ckpool import decayed, suffixed
from verifier.simulator.page import Asked
from verifier.simulator.truth import DAY, minute
from verifier.units import HASHES_PER_DIFFICULTY, Amount

USER, STATUS = "/users/{address}", "/pool/pool.status"
CLIENT, CHART = "/api/client/{address}", "/api/client/{address}/chart"
WORKER, SESSION = "/api/client/{address}/{worker}", "/api/client/{address}/{worker}/{session}"


def test_all_faces_agree_about_the_same_span() -> None:
    truth = world()
    rows = get(truth, "public-pool", CHART, address=ADDRESS).documents[0]
    start = datetime.fromisoformat(rows[0]["label"])
    end = datetime.fromisoformat(rows[-1]["label"]) + timedelta(minutes=10)
    chart = sum(row["data"] * 600 for row in rows)
    before, after = (get(truth, "ckpool", USER, at, address=ADDRESS).documents[0]["shares"] for at in (start, end))
    counter = (after - before) * HASHES_PER_DIFFICULTY
    history = sum(
        row["hash_rate"] * 600
        for row in f2pool(truth, "hash_rate/history", interval=600, duration=2 * 86_400)["history"]
        if start.timestamp() <= row["timestamp"] < end.timestamp()
    )
    counted = truth.shares(truth.sellers[0]).between(minute(start), minute(end)).sum()
    shares = int(counted) * truth.sellers[0].hashes_per_share
    assert end - start > timedelta(hours=23)
    assert [chart, counter, history] == pytest.approx([shares] * 3, rel=1e-12)


# ---- CKPool ----


def test_a_page_is_rewritten_once_a_minute() -> None:
    early, late, next_one = (
        get(world(), "ckpool", USER, NOW.replace(second=s) + timedelta(minutes=m), address=ADDRESS)
        for s, m in ((1, 0), (59, 0), (0, 1))
    )
    assert early == late
    assert early.headers["Last-Modified"] == "Fri, 20 Nov 2026 08:33:00 GMT"
    assert next_one.headers["Last-Modified"] == "Fri, 20 Nov 2026 08:34:00 GMT"
    assert early.content_type == "application/octet-stream"


def test_pool_status_is_three_documents_on_three_lines() -> None:
    lines = [json.loads(line) for line in get(world(), "ckpool", STATUS).body.splitlines()]
    assert [len(line) for line in lines] == [6, 7, 8]
    assert lines[0]["lastupdate"] == int(NOW.replace(second=0).timestamp())


def test_an_address_without_shares_is_not_found() -> None:
    for at, address in ((NOW, ADDRESS.upper()), (STARTS, ADDRESS)):
        page = get(world(), "ckpool", USER, at, address=address)
        assert (page.status, page.body[:9]) == (404, b"<!DOCTYPE")


def test_hashrates_have_three_digits_and_a_letter() -> None:
    values = (0, 999.9, 1e3, 9.414e15, 999.6e15, 1.5e18)
    assert [suffixed(value) for value in values] == ["0", "999", "1K", "9.41P", "1e+03P", "1.5E"]


def test_decay_equals_the_published_vectors() -> None:
    assert decayed(np.array([100]), 60, step=10) == pytest.approx(1.330869899697324, rel=1e-12)
    for interval, left in ((60, 0.6126998367802821), (300, 0.8465470531850858), (3600, 0.9837402046007256)):
        once, twice = decayed(np.array([100]), interval), decayed(np.array([100, 0]), interval)
        assert twice / once == pytest.approx(left, rel=1e-12)
    assert decayed(np.array([1e-16]), 60) == 0
    assert decayed(np.array([100, 0]), 60, step=86_400) * 2 == pytest.approx(decayed(np.array([100]), 60, step=86_400))


def test_long_averages_of_a_young_account_are_too_low() -> None:
    page = get(world(), "ckpool", USER, STARTS + timedelta(minutes=30), address=ADDRESS).documents[0]
    hour, day = float(page["hashrate1hr"][:-1]), float(page["hashrate1d"][:-1])
    assert 150 < hour < 300
    assert day < 20


def test_a_dark_seller_stays_listed_with_a_last_share() -> None:
    page = get(world(dark(3)), "ckpool", USER, address=ADDRESS).documents[0]
    assert page["workers"] == 0
    assert page["lastshare"] < (NOW - timedelta(hours=2)).timestamp()
    assert [worker["workername"] for worker in page["worker"]] == [f"{ADDRESS}.rig01", f"{ADDRESS}.rig02"]


# ---- public-pool ----


def test_the_chart_drops_its_last_row_whichever_it_is() -> None:
    running = get(world(), "public-pool", CHART, address=ADDRESS).documents[0]
    assert running[-1]["label"] == "2026-11-20T08:20:00.000Z"
    gone = get(world(dark(2, NOW.replace(minute=25))), "public-pool", CHART, address=ADDRESS).documents[0]
    assert gone[-1]["label"] == "2026-11-20T06:10:00.000Z"


def test_the_chart_reaches_back_one_day() -> None:
    rows = get(world(), "public-pool", CHART, address=ADDRESS).documents[0]
    assert rows[0]["label"] == "2026-11-19T08:40:00.000Z"
    assert len(rows) == 143


def test_a_disconnected_worker_leaves_the_list() -> None:
    page = get(world(dark(2)), "public-pool", CLIENT, address=ADDRESS).documents[0]
    assert page["workers"] == []
    assert page["bestDifficulty"] > 0


def test_an_unknown_address_is_an_empty_list() -> None:
    assert get(world(), "public-pool", CLIENT, address="bc1qnobody").documents == ({"workersCount": 0, "workers": []},)
    assert get(world(), "public-pool", CHART, address="bc1qnobody").documents == ([],)
    unknown = get(world(), "public-pool", WORKER, address=ADDRESS, worker="nosuch").documents[0]
    assert unknown == {"name": "nosuch", "bestDifficulty": 0, "chartData": []}


def test_a_session_is_found_by_its_name_and_id() -> None:
    page = get(world(), "public-pool", CLIENT, address=ADDRESS).documents[0]
    known = page["workers"][0]
    parts = {"address": ADDRESS, "worker": known["name"], "session": known["sessionId"]}
    assert get(world(), "public-pool", SESSION, **parts).documents[0]["startTime"] == known["startTime"]
    assert get(world(), "public-pool", SESSION, **{**parts, "session": "deadbeef"}).status == 404
    assert known["hashRate"] == pytest.approx(300e12, rel=0.5)


def test_the_pool_page_sums_its_sessions() -> None:
    assert get(world(), "public-pool", "/api/pool").documents[0]["totalMiners"] == 2
    assert get(world(), "public-pool", "/api/network").documents[0]["blocks"] == Chain(7).tip(int(NOW.timestamp()))


# ---- F2Pool ----


def test_errors_come_with_status_200() -> None:
    assert f2pool(world(), "hash_rate/info", token="wrong")["code"] == 5010
    assert f2pool(world(), "hash_rate/info", mining_user_name="other")["code"] == 5010
    assert f2pool(world(), "hash_rate/info", currency="")["code"] == 5001
    assert f2pool(world(), "hash_rate/history", interval=700, duration=86_400)["code"] == 5001
    assert f2pool(world(), "hash_rate/history", interval=600, duration=31 * 86_400)["code"] == 5001
    assert f2pool(world(), "hash_rate/history", interval="600")["code"] == 5001
    assert f2pool(world(), "assets/transactions/list", type="gift")["code"] == 5001
    assert f2pool(world(), "assets/transactions/list", type=["all"])["code"] == 5001


def test_history_is_newest_first_and_without_the_running_slot() -> None:
    rows = f2pool(world(), "hash_rate/history", interval=600, duration=30 * 86_400)["history"]
    times = [row["timestamp"] for row in rows]
    assert len(rows) == 4320
    assert times == sorted(times, reverse=True)
    assert times[0] + 600 <= NOW.timestamp() < times[0] + 1200


def test_history_begins_with_the_account() -> None:
    rows = f2pool(world(), "hash_rate/history", STARTS + timedelta(hours=1), interval=600, duration=86_400)["history"]
    assert [row["timestamp"] for row in rows][-1] == STARTS.timestamp()
    assert len(rows) == 6
    assert (
        f2pool(world(), "hash_rate/history", STARTS - timedelta(days=1), interval=600, duration=86_400)["history"] == []
    )


def test_a_month_of_history_is_quick() -> None:
    truth = world()
    begun = time.process_time()
    f2pool(truth, "hash_rate/history", interval=600, duration=30 * 86_400)
    assert time.process_time() - begun < 1.0


def test_workers_go_offline_and_stay_listed() -> None:
    assert [w["status"] for w in f2pool(world(), "hash_rate/worker/list")["workers"]] == [0, 0]
    assert [w["status"] for w in f2pool(world(dark(2)), "hash_rate/worker/list")["workers"]] == [1, 1]
    assert [w["status"] for w in f2pool(world(dark(100)), "hash_rate/worker/list")["workers"]] == [2, 2]
    assert f2pool(world(dark(2)), "hash_rate/info")["info"]["h1_hash_rate"] == 0


def test_income_equals_the_formula() -> None:
    truth = world()
    bill = f2pool(truth, "assets/transactions/list", type="revenue", start_time=0, end_time=2**31)["transactions"][0]
    extra, day = bill["mining_extra"], bill["mining_extra"]["mining_date"] // 86_400
    difficulty = truth.chain.difficulties(np.array([day * 86_400]))[0]
    pps = extra["hash_rate"] * 86_400 / (difficulty * 2**32) * 3.125
    assert extra["pps"] == pytest.approx(pps, abs=1e-8)
    assert extra["tx_fee"] == pytest.approx(pps * fee_part(7, day), abs=1e-8)
    net = (Decimal(str(extra["pps"])) + Decimal(str(extra["tx_fee"]))) * (1 - FEE_RATE)
    assert abs(Decimal(str(bill["changed_balance"])) - net) <= Decimal("0.000000005")
    counted = truth.shares(truth.sellers[0]).between(day * DAY, (day + 1) * DAY).sum()
    assert extra["hash_rate"] == pytest.approx(int(counted) * truth.sellers[0].hashes_per_share / 86_400)


def test_bills_and_payouts_have_their_own_ids_and_add_up() -> None:
    rows = f2pool(world(), "assets/transactions/list", type="all", start_time=0, end_time=2**31)["transactions"]
    payouts = [row for row in rows if row["type"] == "payout"]
    assert len({row["id"] for row in rows}) == len(rows)
    assert [row["created_at"] for row in rows] == sorted((row["created_at"] for row in rows), reverse=True)
    assert payouts
    assert all(row["payout_extra"]["value"] >= 0.005 for row in payouts)
    balance = f2pool(world(), "assets/balance")["balance_info"]
    assert sum(Decimal(str(row["changed_balance"])) for row in rows) == Decimal(str(balance["balance"]))
    one = f2pool(world(), "assets/transactions/list", type="payout", start_time=0, end_time=2**31)["transactions"]
    assert one == payouts
    none = f2pool(world(), "assets/transactions/list", type="dividend", start_time=0, end_time=2**31)["transactions"]
    assert none == []


def test_a_bill_appears_only_after_it_is_settled() -> None:
    midnight = NOW.replace(hour=0, minute=0, second=0)
    early, late = (len(list(books(world(), seller(), midnight + timedelta(minutes=m)))) for m in (19, 20))
    assert late == early + 1
    assert f2pool(world(), "assets/balance", STARTS)["balance_info"]["yesterday_income"] == 0


def test_a_fixed_income_does_not_follow_the_work() -> None:
    fixed = expected_income(seller(), Chain(7), STARTS)
    truth = world(seller(fixed_income=fixed))
    bills = f2pool(truth, "assets/transactions/list", type="revenue", start_time=0, end_time=2**31)["transactions"]
    assert {bill["changed_balance"] for bill in bills} == {float(fixed.coins)}
    assert len({bill["mining_extra"]["hash_rate"] for bill in bills}) > 40
    expected = 500e12 * 86_400 / (Chain(7).difficulty(Chain(7).tip(int(STARTS.timestamp()))) * 2**32) * SUBSIDY
    assert fixed.atoms == pytest.approx(expected * 1.03 * 0.975, abs=1)
    assert isinstance(fixed, Amount)


# ---- Foundry ----


def test_a_moment_that_is_no_number_is_a_wrong_request() -> None:
    truth = world(replace(seller(), pools=frozenset({"foundry"})))
    route = next(r for f in FACES if f.name == "foundry" for r in f.routes if "hashrate_hour" in r.path)

    def answered(start: str, key: str = TOKEN) -> int:
        asked = Asked(parts={"sub": "acme"}, headers={"x-api-key": key}, query={"startDateUnixMs": start})
        return route.answer(truth, asked, NOW).status

    assert answered(str(int(NOW.timestamp() * 1000))) == 200
    assert answered("yesterday") == 400
    assert answered("yesterday", "another") == 403


# ---- Esplora ----


def test_the_chain_is_walked_from_height_to_header() -> None:
    truth = world()
    height = get(truth, "esplora", "/blocks/tip/height").body.decode()
    digest = get(truth, "esplora", "/block-height/{height}", height=height).text
    header = get(truth, "esplora", "/block/{hash}", hash=digest).documents[0]
    assert digest == get(truth, "esplora", "/blocks/tip/hash").text
    assert header["height"] == int(height)
    assert 0 <= NOW.timestamp() - header["timestamp"] < 600
    newest = get(truth, "esplora", "/blocks").documents[0]
    assert [block["height"] for block in newest] == [int(height) - back for back in range(10)]
    assert get(truth, "esplora", "/blocks/{height}", height="9").documents[0][-1]["height"] == 0


def test_blocks_that_are_not_found_yet() -> None:
    truth = world()
    ahead = truth.chain.tip(int(NOW.timestamp())) + 1
    for text in (str(ahead), "x", "-1"):
        assert get(truth, "esplora", "/block-height/{height}", height=text).status == 404
        assert get(truth, "esplora", "/blocks/{height}", height=text).status == 404
    assert get(truth, "esplora", "/block/{hash}", hash=truth.chain.hash(ahead)).status == 404


def test_every_face_has_its_own_words_for_a_missing_page() -> None:
    pages = {face.name: face.missing("GET", "/nosuch") for face in FACES}
    assert {page.status for page in pages.values()} == {404}
    assert pages["public-pool"].documents[0]["message"] == "Cannot GET /nosuch"
