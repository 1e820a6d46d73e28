"""How pages show the checks that ask how good the evidence is: in words, where there is something to say."""

from dataclasses import replace

import pytest

from tests.outlets import changes, pictures
from tests.outlets.test_pages import DESIGN_WORDS, said
from verifier.incidents.standing import Change
from verifier.outlets import messages, pages, readable, words
from verifier.outlets.picture import ContractView
from verifier.units import Window
from verifier.verdicts.verdict import Outcome, Verdict

CHECKS = (*sorted(words.ONLY_WHERE_JUDGED), "gone_quiet")


def view(outcome: Outcome) -> ContractView:
    plain = pictures.met()
    found = {
        check: Verdict(
            subject="east", check=check, at=pictures.NOW, window=Window(start=pictures.STARTS, end=pictures.NOW),
            outcome=outcome, because="Because.", values={"sources": "page"},
        )
        for check in CHECKS
    }  # fmt: skip
    page = replace(pictures.source("page", "Easthash", 1e14, decisive=False), independence="seller_page")
    return replace(plain, verdicts={**plain.verdicts, **found}, sources=(*plain.sources, page))


def page(outcome: Outcome) -> str:
    return said(pages.contract(pictures.every_result(), view(outcome), [], []))


@pytest.mark.parametrize("check", CHECKS)
def test_what_was_found_is_said_in_the_words_of_the_check(check: str) -> None:
    assert readable.capitalised(words.RESULTS[check]["short"].text) in page(Outcome.SHORT)
    assert not DESIGN_WORDS.findall(page(Outcome.SHORT).replace("None.", ""))


@pytest.mark.parametrize("check", sorted(words.ONLY_WHERE_JUDGED))
def test_a_check_with_nothing_to_judge_is_left_out(check: str) -> None:
    assert readable.capitalised(words.check_name(check)) not in page(Outcome.NOT_APPLICABLE)


def test_a_page_that_repeats_the_promise_is_shown_as_no_source_for_delivery() -> None:
    assert "seller's own page, display only; repeats the promise: no source for delivery" in page(
        Outcome.SHORT
    ).replace("exact count", "display only")
    assert "no source for delivery" not in page(Outcome.MET)


def test_a_message_names_a_worker_that_was_perhaps_renamed_and_says_that_it_does_not_count() -> None:
    gone = changes.workers_gone()
    verdict = replace(gone.verdict, values={**gone.verdict.values, "perhaps_renamed": "north.07 → nord07"})
    letter = messages.write([replace(gone, verdict=verdict)], changes.PICTURE, pictures.NOW)
    assert "north.07 → nord07. The new name came when the old one went" in " ".join(letter["text"].split())


def test_a_message_is_headed_by_the_words_of_what_was_found() -> None:
    found = changes.change(Change.OPENED, replace(view(Outcome.SHORT).verdicts["gone_quiet"], subject="north"))
    letter = messages.write([found], changes.PICTURE, pictures.NOW)
    assert letter["subject"] == "north: signs that the seller has stopped"
