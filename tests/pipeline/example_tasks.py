"""A task evaluation as `caibian evaluate tasks` leaves it: its own table over answers of known quality."""

from __future__ import annotations

import random
from pathlib import Path

from caibian.evaluation.tasks.items import TaskSet
from caibian.evaluation.tasks.table import Measured, set_table
from caibian.evaluation.tasks.ways import Reading
from caibian.files import write_json
from caibian.records import Answer, Example, to_table, write_parquet
from caibian.tasks import card, instruction, label_wording

ATTACK = "</script><script>alert(1)</script><img src=x onerror=alert(2)>{n}"
SKILL = {"model": 0.85, "base": 0.6}
_PUBLISHED = [
    {"system": "BERT-base", "metric": "macro_f1", "value": 0.871, "split": "the same test split", "source": "Doe 2021, table 3",
     "url": "https://example.org/a", "comparable": True, "reason": "same split and labels"},
    {"system": "Giant-70B", "metric": "macro_f1", "value": 0.934, "split": "1,000 random items", "source": "Roe 2024, table 1",
     "url": "https://example.org/b", "comparable": False, "reason": "another split"},
]  # fmt: skip


def build(folder: Path, items: int = 60, *, skill: dict[str, float] | None = None, seed: int = 3) -> Path:
    """Write such an evaluation into `folder`; returns it."""
    skill = skill or SKILL
    sets = [_sentiment("zh", items), _sentiment("en", items), _headlines(items // 2)]
    entries, rows = [], {system: [] for system in skill}  # type: dict[str, Any], dict[str, list[Answer]]
    for asked in sets:
        draw = random.Random(seed)
        readings = {
            system: [_read(asked, one, share, draw) for one in asked.examples]
            for system, share in skill.items()
        }
        if asked.is_labels:
            simple = {
                "random": [draw.choice(asked.labels) for _ in asked.examples],
                "majority": [asked.labels[0]] * len(asked.examples),
            }
        else:
            simple = {"first_sentence": [example.input.partition("。")[0] for example in asked.examples]}
        measured = Measured(asked, readings, simple)
        entry = set_table(measured, resamples=200, confidence=0.95, seed=0, invalid_examples=3)
        entries.append(entry | {"published": _PUBLISHED if asked.id == "sentiment_zh" else []})
        for system, said in readings.items():
            rows[system] += [
                Answer(one.text, system, example.id, one.value, finish_reason="error" if one.missing else "stop",
                       error=one.missing)
                for one, example in zip(said, asked.examples, strict=True)
            ]  # fmt: skip
    write_parquet(folder / "items.parquet", to_table([e for one in sets for e in one.examples], Example))
    for system, answers in rows.items():
        write_parquet(folder / "answers" / f"{system}.parquet", to_table(answers, Answer))
    facts = {system: {"reference": "default", "title": "Qwen2.5-Coder-0.5B-Instruct"} for system in skill}
    table = {"format": 1, "main": "model", "systems": facts, "datasets": entries, "way": "scored", "shots": 0, "llamalens": False,
             "confidence": 0.95, "seed": 0, "limit": None}  # fmt: skip
    write_json(folder / "table.json", table)
    return folder


def _sentiment(language: str, items: int) -> TaskSet:
    known = card("sentiment.news")
    labels = list(known.output.labels)
    examples = tuple(
        Example(f"sentiment_{language}/{k}", instruction(known, language), ATTACK if k == 0 else f"第{k}条消息，市场走势。",
                label_wording(known, labels[k % len(labels)], language), known.id, f"sentiment_{language}", language, "test")
        for k in range(items)
    )  # fmt: skip
    name = {"en": f"Sentiment ({language})", "zh": f"情感（{language}）"}
    return TaskSet(f"sentiment_{language}", name, known, language, examples, test_items=items)


def _headlines(items: int) -> TaskSet:
    known = card("headline.news")
    examples = tuple(
        Example(f"headlines/{k}", instruction(known, "zh"), f"本市第{k}号地铁线今天开通，全长{20 + k}公里。市民反应热烈。", f"{k}号地铁线今天开通",
                known.id, "headlines", "zh", "test")
        for k in range(items)
    )  # fmt: skip
    return TaskSet("headlines", {"en": "Headlines", "zh": "标题"}, known, "zh", examples, test_items=items)


def _read(asked: TaskSet, example: Example, skill: float, draw: random.Random) -> Reading:
    right = draw.random() < skill
    if not asked.is_labels:
        return Reading(example.output if right else "今天开通了一条线", None)
    gold = asked.labels[int(example.id.rpartition("/")[2]) % len(asked.labels)]
    if draw.random() < 0.03:
        return Reading("", None, missing="timed out")
    value = gold if right else draw.choice([label for label in asked.labels if label != gold])
    scores = {label: -0.2 - draw.random() * (0.3 if label == value else 2.5) for label in asked.labels}
    scores[value] = max(scores.values()) + 0.01
    if draw.random() < 0.05:
        return Reading("我不确定" + ATTACK, None, scores=scores, sums=scores)
    return Reading(asked.choices[asked.labels.index(value)], value, scores=scores, sums=scores)
