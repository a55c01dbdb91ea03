"""Examples as token ids, packed into rows without padding, their common beginnings read once."""

from __future__ import annotations

import math
import random
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import torch

from caibian.errors import ConfigError
from caibian.records import Example
from caibian.training.config import CardWeight


@dataclass(frozen=True, slots=True)
class Encoded:
    """One example: its token ids, of which the last `answer` are the answer and its end-of-turn token, and the first
    `shared` are those of every example with its instruction."""

    ids: list[int]
    answer: int
    card: str = ""
    shared: int = 0

    @property
    def beginning(self) -> Hashable:
        """Equal for examples that begin with the same shared tokens; equal to nothing else where none are shared."""
        return tuple(self.ids[: self.shared]) if self.shared else object()


def encode(examples: Sequence[Example], tokenizer: Any) -> list[Encoded]:
    """Tokenize examples with the model's own chat template.

    Prompt and answer are tokenized apart, so that the prompt's tokens in training are those of inference.
    """
    if tokenizer.chat_template is None:
        raise ConfigError(
            "model: this tokenizer has no chat template; use an instruction-tuned model, or one whose "
            "tokenizer_config.json holds a chat_template"
        )
    prompts, answers = [], []
    for example in examples:
        turns = example.messages(with_output=True)
        prompt = tokenizer.apply_chat_template(turns[:-1], tokenize=False, add_generation_prompt=True)
        whole = tokenizer.apply_chat_template(turns, tokenize=False)
        if not whole.startswith(prompt):
            raise ConfigError("model: its chat template changes the prompt once an answer follows")
        prompts.append(prompt)
        answers.append(whole[len(prompt) :].rstrip())
    if not prompts:
        return []
    prompt_ids = tokenizer(prompts, add_special_tokens=False)["input_ids"]
    answer_ids = tokenizer(answers, add_special_tokens=False)["input_ids"]
    encoded = [
        Encoded(prompt + answer, len(answer), example.card)
        for prompt, answer, example in zip(prompt_ids, answer_ids, examples, strict=True)
    ]
    return _with_shared_beginnings(encoded, [example.instruction for example in examples])


_LEAST_SHARED = 16  # tokens: below, an extra segment costs as much as it saves


def _with_shared_beginnings(encoded: Sequence[Encoded], instructions: Sequence[str]) -> list[Encoded]:
    """Note how many leading tokens all examples of an instruction have in common, answers left out."""
    prompts: dict[str, list[list[int]]] = {}
    for one, text in zip(encoded, instructions, strict=True):
        # The last token of a prompt stays an example's own: the first answer token is predicted from it.
        prompts.setdefault(text, []).append(one.ids[: -one.answer - 1])
    common = {text: _common(min(group), max(group)) for text, group in prompts.items() if len(group) > 1}
    return [
        replace(one, shared=n) if (n := common.get(text, 0)) >= _LEAST_SHARED else one
        for one, text in zip(encoded, instructions, strict=True)
    ]


def _common(first: list[int], last: list[int]) -> int:
    """How many leading tokens the least and the greatest of some prompts share, and so all between them."""
    pairs = enumerate(zip(first, last, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(first), len(last)))


def pack(
    examples: Sequence[Encoded],
    row_tokens: int,
    *,
    epochs: float,
    seed: int,
    max_tokens: int | None = None,
    together: int = 1,
) -> list[list[int]]:
    """Plan rows: lists of example indices of at most `row_tokens` tokens, a beginning that neighbours share counted once.

    Each epoch is shuffled by seed and epoch number, up to `together` examples with the same beginning are put side
    by side, and these are packed best-fit within a window, so that rows are full while the order stays random. The
    plan depends on its arguments only: a resumed run continues it exactly. A fractional epoch takes that share of the
    examples. Nothing is truncated; an example longer than a row makes a row of its own.

    Args:
        max_tokens: the plan ends with the row that passes this number of tokens; shared ones count for each example.
    """
    rows: list[list[int]] = []
    used = 0
    for order in _epochs(len(examples), epochs, seed):
        bundles = _bundles(order, examples, together, row_tokens)
        costs = [tokens_read([examples[i] for i in bundle]) for bundle in bundles]
        for picked in _best_fit(list(range(len(bundles))), costs, row_tokens):
            if max_tokens is not None and used >= max_tokens:
                return rows
            rows.append([i for at in picked for i in bundles[at]])
            used += sum(len(examples[i].ids) for i in rows[-1])
    return rows


def tokens_read(examples: Sequence[Encoded]) -> int:
    """Tokens that go through the model for examples side by side."""
    total = 0
    for _, group in groupby(examples, key=lambda one: one.beginning):
        run = list(group)
        total += sum(len(one.ids) for one in run) - run[0].shared * (len(run) - 1)
    return total


