"""For organisers: how far everybody is, and how far experts and judges agree. It keeps itself up to date."""

from __future__ import annotations

import logging
from datetime import datetime

from nicegui import ui

from caibian.api.panel import ExpertProgress, PanelProgress
from caibian.workbench.client import PanelError
from caibian.workbench.frame import frame
from caibian.workbench.kit import Tag, heads, progress
from caibian.workbench.pages.coefficients import draw_report
from caibian.workbench.pages.route import Draw, page
from caibian.workbench.visit import Bench, Visit

logger = logging.getLogger(__name__)

_EVERY = 15.0  # seconds between two looks at the progress


def register(bench: Bench) -> None:
    """/panels/{panel}/agreement."""

    @page(bench, "/panels/{panel}/agreement")
    async def agreement(visit: Visit) -> Draw:
        found = await visit.client.progress(visit.token, visit.parameter("panel"))
        return lambda: _Live(visit, found).draw()


class _Live:
    """The page and what it shows now. Coefficients are computed anew only when something was handed in."""

    def __init__(self, visit: Visit, found: PanelProgress) -> None:
        self.visit, self.found = visit, found
        self.handed_in: object = None  # what the coefficients on the page were computed from

    def draw(self) -> None:
        words = self.visit.words
        with frame(self.visit, f"{words('agreement.title')} · {self.found.name}"):
            with Tag("div", "", "report"):
                with Tag("div", "", "panel-title"):
                    with Tag("p", "", "kicker"):
                        Tag("a", words("frame.panels"), href="/panels")
                        Tag("span", f" › {words('agreement.title')}")
                    Tag("h1", self.found.name)
                    self.time = Tag("p", "", "soft", role="status")
                self.progress = Tag("div", "", "report-part")
                self.report = Tag("div", "", "report-parts", aria_busy="true")
            self._draw_progress()
            with self.report:
                Tag("p", "…", "soft")
            ui.timer(_EVERY, self.look, immediate=False)
            ui.timer(0.01, self.compute, once=True)

    async def look(self) -> None:
        """Ask how far everybody is; where somebody has gone on, show it."""
        try:
            found = await self.visit.client.progress(self.visit.token, self.found.id)
        except PanelError as error:
            logger.info("the progress could not be read: %s", error)
            return  # the page keeps what it has, with its time
        if found != self.found:
            self.found = found
            self._draw_progress()
            await self.compute()

    async def compute(self) -> None:
        """Ask for the coefficients, and draw them."""
        handed_in = [(e.name, e.ranked, e.skipped, e.last_at) for e in self.found.experts]
        if handed_in == self.handed_in:
            return
        try:
            report = await self.visit.client.agreement(self.visit.token, self.found.id)
        except PanelError as error:
            logger.warning("the agreement could not be read: %s", error)
            if self.handed_in is None:
                self.report.clear()
                with self.report:
                    Tag("p", self.visit.words("problem.unavailable"), "notice warn")
            return
        self.handed_in = handed_in
        self.report.clear()
        with self.report:
            draw_report(self.visit, self.found, report)
        self.report._props["aria-busy"] = "false"
        self.report.update()

    def _draw_progress(self) -> None:
        words, found = self.visit.words, self.found
        self.time.set_text(
            words("agreement.refreshed", time=datetime.now().astimezone().strftime("%Y-%m-%d %H:%M:%S"))
        )
        self.progress.clear()
        with self.progress:
            Tag("h2", words("agreement.progress"))
            ranked, skipped, assigned = (
                sum(getattr(e, name) for e in found.experts) for name in ("ranked", "skipped", "assigned")
            )
            progress(words, ranked=ranked, skipped=skipped, assigned=assigned)
            with Tag("div", "", "scroller"), Tag("table", "", "table"):
                heads(
                    words("agreement.expert"),
                    words("agreement.done"),
                    words("agreement.median"),
                    words("agreement.last"),
                    numeric=(2,),
                )
                with Tag("tbody"):
                    for expert in found.experts:
                        self._expert(expert)

    def _expert(self, expert: ExpertProgress) -> None:
        words = self.visit.words
        with Tag("tr"):
            Tag("th", expert.display, scope="row")
            with Tag("td", "", "cell-progress"):
                progress(words, ranked=expert.ranked, skipped=expert.skipped, assigned=expert.assigned)
            Tag("td", duration(expert.median_seconds), "number", data_label=words("agreement.median"))
            last = expert.last_at
            text = words("agreement.never") if last is None else f"{last.astimezone():%m-%d %H:%M}"
            Tag("td", text, "soft", data_label=words("agreement.last"))


def duration(seconds: float | None) -> str:
    """Minutes and seconds, the same in both languages."""
    return "–" if seconds is None else f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
