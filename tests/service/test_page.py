"""The chat page in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.service.browser import Page, browser
from tests.service.conftest import ANSWERS, Served
from tests.support import chromium

LAST = "[...document.querySelectorAll('.assistant')].at(-1)"
IDLE = "document.querySelectorAll('.busy').length === 0"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """One browser for all tests: each service has a port, and so an origin, of its own."""
    with browser(chromium(), tmp_path_factory.mktemp("profile")) as opened:
        yield opened


def ask(page: Page, text: str) -> None:
    page.evaluate("document.getElementById('text').focus()")
    page.type(text)
    page.press_enter()


def test_a_reader_chats_in_the_browser(serve: Callable[..., Served], page: Page) -> None:
    served = serve(settings={"seconds_per_token": 0.02})
    page.go(served.url)
    page.wait_for("document.getElementById('model').textContent === 'scripted'")
    ask(page, "headline")
    page.wait_for(f"{LAST}?.textContent === {ANSWERS['headline']!r} && {IDLE}")
    assert page.evaluate("document.querySelector('.user').textContent") == "headline"
    # The conversation survives a reload.
    page.go(served.url)
    page.wait_for(f"{LAST}?.textContent === {ANSWERS['headline']!r}")
    # A long answer grows while it is written, and stops on demand.
    ask(page, "long")
    page.wait_for(f"{LAST}.textContent.length > 3 && !({IDLE})")
    page.evaluate("document.getElementById('send').click()")
    page.wait_for(IDLE)
    assert 3 < page.evaluate(f"{LAST}.textContent.length") < 400
    # The words change with the language; the conversation stays.
    before = page.evaluate("document.getElementById('send').textContent")
    page.evaluate("document.getElementById('language').click()")
    assert {before, page.evaluate("document.getElementById('send').textContent")} == {"Send", "发送"}
    assert page.evaluate("document.querySelectorAll('.user').length") == 2


def test_the_page_fits_a_phone(serve: Callable[..., Served], page: Page) -> None:
    served = serve()
    page.resize(360, 740, mobile=True)
    page.go(served.url)
    ask(page, "long")
    page.wait_for(f"{LAST}?.textContent.length === 400 && {IDLE}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.evaluate("document.getElementById('send').getBoundingClientRect().right") <= 360
    assert page.evaluate("document.getElementById('send').getBoundingClientRect().bottom") <= 740
    page.call("Emulation.clearDeviceMetricsOverride")


def test_markup_in_an_answer_stays_text(serve: Callable[..., Served], page: Page) -> None:
    evil = "<img src=x onerror=\"document.title='owned'\">"
    served = serve(f"scripted:{evil}")
    page.go(served.url)
    ask(page, "x")
    page.wait_for(f"{LAST}?.textContent.includes('onerror') && {IDLE}")
    assert page.evaluate("document.querySelectorAll('#talk img').length") == 0
    assert "owned" not in page.evaluate("document.title")
