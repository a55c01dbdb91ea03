"""OpenAI's interface as a client sees it, through a real service and a real engine process."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import openai
import pytest

from caibian.models.openai_client import OpenAIChat
from tests.service.conftest import ANSWERS, Served

Serve = Callable[..., Served]


def client(served: Served, key: str = "none") -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{served.url}/v1", api_key=key, max_retries=0)


def ask(served: Served, **fields: Any) -> httpx.Response:
    body = {"model": "scripted", "messages": [{"role": "user", "content": "headline"}]} | fields
    return httpx.post(f"{served.url}/v1/chat/completions", json=body, timeout=30)


def test_the_official_client_chats(served: Served) -> None:
    with client(served) as api:
        [model] = api.models.list().data
        reply = api.chat.completions.create(
            model=model.id, messages=[{"role": "user", "content": "headline"}], temperature=0
        )
    assert reply.choices[0].message.content == ANSWERS["headline"]
    assert reply.choices[0].finish_reason == "stop"
    assert reply.usage is not None
    assert reply.usage.completion_tokens == len(ANSWERS["headline"])
    assert reply.usage.total_tokens == reply.usage.prompt_tokens + reply.usage.completion_tokens


def test_the_official_client_streams(served: Served) -> None:
    with client(served) as api:
        stream = api.chat.completions.create(
            model="scripted",
            messages=[{"role": "user", "content": [{"type": "text", "text": "headline"}]}],
            stream=True,
            stream_options={"include_usage": True},
        )
        chunks = list(stream)
    texts = [c.choices[0].delta.content or "" for c in chunks if c.choices]
    assert "".join(texts) == ANSWERS["headline"]
    assert len([t for t in texts if t]) > 1
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"
    assert chunks[-1].usage is not None
    assert len({c.id for c in chunks}) == 1


def test_the_official_client_gets_logprobs(served: Served) -> None:
    with client(served) as api:
        reply = api.chat.completions.create(
            model="scripted",
            messages=[{"role": "user", "content": "headline"}],
            logprobs=True,
            top_logprobs=1,
        )
    scores = reply.choices[0].logprobs
    assert scores is not None
    assert "".join(s.token for s in scores.content or ()) == ANSWERS["headline"]
    assert all(s.top_logprobs[0].token == s.token for s in scores.content or ())


def test_limits_and_stop_strings_are_honoured(served: Served) -> None:
    for limit in ({"max_tokens": 2}, {"max_completion_tokens": 2}):
        choice = ask(served, **limit).json()["choices"][0]
        assert (choice["message"]["content"], choice["finish_reason"]) == ("市议", "length")
    assert ask(served, stop="批准").json()["choices"][0]["message"]["content"] == "市议会"
    assert ask(served, stop=["没有", "预"]).json()["choices"][0]["message"]["content"] == "市议会批准"


def test_an_empty_answer_passes(served: Served) -> None:
    choice = ask(served, messages=[{"role": "user", "content": "nothing"}]).json()["choices"][0]
    assert (choice["message"]["content"], choice["finish_reason"]) == ("", "stop")


def test_an_unknown_model_is_404_in_openais_shape(served: Served) -> None:
    with client(served) as api:
        with pytest.raises(openai.NotFoundError, match="gpt-9"):
            api.chat.completions.create(model="gpt-9", messages=[{"role": "user", "content": "x"}])
        with pytest.raises(openai.NotFoundError):
            api.models.retrieve("gpt-9")
        assert api.models.retrieve("scripted").id == "scripted"
    error = ask(served, model="gpt-9").json()["error"]
    assert error["code"] == "model_not_found"
    assert error["param"] == "model"


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"messages": []}, "messages"),
        ({"messages": "hello"}, "messages"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "messages.0.role"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "messages.0.content"),
        ({"temperature": 3}, "temperature"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"n": 2}, "n"),
        ({"presence_penalty": 1.5}, "presence_penalty"),
        ({"top_logprobs": 50}, "top_logprobs"),
        ({"response_format": {"type": "xml"}}, "response_format"),
        ({"response_format": {"type": "json_schema"}}, "response_format"),
        ({"tools": [{"type": "function"}]}, "tools"),
        ({"stop": ["1", "2", "3", "4", "5"]}, "stop"),
    ],
)
def test_a_bad_field_is_400_and_named(served: Served, fields: dict[str, Any], named: str) -> None:
    reply = ask(served, **fields)
    assert reply.status_code == 400
    error = reply.json()["error"]
    assert error["type"] == "invalid_request_error"
    assert named in f"{error['param']} {error['message']}"


def test_what_is_not_json_is_refused(served: Served) -> None:
    url = f"{served.url}/v1/chat/completions"
    broken = httpx.post(url, content=b'{"model":', headers={"Content-Type": "application/json"})
    assert broken.status_code == 400
    assert "not JSON" in broken.json()["error"]["message"]
    # A web page may post a form to any address; it may not post JSON unasked.
    assert httpx.post(url, data={"model": "scripted"}).status_code == 415
    huge = httpx.post(url, content=b" " * (9 << 20), headers={"Content-Type": "application/json"})
    assert huge.status_code == 413


def test_other_names_for_this_machine_are_not_answered(served: Served) -> None:
    reply = httpx.get(f"{served.url}/v1/models", headers={"Host": "evil.example"})
    assert reply.status_code == 400


def test_a_key_is_asked_for_when_there_is_one(serve: Serve) -> None:
    served = serve(api_key="sesame")
    with client(served, "wrong") as api, pytest.raises(openai.AuthenticationError):
        api.models.list()
    with client(served, "sesame") as api:
        assert api.models.list().data[0].id == "scripted"
    assert httpx.get(f"{served.url}/").status_code == 200


def test_log_probabilities_of_given_answers(served: Served) -> None:
    with OpenAIChat(served.url, cache=False, retries=0) as model:
        chosen = model.choose([{"role": "user", "content": "headline"}], ["市议会", "省议会"])
    assert chosen.best == "市议会"


def test_the_page_needs_nothing_from_elsewhere(served: Served) -> None:
    reply = httpx.get(f"{served.url}/")
    assert "text/html" in reply.headers["content-type"]
    assert "default-src 'none'" in reply.headers["content-security-policy"]
    links = reply.text.replace("http://www.w3.org/2000/svg", "")  # the icon's name space, never fetched
    assert "http://" not in links
    assert "https://" not in links
    assert "innerHTML" not in reply.text  # answers are text, never markup


def test_unknown_routes_have_openais_error_shape(served: Served) -> None:
    reply = httpx.get(f"{served.url}/v1/nothing")
    assert reply.status_code == 404
    assert json.loads(reply.text)["error"]["type"] == "invalid_request_error"
