"""The training stage on a tiny random model: it learns, and it resumes exactly."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytest.importorskip("peft")

from caibian.errors import ConfigError, EmptyResult  # noqa: E402
from caibian.progress import Context  # noqa: E402
from caibian.records import Example, to_table, write_parquet  # noqa: E402
from caibian.training import checkpoints  # noqa: E402
from caibian.training.config import TrainingConfig  # noqa: E402
from caibian.training.run import run  # noqa: E402
from tests.models import tiny  # noqa: E402

WORDS = "甲乙丙丁戊己庚辛壬癸"


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a two-layer Qwen2 of random weights and its tokenizer."""
    folder = tmp_path_factory.mktemp("tiny-model")
    tokenizer = tiny.tiny_tokenizer()
    tokenizer.save_pretrained(folder)
    tiny.tiny_model(tokenizer, hidden_size=32, intermediate_size=64, initializer_range=0.02).save_pretrained(
        folder
    )
    return folder


@pytest.fixture
def instructions(tmp_path: Path) -> Path:
    """Examples whose answer is the first character of their input."""
    folder = tmp_path / "instructions"
    for split, count in (("train", 48), ("validation", 8)):
        rows = [
            Example(f"{split}-{i}", "抄", WORDS[i % 10] * 3, WORDS[i % 10], "copy", "own", "zh", split)
            for i in range(count)
        ]
        write_parquet(folder / f"{split}.parquet", to_table(rows, Example))
    return folder


def settings(**changes: object) -> TrainingConfig:
    return TrainingConfig.model_validate(
        {
            "learning_rate": 0.02,
            "epochs": 2,
            "batch_tokens": 128,
            "validate_every": 4,
            "checkpoint_every": 4,
            "precision": "fp32",
            "threads": 1,
            "early_stopping": None,
            **changes,
        }
    )


def train(config: TrainingConfig, model: Path, instructions: Path, out: Path):
    return run(config, {"instructions": instructions}, out, Context.quiet(seed=3, model=str(model)))


def adapter_bytes(out: Path) -> bytes:
    return (out / "adapter" / "adapter_model.safetensors").read_bytes()


def losses(out: Path) -> list[tuple[int, float | None, float | None]]:
    history = json.loads((out / "history.json").read_text())
    return [(h["step"], h["loss"], h["validation_loss"]) for h in history]


def test_training_lowers_the_loss_and_keeps_the_best_adapter(
    tiny_model: Path, instructions: Path, tmp_path: Path
) -> None:
    report = train(settings(), tiny_model, instructions, tmp_path / "out")
    history = losses(tmp_path / "out")
    validations = [v for _, _, v in history if v is not None]
    assert history[-1][1] < history[0][1]
    assert report.metrics["best_validation_loss"] == min(validations)
    assert report.metrics["tokens"] > 0
    assert list((tmp_path / "out" / "tensorboard").iterdir())


def test_a_run_cut_off_between_checkpoints_ends_as_an_undisturbed_one(
    tiny_model: Path, instructions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    train(settings(), tiny_model, instructions, whole)

    seal = checkpoints.seal

    def seal_and_die(checkpoint: Path) -> None:
        seal(checkpoint)
        if checkpoint.name == "checkpoint-8":
            raise KeyboardInterrupt

    monkeypatch.setattr(checkpoints, "seal", seal_and_die)
    with pytest.raises(KeyboardInterrupt):
        train(settings(), tiny_model, instructions, cut)
    monkeypatch.setattr(checkpoints, "seal", seal)
    train(settings(), tiny_model, instructions, cut)

    assert losses(cut) == losses(whole)
    assert adapter_bytes(cut) == adapter_bytes(whole)


def test_a_truncated_checkpoint_is_set_aside_and_the_one_before_continues(
    tiny_model: Path, instructions: Path, tmp_path: Path
) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    train(settings(), tiny_model, instructions, whole)
    shutil.copytree(whole, cut)
    newest = max((cut / "checkpoints").glob("checkpoint-*"), key=lambda p: int(p.name.split("-")[1]))
    optimizer = newest / "optimizer.pt"
    optimizer.write_bytes(optimizer.read_bytes()[:100])

    report = train(settings(), tiny_model, instructions, cut)

    assert any(newest.name in note for note in report.notes)
    assert losses(cut) == losses(whole)
    assert adapter_bytes(cut) == adapter_bytes(whole)


def test_training_stops_early_when_validation_no_longer_improves(
    tiny_model: Path, instructions: Path, tmp_path: Path
) -> None:
    config = settings(early_stopping={"patience": 1, "min_delta": 100.0}, validate_every=2)
    report = train(config, tiny_model, instructions, tmp_path / "out")
    assert report.metrics["stopped_early"]
    assert report.metrics["best_step"] == 2


def test_examples_that_are_all_too_long_are_an_error_that_names_the_setting(
    tiny_model: Path, instructions: Path, tmp_path: Path
) -> None:
    with pytest.raises(EmptyResult, match="max_example_tokens"):
        train(settings(max_example_tokens=3), tiny_model, instructions, tmp_path / "out")


def test_a_model_without_a_chat_template_is_refused(
    tiny_model: Path, instructions: Path, tmp_path: Path
) -> None:
    bare = tmp_path / "bare"
    shutil.copytree(tiny_model, bare)
    for file in (*bare.glob("*.jinja"), bare / "tokenizer_config.json"):
        if file.suffix == ".jinja":
            file.unlink()
        else:
            values = json.loads(file.read_text())
            values.pop("chat_template", None)
            file.write_text(json.dumps(values))
    with pytest.raises(ConfigError, match="chat template"):
        train(settings(), bare, instructions, tmp_path / "out")
