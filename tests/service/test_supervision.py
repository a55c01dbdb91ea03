"""What happens when engines die, hang or fill up, and when clients or the service itself go away."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx
import openai
import psutil
import pytest

from caibian.errors import ConfigError, ModelError, PortInUse
from caibian.service.run import listen
from caibian.service.supervisor import EngineSpec, Supervisor
from tests.service.conftest import ANSWERS, Served

Serve = Callable[..., Served]
SLOW = {"seconds_per_token": 0.1}  # the long answer then takes 40 s


def body(question: str = "headline", **fields: Any) -> dict[str, Any]:
    return {"model": "scripted", "messages": [{"role": "user", "content": question}]} | fields


def ask(served: Served, question: str = "headline", **fields: Any) -> httpx.Response:
    return httpx.post(f"{served.url}/v1/chat/completions", json=body(question, **fields), timeout=60)


def health(served: Served) -> dict[str, Any]:
    known: dict[str, Any] = httpx.get(f"{served.url}/health", timeout=10).json()
    return known


def eventually(condition: Callable[[], object], seconds: float = 20.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)


@contextmanager
def streaming(served: Served, question: str = "long") -> Iterator[Iterator[str]]:
    """The lines of a streamed answer, after its first piece of text."""
    url = f"{served.url}/v1/chat/completions"
    with httpx.stream("POST", url, json=body(question, stream=True), timeout=60) as reply:
        lines = reply.iter_lines()
        for line in lines:
            if '"content": "词"' in line:
                break
        yield lines


def test_an_engine_that_dies_while_streaming_costs_that_answer_only(serve: Serve) -> None:
    served = serve(settings=SLOW)
    before = served.supervisor.pid
    with streaming(served) as lines:
        os.kill(int(before or 0), signal.SIGKILL)
        rest = [line for line in lines if line]
    error = json.loads(rest[-1].removeprefix("data: "))["error"]
    assert error["code"] == "engine_stopped"
    assert "[DONE]" not in rest[-1]
    # The next question waits for the new engine.
    assert ask(served).json()["choices"][0]["message"]["content"] == ANSWERS["headline"]
    known = health(served)
    assert (known["status"], known["engine_starts"]) == ("ready", 2)
    assert served.supervisor.pid != before
    assert "SIGKILL" in served.supervisor.reason


def test_the_official_client_hears_of_the_death(serve: Serve) -> None:
    served = serve(settings=SLOW)
    api = openai.OpenAI(base_url=f"{served.url}/v1", api_key="none", max_retries=0)
    stream = api.chat.completions.create(
        model="scripted", messages=[{"role": "user", "content": "long"}], stream=True
    )
    for _ in range(3):
        next(stream)
    os.kill(int(served.supervisor.pid or 0), signal.SIGKILL)
    with pytest.raises(openai.APIError, match="stopped in the middle"):
        list(stream)


def test_an_engine_that_dies_before_a_whole_answer_is_503_with_a_hint_when_to_come_back(serve: Serve) -> None:
    served = serve(settings=SLOW)
    with ThreadPoolExecutor(1) as pool:
        job = pool.submit(ask, served, "long")
        eventually(lambda: health(served)["running"] == 1)
        time.sleep(0.3)
        os.kill(int(served.supervisor.pid or 0), signal.SIGKILL)
        reply = job.result(30)
    assert reply.status_code == 503
    assert int(reply.headers["retry-after"]) >= 1
    assert reply.json()["error"]["code"] == "engine_stopped"


def test_a_hung_engine_is_replaced(serve: Serve) -> None:
    served = serve(settings=SLOW, stall_seconds=2.0)
    first = int(served.supervisor.pid or 0)
    with streaming(served) as lines:
        os.kill(first, signal.SIGSTOP)  # it neither answers nor dies
        rest = [line for line in lines if line]
    assert "engine_stopped" in rest[-1]
    assert ask(served).status_code == 200
    assert "no sign of progress" in served.supervisor.reason
    assert not psutil.pid_exists(first)


def test_a_client_that_leaves_stops_the_work(serve: Serve) -> None:
    served = serve(settings=SLOW)
    with streaming(served):
        assert health(served)["running"] == 1
    eventually(lambda: health(served)["running"] == 0, 15)
    start = time.monotonic()
    assert ask(served, max_tokens=1).status_code == 200
    assert time.monotonic() - start < 20


def test_a_client_that_leaves_without_a_stream_stops_the_work_too(serve: Serve) -> None:
    served = serve(settings=SLOW)
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{served.url}/v1/chat/completions", json=body("long"), timeout=2.0)
    eventually(lambda: health(served)["running"] == 0, 15)
    start = time.monotonic()
    assert ask(served, max_tokens=1).status_code == 200
    assert time.monotonic() - start < 20


def test_requests_wait_their_turn_and_too_many_are_sent_away(serve: Serve) -> None:
    served = serve(settings={"seconds_per_token": 0.02}, max_queue=2)
    with ThreadPoolExecutor(6) as pool:
        jobs = [pool.submit(ask, served, "long", max_tokens=50) for _ in range(6)]
        replies = [job.result(60) for job in jobs]
    codes = sorted(reply.status_code for reply in replies)
    assert codes == [200, 200, 200, 429, 429, 429]
    refused = next(reply for reply in replies if reply.status_code == 429)
    assert refused.json()["error"]["code"] == "engine_busy"
    assert "retry-after" in refused.headers


def test_a_model_that_cannot_be_loaded_ends_the_start_with_its_reason() -> None:
    async def start() -> None:
        supervisor = Supervisor(EngineSpec("/nowhere/at-all.gguf"))
        with pytest.raises(ModelError, match="at-all"):
            await supervisor.start()
        assert (supervisor.state, supervisor.pid) == ("stopped", None)

    asyncio.run(start())


def test_a_port_in_use_is_named_with_the_remedy() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortInUse, match=rf"port {port} .*--port {port + 1}"):
            listen("127.0.0.1", port)


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"--host 192\.0\.2\.1"):
        listen("192.0.2.1", 0)


@contextmanager
def command(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`caibian serve` as its user starts it; yields the process and the URL it announces."""
    process = subprocess.Popen(
        [sys.executable, "-c", "from caibian.cli import main; main()", "serve", *arguments],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        line = next((line for line in process.stderr if "Interface" in line), "")
        assert line, "it did not come up"
        threading.Thread(target=process.stderr.read, daemon=True).start()
        yield process, line.split()[-1]
    finally:
        process.kill()
        process.wait()


def engine_of(process: subprocess.Popen[str]) -> psutil.Process:
    [child] = psutil.Process(process.pid).children()
    return child


def test_the_engine_does_not_outlive_a_killed_service() -> None:
    with command("scripted:hello", "--port", "0") as (process, url):
        assert httpx.get(f"{url}/models").json()["data"][0]["id"] == "scripted"
        engine = engine_of(process)
        process.kill()
        eventually(lambda: not engine.is_running() or engine.status() == psutil.STATUS_ZOMBIE, 15)


def test_ctrl_c_ends_the_service_and_its_engine() -> None:
    with command("scripted:hello", "--port", "0") as (process, _):
        engine = engine_of(process)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
        eventually(lambda: not engine.is_running(), 15)


def test_serve_on_a_taken_port_says_so_before_it_loads_anything() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                "from caibian.cli import main; main()",
                "serve",
                "scripted:x",
                "--port",
                port,
            ],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 1
    assert f"port {port}" in done.stderr
    assert "Traceback" not in done.stderr
