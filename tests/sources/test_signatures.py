"""Signed requests equal the vectors that operators or clients published, byte for byte."""

from datetime import UTC, datetime

from verifier.phrases import proof
from verifier.sources import antpool, binance_pool, emcd, kucoin_pool, viabtc, whitebit
from verifier.sources.btccom import poolin
from verifier.talk import Http

NOW = datetime(2025, 11, 20, 0, 53, 20, tzinfo=UTC)
NONCE = 1_763_600_000_000


def test_binance_signs_the_query_of_its_own_documentation() -> None:
    secret = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
    query = (
        "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559"
    )
    said = "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"
    assert proof(secret, query).hex() == said


def test_a_request_to_binance_ends_with_its_signature_and_bears_the_time_given() -> None:
    ask = binance_pool.signed(Http(path="/", query={"algo": "sha256"}), {"key": "K", "secret": "S"}, NOW, NONCE)
    assert isinstance(ask, Http)
    assert list(ask.query) == ["algo", "recvWindow", "timestamp", "signature"]
    signed = "algo=sha256&recvWindow=10000&timestamp=1763600000000"
    assert ask.query["timestamp"] == "1763600000000"
    assert ask.query["signature"] == proof("S", signed).hex()


def test_antpool_signs_user_key_and_nonce_in_upper_case() -> None:
    said = "A74D6857180863B19E50D40CB1EC6BD7B2CAE3C1EC2CEE667FF33B1E36E3EF64"
    assert antpool.signature("renter1", "AKEY", "ASECRET", NONCE) == said
    ask = Http(method="POST", path="/hashrate.htm", body={"userId": "renter1", "coin": "BTC"})
    sent = antpool.signed(ask, {"key": "AKEY", "secret": "ASECRET"}, NOW, NONCE)
    assert isinstance(sent, Http)
    assert sent.body == f"userId=renter1&coin=BTC&key=AKEY&nonce={NONCE}&signature={said}".encode()
    assert sent.headers["Content-Type"] == "application/x-www-form-urlencoded"


def test_viabtc_signs_the_query_with_its_tonce() -> None:
    said = "b063c95cd5e4dceb9744b9d45c8b555220241f17544e88c6055d667519b74da7"
    sent = viabtc.signed(Http(path="/hashrate", query={"coin": "BTC"}), {"secret": "VSECRET"}, NOW, NONCE)
    assert isinstance(sent, Http)
    assert sent.query == {"coin": "BTC", "tonce": "1763600000000"}
    assert sent.headers["X-SIGNATURE"] == said


def test_kucoin_sends_its_passphrase_under_the_secret() -> None:
    secrets = {"key": "K", "secret": "api_secret", "passphrase": "api_passphrase"}
    sent = kucoin_pool.signed(Http(path="/user/query", query={"version": "2"}), secrets, NOW, NONCE)
    assert isinstance(sent, Http)
    assert sent.query["timestamp"] == "1763600000000"
    assert sent.query["passphrase"] == "eNS/KpPhYZX0natiMyxtVdXb0JQDS0x+Eo1HCUkMkvM="


def test_whitebit_signs_its_body_in_base64() -> None:
    ask = Http(method="POST", path="/api/v4/mining/hashrate", body={"account": "acc"})
    sent = whitebit.signed(ask, {"key": "K", "secret": "WSECRET"}, NOW, NONCE)
    assert isinstance(sent, Http)
    assert sent.body == b'{"account":"acc","request":"/api/v4/mining/hashrate","nonce":"1763600000000"}'
    assert sent.headers["X-TXC-PAYLOAD"] == (
        "eyJhY2NvdW50IjoiYWNjIiwicmVxdWVzdCI6Ii9hcGkvdjQvbWluaW5nL2hhc2hyYXRlIiwibm9uY2UiOiIxNzYzNjAwMDAwMDAwIn0="
    )
    assert sent.headers["X-TXC-SIGNATURE"] == (
        "133c8dd3349d72e277d9ffb7657ee3c84dc1e562c2faaf50d6844c7ef7a0f138"
        "23b2c36f06696231de21619bb0d6041b1eb38712ec624c269b8a6274ebadf627"
    )


def test_a_key_that_belongs_into_the_path_or_after_a_word_is_added_only_when_signing() -> None:
    sent = emcd.signed(Http(path="/v1/btc/workers"), {"key": "a/b"}, NOW, NONCE)
    assert isinstance(sent, Http)
    assert sent.path == "/v1/btc/workers/a%2Fb"
    sent = poolin.signed(Http(path="/worker"), {"token": "wow1"}, NOW, NONCE)
    assert isinstance(sent, Http)
    assert sent.headers["authorization"] == "Bearer wow1"


def test_without_its_secrets_a_request_is_left_as_it_is() -> None:
    ask = Http(path="/", body={"userId": "renter1"})
    for source in (antpool, binance_pool, emcd, kucoin_pool, poolin, viabtc, whitebit):
        assert source.signed(ask, {}, NOW, NONCE) == ask
