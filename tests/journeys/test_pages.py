"""Every page in a real browser: both languages, a desk's and a phone's width, and each card to its end."""

from __future__ import annotations

import pytest

from edge.pages import HERE
from tests.browser import Page
from tests.journeys.client import Client
from tests.journeys.shop import ONE, Shop

pytestmark = pytest.mark.parametrize("shop", [ONE], indirect=True)

FLOWS = sorted(path.stem for path in (HERE / "flows").glob("*.html"))
SIZES = ((1280, "en"), (390, "ja"))


async def shown(page: Page) -> tuple[list[str], int]:
    """What it complains of, and how many pixels stick out of the window."""
    return page.complaints, await page.evaluate("Math.max(0, document.documentElement.scrollWidth - innerWidth)")


async def test_pages_open_without_complaint_and_fit(shop: Shop, page: Page) -> None:
    for address in ("/", "/demo", "/tester", "/docs"):
        for width, language in SIZES:
            await page.open(shop.url + address, width=width, language=language)
            assert await page.evaluate("document.documentElement.lang") == language
            assert await shown(page) == ([], 0), (address, width)


async def test_the_reference_unfolds_every_call(shop: Shop, page: Page) -> None:
    await page.open(f"{shop.url}/docs")
    await page.until("document.querySelectorAll('details').length > 50")
    await page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    await page.until("[...document.querySelectorAll('details')].every((one) => one.childElementCount > 1)")
    assert await shown(page) == ([], 0)


async def test_the_tester_sends_what_it_shows(shop: Shop, page: Page, admin: Client) -> None:
    sku = await admin.product(quantity=5)
    await page.open(f"{shop.url}/tester")
    await page.until("document.getElementById('call').options.length > 50")
    await page.click("#demo-token")
    await page.until("document.getElementById('token').value !== ''")
    await page.evaluate(
        "(() => { const body = document.getElementById('body');"
        f" body.value = body.value.replace('TEA-1', '{sku}').replace(/\"wallet\"/, '\"card\"');"
        " body.dispatchEvent(new Event('input', { bubbles: true })); })()"
    )
    assert sku in await page.evaluate("document.getElementById('curl').textContent")
    await page.click("#form [type=submit]")
    await page.until("document.getElementById('status').textContent.startsWith('200')", 30)
    assert await admin.stock(sku) == (4, 0, 4)


async def test_a_visitor_places_an_order_on_the_demo_page(shop: Shop, page: Page, admin: Client) -> None:
    sku = await admin.product(quantity=5, category="Showcase")
    await page.open(f"{shop.url}/demo")
    await page.until(f"[...document.getElementById('product').options].some(({{ value }}) => value === '{sku}')")
    await page.evaluate(f"document.getElementById('product').value = '{sku}'")
    await page.click("#order button")
    await page.until("/Confirmed in/.test(document.getElementById('steps').innerText)", 30)
    assert await admin.stock(sku) == (4, 0, 4)
    assert page.complaints == []


@pytest.mark.parametrize("flow", FLOWS)
async def test_a_card_runs_to_its_end_by_keyboard(shop: Shop, page: Page, flow: str) -> None:
    button = f"document.querySelector('#flow-{flow} p > button')"
    await page.open(f"{shop.url}/", width=390, language="ja")
    await page.evaluate(f"{button}.focus()")
    await page.press("Enter")
    await page.until(f"{button}.disabled")
    if flow == "pledge":
        await page.until("document.querySelector('.pledge') !== null", 30)
        await page.click(".pledge", hold=2.5)
    await page.until(f"!{button}.disabled", 60)

    section = f"document.getElementById('flow-{flow}')"
    failed = await page.evaluate(f"[...{section}.querySelectorAll('.failed')].map((one) => one.innerText)")
    done = await page.evaluate(f"{section}.querySelectorAll('.done').length")
    assert (failed, done > 3) == ([], True)
    assert await page.evaluate(f"{section}.querySelector('.result').innerText.trim() !== ''")
    # A call that must be refused is a complaint of the browser's, and no exception is.
    assert ([one for one in page.complaints if "status of 4" not in one], (await shown(page))[1]) == ([], 0)
    if links := await page.evaluate(f"[...{section}.querySelectorAll('li a')].map((one) => one.href)"):
        page.complaints.clear()
        await page.open(links[-1], width=390, language="ja")
        await page.until("document.querySelector('#picture svg') !== null", 30)
        assert await shown(page) == ([], 0)
