"""Electrum: bytes of the protocol's own examples, and a conversation with a server over a real connection."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.far_end import listening
from verifier.clock import SystemClock
from verifier.errors import Implausible, SourceError
from verifier.observation import PayoutReceived
from verifier.sources import SOURCES
from verifier.sources.electrum import raw
from verifier.sources.electrum.speech import ElectrumAccount
from verifier.sources.recording import read_case
from verifier.talk import Lines
from verifier.wire import Destination, Wire
from verifier.wire.conversation import converse

GOOD = Path(__file__).parent / "recorded" / "electrum" / "receipts" / "good"
#: Of `blockchain.headers.subscribe` and `blockchain.transaction.get` in the protocol's description (docs 6fdb11f9).
TIP = "00000020890208a0ae3a3892aa047c5468725846577cfcd9b512b50000000000000000005dc2b02f2d297a9064ee103036c14d678f9afc7e3d9409cf53fd58b82e938e8ecbeca05a2d2103188ce804c4"  # noqa: E501
PAID = "01000000015bb9142c960a838329694d3fe9ba08c2a6421c5158d8f7044cb7c48006c1b484000000006a4730440220229ea5359a63c2b83a713fcc20d8c41b20d48fe639a639d2a8246a137f29d0fc02201de12de9c056912a4e581a62d12fb5f43ee6c08ed0238c32a1ee769213ca8b8b412103bcf9a004f1f7a9a8d8acce7b51c983233d107329ff7c4fb53e44c855dbe1f6a4feffffff02c6b68200000000001976a9141041fb024bd7a1338ef1959026bbba860064fe5f88ac50a8cf00000000001976a91445dac110239a7a3814535c15858b939211f8529888ac61ee0700"  # noqa: E501


@pytest.mark.parametrize(
    ("address", "script", "scripthash"),
    [
        (
            "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
            "76a91462e907b15cbf27d5425399ebf6f0fb50ebb88f1888ac",
            "8b01df4e368ea28f8dc0423bcf7a4923e3a12d307c875e47a0cfbf90b5c39161",
        ),
        (
            "bc1qxqmgyzdnhp6z9z3wt94l9q0ma75cw6pawwh2sg",
            "001430368209b3b874228a2e596bf281fbefa987683d",
            "5ed4a5ac091564a229deaac8ae9753d3e3396040f50f5443c62b785f63bdb26a",
        ),
        (
            # BIP 350's test vector of witness version 1.
            "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
            "512079be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
            None,
        ),
        # Version 5 is a script's hash: a914 … 87.
        ("3P14159f73E4gFr7JterCCQh9QjiTjiZrG", "a914e9c3dd0c07aac76179ebc76a6c78d4d67c6c160a87", None),
    ],
)
def test_an_address_becomes_its_script_and_the_servers_name_for_it(
    address: str, script: str, scripthash: str | None
) -> None:
    assert raw.script_of(address).hex() == script
    assert scripthash in {None, raw.scripthash(raw.script_of(address))}
    assert raw.address_of(bytes.fromhex(script)) == address


@given(program=st.binary(min_size=2, max_size=40), version=st.integers(0, 16))
def test_every_witness_script_has_the_address_that_stands_for_it(program: bytes, version: int) -> None:
    script = bytes([version and 0x50 + version, len(program)]) + program
    address = raw.address_of(script)
    assert address is not None
    assert raw.script_of(address) == script


@given(script=st.binary(max_size=60))
def test_a_script_without_an_address_has_none(script: bytes) -> None:
    address = raw.address_of(script)
    assert address is None or raw.script_of(address) == script
    assert raw.address_of(b"\x6a" + script) is None, "what is noted in a block pays nobody"


def test_a_header_tells_its_hash_its_time_and_its_difficulty() -> None:
    """Of a block of Bitcoin Cash; its bits 1803212d stand for 0xFFFF · 2^208 / (0x03212D · 2^168)."""
    header = raw.header(bytes.fromhex(TIP))
    assert header.at == datetime(2018, 3, 8, 7, 56, 59, tzinfo=UTC)
    assert header.difficulty == 65_535 * 2**40 / 205_101
    assert header.hash.startswith("0" * 18)


@given(bit=st.integers(0, 80 * 8 - 1))
def test_a_header_of_which_any_bit_is_changed_does_not_hold_its_work(bit: int) -> None:
    changed = bytearray.fromhex(TIP)
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SourceError):
        raw.header(bytes(changed))


def test_work_that_was_not_done_is_not_believed() -> None:
    with pytest.raises(Implausible, match="without the work"):
        raw.header(bytes.fromhex(TIP[:-8] + "00000000"))


def test_a_transaction_hashes_to_its_name() -> None:
    made = raw.transaction(bytes.fromhex(PAID))
    assert made.txid == "36a3692a41a8ac60b73f7f41ee23f5c917413e5b2fad9e44b34865bd0d601a3d"
    assert made.spent == (("84b4c10680c4b74c04f7d858511c42a6c208bae93f4d692983830a962c14b95b", 0),)
    assert [atoms for atoms, _ in made.paid] == [0x82B6C6, 0xCFA850]
    assert not made.coinbase


@given(bytes_=st.binary(max_size=300), start=st.integers(0, 200))
def test_any_bytes_are_a_transaction_or_cannot_be_read(bytes_: bytes, start: int) -> None:
    for given_ in (bytes_, bytes.fromhex(PAID)[:start] + bytes_):
        try:
            raw.transaction(given_)
        except SourceError:
            continue


async def test_receipts_are_read_over_a_connection_that_is_kept() -> None:
    """The recorded answers, told by a server that accepts one greeting per connection as ElectrumX does."""
    case = read_case({file.name: file.read_bytes() for file in GOOD.iterdir()})
    known = {
        json.dumps([exchange.ask.method, list(exchange.ask.params)]): json.loads(exchange.reply.body)
        for exchange in case.exchanges
        if isinstance(exchange.ask, Lines)
    }
    greetings: list[object] = []

    async def server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        greeted = False
        while line := await reader.readline():
            asked = json.loads(line)
            answer = known[json.dumps([asked["method"], asked["params"]])]
            if asked["method"] == "server.version":
                greetings.append(asked["params"])
                answer = {"error": {"code": 1, "message": "server.version already sent"}} if greeted else answer
                greeted = True
            writer.write(b'{"jsonrpc": "2.0", "method": "blockchain.headers.subscribe", "params": [{}]}\n')
            writer.write(json.dumps({**answer, "id": asked["id"]}).encode() + b"\n")
            await writer.drain()

    async with listening(server) as port, Wire(SystemClock()) as wire:
        url = f"tcp://127.0.0.1:{port}"
        account = ElectrumAccount(kind="electrum", url=url, allow_private=True, address=case.account["address"])
        there = Destination(name="electrum", url=url, allow_private=True)
        talk = SOURCES["electrum"].question("receipts").talk
        for _ in range(2):
            seen, exchanges = await converse(wire, there, talk(account, case.window))
            received = [one.amount.atoms for one in seen if isinstance(one, PayoutReceived)]
            assert received == [501_122, 25_000, 1_733_412, 512_345]
            assert len(exchanges) == len(case.exchanges)
    assert len(greetings) == 2


@pytest.mark.parametrize("url", ["tcp://electrum.example.org:50001", "https://electrum.example.org:50002", "tls://h"])
def test_a_server_is_reached_encrypted_and_by_its_port(url: str) -> None:
    with pytest.raises(ValueError, match="url"):
        ElectrumAccount(kind="electrum", url=url)


def test_an_address_of_a_test_network_is_not_asked_of_the_main_chain() -> None:
    with pytest.raises(ValueError, match="test network"):
        ElectrumAccount(kind="electrum", url="tls://electrum.example.org:50002", address="tb1qsomebody0001")
