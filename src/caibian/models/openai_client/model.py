"""`OpenAIChat`: the backend for every server that speaks OpenAI's chat completions."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from caibian.errors import ModelError, RemoteError
from caibian.files import home
from caibian.models.backend import Backend, Piece, TokenScore, check_conversation
from caibian.models.chat import Conversation, Options
from caibian.models.openai_client.cache import AnswerCache, request_key
from caibian.models.openai_client.ledger import Ledger, Prices
from caibian.models.openai_client.transport import Refused, Transport
from caibian.records import Answer

SLEEP = time.sleep  # between attempts
_NO_SUCH_ROUTE = (404, 405, 501)
_FINISHED = {"stop": "stop", "length": "length", "eos": "stop", "end_turn": "stop"}


class OpenAIChat(Backend):
    """A remote model.

    Args:
        url: the server, with or without `/v1`.
        model: the model's name there; may be left out where the server has one model only.
        name: name in Answers; the model's by default.
        api_key_env: environment variable that holds the API key. It is sent if set.
        timeout: seconds without a byte before an attempt counts as failed.
        retries, concurrency: see `Transport`.
        cache: keep answers in `home()/answers` and take them from there; only successful ones are kept.
        prices: for the ledger, which is written to `ledger` (`home()/ledger.jsonl` by default).
        extra: further fields of each request; a field set to None is left out (`{"seed": None}` for a server
            that refuses seeds).
    """

    def __init__(
        self,
        url: str,
        model: str | None = None,
        name: str | None = None,
        *,
        api_key_env: str = "CAIBIAN_API_KEY",
        timeout: float = 120.0,
        retries: int = 5,
        concurrency: int = 8,
        cache: bool = True,
        prices: Prices | None = None,
        ledger: Path | None = None,
        extra: dict[str, Any] | None = None,
    ) -> None:
        self._url = _base_url(url)
        self.ledger = Ledger(prices or Prices(), ledger or home() / "ledger.jsonl")
        self._transport = Transport(
            self._url,
            os.environ.get(api_key_env) or None,
            timeout=timeout,
            retries=retries,
            concurrency=concurrency,
            on_retry=lambda: self.ledger.note(retries=1),
            sleep=SLEEP,
        )
        self._concurrency = concurrency
        self._extra = extra or {}
        self._cache = AnswerCache(home() / "answers") if cache else None
        self._model = model or self._only_model()
        self.name = name or self._model

    def answer(self, conversation: Conversation, options: Options) -> Answer:
        """Answer one conversation, from the cache if it was answered before."""
        start = time.perf_counter()
        try:
            check_conversation(conversation)
            body = self._body(conversation, options)
            stored = self._stored(body)
            if stored is None:
                reply = self._transport.request("POST", "chat/completions", body)
                stored = self._from_reply(reply)
                self._keep(body, stored, time.perf_counter() - start)
        except Exception as error:
            self.ledger.note(failed=1)
            return self.failure(error, time.perf_counter() - start)
        return Answer(
            text=stored["text"],
            model=self.name,
            prompt_tokens=stored["usage"].get("prompt_tokens") or 0,
            completion_tokens=stored["usage"].get("completion_tokens") or 0,
            seconds=time.perf_counter() - start,
            finish_reason=stored["finish_reason"],
        )

    def generate_iter(
        self,
        conversations: Sequence[Conversation],
        options: Options = Options(),  # noqa: B008  (frozen)
    ) -> Iterator[tuple[int, Answer]]:
        """Yield answers as they arrive, `concurrency` requests at a time."""
        pool = ThreadPoolExecutor(self._concurrency, thread_name_prefix="openai")
        try:
            jobs = {pool.submit(self.answer, c, options): index for index, c in enumerate(conversations)}
            for job in as_completed(jobs):
                yield jobs[job], job.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def pieces(
        self, conversation: Conversation, options: Options, *, top_logprobs: int | None = None
    ) -> Iterator[Piece]:
        """Stream one answer; a cached one comes in one piece. Log-probabilities are never cached."""
        check_conversation(conversation)
        body = self._body(conversation, options)
        if top_logprobs is None and (stored := self._stored(body)) is not None:
            usage = stored["usage"]
            counts = (usage.get("prompt_tokens") or 0, usage.get("completion_tokens") or 0)
            yield Piece(stored["text"], (), *counts, stored["finish_reason"])
            return
        if top_logprobs is not None:
            body |= {"logprobs": True, "top_logprobs": top_logprobs}
        start, texts, usage, reason = time.perf_counter(), [], {}, None
        stream = body | {"stream": True, "stream_options": {"include_usage": True}}
        with self._transport.events("chat/completions", stream) as events:
            for event in events:
                usage = event.get("usage") or usage
                for choice in event.get("choices", ()):
                    reason = choice.get("finish_reason") or reason
                    text = choice.get("delta", {}).get("content") or ""
                    texts.append(text)
                    yield Piece(text, _scores(choice.get("logprobs")))
        stored = {"text": "".join(texts), "usage": usage, "finish_reason": _finish(reason)}
        self._keep(body, stored, time.perf_counter() - start)
        counts = (usage.get("prompt_tokens") or 0, usage.get("completion_tokens") or 0)
        yield Piece("", (), *counts, stored["finish_reason"])

    def score(self, conversation: Conversation, answers: Sequence[str]) -> list[list[float]]:
        """Teacher-forced log-probabilities from a server that can give them, as `caibian serve` can.

        Raises:
            ModelError: the server cannot; OpenAI's interface has no such call.
        """
        check_conversation(conversation)
        body = {"model": self._model, "messages": list(conversation), "answers": list(answers)}
        try:
            reply = self._transport.request("POST", "caibian/logprobs", body)
        except Refused as error:
            if error.status in _NO_SUCH_ROUTE:
                raise ModelError(
                    f"{self._url}: this server gives no log-probabilities of given answers (`caibian serve` "
                    "does); use a local backend for closed questions"
                ) from error
            raise
        return [list(map(float, entry["logprobs"])) for entry in reply["answers"]]

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()

    def _body(self, conversation: Conversation, options: Options) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self._model,
            "messages": [{"role": turn["role"], "content": turn["content"]} for turn in conversation],
            "max_tokens": options.max_tokens,
            "temperature": options.temperature,
            "top_p": options.top_p,
            "seed": options.seed,
        }
        if options.stop:
            body["stop"] = list(options.stop)
        if options.json_schema is not None:
            schema = {"name": "answer", "schema": options.json_schema, "strict": True}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        return {key: value for key, value in (body | self._extra).items() if value is not None}

    def _from_reply(self, reply: dict[str, Any]) -> dict[str, Any]:
        try:
            choice = reply["choices"][0]
            text = choice["message"].get("content") or ""
        except (KeyError, IndexError, TypeError) as error:
            raise RemoteError(f"{self._url}: the answer has no choices[0].message") from error
        reason = _finish(choice.get("finish_reason"))
        return {"text": text, "usage": reply.get("usage") or {}, "finish_reason": reason}

    def _stored(self, body: dict[str, Any]) -> dict[str, Any] | None:
        if self._cache is None or (stored := self._cache.get(request_key(self._url, body))) is None:
            return None
        self.ledger.note(cached=1)
        return stored

    def _keep(self, body: dict[str, Any], stored: dict[str, Any], seconds: float) -> None:
        self.ledger.paid(self._model, self._url, stored["usage"], seconds)
        if self._cache is not None and "logprobs" not in body:
            self._cache.put(request_key(self._url, body), stored)

    def _only_model(self) -> str:
        listed = [str(entry.get("id")) for entry in self._transport.request("GET", "models").get("data", ())]
        if len(listed) == 1:
            return listed[0]
        raise ModelError(
            f"{self._url} has {len(listed)} models ({', '.join(listed[:10])}); name one as {self._url}#MODEL"
        )


def _base_url(url: str) -> str:
    """The URL up to `/v1`, which is added where there is no path at all."""
    scheme, _, rest = url.rstrip("/").partition("://")
    return f"{scheme}://{rest}" if "/" in rest else f"{scheme}://{rest}/v1"


def _finish(reason: str | None) -> str:
    if reason in _FINISHED:
        return _FINISHED[reason]
    raise RemoteError(f"the server ended the answer with finish_reason {reason!r} (a filter, or an error)")


def _scores(logprobs: dict[str, Any] | None) -> tuple[TokenScore, ...]:
    entries = (logprobs or {}).get("content") or ()
    return tuple(
        TokenScore(
            entry["token"],
            float(entry["logprob"]),
            tuple((other["token"], float(other["logprob"])) for other in entry.get("top_logprobs") or ()),
        )
        for entry in entries
    )
