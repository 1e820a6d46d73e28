"""Billing periods and uptime on the page of a contract: every result in words, what later answers changed beside it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.outlets import changes, period_pictures, pictures
from tests.outlets.test_pages import DESIGN_WORDS, said
from verifier.outlets import api, messages, pages, period_rows
from verifier.outlets.messages.letter import Occasion
from verifier.outlets.picture import ContractView
from verifier.verdicts.verdict import Outcome


@pytest.fixture
def view() -> ContractView:
    return period_pictures.lived()


def test_the_term_and_the_running_period_come_first_then_the_newest(view: ContractView) -> None:
    rows = period_rows.periods(view)
    assert [(row.name, row.result, row.delivered) for row in rows] == [
        ("The whole term so far", "enough so far", "97.0 %"),
        ("The UTC day of 20 Nov so far", "too little so far", "89 %"),
        ("The UTC day of 18 Nov", "period not delivered", "91.0 %"),
        ("The UTC day of 17 Nov", "period delivered", "97.0 %"),
        ("The UTC day of 16 Nov", "too close to call", "94.8 %"),
        ("The UTC day of 15 Nov", "cannot tell", None),
    ]


def test_what_has_to_be_known_stands_beside_the_result(view: ContractView) -> None:
    _, _, lost, below, close, unknown = period_rows.periods(view)
    assert (lost.likely, lost.seen, lost.missing) == ("90.4\N{EN DASH}91.6 %", "98 %", "44.1 TH/s-days")
    assert lost.notes == (
        "not all seen: the pool cannot be reached",
        "88.6\N{EN DASH}91.8 % whether nothing or everything came in that time",
    )
    assert below.notes[0] == "less than promised, within what the contract allows"
    assert below.missing == "14.7 TH/s-days"
    assert close.notes[-1] == "could have shown 1 % or more"
    assert unknown.notes == (
        "not all seen: the pool cannot be reached",
        "answers that came later say: period not delivered; the result stays",
    )


def test_a_term_that_is_over_is_said_as_it_ended(view: ContractView) -> None:
    assert view.term is not None
    ended = replace(view, running=None, periods=(), term=replace(view.term, over=True, outcome=Outcome.SHORT))
    (row,) = period_rows.periods(ended)
    assert (row.name, row.result) == ("The whole term", "period not delivered")
    assert period_rows.periods(pictures.met()) == []


def test_every_meaning_of_up_is_shown_and_the_one_that_judges(view: ContractView) -> None:
    lines = period_rows.uptime(view)
    assert [(line.what, line.up, line.judges) for line in lines] == [
        ("a worker was connected", "not known", False),
        ("work arrived", "97.9 %, of the 98 % of the time that is known", True),
        ("a share had come lately", "98.1 %, of the 98 % of the time that is known", False),
        ("promised work that arrived", "97.4 %, of the 98 % of the time that is known", False),
    ]
    assert period_rows.uptime(pictures.met()) == []
    early = replace(view.verdicts["uptime"], values={})
    assert period_rows.uptime(replace(view, verdicts={"uptime": early})) == []


def test_the_page_says_it_all_in_the_words_of_people(view: ContractView) -> None:
    page = pages.contract(period_pictures.picture(), view, pictures.hours("north"), pictures.transitions("north"))
    text = said(page)
    assert DESIGN_WORDS.findall(text) == []
    for words in (
        "Billing periods", "The UTC day of 18 Nov", "44.1 TH/s-days", "Uptime", "announced maintenance",
        "Less uptime than promised", "Period not delivered",
    ):  # fmt: skip
        assert words in text


def test_the_interface_gives_every_period_with_its_figures(view: ContractView) -> None:
    document = api.one_contract(period_pictures.picture(), view, ())
    assert [one["outcome"] for one in document["periods"]] == ["unknown", "undecided", "met", "short"]
    assert document["periods"][0]["revised"] == "short"
    assert document["running"]["over"] is False
    assert document["term_so_far"]["interval"] == [0.964, 0.976]
    assert api.one_contract(pictures.every_result(), pictures.met(), ())["running"] is None


def test_a_letter_of_what_is_not_known_any_more_says_the_checks_own_sentence() -> None:
    for transition in (changes.period_lost(), changes.uptime_lost()):
        stranger = replace(transition, subject="gone")
        occasion = Occasion(transition=stranger, picture=changes.PICTURE, now=pictures.NOW)
        assert stranger.verdict.because in messages.letter(occasion).lines[1].text
    bare = replace(changes.period_lost().verdict, delivered=None, interval=None)
    occasion = Occasion(
        transition=replace(changes.period_lost(), verdict=bare), picture=changes.PICTURE, now=pictures.NOW
    )
    assert "Problem found" in messages.letter(occasion).lines[0].text


def test_a_letter_says_how_much_was_seen_and_what_is_sure() -> None:
    lost = changes.period_lost()
    plain = replace(
        lost.verdict, unseen_because=None, coverage=1.0, false_alarm_years=None, interval=(0.9, float("inf"))
    )
    occasion = Occasion(transition=replace(lost, verdict=plain), picture=changes.PICTURE, now=pictures.NOW)
    lines = {line.label: line.text for line in messages.letter(occasion).lines}
    assert lines["Seen"] == "100 % of the time."
    assert lines["How sure"] == "The figures above say it without their error."
    assert pictures.NOW - lost.at == timedelta(hours=1)
