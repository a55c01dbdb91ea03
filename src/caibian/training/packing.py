"""Examples as token ids, packed into rows without padding."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch

from caibian.errors import ConfigError
from caibian.records import Example

CardWeight = Literal["token", "sqrt", "example"]


@dataclass(frozen=True, slots=True)
class Encoded:
    """One example: its token ids, of which the last `answer` are the answer and its end-of-turn token."""

    ids: list[int]
    answer: int
    card: str = ""


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
    return [
        Encoded(prompt + answer, len(answer), example.card)
        for prompt, answer, example in zip(prompt_ids, answer_ids, examples, strict=True)
    ]


def pack(
    lengths: Sequence[int],
    row_tokens: int,
    *,
    epochs: float,
    seed: int,
    max_tokens: int | None = None,
) -> list[list[int]]:
    """Plan rows: lists of example indices whose lengths add up to at most `row_tokens`.

    Each epoch is shuffled by seed and epoch number and packed best-fit within a window, so that rows are full
    while the order stays random. The plan depends on its arguments only: a resumed run continues it exactly.
    A fractional epoch takes that share of the examples. Nothing is truncated; an example longer than a row
    makes a row of its own.
    """
    rows: list[list[int]] = []
    used = 0
    for order in _epochs(len(lengths), epochs, seed):
        for row in _best_fit(order, lengths, row_tokens):
            if max_tokens is not None and used >= max_tokens:
                return rows
            rows.append(row)
            used += sum(lengths[i] for i in row)
    return rows


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
    `boundaries`, the examples' borders. Parts hold at most `part_tokens` tokens, or one longer example: they
    bound the memory of activations, while the gradient is that of the whole row.
    """

    def __init__(
        self,
        examples: Sequence[Encoded],
        rows: Sequence[Sequence[int]],
        card_weight: CardWeight = "token",
        part_tokens: int = 512,
    ) -> None:
        self.examples, self.rows, self.part_tokens = examples, rows, part_tokens
        self.token_weights = token_weights(examples, card_weight)

    def __len__(self) -> int:
        return len(self.rows)

    def tokens(self, index: int) -> int:
        """Tokens of one row, prompts included."""
        return sum(len(self.examples[i].ids) for i in self.rows[index])

    def __getitem__(self, index: int) -> dict[str, Any]:
        parts: list[list[Encoded]] = []
        room = 0
        for example in (self.examples[i] for i in self.rows[index]):
            if len(example.ids) > room:
                parts.append([])
                room = self.part_tokens
            parts[-1].append(example)
            room -= len(example.ids)
        return {"parts": [self._part(part) for part in parts]}

    def _part(self, examples: Sequence[Encoded]) -> dict[str, Any]:
        ids: list[int] = []
        positions: list[int] = []
        labelled: list[int] = []
        targets: list[int] = []
        weights: list[float] = []
        boundaries = [0]
        for example in examples:
            first = len(ids) + len(example.ids) - example.answer
            labelled.extend(range(first - 1, first - 1 + example.answer))
            targets.extend(example.ids[-example.answer :])
            weights.extend([self.token_weights[example.card]] * example.answer)
            ids.extend(example.ids)
            positions.extend(range(len(example.ids)))
            boundaries.append(len(ids))
        return {
            "input_ids": torch.tensor([ids]),
            "position_ids": torch.tensor([positions]),
            "label_positions": torch.tensor(labelled),
            "targets": torch.tensor(targets),
            "label_weights": torch.tensor(weights, dtype=torch.float32),
            "boundaries": boundaries,
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
