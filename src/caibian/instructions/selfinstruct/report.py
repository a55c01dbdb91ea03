"""What a run of self-instruction says of itself, and the errors of one that yielded nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from caibian.errors import EmptyResult, ModelError
from caibian.instructions.selfinstruct.config import SelfInstructConfig
from caibian.instructions.selfinstruct.harvest import Harvest
from caibian.instructions.selfinstruct.sources import Sources
from caibian.models.asking import Asked
from caibian.records import Report

STAGE = "selfinstruct"
_OTHER_LANGUAGE = {"zh": "en", "en": "zh"}


def report(config: SelfInstructConfig, model: str, sources: Sources, asked: Asked, found: Harvest) -> Report:
    """Counts of documents, passages, requests and pairs; `metrics.pairs` holds the yield before and after checks."""
    dropped = {reason: count for reason, count in found.dropped.most_common() if count}
    wanted = found.answers * config.per_passage
    return Report(
        stage=STAGE,
        rows_in=found.written,
        rows_out=len(found.examples),
        dropped=dropped,
        metrics={
            "model": model,
            "language": config.language,
            "topic": config.topic,
            "documents": _documents(sources, found),
            "passages": {
                "cut": sources.passages.total(),
                "left_out": dict(sources.left_out.most_common()),
                "asked_about": len(sources.chosen),
                "answered": found.answers,
                "unanswered": asked.missing,
            },
            "requests": {
                "answered_before": asked.stored,
                "answered_now": asked.answered,
                "failed": dict(asked.failures.most_common()),
                "not_asked": asked.not_asked,
                "cut_off": found.cut_off,
            },
            "tokens": {"prompt": found.prompt_tokens, "completion": found.completion_tokens},
            "pairs": {
                "asked_for": wanted,
                "written": found.written,
                "shortened": found.shortened,
                "refused": dropped,
                "kept": len(found.examples),
                "yield_before_checks": _share(found.written, wanted),
                "yield_after_checks": _share(len(found.examples), wanted),
                "kept_of_written": _share(len(found.examples), found.written),
            },
        },
        artefacts={"examples": "examples.parquet", "evidence": "evidence.jsonl", "refused": "refused.jsonl"},
        notes=_notes(sources, asked),
        seed=config.seed,
    )


def _documents(sources: Sources, found: Harvest) -> dict[str, dict[str, Any]]:
    return {
        name: {
            **dict(counts),
            "passages": sources.passages[name],
            "examples": sum(example.dataset == name for example in found.examples),
        }
        for name, counts in sources.counts.items()
    }


def _notes(sources: Sources, asked: Asked) -> list[str]:
    notes = [f"A document was not read: {reason}" for reason in sources.unreadable.values()]
    for name, counts in sources.counts.items():
        if name in sources.unreadable:
            continue
        odd = [
            f"{counts[kind]} {kind.replace('_', ' ')}"
            for kind in ("empty_pages", "broken_pages")
            if counts[kind]
        ]
        if odd:
            notes.append(f"{name}: {' and '.join(odd)} of {counts['pages']}.")
    if asked.missing:
        notes.append(unanswered(asked))
    return notes


def unanswered(asked: Asked) -> str:
    """How many passages have no answer yet, why, and what to do."""
    reasons = "; ".join(f"{count} × {reason}" for reason, count in asked.failures.most_common(3))
    rest = (
        f"; {asked.not_asked} were not asked, since the model failed again and again"
        if asked.not_asked
        else ""
    )
    return (
        f"{asked.missing} passages have no answer yet ({reasons}{rest}). What was answered is kept; the same command "
        "asks only for the rest."
    )


def check_yield(
    config: SelfInstructConfig, model: str, sources: Sources, asked: Asked, found: Harvest, out: Path
) -> None:
    """Refuse a run without a single example.

    Raises:
        ModelError: no request was answered.
        EmptyResult: naming what took the passages or the pairs.
    """
    if found.examples:
        return
    if not sources.chosen:
        took = _listed(sources.left_out) or "the documents are empty"
        hint = ""
        if sources.left_out["other_language"]:
            hint = f"; for documents in another language: --language {_OTHER_LANGUAGE[config.language]}"
        raise EmptyResult(f"{STAGE}: no passage to ask about; taken by: {took}{hint}")
    if not found.answers:
        raise ModelError(f"{model}: {unanswered(asked)}")
    missing = f" {unanswered(asked)}" if asked.missing else ""
    raise EmptyResult(
        f"{STAGE}: none of {found.written} pairs from {found.answers} answers may be used; taken by: "
        f"{_listed(found.dropped)}. Read them in {out / 'refused.jsonl'}; a stronger model may do better.{missing}"
    )


def _listed(counts: Any) -> str:
    return ", ".join(f"{reason} {count}" for reason, count in counts.most_common() if count)


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
