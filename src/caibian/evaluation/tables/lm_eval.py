"""The items of an evaluation as tasks of lm-evaluation-harness (0.4.9 or newer): YAML, JSONL, and the few lines that
join them wherever the folder lies.

    lm_eval --model hf --model_args pretrained=… --apply_chat_template --tasks caibian --include_path FOLDER

With the chat template a model is asked exactly what Caibian asks it. Label cards become `multiple_choice` (the
log-probability of each label's wording), all others `generate_until`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from caibian.errors import ConfigError, EmptyResult
from caibian.evaluation.comparison import digest
from caibian.evaluation.config import EvaluationConfig
from caibian.files import write_text
from caibian.records import Example
from caibian.tasks import TaskCard, card, extract, label_wording

TAG = "caibian"
"""The tag of all exported tasks: `--tasks caibian` runs every one."""

_MODULE = "caibian_data"
_LOADER = '''"""Reads the JSONL files beside it, wherever this folder lies."""

from pathlib import Path

import datasets


def load(file, **_):
    return datasets.load_dataset("json", data_files={"test": str(Path(__file__).with_name(file))})
'''


@dataclass(frozen=True)
class LmTask:
    """One exported task."""

    name: str  # as `--tasks` takes it
    settings: dict[str, Any]
    rows: list[dict[str, Any]]


def write_lm_eval(folder: Path, examples: Sequence[Example]) -> list[str]:
    """Write the tasks of some examples into `folder`; returns their names.

    Raises:
        EmptyResult: there is no example.
        ConfigError: an example's card is not in the library.
    """
    tasks = lm_tasks(examples)
    if not tasks:
        raise EmptyResult("no example to export as a task")
    for task in tasks:
        lines = [json.dumps(row, ensure_ascii=False) for row in task.rows]
        write_text(folder / f"{task.name}.jsonl", "\n".join(lines) + "\n")
        text = yaml.safe_dump(task.settings, allow_unicode=True, sort_keys=False)
        # A tag of YAML that calls a function has no plain value; it is set in as text.
        load = f"custom_dataset: !function {_MODULE}.load\n"
        write_text(folder / f"{task.name}.yaml", load + text)
    write_text(folder / f"{_MODULE}.py", _LOADER)
    return [task.name for task in tasks]


def lm_tasks(examples: Sequence[Example]) -> list[LmTask]:
    """The tasks of some examples: one for each dataset, card and language."""
    groups: dict[tuple[str, str, str], list[Example]] = {}
    for example in examples:
        groups.setdefault((example.dataset, example.card, example.language), []).append(example)
    names: dict[str, int] = {}
    found = []
    for (dataset, card_id, language), members in groups.items():
        name = _name(dataset, card_id, language)
        names[name] = names.get(name, 0) + 1
        if names[name] > 1:
            name = f"{name}_{names[name]}"
        found.append(_task(name, card(card_id), card_id, members))
    return found


def _task(name: str, known: TaskCard, card_id: str, examples: Sequence[Example]) -> LmTask:
    is_label = known.output.kind == "label"
    settings: dict[str, Any] = {
        "task": name,
        "tag": [TAG],
        "dataset_kwargs": {"file": f"{name}.jsonl"},
        "test_split": "test",
        "output_type": "multiple_choice" if is_label else "generate_until",
        # Names of fields, not templates: their texts arrive to the byte, braces included.
        "doc_to_text": "prompt",
        "target_delimiter": "\n",  # only without a chat template, between the prompt and the answer
    }
    if is_label:
        settings |= {"doc_to_choice": "choices", "doc_to_target": "answer", "metric_list": _LABEL_METRICS}
    else:
        limits = {str(key): most for key, most in (known.output.max_chars or {}).items()}
        limit = EvaluationConfig().tokens_for(card_id, known.output.kind, limits)
        settings |= {
            "doc_to_target": "answer",
            "generation_kwargs": {"until": [], "do_sample": False, "temperature": 0.0, "max_gen_toks": limit},
            "metric_list": _TEXT_METRICS,
        }
    settings["metadata"] = {
        "version": 1.0,
        "card": card_id,
        "language": examples[0].language,
        "examples_sha256": digest(examples),
    }
    rows = [_label_row(known, example) if is_label else _text_row(example) for example in examples]
    return LmTask(name, settings, rows)


_LABEL_METRICS = [
    {"metric": "acc", "aggregation": "mean", "higher_is_better": True},
    {"metric": "acc_norm", "aggregation": "mean", "higher_is_better": True},
]
# Their BLEU and ROUGE cut words at spaces, which Chinese has not; chrF counts characters.
_TEXT_METRICS = [{"metric": "chrf", "aggregation": "chrf", "higher_is_better": True}]


def _text_row(example: Example) -> dict[str, Any]:
    return {"id": example.id, "prompt": example.prompt, "answer": example.output}


def _label_row(known: TaskCard, example: Example) -> dict[str, Any]:
    label = extract(known, example.output, example.language)
    offered = [one for one in known.output.labels if not example.labels or one in example.labels]
    if label not in offered:
        raise ConfigError(
            f"example {example.id}: output {example.output!r} is none of the labels offered "
            f"({', '.join(offered)}); correct the data or the card's labels"
        )
    said = example.output.strip()
    own = example.language if known.output.language == "same" else known.output.language
    # The labels are offered in the language in which the published one is worded.
    for language in dict.fromkeys([own, "en", "zh"]):
        try:
            choices = [label_wording(known, one, language) for one in offered]
        except ConfigError:
            continue
        if choices[offered.index(label)] == said:
            break
    else:
        choices = [said if one == label else label_wording(known, one, "en") for one in offered]
    return {
        "id": example.id,
        "prompt": example.prompt,
        "choices": choices,
        "answer": offered.index(label),
        "labels": offered,
    }


def _name(dataset: str, card_id: str, language: str) -> str:
    """`caibian_DATASET_CARD_LANGUAGE` in the letters that every command line takes."""
    parts = [card_id.partition("@")[0], dataset, language]
    return "_".join([TAG, *(re.sub(r"[^a-z0-9]+", "_", part.lower()).strip("_") for part in parts if part)])
