"""The URL backend against servers that misbehave: real HTTP, answers under the test's control."""

from __future__ import annotations

import json
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from caibian.errors import ContextOverflow, ModelError, RemoteError
from caibian.files import home
from caibian.models import Options
from caibian.models.openai_client import OpenAIChat, Prices

QUESTION: Any = [{"role": "user", "content": "问题"}]
Reply = tuple[int, dict[str, str], Any]


class Server:
    """Answers POSTs by a function from (number of the request, its body) to (status, headers, body)."""

    def __init__(self) -> None:
        self.answer: Callable[[int, Any], Reply] = lambda _, body: good(str(body["messages"][-1]["content"]))
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.at_once, self.most_at_once = 0, 0
        self.lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                outer.handle(self)

            def log_message(self, *_: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.http.server_port}/v1"

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        body = json.loads(request.rfile.read(int(request.headers["content-length"])))
        with self.lock:
            self.requests.append(body)
            self.headers.append({k.lower(): v for k, v in request.headers.items()})
            number = len(self.requests)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        status, headers, content = self.answer(number, body)
        with self.lock:
            self.at_once -= 1
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("content-length", headers.get("x-claimed-length", str(len(data))))
        request.end_headers()
        request.wfile.write(data)
        if "x-claimed-length" in headers:
            request.connection.shutdown(socket.SHUT_RDWR)
            request.close_connection = True


def good(text: str | None, reason: str = "stop") -> Reply:
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": reason}
    return 200, {}, {"choices": [choice], "usage": {"prompt_tokens": 10, "completion_tokens": 5}}


