"""A model and its tokenizer in torch, from any weights reference.

GGUF weights are unpacked once into bf16 safetensors with their tokenizer under `converted/` of the cache
folder; later loads map that file. Unpacking goes tensor by tensor, so that it needs the memory of the largest
one (float32) and not of the model. Names, permutations and offsets of tensors are those of transformers' own
GGUF loader, and so are the numbers, bit by bit; architectures beyond `_STREAMED` take that loader itself.
"""

from __future__ import annotations

import errno
import json
import logging
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from caibian.downloads import locked, require_room
from caibian.errors import DiskFull, MissingExtra, ModelError
from caibian.files import home, replace_folder
from caibian.models import gguf_reader
from caibian.models.shelf import digest
from caibian.models.weights import resolve
from caibian.progress import Progress

try:
    import torch
    import transformers
except ImportError as error:
    raise MissingExtra(error.name or "torch", "train") from error

_LAYOUT = 1  # of the converted folder; raise it when what is written there changes
_BF16_BYTES = 2
# GGUF architectures whose tensors map one to one onto those of the transformers model.
_STREAMED = ("gemma2", "gemma3", "llama", "qwen2", "qwen3")

log = logging.getLogger(__name__)

# What one library of another's future says is nothing that a user could act on.
warnings.filterwarnings("ignore", category=FutureWarning, module="transformers")


def fastest_dtype() -> torch.dtype:
    """bfloat16 where the hardware multiplies it (on processors 4 to 10 times faster), else float32."""
    if torch.cuda.is_available():
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    cpu: Any = torch.cpu
    native = cpu._is_avx512_bf16_supported() or cpu._is_amx_tile_supported()
    return torch.bfloat16 if native else torch.float32


def load(
    reference: str, dtype: torch.dtype = torch.bfloat16, *, progress: Progress | None = None
) -> tuple[Any, Any]:
    """The model, in evaluation mode on the CPU, and its tokenizer.

    Args:
        reference: a registered name, a GGUF file, a Hugging Face folder or a hub id; pulled if need be.
        dtype: what the parameters are in. GGUF weights pass through bf16 whatever is asked for here.

    Raises:
        ModelNotFound, DownloadError: see `caibian.models.weights.resolve`.
        ModelError: the weights are broken or of an architecture that transformers does not know.
    """
    path = resolve(reference, progress=progress)
    folder = path if path.is_dir() else converted(path, progress=progress)
    try:
        with _quiet():
            tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
            model = transformers.AutoModelForCausalLM.from_pretrained(
                folder, dtype=dtype, local_files_only=True
            )
    except (OSError, ValueError, RuntimeError) as error:
        raise ModelError(f"{reference}: transformers cannot load {folder}: {error}") from error
    return model.eval(), tokenizer


def converted(path: Path, *, progress: Progress | None = None) -> Path:
    """The folder with a GGUF file's weights in bf16 safetensors and its tokenizer, made if need be."""
    target = home() / "converted" / f"{digest(path)[:16]}-bf16-v{_LAYOUT}"
    if target.is_dir():
        return target
    progress = progress or Progress()
    target.parent.mkdir(parents=True, exist_ok=True)
    lock = target.with_name(f".{target.name}.lock")
    with locked(lock, lambda: progress.message(f"Waiting: another process is unpacking {path.name}")):
        if not target.is_dir():
            with replace_folder(target) as folder, _quiet():
                _convert(path, folder, progress)
    return target


def _convert(path: Path, folder: Path, progress: Progress) -> None:
    reader = gguf_reader.open_gguf(path)
    require_room(path.name, folder, _BF16_BYTES * sum(tensor.n_elements for tensor in reader.tensors))
    architecture = str(reader.fields["general.architecture"].contents())
    source: dict[str, Any] = {
        "pretrained_model_name_or_path": str(path.parent),
        "gguf_file": path.name,
        "local_files_only": True,
    }
    try:
        with gguf_reader.handing_out(reader):
            transformers.AutoTokenizer.from_pretrained(**source).save_pretrained(folder)
            config = transformers.AutoConfig.from_pretrained(**source)
            if architecture in _STREAMED:
                _stream(reader, architecture, config, folder, progress, path.name)
            else:
                _convert_plainly(source, folder)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise DiskFull(
            f"{path.name}: the disk filled up while it was unpacked into {folder.parent}"
        ) from error
    except (KeyError, NotImplementedError, ValueError) as error:
        raise ModelError(f"{path}: transformers cannot read this GGUF file: {error}") from error


