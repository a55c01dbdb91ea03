"""Fine-tuning step: Caibian against TRL's SFTTrainer on the same examples, in the same run.

    python benchmarks/sft_throughput.py                       # Gemma-3-270M shape, random weights
    python benchmarks/sft_throughput.py --model default       # the default model's real weights
    python benchmarks/sft_throughput.py --steps 8 --repeat 3

Each setting runs in a process of its own, which prints tokens per second, peak resident memory and the mean
loss over one pass of the same examples. Half of the examples have classification-like answers of 2 to 6
tokens, half answers of 60 to 200; prompts have 100 to 300. Only non-padding tokens count, for everyone alike.
The first step is a warm-up and is not timed. TRL runs at every setting that could be its fastest.
Needs: pip install 'caibian[train,bench]'.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

LORA = {
    "r": 16,
    "lora_alpha": 32,
    "lora_dropout": 0.0,
    "target_modules": "all-linear",
    "task_type": "CAUSAL_LM",
}
LEARNING_RATE = 2e-4
GEMMA_270M = {
    "vocab_size": 262_144,
    "hidden_size": 640,
    "intermediate_size": 2048,
    "num_hidden_layers": 18,
    "num_attention_heads": 4,
    "num_key_value_heads": 1,
    "head_dim": 256,
    "sliding_window": 512,
}
SETTINGS: list[dict[str, Any]] = [
    {"name": "Caibian", "system": "caibian"},
    {"name": "TRL padded", "system": "trl"},
    {"name": "TRL padding-free", "system": "trl", "padding_free": True},
    {"name": "TRL packing", "system": "trl", "packing": True},
    {"name": "TRL packing, autocast off", "system": "trl", "packing": True, "autocast": False},
    {"name": "TRL padded, autocast off", "system": "trl", "autocast": False},
]


def examples(tokens: int, vocabulary: int, seed: int) -> list[tuple[list[int], int]]:
    """(token ids, answer length) pairs that add up to at least `tokens`."""
    chance = random.Random(seed)
    made: list[tuple[list[int], int]] = []
    while sum(len(ids) for ids, _ in made) < tokens:
        answer = chance.randint(2, 6) if len(made) % 2 else chance.randint(60, 200)
        made.append(
            ([chance.randrange(10, vocabulary) for _ in range(chance.randint(100, 300) + answer)], answer)
        )
    return made


def load(name: str) -> tuple[Any, Any]:
    """The model in bf16 and a tokenizer."""
    import torch
    import transformers

    if name != "gemma-270m-shape":
        from caibian.models import torch_weights

        return torch_weights.load(name, torch.bfloat16)
    torch.manual_seed(0)
    layers = ["full_attention" if (i + 1) % 6 == 0 else "sliding_attention" for i in range(18)]
    config = transformers.Gemma3TextConfig(**GEMMA_270M, layer_types=layers, tie_word_embeddings=True)
    with torch.device("meta"):
        model = transformers.Gemma3ForCausalLM(config)
    model = model.to(torch.bfloat16).to_empty(device="cpu")
    model.init_weights()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.normal_(0, 0.02)
            else:
                parameter.zero_()
    model.tie_weights()
    # Buffers that no checkpoint holds stay empty after a build on the meta device.
    model.model.rotary_emb = type(model.model.rotary_emb)(config)
    if hasattr(model.model.embed_tokens, "embed_scale"):
        model.model.embed_tokens.embed_scale = torch.tensor(config.hidden_size**0.5)
    return model, _padder()


def _padder() -> Any:
    """A tokenizer that only pads: the data are token ids already."""
    from tokenizers import Tokenizer, models
    from transformers import PreTrainedTokenizerFast

    words = {"<pad>": 0, "<eos>": 1, "<unk>": 2}
    return PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer(models.WordLevel(words, unk_token="<unk>")),
        pad_token="<pad>",
        eos_token="<eos>",
        unk_token="<unk>",
    )


class Clock:
    """Times steps after the first, and sums losses over all of them."""

    def __init__(self) -> None:
        self.tokens, self.timed_tokens, self.steps = 0, 0, 0
        self.loss, self.labels = 0.0, 0
        self.start = self.end = 0.0

    def step(self, tokens: int) -> None:
        self.end = time.perf_counter()
        if self.steps == 0:
            self.start = self.end
        else:
            self.timed_tokens += tokens
        self.steps += 1

    def result(self) -> dict[str, float]:
        return {
            "tokens_per_second": self.timed_tokens / (self.end - self.start),
            "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            "loss": self.loss / self.labels,
            "labels": self.labels,
            "steps": self.steps,
        }


def run_caibian(job: dict[str, Any], folder: str) -> dict[str, float]:
    """Our trainer, with its own packing, loss and fused modules."""
    from caibian.training import adapter, packing, trainer
    from caibian.training.config import LoraConfig, TrainingConfig

    model, _ = load(job["model"])
    data = [
        packing.Encoded(ids, answer)
        for ids, answer in examples(job["tokens"], model.config.vocab_size, job["seed"])
    ]
    adapted = adapter.attach(model, LoraConfig(rank=LORA["r"], alpha=LORA["lora_alpha"]), seed=0)
    plan = packing.pack(data, job["batch_tokens"], epochs=1, seed=0)
    rows = packing.PackedRows(data, plan)
    clock = Clock()

    class Timed(trainer.PackedTrainer):
        def training_step(self, model: Any, inputs: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
            loss = super().training_step(model, inputs, *args, **kwargs)
            labels = sum(len(part["targets"]) for part in inputs["parts"])
            clock.loss += loss.item() * labels
            clock.labels += labels
            clock.pending = sum(part["input_ids"].numel() for part in inputs["parts"])
            return loss

    config = TrainingConfig(learning_rate=LEARNING_RATE, schedule="constant_with_warmup", warmup=0)
    arguments = trainer.arguments(config, Path(folder), len(rows), 0)
    arguments.eval_strategy = arguments.save_strategy = "no"
    Timed(
        model=adapted,
        args=arguments,
        train_dataset=rows,
        row_tokens=[rows.tokens(i) for i in range(len(rows))],
        callbacks=[_ticker(clock)],
    ).train()
    return clock.result()


def run_trl(job: dict[str, Any], folder: str) -> dict[str, float]:
    """TRL's trainer at one of its settings."""
    import peft
    from trl import SFTConfig, SFTTrainer

    import datasets

    model, tokenizer = load(job["model"])
    data = examples(job["tokens"], model.config.vocab_size, job["seed"])
    rows = datasets.Dataset.from_list(
        [{"input_ids": ids, "completion_mask": [0] * (len(ids) - n) + [1] * n} for ids, n in data]
    )
    mean = sum(len(ids) for ids, _ in data) / len(data)
    packing = job.get("packing", False)
    clock = Clock()

    class Timed(SFTTrainer):
        def training_step(self, model: Any, inputs: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
            mask = inputs.get("attention_mask")
            clock.pending = int(inputs["input_ids"].numel() if mask is None else mask.sum())
            # a token is predicted from the one before: the first of each sequence has no prediction
            labels = int((inputs["labels"][:, 1:] != -100).sum())
            loss = super().training_step(model, inputs, *args, **kwargs)
            clock.loss += loss.item() * labels
            clock.labels += labels
            return loss

    arguments = SFTConfig(
        output_dir=folder,
        per_device_train_batch_size=1 if packing else max(1, round(job["batch_tokens"] / mean)),
        max_length=job["batch_tokens"] if packing else None,
        packing=packing,
        padding_free=job.get("padding_free", False),
        bf16=job.get("autocast", True),
        use_cpu=True,
        gradient_checkpointing=False,
        learning_rate=LEARNING_RATE,
        lr_scheduler_type="constant",
        num_train_epochs=1,
        logging_steps=1,
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        completion_only_loss=True,
        dataloader_pin_memory=False,
        seed=0,
    )
    Timed(
        model=model,
        args=arguments,
        train_dataset=rows,
        processing_class=tokenizer,
        peft_config=peft.LoraConfig(**LORA),
        callbacks=[_ticker(clock)],
    ).train()
    return clock.result()


def _ticker(clock: Clock) -> Any:
    from transformers import TrainerCallback

    class Ticker(TrainerCallback):
        def on_step_end(self, *_: Any, **__: Any) -> None:
            clock.step(clock.pending)

    return Ticker()


def child(job: dict[str, Any]) -> None:
    """Run one setting and print its result as the last line."""
    import torch
    import transformers

    transformers.logging.set_verbosity_error()
    torch.set_num_threads(job["threads"])
    with TemporaryDirectory() as folder:
        result = (run_caibian if job["system"] == "caibian" else run_trl)(job, folder)
    print("\nRESULT " + json.dumps(result))


def measure(job: dict[str, Any]) -> dict[str, float] | str:
    """One setting in a child process: its result, or the last line of its error."""
    command = [sys.executable, __file__, "--child", json.dumps(job)]
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "TOKENIZERS_PARALLELISM": "false"}
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    if done.returncode or not lines:
        return (done.stderr.strip().splitlines() or ["no output"])[-1][:200]
    return json.loads(lines[-1].removeprefix("RESULT "))  # type: ignore[no-any-return]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--model", default="gemma-270m-shape", help="gemma-270m-shape, or any model reference"
    )
    parser.add_argument("--tokens", type=int, default=10_000, help="tokens of the examples, prompts included")
    parser.add_argument("--batch-tokens", type=int, default=1024)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--only", help="names that contain this")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        child(json.loads(args.child))
        return
    from importlib.metadata import version

    libraries = ", ".join(f"{n} {version(n)}" for n in ("torch", "transformers", "peft", "trl"))
    print(f"{platform.processor() or platform.machine()}, {args.threads} threads; {libraries}")
    print(f"model {args.model}, bf16; LoRA {LORA}; {args.tokens} tokens, {args.batch_tokens} a step\n")
    chosen = [s for s in SETTINGS if not args.only or args.only.lower() in s["name"].lower()]
    rows: dict[str, list[dict[str, float]]] = {s["name"]: [] for s in chosen}
    for turn in range(args.repeat):
        for setting in chosen:
            job = {**vars(args), **setting, "seed": turn, "child": None}
            result = measure(job)
            if isinstance(result, str):
                print(f"{setting['name']}: failed: {result}", file=sys.stderr)
            else:
                rows[setting["name"]].append(result)
                print(f"  {setting['name']}: {result}", file=sys.stderr)
    print(f"| {'setting':<48} | tokens/s | peak MB | loss over the pass | label tokens | steps |")
    print(f"|{'-' * 50}|---------:|--------:|-------------------:|-------------:|------:|")
    medians = {}
    for name, results in rows.items():
        if not results:
            continue
        m = {key: statistics.median(r[key] for r in results) for key in results[0]}
        medians[name] = m
        print(
            f"| {name:<48} | {m['tokens_per_second']:8.1f} | {m['peak_mb']:7.0f} | {m['loss']:18.4f} "
            f"| {m['labels']:12.0f} | {m['steps']:5.0f} |"
        )
    peers = [m for name, m in medians.items() if name.startswith("TRL")]
    if peers and "Caibian" in medians:
        ours = medians["Caibian"]
        fastest = max(peers, key=lambda m: m["tokens_per_second"])
        leanest = min(peers, key=lambda m: m["peak_mb"])
        print(
            f"\nCaibian / TRL at its fastest: {ours['tokens_per_second'] / fastest['tokens_per_second']:.2f} × tokens/s, "
            f"{ours['peak_mb'] / fastest['peak_mb']:.2f} × peak memory (of its leanest: "
            f"{ours['peak_mb'] / leanest['peak_mb']:.2f} ×), loss {ours['loss'] / fastest['loss'] - 1:+.2%}"
        )


if __name__ == "__main__":
    main()
