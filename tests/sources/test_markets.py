"""Signatures of hashpower markets byte for byte, and the factors between their figures."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from verifier.observation import OfferSeen, SharesSeen, SpendSeen
from verifier.sources import SOURCES, mining_rig_rentals, nicehash
from verifier.sources.lumerin import lasted
from verifier.sources.nicehash import speech
from verifier.sources.recording import read_case, retell
from verifier.talk import Http

RECORDED = Path(__file__).parent / "recorded"
NOW = datetime(2025, 11, 20, 0, 53, 20, tzinfo=UTC)
#: The example of NiceHash's documentation, and one of a client's own test.
NICEHASH = [
    (
        "4ebd366d-76f4-4400-a3b6-e51515d054d6",
        "fd8a1652-728b-42fe-82b8-f623e56da8850750f5bf-ce66-4ca7-8b84-93651abc723b",
        1543597115712,
        "9675d0f8-1325-484b-9594-c9d6d3268890",
        "da41b3bc-3d0b-4226-b7ea-aee73f94a518",
        "GET\0/main/api/v2/hashpower/orderBook\0algorithm=X16R&page=0&size=100",
        b"",
        "21e6a16f6eb34ac476d59f969f548b47fffe3fea318d9c99e77fc710d2fed798",
    ),
    (
        "apikey123",
        "apisecret456",
        1700000000000,
        "nonce-abc",
        "org789",
        "GET\0/main/api/v2/hashpower/myOrders\0algorithm=SHA256&market=EU",
        b"",
        "e4b137424c7153768ecf12957f4dc5660e194478ec72c6487bc2d2c543eb796d",
    ),
    (
        "k",
        "s",
        1763600000000,
        "n",
        "o",
        "POST\0/main/api/v2/pool\0",
        b'{"a":1}',
        "ef9be29927673e2228c60bb5896526544882162aa95dca1c6992cb76312ed4e7",
    ),
]


@pytest.mark.parametrize("vector", NICEHASH)
def test_a_nicehash_signature_is_the_published_one(vector: tuple[str, str, int, str, str, str, bytes, str]) -> None:
    *inputs, hexadecimal = vector
    assert speech.signature(*inputs) == hexadecimal  # type: ignore[arg-type]


def test_a_nicehash_ask_is_signed_with_the_host_s_time_and_the_query_as_it_is_sent() -> None:
    headers = {"X-Organization-Id": "org789"}
    ask = Http(path="/main/api/v2/hashpower/myOrders", query={"algorithm": "SHA256", "market": "EU"}, headers=headers)
    told = datetime.fromtimestamp(1_700_000_000, UTC)
    signed = speech.signed(ask, {"key": "apikey123", "secret": "apisecret456"}, told, 7)
    assert isinstance(signed, Http)
    proof = speech.signature(
        "apikey123", "apisecret456", 1_700_000_000_000, "7", "org789", f"GET\0{ask.path}\0algorithm=SHA256&market=EU"
    )
    assert signed.headers == {
        **headers,
        "X-Time": "1700000000000",
        "X-Nonce": "7",
        "X-Request-Id": "7",
        "X-Auth": f"apikey123:{proof}",
    }


def test_the_page_that_corrects_the_clock_is_asked_first_and_unsigned() -> None:
    for question in nicehash.SOURCE.questions:
        case = json.loads((RECORDED / "nicehash" / question.name / "good" / "case.json").read_text(encoding="utf-8"))
        assert case["exchanges"][0]["ask"] == {"path": "/api/v2/time"}, question.name
    ask = Http(path="/api/v2/time")
    assert speech.signed(ask, {"key": "k", "secret": "s"}, NOW, 1) == ask


def test_a_mining_rig_rentals_signature_covers_key_nonce_and_endpoint_without_its_slash() -> None:
    assert mining_rig_rentals.signature("APIKEY", "APISECRET", "12345", "/rig/14") == (
        "229267a7136e017b74c1e136986f84abba40b7f3"
    )
    ask = Http(path="/rig/14/", query={"hours": "1"})
    signed = mining_rig_rentals.signed(ask, {"key": "APIKEY", "secret": "APISECRET"}, NOW, 12345)
    assert isinstance(signed, Http)
    assert signed.headers["x-api-sign"] == "229267a7136e017b74c1e136986f84abba40b7f3"
    assert signed.headers["x-api-nonce"] == "12345"


@pytest.mark.parametrize(
    ("kind", "question"),
    [("nicehash", "order"), ("braiins_hashpower", "bid"), ("mining_rig_rentals", "rental")],
)
def test_every_market_tells_a_price_for_one_exahash_over_a_day(kind: str, question: str) -> None:
    offer = next(one for one in told(kind, question) if isinstance(one, OfferSeen))
    assert offer.price is not None
    assert str(offer.price) == "0.46500000 BTC"
    assert offer.limit == 10e15


def test_what_braiins_bills_is_accepted_and_rejected_work_at_the_price() -> None:
    """188,420.527 million shares of difficulty 1 at 46,500,000 satoshi for 1 EH/s over a day are 435,539 satoshi."""
    spent = next(one for one in told("braiins_hashpower", "bid") if isinstance(one, SpendSeen))
    assert round(188_420.527e6 * 2**32 / (1e18 * 86_400) * 46_500_000) == spent.amount.atoms
    hour = next(one for one in told("braiins_hashpower", "delivery") if isinstance(one, SharesSeen))
    assert hour.rejected is not None
    assert hour.accepted + hour.rejected == pytest.approx(7674.583e6 * 2**32, rel=1e-6)


def told(kind: str, question: str) -> tuple[object, ...]:
    folder = RECORDED / kind / question / "good"
    case = read_case({file.name: file.read_bytes() for file in folder.iterdir()})
    source = SOURCES[kind]
    account = source.Account.model_validate({"kind": kind, **case.account})
    return tuple(retell(source.question(question).talk(account, case.window), case.exchanges))


@pytest.mark.parametrize(
    ("words", "span"),
    [
        ("48h0m0s", timedelta(hours=48)),
        ("7m12.5s", timedelta(minutes=7, seconds=12)),
        ("3s", timedelta(seconds=3)),
        ("-1h0m0s", timedelta(0)),
    ],
)
def test_a_duration_is_read_as_go_prints_it(words: str, span: timedelta) -> None:
    assert lasted(words) == span
