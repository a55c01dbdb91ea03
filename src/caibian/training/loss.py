"""Cross-entropy of the answers, with logits only where there is a label and never all of them at once."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F

# Logits of one chunk: 64 tokens by a vocabulary of 262,144 are 64 MiB in float32; 64 rows still keep matrix
# products near full speed.
CHUNK_TOKENS = 64


class _AnswerLoss(torch.autograd.Function):
    """Weighted sum of negative log-likelihoods through a frozen head.

    The gradient towards the hidden states is computed in the forward pass, while a chunk's logits are at hand
    (as in Hsu et al. 2024, arXiv:2410.10989), so that they are neither kept nor computed twice.
    """

    @staticmethod
    def forward(
        ctx: Any,
        hidden: torch.Tensor,
        head: torch.Tensor,
        targets: torch.Tensor,
        weights: torch.Tensor,
        softcap: float | None,
    ) -> torch.Tensor:
        total = torch.zeros((), dtype=torch.float32, device=hidden.device)
        gradient = torch.empty_like(hidden) if ctx.needs_input_grad[0] else None
        for start in range(0, hidden.shape[0], CHUNK_TOKENS):
            rows = slice(start, start + CHUNK_TOKENS)
            raw = F.linear(hidden[rows], head)
            if softcap is not None:
                raw = softcap * torch.tanh(raw.float() / softcap)
            scores = F.log_softmax(raw, dim=-1, dtype=torch.float32)
            target = targets[rows, None]
            total -= torch.dot(scores.gather(1, target)[:, 0], weights[rows])
            if gradient is None:
                continue
            slope = scores.exp_()
            slope.scatter_add_(1, target, torch.full_like(target, -1, dtype=slope.dtype))
            slope.mul_(weights[rows, None])
            if softcap is not None:
                slope.mul_(1 - (raw / softcap).square())
            torch.mm(slope.to(head.dtype), head, out=gradient[rows])
        if gradient is not None:
            ctx.save_for_backward(gradient)
        return total

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> tuple[torch.Tensor | None, ...]:
        (gradient,) = ctx.saved_tensors
        return gradient * grads[0].to(gradient.dtype), None, None, None, None


def answer_loss(
    hidden: torch.Tensor,
    head: torch.Tensor,
    targets: torch.Tensor,
    weights: torch.Tensor,
    softcap: float | None = None,
) -> torch.Tensor:
    """Weighted sum of the negative log-likelihoods (nats) of `targets`.

    Args:
        hidden: final hidden states at the labelled positions, shape (labels, width).
        head: frozen output embedding, shape (vocabulary, width).
        targets: token ids, shape (labels,).
        weights: weight of each label in the sum, float32, shape (labels,).
        softcap: logits are squashed to ±softcap by tanh, as Gemma 2 does; None leaves them.
    """
    return _AnswerLoss.apply(hidden, head, targets, weights, softcap)  # type: ignore[no-any-return]
