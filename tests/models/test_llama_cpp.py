"""What is particular to llama.cpp, mostly against torch on the same numbers."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from caibian.errors import ModelError, UnsupportedSchema
from caibian.models import Options
from caibian.models.llama_cpp import Adapter, LlamaCpp
from caibian.models.torch_chat import TorchChat
from tests.models.tiny import tiny_model, tiny_tokenizer, write_tiny_gguf

QUESTION: Any = [{"role": "user", "content": "Write a headline. 市议会批准预算。"}]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LlamaCpp, TorchChat, Path]]:
    tokenizer = tiny_tokenizer()
    weights = tiny_model(tokenizer)
    path = write_tiny_gguf(tmp_path_factory.mktemp("gguf") / "tiny.gguf", weights, tokenizer)
    with LlamaCpp(path, threads=1, context=512) as native:
        yield native, TorchChat(weights, tokenizer, "tiny"), path


@pytest.mark.parametrize(
    "answer",
    [
        "a",
        "市议会 approved",
        "龘",
        "😀龘回答😀",
        "two\n\nlines",
        'quote " and \\',
        "a\x00b",
        "<|im_end|>",
        "x" * 120,
    ],
)
def test_scores_are_torchs(pair: tuple[LlamaCpp, TorchChat, Path], answer: str) -> None:
    """Also where a token ends inside a character, of which the library says nothing by itself."""
    native, plain, _ = pair
    # The library keeps keys and values in float16, hence the tolerance.
    ours, theirs = native.logprobs(QUESTION, answer), plain.logprobs(QUESTION, answer)
    assert ours == pytest.approx(theirs, abs=0.2)
    assert sum(map(abs, map(float.__sub__, ours, theirs))) / len(ours) < 0.02


def test_scores_do_not_depend_on_what_was_asked_before(pair: tuple[LlamaCpp, TorchChat, Path]) -> None:
    native, _, _ = pair
    first = native.logprobs(QUESTION, "市议会 yes")
    native.generate([QUESTION], Options(max_tokens=5))
    native.choose([{"role": "user", "content": "Other"}], ["a", "b"])
    assert native.logprobs(QUESTION, "市议会 yes") == first
    assert native.score(QUESTION, ["b", "市议会 yes"])[1] == first


def test_greedy_answers_are_torchs(pair: tuple[LlamaCpp, TorchChat, Path]) -> None:
    native, plain, _ = pair
    [ours], [theirs] = (m.generate([QUESTION], Options(max_tokens=8)) for m in pair[:2])
    assert (ours.text, ours.prompt_tokens) == (theirs.text, theirs.prompt_tokens)
    assert native.name == plain.name == "tiny"


def test_several_conversations_at_once_keep_their_order(pair: tuple[LlamaCpp, TorchChat, Path]) -> None:
    native, _, path = pair
    questions: Any = [[{"role": "user", "content": f"Question {number}?"}] for number in range(6)]
    with LlamaCpp(path, threads=1, context=256, parallel=3) as several:
        together = several.generate(questions, Options(max_tokens=4))
    alone = native.generate(questions, Options(max_tokens=4))
    assert [a.prompt_tokens for a in together] == [a.prompt_tokens for a in alone]
    assert [a.text for a in together] == [a.text for a in alone]


def test_an_adapter_at_scale_zero_changes_nothing_and_at_one_it_does(
    pair: tuple[LlamaCpp, TorchChat, Path], tmp_path: Path
) -> None:
    native, _, path = pair
    adapter = write_adapter(tmp_path / "adapter.gguf")
    before = native.logprobs(QUESTION, "市议会")
    with LlamaCpp(path, threads=1, context=512, adapters=[Adapter(adapter, 0.0)]) as off:
        assert off.logprobs(QUESTION, "市议会") == pytest.approx(before, abs=1e-4)
    with LlamaCpp(path, threads=1, context=512, adapters=[Adapter(adapter)]) as on:
        assert on.logprobs(QUESTION, "市议会") != pytest.approx(before, abs=0.05)


def write_adapter(path: Path) -> Path:
    """A rank-2 adapter of random numbers on the first layer's query projection."""
    import gguf
    import numpy as np

    writer = gguf.GGUFWriter(path, "qwen2")
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", 8.0)
    chance = np.random.default_rng(0)
    writer.add_tensor("blk.0.attn_q.weight.lora_a", chance.normal(size=(2, 64)).astype(np.float32))
    writer.add_tensor("blk.0.attn_q.weight.lora_b", chance.normal(size=(64, 2)).astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def test_a_file_that_is_missing_or_no_model_is_named(
    pair: tuple[LlamaCpp, TorchChat, Path], tmp_path: Path
) -> None:
    _, _, path = pair
    with pytest.raises(ModelError, match=r"none\.gguf.*cannot be read"):
        LlamaCpp(tmp_path / "none.gguf")
    text = tmp_path / "text.gguf"
    text.write_text("not a model")
    with pytest.raises(ModelError, match=r"text\.gguf: not a GGUF model"):
        LlamaCpp(text)
    half = tmp_path / "half.gguf"
    half.write_bytes(path.read_bytes()[:20000])
    with pytest.raises(ModelError, match=r"could not load .*half\.gguf"):
        LlamaCpp(half)
    with pytest.raises(ModelError, match=r"text\.gguf: not a GGUF adapter"):
        LlamaCpp(path, adapters=[Adapter(text)])


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "pattern": "(unclosed"},
        {"type": "nonsense"},
        {"$ref": "#/$defs/x"},
        {"type": "integer", "minimum": 5, "maximum": 1},
        {"not": {"type": "string"}},
        {"enum": []},
    ],
)
def test_a_schema_that_cannot_be_kept_is_an_error(
    pair: tuple[LlamaCpp, TorchChat, Path], schema: dict[str, Any]
) -> None:
    with pytest.raises(UnsupportedSchema):
        list(pair[0].stream(QUESTION, Options(json_schema=schema)))


def test_the_library_dropping_a_schema_is_noticed(
    pair: tuple[LlamaCpp, TorchChat, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It answers freely when it cannot compile a schema, here one that our own check lets through."""
    monkeypatch.setattr("caibian.models.llama_cpp.model.check_schema", lambda *_: None)
    with pytest.raises(UnsupportedSchema, match="did not keep"):
        list(pair[0].stream(QUESTION, Options(json_schema={"not": {"type": "string"}})))


def test_patterns_are_kept(pair: tuple[LlamaCpp, TorchChat, Path]) -> None:
    [answer] = pair[0].generate([QUESTION], Options(json_schema={"type": "string", "pattern": "^a{2}b$"}))
    assert answer.text.strip() == '"aab"'


def test_a_closed_model_says_so(pair: tuple[LlamaCpp, TorchChat, Path]) -> None:
    model = LlamaCpp(pair[2], threads=1, context=256)
    model.close()
    model.close()
    with pytest.raises(ModelError, match="closed"):
        list(model.stream(QUESTION))


def test_the_library_is_quiet(pair: tuple[LlamaCpp, TorchChat, Path]) -> None:
    code = (
        "from caibian.models.llama_cpp import LlamaCpp; import sys\n"
        "m = LlamaCpp(sys.argv[1], threads=1, context=256)\n"
        "m.generate([[{'role': 'user', 'content': 'x'}]]); m.close()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(pair[2])], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("", "")
