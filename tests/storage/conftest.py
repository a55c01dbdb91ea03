"""Databases of both kinds, a clock, and passwords that are hashed in no time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from caibian.storage import Database, open_database, passwords
from tests.storage.databases import BACKENDS, fresh_url
from tests.storage.house import Clock


@pytest.fixture(autouse=True)
def _light_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    passwords._nobody.cache_clear()
    yield
    passwords._nobody.cache_clear()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=BACKENDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return fresh_url(request.param, tmp_path)


@pytest.fixture
def database(url: str, clock: Clock) -> Iterator[Database]:
    opened = open_database(url, clock)
    yield opened
    opened.close()
