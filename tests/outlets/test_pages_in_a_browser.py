"""The pages in a real browser: wide and narrow, light and dark, without scripts, with hostile names.

With SCREENSHOTS=FOLDER the pictures are kept there to be looked at.
"""

import os
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path
from typing import Final, Literal

import pytest
from playwright.async_api import Browser, async_playwright

from tests.outlets import payout_pictures, pictures
from tests.outlets.conftest import Serving

ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDTHS: Final = (1280, 390)
PATHS: Final = (
    "/",
    "/c/north",
    "/c/west",
    "/c/south",
    "/c/east",
    "/c/cloud",
    "/a/renter1",
    "/a/west_pool",
    "/c/nobody",
)
AXE: Final = (Path(__file__).with_name("vendor") / "axe.min.js").read_text(encoding="utf-8")

pytestmark = [pytest.mark.slow, pytest.mark.needs("chromium")]


@pytest.fixture
async def browser() -> AsyncGenerator[Browser]:
    async with async_playwright() as play:
        started = await play.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        yield started
        await started.close()


async def test_every_page_fits_its_window_and_says_nothing_on_the_console(browser: Browser, serving: Serving) -> None:
    address = await serving(payout_pictures.with_payouts())
    kept = os.environ.get("SCREENSHOTS")
    said: list[str] = []
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for width in WIDTHS:
        for scheme in schemes:
            context = await browser.new_context(
                viewport={"width": width, "height": 900}, java_script_enabled=False, color_scheme=scheme
            )
            page = await context.new_page()
            page.on("console", lambda message: said.append(message.text))
            page.on("requestfailed", lambda request: said.append(f"{request.url}: {request.failure}"))
            for path in PATHS:
                await page.goto(address + path)
                if kept:
                    name = f"{path.strip('/').replace('/', '-') or 'overview'}-{width}-{scheme}.png"
                    await page.screenshot(path=Path(kept) / name, full_page=True)
            await context.close()
    # The browser itself breaks off fetching the icon when the next page is opened at once.
    assert not [text for text in said if "404" not in text and not text.endswith("icon.svg: net::ERR_ABORTED")]


@pytest.mark.parametrize("width", WIDTHS)
async def test_nothing_must_be_scrolled_sideways(browser: Browser, serving: Serving, width: int) -> None:
    address = await serving(payout_pictures.with_payouts())
    page = await browser.new_page(viewport={"width": width, "height": 900})
    for path in PATHS:
        await page.goto(address + path)
        assert await page.evaluate("document.documentElement.scrollWidth") <= width, path


async def test_what_is_folded_away_opens_by_keyboard_and_is_printed(browser: Browser, serving: Serving) -> None:
    address = await serving(payout_pictures.with_payouts())
    page = await browser.new_page(java_script_enabled=False)
    await page.goto(f"{address}/c/north")
    folded = page.locator("details.fine article").first
    assert not await folded.is_visible()
    await page.locator("details.fine > summary").focus()
    await page.keyboard.press("Enter")
    assert await folded.is_visible()
    await page.reload()
    await page.emulate_media(media="print")
    assert await folded.is_visible()
    box = await folded.bounding_box()
    assert box is not None
    assert box["height"] > 50


async def test_a_chart_can_be_pointed_at_and_zoomed_under_the_strict_policy(browser: Browser, serving: Serving) -> None:
    address = await serving(payout_pictures.with_payouts())
    page = await browser.new_page(viewport={"width": 1280, "height": 900})
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    await page.goto(f"{address}/c/north")
    charts = page.locator(".interactive canvas")
    await charts.nth(1).wait_for()
    assert await charts.count() == 2
    assert await page.locator(".axes:visible").count() == 0
    over = page.locator(".interactive .u-over").first
    box = await over.bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + box["width"] - 5, box["y"] + 50)
    readout = page.locator(".readout").first
    assert (await readout.inner_text()).startswith("Fri 20 Nov: delivered 89.0 ± ")
    await page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + 50)
    await page.mouse.down()
    await page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + 50)
    await page.mouse.up()
    await page.mouse.move(box["x"] + 5, box["y"] + 50)
    assert "14 Nov" in await readout.inner_text()
    assert not said


async def test_without_its_data_a_chart_stays_as_it_was_drawn(browser: Browser, serving: Serving) -> None:
    address = await serving(payout_pictures.with_payouts())
    page = await browser.new_page()
    await page.route("**/series", lambda route: route.abort())
    await page.goto(f"{address}/c/north")
    await page.wait_for_load_state("networkidle")
    assert await page.locator(".axes svg:visible").count() == 2
    assert await page.locator(".interactive").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
async def test_axe_finds_nothing_serious(
    browser: Browser, serving: Serving, width: int, scheme: Literal["light", "dark"]
) -> None:
    address = await serving(replace(payout_pictures.with_payouts(), daemon=pictures.in_trouble().daemon))
    page = await browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    found = []
    for path in (*(address + path for path in PATHS), await serving(None)):
        await page.goto(path)
        await page.wait_for_load_state("networkidle")
        # As a debugger evaluates it, not as a script of the page: the policy stays strict.
        await page.evaluate(AXE)
        results = await page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        found += [
            f"{path}: {one['impact']} {one['id']}: {one['nodes'][0]['html'][:120]}"
            for one in results["violations"]
            if one["impact"] in {"serious", "critical"}
        ]
    assert not found, "\n".join(found)


async def test_a_page_renews_itself_and_waits_while_it_is_used(browser: Browser, serving: Serving) -> None:
    page = await browser.new_page()
    await page.clock.install()
    loaded: list[str] = []
    page.on("load", lambda one: loaded.append(one.url))
    address = await serving(None)
    await page.goto(address)
    await page.clock.fast_forward(4_000)
    await page.mouse.move(50, 50)
    await page.clock.fast_forward(4_000)
    assert len(loaded) == 1
    async with page.expect_event("load"):
        await page.clock.fast_forward(2_000)
    assert "Asking for the first time" in await page.inner_text("main")


async def test_a_script_in_a_name_stays_text(browser: Browser, serving: Serving) -> None:
    address = await serving(payout_pictures.with_payouts())
    page = await browser.new_page()
    opened: list[str] = []
    page.on("dialog", lambda dialog: opened.append(dialog.message))
    await page.goto(address)
    assert not opened
    assert await page.locator("script:not([src^='/static/'])").count() == 0
    assert '<script>alert("owned")</script>' in await page.inner_text("main")


async def test_the_keyboard_reaches_the_first_contract_and_the_table_stays_a_table(
    browser: Browser, serving: Serving
) -> None:
    address = await serving(payout_pictures.with_payouts())
    page = await browser.new_page(viewport={"width": 390, "height": 900})
    await page.goto(address)
    table = page.get_by_role("table", name="Contracts, the worst first")
    assert await table.get_by_role("row").count() == 1 + len(payout_pictures.with_payouts().contracts)
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.textContent") == "Skip to the results"
