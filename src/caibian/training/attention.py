"""Attention over packed rows: each example attends to itself only, without a mask over the whole row.

A row of n examples of t tokens costs n·t² score products here and (n·t)² under a block-diagonal mask, which is
what libraries fall back to where no flash-attention kernel exists, as on processors.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

import torch
import torch.nn.functional as F

PACKED = "caibian_packed"
# Up to here the scores of a segment stay in the cache, and plain products beat the processors' fused kernel, most of
# all backwards: twice as fast at 130 tokens. Beyond, their cost grows with the square of the length.
_PLAIN_TOKENS = 192


def register() -> None:
    """Make `attn_implementation="caibian_packed"` known to transformers. May be called again."""
    from transformers import AttentionInterface

    AttentionInterface.register(PACKED, packed_attention)


def packed_attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    sliding_window: int | None = None,
    boundaries: list[int] | None = None,
    **_: Any,
) -> tuple[torch.Tensor, None]:
    """Causal attention inside each segment of a packed row.

    Args:
        query: shape (1, heads, tokens, head size); `key` and `value` may have fewer heads (grouped queries).
        boundaries: segment borders, [0, …, tokens]; None means one segment.
        sliding_window: tokens a position may look back on, itself included; None means all.

    Returns:
        Attention output of shape (1, tokens, heads, head size), and None for the weights.
    """
    if attention_mask is not None:
        raise ValueError("packed attention takes segment boundaries, not a mask")
    borders = boundaries or [0, query.shape[2]]
    lengths = [end - start for start, end in pairwise(borders)]
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    if query.device.type == "cpu" and not dropout and max(lengths) <= _PLAIN_TOKENS:
        return _PlainAttention.apply(query, key, value, lengths, scale, sliding_window), None  # type: ignore[no-untyped-call]
    groups = query.shape[1] // key.shape[1]
    # split, not slices: its backward is one concatenation, theirs a zero-filled row for each segment
    segments = zip(query.split(lengths, 2), key.split(lengths, 2), value.split(lengths, 2), strict=True)
    pieces = []
    for q, k, v in segments:
        if groups > 1:
            # Spelled out: with enable_gqa the processor backend leaves the fused kernel.
            k, v = k.repeat_interleave(groups, dim=1), v.repeat_interleave(groups, dim=1)
        causal = sliding_window is None or q.shape[2] <= sliding_window
        mask = None if causal else _mask(q.shape[2], sliding_window, q.device).to(q.dtype)
        pieces.append(
            F.scaled_dot_product_attention(
                q, k, v, attn_mask=mask, dropout_p=dropout, is_causal=causal, scale=scale
            ).transpose(1, 2)
        )
    return torch.cat(pieces, dim=1) if len(pieces) > 1 else pieces[0], None


class _PlainAttention(torch.autograd.Function):
    """softmax(q·kᵀ)·v for each segment; keeps q, k, v and the output, as flash attention does (Dao et al. 2022,
    arXiv:2205.14135), and computes the scores again, in float32, where they are needed."""

    @staticmethod
    def forward(
        ctx: Any,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        lengths: Sequence[int],
        scale: float,
        window: int | None,
    ) -> torch.Tensor:
        heads, tokens, size = query.shape[1:]
        out = query.new_empty(1, tokens, heads, size)
        start = 0
        for length in lengths:
            q, k, v = (one[0, :, start : start + length] for one in (query, key, value))
            weights = _weights(_folded(q, key), k, scale, window).to(v.dtype)
            product = torch.bmm(weights, v).view(heads, length, size)
            out[0, start : start + length] = product.transpose(0, 1)
            start += length
        ctx.save_for_backward(query, key, value, out)
        ctx.lengths, ctx.scale, ctx.window = lengths, scale, window
        return out

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> tuple[torch.Tensor | None, ...]:
        query, key, value, out = ctx.saved_tensors
        heads, tokens, size = query.shape[1:]
        slope, along = grads[0], (grads[0].float() * out).sum(-1, keepdim=True)
        # Gradients take the shape in which the projections before want them: tokens first.
        d_query, d_key, d_value = (
            one.new_empty(1, tokens, one.shape[1], size).transpose(1, 2) for one in (query, key, value)
        )
        start = 0
        for length in ctx.lengths:
            rows = slice(start, start + length)
            q, k, v = (one[0, :, rows] for one in (query, key, value))
            q = _folded(q, key)
            d_out, d_along = (_folded(one[0, rows].transpose(0, 1), key) for one in (slope, along))
            weights = _weights(q, k, ctx.scale, ctx.window)
            d_scores = torch.bmm(d_out.float(), v.float().transpose(1, 2)).sub_(d_along)
            d_scores = d_scores.mul_(weights).mul_(ctx.scale).to(q.dtype)
            d_value[0, :, rows] = torch.bmm(weights.to(v.dtype).transpose(1, 2), d_out)
            d_query[0, :, rows] = torch.bmm(d_scores, k).view(heads, length, size)
            d_key[0, :, rows] = torch.bmm(d_scores.transpose(1, 2), q)
            start += length
        return d_query, d_key, d_value, None, None, None


def _folded(one: torch.Tensor, key: torch.Tensor) -> torch.Tensor:
    """Queries that share a key head below each other: (heads, length, size) to (key heads, groups·length, size)."""
    return one.reshape(key.shape[1], -1, one.shape[-1])


def _weights(q: torch.Tensor, k: torch.Tensor, scale: float, window: int | None) -> torch.Tensor:
    """Attention weights in float32, shape (key heads, groups·length, length)."""
    scores = torch.bmm(q.float(), k.float().transpose(1, 2)).mul_(scale)
    length = k.shape[1]
    scores.view(-1, length, length).add_(_mask(length, window, q.device))
    return scores.softmax(-1)


@lru_cache(maxsize=64)
def _mask(length: int, window: int | None, device: torch.device) -> torch.Tensor:
    """0 where a query may look, minus infinity at keys after it and beyond the window; shape (length, length)."""
    hidden = torch.ones(length, length, dtype=torch.bool, device=device).triu_(1)
    if window is not None and length > window:
        hidden |= torch.ones_like(hidden).tril_(-window)
    return torch.zeros(length, length, device=device).masked_fill_(hidden, float("-inf"))
