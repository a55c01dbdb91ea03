"""A whole house, with the official client: what works, what dies without anybody noticing, how it stops."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import openai
import pytest

from tests.service.newsroom.house import PEOPLE
from tests.service.newsroom.serving import SCRIPT, ServedHouse, eventually, serving_house, settings_file
from tests.storage.conftest import _light_hashes  # noqa: F401  (fixture)
from tests.storage.house import PASSWORD

HEADLINE = [{"role": "user", "content": "headline"}]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedHouse]:
    """Two workers, two engines, no pages."""
    with serving_house(tmp_path_factory.mktemp("house"), "--workers", "2", "--no-pages") as served:
        yield served


def test_the_official_client_chats_streams_and_is_told_what_is_wrong(house: ServedHouse) -> None:
    with house.client() as api:
        assert [model.id for model in api.models.list()] == ["tuned", "slow"]
        assert api.models.retrieve("slow").owned_by == "caibian"
        reply = api.chat.completions.create(model="tuned", messages=HEADLINE)
        assert reply.choices[0].message.content == SCRIPT["headline"]
        assert reply.usage is not None
        assert reply.usage.completion_tokens == 7
        chunks = list(
            api.chat.completions.create(
                model="tuned", messages=HEADLINE, stream=True, stream_options={"include_usage": True}
            )
        )
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
        assert text == SCRIPT["headline"]
        assert chunks[-1].usage is not None
        schema = {"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]}
        reply = api.chat.completions.create(
            model="tuned",
            messages=[{"role": "user", "content": "json"}],
            response_format={"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}},
            logprobs=True,
        )
        assert json.loads(reply.choices[0].message.content or "") == {"title": "预算"}
        assert reply.choices[0].logprobs is not None
        assert api.completions.create(model="tuned", prompt="headline").choices[0].text == SCRIPT["headline"]
        with pytest.raises(openai.NotFoundError, match="gpt-9"):
            api.chat.completions.create(model="gpt-9", messages=HEADLINE)
        with pytest.raises(openai.NotFoundError, match="serves chat"):
            api.embeddings.create(model="tuned", input="x")
        with pytest.raises(openai.BadRequestError, match="messages"):
            api.chat.completions.create(model="tuned", messages=[])
    with house.client("cbk_nobody") as api, pytest.raises(openai.AuthenticationError):
        api.models.list()
    with house.client(house.token("expert")) as api, pytest.raises(openai.PermissionDeniedError):
        api.chat.completions.create(model="tuned", messages=HEADLINE)


def test_both_workers_answer_from_one_database_and_their_figures_are_one(house: ServedHouse) -> None:
    token = house.token("reporter")

    def ask(_: int) -> int:
        body = {"model": "slow", "messages": HEADLINE, "max_tokens": 2}
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.post(
            f"{house.api}/v1/chat/completions", json=body, headers=headers, timeout=60
        ).status_code

    before = _figure(house, 'caibian_answers_total{engine="slow"}')
    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(ask, range(64))) == {200}
    assert sorted(house.pids("child").values()) == ["batches", "the API (1)", "the API (2)"]
    assert _figure(house, 'caibian_answers_total{engine="slow"}') == before + 64
    assert _figure(house, 'caibian_tokens_total{engine="slow",kind="completion"}') >= 128
    assert _figure(house, 'caibian_engine_up{engine="slow",kind="local"}') == 1
    assert "reporter" not in house.ask("operator", "GET", "/metrics").text
    overview = house.ask("operator", "GET", "/v1/operations/overview").json()
    assert next(row for row in overview["by_model"] if row["name"] == "slow")["requests"] >= 64
    assert house.ask("reporter", "GET", "/metrics").status_code == 403
    assert httpx.get(f"{house.api}/metrics").status_code == 401


def test_every_request_leaves_one_line_with_its_id_and_nothing_of_what_was_said(house: ServedHouse) -> None:
    body = {"model": "tuned", "messages": [{"role": "user", "content": "a secret plan"}]}
    reply = house.ask(
        "reporter", "POST", "/v1/chat/completions", json=body, headers={"X-Request-Id": "theirs-1"}
    )
    made = reply.headers["x-request-id"]
    assert reply.headers["x-client-request-id"] == "theirs-1" != made
    eventually(lambda: any(line.get("id") == made for line in house.log()))
    [line] = [line for line in house.log() if line.get("id") == made]
    assert (line["route"], line["status"], line["feature"]) == ("/v1/chat/completions", 200, "chat")
    assert line["client_id"] == "theirs-1"
    assert line["account"]
    text = (house.folder / "out.log").read_text(encoding="utf-8")
    assert "secret" not in text
    assert "reporter1" not in text


def test_a_killed_engine_under_load_gives_503_comes_back_and_the_other_does_not_notice(
    house: ServedHouse,
) -> None:
    token, over = house.token("reporter"), threading.Event()
    answers: dict[str, list[httpx.Response]] = {"tuned": [], "slow": []}

    def load(model: str) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        body = {"model": model, "messages": [{"role": "user", "content": "long"}], "max_tokens": 25}
        with httpx.Client(headers=headers, timeout=60) as client:
            while not over.is_set():
                answers[model].append(client.post(f"{house.api}/v1/chat/completions", json=body))

    before = _engine(house, "slow")["starts"]
    with ThreadPoolExecutor(5) as pool:
        jobs = [pool.submit(load, model) for model in ("slow", "slow", "slow", "slow", "tuned")]
        eventually(lambda: _engine(house, "slow")["running"] >= 3)
        [victim] = house.pids("engine", "slow")
        os.kill(victim, signal.SIGKILL)
        eventually(lambda: _engine(house, "slow")["starts"] == before + 1)
        eventually(lambda: answers["slow"][-1].status_code == 200 and _engine(house, "slow")["running"])
        over.set()
        for job in jobs:
            job.result(60)
    codes = {answer.status_code for answer in answers["slow"]}
    assert codes == {200, 503}
    failed = [answer for answer in answers["slow"] if answer.status_code == 503]
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in failed)
    assert {answer.json()["error"]["code"] for answer in failed} == {"unavailable"}
    assert {answer.status_code for answer in answers["tuned"]} == {200}
    assert house.ask("reporter", "GET", "/health/ready").json() == {"status": "ok", "reasons": []}


def test_a_killed_worker_comes_back_and_the_house_answers_meanwhile(house: ServedHouse) -> None:
    [victim] = house.pids("child", "the API (1)")
    os.kill(victim, signal.SIGKILL)
    body = {"model": "tuned", "messages": HEADLINE}
    for _ in range(10):
        assert house.ask("reporter", "POST", "/v1/chat/completions", json=body).status_code == 200
    eventually(lambda: [pid for pid in house.pids("child", "the API (1)") if pid != victim])


def test_a_house_in_the_background_says_where_it_is_and_finishes_what_has_begun_when_it_is_stopped(
    tmp_path: Path,
) -> None:
    config = settings_file(tmp_path)
    command = [sys.executable, "-m", "caibian"]
    serve = [*command, "serve", "--config", str(config), "--port", "0", "--api-port", "0", "--background"]
    stop = [*command, "newsroom", "stop", "--config", str(config)]
    try:
        started = subprocess.run(serve, capture_output=True, text=True, timeout=180, check=False)
        assert started.returncode == 0, started.stderr
        known = json.loads((tmp_path / "newsroom.pid").read_text(encoding="utf-8"))
        assert known["pages"] in started.stderr
        assert f"{known['api']}/v1" in started.stderr
        assert httpx.get(known["pages"], follow_redirects=True, timeout=60).status_code == 200
        again = subprocess.run(serve, capture_output=True, text=True, timeout=60, check=False)
        assert (again.returncode, "is being served already" in again.stderr) == (1, True)
        _stop_while_streaming(known["api"], stop)
        with pytest.raises(httpx.ConnectError):
            httpx.get(known["pages"], timeout=10)
    finally:
        ended = subprocess.run(stop, capture_output=True, text=True, timeout=120, check=False)
    assert (ended.returncode, "no house runs" in ended.stderr) == (1, True)
    assert not (tmp_path / "newsroom.pid").exists()


def _stop_while_streaming(api: str, stop: list[str]) -> None:
    url = f"{api}/v1/chat/completions"
    body = {"model": "slow", "messages": [{"role": "user", "content": "long"}], "stream": True}
    login = {"name": PEOPLE["reporter"], "password": PASSWORD}
    headers = {
        "Authorization": f"Bearer {httpx.post(f'{api}/v1/login', json=login, timeout=60).json()['token']}"
    }
    with (
        httpx.Client(headers=headers, timeout=60) as client,
        client.stream("POST", url, json=body | {"max_tokens": 200}) as reply,
    ):
        lines = reply.iter_lines()
        while "词" not in next(lines):
            pass
        stopping = subprocess.Popen(stop)
        with httpx.Client(headers=headers, timeout=60) as late:
            eventually(lambda: late.get(f"{api}/v1/models").status_code == 503)
            refused = late.post(url, json=body)
            assert refused.status_code == 503
            assert int(refused.headers["retry-after"]) >= 1
            assert refused.json()["error"]["code"] == "unavailable"
            ready = late.get(f"{api}/health/ready")
            assert (ready.status_code, ready.json()["reasons"]) == (503, ["the service is stopping"])
            assert late.get(f"{api}/health/live").status_code == 200
        rest = [line for line in lines if line]
    assert rest[-1] == "data: [DONE]"
    assert sum("词" in line for line in rest) == 199
    assert stopping.wait(60) == 0


def test_a_house_that_cannot_start_says_why_and_leaves_nothing(tmp_path: Path) -> None:
    config = settings_file(tmp_path, engines=[{"name": "bad", "model": "scripted:nowhere.json"}])
    serve = [sys.executable, "-m", "caibian", "serve", "--config", str(config), "--port", "0"]
    begun = time.monotonic()
    started = subprocess.run(
        [*serve, "--api-port", "0", "--background"], capture_output=True, text=True, timeout=120, check=False
    )
    assert started.returncode == 1
    assert "engines.bad: nowhere.json" in started.stderr
    assert not (tmp_path / "newsroom.pid").exists()
    assert time.monotonic() - begun < 60


def _figure(house: ServedHouse, name: str) -> float:
    lines = house.ask("operator", "GET", "/metrics").text.splitlines()
    return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(name)), 0.0)


def _engine(house: ServedHouse, name: str) -> dict[str, int]:
    found: list[dict[str, int]] = house.ask("reporter", "GET", "/v1/engines").json()
    return next(one for one in found if one["name"] == name)
