"""`TorchChat`: the backend that runs transformers models, with or without a PEFT adapter."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch

from caibian.errors import ContextOverflow, ModelError
from caibian.models.backend import Backend, Piece, TokenScore, check_conversation
from caibian.models.chat import Conversation, Options
from caibian.models.streaming import Detokenizer, StopCutter
from caibian.models.torch_chat.attention import Rows
from caibian.models.torch_chat.batch import Task, admit, run
from caibian.models.torch_chat.closed import Closed, Question
from caibian.models.torch_chat.closed import run as run_closed
from caibian.models.torch_chat.engine import Engine
from caibian.models.torch_chat.loading import end_tokens, with_adapter
from caibian.models.torch_chat.sampling import Grammar, Sampler, vocabulary
from caibian.models.torch_chat.trie import Trie
from caibian.records import Answer

_BATCH_TOKENS = 24576  # keys and values of so many tokens: 300 MB for a 0.5B model in bfloat16
_UNKNOWN_CONTEXT = 4096  # for an architecture that does not tell its limit
_MAX_ROWS = 64  # more rows do not make a step on a CPU cheaper a row


class TorchChat(Backend):
    """A transformers causal language model that answers chats.

    Args:
        model: a loaded `PreTrainedModel`, or a `PeftModel` around one; used as it is, and given back with the
            mode and attention it had.
        tokenizer: its fast tokenizer, with a chat template.
        name: name in Answers.
        batch_tokens: memory bound: tokens of prompts and answers held at the same time.
        max_rows: conversations at the same time.
        max_context: tokens of prompt and answer; the model's own limit by default.

    Greedy answers are the same for the same call. In bfloat16 the last bit of a logit can depend on which other
    conversations are in the call, so a caller that resumes must repeat whole calls.
    """

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        name: str,
        *,
        batch_tokens: int = _BATCH_TOKENS,
        max_rows: int = _MAX_ROWS,
        max_context: int | None = None,
    ) -> None:
        if not getattr(tokenizer, "chat_template", None):
            raise ModelError(f"{name}: its tokenizer has no chat template; it cannot answer chats")
        self.name = name
        self._engine: Engine | None = Engine(model)
        self._tokenizer = tokenizer
        self._ends = end_tokens(model, tokenizer)
        self._batch_tokens, self._max_rows = batch_tokens, max_rows
        own_limit = getattr(self._engine.config, "max_position_embeddings", None) or _UNKNOWN_CONTEXT
        self._max_context: int = max_context or own_limit

    @classmethod
    def load(
        cls,
        reference: str,
        *,
        adapter: Path | str | None = None,
        name: str | None = None,
        dtype: str | None = None,
        threads: int | None = None,
        **settings: Any,
    ) -> TorchChat:
        """Load weights by registered name, path or hub id, and optionally a PEFT adapter folder on top.

        Args:
            dtype: "bfloat16" or "float32"; what the processor computes fastest by default.
            threads: torch's threads, for the whole process; unchanged by default.
        """
        from caibian.models import torch_weights

        if threads is not None:
            torch.set_num_threads(threads)
        chosen = getattr(torch, dtype) if dtype else torch_weights.fastest_dtype()
        model, tokenizer = torch_weights.load(reference, chosen)
        if adapter is not None:
            model = with_adapter(model, Path(adapter))
        return cls(model, tokenizer, name or str(reference), **settings)

    def generate_iter(
        self,
        conversations: Sequence[Conversation],
        options: Options = Options(),  # noqa: B008  (frozen)
    ) -> Iterator[tuple[int, Answer]]:
        """Yield answers as they are finished; all conversations share batches."""
        engine = self._open()
        tasks, failures = [], []
        for index, conversation in enumerate(conversations):
            try:
                tasks.append(self._task(index, self._prompt(conversation), options))
            except Exception as error:
                failures.append((index, self.failure(error)))
        yield from failures
        pending = {task.index: task for task in tasks}
        try:
            for task in run(
                engine, tasks, self._ends, batch_tokens=self._batch_tokens, max_rows=self._max_rows
            ):
                del pending[task.index]
                yield task.index, self._answer(task)
        except Exception as error:
            # Out of memory, say: what was finished stays, the rest is reported one by one.
            for index in pending:
                yield index, self.failure(error)

    def pieces(
        self, conversation: Conversation, options: Options, *, top_logprobs: int | None = None
    ) -> Iterator[Piece]:
        """Generate one answer token by token."""
        yield from self._pieces(self._task(0, self._prompt(conversation), options), top_logprobs)

    def continued(self, text: str, options: Options, *, top_logprobs: int | None = None) -> Iterator[Piece]:
        """Continue a text; control tokens spelt out in it are what they stand for."""
        prompt = list(self._tokenizer(text)["input_ids"])
        yield from self._pieces(self._task(0, prompt, options), top_logprobs)

    def _pieces(self, task: Task, top_logprobs: int | None) -> Iterator[Piece]:
        engine = self._open()
        prompt_tokens = len(task.prompt)
        rows = Rows(1, prompt_tokens + task.limit)
        with engine.session():
            logits = engine.logits(admit(engine, rows, [task], first_row=0))[0]
        length = prompt_tokens
        while task.finish is None:
            token = task.sampler.pick(logits, task.grammar)
            text = task.accept(token, self._ends)
            scores: tuple[TokenScore, ...] = ()
            if top_logprobs is not None and token not in self._ends:
                scores = (self._token_score(logits, token, top_logprobs),)
            yield Piece(text, scores, prompt_tokens, task.count)
            if task.finish is None:
                with engine.session():
                    hidden = engine.step(rows, _on(engine, [token]), _on(engine, [length]))
                    logits = engine.logits(hidden)[0]
                length += 1
        yield Piece("", (), prompt_tokens, task.count, task.finish)

    def score(self, conversation: Conversation, answers: Sequence[str]) -> list[list[float]]:
        """Teacher-forced log-probabilities; prompt and answers are read in one pass, common beginnings once."""
        engine = self._open()
        question = self._question(0, conversation, answers)
        [(_, closed)] = run_closed(engine, [question], frozenset(), self._batch_tokens)
        return [list(logprobs) for logprobs in closed.logprobs]

    def closed_iter(
        self, conversations: Sequence[Conversation], choices: Sequence[Sequence[str]]
    ) -> Iterator[tuple[int, Closed | Answer]]:
        """Yield (index of the conversation, what the model makes of its choices), in any order.

        Many conversations with a common beginning cost little more than what they differ in. A conversation that
        cannot be read is an Answer with `finish_reason="error"`.
        """
        engine = self._open()
        questions: list[Question] = []
        failures = []
        tries: dict[tuple[str, ...], Trie] = {}
        for index, (conversation, offered) in enumerate(zip(conversations, choices, strict=True)):
            try:
                questions.append(self._question(index, conversation, offered, tries))
            except Exception as error:
                failures.append((index, self.failure(error)))
        yield from failures
        pending = {question.index for question in questions}
        try:
            for index, closed in run_closed(engine, questions, self._ends, self._batch_tokens):
                pending.discard(index)
                yield index, closed
        except Exception as error:
            # Out of memory, say: what was finished stays, the rest is reported one by one.
            for index in sorted(pending):
                yield index, self.failure(error)

    def close(self) -> None:
        """Let go of the weights."""
        self._engine = None

    def _open(self) -> Engine:
        if self._engine is None:
            raise ModelError(f"{self.name}: this model was closed")
        return self._engine

    def _prompt(self, conversation: Conversation) -> list[int]:
        check_conversation(conversation)
        text = self._tokenizer.apply_chat_template(
            list(conversation), tokenize=False, add_generation_prompt=True
        )
        return list(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    def _question(
        self,
        index: int,
        conversation: Conversation,
        choices: Sequence[str],
        tries: dict[tuple[str, ...], Trie] | None = None,
    ) -> Question:
        if not choices:
            raise ModelError("a closed question needs at least one choice")
        tries = {} if tries is None else tries
        if (trie := tries.get(tuple(choices))) is None:
            # A choice is text: a control token spelt out in it is its letters.
            encode = partial(self._tokenizer, add_special_tokens=False, split_special_tokens=True)
            trie = tries[tuple(choices)] = Trie([encode(choice)["input_ids"] for choice in choices])
        prompt = self._prompt(conversation)
        if len(prompt) + trie.longest > self._max_context:
            raise ContextOverflow(
                f"conversation and answer have {len(prompt) + trie.longest} tokens: "
                f"the context holds {self._max_context} tokens"
            )
        return Question(index, prompt, trie)

    def _task(self, index: int, prompt: list[int], options: Options) -> Task:
        room = self._max_context - len(prompt)
        if room < 1:
            raise ContextOverflow(
                f"the conversation has {len(prompt)} tokens and leaves no room for an answer: "
                f"the context holds {self._max_context} tokens"
            )
        grammar = None
        if options.json_schema is not None:
            grammar = Grammar(options.json_schema, vocabulary(self._tokenizer), self._ends)
        return Task(
            index=index,
            prompt=prompt,
            sampler=Sampler(options.temperature, options.top_p, options.seed),
            detokenizer=Detokenizer(self._decode),
            cutter=StopCutter(options.stop),
            grammar=grammar,
            limit=max(1, min(options.max_tokens, room)),
        )

    def _answer(self, task: Task) -> Answer:
        return Answer(
            text="".join(task.texts),
            model=self.name,
            prompt_tokens=len(task.prompt),
            completion_tokens=task.count,
            seconds=time.perf_counter() - task.started,
            finish_reason=task.finish or "stop",
        )

    def _decode(self, tokens: Sequence[int]) -> str:
        text: str = self._tokenizer.decode(
            list(tokens), skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return text

    def _token_score(self, logits: torch.Tensor, token: int, top: int) -> TokenScore:
        logprobs = logits.float().log_softmax(-1)
        best = logprobs.topk(top)
        alternatives = zip(best.indices.tolist(), best.values.tolist(), strict=True)
        return TokenScore(
            self._decode([token]),
            float(logprobs[token]),
            tuple((self._decode([other]), value) for other, value in alternatives),
        )


def _on(engine: Engine, values: list[int]) -> torch.Tensor:
    return torch.tensor(values, device=engine.device)
