"""Fast paths for the modules of a LoRA-adapted decoder, exact up to rounding.

peft evaluates an adapter beside its layer in float32, with a copy of the activations per layer; the functions
here stay in the model's precision, add the update in place and keep only what the backward pass cannot do
without. The adapter's own weights and their gradients stay float32.
"""

from __future__ import annotations

from types import MethodType
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn


class _LoraLinear(torch.autograd.Function):
    """y = x·Wᵀ + b + s·(x·Aᵀ)·Bᵀ with W and b frozen; keeps x and x·Aᵀ only."""

    @staticmethod
    def forward(
        ctx: Any,
        x: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor | None,
        down: torch.Tensor,
        up: torch.Tensor,
        scale: float,
    ) -> torch.Tensor:
        flat = x.reshape(-1, x.shape[-1])
        down_low, up_low = down.to(x.dtype), (up * scale).to(x.dtype)
        inner = flat @ down_low.T
        y = F.linear(x, weight, bias)
        y.view(-1, y.shape[-1]).addmm_(inner, up_low.T)
        ctx.save_for_backward(flat, inner, weight, down_low, up_low)
        ctx.scale = scale
        return y

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> tuple[torch.Tensor | None, ...]:
        flat, inner, weight, down_low, up_low = ctx.saved_tensors
        dy = grads[0].reshape(-1, grads[0].shape[-1])
        d_inner = dy @ up_low
        d_up = (dy.T @ inner).float().mul_(ctx.scale)
        d_down = (d_inner.T @ flat).float()
        dx = None
        if ctx.needs_input_grad[0]:
            dx = dy @ weight
            dx.addmm_(d_inner, down_low)
            dx = dx.view(*grads[0].shape[:-1], -1)
        return dx, None, None, d_down, d_up, None


class _RmsNorm(torch.autograd.Function):
    """RMS normalisation with a frozen gain; keeps the input and one number a token.

    Zhang & Sennrich 2019, arXiv:1910.07467.
    """

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, gain: torch.Tensor, epsilon: float) -> torch.Tensor:
        wide = x.float()
        inverse = torch.rsqrt(wide.square().mean(-1, keepdim=True) + epsilon)
        ctx.save_for_backward(x, inverse, gain)
        return (wide * inverse).mul_(gain).to(x.dtype)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> tuple[torch.Tensor | None, ...]:
        x, inverse, gain = ctx.saved_tensors
        slope = grads[0].float() * gain
        normal = x.float() * inverse
        along = (slope * normal).mean(-1, keepdim=True)
        return slope.sub_(normal.mul_(along)).mul_(inverse).to(x.dtype), None, None


class _Gated(torch.autograd.Function):
    """act(gate)·up; keeps the two inputs and computes the product again where it is needed."""

    @staticmethod
    def forward(ctx: Any, gate: torch.Tensor, up: torch.Tensor, kind: str) -> torch.Tensor:
        ctx.save_for_backward(gate, up)
        ctx.kind = kind
        return _activate(gate, kind).mul_(up)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> tuple[torch.Tensor | None, ...]:
        gate, up = ctx.saved_tensors
        dy = grads[0]
        if ctx.kind == "silu":
            d_gate = torch.ops.aten.silu_backward(dy * up, gate)
        else:
            d_gate = torch.ops.aten.gelu_backward(dy * up, gate, approximate="tanh")
        return d_gate, _activate(gate, ctx.kind).mul_(dy), None


def _activate(gate: torch.Tensor, kind: str) -> torch.Tensor:
    return F.silu(gate) if kind == "silu" else F.gelu(gate, approximate="tanh")


def fuse(model: nn.Module) -> dict[str, int]:
    """Give every module of `model` that has one its fast path; returns how many of each kind were changed.

    Modules of unknown shape keep their own forward, so any architecture trains, known ones faster.
    """
    from peft.tuners.lora.layer import Linear as LoraLayer

    done = {"lora": 0, "norm": 0, "mlp": 0}
    for module in model.modules():
        if isinstance(module, LoraLayer):
            done["lora"] += _fuse_lora(module)
        elif type(module).__name__.endswith("RMSNorm"):
            done["norm"] += _fuse_norm(module)
        elif all(hasattr(module, name) for name in ("gate_proj", "up_proj", "down_proj", "act_fn")):
            done["mlp"] += _fuse_mlp(module)
    return done


def _fuse_lora(layer: Any) -> int:
    name = layer.active_adapters[0]
    plain = isinstance(layer.base_layer, nn.Linear) and len(layer.active_adapters) == 1
    if not plain or layer.lora_variant or not isinstance(layer.lora_dropout[name], nn.Identity):
        return 0
    base, down, up = layer.base_layer, layer.lora_A[name], layer.lora_B[name]
    scale = layer.scaling[name]

    def forward(self: nn.Module, x: torch.Tensor, *_: Any, **__: Any) -> torch.Tensor:
        return _LoraLinear.apply(x, base.weight, base.bias, down.weight, up.weight, scale)  # type: ignore[no-any-return]

    layer.forward = MethodType(forward, layer)
    return 1


def _fuse_norm(norm: nn.Module) -> int:
    weight = getattr(norm, "weight", None)
    epsilon = getattr(norm, "variance_epsilon", getattr(norm, "eps", None))
    if weight is None or epsilon is None or weight.requires_grad:
        return 0
    # Gemma stores the gain's distance from one.
    gain = (weight.detach().float() + 1.0) if "Gemma" in type(norm).__name__ else weight.detach().float()

    def forward(self: nn.Module, x: torch.Tensor) -> torch.Tensor:
        return _RmsNorm.apply(x, gain, epsilon)  # type: ignore[no-any-return]

    norm.forward = MethodType(forward, norm)  # type: ignore[method-assign]
    return 1


def _fuse_mlp(mlp: Any) -> int:
    name = type(mlp.act_fn).__name__.lower()
    kind = "silu" if "silu" in name else "gelu_tanh" if "gelu" in name and "tanh" in name else None
    if kind is None:
        return 0

    def forward(self: Any, x: torch.Tensor) -> torch.Tensor:
        return self.down_proj(_Gated.apply(self.gate_proj(x), self.up_proj(x), kind))  # type: ignore[no-any-return]

    mlp.forward = MethodType(forward, mlp)
    return 1
