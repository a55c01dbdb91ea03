"""A house as `caibian serve --config` runs it: real processes, real HTTP."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import openai
import psutil
import yaml

from caibian.storage import open_database
from tests.service.newsroom.house import PEOPLE, move_in
from tests.storage.house import PASSWORD

SCRIPT = {
    "headline": "市议会批准预算",
    "long": "词" * 400,
    "json": '{"title": "预算"}',
    "*": "I was asked something else.",
}
_START = 120.0  # seconds; machines that test are busy


class ServedHouse:
    """A house that runs, and how it is asked."""

    def __init__(self, folder: Path, process: subprocess.Popen[bytes]) -> None:
        self.folder, self.process = folder, process
        known = json.loads((folder / "newsroom.pid").read_text(encoding="utf-8"))
        self.api, self.pages = known["api"], known["pages"]
        self._tokens: dict[str, str] = {}

    def token(self, who: str) -> str:
        """Somebody's token, logged in once."""
        if who not in self._tokens:
            body = {"name": PEOPLE[who], "password": PASSWORD}
            self._tokens[who] = httpx.post(f"{self.api}/v1/login", json=body, timeout=60).json()["token"]
        return self._tokens[who]

    def ask(self, who: str, method: str, path: str, **content: Any) -> httpx.Response:
        """A request, as it is answered."""
        headers = {"Authorization": f"Bearer {self.token(who)}"} | content.pop("headers", {})
        return httpx.request(method, self.api + path, headers=headers, timeout=60, **content)

    def client(self, token: str | None = None) -> openai.OpenAI:
        """The official client."""
        return openai.OpenAI(
            base_url=f"{self.api}/v1", api_key=token or self.token("reporter"), max_retries=0, timeout=60
        )

    def pids(self, kind: str, name: str = "") -> dict[int, str]:
        """Processes of the house: `engine` or `child`, those whose name begins so; to their names."""
        found = {}
        for one in psutil.Process(self.process.pid).children(recursive=True):
            with suppress(psutil.Error):
                line = one.cmdline()
                if f"caibian.service.{kind}" in line and line[-1].startswith(name):
                    found[one.pid] = line[-1]
        return found

    def log(self) -> list[dict[str, Any]]:
        """Its lines of log."""
        lines = (self.folder / "out.log").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]


def settings_file(folder: Path, **more: Any) -> Path:
    """Settings of a house with scripted engines, people in its database."""
    (folder / "script.json").write_text(json.dumps(SCRIPT), encoding="utf-8")
    engines = [
        {"name": "tuned", "model": f"scripted:{folder}/script.json", "parallel": 4},
        {"name": "slow", "model": f"scripted:{folder}/script.json#0.02", "parallel": 8},
    ]
    known = {"database": "newsroom.db", "engines": engines, "limits": {"requests_a_minute": 1_000_000}} | more
    (folder / "newsroom.yaml").write_text(yaml.safe_dump(known), encoding="utf-8")
    database = open_database(folder / "newsroom.db")
    move_in(database)
    database.close()
    return folder / "newsroom.yaml"


@contextmanager
def serving_house(folder: Path, *options: str, **more: Any) -> Iterator[ServedHouse]:
    """A house that runs; options are the command line's, keywords settings."""
    config = settings_file(folder, **more)
    command = [sys.executable, "-m", "caibian", "serve", "--config", str(config)]
    with (folder / "out.log").open("wb") as out:
        process = subprocess.Popen(
            [*command, "--port", "0", "--api-port", "0", *options], stdout=out, stderr=out, env=os.environ
        )
    try:
        eventually(lambda: (folder / "newsroom.pid").exists() or process.poll() is not None, _START)
        assert process.poll() is None, (folder / "out.log").read_text(encoding="utf-8")
        yield ServedHouse(folder, process)
    finally:
        process.terminate()
        process.wait(60)


def eventually(condition: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait until something is so."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)
