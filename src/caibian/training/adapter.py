"""A causal language model with a LoRA adapter and the packed, answer-only forward pass."""

from __future__ import annotations

from types import MethodType
from typing import Any

import torch

from caibian.errors import MissingExtra
from caibian.training import attention, fused
from caibian.training.config import LoraConfig
from caibian.training.loss import answer_loss


def attach(model: Any, config: LoraConfig, seed: int) -> Any:
    """Freeze `model`, give it a LoRA adapter and our forward pass, and return the peft model.

    Afterwards `model(**row)` of a `PackedRows` row returns the row's weighted sum of losses as `.loss`.
    """
    try:
        import peft
    except ImportError as error:
        raise MissingExtra("peft", "train") from error
    torch.manual_seed(seed)
    adapted = peft.get_peft_model(
        model,
        peft.LoraConfig(
            r=config.rank,
            lora_alpha=config.alpha,  # type: ignore[arg-type]  # the library takes floats
            lora_dropout=config.dropout,
            target_modules=config.targets,
            task_type="CAUSAL_LM",
        ),
    )
    prepare(adapted)
    return adapted


def prepare(adapted: Any) -> dict[str, int]:
    """Install packed attention, fused modules and the answer-only forward; returns what was fused."""
    attention.register()
    base = adapted.get_base_model()
    base.set_attn_implementation(attention.PACKED)
    base.forward = MethodType(_forward, base)
    return fused.fuse(adapted)


def _forward(
    self: Any,
    input_ids: torch.Tensor,
    position_ids: torch.Tensor,
    label_positions: torch.Tensor,
    targets: torch.Tensor,
    label_weights: torch.Tensor,
    segments: list[tuple[int, int]],
    **_: Any,
) -> Any:
    from transformers.modeling_outputs import CausalLMOutput

    decoder = self.get_decoder()
    hidden = decoder(
        input_ids=input_ids, position_ids=position_ids, use_cache=False, segments=segments
    ).last_hidden_state[0]
    softcap = getattr(self.config.get_text_config(), "final_logit_softcapping", None)
    head = self.get_output_embeddings().weight
    loss = answer_loss(hidden[label_positions], head, targets, label_weights, softcap)
    return CausalLMOutput(loss=loss)
