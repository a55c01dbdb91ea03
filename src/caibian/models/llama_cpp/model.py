"""`LlamaCpp`: the backend that runs GGUF files, with LoRA adapters, JSON schemas and log-probabilities."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from caibian.errors import ContextOverflow, UnsupportedSchema
from caibian.models.backend import Backend, Piece, TokenScore, check_conversation
from caibian.models.chat import Conversation, Options
from caibian.models.json_schemas import EXTENDED, check_schema
from caibian.models.llama_cpp.native import Adapter, Native
from caibian.models.llama_cpp.scoring import forced_logprobs, read_prompt
from caibian.records import Answer

_CANCEL_SECONDS = 10.0  # a cancelled answer ends at the next token, or the next batch of its prompt
_JSON_BEGINNINGS = '{["-0123456789tfn'
_SEED_BITS = 0xFFFFFFFE  # the library takes 32 bits, the highest value meaning "random"


class LlamaCpp(Backend):
    """A GGUF model in this process.

    Args:
        path: the GGUF file.
        name: name in Answers; the file's stem by default.
        adapters: LoRA adapters in GGUF, applied together.
        threads: by default the physical cores. Take 1 where other programs want the cores: the library's
            threads wait for each other spinning.
        context: tokens of prompt and answer together, for each of `parallel` conversations.
        parallel: conversations decoded side by side. More is faster, but an answer may then depend, in the
            last bit of a logit, on its neighbours.
        prompt_cache: keep the last conversation's state, so that a chat continues without reading its history
            again. Off by default, since a prompt read in two parts is rounded differently from one read at once.
        verbose: let the library log to standard error.
    """

    def __init__(
        self,
        path: Path | str,
        name: str | None = None,
        *,
        adapters: Sequence[Adapter] = (),
        threads: int | None = None,
        context: int = 8192,
        parallel: int = 1,
        prompt_cache: bool = False,
        verbose: bool = False,
    ) -> None:
        self.name = name or Path(path).stem
        self._parallel = parallel
        self._context = context
        self._cache = prompt_cache
        self._native = Native(
            Path(path),
            adapters=adapters,
            threads=threads,
            context=context,
            parallel=parallel,
            verbose=verbose,
        )

    def pieces(
        self, conversation: Conversation, options: Options, *, top_logprobs: int | None = None
    ) -> Iterator[Piece]:
        """Generate one answer on a worker thread and yield its pieces as they come."""
        if options.json_schema is not None:
            check_schema(options.json_schema, EXTENDED)
        yield from self._pieces(self._prompt(conversation), options, top_logprobs)

    def continued(self, text: str, options: Options, *, top_logprobs: int | None = None) -> Iterator[Piece]:
        """Continue a text; control tokens spelt out in it are what they stand for."""
        if options.json_schema is not None:
            check_schema(options.json_schema, EXTENDED)
        prompt = [token.id for token in self._native.tokenize(text, special=True)]
        yield from self._pieces(prompt, options, top_logprobs)

    def _pieces(self, prompt: list[int], options: Options, top_logprobs: int | None) -> Iterator[Piece]:
        room = self._context - len(prompt)
        if room < 1:
            raise ContextOverflow(
                f"the conversation has {len(prompt)} tokens and leaves no room for an answer: "
                f"the context holds {self._context} tokens"
            )
        request = self._request(prompt, options, room, top_logprobs)
        chunks: queue.Queue[dict[str, Any] | Exception | None] = queue.Queue()
        cancelled = threading.Event()

        def receive(chunk: dict[str, Any]) -> bool:
            chunks.put(chunk)
            return cancelled.is_set()

        def work() -> None:
            try:
                self._native.complete(request, receive)
                chunks.put(None)
            except Exception as error:
                chunks.put(error)

        worker = threading.Thread(target=work, name="llama.cpp answer", daemon=True)
        worker.start()
        try:
            pieces = _read(chunks, len(prompt), top_logprobs)
            yield from pieces if options.json_schema is None else _only_json(pieces)
        finally:
            cancelled.set()
            worker.join(_CANCEL_SECONDS)

    def generate_iter(
        self,
        conversations: Sequence[Conversation],
        options: Options = Options(),  # noqa: B008  (frozen)
    ) -> Iterator[tuple[int, Answer]]:
        """Yield answers as they are finished, `parallel` conversations at a time."""
        if self._parallel == 1:
            yield from super().generate_iter(conversations, options)
            return
        with ThreadPoolExecutor(self._parallel) as pool:
            jobs = {pool.submit(self.answer, c, options): index for index, c in enumerate(conversations)}
            for job in as_completed(jobs):
                yield jobs[job], job.result()

    def score(self, conversation: Conversation, answers: Sequence[str]) -> list[list[float]]:
        """Exact teacher-forced log-probabilities, the prompt being read once for all of `answers`."""
        prompt = self._prompt(conversation)
        scores: list[list[float]] = []
        for answer in answers:
            tokens = self._native.tokenize(answer, special=False)
            if len(prompt) + len(tokens) > self._context:
                raise ContextOverflow(
                    f"conversation and answer have {len(prompt) + len(tokens)} tokens: "
                    f"the context holds {self._context} tokens"
                )
            if not scores:
                read_prompt(self._native, prompt)
            scores.append(forced_logprobs(self._native, prompt, tokens))
        return scores

    def close(self) -> None:
        """Free the weights and stop the library's threads."""
        self._native.close()

    def _prompt(self, conversation: Conversation) -> list[int]:
        check_conversation(conversation)
        return [t.id for t in self._native.tokenize(self._native.render(conversation), special=True)]

    def _request(
        self, prompt: list[int], options: Options, room: int, top_logprobs: int | None
    ) -> dict[str, Any]:
        greedy = options.temperature <= 0
        request: dict[str, Any] = {
            "prompt": prompt,
            "max_tokens": min(options.max_tokens, room),
            "temperature": max(0.0, options.temperature),
            "samplers": ["top_k"] if greedy else ["top_p", "temperature"],
            "top_k": 1 if greedy else 0,
            "top_p": options.top_p,
            "seed": options.seed & _SEED_BITS,
            "stop": [stop for stop in options.stop if stop],
            "cache_prompt": self._cache,
            "stream": True,
            "stream_options": {"include_usage": True},
            "return_progress": True,
        }
        if options.json_schema is not None:
            request["json_schema"] = options.json_schema
        if top_logprobs is not None:
            request["logprobs"] = max(1, top_logprobs)
        return request


