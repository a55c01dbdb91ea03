"""What judge ranking costs beside the judge itself, and how fast its statistics are.

    python benchmarks/judging.py [--items N] [--latency MS,MS] [--rounds N]

**Overhead.** A local OpenAI-compatible server, a process of its own on loopback, answers every question with a written
verdict after a fixed time. The same questions are put to it in two ways, in turn: *raw*, by 32 threads that share one
`httpx.Client` and post bodies made beforehand, reading nothing but the status; and *judge*, the whole of
`caibian.evaluation.judging.run.judge`: reading the comparison, seating, rendering and hashing the questions, asking,
keeping each answer on disk, reading the verdicts, counting, and writing the rankings. The bar is 5 % more wall time, at
32 requests at a time. At 50 ms the client itself takes most of one core; a verdict of 40 tokens takes a fast server
rather 250 ms. The ratio is taken round by round, and its median counts, for both share the machine's mood.

**Statistics.** `strength.standings`, Plackett-Luce and all else, over 10,000 rankings of 5 systems with 1,000 resamples.
The bar is 10 s.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shutil
import socket
import statistics
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np

CONCURRENCY = 32
BAR_OVERHEAD = 0.05
BAR_SECONDS = 10.0
SYSTEMS = ("base", "tuned", "big", "old", "new")
STORY = "青岭市图书馆3日开馆，新馆藏书110万册。馆长周敏说，每天开放到22时。市民纷纷前来借阅。" * 12


def serve(port: int, latency: float) -> None:
    """The scripted server: one verdict for all, after a fixed time."""
    import asyncio
    import json

    import uvicorn

    verdict = json.dumps(
        {"reason": "标题准确", "ranking": ["乙", "丙", "丁", "戊", "己", "甲"]}, ensure_ascii=False
    )
    message = {"choices": [{"message": {"content": verdict}, "finish_reason": "stop"}],
               "usage": {"prompt_tokens": 900, "completion_tokens": 40}}  # fmt: skip
    reply = json.dumps(message).encode()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        while (await receive()).get("more_body"):
            pass
        await asyncio.sleep(latency)
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(reply)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": reply})

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error", lifespan="off", timeout_keep_alive=600)


@contextmanager
def serving(latency: float) -> Iterator[str]:
    """The server in a process of its own; yields its URL."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(port, latency), daemon=True)
    process.start()
    url = f"http://127.0.0.1:{port}/v1"
    until = time.monotonic() + 60
    try:
        while True:
            try:
                httpx.post(f"{url}/chat/completions", json={}, trust_env=False)
                break
            except httpx.TransportError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        process.join(10)


def comparison(folder: Path, items: int) -> None:
    """Invented stories of 500 characters with five different headlines each."""
    from caibian.evaluation.comparison import Comparison, write_comparison
    from caibian.records import Answer, Example

    examples = [
        Example(f"e{k}", "请为下面的稿件拟一个新闻标题。", f"第{k}号消息：{STORY}", f"青岭图书馆开馆{k}", "headline.news", "made", "zh", "test")
        for k in range(items)
    ]  # fmt: skip
    answers = {
        system: {e.id: Answer(f"青岭市图书馆开馆{system}{k}", system, e.id) for k, e in enumerate(examples)}
        for system in SYSTEMS
    }
    write_comparison(folder, Comparison("benchmark", tuple(examples), answers))


def raw(url: str, bodies: list[dict[str, Any]]) -> float:
    """Wall seconds of the same requests without anything around them."""
    limits = httpx.Limits(max_connections=CONCURRENCY)
    with httpx.Client(limits=limits, timeout=60, trust_env=False) as client:

        def post(body: dict[str, Any]) -> int:
            return client.post(f"{url}/chat/completions", json=body).status_code

        began = time.perf_counter()
        with ThreadPoolExecutor(CONCURRENCY) as pool:
            statuses = list(pool.map(post, bodies))
        seconds = time.perf_counter() - began
    assert set(statuses) == {200}
    return seconds


