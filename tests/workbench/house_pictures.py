"""The pictures of the pages that have none of their own: `python -m tests.workbench.house_pictures docs/images`.

Login, start of the desk, an article, a batch, the lists of drafts, a ledger, an account: wide by day, as a phone by night.
The first three in Chinese, the others in English.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.pipeline.browser import Browser, browser
from tests.workbench import staff
from tests.workbench.desk_pictures import batch, fill, headline
from tests.workbench.newsroom import Newsroom, Person, newsroom
from tests.workbench.pictures import shoot

WIDE, PHONE = (1440, 900), (390, 844)
LATEST = "document.querySelectorAll('.ledger-line').length > 8"


def pages(person: Person, articles: list[str], done: str, draft: str) -> Iterator[tuple[str, str, str, str]]:
    """Name, address, what is waited for, and what is clicked on then; changes the language on its way."""
    yield "start", "/desk", "document.querySelector('.start-articles')", ""
    yield "article", f"/articles/{articles[-1]}", "document.querySelector('.task-picks')", ""
    person.chrome.click(".switch[lang=en]")
    person.chrome.wait_for("document.documentElement.lang.startsWith('en')")
    yield "batch", f"/batches/{done}", "document.querySelector('.result')", ""
    yield "drafts", "/review?list=all", "document.querySelectorAll('[data-draft]').length > 4", ""
    yield "ledger", f"/review/{draft}", "document.querySelector('.finding-counts')", "[data-part=ledger]"
    yield "account", "/account", "document.querySelector('.account-form')", ""


def take(house: Newsroom, chrome: Browser, draft: str, folder: Path) -> None:
    """All pictures."""
    editor = Person(house, chrome, "chensiyuan")
    articles = fill(house, editor.name)
    done = batch(house, editor.name, articles)
    for name, (width, height), dark in (("wide", WIDE, False), ("phone", PHONE, True)):
        chrome.screen(width, height, dark=dark)
        chrome.visit(f"{house.pages}/login", "document.activeElement.name === 'name'")
        shoot(chrome, folder / f"newsroom-login-{name}.png", width, height)
    chrome.screen(*WIDE)
    editor.log_in()
    for name, path, ready, click in pages(editor, articles, done, draft):
        for size, (width, height), dark in (("wide", WIDE, False), ("phone", PHONE, True)):
            chrome.screen(width, height, dark=dark)
            chrome.visit(house.pages + path, ready)
            if click:
                chrome.do(f"document.querySelector({click!r}).click()")
                chrome.wait_for(LATEST)
            chrome.do("scrollTo(0, 0)")
            if click and size == "phone":  # the text stands above it there
                chrome.do(
                    "scrollBy(0, document.querySelector('.draft-parts').getBoundingClientRect().top - 64)"
                )
                chrome.do("new Promise((done) => setTimeout(done, 400))")
                top = chrome.do("scrollY")
                chrome.picture(folder / f"newsroom-{name}-{size}.png", (0, top, width, height))
            else:
                shoot(chrome, folder / f"newsroom-{name}-{size}.png", width, height)
        chrome.screen(*WIDE)


def main(folder: Path) -> None:
    """Fill a newsroom and look at it."""
    with tempfile.TemporaryDirectory() as place, newsroom(Path(place)) as house, browser() as chrome:
        house.gateway.script = headline
        staff.hire(house)
        take(house, chrome, staff.write(house), folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
