"""What a transformers model needs besides its weights: an adapter, the tokens that end a turn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from caibian.errors import MissingExtra, ModelError

_END_TOKENS = ("<|im_end|>", "<|endoftext|>", "<end_of_turn>", "<|eot_id|>", "</s>")


def end_tokens(model: Any, tokenizer: Any) -> frozenset[int]:
    """Every token that ends a turn: what the model's configuration names, and the usual ones it knows."""
    configured = getattr(getattr(model, "generation_config", None), "eos_token_id", None)
    ids = {*(configured if isinstance(configured, list) else [configured]), tokenizer.eos_token_id}
    known = tokenizer.get_added_vocab()
    return frozenset(
        {token for token in ids if token is not None} | {known[end] for end in _END_TOKENS if end in known}
    )


def with_adapter(model: Any, folder: Path) -> Any:
    """The model with a PEFT adapter on it.

    Raises:
        ModelError: the folder holds no adapter, or one of another model.
        MissingExtra: peft is not installed.
    """
    try:
        from peft import PeftModel
    except ImportError as error:
        raise MissingExtra("peft", "train") from error
    if not (folder / "adapter_config.json").is_file():
        raise ModelError(f"{folder}: not a PEFT adapter (adapter_config.json is missing)")
    try:
        # In the model's own precision, as training computes it; float32 would cost half as much time again.
        return PeftModel.from_pretrained(model, str(folder), autocast_adapter_dtype=False)
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        raise ModelError(f"{folder}: this adapter does not fit the model ({error})") from error