def events(*lines: str, reason: str | None = "stop", done: bool = True) -> Reply:
    chunks: list[Any] = [{"choices": [{"delta": {"content": text}, "finish_reason": None}]} for text in lines]
    chunks.append({"choices": [{"delta": {}, "finish_reason": reason}]})
    chunks.append({"choices": [], "usage": {"prompt_tokens": 10, "completion_tokens": 5}})
    text = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + (
        "data: [DONE]\n\n" if done else ""
    )
    return 200, {"content-type": "text/event-stream"}, text.encode()


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.http.shutdown()
    running.http.server_close()


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAIBIAN_HOME", str(tmp_path / "home"))


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses between attempts, taken but not waited for."""
    taken: list[float] = []
    monkeypatch.setattr("caibian.models.openai_client.model.SLEEP", taken.append)
    return taken


def ask(model: OpenAIChat, options: Options = Options()) -> Any:  # noqa: B008
    return model.generate([QUESTION], options)[0]


@pytest.mark.parametrize("status", [429, 500, 503, 529])
def test_what_may_pass_is_tried_again_with_growing_pauses(
    server: Server, pauses: list[float], status: int
) -> None:
    server.answer = lambda number, _: (
        good("at last") if number == 4 else (status, {}, {"error": {"message": "no"}})
    )
    with OpenAIChat(server.url, "m") as model:
        assert ask(model).text == "at last"
        assert model.ledger.summary()["retries"] == 3
    assert [0.25 <= pauses[0] <= 0.5, 0.5 <= pauses[1] <= 1, 1 <= pauses[2] <= 2] == [True] * 3


@pytest.mark.parametrize("header", ["7", formatdate(time.time() + 8, usegmt=True)], ids=["seconds", "date"])
def test_retry_after_is_honoured_in_seconds_and_as_a_date(
    server: Server, pauses: list[float], header: str
) -> None:
    if not header.isdigit():
        header = formatdate(time.time() + 8, usegmt=True)
    server.answer = lambda number, _: good("x") if number > 1 else (429, {"retry-after": header}, {})
    with OpenAIChat(server.url, "m") as model:
        assert ask(model).text == "x"
    assert 5 <= pauses[0] <= 8


def test_a_server_that_asks_for_an_hour_is_reported_at_once(server: Server, pauses: list[float]) -> None:
    server.answer = lambda *_: (429, {"retry-after": "3600"}, {"error": {"message": "quota"}})
    with OpenAIChat(server.url, "m") as model:
        assert "quota" in ask(model).error
    assert pauses == []


def test_after_all_retries_the_answer_is_an_error_with_the_reason(
    server: Server, pauses: list[float]
) -> None:
    server.answer = lambda *_: (503, {}, {"error": {"message": "overloaded"}})
    with OpenAIChat(server.url, "m", retries=2) as model:
        answer = ask(model)
    assert (answer.finish_reason, answer.text) == ("error", "")
    assert "overloaded" in answer.error
    assert "3 attempts" in answer.error
    assert len(pauses) == 2


def test_a_refusal_is_not_tried_again(server: Server, pauses: list[float]) -> None:
    server.answer = lambda *_: (401, {}, {"error": {"message": "who are you"}})
    with OpenAIChat(server.url, "m") as model:
        assert "api_key_env" in ask(model).error
    assert (len(server.requests), pauses) == (1, [])


def test_nobody_at_the_address_is_an_error_not_a_crash(pauses: list[float]) -> None:
    with OpenAIChat("http://127.0.0.1:9", "m", retries=1) as model:
        assert "no answer" in ask(model).error
        with pytest.raises(RemoteError):
            list(model.stream(QUESTION))
    assert len(pauses) == 2


def test_an_answer_is_paid_once(server: Server) -> None:
    for _ in range(2):
        with OpenAIChat(server.url, "m", prices=Prices(prompt=1.0, completion=2.0, currency="CNY")) as model:
            assert ask(model).text == "问题"
            assert "".join(model.stream(QUESTION)) == "问题"
            last = model.ledger.summary()
    assert len(server.requests) == 1
    assert (last["calls"], last["cached"], last["cost"]) == (0, 2, 0.0)
    [line] = (home() / "ledger.jsonl").read_text(encoding="utf-8").splitlines()
    entry = json.loads(line)
    assert entry["cost"] == pytest.approx((10 * 1.0 + 5 * 2.0) / 1e6)
    assert entry["currency"] == "CNY"
    assert "问题" not in line


def test_another_question_or_other_options_are_another_answer(server: Server) -> None:
    with OpenAIChat(server.url, "m") as model:
        for options in (Options(), Options(max_tokens=1), Options(seed=1), Options(json_schema={})):
            ask(model, options)
    with OpenAIChat(server.url, "other") as model:
        ask(model)
    assert len(server.requests) == 5


def test_failures_are_not_remembered(server: Server, pauses: list[float]) -> None:
    server.answer = lambda *_: (400, {}, {"error": {"message": "bad"}})
    with OpenAIChat(server.url, "m") as model:
        assert ask(model).finish_reason == "error"
        server.answer = lambda *_: good("fine")
        assert ask(model).text == "fine"
    assert pauses == []


def test_a_damaged_cache_file_is_asked_again(server: Server) -> None:
    with OpenAIChat(server.url, "m") as model:
        ask(model)
        [file] = (home() / "answers").rglob("*.json")
        file.write_text('{"te')
        assert ask(model).text == "问题"
    assert len(server.requests) == 2


def test_no_more_requests_at_once_than_allowed(server: Server) -> None:
    def slowly(_: int, body: Any) -> Reply:
        time.sleep(0.05)
        return good(str(body["messages"][-1]["content"]))

    server.answer = slowly
    questions: Any = [[{"role": "user", "content": f"q{i}"}] for i in range(12)]
    with OpenAIChat(server.url, "m", concurrency=3) as model:
        answers = model.generate(questions)
    assert [a.text for a in answers] == [f"q{i}" for i in range(12)]
    assert server.most_at_once == 3


def test_the_key_is_sent_and_appears_nowhere_else(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("DESK_KEY", "sk-very-secret")
    caplog.set_level(logging.DEBUG)
    server.answer = lambda number, _: good("x") if number == 1 else (403, {}, {"error": {"message": "no"}})
    with OpenAIChat(server.url, "m", api_key_env="DESK_KEY", cache=False) as model:
        ask(model)
        failed = ask(model)
    assert server.headers[0]["authorization"] == "Bearer sk-very-secret"
    kept = "".join(p.read_text(encoding="utf-8") for p in home().rglob("*") if p.is_file())
    assert "secret" not in caplog.text + str(failed) + kept


def test_without_a_key_no_header_is_sent(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CAIBIAN_API_KEY", raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", "belongs to somebody else")
    with OpenAIChat(server.url, "m") as model:
        ask(model)
    assert "authorization" not in server.headers[0]


def test_a_stream_that_breaks_off_is_an_error_and_is_not_remembered(server: Server) -> None:
    server.answer = lambda *_: events("half an", done=False)
    with OpenAIChat(server.url, "m") as model:
        with pytest.raises(RemoteError, match="before the answer was complete"):
            list(model.stream(QUESTION))
        server.answer = lambda *_: (200, {"x-claimed-length": "9999"}, events("half")[2][:40])
        with pytest.raises(RemoteError):
            list(model.stream(QUESTION))
        server.answer = lambda *_: events("a ", "whole")
        assert list(model.stream(QUESTION)) == ["a ", "whole"]
        assert ask(model).text == "a whole"
    assert len(server.requests) == 3


def test_an_error_event_is_an_error(server: Server) -> None:
    server.answer = lambda *_: (200, {}, b'data: {"error": {"message": "engine stopped"}}\n\n')
    with OpenAIChat(server.url, "m") as model, pytest.raises(RemoteError, match="engine stopped"):
        list(model.stream(QUESTION))


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}", b'{"choices": []}'])
def test_a_server_that_talks_nonsense_is_an_error(server: Server, body: bytes) -> None:
    server.answer = lambda *_: (200, {}, body)
    with OpenAIChat(server.url, "m") as model:
        assert ask(model).finish_reason == "error"


def test_a_withheld_answer_is_not_taken_for_an_empty_one(server: Server) -> None:
    server.answer = lambda *_: good(None, "content_filter")
    with OpenAIChat(server.url, "m") as model:
        assert "content_filter" in ask(model).error
        server.answer = lambda *_: good(None)
        assert (ask(model).text, ask(model).finish_reason) == ("", "stop")


def test_a_conversation_too_long_is_told_apart(server: Server) -> None:
    error = {"message": "too long", "code": "context_length_exceeded"}
    server.answer = lambda *_: (400, {}, {"error": error})
    with OpenAIChat(server.url, "m") as model, pytest.raises(ContextOverflow):
        list(model.stream(QUESTION))


def test_closed_questions_name_the_remedy_where_the_server_cannot(server: Server) -> None:
    server.answer = lambda *_: (404, {}, {"detail": "Not Found"})
    with OpenAIChat(server.url, "m") as model, pytest.raises(ModelError, match="caibian serve"):
        model.choose(QUESTION, ["a", "b"])


def test_fields_a_server_refuses_can_be_left_out(server: Server) -> None:
    with OpenAIChat(server.url, "m", extra={"seed": None, "top_k": 5}) as model:
        ask(model)
    assert "seed" not in server.requests[0]
    assert server.requests[0]["top_k"] == 5
