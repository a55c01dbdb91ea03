"""The transformers Trainer over packed rows: exact resume, token-weighted validation, best adapter kept."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments
from transformers.trainer_callback import ExportableState

from caibian.files import replace_folder
from caibian.progress import Task
from caibian.training import checkpoints
from caibian.training.config import EarlyStopping, TrainingConfig


def arguments(config: TrainingConfig, folder: Path, steps: int, seed: int) -> TrainingArguments:
    """The Trainer's settings for `steps` packed rows."""
    return TrainingArguments(
        output_dir=str(folder),
        max_steps=steps,
        per_device_train_batch_size=1,
        per_device_eval_batch_size=1,
        learning_rate=config.learning_rate,
        lr_scheduler_type=config.schedule,
        warmup_steps=round(config.warmup * steps),
        weight_decay=config.weight_decay,
        max_grad_norm=config.max_grad_norm,
        optim="adamw_torch",
        logging_steps=1,
        logging_nan_inf_filter=False,
        eval_strategy="steps",
        eval_steps=config.validate_every,
        save_strategy="steps",
        save_steps=config.checkpoint_every,
        save_total_limit=config.keep_checkpoints,
        restore_callback_states_from_checkpoint=True,
        train_sampling_strategy="sequential",
        remove_unused_columns=False,
        dataloader_pin_memory=False,
        use_cpu=not torch.cuda.is_available(),
        disable_tqdm=True,
        report_to="none",
        seed=seed,
        data_seed=seed,
    )


class PackedTrainer(Trainer):
    """Trains on `PackedRows`, one row a step."""

    def __init__(self, *, row_tokens: Sequence[int], **kwargs: Any) -> None:
        super().__init__(data_collator=_only_row, **kwargs)
        self.remove_callback(PrinterCallback)  # `Show` tells the person
        self._tokens = [0]
        for tokens in row_tokens:
            self._tokens.append(self._tokens[-1] + tokens)
        self._started, self._seconds_before = time.monotonic(), 0.0

    def training_step(self, model: Any, inputs: dict[str, Any], num_items_in_batch: Any = None) -> Any:
        """Forward and backward over the parts of one row; returns the weighted mean loss in nats."""
        model.train()
        weight = sum(part["label_weights"].sum() for part in inputs["parts"])
        total = torch.zeros((), device=self.args.device)
        for part in inputs["parts"]:
            loss = model(**self._prepare_inputs(part)).loss / weight
            self.accelerator.backward(loss)
            total += loss.detach()
        return total

    def evaluate(self, *_: Any, **__: Any) -> dict[str, float]:
        """Weighted mean loss per answer token over the validation rows."""
        model: Any = self.model
        rows: Any = self.eval_dataset
        model.eval()
        total, weight = 0.0, 0.0
        with torch.no_grad():
            for part in (part for row in rows for part in row["parts"]):
                total += model(**self._prepare_inputs(part)).loss.item()
                weight += part["label_weights"].sum().item()
        model.train()
        metrics = {"eval_loss": total / weight}
        self.log(dict(metrics))
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Add the tokens seen and the seconds spent, resumed sessions included, to every line of the log."""
        if self.state.log_history and not self._seconds_before:
            self._seconds_before = self.state.log_history[-1].get("seconds", 0.0)
        logs["tokens"] = self._tokens[min(self.state.global_step, len(self._tokens) - 1)]
        logs["seconds"] = round(self._seconds_before + time.monotonic() - self._started, 3)
        super().log(logs, start_time)

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        super()._save_checkpoint(model, trial)
        folder = Path(self._get_output_dir(trial=trial)) / f"checkpoint-{self.state.global_step}"
        checkpoints.seal(folder)


class KeepBest(TrainerCallback, ExportableState):
    """Keep the adapter of the lowest validation loss, and stop when it no longer falls.

    Its memory travels in the checkpoints, so that a resumed run decides as an undisturbed one.
    """

    def __init__(self, folder: str, patience: int | None, min_delta: float) -> None:
        self.folder, self.patience, self.min_delta = folder, patience, min_delta
        self.best: float | None = None
        self.best_step = 0
        self.stale = 0

    @classmethod
    def of(cls, folder: Path, early: EarlyStopping | None) -> KeepBest:
        """For a stage's settings."""
        return cls(str(folder), early.patience if early else None, early.min_delta if early else 0.0)

    def state(self) -> dict[str, Any]:
        """What a checkpoint remembers of this callback."""
        return {
            "args": {"folder": self.folder, "patience": self.patience, "min_delta": self.min_delta},
            "attributes": {"best": self.best, "best_step": self.best_step, "stale": self.stale},
        }

    def on_evaluate(
        self, args: Any, state: Any, control: Any, metrics: dict[str, float] | None = None, **kwargs: Any
    ) -> Any:
        """Compare with the best so far."""
        loss = (metrics or {})["eval_loss"]
        if self.best is None or loss < self.best - self.min_delta:
            self.best, self.best_step, self.stale = loss, state.global_step, 0
            save_adapter(kwargs["model"], Path(self.folder))
        else:
            self.stale += 1
            control.should_training_stop |= self.patience is not None and self.stale >= self.patience
        return control


class Show(TrainerCallback):
    """Live loss in the terminal and in TensorBoard files."""

    def __init__(self, task: Task, board: Any) -> None:
        self.task, self.board = task, board
        self.text: dict[str, str] = {}

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Move the bar, also over the steps that a resumed run does not repeat."""
        self.task.advance(state.global_step - self.task.done)

    def on_log(
        self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **_: Any
    ) -> None:
        """Show the newest losses."""
        logs = logs or {}
        for key, name in (("loss", "loss"), ("eval_loss", "validation")):
            if key in logs:
                self.text[name] = f"{name} {logs[key]:.3f}"
                self.board.add_scalar(f"loss/{name}", logs[key], state.global_step)
        if "learning_rate" in logs:
            self.board.add_scalar("learning_rate", logs["learning_rate"], state.global_step)
        if logs.get("seconds"):
            self.text["speed"] = f"{logs['tokens'] / logs['seconds']:.0f} tokens/s"
        self.task.note(", ".join(self.text.values()))


def save_adapter(model: Any, folder: Path) -> None:
    """Write the adapter in peft's layout; `folder` is replaced whole or not at all."""
    with replace_folder(folder) as temporary:
        model.save_pretrained(temporary, save_embedding_layers=False)


def _only_row(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return rows[0]
