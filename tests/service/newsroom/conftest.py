"""A newsroom behind its API: over SQLite, or, for what leans on the database, over both kinds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from caibian.service.newsroom.app import create_newsroom_app
from caibian.storage import open_database
from caibian.storage.accounts import accounts
from tests.service.newsroom.gateway import ScriptedGateway
from tests.service.newsroom.house import House, move_in, settings
from tests.storage.conftest import _light_hashes, clock, database, url  # noqa: F401  (fixtures)
from tests.storage.databases import fresh_url
from tests.storage.house import Clock


@pytest.fixture
def house(clock: Clock, tmp_path: Path) -> Iterator[House]:  # noqa: F811
    """A newsroom over SQLite."""
    with housed(fresh_url("sqlite", tmp_path), clock) as made:
        yield made


@pytest.fixture
def any_house(url: str, clock: Clock) -> Iterator[House]:  # noqa: F811
    """A newsroom, once over SQLite and once over PostgreSQL."""
    with housed(url, clock) as made:
        yield made


@contextmanager
def housed(url: str, clock: Clock, **chosen: Any) -> Iterator[House]:  # noqa: F811
    """A newsroom over a database, where people move in unless they live there already; keywords are settings."""
    opened = open_database(url, clock)
    try:
        if not accounts(opened):
            move_in(opened)
        gateway = ScriptedGateway()
        app = create_newsroom_app(settings(**chosen), opened, gateway)
        with TestClient(app, base_url="http://house") as client:
            yield House(client, app, opened, gateway, clock)
    finally:
        opened.close()