def judged(url: str, folder: Path) -> float:
    """Wall seconds of the whole of judging."""
    from caibian.evaluation.judging.config import JudgeConfig
    from caibian.evaluation.judging.run import Judge, judge
    from caibian.models.openai_client import OpenAIChat

    shutil.rmtree(folder / "verdicts", ignore_errors=True)
    with OpenAIChat(url, "scripted", concurrency=CONCURRENCY, cache=False) as model:
        began = time.perf_counter()
        ballot = judge(folder, Judge(model), JudgeConfig())
        seconds = time.perf_counter() - began
    assert not ballot.unanswered
    assert all(one.order for one in ballot.rankings)
    return seconds


def bodies(url: str, folder: Path) -> list[dict[str, Any]]:
    """The bodies that judging posts, made beforehand."""
    from caibian.evaluation.comparison import read_comparison
    from caibian.evaluation.judging.ask import presentations
    from caibian.evaluation.judging.config import JudgeConfig
    from caibian.evaluation.judging.lineup import lineups
    from caibian.evaluation.judging.prompts import schema
    from caibian.models.chat import Options
    from caibian.models.openai_client import OpenAIChat

    found = read_comparison(folder)
    config = JudgeConfig()
    shown = list(presentations(lineups(found, list(found.answers), 0), "scripted", config))
    options = Options(max_tokens=config.max_tokens, json_schema=schema(shown[0].names, "zh"))
    with OpenAIChat(url, "scripted", cache=False) as model:
        return [model._body(one.asked.conversation, options) for one in shown]


def overhead(items: int, latency: float, rounds: int) -> None:
    """Print the table of the first part."""
    with tempfile.TemporaryDirectory() as place, serving(latency) as url:
        os.environ["CAIBIAN_HOME"] = place  # the ledger of this benchmark is nobody's
        folder = Path(place) / "comparison"
        comparison(folder, items)
        posted = bodies(url, folder)
        raw(url, posted[:CONCURRENCY])  # imports, connections and caches are warm for both
        times = [(raw(url, posted), judged(url, folder)) for _ in range(rounds)]
    ratio = statistics.median(ours / theirs for theirs, ours in times)
    theirs, ours = (statistics.median(column) for column in zip(*times, strict=True))
    per = 1000 / len(posted)
    print(f"{len(posted):,} requests, {CONCURRENCY} at a time, {1000 * latency:.0f} ms each, {rounds} rounds")
    print(f"  raw HTTP calls   {theirs:6.2f} s  {theirs * per:.2f} ms a request")
    print(f"  judge            {ours:6.2f} s  {ours * per:.2f} ms a request")
    print(
        f"  overhead         {ratio - 1:+.1%}, bar {BAR_OVERHEAD:.0%}: {'kept' if ratio - 1 < BAR_OVERHEAD else 'MISSED'}"
    )


def statistics_of_rankings() -> None:
    """Print the table of the second part."""
    from caibian.evaluation.strength import standings
    from caibian.records import Ranking

    random = np.random.default_rng(0)
    noisy = np.linspace(0, 1, len(SYSTEMS)) + random.gumbel(size=(10_000, len(SYSTEMS)))
    names = np.array(SYSTEMS, dtype=object)
    for repeats in (1, 2):
        rankings = [
            Ranking(f"e{k // repeats}", "judge", tuple(names[order]), repeat=k % repeats)
            for k, order in enumerate(np.argsort(-noisy, axis=1))
        ]
        began = time.perf_counter()
        standings(rankings, SYSTEMS, resamples=1000)
        seconds = time.perf_counter() - began
        verdict = "kept" if seconds < BAR_SECONDS else "MISSED"
        print(
            f"10,000 rankings of {len(SYSTEMS)} systems on {10_000 // repeats:,} items, 1,000 resamples: ranks, win rates, "
            f"Bradley-Terry, Plackett-Luce {seconds:5.2f} s, bar {BAR_SECONDS:.0f} s: {verdict}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--items", type=int, default=640, help="each is asked about twice")
    parser.add_argument("--latency", default="50,250", help="of the server, in milliseconds")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    for latency in map(float, given.latency.split(",")):
        overhead(given.items, latency / 1000, given.rounds)
    statistics_of_rankings()


if __name__ == "__main__":
    main()
