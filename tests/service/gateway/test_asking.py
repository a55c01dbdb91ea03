"""What a gateway gives: whose answer, in whose words, and what it took."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator

import pytest

from caibian.errors import ConfigError, ContextOverflow, UnsupportedSchema
from caibian.masking import Vault
from caibian.models.chat import Options
from caibian.records import Message
from caibian.service.gateway.asking import Asked, Finished, Took, UnknownModel
from caibian.service.gateway.masks import hidden
from caibian.service.settings import Price
from caibian.service.wire import BadRequest
from tests.service.gateway.engines import Elsewhere, asking, elsewhere, far, gateways, stream

HEADLINE: list[Message] = [{"role": "user", "content": "市议会批准预算"}]
PHONE, MAIL = "13812345678", "zhang@example.com"
SECRET = f"请致电{PHONE}，或写信给{MAIL}。"


@pytest.fixture(scope="module")
def engine() -> Iterator[Elsewhere]:
    """One that says what it was asked."""
    with elsewhere() as found:
        yield found


def test_an_answer_comes_in_pieces_or_whole_with_what_it_took(engine: Elsewhere) -> None:
    async def ask() -> None:
        settings = far("tuned", engine.url, price=Price(prompt=10.0, completion=20.0))
        async with gateways(settings) as [gateway]:
            pieces = [piece async for piece in gateway.pieces(Asked(HEADLINE, Options(max_tokens=3)))]
            end = pieces.pop()
            assert isinstance(end, Finished)
            assert "".join(map(str, pieces)) == end.text == "市议会"
            assert (end.model, end.instead_of, end.finish_reason) == ("tuned", None, "length")
            assert (end.prompt_tokens, end.completion_tokens) == (7, 3)
            assert end.cost == pytest.approx((7 * 10 + 3 * 20) / 1_000_000)
            assert 0 < (end.first_token_seconds or 0) <= end.seconds
            whole = await gateway.answer(Asked(HEADLINE, Options(max_tokens=3), "tuned"))
            assert (whole.text, whole.cost) == (end.text, end.cost)
            assert (await gateway.engines())[0].running == 0

    asyncio.run(ask())


def test_openais_form_is_passed_on_and_usage_shown_to_those_who_asked_for_it(engine: Elsewhere) -> None:
    async def ask() -> None:
        async with gateways(far("tuned", engine.url, remote_model="its-own-name")) as [gateway]:
            took = Took()
            reply = await gateway.relay("chat/completions", asking(logprobs=True, top_logprobs=1), took)
            said = json.loads(reply.content)
            assert (reply.status, said["model"]) == (200, "its-own-name")
            assert said["choices"][0]["logprobs"]["content"][0]["token"] == "h"
            assert (took.model, took.prompt_tokens, took.completion_tokens) == ("tuned", 8, 8)

            took = Took()
            events = await stream(gateway, asking(), took)
            assert events[-1] == b"data: [DONE]\n\n"
            assert not any(b'"usage"' in event for event in events)
            assert (took.prompt_tokens, took.completion_tokens) == (8, 8)  # known all the same
            assert took.first_token_seconds is not None
            events = await stream(gateway, asking(stream_options={"include_usage": True}))
            assert json.loads(events[-2][5:])["usage"]["total_tokens"] == 16

            text = await gateway.relay("completions", {"prompt": "Once", "max_tokens": 2}, Took())
            assert json.loads(text.content)["choices"][0]["text"] == "On"

    asyncio.run(ask())


def test_personal_data_does_not_leave_and_is_in_the_answer_all_the_same() -> None:
    heard: list[str] = []

    def listen(conversation: list[Message]) -> str:
        heard.append(conversation[-1]["content"])
        return heard[-1]

    async def ask() -> None:
        with elsewhere(listen) as engine:
            async with gateways(far("far", engine.url, mask=True)) as [gateway]:
                question: list[Message] = [{"role": "user", "content": SECRET}]
                pieces = [piece async for piece in gateway.pieces(Asked(question, Options()))]
                end = pieces.pop()
                assert isinstance(end, Finished)
                assert "".join(map(str, pieces)) == end.text == SECRET
                assert sorted(end.masked.values()) == [1, 1]
                assert (await gateway.answer(Asked(question, Options()))).text == SECRET

                took = Took()
                reply = await gateway.relay("chat/completions", asking(SECRET), took)
                assert json.loads(reply.content)["choices"][0]["message"]["content"] == SECRET
                assert took.masked == end.masked
                events = await stream(gateway, asking(SECRET))
                said = [json.loads(event[5:]) for event in events if event.startswith(b"data: {")]
                assert "".join(one["choices"][0]["delta"].get("content", "") for one in said) == SECRET
                parts = [{"type": "text", "text": SECRET}]
                await gateway.relay(
                    "chat/completions", {"messages": [{"role": "user", "content": parts}]}, Took()
                )
                await gateway.relay("completions", {"prompt": SECRET, "user": MAIL}, Took())
                with pytest.raises(BadRequest, match="placeholders"):
                    await gateway.relay("chat/completions", asking(SECRET, logprobs=True), Took())
        assert len(heard) == 6
        assert not any(PHONE in text or MAIL in text for text in heard)

    asyncio.run(ask())


def test_nothing_but_what_is_known_and_hidden_goes_to_an_engine_from_which_personal_data_is_hidden() -> None:
    parts = [
        {"type": "text", "text": PHONE[:3]},
        {"type": "text", "text": [PHONE]},
        {"type": "text", "text": PHONE[3:]},
    ]
    schema = {"type": "object", "properties": {PHONE: {"enum": [PHONE, MAIL]}}, "required": [PHONE]}
    vault = Vault()
    sent = hidden(
        {
            **asking(parts),  # type: ignore[arg-type]
            "stop": [PHONE],
            "response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": schema}},
            "metadata": {"who": MAIL},
            "documents": [{"text": SECRET}],
            "store": True,
            "temperature": 0.5,
        },
        vault,
    )
    written = json.dumps(sent, ensure_ascii=False)
    assert PHONE not in written
    assert MAIL not in written
    assert sorted(sent) == ["messages", "response_format", "stop", "temperature"]
    found = sent["response_format"]["json_schema"]["schema"]
    assert (
        sent["stop"]
        == found["required"]
        == list(found["properties"])
        == found["properties"][found["required"][0]]["enum"][:1]
    )
    assert vault.restore(sent["stop"][0]) == PHONE


def test_a_very_long_text_does_not_hold_up_others_while_personal_data_is_looked_for() -> None:
    async def ask() -> None:
        with elsewhere(lambda conversation: "好") as engine:
            async with gateways(far("far", engine.url, mask=True)) as [gateway]:
                waits = []

                async def watch() -> None:
                    while True:
                        began = time.perf_counter()
                        await asyncio.sleep(0.01)
                        waits.append(time.perf_counter() - began)

                watching = asyncio.create_task(watch())
                reply = await gateway.relay("chat/completions", asking(SECRET * 10_000), Took())
                watching.cancel()
                assert reply.status == 200
                assert len(waits) > 10  # it was asked for again and again meanwhile

    asyncio.run(ask())


def test_who_is_asked_instead_of_a_model_trained_on_plain_tasks_gets_pasted_material_fenced() -> None:
    heard: list[list[Message]] = []

    def listen(conversation: list[Message]) -> str:
        heard.append(conversation)
        return "好"

    async def ask() -> None:
        with elsewhere(listen) as engine:
            first = far("tuned", "http://127.0.0.1:9/v1", framing="plain", fallback=["base"])
            async with gateways(first, far("base", engine.url)) as [gateway]:
                fenced: list[Message] = [{"role": "system", "content": "data"}, *HEADLINE]
                assert (await gateway.answer(Asked(HEADLINE, Options(), None, fenced))).model == "base"
            async with gateways(far("tuned", engine.url, framing="plain")) as [gateway]:
                await gateway.answer(Asked(HEADLINE, Options(), None, fenced))
        assert [len(turns) for turns in heard] == [2, 1]

    asyncio.run(ask())


def test_who_hangs_up_before_the_counts_come_has_used_the_question_all_the_same() -> None:
    async def ask() -> None:
        with elsewhere(seconds=0.02) as engine:
            async with gateways(far("far", engine.url, price=Price(prompt=10.0, completion=20.0))) as [
                gateway
            ]:
                question = "市议会批准预算。" * 50
                asked = Asked([{"role": "user", "content": question}], Options(max_tokens=100))
                pieces = gateway.pieces(asked)
                assert await anext(pieces)
                await pieces.aclose()
                took = Took()
                relayed = await gateway.relay("chat/completions", asking(question, stream=True), took)
                assert relayed.events is not None
                assert await anext(aiter(relayed.events))
                relayed.events.close()
                for one in (asked.took, took):
                    assert 200 < one.prompt_tokens < 500  # of 400 characters
                    assert one.completion_tokens >= 1
                    assert one.cost > 200 * 10 / 1_000_000

    asyncio.run(ask())


def test_a_model_that_is_not_there_is_said_to_be_so(engine: Elsewhere) -> None:
    async def ask() -> None:
        embedder = far("vectors", engine.url, embeds=True)
        async with gateways(far("tuned", engine.url), embedder) as [gateway]:
            with pytest.raises(UnknownModel, match="tuned, vectors"):
                await gateway.answer(Asked(HEADLINE, Options(), "gpt-9"))
            with pytest.raises(UnknownModel, match="serves embeddings, not chat"):
                await gateway.relay("chat/completions", asking(model="vectors"), Took())
            with pytest.raises(UnknownModel, match="serves chat, not embeddings"):
                await gateway.relay("embeddings", {"model": "tuned", "input": "x"}, Took())
            assert json.loads(
                (await gateway.relay("chat/completions", asking(model="default"), Took())).content
            )
            assert gateway.framing("tuned") == "fenced"
        async with gateways(embedder) as [gateway]:
            with pytest.raises(UnknownModel, match="no engine for chat"):
                await gateway.relay("chat/completions", asking(), Took())

    asyncio.run(ask())


def test_what_an_engine_refuses_keeps_its_reason() -> None:
    def refuse(conversation: list[Message]) -> str:
        raise {"long": ContextOverflow("too long"), "schema": UnsupportedSchema("too odd")}[
            conversation[-1]["content"]
        ]

    async def ask() -> None:
        with elsewhere(refuse) as engine:
            async with gateways(far("tuned", engine.url)) as [gateway]:
                for question, kind in (("long", ContextOverflow), ("schema", UnsupportedSchema)):
                    asked = Asked([{"role": "user", "content": question}], Options())
                    with pytest.raises(kind, match="too"):
                        await gateway.answer(asked)
                    with pytest.raises(kind, match="too"):
                        [piece async for piece in gateway.pieces(asked)]
                reply = await gateway.relay("chat/completions", asking("long", stream=True), Took())
                assert (reply.status, reply.events) == (400, None)
                assert json.loads(reply.content)["error"]["code"] == "context_length_exceeded"

    asyncio.run(ask())


def test_a_key_comes_from_the_environment_and_goes_to_its_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    async def ask() -> None:
        with elsewhere(token="sesame") as engine:
            settings = far("far", engine.url, api_key_env="H_KEY")
            monkeypatch.delenv("H_KEY", raising=False)
            with pytest.raises(ConfigError, match=r"engines\.far\.api_key_env.*H_KEY"):
                async with gateways(settings):
                    pass
            monkeypatch.setenv("H_KEY", "sesame")
            async with gateways(settings) as [gateway]:
                assert (await gateway.answer(Asked(HEADLINE, Options()))).text == HEADLINE[0]["content"]

    asyncio.run(ask())


def test_counts_that_no_log_can_hold_are_cut() -> None:
    async def ask() -> None:
        async with gateways(far("far", "http://127.0.0.1:9/v1")) as [gateway]:
            took = Took()
            usage = {"prompt_tokens": 10**12, "completion_tokens": -3}
            gateway._engines["far"].spent(took, usage, None)
            assert (took.prompt_tokens, took.completion_tokens) == (2**31 - 1, 0)

    asyncio.run(ask())
