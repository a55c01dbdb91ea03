"""Closed questions, many at once: the log-probability of every answer of a set, and the one greedy decoding writes.

What prompts have in common (system turn, instruction, earlier turns) is read once and held. Then each prompt's rest
and, behind its end, the tree of its answers go through the model in one pass, packed with other prompts and without a
padded token; of their keys and values nothing is kept. An answer of one token costs nothing beyond the prompt's own
end; longer ones cost the tokens that something follows, shared beginnings once.

A tree in one pass under a mask of ancestors: Miao et al., SpecInfer (2024), section 4.2.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from transformers import Cache

from caibian.models.torch_chat.attention import Rows
from caibian.models.torch_chat.engine import Engine
from caibian.models.torch_chat.prefixes import shared_prefixes
from caibian.models.torch_chat.trie import Trie

_PASS_TOKENS = 2048  # tokens a pass: beyond that, matrix products get no faster and activations only larger
_PLANNED_TOGETHER = 512  # prompts among which common beginnings are sought: the search is quadratic
_PADDED = 1.25  # items whose lengths differ by no more share one call of attention, which alone is padded
_CALL_ITEMS = 32  # items a call of attention: bounds its mask, and more make it no faster


@dataclass(frozen=True, slots=True)
class Question:
    """One prompt and the answers it may have, as token ids."""

    index: int
    prompt: list[int]
    trie: Trie


@dataclass(frozen=True, slots=True)
class Closed:
    """What a model makes of one closed question."""

    logprobs: tuple[tuple[float, ...], ...]  # for each choice the natural-log probability of each token
    greedy: int  # the choice that greedy decoding inside the set writes
    prompt_tokens: int


def run(
    engine: Engine, questions: Sequence[Question], ends: frozenset[int], batch_tokens: int
) -> Iterator[tuple[int, Closed]]:
    """Yield (index, outcome) of all questions, pass by pass.

    Memory is that of the longest common beginning and of one pass of `batch_tokens`, or of one question where that
    is longer.
    """
    order = sorted(questions, key=lambda question: question.prompt)
    for start in range(0, len(order), _PLANNED_TOGETHER):
        block = order[start : start + _PLANNED_TOGETHER]
        for group in shared_prefixes([question.prompt for question in block]):
            own = [block[member] for member in group.members]
            yield from _run_group(engine, own, group.length, ends, min(_PASS_TOKENS, batch_tokens))


def _run_group(
    engine: Engine, questions: Sequence[Question], shared: int, ends: frozenset[int], room: int
) -> Iterator[tuple[int, Closed]]:
    beginning = Rows(1, shared)
    if shared:
        with engine.session():
            engine.read(beginning, [(0, 0, questions[0].prompt[:shared])])
    items = [_Item(question, shared) for question in questions]
    for batch in _passes(sorted(items, key=lambda item: len(item.tokens)), room):
        # The session ends before each yield: the caller's code must not run inside it.
        with engine.session():
            outcomes = _read(engine, beginning, batch, ends)
        yield from zip((item.question.index for item in batch), outcomes, strict=True)


class _Item:
    """One question's part of a pass: what is left of its prompt, then the tree's inner nodes."""

    def __init__(self, question: Question, shared: int) -> None:
        self.question = question
        trie, rest = question.trie, question.prompt[shared:]
        self.tokens = [*rest, *(trie.nodes[node].token for node in trie.read)]
        self.prompt = len(rest)
        depths = [trie.nodes[node].depth for node in trie.read]
        self.positions = [*range(shared, shared + len(rest))]
        self.positions += [len(question.prompt) - 1 + depth for depth in depths]


class _Packed(Cache):
    """What attention needs of one pass: keys and values of the common beginning, and which token sees which."""

    def __init__(self, beginning: Rows, items: Sequence[_Item], device: torch.device) -> None:
        super().__init__(layers=[])
        self._beginning, self._layer = beginning, 0
        self._calls = [_Call(group, offset, beginning.capacity, device) for group, offset in _calls(items)]

    def get_seq_length(self, layer_idx: int = 0) -> int:
        """Always 0: positions are given explicitly."""
        del layer_idx
        return 0

    def update(
        self, key_states: Tensor, value_states: Tensor, layer_idx: int, *_: Any, **__: Any
    ) -> tuple[Tensor, Tensor]:
        """Nothing is kept: `attend`, which comes next, reads the pass's own keys and values."""
        self._layer = layer_idx
        return key_states, value_states

    def attend(
        self, query: Tensor, key: Tensor, value: Tensor, scaling: float | None, window: int | None
    ) -> Tensor:
        """Attention of each item over the beginning and itself: [1, packed tokens, heads, size]."""
        held = self._beginning.held(self._layer)
        output = query.new_empty(query.shape[2], query.shape[1], value.shape[3])
        for call in self._calls:
            parts = [key[0, :, call.places], value[0, :, call.places]]  # [heads, items, tokens, size]
            keys, values = (part.transpose(0, 1) for part in parts)
            if held is not None:
                shared = [part.expand(len(call.places), -1, -1, -1) for part in held]
                keys, values = torch.cat([shared[0], keys], 2), torch.cat([shared[1], values], 2)
            said = functional.scaled_dot_product_attention(
                query[0, :, call.places].transpose(0, 1),
                keys,
                values,
                attn_mask=call.mask(window),
                scale=scaling,
                enable_gqa=True,
            )
            output[call.into] = said.transpose(1, 2)[call.real]
        return output[None]


