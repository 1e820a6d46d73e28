"""The evidence of the last two days on a contract's page: drawn by the server, and by the page itself where it may."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from playwright.async_api import async_playwright

from tests.outlets import pictures
from tests.outlets.conftest import Serving
from tests.outlets.test_pages_in_a_browser import ARGUMENTS
from verifier.outlets import api, pages
from verifier.outlets.picture import Picture
from verifier.outlets.slots import recent_hours_start
from verifier.verdicts.checks import hashrate


def watched() -> Picture:
    """``east`` with evidence that rises and falls, and hours in which a problem was open."""
    picture = pictures.every_result()
    view = picture.contracts["east"]
    first = int(recent_hours_start(pictures.NOW).timestamp())
    levels: Sequence[float | None] = [*(8.0 + number % 9 for number in range(40)), None, None, None, 9.0]
    trail = tuple((first + 3600 * number, level) for number, level in enumerate(levels))
    return replace(picture, contracts={**picture.contracts, "east": replace(view, trail=trail)})


def test_the_page_draws_it_under_the_hours_and_the_series_tells_it_with_its_line() -> None:
    picture = watched()
    view = picture.contracts["east"]
    page = pages.contract(picture, view, (), ())
    assert page.count('<svg class="evidence"') == 1
    assert 'aria-label="Evidence that east delivers too little, by the hour"' in page
    found = api.series(picture, view, (), ())
    told = [slot["evidence"] for slot in found["hours"]["slots"]]
    assert told.count(None) == len(told) - 41
    assert max(one for one in told if one is not None) < found["hours"]["line"]
    assert found["hours"]["line"] == pytest.approx(10 * 365.25 * 86_400)
    assert found["days"]["line"] is None
    assert hashrate.line(view.contract) > 0


def test_where_nothing_was_judged_none_is_drawn() -> None:
    picture = pictures.every_result()
    assert 'class="evidence"' not in pages.contract(picture, picture.contracts["east"], (), ())


@pytest.mark.slow
@pytest.mark.needs("chromium")
async def test_the_page_draws_it_anew_on_a_logarithmic_scale(serving: Serving) -> None:
    address = await serving(watched())
    said: list[str] = []
    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        page = await browser.new_page(viewport={"width": 390, "height": 900})
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        await page.goto(f"{address}/c/east")
        figure = page.locator('figure[data-kind="evidence"]')
        await figure.locator(".interactive canvas").wait_for()
        assert await figure.locator(".axes").is_hidden()
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390
        await browser.close()
    assert not [text for text in said if "404" not in text]
