"""What most talks say alike: envelopes, pages, and what is said when nothing is known."""

import json
from collections.abc import Generator, Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pydantic import BaseModel

from verifier.errors import Misread, Refused, SourceError, Unreachable
from verifier.observation import (
    SilenceReason,
)
from verifier.phrases import (
    Envelope,
    after_the_user,
    every_row,
    known,
    milliseconds,
    paged,
    proof,
    signing,
    stale,
    unknown,
)
from verifier.talk import Account, Ask, File, Http, Quiet, Reply
from verifier.units import HOUR, MINUTE

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)

ENVELOPE = Envelope(code="code", good="0", words="message", refused=frozenset({"401"}), later=frozenset({"429"}))


def reply(document: object = None) -> Reply:
    return Reply(status=200, headers={}, body=json.dumps(document).encode(), received_at=AT)


@pytest.mark.parametrize("code", [0, "0"])
def test_an_envelope_that_says_good_holds_the_answer(code: object) -> None:
    assert ENVELOPE.open(reply({"code": code, "data": [1]})) == [1]
    assert replace(ENVELOPE, data=None).open(reply({"code": code, "x": 1})) == {"code": code, "x": 1}


@pytest.mark.parametrize(
    ("document", "error", "words"),
    [
        ({"code": 401, "message": "no\x00key"}, Refused, "401: no\ufffdkey"),
        ({"code": "429", "message": "slower"}, Unreachable, "429: slower"),
        ({"code": 7}, Misread, "7: no words"),
        ({"code": False, "data": []}, Misread, "False: no words"),
        ({"code": None, "data": []}, Misread, "None: no words"),
        ({"data": []}, Misread, "code: Field required"),
        ([], Misread, "code: Field required"),
    ],
)
def test_an_envelope_that_says_otherwise_is_no_answer(document: object, error: type[SourceError], words: str) -> None:
    with pytest.raises(error) as caught:
        ENVELOPE.open(reply(document))
    assert type(caught.value) is error
    assert str(caught.value) == words


def test_an_envelope_may_tell_its_reason_in_a_field_of_its_own() -> None:
    envelope = replace(ENVELOPE, code="success", good="True", reason="code")
    assert envelope.open(reply({"success": True, "code": 401, "data": 1})) == 1
    with pytest.raises(Refused, match="401: no words"):
        envelope.open(reply({"success": False, "code": 401}))


def turned(pages: int, most: int) -> tuple[list[str], list[bytes]]:
    """The paths asked and the pages read of an answer that says on its page ``pages`` that it is the last."""
    asked: list[str] = []

    def whole() -> Generator[Ask, Reply, tuple[Reply, list[bytes]]]:
        return (
            yield from paged(lambda n: Http(path=f"/{n}"), lambda one: one.body, lambda read: len(read) == pages, most)
        )

    talk = whole()
    try:
        ask = next(talk)
        while True:
            assert isinstance(ask, Http)
            asked.append(ask.path)
            ask = talk.send(reply(len(asked)))
    except StopIteration as end:
        return asked, end.value[1]


def test_pages_are_turned_until_the_last_one() -> None:
    assert turned(3, 10) == (["/0", "/1", "/2"], [b"1", b"2", b"3"])


def test_pages_that_never_end_are_a_misread() -> None:
    with pytest.raises(Misread, match="more than 4 pages"):
        turned(9, 4)


class Page(BaseModel):
    total: int


def test_a_list_in_pages_is_one_list() -> None:
    def turn(told: int) -> Ask:
        return Http(path=f"/{told}")

    talk = every_row(int, Page, turn, ENVELOPE.open, lambda page, told: sum(map(len, told)) >= page.total, "rows")
    pages = [{"code": 0, "data": {"total": 3, "rows": rows}} for rows in ([1, 2], [3])]
    assert next(talk) == Http(path="/0")
    assert talk.send(reply(pages[0])) == Http(path="/1")
    with pytest.raises(StopIteration) as end:
        talk.send(reply(pages[1]))
    assert end.value.value == (reply(pages[1]), [1, 2, 3])


def test_a_worker_is_named_by_what_follows_the_user() -> None:
    account = Account(kind="k", url="https://pool.example")
    names = [after_the_user(name, account) for name in ("renter1.rig01", "renter1.rig.01", "rig01", "renter1.")]
    assert names == ["rig01", "rig.01", "rig01", ""]


def test_figures_that_stand_still_are_told_as_such() -> None:
    assert stale(reply(), AT - HOUR, HOUR) == ()
    (silence,) = list(stale(reply(), AT - HOUR - MINUTE, HOUR))
    assert (silence.reason, silence.detail) == (SilenceReason.STALE, "the figures are of 2026-03-01 10:59 UTC")


@signing("key", "secret")
def signed(ask: Http, secrets: Mapping[str, str], now: datetime, nonce: int) -> Http:
    said = f"{secrets['key']}{milliseconds(now)}{nonce}"
    return replace(ask, headers={"proof": proof(secrets["secret"], said).hex()})


def test_a_request_is_signed_when_every_secret_is_there_and_nothing_else_ever_is() -> None:
    # RFC 4231, test case 2, of a key and a message in ASCII.
    assert proof("Jefe", "what do ya want for nothing?").hex().startswith("5bdcc146bf60754e6a042426089575c7")
    ask, file = Http(path="/"), File(path="notes.json")
    sent = signed(ask, {"key": "k", "secret": "s"}, AT, 7)
    assert isinstance(sent, Http)
    assert sent.headers == {"proof": proof("s", "k17723664000007").hex()}
    assert signed(ask, {"key": "k"}, AT, 7) is ask
    assert signed(file, {"key": "k", "secret": "s"}, AT, 7) is file


def test_a_page_that_is_not_found_ends_a_talk_where_that_means_never_seen() -> None:
    assert known(reply()) == reply()
    with pytest.raises(Quiet, match="no such bid") as end:
        known(replace(reply(), status=404), "no such bid")
    assert (end.value.silence.reason, end.value.silence.at) == (SilenceReason.NEVER_SEEN, AT)


def test_what_was_never_seen_is_a_silence_and_no_zero() -> None:
    (said,) = unknown(reply())
    assert (said.reason, said.at) == (SilenceReason.NEVER_SEEN, AT)
    assert unknown(reply(), "no such pool")[0].detail == "no such pool"
