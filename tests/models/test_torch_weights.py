from __future__ import annotations

import hashlib
import shutil
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest

from caibian.errors import DiskFull, ModelError
from caibian.progress import Progress
from tests import support
from tests.models.tiny import TEMPLATE, tiny_tokenizer

gguf = pytest.importorskip("gguf")
torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from caibian.models import gguf_reader, torch_weights  # noqa: E402

QUIET = Progress("silent")
HIDDEN, WIDE, LAYERS, HEADS, KV_HEADS = 256, 512, 2, 8, 2


def write_tiny_gguf(path: Path, architecture: str) -> Path:
    """A random two-layer model of that architecture: Q8_0, Q4_0 and F32 tensors, as converters write them."""
    import numpy as np

    tokenizer = tiny_tokenizer()
    vocabulary = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    random = np.random.default_rng(0)
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_name("tiny")
    writer.add_block_count(LAYERS)
    writer.add_context_length(512)
    writer.add_embedding_length(HIDDEN)
    writer.add_feed_forward_length(WIDE)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(10_000.0)
    writer.add_vocab_size(len(vocabulary))
    if architecture == "gemma3":
        writer.add_key_length(HIDDEN // HEADS)
        writer.add_value_length(HIDDEN // HEADS)
        writer.add_sliding_window(64)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list([token for token, _ in vocabulary])
    writer.add_token_types([3 if token.startswith("<|") else 1 for token, _ in vocabulary])
    writer.add_token_merges([" ".join(pair) for pair in _merges(tokenizer)])
    writer.add_eos_token_id(tokenizer.eos_token_id)
    writer.add_chat_template(TEMPLATE)
    for name, shape in _tensors(architecture, len(vocabulary)):
        values = random.standard_normal(shape).astype(np.float32)
        kind = gguf.GGMLQuantizationType.F32
        if len(shape) == 2:
            kind = gguf.GGMLQuantizationType.Q4_0 if "ffn" in name else gguf.GGMLQuantizationType.Q8_0
        writer.add_tensor(name, gguf.quantize(values, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _merges(tokenizer: Any) -> list[tuple[str, str]]:
    import json

    return [tuple(pair) for pair in json.loads(tokenizer.backend_tokenizer.to_str())["model"]["merges"]]


def _tensors(architecture: str, vocabulary: int) -> list[tuple[str, tuple[int, ...]]]:
    kv = HIDDEN // HEADS * KV_HEADS
    found: list[tuple[str, tuple[int, ...]]] = [
        ("token_embd.weight", (vocabulary, HIDDEN)),
        ("output_norm.weight", (HIDDEN,)),
    ]
    if architecture == "llama":
        found.append(("output.weight", (vocabulary, HIDDEN)))
    for layer in range(LAYERS):
        here: list[tuple[str, tuple[int, ...]]] = [
            ("attn_norm.weight", (HIDDEN,)), ("ffn_norm.weight", (HIDDEN,)),
            ("attn_q.weight", (HIDDEN, HIDDEN)), ("attn_k.weight", (kv, HIDDEN)), ("attn_v.weight", (kv, HIDDEN)),
            ("attn_output.weight", (HIDDEN, HIDDEN)), ("ffn_gate.weight", (WIDE, HIDDEN)),
            ("ffn_up.weight", (WIDE, HIDDEN)), ("ffn_down.weight", (HIDDEN, WIDE)),
        ]  # fmt: skip
        if architecture == "qwen2":
            here += [("attn_q.bias", (HIDDEN,)), ("attn_k.bias", (kv,)), ("attn_v.bias", (kv,))]
        if architecture == "gemma3":
            head = (HIDDEN // HEADS,)
            here += [("attn_q_norm.weight", head), ("attn_k_norm.weight", head)]
            here += [("post_attention_norm.weight", (HIDDEN,)), ("post_ffw_norm.weight", (HIDDEN,))]
        found += [(f"blk.{layer}.{name}", shape) for name, shape in here]
    return found


def plain_load(path: Path) -> Any:
    """The model as transformers itself unpacks it."""
    return transformers.AutoModelForCausalLM.from_pretrained(
        str(path.parent),
        gguf_file=path.name,
        dtype=torch.bfloat16,
        quantization_config=transformers.GgufConfig(dequantize=True),
    )


def assert_same_parameters(ours: Any, theirs: Any) -> None:
    a, b = ours.state_dict(), theirs.state_dict()
    assert a.keys() == b.keys()
    assert [name for name in a if a[name].dtype != b[name].dtype or not torch.equal(a[name], b[name])] == []


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CAIBIAN_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.mark.parametrize("architecture", ["qwen2", "llama", "gemma3"])
@pytest.mark.parametrize("streamed", [True, False])
def test_unpacked_weights_are_those_of_transformers_bit_by_bit(
    architecture: str, streamed: bool, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not streamed:
        monkeypatch.setattr(torch_weights, "_STREAMED", ())
    path = write_tiny_gguf(tmp_path / "tiny.gguf", architecture)
    model, _ = torch_weights.load(str(path), progress=QUIET)
    assert_same_parameters(model, plain_load(path))
    assert not model.training
    assert [folder.name for folder in (home / "converted").iterdir()] == [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()[:16]}-bf16-v1"
    ]


def test_the_tokenizer_comes_with_its_chat_template(home: Path, tmp_path: Path) -> None:
    path = write_tiny_gguf(tmp_path / "tiny.gguf", "qwen2")
    _, tokenizer = torch_weights.load(str(path), progress=QUIET)
    text = "市议会批准了预算 2024, officials said."
    plain = transformers.AutoTokenizer.from_pretrained(str(path.parent), gguf_file=path.name)
    assert tokenizer(text).input_ids == plain(text).input_ids
    assert tokenizer.decode(tokenizer(text).input_ids) == text
    asked = tokenizer.apply_chat_template(
        [{"role": "user", "content": "x"}], tokenize=False, add_generation_prompt=True
    )
    assert asked == "<|im_start|>user\nx<|im_end|>\n<|im_start|>assistant\n"
    assert tokenizer.eos_token == "<|im_end|>"


def test_a_second_load_unpacks_nothing(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_tiny_gguf(tmp_path / "tiny.gguf", "qwen2")
    first, _ = torch_weights.load(str(path), progress=QUIET)
    monkeypatch.setattr(torch_weights, "_convert", lambda *_: pytest.fail("unpacked again"))
    second, _ = torch_weights.load(str(path), torch.float32, progress=QUIET)
    assert second.dtype == torch.float32
    assert_same_parameters(second.bfloat16(), first)


def test_an_unpacked_folder_is_a_model_reference_of_its_own(home: Path, tmp_path: Path) -> None:
    path = write_tiny_gguf(tmp_path / "tiny.gguf", "qwen2")
    folder = torch_weights.converted(path, progress=QUIET)
    model, _ = torch_weights.load(str(folder), progress=QUIET)
    assert_same_parameters(model, torch_weights.load(str(path), progress=QUIET)[0])


@pytest.mark.parametrize("share", [0.02, 0.5, 0.99])
def test_half_a_gguf_file_is_an_error_and_leaves_nothing(share: float, home: Path, tmp_path: Path) -> None:
    path = write_tiny_gguf(tmp_path / "tiny.gguf", "qwen2")
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(ModelError, match="not a whole GGUF file"):
        torch_weights.load(str(path), progress=QUIET)
    assert not list(home.glob("converted/*"))


def test_a_gguf_file_without_a_needed_tensor_is_an_error(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tests.models.test_torch_weights as module

    full = _tensors("qwen2", 320)
    monkeypatch.setattr(
        module, "_tensors", lambda *_: [item for item in full if item[0] != "blk.1.ffn_up.weight"]
    )
    path = write_tiny_gguf(tmp_path / "tiny.gguf", "qwen2")
    with pytest.raises(ModelError, match=r"no tensors for model\.layers\.1\.mlp\.up_proj\.weight"):
        torch_weights.load(str(path), progress=QUIET)


def test_too_little_room_to_unpack_is_found_beforehand(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_tiny_gguf(tmp_path / "tiny.gguf", "qwen2")
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9, 0))
    with pytest.raises(DiskFull, match="0 MB are free"):
        torch_weights.load(str(path), progress=QUIET)
    assert not list(home.glob("converted/*"))


def test_the_quick_reader_gives_the_fields_of_the_plain_one(tmp_path: Path) -> None:
    path = write_tiny_gguf(tmp_path / "tiny.gguf", "gemma3")
    quick, plain = gguf_reader.open_gguf(path), gguf.GGUFReader(path)
    assert {name: field.contents() for name, field in quick.fields.items()} == {
        name: field.contents() for name, field in plain.fields.items()
    }
    for ours, theirs in zip(quick.tensors, plain.tensors, strict=True):
        assert ours.name == theirs.name
        assert (gguf_reader.dequantize(ours) == gguf.dequantize(theirs.data, theirs.tensor_type)).all()


@pytest.mark.slow
def test_the_default_weights_unpack_to_the_numbers_of_transformers() -> None:
    path = support.default_weights()
    with support.user_home():  # unpacked once for the person who runs the tests, not once a session
        model, _ = torch_weights.load(str(path), progress=QUIET)
    with gguf_reader.handing_out(gguf_reader.open_gguf(path)):  # its fields are compared above; saves 14 s
        assert_same_parameters(model, plain_load(path))
