"""Many at once over real HTTP, two workers on one database, and a worker that is killed: nothing acknowledged is lost."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from caibian.api.panel import PREFIX
from caibian.service.panel.app import create_panel_app
from caibian.storage import Database, open_database
from caibian.storage.accounts import Account, log_in
from caibian.storage.assignments import listing, read
from caibian.storage.overviews import Overview
from caibian.storage.schema import Audit
from caibian.storage.standing import rankings
from tests.models.server import serving
from tests.service.panel.desk import Desk, whole
from tests.storage.databases import fresh_url
from tests.storage.house import PASSWORD, a_panel, people

_ITEMS = 16


@pytest.fixture
def crowd(database: Database, url: str) -> Iterator[tuple[list[Desk], Overview]]:
    """Two workers, each a server with connections of its own, over one database with two experts."""
    people(database, "anna", "bo")
    panel = a_panel(database, ["anna", "bo"], _ITEMS)
    with ExitStack() as stack:
        desks = []
        for _ in range(2):
            opened = open_database(url, database.clock)
            stack.callback(opened.close)
            address = stack.enter_context(serving(create_panel_app(opened)))
            client = stack.enter_context(httpx.Client(base_url=address + PREFIX, timeout=60, trust_env=False))
            desks.append(Desk(client, database, panel))
            desks[-1]._tokens = desks[0]._tokens
        yield desks, panel


def test_thirty_two_rankings_at_once_are_all_kept(crowd: tuple[list[Desk], Overview]) -> None:
    desks, panel = crowd
    jobs = [(who, item) for who in ("anna", "bo") for item in desks[0].assignments(who)]
    assert len(jobs) == 32

    def send(number: int) -> int:
        who, item = jobs[number]
        body = whole(0, "BAC", comment=f"{who} {number}")
        return desks[number % 2].ask(who, "PUT", f"/assignments/{item}/ranking", json=body).status_code

    with ThreadPoolExecutor(32) as threads:
        assert list(threads.map(send, range(32))) == [200] * 32
    given = rankings(desks[0].database, panel.id)
    assert sorted(row.comment for row in given) == sorted(f"{who} {n}" for n, (who, _) in enumerate(jobs))
    assert [row.order for row in given] == [(row.shown[1], row.shown[0], row.shown[2]) for row in given]
    with desks[0].database.reading() as session:
        assert session.scalar(select(func.count()).where(Audit.action == "rank")) == 32


def test_of_two_tabs_that_save_at_once_one_is_told_what_the_other_did(
    crowd: tuple[list[Desk], Overview],
) -> None:
    desks, _ = crowd
    item = desks[0].assignments("anna")[0]
    start = threading.Barrier(2)
    wins = {"A": 0, "B": 0}
    for revision in range(10):

        def save(tab: int, revision: int = revision) -> httpx.Response:
            start.wait()
            body = whole(revision, "AB"[tab], comment=f"tab {tab}, {revision}")
            return desks[tab].ask("anna", "PUT", f"/assignments/{item}/draft", json=body)

        with ThreadPoolExecutor(2) as threads:
            answers = list(threads.map(save, range(2)))
        won, lost = sorted(answers, key=lambda answer: answer.status_code)
        assert (won.status_code, lost.status_code) == (200, 409)
        current = lost.json()["current"]["draft"]
        assert current["revision"] == won.json()["revision"] == revision + 1
        wins[current["order"][0]] += 1
        assert current["comment"] == f"tab {'AB'.index(current['order'][0])}, {revision}"
    assert sum(wins.values()) == 10


def _worker(url: str) -> tuple[subprocess.Popen[str], str]:
    """A worker as `caibian panel serve` starts it."""
    listener = socket.create_server(("127.0.0.1", 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "caibian.service.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        pass_fds=[listener.fileno()],
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    arguments = {"database": url, "fd": listener.fileno()}
    process.stdin.write(
        json.dumps({"call": "caibian.service.child:serve_api", "arguments": arguments}) + "\n"
    )
    process.stdin.flush()
    assert json.loads(process.stdout.readline()) == {"ready": ""}
    address = f"http://127.0.0.1:{listener.getsockname()[1]}{PREFIX}"
    listener.close()
    return process, address


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
def test_what_a_killed_worker_had_acknowledged_is_there(backend: str, tmp_path: Path) -> None:
    url = fresh_url(backend, tmp_path)
    database = open_database(url)
    (account,) = people(database, "anna")
    panel = a_panel(database, ["anna"], 1, per_item=1)
    token, _ = log_in(database, "anna", PASSWORD)
    process, address = _worker(url)
    acknowledged = -1
    try:
        item = listing(database, account, panel.id)[0].id
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=address, headers=headers, timeout=60, trust_env=False) as client:
            killer = None
            for revision in range(2000):
                try:
                    body = whole(revision, "A", comment=f"draft {revision}")
                    answer = client.put(f"/assignments/{item}/draft", json=body)
                except httpx.TransportError:
                    break
                assert answer.status_code == 200
                acknowledged = revision
                if revision == 20:  # in the middle of a write, wherever that is
                    killer = threading.Thread(target=os.kill, args=(process.pid, signal.SIGKILL))
                    killer.start()
            assert killer is not None
            killer.join()
    finally:
        process.kill()
        process.wait()
    left = _state(database, account, item)
    # The last write may have been kept without our hearing of it; then sending it again is harmless.
    assert left in [(number + 1, f"draft {number}") for number in (acknowledged, acknowledged + 1)]
    database.close()


def _state(database: Database, account: Account, item: str) -> tuple[int, str]:
    view = read(database, account, item)
    return view.revision, view.work.comment
