"""The house's routes beside the engine's own server: time to the first text, and tokens a second."""

from __future__ import annotations

import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from benchmarks.load.bars import kept
from benchmarks.load.engine import ANSWER
from benchmarks.load.house import House
from benchmarks.load.people import STORY
from benchmarks.load.postgres import Postgres
from benchmarks.load.streams import Stream, Streamed

BAR_FIRST_MS, BAR_THROUGHPUT = 10.0, 0.97
TOKENS = 48  # of an answer
Ask = Callable[[int], Streamed]


def question(number: int) -> dict[str, Any]:
    """A prompt that nobody asked before."""
    content = f"（{number:06d}）请为下面的稿件写一段不少于二百字的导语：{STORY}"
    said = [{"role": "user", "content": content}]
    return {"model": "direct", "messages": said, "max_tokens": TOKENS, "temperature": 0.0}


def in_turn(sides: dict[str, Ask], prompts: int, start: int) -> dict[str, list[Streamed]]:
    """Each side asked `prompts` times, in changing order."""
    found: dict[str, list[Streamed]] = {name: [] for name in sides}
    number = start
    for turn in range(prompts + 1):
        names = list(sides)
        shift = turn % len(names)
        for name in names[shift:] + names[:shift]:
            number += 1
            answer = sides[name](number)
            if turn:  # the first turn warms everything up
                found[name].append(answer)
    return found


def _chat(stream: Stream, **more: Any) -> Ask:
    def ask(number: int) -> Streamed:
        body = question(number) | {"stream": True, "stream_options": {"include_usage": True}} | more
        return stream.ask(body)

    return ask


def _task(stream: Stream, model: str) -> Ask:
    def ask(number: int) -> Streamed:
        run = {"input": {"article": f"（{number:06d}）{STORY}"}, "language": "zh", "model": model}
        return stream.ask(run | {"stream": True, "max_tokens": TOKENS})

    return ask


def _direct_task(stream: Stream) -> Ask:
    """The same question as the task's route puts, past the house."""
    from caibian.compliance import frame_task
    from caibian.tasks import load_cards

    card = load_cards()["headline.news"]

    def ask(number: int) -> Streamed:
        framed = frame_task(card, {"article": f"（{number:06d}）{STORY}"}, "zh", 0, plain=False)
        body = {
            "model": "direct",
            "messages": list(framed.messages),
            "max_tokens": TOKENS,
            "temperature": 0.0,
            "stream": True,
        }
        return stream.ask(body | {"stream_options": {"include_usage": True}})

    return ask


def compared(title: str, found: dict[str, list[Streamed]], bars: bool = True) -> None:
    """Print one comparison; the first is what the others are held against."""
    print(title)
    base = next(iter(found))
    first = {name: 1000 * statistics.median(one.first for one in got) for name, got in found.items()}
    rate = {
        name: sum(one.tokens for one in got) / sum(one.seconds for one in got) for name, got in found.items()
    }
    for name, got in found.items():
        more, ratio = first[name] - first[base], rate[name] / rate[base]
        line = (
            f"  {name:28} first text {first[name]:8.1f} ms   {rate[name]:8.1f} tokens/s   {len(got)} answers"
        )
        if name != base and bars:
            line += f"   {more:+.1f} ms (bar {BAR_FIRST_MS:g}: {kept(more <= BAR_FIRST_MS)}), "
            line += f"{ratio:.1%} (bar {BAR_THROUGHPUT:.0%}: {kept(ratio >= BAR_THROUGHPUT)})"
        elif name != base:
            line += f"   {more:+.1f} ms, {ratio:.1%}"
        print(line)


@contextmanager
def llama_server(weights: str) -> Iterator[str]:
    """llama.cpp's own HTTP server on the same weights, in a process of its own; yields its URL."""
    context = multiprocessing.get_context("spawn")
    said, theirs = context.Pipe()
    process = context.Process(target=_llama, args=(weights, theirs), daemon=True)
    process.start()
    try:
        if not said.poll(120):
            raise RuntimeError("llama.cpp's server did not start")
        yield said.recv()
    finally:
        process.kill()
        process.join()


def _llama(weights: str, said: Any) -> None:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = weights
    params.n_ctx, params.n_parallel, params.verbosity = 4096, 1, -1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.port = 0
    server = xllamacpp.Server(params)
    said.send(f"{server.listening_address}/v1")
    while True:
        time.sleep(60)


def gateway(weights: str, prompts: int) -> None:
    """Print the table of the first part."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        engines = [
            {"name": "real", "model": weights, "threads": 1, "context": 4096},
            {"name": "scripted", "model": f"scripted:{ANSWER}"},
        ]
        postgres = stack.enter_context(Postgres())
        house = stack.enter_context(House(folder, engines, database=postgres.fresh()))
        key = house.keys["reporter"]
        through = lambda path="/chat/completions": Stream(f"{house.url}/v1", key, path)  # noqa: E731
        number = 0
        for name, count in (("scripted", 200), ("real", prompts)):
            there = house.engine(name)
            direct = Stream(f"{there.url}", there.token)
            chats = {"engine's own server": _chat(direct), "house, chat": _chat(through(), model=name)}
            found = in_turn(chats, count, number)
            compared(f"{name} engine, one request at a time", found, bars=name == "real")
            number += 10_000
            tasks = {
                "engine's own server": _direct_task(Stream(there.url, there.token)),
                "house, task": _task(through("/tasks/headline.news/run"), name),
            }
            found = in_turn(tasks, count, number)
            compared(f"{name} engine, the prompt of a task", found, bars=name == "real")
            number += 10_000
        with llama_server(weights) as url:
            sides = {
                "llama.cpp's own server": _chat(Stream(url, None)),
                "house, chat": _chat(through(), model="real"),
            }
            found = in_turn(sides, prompts, number)
            compared("llama.cpp's server on the same weights", found, bars=False)
