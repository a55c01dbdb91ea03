"""The pages that the factory leaves in its runs: found by their known names, and no other file is ever read.

runs/<run>/report.html                  `report` of a run, `comparison` where an evaluation was written here
runs/<run>/{errors,safety,audit}.html
runs/<run>/<nn-stage>-<hash>/…          the same, of a stage; the page in the run's own folder comes first
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from caibian.api.operations import RunReport
from caibian.storage.refusals import Invalid, NotFound

PAGES = ("report", "comparison", "errors", "safety", "audit")
MOST_PAGE_BYTES = 64 << 20  # several times the largest comparison with all of its answers

_FILES = {"report.html": "report", "errors.html": "errors", "safety.html": "safety", "audit.html": "audit"}


def find_runs(folder: Path) -> list[RunReport]:
    """All runs with a page to show, the newest first."""
    found = [report for run in _folders(folder) if (report := _report(folder, run))]
    return sorted(found, key=lambda one: (one.at, one.run), reverse=True)


def read_page(folder: Path, run: str, page: str) -> bytes:
    """One page of one run.

    Raises:
        NotFound: there is no such run, or it has no such page.
        Invalid: the page is larger than a browser should be sent.
    """
    where = next((one for one in _folders(folder) if one.name == run), None)
    path = dict(_pages(folder, where)).get(page) if where is not None else None
    if path is None:
        raise NotFound(f"the run {run!r} has no page {page!r}; GET /v1/reports names what there is")
    try:
        with path.open("rb") as file:
            content = file.read(MOST_PAGE_BYTES + 1)
    except OSError as error:
        raise NotFound(f"the page {page!r} of the run {run!r} can no longer be read") from error
    if len(content) > MOST_PAGE_BYTES:
        raise Invalid(f"the page {page!r} of the run {run!r} is larger than {MOST_PAGE_BYTES >> 20} MB")
    return content


def _report(folder: Path, run: Path) -> RunReport | None:
    pages = dict(_pages(folder, run))
    times = [time for path in pages.values() if (time := _time(path)) is not None]
    if not times:
        return None
    ordered = {name: str(pages[name].relative_to(run)) for name in PAGES if name in pages}
    return RunReport(run=run.name, at=max(times), pages=ordered)


def _pages(folder: Path, run: Path) -> Iterator[tuple[str, Path]]:
    """Every page by its name; of two with one name the later given wins, so the run's own folder comes last."""
    stages = sorted(_folders(run), key=lambda one: _time(one) or datetime.min.replace(tzinfo=UTC))
    for place in (*stages, run):
        for file, name in _FILES.items():
            path = place / file
            if not _inside(folder, path):
                continue
            is_run = place == run and (run / "run.json").is_file()
            yield ("comparison" if name == "report" and not is_run else name), path


def _folders(folder: Path) -> list[Path]:
    """The folders in a folder: none that is hidden, none that is a link."""
    try:
        return [
            one
            for one in sorted(folder.iterdir())
            if not one.name.startswith(".") and not one.is_symlink() and one.is_dir()
        ]
    except OSError:
        return []


def _inside(folder: Path, path: Path) -> bool:
    """Whether this is a file of its own within the runs: a link could lead anywhere."""
    try:
        return stat.S_ISREG(path.lstat().st_mode) and path.resolve().is_relative_to(folder.resolve())
    except OSError:
        return False


def _time(path: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError:
        return None