class _Call:
    """Items of like length that share one call of attention; the shorter are padded there, and only there."""

    def __init__(self, items: Sequence[_Item], offset: int, shared: int, device: torch.device) -> None:
        longest = max(len(item.tokens) for item in items)
        count = len(items)
        self.real = torch.zeros(count, longest, dtype=torch.bool)
        self.places = torch.zeros(count, longest, dtype=torch.long)
        sees = torch.eye(longest, dtype=torch.bool).repeat(count, 1, 1)  # a padded place must see something
        positions = torch.zeros(count, longest, dtype=torch.long)
        for row, item in enumerate(items):
            size, prompt = len(item.tokens), item.prompt
            self.real[row, :size] = True
            self.places[row, :size] = torch.arange(offset, offset + size)
            positions[row, :size] = torch.tensor(item.positions)
            sees[row, :prompt, :prompt] = torch.ones(prompt, prompt, dtype=torch.bool).tril()
            sees[row, prompt:size, :prompt] = True
            for reader, seen in item.question.trie.sight():
                sees[row, prompt + reader, prompt + seen] = True
            offset += size
        before = torch.arange(shared).expand(count, -1)
        self._far = positions[:, :, None] - torch.cat([before, positions], 1)[:, None, :]
        self._sees = torch.cat([torch.ones(count, longest, shared, dtype=torch.bool), sees], 2)
        self._masks: dict[int | None, Tensor] = {}
        self._device = device
        self.real, self.places = self.real.to(device), self.places.to(device)
        self.into = self.places[self.real]

    def mask(self, window: int | None) -> Tensor:
        """Which tokens see which, [items, 1, tokens, beginning and tokens]; made once a pass, not once a layer."""
        if window not in self._masks:
            sees = self._sees if window is None else self._sees & (self._far < window)
            self._masks[window] = sees[:, None].to(self._device)
        return self._masks[window]


def _calls(items: Sequence[_Item]) -> Iterator[tuple[list[_Item], int]]:
    """Runs of items of like length, each with its place in the packed sequence; items come shortest first."""
    run: list[_Item] = []
    offset = size = 0
    for item in items:
        if run and (len(run) == _CALL_ITEMS or len(item.tokens) > _PADDED * len(run[0].tokens)):
            yield run, offset
            offset, run, size = offset + size, [], 0
        run.append(item)
        size += len(item.tokens)
    if run:
        yield run, offset


def _passes(items: Sequence[_Item], room: int) -> Iterator[list[_Item]]:
    batch: list[_Item] = []
    size = 0
    for item in items:
        if batch and size + len(item.tokens) > room:
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += len(item.tokens)
    if batch:
        yield batch


def _read(engine: Engine, beginning: Rows, items: Sequence[_Item], ends: frozenset[int]) -> list[Closed]:
    packed = _Packed(beginning, items, engine.device)
    hidden = engine.read_packed(
        packed, [t for item in items for t in item.tokens], [p for item in items for p in item.positions]
    )
    asked: list[int] = []  # places in the packed sequence: the prompt's end, then the tree's inner nodes
    offset = 0
    for item in items:
        asked += range(offset + item.prompt - 1, offset + len(item.tokens))
        offset += len(item.tokens)
    states = hidden[torch.tensor(asked, device=engine.device)]
    rows: list[int] = []  # of each edge, and of each end token where an answer may end or go on: its state
    targets: list[int] = []
    first = 0
    for item in items:
        trie = item.question.trie
        state = {node: first + at for at, node in enumerate([0, *trie.read])}
        for node in trie.nodes[1:]:
            rows.append(state[node.parent])
            targets.append(node.token)
        for fork in _forks(trie):
            rows += [state[fork]] * len(ends)
            targets += sorted(ends)
        first += 1 + len(trie.read)
    values = iter(engine.token_logprobs(states, rows, targets))
    return [_outcome(item.question, values, len(ends)) for item in items]


def _forks(trie: Trie) -> list[int]:
    """Nodes at which one choice is complete and another goes on."""
    return [place for place, node in enumerate(trie.nodes) if node.ends is not None and node.children]


def _outcome(question: Question, values: Iterator[float], ends: int) -> Closed:
    trie = question.trie
    edges = [0.0, *(next(values) for _ in trie.nodes[1:])]
    ending = {node: max((next(values) for _ in range(ends)), default=float("-inf")) for node in _forks(trie)}
    at = 0
    while children := trie.nodes[at].children:
        best = max(children.values(), key=edges.__getitem__)
        if at in ending and ending[at] >= edges[best]:
            break
        at = best
    greedy = trie.nodes[at].ends
    assert greedy is not None, "a node without children ends a choice"
    return Closed(
        tuple(tuple(edges[node] for node in path) for path in trie.paths), greedy, len(question.prompt)
    )
