"""The default model behind the service, asked by the official client."""

from __future__ import annotations

import json
from collections.abc import Callable

import openai
import pytest

from tests.service.conftest import Served
from tests.support import default_weights

MESSAGES: list[openai.types.chat.ChatCompletionMessageParam] = [
    {"role": "user", "content": "Reply with the single word: yes"}
]


@pytest.mark.slow
def test_the_official_client_chats_with_the_default_model(serve: Callable[..., Served]) -> None:
    settings = {"threads": 1, "context": 512, "prompt_cache": True, "name": "desk"}
    served = serve(str(default_weights()), settings=settings)
    with openai.OpenAI(base_url=f"{served.url}/v1", api_key="none", max_retries=0, timeout=300) as api:
        whole = api.chat.completions.create(model="desk", messages=MESSAGES, max_tokens=8, temperature=0)
        text = whole.choices[0].message.content
        assert text
        assert "yes" in text.lower()
        stream = api.chat.completions.create(
            model="desk", messages=MESSAGES, max_tokens=8, temperature=0, stream=True
        )
        assert "".join(c.choices[0].delta.content or "" for c in stream if c.choices) == text
        schema = {"type": "object", "properties": {"answer": {"enum": ["yes", "no"]}}, "required": ["answer"]}
        kept = api.chat.completions.create(
            model="desk",
            messages=MESSAGES,
            max_tokens=40,
            response_format={"type": "json_schema", "json_schema": {"name": "a", "schema": schema}},
        )
        assert json.loads(kept.choices[0].message.content or "")["answer"] in ("yes", "no")
        with pytest.raises(openai.BadRequestError, match="context"):
            api.chat.completions.create(model="desk", messages=[{"role": "user", "content": "word " * 2000}])
