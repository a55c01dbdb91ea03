"""A peft adapter, read: its low-rank updates by the names of the layers they belong to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from caibian.errors import InputError

_PREFIX, _DOWN, _UP = "base_model.model.", ".lora_A.weight", ".lora_B.weight"


@dataclass(frozen=True, slots=True)
class Update:
    """W + scale · up · down for one layer's weight; `down` is (rank, in), `up` (out, rank), float32."""

    down: np.ndarray
    up: np.ndarray


@dataclass(frozen=True, slots=True)
class Adapter:
    """The updates of one adapter by module name, e.g. `model.layers.0.self_attn.q_proj`."""

    updates: dict[str, Update]
    rank: int
    alpha: float

    @property
    def scale(self) -> float:
        """What the product of the two matrices is multiplied by."""
        return self.alpha / self.rank


def read_adapter(folder: Path) -> Adapter:
    """Read `adapter_config.json` and `adapter_model.safetensors` of a plain LoRA adapter.

    Raises:
        InputError: not such a folder, or a variant of LoRA that GGUF cannot say.
    """
    from safetensors.numpy import load_file

    try:
        config = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
        tensors = load_file(str(folder / "adapter_model.safetensors"))
    except (OSError, ValueError) as error:
        raise InputError(f"{folder}: not a peft adapter ({error})") from error
    for option in ("use_dora", "use_rslora", "rank_pattern", "alpha_pattern", "modules_to_save"):
        if config.get(option):
            raise InputError(f"{folder}/adapter_config.json: {option} cannot be exported to GGUF")
    updates = {}
    for name, down in tensors.items():
        if not name.endswith(_DOWN):
            if not name.endswith(_UP):
                raise InputError(f"{folder}: {name} is no part of a plain LoRA adapter")
            continue
        stem = name.removesuffix(_DOWN)
        up = tensors[stem + _UP]
        updates[stem.removeprefix(_PREFIX)] = Update(down.astype(np.float32), up.astype(np.float32))
    return Adapter(updates, int(config["r"]), float(config["lora_alpha"]))
