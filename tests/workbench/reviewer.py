"""Somebody at the review desk, in Chromium."""

from __future__ import annotations

from tests.workbench.newsroom import Person

DRAFT = ".inked-text"
SAVED = "document.querySelector('.save-state.saved')?.textContent"


class Reviewer(Person):
    """Somebody at one draft."""

    def read(self, draft: str) -> None:
        """Log in, and open a draft with its facts."""
        self.chrome.call("Network.clearBrowserCookies")
        self.log_in(f"/review/{draft}")
        self.chrome.wait_for(
            f"document.querySelector({DRAFT!r}) && document.querySelector('.ledger, .finding-counts')"
        )

    def select(self, passage: str) -> None:
        """Select a passage of the text."""
        self.mark(DRAFT, passage)
        self.chrome.wait_for("!document.querySelector('[data-act=comment-selection]').disabled")

    def edit(self, before: str, after: str) -> None:
        """Type over a passage of the text."""
        self.rewrite(DRAFT, before, after)

    def step(self, name: str, note: str = "") -> None:
        """Take a step of the review, with a word."""
        self.chrome.click(f"[data-act={name}]")
        self.chrome.wait_for("document.querySelector('dialog[open]')")
        if note:
            self.chrome.click("[data-field=step-note]")
            self.chrome.type(note)
        self.chrome.click("[data-act=step-yes]")
        self.chrome.wait_for("!document.querySelector('dialog[open]')")

    def part(self, name: str, ready: str) -> None:
        """Open one of the parts beside the text."""
        self.chrome.click(f"[data-part={name}]")
        self.chrome.wait_for(f"document.querySelector({ready!r})")
