"""A whole run directory with tiny invented news, its figures computed by the real evaluation code."""

from __future__ import annotations

import copy
import functools
import math
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from caibian.evaluation.bootstrap import Bootstrap
from caibian.evaluation.config import BaselinesConfig
from caibian.evaluation.samples import draw_samples
from caibian.evaluation.summary import notes, summary
from caibian.evaluation.table import CardTest, card_table
from caibian.files import write_json, write_text
from caibian.records import Answer, Article, Example, Report, to_table, write_parquet
from caibian.tasks import card

PLACES = ("南屏县", "临川港", "白鹿镇", "东岭市", "望江区", "石桥乡")
THINGS = ("自来水厂", "公交专线", "社区食堂", "防洪堤", "滨江书店", "山地果园")
SHA = "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32"  # a registered model's, as reports name it
ATTACK = '<script>document.title="owned"</script><img src=x onerror="document.title=1">'
VERSIONS = {"python": "3.11.9", "caibian": "0.1.0", "pyarrow": "21.0.0", "numpy": "2.3.1"}
RECIPE: dict[str, Any] = {
    "name": "example",
    "description": {
        "en": "Invented local news: headlines, leads and the sentiment of a story.",
        "zh": "虚构的本地新闻：拟标题、写导语、判断情感倾向。",
    },
    "seed": 7,
    "model": "coder-0.5b",
    "corpus": {"sources": [{"path": "news/*.jsonl", "licence": "CC0-1.0"}]},
    "instructions": {"cards": [{"id": "headline.news"}, {"id": "lead.news"}, {"id": "sentiment.news"}]},
    "training": {"lora": {"rank": 16}, "learning_rate": 4.0e-4},
    "evaluation": {"max_per_card": 60},
    "export": {"merged": ["f16", "q8_0"]},
}
_LABELS = ("正面", "中性", "负面")


def build(
    folder: Path, stages: Sequence[str] = ("corpus", "instructions", "training", "evaluation", "export")
) -> Path:
    """Write a run in which these stages are done into `folder`; the others are named by the recipe only."""
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / "recipe.yaml", yaml.safe_dump(RECIPE, allow_unicode=True, sort_keys=False))
    folders = {}
    for number, (name, make) in enumerate(_STAGES.items(), 1):
        if name not in stages:
            continue
        out = folder / f"{number:02d}-{name}-{number:012x}"
        out.mkdir()
        make(out).write(out)
        write_json(
            out / "identity.json",
            {"stage": name, "settings": RECIPE[name], "weights": {"sha256": SHA} if number > 2 else None},
        )
        write_text(out / "DONE", "x\n")
        folders[name] = out.name
    write_json(
        folder / "run.json",
        {
            "recipe": "example",
            "description": RECIPE["description"],
            "seed": 7,
            "model": "coder-0.5b",
            "source": "recipes/example.yaml",
            "overrides": ["training.epochs=2"],
            "stages": folders,
        },
    )
    return folder


def _corpus(out: Path) -> Report:
    rows = [
        Article(id=f"a{i}", body="正文", split=split, source=source, licence=licence)
        for i, (split, source, licence) in enumerate(
            [("train", "Example Daily", "CC0-1.0")] * 40 + [("test", "Example Radio", None)] * 9
        )
    ]
    write_parquet(out / "articles" / "part-00000.parquet", to_table(rows, Article))
    return Report(
        stage="corpus",
        rows_in=7353,
        rows_out=6082,
        dropped={"near_duplicate": 611, "too_short": 302, "duplicate": 211, "no_title": 96,
                 "garbled": 38, "advert": 12, "language": 1},
        metrics={"characters": 3_120_400},
        seconds=21.4,
        peak_memory_mb=412.0,
        versions=VERSIONS | {"rensa": "0.2.9"},
        seed=7,
    )  # fmt: skip


