"""GGUF files of a trained adapter: the adapter alone, and merged with its base."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gguf
import numpy as np

from caibian.errors import InputError
from caibian.export.adapter_file import Adapter
from caibian.files import atomic_path
from caibian.models import gguf_reader
from caibian.progress import Task

_TYPES = {"f16": gguf.GGMLQuantizationType.F16, "q8_0": gguf.GGMLQuantizationType.Q8_0}
_FILE_TYPES = {"f16": gguf.LlamaFileType.MOSTLY_F16, "q8_0": gguf.LlamaFileType.MOSTLY_Q8_0}
_REWRITTEN = ("general.file_type", "general.quantization_version")


def write_adapter(adapter: Adapter, base: Path, target: Path) -> None:
    """Write the adapter as GGUF that llama.cpp applies on top of `base`.

    Raises:
        InputError: a layer of the adapter has no counterpart in `base`.
    """
    reader = gguf_reader.open_gguf(base)
    rows = _tensor_names(adapter, reader)
    with atomic_path(target) as temporary:
        writer = gguf.GGUFWriter(str(temporary), _architecture(reader))
        writer.add_type("adapter")
        writer.add_string("adapter.type", "lora")
        writer.add_float32("adapter.lora.alpha", adapter.alpha)
        for tensor, module in sorted(rows.items()):
            update = adapter.updates[module]
            up = _permuted(update.up, module, reader)
            writer.add_tensor(f"{tensor}.lora_a", np.ascontiguousarray(update.down))
            writer.add_tensor(f"{tensor}.lora_b", np.ascontiguousarray(up))
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()


def write_merged(adapter: Adapter, base: Path, target: Path, precision: str, task: Task) -> None:
    """Write `base` with the adapter added to its weights, in `f16` or `q8_0`; vectors stay float32.

    The base's weights pass through bf16, as they did on the way into training, so that the file holds the
    model that was trained and evaluated. One tensor is in memory at a time.
    """
    reader = gguf_reader.open_gguf(base)
    rows = _tensor_names(adapter, reader)
    kinds = {t.name: _kind(t, precision) for t in reader.tensors}
    with atomic_path(target) as temporary:
        writer = gguf.GGUFWriter(str(temporary), _architecture(reader))
        for field in reader.fields.values():
            _copy_field(writer, field)
        writer.add_file_type(_FILE_TYPES[precision])
        writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
        for tensor in reader.tensors:
            shape = tuple(int(n) for n in reversed(tensor.shape))
            kind = kinds[tensor.name]
            stored, dtype = (
                (gguf.quant_shape_to_byte_shape(shape, kind), np.dtype(np.uint8))
                if kind == gguf.GGMLQuantizationType.Q8_0
                else (shape, np.dtype(np.float16 if kind == _TYPES["f16"] else np.float32))
            )
            size = int(np.prod(stored)) * dtype.itemsize
            writer.add_tensor_info(tensor.name, stored, dtype, size, kind)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        for tensor in reader.tensors:
            values = gguf_reader.dequantize(tensor)
            if values.ndim > 1:
                values = _through_bf16(values)
            if tensor.name in rows:
                update = adapter.updates[rows[tensor.name]]
                values += adapter.scale * (_permuted(update.up, rows[tensor.name], reader) @ update.down)
            writer.write_tensor_data(gguf.quantize(values, kinds[tensor.name]))
            task.advance()
        writer.close()


def _architecture(reader: Any) -> str:
    return str(reader.get_field(gguf.Keys.General.ARCHITECTURE).contents())


def _tensor_names(adapter: Adapter, reader: Any) -> dict[str, str]:
    """GGUF tensor name -> module name, for every layer of the adapter."""
    name = _architecture(reader)
    arch = next((key for key, value in gguf.MODEL_ARCH_NAMES.items() if value == name), None)
    if arch is None:
        raise InputError(f"the base's architecture {name} is not known to the gguf library; update it")
    blocks = int(reader.get_field(f"{name}.block_count").contents())
    names = gguf.get_tensor_name_map(arch, blocks)
    present = {tensor.name for tensor in reader.tensors}
    found: dict[str, str] = {}
    for module in adapter.updates:
        tensor = names.get_name(f"{module}.weight", try_suffixes=(".weight",))
        if tensor is None or tensor not in present:
            raise InputError(f"the adapter's layer {module} has no counterpart in the base GGUF")
        found[tensor] = module
    return found


def _permuted(up: np.ndarray, module: str, reader: Any) -> np.ndarray:
    """Rows in the order of the GGUF file: `llama` files interleave the rotary halves of queries and keys."""
    if _architecture(reader) != "llama" or not module.endswith((".q_proj", ".k_proj")):
        return up
    key = "head_count_kv" if module.endswith(".k_proj") else "head_count"
    heads = int(reader.get_field(f"llama.attention.{key}").contents())
    return up.reshape(heads, 2, up.shape[0] // heads // 2, -1).swapaxes(1, 2).reshape(up.shape)


def _kind(tensor: Any, precision: str) -> gguf.GGMLQuantizationType:
    return _TYPES[precision] if len(tensor.shape) > 1 else gguf.GGMLQuantizationType.F32


def _copy_field(writer: gguf.GGUFWriter, field: Any) -> None:
    """Metadata as it stands in the base, but for what describes the file itself."""
    if field.name.startswith("GGUF.") or field.name in (gguf.Keys.General.ARCHITECTURE, *_REWRITTEN):
        return
    kind = field.types[0]
    sub = field.types[-1] if kind == gguf.GGUFValueType.ARRAY else None
    writer.add_key_value(field.name, field.contents(), kind, sub_type=sub)


def _through_bf16(values: np.ndarray) -> np.ndarray:
    """Round float32 to the nearest bf16 value, ties to even, as torch does."""
    bits = values.view(np.uint32)
    rounded = (bits + (0x7FFF + ((bits >> 16) & 1))) & np.uint32(0xFFFF0000)
    return rounded.astype(np.uint32).view(np.float32)
