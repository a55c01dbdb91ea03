"""The export stage: an adapter in, verified GGUF files out."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from caibian.errors import ConfigError, EmptyResult, MissingExtra, VerificationError
from caibian.export import verify
from caibian.export.config import ExportConfig
from caibian.files import sha256, write_json
from caibian.models import weights
from caibian.progress import Context
from caibian.records import Example, Report, read_parquet


def run(config: ExportConfig, inputs: Mapping[str, Path], out: Path, context: Context) -> Report:
    """Write `adapter.gguf`, the merged models asked for, `verification.json` and `model.json`.

    Raises:
        VerificationError: a file's answers differ from the trained model's by more than the tolerance.
        ConfigError: the base is not a GGUF file.
        MissingExtra: gguf, torch or xllamacpp is not installed.
    """
    try:
        import gguf  # noqa: F401
        import xllamacpp  # noqa: F401
    except ImportError as error:
        raise MissingExtra(error.name or "gguf", "train,serve") from error
    from caibian.export import adapter_file, gguf_files

    base = weights.resolve(context.model, progress=context.progress)
    if base.is_dir():
        raise ConfigError(
            f"model: {context.model} is a folder of safetensors; export puts adapters on GGUF bases. Give the "
            "GGUF of the same model as `model`, or leave the export section out and serve with vLLM"
        )
    adapter = adapter_file.read_adapter(inputs["training"] / "adapter")
    files: dict[str, Path] = {"adapter": out / "adapter.gguf"}
    gguf_files.write_adapter(adapter, base, files["adapter"])
    for precision in config.merged:
        files[precision] = out / f"merged-{precision}.gguf"
        if not files[precision].exists():  # atomic: a file that is there is whole
            with context.progress.task(f"Merging into {precision}") as task:
                gguf_files.write_merged(adapter, base, files[precision], precision, task)

    verification = _verify(config, inputs, base, files, context)
    write_json(out / "verification.json", verification)
    _refuse_failed(verification)
    _write_model_card(context.model, base, files, out / "model.json")
    return Report(
        stage="export",
        rows_in=1,
        rows_out=len(files),
        metrics={
            "verification": verification,
            "megabytes": {p.name: round(p.stat().st_size / 1e6, 1) for p in files.values()},
        },
        artefacts={path.name: path.name for path in files.values()} | {"model": "model.json"},
        notes=_notes(verification),
        seed=context.seed,
    )


def _refuse_failed(verification: Mapping[str, Any]) -> None:
    failed = [c for c in verification["checks"] if not c["passed"]]
    if failed:
        raise VerificationError(
            "; ".join(
                f"{c['artefact']}: mean |Δ log-probability| {c['mean_abs_dlogprob']:.4f} > {c['tolerance']}"
                for c in failed
            )
        )


def _notes(verification: Mapping[str, Any]) -> list[str]:
    if verification["negative_control"]["failed_as_it_must"]:
        return []
    return [
        "the adapter changes so little that twice its scale passes the check as well: the check could not "
        "have noticed a wrong scale"
    ]


def _write_model_card(reference: str, base: Path, files: Mapping[str, Path], path: Path) -> None:
    """`model.json`: what `caibian chat` and `caibian serve` load from this folder."""
    facts = weights.describe(reference)
    write_json(
        path,
        {
            "name": f"{facts.name}+caibian",
            "base": {"reference": reference, "name": facts.name, "path": str(base), "sha256": facts.sha256},
            "adapter": "adapter.gguf",
            "merged": {kind: file.name for kind, file in files.items() if kind != "adapter"},
            "sha256": {file.name: sha256(file) for file in files.values()},
        },
    )


def _verify(
    config: ExportConfig, inputs: Mapping[str, Path], base: Path, files: Mapping[str, Path], context: Context
) -> dict[str, Any]:
    """Every file against the trained model, and the adapter at twice its scale, which has to fail."""
    from caibian.models.llama_cpp import Adapter, LlamaCpp, physical_cores

    threads = config.threads or physical_cores()
    chosen = _choose(read_parquet(inputs["instructions"] / "test.parquet", Example), config, context.seed)
    with context.progress.task("Asking the trained model", total=len(chosen)) as task:
        trained = verify.Trained(context.model, inputs["training"] / "adapter", threads)
        truths = trained.say(chosen, task)
    checks = [
        _verify_file(kind, path, base, getattr(config.tolerances, kind), trained, truths, threads, context)
        for kind, path in files.items()
    ]
    few = truths[: config.control_prompts]
    with LlamaCpp(base, adapters=[Adapter(files["adapter"], 2.0)], threads=threads) as model:
        gaps = verify.compare(few, lambda e: model.logprobs(e.messages(), e.output))
    return {
        "prompts": len(truths),
        "checks": checks,
        "negative_control": {
            "what": "adapter at twice its scale",
            "prompts": len(few),
            "tolerance": config.tolerances.adapter,
            "failed_as_it_must": gaps["mean_abs_dlogprob"] > config.tolerances.adapter,
            **gaps,
        },
    }


def _verify_file(
    kind: str,
    path: Path,
    base: Path,
    tolerance: float,
    trained: verify.Trained,
    truths: Sequence[verify.Truth],
    threads: int,
    context: Context,
) -> dict[str, Any]:
    """One file's answers beside the trained model's: scored on the same tokens, and its own first ten."""
    from caibian.models.chat import Options
    from caibian.models.llama_cpp import Adapter, LlamaCpp

    adapters = [Adapter(path)] if kind == "adapter" else []
    answers: list[str] = []
    with (
        # With the cache, the opening continues from the prompt that scoring has read.
        LlamaCpp(base if adapters else path, adapters=adapters, threads=threads, prompt_cache=True) as model,
        context.progress.task(f"Verifying {path.name}", total=len(truths)) as task,
    ):

        def score(example: Example) -> list[float]:
            found = model.logprobs(example.messages(), example.output)
            [opening] = model.generate([example.messages()], Options(max_tokens=12))
            answers.append(opening.text)
            task.advance()
            return found

        gaps = verify.compare(truths, score)
    return {
        "artefact": path.name,
        "base": base.name if adapters else None,
        "tolerance": tolerance,
        "passed": gaps["mean_abs_dlogprob"] <= tolerance,
        "first10_agreement": verify.agreement(trained, truths, answers),
        **gaps,
    }


def _choose(examples: Sequence[Example], config: ExportConfig, seed: int) -> list[Example]:
    short = [e for e in sorted(examples, key=lambda e: e.id) if len(e.prompt) <= config.max_prompt_chars]
    if not short:
        raise EmptyResult(
            f"export: no held-out prompt is within export.max_prompt_chars = {config.max_prompt_chars}; raise it"
        )
    return random.Random(seed).sample(short, min(config.verify_prompts, len(short)))
