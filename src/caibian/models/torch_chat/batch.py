"""Continuous batching: rows that end make place for the next prompts.

On a CPU a decoding step costs a fixed part (all weights pass through the cache) and a part a row; full batches
spread the fixed part. Prompts are taken longest first, so that the buffers of the first batch fit all others.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from caibian.models.streaming import Detokenizer, StopCutter
from caibian.models.torch_chat.attention import Rows
from caibian.models.torch_chat.engine import Engine
from caibian.models.torch_chat.prefixes import shared_prefixes
from caibian.models.torch_chat.sampling import Grammar, Sampler

_REFILL = (
    0.25  # new prompts are read when this share of the rows is free: reading a few at a time wastes passes
)


@dataclass(slots=True)
class Task:
    """One conversation on its way through the batch."""

    index: int
    prompt: list[int]
    sampler: Sampler
    detokenizer: Detokenizer
    cutter: StopCutter
    grammar: Grammar | None
    limit: int  # tokens at most
    last: int = 0  # the token chosen most recently
    count: int = 0
    texts: list[str] = field(default_factory=list)
    finish: str | None = None
    started: float = field(default_factory=time.perf_counter)

    def accept(self, token: int, ends: frozenset[int]) -> str:
        """Take the chosen token; returns the text that became certain and sets `finish` at the end."""
        self.last = token
        if token in ends:
            self.finish = "stop"
            return self._note(self.cutter.push(self.detokenizer.finish()) + self.cutter.finish())
        self.count += 1
        text = self.cutter.push(self.detokenizer.push(token))
        written = self.grammar is not None and self.grammar.advance_token(token)
        if self.cutter.stopped or written:
            self.finish = "stop"
        elif self.count >= self.limit:
            self.finish = "length"
        if self.finish is not None and not self.cutter.stopped:
            text += self.cutter.push(self.detokenizer.finish()) + self.cutter.finish()
        return self._note(text)

    def _note(self, text: str) -> str:
        self.texts.append(text)
        return text


def run(
    engine: Engine,
    tasks: Sequence[Task],
    ends: frozenset[int],
    *,
    batch_tokens: int,
    max_rows: int,
) -> Iterator[Task]:
    """Generate for all tasks; yields each when it is finished.

    Memory for keys and values is bounded by `batch_tokens` (prompts and answers of one batch together).
    """
    queue = sorted(tasks, key=lambda task: -(len(task.prompt) + task.limit))
    if not queue:
        return
    capacity = len(queue[0].prompt) + queue[0].limit
    rows = Rows(max(1, min(max_rows, batch_tokens // capacity, len(queue))), capacity)
    active: list[Task] = []
    lengths: list[int] = []
    while queue or active:
        free = rows.rows - len(active)
        # The session ends before each yield: the caller's code must not run inside it.
        with engine.session():
            if queue and (not active or free >= max(1, int(rows.rows * _REFILL))):
                fresh, queue = queue[:free], queue[free:]
                hidden = admit(engine, rows, fresh, first_row=len(active))
                active += fresh
                lengths += [len(task.prompt) for task in fresh]
                _choose(engine, fresh, hidden, ends)
            else:
                last = torch.tensor([task.last for task in active], device=engine.device)
                hidden = engine.step(rows, last, torch.tensor(lengths, device=engine.device))
                lengths = [length + 1 for length in lengths]
                _choose(engine, active, hidden, ends)
        finished = [task for task in active if task.finish is not None]
        if finished:
            with engine.session():
                _compact(rows, active, lengths)
        yield from finished


def admit(engine: Engine, rows: Rows, tasks: Sequence[Task], first_row: int) -> Tensor:
    """Read the prompts of `tasks` into the rows from `first_row` on; returns the hidden states at their ends."""
    for task in tasks:
        task.started = time.perf_counter()
    groups = shared_prefixes([task.prompt for task in tasks])
    leaders = [
        (first_row + g.members[0], 0, tasks[g.members[0]].prompt[: g.length]) for g in groups if g.length
    ]
    if leaders:
        engine.read(rows, leaders)
    held = [0] * len(tasks)
    for group in groups:
        others = [first_row + member for member in group.members[1:]]
        rows.copy(first_row + group.members[0], others if group.length else [], group.length)
        for member in group.members:
            held[member] = group.length
    spans = [(first_row + at, held[at], task.prompt[held[at] :]) for at, task in enumerate(tasks)]
    hidden = engine.read(rows, spans)
    lasts = torch.tensor([len(tokens) for _, _, tokens in spans]).cumsum(0) - 1
    return hidden[lasts.to(hidden.device)]


def _choose(engine: Engine, tasks: Sequence[Task], hidden: Tensor, ends: frozenset[int]) -> None:
    if all(task.grammar is None and task.sampler.greedy for task in tasks):
        for task, token in zip(tasks, engine.likeliest(hidden).tolist(), strict=True):
            task.accept(token, ends)
        return
    for task, logits in zip(tasks, engine.logits(hidden), strict=True):
        task.accept(task.sampler.pick(logits, task.grammar), ends)


def _compact(rows: Rows, active: list[Task], lengths: list[int]) -> None:
    """Move the last rows into the places of finished ones, so that the active rows are the first."""
    at = 0
    while at < len(active):
        if active[at].finish is None:
            at += 1
            continue
        last, length = active.pop(), lengths.pop()
        if at < len(active):
            if last.finish is None:
                rows.copy(len(active), [at], length)
            active[at], lengths[at] = last, length
