"""The training stage: examples in, a LoRA adapter and its learning curve out."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from caibian.errors import EmptyResult, MissingExtra
from caibian.files import write_json
from caibian.progress import Context
from caibian.records import Example, Report, read_parquet
from caibian.training.config import TrainingConfig


def run(config: TrainingConfig, inputs: Mapping[str, Path], out: Path, context: Context) -> Report:
    """Fine-tune a LoRA adapter of `context.model` on the instruction stage's examples.

    Writes `adapter/` (peft layout, the best validation loss), `history.json`, `tensorboard/` and
    `checkpoints/`. Called again on the same folder it goes on at the newest whole checkpoint.

    Raises:
        EmptyResult: no example is short enough to train on.
        MissingExtra: torch, transformers or peft is not installed.
    """
    try:
        import peft  # noqa: F401
        import torch
        import transformers
    except ImportError as error:
        raise MissingExtra(error.name or "torch", "train") from error
    from caibian.models import torch_weights
    from caibian.models.llama_cpp import physical_cores
    from caibian.training import adapter, packing

    transformers.logging.set_verbosity_error()
    seed = context.seed if config.seed is None else config.seed
    torch.set_num_threads(config.threads or physical_cores())
    transformers.set_seed(seed)

    asked = {"bf16": torch.bfloat16, "fp32": torch.float32}.get(config.precision)
    dtype = asked or torch_weights.fastest_dtype()
    with context.progress.task(f"Loading {context.model}"):
        model, tokenizer = torch_weights.load(context.model, dtype)
    data = {
        s: read_parquet(inputs["instructions"] / f"{s}.parquet", Example) for s in ("train", "validation")
    }
    chosen = _sample(data["validation"], config.validation_examples, seed)
    train, too_long = _fitting(packing.encode(data["train"], tokenizer), config.max_example_tokens)
    validation, _ = _fitting(packing.encode(chosen, tokenizer), config.max_example_tokens)
    if not train or not validation:
        raise EmptyResult(
            f"training: {len(train)} training and {len(validation)} validation examples are no longer than "
            f"training.max_example_tokens = {config.max_example_tokens}; raise it or shorten "
            "instructions.max_input_chars"
        )
    rows, held_out = _rows(config, train, validation, seed)
    adapted = adapter.attach(model, config.lora, seed)
    outcome = _train(config, adapted, rows, held_out, out, context, seed)
    history = _history(outcome["log"])
    write_json(out / "history.json", history)
    return Report(
        stage="training",
        rows_in=len(data["train"]),
        rows_out=len(train),
        dropped={"longer than max_example_tokens": too_long} if too_long else {},
        metrics={
            "model": context.model,
            "precision": str(dtype).removeprefix("torch."),
            "trainable_parameters": sum(p.numel() for p in adapted.parameters() if p.requires_grad),
            "threads": torch.get_num_threads(),
            "answer_token_share": round(sum(e.answer for e in train) / sum(len(e.ids) for e in train), 4),
            **_progress_figures(history, rows, config.batch_tokens),
            "best_validation_loss": outcome["best"],
            "best_step": outcome["best_step"],
        },
        artefacts={"adapter": "adapter", "history": "history.json", "tensorboard": "tensorboard"},
        notes=outcome["notes"],
        seed=seed,
    )


def _rows(config: TrainingConfig, train: list[Any], validation: list[Any], seed: int) -> tuple[Any, Any]:
    """Training and validation examples as packed rows, tasks weighed alike in both: otherwise long answers alone
    would decide which adapter is the best."""
    from caibian.training.packing import PackedRows, pack, token_weights

    weights = token_weights(train, config.card_weight)
    plan = pack(
        train,
        config.batch_tokens,
        epochs=config.epochs,
        seed=seed,
        max_tokens=config.max_tokens,
        together=config.same_instruction_together,
    )
    held_out = pack(validation, config.batch_tokens, epochs=1, seed=seed, together=len(validation))
    return (
        PackedRows(train, plan, weights, config.part_tokens),
        PackedRows(validation, held_out, weights, config.part_tokens),
    )


def _progress_figures(history: list[dict[str, Any]], rows: Any, row_tokens: int) -> dict[str, Any]:
    """Steps, tokens and speed of what was trained, and how full the packed rows were."""
    done = history[-1] if history else {"tokens": 0, "seconds": 0.0, "step": 0}
    read = sum(rows.read(i) for i in range(len(rows)))
    return {
        "steps": done["step"],
        "planned_steps": len(rows),
        "stopped_early": done["step"] < len(rows),
        "tokens": done["tokens"],
        "tokens_per_second": round(done["tokens"] / max(done["seconds"], 1e-9), 1),
        "row_fill": round(read / (len(rows) * row_tokens), 4),
        "tokens_shared": round(1 - read / sum(rows.tokens(i) for i in range(len(rows))), 4),
        "first_loss": next((h["loss"] for h in history if h["loss"] is not None), None),
    }


def _train(
    config: TrainingConfig, model: Any, rows: Any, held_out: Any, out: Path, context: Context, seed: int
) -> dict[str, Any]:
    from torch.utils.tensorboard import SummaryWriter

    from caibian.training import checkpoints, trainer

    folder = out / "checkpoints"
    resume, damaged = checkpoints.newest_whole(folder)
    notes = [
        f"{name} was damaged and was set aside; training went on from the one before" for name in damaged
    ]
    step = int(resume.name.rpartition("-")[2]) if resume else 0
    keep_best = trainer.KeepBest.of(out / "adapter", config.early_stopping)
    with (
        context.progress.task("Training", total=len(rows)) as task,
        SummaryWriter(str(out / "tensorboard"), purge_step=step + 1 if resume else None) as board,
    ):
        run = trainer.PackedTrainer(
            model=model,
            args=trainer.arguments(config, folder, len(rows), seed),
            train_dataset=rows,
            eval_dataset=held_out,
            row_tokens=[rows.tokens(i) for i in range(len(rows))],
            callbacks=[keep_best, trainer.Show(task, board)],
        )
        run.train(resume_from_checkpoint=str(resume) if resume else None)
        best = next(c for c in run.callback_handler.callbacks if isinstance(c, trainer.KeepBest))
        if run.state.global_step % config.validate_every and run.state.global_step == len(rows):
            run.evaluate()  # the last steps count too
    return {"log": run.state.log_history, "best": best.best, "best_step": best.best_step, "notes": notes}


def _history(log: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The Trainer's log as one entry a step: step, tokens, seconds, loss, validation_loss, learning_rate."""
    steps: dict[int, dict[str, Any]] = {}
    for line in log:
        if "loss" not in line and "eval_loss" not in line:
            continue
        entry = steps.setdefault(
            line["step"], {"step": line["step"], "loss": None, "validation_loss": None, "learning_rate": None}
        )
        entry["tokens"], entry["seconds"] = line["tokens"], line["seconds"]
        entry["loss"] = line.get("loss", entry["loss"])
        entry["validation_loss"] = line.get("eval_loss", entry["validation_loss"])
        entry["learning_rate"] = line.get("learning_rate", entry["learning_rate"])
    return [steps[step] for step in sorted(steps)]


def _fitting(encoded: list[Any], longest: int) -> tuple[list[Any], int]:
    kept = [e for e in encoded if len(e.ids) <= longest]
    return kept, len(encoded) - len(kept)


def _sample(examples: list[Example], count: int, seed: int) -> list[Example]:
    """`count` examples by seed, evenly over the cards."""
    by_card: dict[str, list[Example]] = {}
    for example in sorted(examples, key=lambda e: e.id):
        by_card.setdefault(example.card, []).append(example)
    for rows in by_card.values():
        random.Random(seed).shuffle(rows)
    chosen: list[Example] = []
    while len(chosen) < count and any(by_card.values()):
        chosen.extend(rows.pop() for rows in by_card.values() if rows)
    return chosen[:count]