def _instructions(out: Path) -> Report:
    drops = {
        "headline.news": {"title_truncated": 402, "limit_reached": 4180},
        "lead.news": {"lead_not_news": 981, "limit_reached": 3801, "facts_not_in_input": 300},
        "sentiment.news": {"left_out_for_balance": 3512, "limit_reached": 1570},
    }
    kept = {
        "headline.news": (1200, 100, 200),
        "lead.news": (700, 100, 200),
        "sentiment.news": (700, 100, 200),
    }
    return Report(
        stage="instructions",
        rows_in=3 * 6082,
        rows_out=sum(sum(splits) for splits in kept.values()),
        dropped={f"{one}: {reason}": n for one, reasons in drops.items() for reason, n in reasons.items()},
        metrics={
            "articles": 6082,
            "cards": {
                one: {
                    "name": card(one).name.model_dump(),
                    "examples": dict(zip(("train", "validation", "test"), splits, strict=True)),
                }
                for one, splits in kept.items()
            },
        },
        seconds=12.9,
        peak_memory_mb=388.0,
        versions=VERSIONS | {"jieba": "0.42.1"},
        seed=7,
    )


def _training(out: Path) -> Report:
    draw = random.Random(0)
    history = []
    for step in range(1, 61):
        loss = 1.55 + 1.9 * math.exp(-step / 9) + draw.gauss(0, 0.14)
        history.append(
            {
                "step": step,
                "tokens": 1013 * step,
                "seconds": round(4.1 * step + draw.random(), 2),
                "loss": loss,
                "validation_loss": 1.66 + 1.3 * math.exp(-step / 12) + max(0, step - 44) * 0.004
                if step % 8 == 0
                else None,
                "learning_rate": 4e-4
                * (step / 6 if step < 6 else 0.5 * (1 + math.cos(math.pi * (step - 6) / 54))),
            }
        )
    write_json(out / "history.json", history)
    return Report(
        stage="training",
        rows_in=2600,
        rows_out=2591,
        dropped={"longer than max_example_tokens": 9},
        metrics={
            "model": "coder-0.5b", "precision": "bfloat16", "trainable_parameters": 8_798_208, "steps": 60,
            "planned_steps": 60, "tokens": 60_780, "tokens_per_second": 247.1, "best_validation_loss": 1.694,
            "best_step": 48, "stopped_early": False,
        },
        notes=["done in 2 attempts, each going on where the one before stopped; the seconds count all of them"],
        seconds=263.0,
        peak_memory_mb=3921.0,
        versions=VERSIONS | {"torch": "2.13.0", "transformers": "5.23.0"},
        seed=7,
    )  # fmt: skip


def _evaluation(out: Path) -> Report:
    table, samples = evaluate()
    write_json(out / "table.json", table)
    write_json(out / "samples.json", samples)
    return Report(
        stage="evaluation",
        rows_in=600,
        rows_out=180,
        dropped={"beyond max_per_card": 420},
        metrics=summary(table),
        notes=notes(table),
        seconds=171.2,
        peak_memory_mb=2740.0,
        versions=VERSIONS | {"torch": "2.13.1"},
        seed=7,
    )


def _export(out: Path) -> Report:
    base = "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf"
    write_json(
        out / "verification.json",
        {
            "prompts": 32,
            "checks": [
                {"artefact": "adapter.gguf", "base": base, "mean_abs_dlogprob": 0.0712, "tolerance": 0.10,
                 "first10_agreement": 0.84, "passed": True},
                {"artefact": "merged-f16.gguf", "base": "", "mean_abs_dlogprob": 0.0031, "tolerance": 0.02,
                 "first10_agreement": 0.99, "passed": True},
                {"artefact": "merged-q8_0.gguf", "base": "", "mean_abs_dlogprob": 0.0613, "tolerance": 0.05,
                 "first10_agreement": 0.95, "passed": False},
            ],
            "negative_control": {"what": "adapter at twice its scale", "prompts": 8, "mean_abs_dlogprob": 0.9143,
                                 "tolerance": 0.10, "failed_as_it_must": True},
        },
    )  # fmt: skip
    write_json(
        out / "model.json",
        {
            "name": "coder-0.5b+caibian",
            "base": {"reference": "coder-0.5b", "name": "coder-0.5b", "path": f"/x/{base}", "sha256": SHA},
            "adapter": "adapter.gguf",
            "merged": {"f16": "merged-f16.gguf"},
            "sha256": {"adapter.gguf": "ab" * 32, "merged-f16.gguf": "ef" * 32},
        },
    )
    return Report(
        stage="export",
        rows_in=1,
        rows_out=3,
        metrics={"megabytes": {"adapter.gguf": 17.6, "merged-f16.gguf": 994.2, "merged-q8_0.gguf": 531.1}},
        seconds=38.0,
        peak_memory_mb=2205.0,
        versions=VERSIONS,
        seed=7,
    )


