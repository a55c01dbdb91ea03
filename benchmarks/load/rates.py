"""Requests a second: the house beside bare FastAPI with the same two statements."""

from __future__ import annotations

import statistics
import tempfile
from contextlib import ExitStack, closing
from pathlib import Path

from benchmarks.load.bare import KINDS, bare_service
from benchmarks.load.bars import kept
from benchmarks.load.client import Figures, LoadGenerator, request
from benchmarks.load.engine import ANSWER, scripted_engine
from benchmarks.load.gateway import question
from benchmarks.load.house import House
from benchmarks.load.postgres import Postgres
from caibian.storage import open_database
from caibian.storage.access.keys import create_key

BAR_REQUESTS, BAR_P99 = 0.60, 3.0
KEYS = 16  # that share the load: one alone would have all requests wait for one row of counts


def requests_a_second(rounds: int, seconds: float, connections: int, durable: bool) -> None:
    """Print the table of the second part."""
    message = {"role": "assistant", "content": ANSWER}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    answer = {"id": "chatcmpl-scripted", "object": "chat.completion", "created": 1, "model": "one", "choices": [choice],
              "usage": {"prompt_tokens": 60, "completion_tokens": 32, "total_tokens": 92}}  # fmt: skip
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        postgres = stack.enter_context(Postgres(durable))
        url = postgres.fresh()
        elsewhere = stack.enter_context(scripted_engine())
        engine = {"name": "one", "url": elsewhere, "parallel": 256, "max_queue": 256, "mask": False}
        house = stack.enter_context(House(folder, [engine], database=url))
        with closing(open_database(url)) as opened:
            keys = [create_key(opened, "reporter", f"load {number}")[1] for number in range(KEYS)]
        places = {"house": house.url}
        for kind in KINDS:
            places[f"bare, {kind}"] = stack.enter_context(bare_service(url, answer, kind))
        load = stack.enter_context(LoadGenerator())
        body = question(0) | {"model": "one"}
        wires = {
            name: [request(f"{at}/v1/chat/completions", body, key) for key in keys]
            for name, at in places.items()
        }
        found: dict[str, list[Figures]] = {name: [] for name in places}
        for turn in range(rounds + 1):
            names = list(places)[turn % len(places) :] + list(places)[: turn % len(places)]
            for name in names:
                figures = load.run(places[name], wires[name], connections, seconds if turn else 2.0)
                if set(figures.statuses) != {200}:
                    raise RuntimeError(f"{name}: {figures.statuses}")
                if turn:
                    found[name].append(figures)
        _show_requests(found, connections, seconds, durable)


def _show_requests(found: dict[str, list[Figures]], connections: int, seconds: float, durable: bool) -> None:
    rate = {name: statistics.median(one.rate for one in got) for name, got in found.items()}
    p99 = {name: statistics.median(one.percentile(0.99) for one in got) for name, got in found.items()}
    peer = max((name for name in found if name != "house"), key=rate.__getitem__)
    kind = "a commit waits for the disk" if durable else "a commit does not wait for the disk"
    print(f"{connections} connections, {len(found['house'])} rounds of {seconds:g} s; {kind}")
    for name, got in found.items():
        p50 = statistics.median(one.median for one in got)
        print(f"  {name:16} {rate[name]:8.0f} requests/s   p50 {p50:6.1f} ms   p99 {p99[name]:6.1f} ms")
    ratio, slower = rate["house"] / rate[peer], p99["house"] / p99[peer]
    print(
        f"  house : {peer}   {ratio:.1%} of the requests/s (bar {BAR_REQUESTS:.0%}: {kept(ratio >= BAR_REQUESTS)}), "
        f"p99 {slower:.2f} times (bar {BAR_P99:g}: {kept(slower <= BAR_P99)})"
    )
