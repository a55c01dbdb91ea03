"""Attention over packed rows: each example attends to itself and to the beginning it shares, without a mask over the
whole row.

A row of n examples of t tokens costs n·t² score products here and (n·t)² under a block-diagonal mask, which is
what libraries fall back to where no flash-attention kernel exists, as on processors.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
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
    segments: Sequence[tuple[int, int]] | None = None,
    **_: Any,
) -> tuple[torch.Tensor, None]:
    """Causal attention inside each segment of a packed row.

    Args:
        query: shape (1, heads, tokens, head size); `key` and `value` may have fewer heads (grouped queries).
        segments: of `PackedRows`; None means one segment.
        sliding_window: tokens a position may look back on, itself included; None means all.

    Returns:
        Attention output of shape (1, tokens, heads, head size), and None for the weights.
    """
    if attention_mask is not None:
        raise ValueError("packed attention takes segments, not a mask")
    spans = _spans(segments or [(query.shape[2], -1)])
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    if query.device.type == "cpu" and not dropout and max(len(own) for own, _ in spans) <= _PLAIN_TOKENS:
        return _PlainAttention.apply(query, key, value, spans, scale, sliding_window), None  # type: ignore[no-untyped-call]
    groups = query.shape[1] // key.shape[1]
    # split, not slices: its backward is one concatenation, theirs a zero-filled row for each segment
    lengths = [len(own) for own, _ in spans]
    queries, keys, values = (one.split(lengths, 2) for one in (query, key, value))
    at = {own.start: index for index, (own, _) in enumerate(spans)}
    pieces = []
    for index, (own, opening) in enumerate(spans):
        q, k, v = queries[index], keys[index], values[index]
        if opening:
            k, v = (torch.cat([one[at[opening.start]], one[index]], 2) for one in (keys, values))
        if groups > 1:
            # Spelled out: with enable_gqa the processor backend leaves the fused kernel.
            k, v = k.repeat_interleave(groups, dim=1), v.repeat_interleave(groups, dim=1)
        seen = len(opening) + len(own)
        causal = not opening and (sliding_window is None or seen <= sliding_window)
        mask = None if causal else _mask(len(own), seen, sliding_window, q.device).to(q.dtype)
        pieces.append(
            F.scaled_dot_product_attention(
                q, k, v, attn_mask=mask, dropout_p=dropout, is_causal=causal, scale=scale
            ).transpose(1, 2)
        )
    return torch.cat(pieces, dim=1) if len(pieces) > 1 else pieces[0], None


def _spans(segments: Sequence[tuple[int, int]]) -> list[tuple[range, range]]:
    """Each segment's own tokens, and those of its opening (an empty range where it has none)."""
    spans: list[tuple[range, range]] = []
    start = 0
    for length, opening in segments:
        spans.append((range(start, start + length), spans[opening][0] if opening >= 0 else range(0)))
        start += length
    return spans


class _PlainAttention(torch.autograd.Function):
    """softmax(q·kᵀ)·v for each segment; keeps q, k, v and the output, as flash attention does (Dao et al. 2022,
    arXiv:2205.14135), and computes the scores again, in float32, where they are needed."""

    @staticmethod
    def forward(
        ctx: Any,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        spans: Sequence[tuple[range, range]],
        scale: float,
        window: int | None,
    ) -> torch.Tensor:
        heads, tokens, size = query.shape[1:]
        out = query.new_empty(1, tokens, heads, size)
        for own, opening in spans:
            q, k, v = query[0, :, own.start : own.stop], _seen(key, own, opening), _seen(value, own, opening)
            weights = _weights(_folded(q, key), k, len(own), scale, window).to(v.dtype)
            product = torch.bmm(weights, v).view(heads, len(own), size)
            out[0, own.start : own.stop] = product.transpose(0, 1)
        ctx.save_for_backward(query, key, value, out)
        ctx.spans, ctx.scale, ctx.window = spans, scale, window
        return out

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> tuple[torch.Tensor | None, ...]:
        query, key, value, out = ctx.saved_tensors
        heads, tokens, size = query.shape[1:]
        slope, along = grads[0], (grads[0].float() * out).sum(-1, keepdim=True)
        # Gradients take the shape in which the projections before want them: tokens first. An opening's gathers
        # from all that attend to it, hence zeros and float32 sums.
        d_query = query.new_empty(1, tokens, heads, size).transpose(1, 2)
        d_key, d_value = (
            torch.zeros(1, tokens, one.shape[1], size, device=one.device).transpose(1, 2)
            for one in (key, value)
        )
        for own, opening in ctx.spans:
            rows = slice(own.start, own.stop)
            q, k, v = _folded(query[0, :, rows], key), _seen(key, own, opening), _seen(value, own, opening)
            d_out, d_along = (_folded(one[0, rows].transpose(0, 1), key) for one in (slope, along))
            weights = _weights(q, k, len(own), ctx.scale, ctx.window)
            d_scores = torch.bmm(d_out.float(), v.float().transpose(1, 2)).sub_(d_along)
            d_scores = d_scores.mul_(weights).mul_(ctx.scale).to(q.dtype)
            d_query[0, :, rows] = torch.bmm(d_scores, k).view(heads, len(own), size)
            _add(d_key, torch.bmm(d_scores.transpose(1, 2), q), own, opening)
            _add(d_value, torch.bmm(weights.to(v.dtype).transpose(1, 2), d_out), own, opening)
        return d_query, d_key.to(key.dtype), d_value.to(value.dtype), None, None, None


def _seen(one: torch.Tensor, own: range, opening: range) -> torch.Tensor:
    """The keys or values that a segment attends to: (heads, opening and own tokens, size)."""
    held = one[0, :, own.start : own.stop]
    return torch.cat([one[0, :, opening.start : opening.stop], held], 1) if opening else held


def _add(total: torch.Tensor, gradient: torch.Tensor, own: range, opening: range) -> None:
    """The reverse of `_seen`."""
    total[0, :, own.start : own.stop] += gradient[:, len(opening) :]
    if opening:
        total[0, :, opening.start : opening.stop] += gradient[:, : len(opening)]


def _folded(one: torch.Tensor, key: torch.Tensor) -> torch.Tensor:
    """Queries that share a key head below each other: (heads, length, size) to (key heads, groups·length, size)."""
    return one.reshape(key.shape[1], -1, one.shape[-1])


def _weights(q: torch.Tensor, k: torch.Tensor, length: int, scale: float, window: int | None) -> torch.Tensor:
    """Attention weights in float32, shape (key heads, groups·length, keys)."""
    scores = torch.bmm(q.float(), k.float().transpose(1, 2)).mul_(scale)
    seen = k.shape[1]
    scores.view(-1, length, seen).add_(_mask(length, seen, window, q.device))
    return scores.softmax(-1)


@lru_cache(maxsize=32)  # the segments of a part, over its layers; more would only hold memory
def _mask(length: int, seen: int, window: int | None, device: torch.device) -> torch.Tensor:
    """0 where the last `length` of `seen` tokens may look, minus infinity at those after them and beyond the window;
    shape (length, seen)."""
    first = seen - length
    hidden = torch.ones(length, seen, dtype=torch.bool, device=device).triu_(first + 1)
    if window is not None and seen > window:
        hidden |= torch.ones_like(hidden).tril_(first - window)
    return torch.zeros(length, seen, device=device).masked_fill_(hidden, float("-inf"))
