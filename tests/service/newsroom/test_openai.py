"""OpenAI's routes at the house's doors: shapes of errors, limits, topics, what the record says."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator

import httpx
import pytest

from caibian.errors import ContextOverflow
from caibian.service.engine_errors import Busy, EngineDown, Overdue
from caibian.service.settings import Topic
from tests.models.server import serving
from tests.service.newsroom.conftest import housed
from tests.service.newsroom.gateway import COST_A_TOKEN
from tests.service.newsroom.house import House
from tests.storage.databases import fresh_url
from tests.storage.house import Clock

CHAT = {"model": "tuned", "messages": [{"role": "user", "content": "市议会批准预算"}]}


def test_a_chat_is_recorded_with_what_it_took_and_without_what_was_said(house: House) -> None:
    for stream in (False, True):
        reply = house.ask("reporter", "POST", "/chat/completions", json=CHAT | {"stream": stream})
        assert reply.status_code == 200
        assert reply.headers["x-caibian-engine"] == "tuned"
    house.app.state.admission.recorder.flush()
    rows = house.get("operator", "/operations/requests")["requests"]
    assert [row["feature"] for row in rows] == ["chat", "chat"]
    for row in rows:
        assert (row["model"], row["status"], row["prompt_tokens"], row["completion_tokens"]) == (
            "tuned",
            200,
            7,
            7,
        )
        assert row["cost"] == pytest.approx(14 * COST_A_TOKEN)
    assert rows[0]["first_token_ms"] == pytest.approx(10)
    assert "市议会" not in json.dumps(rows, ensure_ascii=False)


@pytest.mark.parametrize(
    ("error", "status", "kind", "code", "wait"),
    [
        (Busy("full", 7), 429, "rate_limit_error", "too_many", "7"),
        (EngineDown("away", 3), 503, "server_error", "unavailable", "3"),
        (Overdue("late"), 504, "server_error", "overdue", None),
        (ContextOverflow("long"), 400, "invalid_request_error", "invalid", None),
    ],
)
def test_what_an_engine_cannot_do_is_said_in_openais_form(
    house: House, error: Exception, status: int, kind: str, code: str, wait: str | None
) -> None:
    def fail(*_: object) -> str:
        raise error

    house.gateway.script = fail
    reply = house.ask("editor", "POST", "/chat/completions", json=CHAT)
    said = reply.json()["error"]
    assert (reply.status_code, said["type"], said["code"]) == (status, kind, code)
    assert reply.headers.get("retry-after") == wait
    assert str(error) in said["message"]


def test_refusals_at_the_door_are_in_openais_form_there_and_in_ours_elsewhere(house: House) -> None:
    for path in ("/chat/completions", "/completions", "/embeddings"):
        for who, status in ((None, 401), ("expert", 403)):
            reply = house.ask(who, "POST", path, json=CHAT)
            assert (reply.status_code, set(reply.json())) == (status, {"error"})
        plain = house.ask("reporter", "POST", path, content=b"{}")
        assert (plain.status_code, set(plain.json())) == (415, {"error"})
        huge = house.ask("reporter", "POST", path, json={"model": "x" * (9 << 20)})
        assert (huge.status_code, huge.json()["error"]["code"]) == (413, "too_large")
    assert house.problem(None, "GET", "/tasks", 401).code == "unauthorised"
    house.put("operator", "/features/chat", {"enabled": False, "reason": "maintenance"})
    reply = house.ask("reporter", "POST", "/chat/completions", json=CHAT)
    assert (reply.status_code, reply.json()["error"]["code"]) == (403, "switched_off")
    assert "maintenance" in reply.json()["error"]["message"]


def test_a_topic_that_is_ruled_out_is_not_asked_about(
    clock: Clock, tmp_path_factory: pytest.TempPathFactory
) -> None:
    topic = Topic(name="dosage", patterns=["剂量"])
    with housed(fresh_url("sqlite", tmp_path_factory.mktemp("t")), clock, topics=[topic]) as house:
        said = [{"role": "user", "content": "阿司匹林的剂 量是多少？"}]
        reply = house.ask("reporter", "POST", "/chat/completions", json=CHAT | {"messages": said})
        assert (reply.status_code, reply.json()["error"]["code"]) == (400, "refused_topic")
        assert "dosage" in reply.json()["error"]["message"]
        order = [{"role": "developer", "content": "说阿司匹林的剂量"}, {"role": "user", "content": "开始"}]
        reply = house.ask("reporter", "POST", "/chat/completions", json=CHAT | {"messages": order})
        assert reply.json()["error"]["code"] == "refused_topic"
        assert house.gateway.asked == []
        assert house.ask("reporter", "POST", "/chat/completions", json=CHAT).status_code == 200


def test_the_document_says_all_that_routes_answer_and_what_they_want(house: House) -> None:
    document = house.client.get("/v1/openapi.json").json()
    text = json.dumps(document)
    assert "HTTPValidationError" not in text
    named = {part.split('"')[0] for part in text.split('"#/components/schemas/')[1:]}
    assert named <= set(document["components"]["schemas"])
    assert '"#/$defs' not in text
    run = document["paths"]["/v1/tasks/{id}/run"]["post"]
    assert {"200", "401", "403", "404", "413", "422", "429", "502", "503", "504"} <= set(run["responses"])
    assert run["security"] == [{"bearer": []}]
    chat = document["paths"]["/v1/chat/completions"]["post"]
    assert {"200", "400", "401", "403", "404", "413", "415", "429", "503", "504"} <= set(chat["responses"])
    assert "messages" in chat["requestBody"]["content"]["application/json"]["schema"]["properties"]
    assert "security" not in document["paths"]["/v1/login"]["post"]


def test_an_upload_is_counted_on_its_way_and_never_held(house: House) -> None:
    most, sent = 1 << 30, 0

    def gigabyte() -> Iterator[bytes]:
        nonlocal sent
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.html"\r\n\r\n'
        while sent < most:
            sent += 1 << 20
            yield b"x" * (1 << 20)

    headers = house.headers("editor") | {"Content-Type": "multipart/form-data; boundary=b"}
    with serving(house.app) as url, httpx.Client(base_url=url, headers=headers, timeout=60) as client:
        try:
            reply = client.post("/v1/labels/verify", content=gigabyte())
        except httpx.TransportError:  # it hung up on us, as it may
            pass
        else:
            assert (reply.status_code, reply.json()["code"]) == (413, "too_large")
        assert sent < 100 << 20
        with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), 30) as line:
            line.sendall(b"POST /v1/articles/files HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000000\r\n\r\n")
            assert line.recv(100).startswith(b"HTTP/1.1 413")  # nothing of it had to be sent
        file = {"file": ("a.html", b"<p>" + b"x" * (2 << 20))}  # more than a form may be
        big = httpx.post(f"{url}/v1/labels/verify", files=file, headers=house.headers("editor"), timeout=60)
        assert big.status_code in (200, 422)


def test_prometheus_reads_figures_with_a_token_of_its_own(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(token: str) -> int:
        return house.client.get("/metrics", headers={"Authorization": f"Bearer {token}"}).status_code

    assert [ask(house.token("operator")), ask(house.token("editor")), ask("scrape")] == [200, 403, 401]
    monkeypatch.setenv("CAIBIAN_METRICS_TOKEN", "scrape")
    assert [ask("scrape"), ask("scrap"), ask("")] == [200, 401, 401]
