"""A service with a real engine process behind it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from caibian.service.app import create_app
from caibian.service.supervisor import EngineSpec, Supervisor
from tests.models.server import serving

ANSWERS = {
    "headline": "市议会批准预算",
    "long": "词" * 400,
    "nothing": "",
    "*": "I was asked something else.",
}


class Served:
    """A running service."""

    def __init__(self, url: str, supervisor: Supervisor) -> None:
        self.url, self.supervisor = url, supervisor


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Start a service; keywords go to `create_app` and, by `settings`, to the engine's model."""
    yield from _serve(tmp_path)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service shared by the tests of a module that leave it as it was."""
    for start in _serve(tmp_path_factory.mktemp("service")):
        yield start()


def _serve(folder: Path) -> Iterator[Callable[..., Served]]:
    script = folder / "script.json"
    script.write_text(json.dumps(ANSWERS, ensure_ascii=False), encoding="utf-8")
    with ExitStack() as stack:

        def start(
            reference: str = f"scripted:{script}",
            settings: dict[str, Any] | None = None,
            stall_seconds: float = 300.0,
            **options: Any,
        ) -> Served:
            spec = EngineSpec(reference, parallel=options.get("parallel", 1), settings=settings or {})
            supervisor = Supervisor(spec, stall_seconds=stall_seconds)
            url = stack.enter_context(serving(create_app(supervisor, **options)))
            return Served(url, supervisor)

        yield start
