import json
from datetime import UTC, datetime, timedelta

from verifier.errors import Unreachable
from verifier.observation import BalanceSeen, Observation
from verifier.sources import SOURCES
from verifier.sources.ckpool.pages import CkpoolAccount
from verifier.sources.f2pool.speech import F2PoolAccount
from verifier.sources.recording import Case, Exchange, case_files, read_case, redacted, retell, understood
from verifier.talk import Http, Lines, Reply, Secret, Talk
from verifier.units import Amount, Window

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = Window(start=NOON - timedelta(hours=1), end=NOON)
ADDRESS = "bc1qxqmgyzdnhp6z9z3wt94l9q0ma75cw6pawwh2sg"


def exchange(path: str, body: bytes, **headers: str) -> Exchange:
    return Exchange(ask=Http(path=path), reply=Reply(status=200, headers=headers, body=body, received_at=NOON))


def user_page() -> bytes:
    rates = dict.fromkeys(("hashrate1m", "hashrate5m", "hashrate1hr", "hashrate1d"), "9.41P")
    worker = {"workername": f"{ADDRESS}.rig01", "shares": 7, "lastshare": 0, **rates}
    return json.dumps({**rates, "shares": 7, "workers": 1, "worker": [worker]}).encode()


def test_a_case_survives_its_files() -> None:
    case = Case(
        account={"user": "renter1"},
        window=HOUR,
        exchanges=(
            Exchange(
                ask=Http(path="/a", method="POST", headers={"X": Secret("token")}, body={"n": 1}, query={"q": "1"}),
                reply=Reply(status=404, headers={"last-modified": "x"}, body=b"\xff\x00", received_at=NOON),
            ),
        ),
    )
    assert read_case(case_files(case)) == case


def test_a_case_of_calls_in_lines_survives_its_files() -> None:
    reply = Reply(status=200, headers={}, body=b'{"id": 1, "result": 5}', received_at=NOON)
    calls = (Lines(method="server.version", params=["verifier", ["1.4", "1.6"]]), Lines(method="ping", params=[]))
    case = Case(account={}, window=HOUR, exchanges=tuple(Exchange(ask=call, reply=reply) for call in calls))
    assert read_case(case_files(case)) == case


def test_headers_that_no_talk_reads_are_left_out() -> None:
    case = Case(account={}, window=HOUR, exchanges=(exchange("/a", b"", **{"set-cookie": "sid=1", "date": "now"}),))
    assert read_case(case_files(case)).exchanges[0].reply.headers == {"date": "now"}


def test_a_redacted_case_tells_the_same_and_names_nobody() -> None:
    account = CkpoolAccount(kind="ckpool", address=ADDRESS)
    case = Case(account={"address": ADDRESS}, window=HOUR, exchanges=(exchange(f"/users/{ADDRESS}", user_page()),))
    clean = redacted(case, account, secrets=())
    assert ADDRESS.encode() not in b"".join(case_files(clean).values())
    assert clean.account == {"address": "YourAddress", "users_path": "/users/", "status_path": "/pool/pool.status"}
    assert understood(SOURCES["ckpool"], "now", clean) == understood(SOURCES["ckpool"], "now", case)


def test_secrets_payments_hosts_and_people_are_replaced_wherever_they_stand() -> None:
    account = F2PoolAccount(kind="f2pool", user="renter1")
    txid = "efaeb292a1dfb375eb569a6255735f49abbc8ab0050c74e2d27eae53465b107a"
    body = f'{{"Renter1": "{ADDRESS}", "b": "{ADDRESS}_x", "t": "{txid}", "ip": "203.0.113.7", "k": "s3cr3t", "m": "me@home.net", "renter10": 1}}'  # noqa: E501
    case = Case(account={"user": "renter1"}, window=HOUR, exchanges=(exchange("/s3cr3t/renter1", body.encode()),))
    clean = redacted(case, account, secrets=["s3cr3t", ""])
    everything = b"".join(case_files(clean).values()).decode()
    for word in (ADDRESS, txid, "203.0.113.7", "s3cr3t", "me@home.net", '"renter1"', "Renter1"):
        assert word not in everything
    said = json.loads(clean.exchanges[0].reply.body)
    assert said["b"] == said["YourUser"] + "_x", "equal things stay equal"
    assert said["renter10"] == 1, "another word that begins alike stays"
    assert len(said["t"]) == 64
    assert clean.exchanges[0].ask == Http(path="/SECRET/YourUser")


def test_answers_are_told_in_order_and_the_last_one_again() -> None:
    def three_times() -> Talk:
        bodies: list[bytes] = []
        for _ in range(3):
            reply = yield Http(path="/a")
            bodies.append(reply.body)
        return tuple(balance(int(body)) for body in bodies)

    assert retell(three_times(), [exchange("/a", b"1"), exchange("/a", b"2")]) == (balance(1), balance(2), balance(2))


def test_an_ask_that_was_not_recorded_is_unreachable() -> None:
    def asks() -> Talk:
        try:
            yield Http(path="/a")
        except Unreachable:
            return (balance(0),)
        return ()

    assert retell(asks(), []) == (balance(0),)
    assert json.loads(understood(SOURCES["esplora"], "blocks", Case(account={}, window=HOUR, exchanges=()))) == {
        "error": "Unreachable",
        "says": "this answer was not recorded",
    }


def balance(atoms: int) -> Observation:
    return BalanceSeen(at=NOON, amount=Amount(atoms=atoms))
