"""What people and machines are told, held by golden files: renew them with ``--snapshot-update``, then read them."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from tests.outlets import changes
from tests.outlets.changes import KINDS, PICTURE
from tests.outlets.pictures import DAY, NOW, running_out
from verifier.contract import Tolerance
from verifier.incidents.standing import Transition
from verifier.observation import SilenceReason
from verifier.outlets import messages
from verifier.outlets.messages.payload import PAYLOAD
from verifier.units import Window
from verifier.verdicts import allowance
from verifier.verdicts.allowance import Use
from verifier.verdicts.verdict import Outcome

DESIGN_WORDS: Final = re.compile(
    r"\b(witness|verdict|standing|transition|silence|silent|coverage|owed|incident|dispersion|e-value|outbox|tolerance|"
    r"red flag|evidence|dead letter|flapping|backfill)",
    re.IGNORECASE,
)
ACCUSATIONS: Final = re.compile(
    r"\b(fraud|scam|cheat|steal|stole|theft|thief|fake|dishonest|liar|lied|skim|swindle|guilty|suspicious)",
    re.IGNORECASE,
)
DOCS: Final = Path(__file__).parents[2] / "docs"


class _Text(SingleFileSnapshotExtension):
    _write_mode = WriteMode.TEXT
    file_extension = "txt"


class _Html(_Text):
    file_extension = "html"


class _Json(_Text):
    file_extension = "json"


def written(kind: str) -> dict[str, Any]:
    return messages.write(KINDS[kind], PICTURE, NOW)


@pytest.fixture(params=KINDS)
def content(request: pytest.FixtureRequest) -> dict[str, Any]:
    return written(request.param)


def test_the_text_is_what_it_was(content: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert f"Subject: {content['subject']}\n\n{content['text']}" == snapshot(extension_class=_Text)


def test_the_html_is_what_it_was(content: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert content["html"] == snapshot(extension_class=_Html)


def test_the_body_is_what_it_was(content: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert f"{json.dumps(content['payload'], indent=2, ensure_ascii=False)}\n" == snapshot(extension_class=_Json)


def test_the_test_message_is_what_it_was(snapshot: SnapshotAssertion) -> None:
    content = messages.write_test("me", NOW, zone="Europe/Berlin", external_url=None)
    assert content["text"] == snapshot(extension_class=_Text)
    assert content["payload"]["type"] == "test"
    assert content["problems"] == []


def test_people_read_neither_design_words_nor_accusations(content: dict[str, Any]) -> None:
    data = content["payload"]["data"]
    for text in (content["subject"], content["text"], content["html"], data["subject"], data["text"]):
        assert DESIGN_WORDS.findall(text) == []
        assert ACCUSATIONS.findall(text) == []


def test_a_mail_needs_nothing_from_elsewhere(content: dict[str, Any]) -> None:
    html = content["html"]
    assert not re.search(
        r"<(img|script|link|iframe|object|form)\b|url\(|@import|src=", html.replace("<link rel", "<link")
    )
    addresses = re.findall(r'https?://[^"< ]+', html)
    assert [one for one in addresses if not one.startswith("http://pi.local:9580/")] == []


def test_a_subject_is_one_line_whatever_a_name_holds(content: dict[str, Any]) -> None:
    assert content["subject"].isprintable()
    assert "<script>" not in content["html"]


def test_a_shortfall_says_what_since_when_how_much_how_sure_and_where_from() -> None:
    content = written("hashrate_too_little")
    assert content["subject"] == "north: 11 % too little hashrate since Thu 15:20, about 2.05 EUR a day"
    for said in (
        "Thu 19 Nov 2026, 15:20 Berlin (14:20 UTC)",
        "Promised 500 TH/s, delivered 445 TH/s: 89.0 ± 2.8 %",
        "in the 17 days seen before: 498.8 TH/s",
        "41.2 TH/s-days, about 1.54 EUR",
        "55 TH/s-days, about 2.05 EUR",
        "less than once in 10 years of this contract",
        "F2Pool (renter1), independent of the seller, exact count; seen 98 % of the time",
        "Not visible from here: the reason.",
        "It allows 5 % a day to be missing (order 81723, page 3, 4.2): the UTC day of 20 Nov stands at 96.2 %",
        "if the rest of it arrives in full: allowed so far. It is missed at Fri 11:54 if this goes on.",
        "To do now: Nothing is lost by waiting until Fri 11:54: what your contract allows for the UTC day",
        "is not used up. Look at your own side first",
        "\n\nSeen beside it: Worker north.07 has not been listed",
        "http://pi.local:9580/c/north",
    ):
        assert said in content["text"], said


def test_the_first_moment_seen_is_said_to_be_that() -> None:
    transition = changes.too_little()
    earlier = replace(transition, verdict=replace(transition.verdict, since_or_earlier=True))
    content = messages.write([earlier], PICTURE, NOW)
    assert content["subject"] == "north: 11 % too little hashrate since Thu 15:20 or earlier, about 2.05 EUR a day"
    assert "less than promised since Thu 19 Nov 2026, 15:20 Berlin (14:20 UTC) or earlier." in content["text"]
    assert content["payload"]["data"]["changes"][0]["since_or_earlier"] is True


@pytest.mark.parametrize("use", [Use.USED_UP, Use.MISSED])
def test_an_allowance_used_up_asks_to_act_today(use: Use) -> None:
    transition = changes.too_little()
    spent = replace(running_out(), use=use, missed_at=None)
    verdict = replace(transition.verdict, values=allowance.figures(spent))
    text = messages.write([replace(transition, verdict=verdict)], PICTURE, NOW)["text"]
    assert "Act today: what your contract allows for the UTC day of 20 Nov is used up." in text


@pytest.mark.parametrize(
    ("use", "ended", "to_do"),
    [
        (Use.ALLOWED, "allowed", "Nothing is lost by waiting until Fri 11:54"),
        (Use.MISSED, "missed", "Act today: what your contract allows for the UTC day of 19 Nov is used up."),
    ],
)
def test_the_day_before_is_told_where_the_shortfall_reaches_into_it(use: Use, ended: str, to_do: str) -> None:
    transition, now = changes.too_little(), running_out()
    yesterday = Window(start=now.window.start - DAY, end=now.window.start)
    last = replace(now, window=yesterday, use=use, missed_at=None)
    values = {**allowance.figures(now), **allowance.figures(last, allowance.ENDED)}
    text = messages.write([replace(transition, verdict=replace(transition.verdict, values=values))], PICTURE, NOW)[
        "text"
    ]
    assert f"4.2): the UTC day of 19 Nov ended at 96.2 %: {ended}; the UTC day of 20 Nov stands at" in text
    assert f"To do now: {to_do}" in text


def test_a_contract_that_names_no_span_says_that_the_rate_now_counts() -> None:
    view, transition = PICTURE.contracts["north"], changes.too_little()
    promises = tuple(replace(one, tolerance=Tolerance(fraction=0.05)) for one in view.contract.promises)
    bare = replace(view, contract=replace(view.contract, promises=promises))
    verdict = replace(transition.verdict, values={})
    text = messages.write([replace(transition, verdict=verdict)], replace(PICTURE, contracts={"north": bare}), NOW)
    assert "It names no day or month, so the rate now is what counts." in text["text"]
    assert "Nothing is lost" not in text["text"]


def test_back_to_normal_says_what_was_missing_while_it_lasted() -> None:
    text = written("hashrate_back_to_normal")["text"]
    assert "While it lasted: 18 h, 41.2 TH/s-days, about 1.54 EUR were missing" in text


def test_money_is_left_out_where_the_contract_names_no_price() -> None:
    view = PICTURE.contracts["north"]
    free = replace(PICTURE, contracts={"north": replace(view, contract=replace(view.contract, price=None))})
    content = messages.write([changes.too_little()], free, NOW)
    assert content["subject"] == "north: 11 % too little hashrate since Thu 15:20"
    assert "EUR" not in content["text"]
    assert content["payload"]["data"]["changes"][0]["missing_at_price_paid"] is None


def test_a_link_is_written_only_where_the_address_of_the_pages_is_known() -> None:
    content = messages.write([changes.too_little()], replace(PICTURE, external_url=None), NOW)
    assert "http" not in content["text"]
    assert "href" not in content["html"]
    assert content["payload"]["data"]["changes"][0]["url"] is None


def test_a_contract_that_left_the_file_is_told_in_the_words_of_its_check() -> None:
    content = messages.write([changes.too_little()], replace(PICTURE, contracts={}), NOW)
    assert content["subject"] == "north: hashrate: problem found"
    assert "by chance less than once in ten years" in content["text"]


def test_a_shortfall_without_figures_is_told_in_the_words_of_its_check() -> None:
    transition = changes.too_little()
    bare = replace(transition, verdict=replace(transition.verdict, delivered=None, interval=None))
    assert messages.write([bare], PICTURE, NOW)["subject"] == "north: hashrate: problem found"


def test_the_worst_comes_first_and_the_end_of_a_problem_last() -> None:
    content = written("several_at_once")
    assert content["subject"].endswith("a day (and 2 more)")
    told = [one["check"] for one in content["payload"]["data"]["changes"]]
    assert told == ["hashrate", "worker_gone", "source_silent"]
    assert len(content["problems"]) == 3


def test_beyond_ten_changes_the_headline_has_to_do() -> None:
    many = [replace(changes.workers_gone(), id=f"{n:02}") for n in range(13)]
    content = messages.write(many, PICTURE, NOW)
    assert content["text"].count("What:") == 10
    assert content["text"].count("\n- north: a worker is gone") == 3
    assert len(content["payload"]["data"]["changes"]) == 13


@pytest.mark.parametrize("reason", list(SilenceReason))
def test_trouble_of_a_source_is_no_sign_of_missing_hashrate(reason: SilenceReason) -> None:
    text = messages.write([changes.source_trouble(reason)], PICTURE, NOW)["text"]
    assert "This is no sign of missing hashrate." in text
    assert "west and north cannot be judged from it" in text
    assert "Read from another source meanwhile: north." in text
    assert "To do now:" in text
    assert DESIGN_WORDS.findall(text) == []


def test_what_is_not_known_is_left_out() -> None:
    view, transition = PICTURE.contracts["north"], changes.too_little()
    promises = tuple(replace(one, tolerance=None) for one in view.contract.promises)
    silent = replace(view.sources[1], per_second=None)
    bare = replace(
        view, contract=replace(view.contract, promises=promises), days=view.days[-1:], sources=(view.sources[0], silent)
    )
    verdict = replace(transition.verdict, interval=(0.1, float("inf")), false_alarm_years=None, coverage=None)
    content = messages.write([replace(transition, verdict=verdict)], replace(PICTURE, contracts={"north": bare}), NOW)
    for unknown in ("seen before:", "By chance", "inf", "; seen", "CKPool"):
        assert unknown not in content["text"], unknown
    assert "It states no part that may be missing" in content["text"]
    assert content["payload"]["data"]["changes"][0]["interval"] is None


def test_without_a_source_and_with_all_workers_there_is_still_a_message() -> None:
    view = PICTURE.contracts["north"]
    workers = replace(view.verdicts["worker_gone"], outcome=Outcome.MET)
    known = replace(view, sources=(), verdicts={"worker_gone": workers}, days=view.days[-3:])
    picture = replace(PICTURE, contracts={"north": known})
    content = messages.write([changes.too_little()], picture, NOW)
    assert "every worker seen before is still listed" in content["text"]
    assert "in the day seen before" in content["text"]
    assert content["payload"]["data"]["changes"][0]["read_from"] is None
    assert "Hashrate now" not in messages.write([changes.workers_gone()], picture, NOW)["text"]


def test_a_source_that_no_contract_rests_on_says_so() -> None:
    alone = replace(changes.source_trouble(), concerns=())
    assert "No contract rests on this source." in messages.write([alone], PICTURE, NOW)["text"]


@pytest.mark.parametrize("kind", ["json", "html", "csv"])
def test_where_the_file_says_how_to_read_it_is_the_file_that_is_to_be_corrected(kind: str) -> None:
    view = replace(PICTURE.accounts["west_pool"], kind=kind, title="Any dashboard")
    picture = replace(PICTURE, accounts={**PICTURE.accounts, "west_pool": view})
    text = messages.write([changes.source_trouble()], picture, NOW)["text"]
    assert "dashboard at pool.example.org, account west_pool: " in text
    assert "Correct `asks:` of the account and reload; what was kept is read again." in text
    assert "newer version" not in text


def test_an_end_without_figures_says_why() -> None:
    over = changes.hashrate_over()
    bare = replace(over, verdict=replace(over.verdict, owed=None, delivered=None))
    assert "Why: Delivered 100.1 % of 500 TH/s." in messages.write([bare], PICTURE, NOW)["text"]


def test_nothing_to_tell_is_no_message() -> None:
    with pytest.raises(ValueError, match="at least one change"):
        messages.write([], PICTURE, NOW)


@given(name=st.text(min_size=1, max_size=60), detail=st.text(max_size=400))
def test_no_name_or_answer_breaks_a_message(name: str, detail: str) -> None:
    trouble = changes.source_trouble(subject=name)
    verdict = replace(trouble.verdict, values={"detail": detail})
    content = messages.write([replace(trouble, verdict=verdict)], PICTURE, NOW)
    assert content["subject"].isprintable()
    assert len(content["subject"]) < 500
    json.dumps(content["payload"], allow_nan=False)


def _kinds_of(told: tuple[Transition, ...]) -> list[str]:
    return [transition.check for transition in told]


def test_every_check_that_tells_has_words_of_its_own() -> None:
    told = {check for kind in KINDS.values() for check in _kinds_of(kind)}
    assert set(messages.LETTERS) <= told


def test_the_schema_in_the_documentation_is_the_schema() -> None:
    page = (DOCS / "webhook.md").read_text(encoding="utf-8")
    documented = re.search(r"```json schema\n(.*?)\n```", page, re.DOTALL)
    assert documented is not None
    assert json.loads(documented[1]) == PAYLOAD.json_schema(mode="serialization")


def test_every_body_fits_the_schema(content: dict[str, Any]) -> None:
    body = json.dumps(content["payload"], allow_nan=False)
    assert PAYLOAD.dump_python(PAYLOAD.validate_json(body), mode="json") == content["payload"]


def test_the_example_in_the_documentation_is_a_real_body() -> None:
    page = (DOCS / "webhook.md").read_text(encoding="utf-8")
    documented = re.search(r"```json example\n(.*?)\n```", page, re.DOTALL)
    assert documented is not None
    assert json.loads(documented[1]) == written("source_misread")["payload"]
