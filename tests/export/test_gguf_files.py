"""Exported GGUF files hold what was trained, for every layout of names and rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

gguf = pytest.importorskip("gguf")
pytest.importorskip("safetensors")

from caibian.errors import InputError  # noqa: E402
from caibian.export import gguf_files  # noqa: E402
from caibian.export.adapter_file import Adapter, Update, read_adapter  # noqa: E402
from caibian.progress import Context  # noqa: E402

WIDTH, HEADS, RANK = 64, 4, 2
Q = "model.layers.0.self_attn.q_proj"


def base_file(path: Path, architecture: str) -> np.ndarray:
    """A one-layer base with only a query projection and a norm; returns the projection's values."""
    values = np.random.default_rng(0).standard_normal((WIDTH, WIDTH)).astype(np.float32)
    writer = gguf.GGUFWriter(str(path), architecture)
    writer.add_block_count(1)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_string("tokenizer.chat_template", "{{ messages }}")
    writer.add_array("tokenizer.ggml.tokens", ["a", "新闻"])
    writer.add_tensor("blk.0.attn_q.weight", values)
    writer.add_tensor("blk.0.attn_norm.weight", np.ones(WIDTH, np.float32))
    writer.write_header_to_file(), writer.write_kv_data_to_file(), writer.write_tensors_to_file()
    writer.close()
    return values


def adapter() -> Adapter:
    chance = np.random.default_rng(1)
    down = chance.standard_normal((RANK, WIDTH)).astype(np.float32)
    up = chance.standard_normal((WIDTH, RANK)).astype(np.float32)
    return Adapter({Q: Update(down, up)}, rank=RANK, alpha=4.0)


def tensors(path: Path) -> dict[str, np.ndarray]:
    return {t.name: gguf.dequantize(t.data, t.tensor_type) for t in gguf.GGUFReader(str(path)).tensors}


@pytest.mark.parametrize(("precision", "steps"), [("f16", 1 / 1024), ("q8_0", 1 / 127)])
def test_a_merged_file_holds_base_plus_scaled_update(tmp_path: Path, precision: str, steps: float) -> None:
    values = base_file(tmp_path / "base.gguf", "qwen2")
    with Context.quiet().progress.task("merge") as task:
        gguf_files.write_merged(adapter(), tmp_path / "base.gguf", tmp_path / "out.gguf", precision, task)
    update = adapter().updates[Q]
    merged = tensors(tmp_path / "out.gguf")
    expected = values + 2.0 * update.up @ update.down
    # Half a quantisation step of the largest value, and half a bf16 step of the base's.
    within = np.abs(expected).max() * steps / 2 + np.abs(values).max() / 256 / 2
    np.testing.assert_allclose(merged["blk.0.attn_q.weight"], expected, atol=within)
    np.testing.assert_array_equal(merged["blk.0.attn_norm.weight"], 1)


def test_a_merged_file_keeps_the_tokenizer_and_template_of_its_base(tmp_path: Path) -> None:
    base_file(tmp_path / "base.gguf", "qwen2")
    with Context.quiet().progress.task("merge") as task:
        gguf_files.write_merged(adapter(), tmp_path / "base.gguf", tmp_path / "out.gguf", "f16", task)
    fields = gguf.GGUFReader(str(tmp_path / "out.gguf")).fields
    assert fields["tokenizer.ggml.tokens"].contents() == ["a", "新闻"]
    assert fields["tokenizer.chat_template"].contents() == "{{ messages }}"


def test_llama_files_take_the_update_in_their_own_order_of_rows(tmp_path: Path) -> None:
    base_file(tmp_path / "base.gguf", "llama")
    gguf_files.write_adapter(adapter(), tmp_path / "base.gguf", tmp_path / "adapter.gguf")
    written = tensors(tmp_path / "adapter.gguf")["blk.0.attn_q.weight.lora_b"]
    up = adapter().updates[Q].up
    # The first head's rows 0, 1, 2 … of the file are its rows 0, half, 1, half + 1 … in torch.
    half = WIDTH // HEADS // 2
    np.testing.assert_array_equal(written[:4], up[[0, half, 1, half + 1]])


def test_an_adapter_for_another_model_is_refused_by_the_layer_that_has_no_place(tmp_path: Path) -> None:
    base_file(tmp_path / "base.gguf", "qwen2")
    other = Adapter({"model.layers.0.mlp.up_proj": adapter().updates[Q]}, rank=RANK, alpha=4.0)
    with pytest.raises(InputError, match=r"mlp\.up_proj"):
        gguf_files.write_adapter(other, tmp_path / "base.gguf", tmp_path / "adapter.gguf")
    assert not (tmp_path / "adapter.gguf").exists()


def test_a_kind_of_adapter_that_gguf_cannot_say_is_refused(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    (tmp_path / "adapter_config.json").write_text('{"r": 2, "lora_alpha": 4, "use_dora": true}')
    save_file({}, str(tmp_path / "adapter_model.safetensors"))
    with pytest.raises(InputError, match="use_dora"):
        read_adapter(tmp_path)


def test_rounding_to_bf16_is_that_of_torch() -> None:
    torch = pytest.importorskip("torch")
    values = np.random.default_rng(2).standard_normal((64, 64)).astype(np.float32)
    expected = torch.from_numpy(values).bfloat16().float().numpy()
    np.testing.assert_array_equal(gguf_files._through_bf16(values), expected)