def _bundles(order: Sequence[int], examples: Sequence[Encoded], most: int, room: int) -> list[list[int]]:
    """Up to `most` examples of one beginning together, as they come; a bundle stands where its first example stood."""
    bundles: list[list[int]] = []
    open_ones: dict[Hashable, list[int]] = {}
    for index in order:
        key = examples[index].beginning
        bundle = open_ones.get(key)
        if (
            bundle is None
            or len(bundle) >= most
            or tokens_read([examples[i] for i in (*bundle, index)]) > room
        ):
            bundles.append(bundle := [])
            open_ones[key] = bundle
        bundle.append(index)
    return bundles


_WINDOW = 64  # open candidates of the best-fit search: rows fill to about 99 % while order stays local


def _epochs(count: int, epochs: float, seed: int) -> Iterator[list[int]]:
    for epoch in range(math.ceil(epochs)):
        order = list(range(count))
        random.Random(f"{seed}/{epoch}").shuffle(order)
        yield order[: math.ceil(count * min(1.0, epochs - epoch))]


def _best_fit(order: list[int], lengths: Sequence[int], room: int) -> Iterator[list[int]]:
    waiting = list(order)
    while waiting:
        row, free = [waiting[0]], room - lengths[waiting[0]]
        window = sorted(waiting[1:_WINDOW], key=lambda i: (-lengths[i], i))
        for candidate in window:
            if lengths[candidate] <= free:
                row.append(candidate)
                free -= lengths[candidate]
        taken = set(row)
        waiting = [i for i in waiting if i not in taken]
        yield row


class PackedRows(torch.utils.data.Dataset[dict[str, Any]]):
    """Packed rows as tensors, each cut at example borders into parts that go through the model one by one.

    Item: `{"parts": [part, …]}`. A part of n tokens with m labels holds `input_ids` and `position_ids` of
    shape (1, n), `label_positions` and `targets` of shape (m,), `label_weights` float32 of shape (m,), and
    `segments`, a list of (tokens, opening): the stretches that attend to themselves and, where `opening` is not -1,
    to the whole of that earlier segment, their common beginning. Parts hold at most `part_tokens` tokens, or one
    longer example: they bound the memory of activations, while the gradient is that of the whole row.
    """

    def __init__(
        self,
        examples: Sequence[Encoded],
        rows: Sequence[Sequence[int]],
        token_weights: Mapping[str, float] | None = None,
        part_tokens: int = 512,
    ) -> None:
        self.examples, self.rows, self.part_tokens = examples, rows, part_tokens
        self.token_weights = token_weights or {}

    def __len__(self) -> int:
        return len(self.rows)

    def tokens(self, index: int) -> int:
        """Tokens of one row's examples, prompts and shared beginnings included."""
        return sum(len(self.examples[i].ids) for i in self.rows[index])

    def read(self, index: int) -> int:
        """Tokens of one row that go through the model, were it one part."""
        return tokens_read([self.examples[i] for i in self.rows[index]])

    def __getitem__(self, index: int) -> dict[str, Any]:
        parts: list[list[Encoded]] = []
        for example in (self.examples[i] for i in self.rows[index]):
            if not parts or tokens_read([*parts[-1], example]) > self.part_tokens:
                parts.append([])
            parts[-1].append(example)
        return {"parts": [self._part(part) for part in parts]}

    def _part(self, examples: Sequence[Encoded]) -> dict[str, Any]:
        ids: list[int] = []
        positions: list[int] = []
        labelled: list[int] = []
        targets: list[int] = []
        weights: list[float] = []
        segments: list[tuple[int, int]] = []
        for _, group in groupby(examples, key=lambda one: one.beginning):
            run = list(group)
            shared, opening = (run[0].shared, len(segments)) if len(run) > 1 else (0, -1)
            if shared:
                ids.extend(run[0].ids[:shared])
                positions.extend(range(shared))
                segments.append((shared, -1))
            for example in run:
                ids.extend(example.ids[shared:])
                positions.extend(range(shared, len(example.ids)))
                segments.append((len(example.ids) - shared, opening))
                labelled.extend(range(len(ids) - example.answer - 1, len(ids) - 1))
                targets.extend(example.ids[-example.answer :])
                weights.extend([self.token_weights.get(example.card, 1.0)] * example.answer)
        return {
            "input_ids": torch.tensor([ids]),
            "position_ids": torch.tensor([positions]),
            "label_positions": torch.tensor(labelled),
            "targets": torch.tensor(targets),
            "label_weights": torch.tensor(weights, dtype=torch.float32),
            "segments": segments,
        }


def token_weights(examples: Sequence[Encoded], mode: CardWeight) -> dict[str, float]:
    """What an answer token of each card weighs in the loss: n^0, n^-½ or n^-1 at a mean of n answer tokens.

    Within a card all tokens weigh the same. Weighing each example by its own length instead would favour labels
    that happen to be spelt with fewer tokens: the model learns to say them too often.
    """
    lengths: dict[str, list[int]] = {}
    for example in examples:
        lengths.setdefault(example.card, []).append(example.answer)
    power = {"token": 0.0, "sqrt": -0.5, "example": -1.0}[mode]
    return {card: (sum(found) / len(found)) ** power for card, found in lengths.items()}
