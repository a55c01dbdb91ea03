"""The pictures of review, models and operations: `python -m tests.workbench.review_pictures docs/images`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.pipeline.browser import Browser, browser
from tests.service.newsroom.house import settings
from tests.workbench import staff
from tests.workbench.newsroom import Newsroom, Person, newsroom
from tests.workbench.pictures import shoot

WIDE, PHONE = (1440, 1000), (390, 844)
BELOW = 120  # px: the answers stand below the first screen
PROMPT = (
    "请为下面的稿件拟一个新闻标题，不超过30字。\n\n截至6月底，全市共有87个事项纳入清单，累计办件43.6万件。"
)


def take(house: Newsroom, draft: str, chrome: Browser, folder: Path) -> None:
    """All pictures, each page once wide by day and once on a phone by night."""
    editor = Person(house, chrome, "chensiyuan")
    chrome.screen(*WIDE)
    editor.log_in(f"/review/{draft}")
    for name, (width, height), dark in (("wide", WIDE, False), ("phone", PHONE, True)):
        chrome.screen(width, height, dark=dark)
        chrome.visit(f"{house.pages}/review/{draft}", "document.querySelector('.finding.changed')")
        chrome.do("document.querySelector('.finding.changed .finding-line').click()")
        chrome.do("scrollTo(0, 0)")
        shoot(chrome, folder / f"newsroom-review-{name}.png", width, height)
        models(house, chrome)
        shoot(chrome, folder / f"newsroom-models-{name}.png", width, height + BELOW)
    operator = Person(house, chrome, "zhouning")
    chrome.screen(*WIDE)
    chrome.call("Network.clearBrowserCookies")
    operator.log_in("/operations")
    for name, (width, height), dark in (("wide", WIDE, False), ("phone", PHONE, True)):
        chrome.screen(width, height, dark=dark)
        chrome.visit(f"{house.pages}/operations", "document.querySelector('.tiles')")
        chrome.do(
            "(() => { const one = document.querySelector('[data-field=minutes]'); one.value = '360'; one.dispatchEvent(new Event('change')); })()"
        )
        chrome.wait_for("document.querySelectorAll('.chart rect').length > 60")
        shoot(chrome, folder / f"newsroom-operations-{name}.png", width, height)


def models(house: Newsroom, chrome: Browser) -> None:
    """The page of models with two answers."""
    chrome.visit(f"{house.pages}/models", "document.querySelector('[data-act=compare]')")
    chrome.click("[data-field=prompt]")
    chrome.type(PROMPT)
    chrome.click("[data-act=compare]")
    chrome.wait_for("document.querySelectorAll('.figures-line').length === 2")
    chrome.do("document.activeElement.blur(); scrollTo(0, 0)")


def main(folder: Path) -> None:
    """Fill a newsroom and look at it."""
    with tempfile.TemporaryDirectory() as place:
        runs = Path(place) / "runs"
        staff.leave_runs(runs)
        with newsroom(Path(place), settings(runs=runs)) as house, browser() as chrome:
            house.gateway.written = dict(staff.HEADLINES)
            staff.hire(house)
            draft = staff.write(house)
            staff.log_requests(house)
            take(house, draft, chrome, folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
