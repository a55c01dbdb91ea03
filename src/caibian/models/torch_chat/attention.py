"""Attention for rows of different lengths without a padded token, and the key-value store it reads.

A forward pass is either *spans*, the new tokens of several rows laid end to end in one sequence, or *steps*, one
new token for each row. Rows live side by side in preallocated buffers, so nothing is concatenated or copied when
a row grows, ends, or takes over the beginning of another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from transformers import Cache
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

ATTENTION = "caibian_rows"


@dataclass(frozen=True, slots=True)
class Span:
    """New tokens of one row: they continue it at `start` and stand at `offset` in the packed sequence."""

    row: int
    start: int  # tokens the row already holds
    length: int
    offset: int


class Rows(Cache):
    """Keys and values of `rows` conversations of at most `capacity` tokens each.

    Buffers are allocated at first use, one pair a layer: [rows, key-value heads, capacity, head size].
    """

    def __init__(self, rows: int, capacity: int) -> None:
        super().__init__(layers=[])
        self.rows, self.capacity = rows, capacity
        self.spans: Sequence[Span] | None = None
        self.lengths = torch.zeros(0, dtype=torch.long)
        self._buffers: dict[int, tuple[Tensor, Tensor]] = {}
        self._masks: dict[tuple[int, int | None], Tensor] = {}

    def prepare_spans(self, spans: Sequence[Span]) -> None:
        """Announce that the next pass reads `spans`."""
        self.spans = spans
        self._masks.clear()

    def prepare_step(self, lengths: Tensor) -> None:
        """Announce that the next pass adds one token to each of the first rows, which hold `lengths` tokens."""
        self.spans, self.lengths = None, lengths
        self._masks.clear()

    def mask(self, at: int, window: int | None, device: torch.device) -> Tensor:
        """Which tokens may be looked at: of span `at` [new tokens, all its tokens], or of a step [rows, 1, 1, all].

        Made once a pass, not once a layer.
        """
        if (at, window) not in self._masks:
            if self.spans is not None:
                span = self.spans[at]
                places = torch.arange(span.start + span.length, device=device)
                last = places[span.start :, None]
            else:
                places = torch.arange(int(self.lengths.max()) + 1, device=device)
                last = self.lengths[:, None, None, None]
            mask = places <= last
            self._masks[at, window] = mask if window is None else mask & (places > last - window)
        return self._masks[at, window]

    def get_seq_length(self, layer_idx: int = 0) -> int:
        """Always 0: positions are given explicitly."""
        del layer_idx
        return 0

    def update(
        self, key_states: Tensor, value_states: Tensor, layer_idx: int, *_: Any, **__: Any
    ) -> tuple[Tensor, Tensor]:
        """Store the new keys and values; return the layer's whole buffers."""
        if layer_idx not in self._buffers:
            heads, size = key_states.shape[1], key_states.shape[3]
            self._buffers[layer_idx] = (
                # Zeros, since masked places still enter a product with 0, which turns garbage into NaN.
                key_states.new_zeros(self.rows, heads, self.capacity, size),
                value_states.new_zeros(self.rows, heads, self.capacity, value_states.shape[3]),
            )
        keys, values = self._buffers[layer_idx]
        if self.spans is not None:
            for span in self.spans:
                new = slice(span.offset, span.offset + span.length)
                place = slice(span.start, span.start + span.length)
                keys[span.row, :, place] = key_states[0, :, new]
                values[span.row, :, place] = value_states[0, :, new]
        else:
            active = torch.arange(len(self.lengths), device=key_states.device)
            keys[active, :, self.lengths] = key_states[:, :, 0]
            values[active, :, self.lengths] = value_states[:, :, 0]
        return keys, values

    def held(self, layer: int) -> tuple[Tensor, Tensor] | None:
        """Keys and values of all rows in one layer; None where nothing was read yet."""
        return self._buffers.get(layer)

    def copy(self, source: int, targets: Sequence[int], length: int) -> None:
        """Give `targets` the first `length` tokens of row `source`."""
        if not targets:
            return
        rows = list(targets)
        for pair in self._buffers.values():
            for buffer in pair:
                buffer[rows, :, :length] = buffer[source, :, :length].clone()


def rows_attention(
    module: torch.nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    sliding_window: int | None = None,
    rows: Any = None,
    **_: Any,
) -> tuple[Tensor, None]:
    """Causal attention of each row over itself; the function transformers calls in each layer.

    `rows` is a `Rows`, or a cache that attends by itself.

    Args:
        query: [1, heads, packed tokens, size] for spans, [rows, heads, 1, size] for steps.
        key, value: the buffers that `Rows.update` returned.
    Returns:
        [1, packed tokens, heads, size] or [rows, 1, heads, size].
    """
    del module, attention_mask
    assert rows is not None, "the model's attention was switched to rows, but no rows were given"
    if not isinstance(rows, Rows):
        return rows.attend(query, key, value, scaling, sliding_window), None
    if rows.spans is None:
        return _steps(query, key, value, rows, scaling, sliding_window), None
    outputs = []
    for at, span in enumerate(rows.spans):
        held = slice(0, span.start + span.length)
        outputs.append(
            functional.scaled_dot_product_attention(
                query[:, :, span.offset : span.offset + span.length],
                key[span.row : span.row + 1, :, held],
                value[span.row : span.row + 1, :, held],
                attn_mask=rows.mask(at, sliding_window, query.device),
                scale=scaling,
                enable_gqa=True,
            )
        )
    return torch.cat(outputs, dim=2).transpose(1, 2).contiguous(), None


def _steps(
    query: Tensor, key: Tensor, value: Tensor, rows: Rows, scaling: float | None, window: int | None
) -> Tensor:
    batch, heads, _, size = query.shape
    kv_heads = key.shape[1]
    mask = rows.mask(0, window, query.device)
    longest = mask.shape[-1]
    # Query heads that share a key-value head stand in the place of time, so that no key is repeated.
    output = functional.scaled_dot_product_attention(
        query.reshape(batch, kv_heads, heads // kv_heads, size),
        key[:batch, :, :longest],
        value[:batch, :, :longest],
        attn_mask=mask,
        scale=scaling,
    )
    return output.reshape(batch, 1, heads, -1)


ALL_ATTENTION_FUNCTIONS.register(ATTENTION, rows_attention)