_STAGES = {
    "corpus": _corpus,
    "instructions": _instructions,
    "training": _training,
    "evaluation": _evaluation,
    "export": _export,
}


def evaluate(per_card: int = 60, samples: int = 20) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """`_evaluate`, worked out once; callers may change what they get."""
    return copy.deepcopy(_evaluate(per_card, samples))


@functools.cache
def _evaluate(per_card: int, samples: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """table.json and samples.json of a model that learnt headlines well, leads a little, and sentiment less than
    a linear model; one of its answers is an attack on the page."""
    tests = [
        _test("headline.news", per_card, learnt=0.75),
        _test("lead.news", per_card, learnt=0.3),
        _test("sentiment.news", per_card, learnt=0.5),
    ]
    table = {
        "models": {
            "before": {"name": "coder-0.5b", "backend": "transformers", "sha256": SHA},
            "after": {
                "name": "coder-0.5b + adapter",
                "backend": "transformers",
                "sha256": SHA,
                "adapter_sha256": "cd" * 32,
            },
        },
        "cards": [card_table(t, BaselinesConfig(), Bootstrap(per_card, resamples=300), 7) for t in tests],
        "resamples": 300,
        "confidence": 0.95,
        "seed": 7,
    }
    drawn = draw_samples(tests, samples, 7)
    drawn[1]["after"] = ATTACK + drawn[1]["after"]
    return table, drawn


def _test(card_id: str, n: int, learnt: float) -> CardTest:
    draw = random.Random(card_id)
    examples, before, after = [], [], []
    train = [_story(draw, card_id, f"t{i}", "train")[0] for i in range(90)]
    for i in range(n):
        example, other, wrong = _story(draw, card_id, f"e{i}", "test")
        examples.append(example)
        before.append(example.output if draw.random() < 0.2 else other)
        luck = draw.random()
        after.append(example.output if luck < learnt else wrong if luck < learnt + 0.1 else other)
    before[3] = ""
    answers = {
        system: [
            Answer(text=text, model=system, example_id=e.id) for text, e in zip(said, examples, strict=True)
        ]
        for system, said in (("before", before), ("after", after))
    }
    return CardTest(card=card(card_id), examples=examples, answers=answers, train=train)


def _story(draw: random.Random, card_id: str, name: str, split: str) -> tuple[Example, str, str]:
    """An example, what an untuned model says to it, and an answer whose number its source lacks."""
    place, thing = draw.choice(PLACES), draw.choice(THINGS)
    n, percent, month = draw.randrange(20, 900), draw.randrange(11, 89), draw.randrange(2, 12)
    mood = draw.choice(_LABELS)
    turn = {"正面": "居民纷纷点赞", "中性": "有关工作正在进行", "负面": "多户居民投诉停水停工"}[mood]
    source = (
        f"{month}月6日，记者从{place}获悉，当地{thing}项目完成投资{n}万元，占全年计划的{percent}%。"
        f"项目负责人介绍，{thing}建成后将服务周边{n * 3}户居民，{turn}。\n"
        f"据了解，{place}此前已有两处同类设施，最近的一处距镇中心4公里，居民往返要1个多小时。"
        f"下一步，施工单位将加快进度，力争年底前交付使用，并向社会公布监督电话。"
    )
    headline = f"{place}{thing}完成投资{n}万元"
    lead = f"{place}{thing}项目完成投资{n}万元，占全年计划的{percent}%，建成后将服务{n * 3}户居民。"
    reference, other, wrong = {
        "headline.news": (headline, f"标题：关于{place}相关项目建设情况的最新进展报道", f"{place}{thing}完成投资{n + 7}万元"),
        "lead.news": (lead, f"好的，以下是导语：{place}的{thing}项目进展顺利，受到居民关注。", f"{place}{thing}投资{n + 9}万元，惠及{n + 50}户居民。"),
        "sentiment.news": (mood, "这条新闻的情感可能是正面，也可能是中性。", draw.choice(_LABELS)),
    }[card_id]  # fmt: skip
    example = Example(
        id=f"{card_id}/{name}",
        instruction="请按要求处理下面的稿件。",
        input=source,
        output=reference,
        card=card_id,
        dataset="example",
        language="zh",
        split=split,
    )
    return example, other, wrong
