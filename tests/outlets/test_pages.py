"""The pages as text: the words people know, none of the design's, nothing a name could break."""

import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser

import pytest

from tests.outlets import pictures
from verifier.outlets import pages
from verifier.outlets.picture import Picture, QuestionView

#: Words of code and design that no reader should have to learn.
DESIGN_WORDS = re.compile(
    r"\b(witness\w*|verdicts?|standings?|transitions?|silences?|silent|coverage|make-good|owed|incidents?|contradictions?"
    r"|drift|backfill\w*|re-read|outbox|dead letters?|flapping|red flags?|scores?|grade|settlement|TH/s-hours"
    r"|dead-man\S*|dispersion|e-value|alpha|pull-up|met|undecided|unknown|tolerance|ledger|null|None|nan)\b"
    r"|α|too smooth",
    re.IGNORECASE,
)


class Text(HTMLParser):
    """What a reader reads: text and labels, without the names in code that links and classes carry."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.tags: list[str] = []
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.parts += [value or "" for name, value in attrs if name in {"title", "aria-label"}]

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def read(html: str) -> Text:
    text = Text()
    text.feed(html)
    return text


def said(html: str) -> str:
    return " ".join(" ".join(read(html).parts).split())


def every_page(picture: Picture) -> list[str]:
    contracts = [
        pages.contract(picture, view, pictures.hours(name), pictures.transitions(name))
        for name, view in picture.contracts.items()
    ]
    accounts = [pages.account(picture, view) for view in picture.accounts.values()]
    return [pages.overview(picture), *contracts, *accounts, pages.waiting(), pages.problem("Nothing here", "None.")]


@pytest.fixture
def overview() -> str:
    return said(pages.overview(pictures.every_result()))


@pytest.mark.parametrize("picture", [pictures.every_result(), pictures.in_trouble()], ids=["results", "trouble"])
def test_no_page_uses_a_word_of_the_design(picture: Picture) -> None:
    allowed = {"None"}
    for page in every_page(picture):
        assert set(DESIGN_WORDS.findall(said(page).replace("None.", ""))) <= allowed, page


def test_no_page_carries_scripts_or_styles_of_its_own() -> None:
    for page in every_page(pictures.every_result()):
        found = read(page)
        scripts = re.findall(r"<script([^>]*)>([^<]*)", page)
        assert all(' src="/static/' in attributes and not inside for attributes, inside in scripts)
        assert "style" not in found.tags
        assert not {name for name in found.attributes if name == "style" or name.startswith("on")}


def test_a_row_says_result_since_when_how_much_and_from_where(overview: str) -> None:
    assert "Too little since Thu 19 Nov 2026, 15:20 Berlin (14:20 UTC) Thu 15:20" in overview
    for words in (
        "89.0 ± 2.8 % of 500 TH/s",
        "1.54 EUR 41.2 TH/s-days, at the price paid",
        "F2Pool (renter1) , independent of the seller exact count · seen 98 % · 2 min ago",
        "paid more than the seen work explains",
        "also: a worker is gone",
    ):
        assert words in overview


def test_pages_say_where_a_problem_may_be_older_than_what_was_seen() -> None:
    picture, view = pictures.every_result(), pictures.short()
    found = {**view.verdicts, "hashrate": replace(view.verdicts["hashrate"], since_or_earlier=True)}
    earlier = replace(view, verdicts=found)
    picture = replace(picture, contracts={**picture.contracts, "north": earlier})
    assert "Thu 15:20 or earlier" in said(pages.overview(picture))
    assert "15:20 Berlin (14:20 UTC) or earlier" in said(pages.contract(picture, earlier, [], []))


def test_a_row_without_a_result_says_whose_fault_it_is(overview: str) -> None:
    assert "Cannot tell the pool's answer cannot be read" in overview


def test_the_overview_counts_results_and_keeps_one_when_asked() -> None:
    picture = pictures.every_result()
    assert "2 too little 1 cannot tell 1 too close to call" in said(pages.overview(picture))
    short = said(pages.overview(picture, result="short"))
    assert "Northhash" in short
    assert "Easthash" not in short


def test_a_result_nobody_has_is_said_to_be_empty() -> None:
    picture = pictures.thousands(10)
    assert "No contract has this result now." in said(pages.overview(picture, result="unknown"))


def test_no_contracts_at_all_is_said() -> None:
    assert "No contracts are configured." in said(pages.overview(Picture(at=pictures.NOW, daemon=pictures.daemon())))


def test_thousands_of_contracts_come_a_hundred_a_page() -> None:
    picture = pictures.thousands()
    first, last = pages.overview(picture), pages.overview(picture, page=3)
    assert first.count('href="/c/') == 100
    assert last.count('href="/c/') == 50
    assert "page 1 of 3" in said(first)
    assert "/?page=2" in first
    assert said(pages.overview(picture, page=99)) == said(last)
    assert "result=met&amp;page=2" in pages.overview(picture, result="met")


def test_a_full_disk_is_said_on_every_page() -> None:
    picture = pictures.in_trouble()
    for page in (pages.overview(picture), pages.account(picture, picture.accounts["renter1"])):
        assert "Not judging now" in said(page)
    assert "Messages not delivered: 2" in said(pages.overview(picture))
    assert "The new configuration was not applied" in said(pages.overview(picture))


def test_the_contract_page_says_what_was_promised_and_what_is_not_stated() -> None:
    picture = pictures.every_result()
    page = said(pages.contract(picture, picture.contracts["tiny"], [], []))
    assert "allowed by contract not stated" in page
    page = said(pages.contract(picture, picture.contracts["order"], [], []))
    assert "price not stated" in page
    assert "open-ended" in page
    assert "no source has answered yet" in page


def test_what_is_not_as_it_should_be_stands_open_and_the_rest_is_folded_away() -> None:
    picture = pictures.every_result()
    page = pages.contract(picture, picture.contracts["north"], [], [])
    checks = page[page.index('id="checks"') : page.index('id="promised"')]
    seen, folded = checks.split("<details")
    assert ["Hashrate: too little" in seen, "A worker is gone" in seen] == [True, True]
    assert "1 other check with nothing to tell" in said(folded)
    assert "Payouts explained" in folded
    undecided = pages.contract(picture, picture.contracts["tiny"], [], [])
    assert "Hashrate: too close to call" in undecided
    assert 'class="more fine"' not in undecided
    delivered = pages.contract(picture, picture.contracts["east"], [], [])
    assert "2 checks with nothing to tell" in said(delivered) or "1 check with nothing to tell" in said(delivered)


def test_the_contract_page_tells_its_problems_the_latest_first() -> None:
    picture = pictures.every_result()
    page = said(pages.contract(picture, picture.contracts["north"], [], pictures.transitions("north")))
    assert page.index("Delivered 11 % less than promised. Back to normal") < page.index("Nothing was delivered")
    assert "Thu 19 Nov 2026, 15:20 Berlin (14:20 UTC)" in page


def test_the_contract_page_says_how_the_allowance_stands_and_what_was_missing() -> None:
    view = pictures.every_result().contracts["north"]
    page = said(pages.contract(pictures.every_result(), view, [], pictures.transitions("north")))
    assert "The UTC day of 20 Nov stands at 96.2 % if the rest of it arrives in full: allowed so far." in page
    assert "problems in the last 30 days 2, 82.5 TH/s-days, about 3.07 EUR" in page
    assert "missing while it lasted: 18 h, 41.2 TH/s-days, about 1.54 EUR" in page


def test_the_overview_says_how_the_allowance_stands(overview: str) -> None:
    assert "not used up, missed if this goes on" in said(overview)
    assert "problems in 30 days: 2, 82.5 TH/s-days" in said(overview)


def test_a_contract_without_a_result_says_what_happens_now() -> None:
    picture = pictures.every_result()
    page = said(pages.contract(picture, picture.contracts["south"], [], []))
    assert "The sources are being asked for the first time" in page


def test_a_source_that_cannot_be_read_says_that_it_is_not_the_sellers_fault() -> None:
    picture = pictures.every_result()
    page = said(pages.account(picture, picture.accounts["west_pool"]))
    assert "This says nothing about the seller" in page
    assert "workers.0.hashRate: a number was expected" in page


def test_workers_that_no_contract_claims_are_listed(overview: str) -> None:
    assert "Workers that no contract claims renter1 : spare.01" in overview


def test_a_hostile_name_stays_text(overview: str) -> None:
    assert '<script>alert("owned")</script>' in overview
    assert "<script>" not in pages.overview(pictures.every_result())


def test_of_what_cannot_be_told_it_is_not_said_how_sure_it_is() -> None:
    view = pictures.every_result().contracts["west"]
    alone = replace(view, verdicts={"hashrate": view.verdicts["hashrate"]})
    assert "how sure" not in said(pages.contract(pictures.every_result(), alone, [], []))
    assert "how sure" in said(pages.contract(pictures.every_result(), pictures.short(), [], []))


def test_a_wallet_is_said_to_be_there_for_payouts() -> None:
    picture = pictures.every_result()
    receipts = QuestionView(name="receipts", every_seconds=600.0)
    wallet = replace(picture.accounts["renter1"], name="wallet", questions=(receipts,))
    line = pictures.source("wallet", "mempool.space", None, decisive=False)
    view = replace(picture.contracts["north"], sources=(line,))
    asked = replace(picture, accounts={**picture.accounts, "wallet": wallet}, contracts={"north": view})
    page = said(pages.contract(asked, view, [], []))
    assert "for what payouts brought, not for work" in page
    assert "nothing yet" not in page
    assert "receipts of a wallet" in said(pages.overview(asked))


def test_an_account_page_says_when_it_is_asked_next_and_what_was_imported_when() -> None:
    picture = pictures.every_result()
    west = picture.accounts["west_pool"]
    slow = replace(west, questions=(replace(west.questions[0], next_ask_at=pictures.NOW + timedelta(minutes=40)),))
    assert "asked next in 40 min" in said(pages.account(picture, slow))
    assert "asked next" not in said(pages.account(picture, west))
    brought = replace(west, name="imported_west", questions=(), verdicts={}, imported_at=pictures.NOW)
    page = said(pages.account(picture, brought))
    assert "Nobody is asked: what counts is what you imported, last on" in page
    assert "What is asked" not in page
    listed = replace(picture, accounts={"imported_west": brought})
    assert "imported last on" in said(pages.overview(listed))
    line = pictures.source("imported_west", "entered by hand", None)
    view = replace(picture.contracts["west"], sources=(line,))
    shown = replace(listed, contracts={"west": view})
    page = said(pages.contract(shown, view, [], []))
    assert "decides imported" in page
    assert "from files of yours" in page
    assert "last answer never" not in page
    assert "never" not in said(pages.overview(shown))