def _stream(
    reader: gguf_reader.QuickReader,
    architecture: str,
    config: Any,
    folder: Path,
    progress: Progress,
    name: str,
) -> None:
    """Write config and weights, one tensor at a time."""
    with torch.device("meta"):
        model = transformers.AutoModelForCausalLM.from_config(config)
    names = _parameter_names(model, config)
    tensors = [tensor for tensor in reader.tensors if tensor.name in names]
    missing = set(model.state_dict()) - {names[tensor.name] for tensor in tensors}
    if tied := set(model.get_expanded_tied_weights_keys(all_submodels=True)):
        missing -= tied
    if missing:
        raise ValueError(f"it has no tensors for {', '.join(sorted(missing)[:5])}")
    process = _processor(architecture, config)
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for tensor in tensors:
        start, end = end, end + _BF16_BYTES * tensor.n_elements
        shape = [int(size) for size in reversed(tensor.shape)]
        header[names[tensor.name]] = {"dtype": "BF16", "shape": shape, "data_offsets": [start, end]}
    encoded = json.dumps(header).encode()
    encoded += b" " * (-len(encoded) % 8)  # the format wants the data aligned to 8 bytes
    with (
        (folder / "model.safetensors").open("wb") as stream,
        progress.task(f"Unpacking {name}", len(tensors)) as task,
    ):
        stream.write(struct.pack("<Q", len(encoded)) + encoded)
        for tensor in tensors:
            values = torch.from_numpy(process(gguf_reader.dequantize(tensor), tensor.name))
            stream.write(values.to(torch.bfloat16).contiguous().view(torch.uint8).numpy().data)
            task.advance()
    config.dtype = torch.bfloat16
    config.architectures = [type(model).__name__]
    config.save_pretrained(folder)
    transformers.GenerationConfig.from_model_config(config).save_pretrained(folder)


def _parameter_names(model: Any, config: Any) -> dict[str, str]:
    """GGUF tensor name -> parameter name."""
    import gguf

    kind = {"gemma3_text": "gemma3"}.get(config.model_type, config.model_type)
    architecture = next(key for key, value in gguf.MODEL_ARCH_NAMES.items() if value == kind)
    known = gguf.get_tensor_name_map(architecture, config.num_hidden_layers)
    found = {}
    for parameter in model.state_dict():
        stem, _, suffix = parameter.rpartition(".")
        if name := known.get_name(stem):
            found[f"{name}.{suffix}"] = parameter
    return found


def _processor(architecture: str, config: Any) -> Any:
    """transformers' own undoing of what llama.cpp's converter did to some tensors."""
    from transformers.modeling_gguf_pytorch_utils import TENSOR_PROCESSORS, TensorProcessor

    processor = TENSOR_PROCESSORS.get(architecture, TensorProcessor)(config=config.to_dict())
    return lambda values, name: processor.process(weights=values, name=name).weights


def _convert_plainly(source: dict[str, Any], folder: Path) -> None:
    """Let transformers unpack the whole model in memory."""
    options: dict[str, Any] = {"dtype": torch.bfloat16}
    if hasattr(transformers, "GgufConfig"):  # where it is missing, unpacking is the only way there is
        options["quantization_config"] = transformers.GgufConfig(dequantize=True)
    model = transformers.AutoModelForCausalLM.from_pretrained(**source, **options)
    for leftover in ("hf_quantizer", "quantization_method"):
        if hasattr(model, leftover):
            delattr(model, leftover)
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    model.save_pretrained(folder)


@contextmanager
def _quiet() -> Iterator[None]:
    """No bars and no advice from transformers inside the block."""
    from transformers.utils import logging as library

    level, bars = library.get_verbosity(), library.is_progress_bar_enabled()
    library.set_verbosity_error()
    library.disable_progress_bar()
    try:
        yield
    finally:
        library.set_verbosity(level)
        if bars:
            library.enable_progress_bar()
