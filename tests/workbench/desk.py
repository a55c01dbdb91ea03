"""An expert at the pages, in Chromium."""

from __future__ import annotations

from collections.abc import Sequence

from tests.pipeline.browser import Browser
from tests.workbench.house import PASSWORD, House

READY = "document.querySelector('main')"
THANKS = "document.querySelector('h1')?.textContent.includes('谢谢')"
ITEM = "document.querySelector('.answer')"
SAVED = "document.querySelector('.save-state.saved')"


class Desk:
    """One browser with one person."""

    def __init__(self, house: House, chrome: Browser) -> None:
        self.house, self.chrome = house, chrome

    def log_in(self, name: str, password: str = PASSWORD) -> None:
        """By keyboard: the account has the focus, Tab goes on, Enter sends."""
        self.chrome.visit(self.house.pages + "/login", READY)
        self.chrome.wait_for("document.activeElement.name === 'name'")
        self.chrome.type(name)
        self.chrome.press("Tab")
        self.chrome.type(password)
        self.chrome.press("Enter")
        arrived = "location.pathname === '/panels' && document.querySelector('h1')"
        self.chrome.wait_for(f"({arrived}) || document.querySelector('[role=alert]')")

    def log_out(self) -> None:
        """By the button in the header."""
        self.chrome.click("form[action='/logout'] button")
        self.chrome.wait_for("location.pathname === '/login' && document.querySelector('input[name=name]')")

    def go_on(self) -> None:
        """From the list of panels to where the expert left."""
        self.chrome.wait_for("document.querySelector('[data-act=go-on]')")
        self.chrome.click("[data-act=go-on]")
        self.chrome.wait_for(ITEM)
        self.wait_for_dragging()

    def wait_for_dragging(self) -> None:
        """Until what drags is loaded."""
        self.chrome.wait_for(
            "Object.keys(document.querySelector('.answers')).some((name) => name.startsWith('Sortable'))"
        )

    def order(self) -> str:
        """The letters of the cards from top to bottom."""
        order: str = self.chrome.do(
            "[...document.querySelectorAll('.answers > .answer')].map((one) => one.dataset.key).join('')"
        )
        return order

    def drag_into(self, order: Sequence[str]) -> None:
        """Drag card after card to its place."""
        for place, letter in enumerate(order):
            for _ in range(4):
                now = self.order()
                if now[place] == letter:
                    break
                rail = ".answer[data-key={}] .answer-rail"
                self.chrome.drag(rail.format(letter), rail.format(now[place]))
            assert self.order()[place] == letter, f"{letter} cannot be dragged to place {place + 1}"

    def key_into(self, order: Sequence[str]) -> None:
        """By letter and number keys, the last step with an arrow where one is needed."""
        for place, letter in enumerate(order):
            if self.order()[place] == letter:
                continue
            self.chrome.press(letter.lower())
            self.chrome.press(str(place + 1))
            assert self.order()[place] == letter

    def mark(self, letter: str, dimension: str, *, by_mouse: bool) -> None:
        """Mark what an answer breaks; by keyboard with Tab, from its card on, and Space."""
        if by_mouse:
            self.chrome.click(f".answer[data-key={letter}] [data-dimension={dimension}]")
            return
        self.chrome.press(letter.lower())
        while self.chrome.do("document.activeElement.dataset.dimension") != dimension:
            self.chrome.press("Tab")
        self.chrome.press(" ")

    def next_item(self, position: int) -> None:
        """Wait for the item at this position."""
        self.chrome.wait_for(f"document.querySelector('.position')?.textContent.includes('第 {position} 条')")
