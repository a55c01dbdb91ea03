"""The stage over the real transformers backend, on a tiny model with random weights."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from caibian.evaluation import EvaluationConfig
from caibian.evaluation.run import run
from caibian.progress import Context
from caibian.records import Answer, read_parquet
from tests.evaluation.support import write_inputs

pytest.importorskip("torch", reason="the train extra is not installed")
pytest.importorskip("peft", reason="the train extra is not installed")

CONFIG = EvaluationConfig(shard=4, resamples=200, samples=4, max_tokens={"text": 12, "label": 4})


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder in the Hugging Face layout."""
    from tests.models.tiny import tiny_model, tiny_tokenizer

    folder = tmp_path_factory.mktemp("weights")
    tokenizer = tiny_tokenizer()
    tokenizer.save_pretrained(folder)
    tiny_model(tokenizer).save_pretrained(folder)
    return folder


def write_adapter(folder: Path, weights: Path, *, changes_anything: bool) -> None:
    """A LoRA adapter over the model; new ones start with B = 0 and so change nothing."""
    import peft
    import torch
    from transformers import AutoModelForCausalLM

    model: Any = AutoModelForCausalLM.from_pretrained(weights)
    adapted = peft.get_peft_model(
        model, peft.LoraConfig(r=4, target_modules="all-linear", task_type="CAUSAL_LM")
    )
    if changes_anything:
        torch.manual_seed(1)
        for name, parameter in adapted.named_parameters():
            if "lora_B" in name:
                torch.nn.init.normal_(parameter, std=0.5)
    shutil.rmtree(folder, ignore_errors=True)
    adapted.save_pretrained(folder)


def evaluate(tmp_path: Path, weights: Path, *, changes_anything: bool) -> Path:
    inputs = write_inputs(tmp_path / "in")
    write_adapter(inputs["training"] / "adapter", weights, changes_anything=changes_anything)
    run(CONFIG, inputs, tmp_path / "out", Context.quiet(model=str(weights)))
    return tmp_path / "out"


def texts(out: Path, system: str) -> list[str]:
    return [answer.text for answer in read_parquet(out / f"answers-{system}.parquet", Answer)]


def test_an_adapter_that_changes_nothing_is_measured_as_no_difference(tmp_path: Path, weights: Path) -> None:
    out = evaluate(tmp_path, weights, changes_anything=False)
    assert any(texts(out, "before"))
    assert texts(out, "before") == texts(out, "after")
    for card in json.loads((out / "table.json").read_text(encoding="utf-8"))["cards"]:
        for row in (*card["metrics"], *card["checks"]):
            assert row["difference"]["value"] in (0, None)
            assert row["difference"]["low"] in (0, None)
            assert row["difference"]["high"] in (0, None)


def test_after_is_the_model_with_the_adapter_and_before_the_one_without(
    tmp_path: Path, weights: Path
) -> None:
    unchanged = evaluate(tmp_path / "a", weights, changes_anything=False)
    changed = evaluate(tmp_path / "b", weights, changes_anything=True)
    assert texts(changed, "before") == texts(unchanged, "before")
    assert texts(changed, "after") != texts(changed, "before")


def test_a_lost_shard_is_generated_again_to_the_same_answers(tmp_path: Path, weights: Path) -> None:
    out = evaluate(tmp_path, weights, changes_anything=True)
    first = {system: texts(out, system) for system in ("before", "after")}
    table = (out / "table.json").read_bytes()
    for shard in sorted(out.glob("shards/*/*.parquet"))[::2]:
        shard.unlink()
    inputs = {name: tmp_path / "in" / name for name in ("corpus", "instructions", "training")}
    run(CONFIG, inputs, out, Context.quiet(model=str(weights)))
    assert {system: texts(out, system) for system in first} == first
    assert (out / "table.json").read_bytes() == table