def _only_json(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """The pieces, as long as they are JSON: the library drops a schema it cannot compile, without a word."""
    text = ""
    for piece in pieces:
        text += piece.text
        begun = text.lstrip()
        wrong = bool(begun) and begun[0] not in _JSON_BEGINNINGS
        if piece.finish_reason == "stop" and not wrong:
            try:
                json.loads(text)
            except ValueError:
                wrong = True
        if wrong:
            raise UnsupportedSchema("llama.cpp did not keep to this JSON schema; simplify it")
        yield piece


def _read(
    chunks: queue.Queue[dict[str, Any] | Exception | None], prompt_tokens: int, top_logprobs: int | None
) -> Iterator[Piece]:
    """Pieces from the library's chunks; counts and reason come in its last ones."""
    reason, count = "stop", 0
    while (chunk := chunks.get()) is not None:
        if isinstance(chunk, Exception):
            raise chunk
        if usage := chunk.get("usage"):
            count = int(usage["completion_tokens"])
        for choice in chunk.get("choices", ()):
            reason = choice.get("finish_reason") or reason
            scores = _scores(choice.get("logprobs"), top_logprobs)
            yield Piece(choice.get("text") or "", scores, prompt_tokens, count)
    yield Piece("", (), prompt_tokens, count, "length" if reason == "length" else "stop")


def _scores(logprobs: dict[str, Any] | None, top: int | None) -> tuple[TokenScore, ...]:
    if not logprobs or top is None:
        return ()
    return tuple(
        TokenScore(
            entry["token"],
            float(entry["logprob"]),
            tuple((other["token"], float(other["logprob"])) for other in entry["top_logprobs"][:top]),
        )
        for entry in logprobs["content"]
    )
