"""Attention over packed rows: each example attends to itself only, without a mask over the whole row.

A row of n examples of t tokens costs n·t² score products here and (n·t)² under a block-diagonal mask, which is
what libraries fall back to where no flash-attention kernel exists, as on processors.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import torch
import torch.nn.functional as F

PACKED = "caibian_packed"


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
    groups = query.shape[1] // key.shape[1]
    # split, not slices: its backward is one concatenation, theirs a zero-filled row for each segment
    lengths = [end - start for start, end in pairwise(borders)]
    segments = zip(query.split(lengths, 2), key.split(lengths, 2), value.split(lengths, 2), strict=True)
    pieces = []
    for q, k, v in segments:
        if groups > 1:
            # Spelled out: with enable_gqa the processor backend leaves the fused kernel.
            k, v = k.repeat_interleave(groups, dim=1), v.repeat_interleave(groups, dim=1)
        length, window = q.shape[2], None
        if sliding_window is not None and length > sliding_window:
            position = torch.arange(length, device=q.device)
            distance = position[:, None] - position[None, :]
            window = (distance >= 0) & (distance < sliding_window)
        pieces.append(
            F.scaled_dot_product_attention(
                q, k, v, attn_mask=window, dropout_p=dropout, is_causal=window is None, scale=scaling
            ).transpose(1, 2)
        )
    return torch.cat(pieces, dim=1) if len(pieces) > 1 else pieces[0], None
