"""From an archive to the measured model, on a tiny random model: killed in any stage, the same figures."""

from __future__ import annotations

import hashlib
import json
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.models.tiny import tiny_model, tiny_tokenizer
from tests.pipeline import tiny

pytestmark = pytest.mark.slow

_STAGES = ("corpus", "instructions", "training", "evaluation")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random Qwen2 in the Hugging Face layout."""
    folder = tmp_path_factory.mktemp("model")
    tokenizer = tiny_tokenizer()
    tiny_model(tokenizer, max_position_embeddings=2048).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def make_project(folder: Path, model: Path) -> Path:
    tiny.project(
        folder,
        200,
        model=str(model),
        instructions={"cards": ["headline.news", "sentiment.news"], "max_input_chars": 100},
        training={
            "lora": {"rank": 4, "alpha": 8},
            "learning_rate": 0.01,
            "batch_tokens": 1024,
            "max_tokens": 24_000,
            "validate_every": 8,
            "validation_examples": 8,
            "checkpoint_every": 4,
            "early_stopping": None,
            "precision": "fp32",
            "threads": 1,
        },
        evaluation={"max_per_card": 12, "shard": 3, "max_tokens": {"text": 24, "label": 6}, "resamples": 200},
    )
    return folder


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, model: Path) -> Path:
    """A project whose run has ended undisturbed."""
    folder = make_project(tmp_path_factory.mktemp("undisturbed"), model)
    tiny.caibian(folder, "run", "tiny.yaml")
    return folder


def results(folder: Path) -> dict[str, str]:
    """What a run found out, by file: the learning curve without its clock, the adapter, figures, samples."""
    curve = json.loads((tiny.stage_folder(folder, "training") / "history.json").read_text(encoding="utf-8"))
    files = tiny.files_under(
        folder / "runs" / "tiny",
        [
            "01-*/articles/*.parquet",
            "02-*/*.parquet",
            "03-*/adapter/adapter_model.safetensors",
            "04-*/table.json",
            "04-*/samples.json",
        ],
    )
    assert len(files) >= 7
    return {
        "curve": str([{k: v for k, v in step.items() if k != "seconds"} for step in curve]),
        **{name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    }


def kill_and_go_on(folder: Path, stage: str, moment: Callable[[Path], bool]) -> str:
    """Start the run, `kill -9` it at the moment, start it again; returns what the second run printed."""
    process = tiny.start(folder, "run", "tiny.yaml")

    def reached() -> bool:
        found = list((folder / "runs" / "tiny").glob(f"*-{stage}-*"))
        return bool(found) and moment(found[0])

    try:
        tiny.wait_for(reached, process)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert not (tiny.stage_folder(folder, stage) / "DONE").exists(), "killed too late"
    return tiny.caibian(folder, "run", "tiny.yaml")


def done_before(undisturbed: Path, folder: Path, stage: str) -> Path:
    """A copy of the undisturbed project as it was before a stage."""
    shutil.copytree(undisturbed, folder)
    for later in _STAGES[_STAGES.index(stage) :]:
        shutil.rmtree(tiny.stage_folder(folder, later))
    return folder


def test_a_run_measures_the_model_before_and_after(undisturbed: Path) -> None:
    folder = tiny.stage_folder(undisturbed, "evaluation")
    table = json.loads((folder / "table.json").read_text(encoding="utf-8"))
    assert {card["card"] for card in table["cards"]} == {"headline.news", "sentiment.news"}
    assert "<html" in (undisturbed / "runs" / "tiny" / "report.html").read_text(encoding="utf-8")
    for stage in _STAGES:
        report = json.loads(
            (tiny.stage_folder(undisturbed, stage) / "report.json").read_text(encoding="utf-8")
        )
        assert report["peak_memory_mb"] > 20
    training = json.loads(
        (tiny.stage_folder(undisturbed, "training") / "report.json").read_text(encoding="utf-8")
    )
    assert {"torch", "transformers", "peft"} <= set(training["versions"])


def test_kill_9_in_the_corpus_changes_no_figure(undisturbed: Path, model: Path, tmp_path: Path) -> None:
    make_project(tmp_path / "killed", model)
    output = kill_and_go_on(
        tmp_path / "killed", "corpus", lambda folder: bool(list(folder.glob("work/*.parquet")))
    )
    assert "corpus: goes on" in output
    assert results(tmp_path / "killed") == results(undisturbed)


def test_kill_9_in_the_training_changes_no_figure(undisturbed: Path, tmp_path: Path) -> None:
    folder = done_before(undisturbed, tmp_path / "killed", "training")

    def after_a_checkpoint(stage: Path) -> bool:
        return bool(list(stage.glob("checkpoints/checkpoint-*/caibian-manifest.json")))

    output = kill_and_go_on(folder, "training", after_a_checkpoint)
    assert "instructions: done" in output
    assert "training: goes on" in output
    assert results(folder) == results(undisturbed)


def test_kill_9_in_the_evaluation_changes_no_figure(undisturbed: Path, tmp_path: Path) -> None:
    folder = done_before(undisturbed, tmp_path / "killed", "evaluation")

    def after_some_shards(stage: Path) -> bool:
        return len(list(stage.glob("shards/*/*.parquet"))) >= 3

    output = kill_and_go_on(folder, "evaluation", after_some_shards)
    assert "training: done" in output
    assert "evaluation: goes on" in output
    assert results(folder) == results(undisturbed)
