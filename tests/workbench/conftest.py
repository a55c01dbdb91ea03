"""One service and one workbench, each a real server, for all tests of this folder; each test has its own accounts."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from caibian.service.panel.app import create_panel_app
from caibian.storage import open_database
from tests.models.server import serving
from tests.pipeline.browser import Browser, browser
from tests.workbench.house import House

if TYPE_CHECKING:
    from tests.workbench.newsroom import Newsroom


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    database = open_database(folder / "panel.db")
    with serving(create_panel_app(database)) as api, workbench(api, folder) as pages:
        yield House(database, api, pages)
    database.close()


@pytest.fixture(scope="session")
def shared_newsroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """A whole newsroom for all tests that make their own accounts in it."""
    from tests.workbench.newsroom import newsroom  # it uses the workbench below

    with newsroom(tmp_path_factory.mktemp("newsroom")) as made:
        yield made


@pytest.fixture(scope="session")
def shared_chrome() -> Iterator[Browser]:
    """A browser for all tests that leave nobody logged in."""
    with browser() as found:
        yield found


class workbench:
    """`python -m caibian.workbench` as a person starts it; gives its address."""

    def __init__(self, api: str, folder: Path) -> None:
        # NiceGUI behaves otherwise where it believes itself under test.
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "NICEGUI"))
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "caibian.workbench", "--api", api, "--port", "0"],
            env=kept | {"CAIBIAN_HOME": str(folder)},
            cwd=folder,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> str:
        assert self._process.stderr
        for line in self._process.stderr:
            if line.startswith("Workbench "):
                return line.split()[1]
        raise AssertionError("the workbench ended while starting")

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        _, left = self._process.communicate(timeout=30)
        assert "Traceback" not in left, left
