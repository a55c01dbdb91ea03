"""A panel behind its API, over both databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from caibian.service.panel.app import create_panel_app
from caibian.storage import Database
from tests.service.panel.desk import Desk
from tests.storage.conftest import _light_hashes, clock, database, url  # noqa: F401  (fixtures)
from tests.storage.house import a_panel, people


@pytest.fixture
def desk(database: Database) -> Iterator[Desk]:  # noqa: F811
    """Two experts with four items each, a third account without, and an organiser."""
    people(database, "anna", "bo", "idle")
    people(database, "boss", role="organiser")
    panel = a_panel(database, ["anna", "bo"])
    with TestClient(create_panel_app(database), base_url="http://panel/v1/panel") as client:
        yield Desk(client, database, panel)
