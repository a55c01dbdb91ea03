"""A comparison as people make one: items in two languages, systems of known strength, judges of known bias, experts.

Written with the shared writers, so that what reads it reads what a real one holds.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from caibian.evaluation.agreement import agreement_report
from caibian.evaluation.comparison import EMPTY, Comparison, write_comparison, write_rankings
from caibian.evaluation.judging.examining import examine_all
from caibian.files import write_json
from caibian.records import Answer, Example, Ranking

ATTACK = "</script><script>alert(1)</script><img src=x onerror=alert(2)>{n}"
SYSTEMS = {"base": 0.0, "tuned": 2.6, "base-1.5b": 1.7}  # strengths on Luce's scale
CARDS = ("headline.news", "lead.news", "plain.language")
EXPERTS = ("Chen", "Li", "Müller")
HONEST, BIASED, RULE = "qwen2.5-7b-instruct", "first-seat-1b", "checks"

_ENTRIES = {
    HONEST: {
        "kind": "model", "identity": {"url": "http://127.0.0.1:8001/v1", "model": HONEST}, "own": None,
        "rankings": 75, "abstentions": {}, "unanswered": 0, "prompt_tokens": 81_240, "completion_tokens": 2_950,
        "seconds": 143.0, "cost": {"amount": 0.0421, "currency": "USD"},
    },
    BIASED: {
        "kind": "model", "identity": {"title": "Qwen2.5-Coder-1.5B-Instruct", "sha256": "cc32"}, "own": "base-1.5b",
        "rankings": 80, "abstentions": {}, "unanswered": 0, "prompt_tokens": 80_010, "completion_tokens": 2_400,
        "seconds": 48.0, "cost": None,
    },
    RULE: {"kind": "checks", "rankings": 40, "seconds": 0.4},
}  # fmt: skip

_CITIES = {
    "zh": ("杭州", "成都", "青岛", "昆明", "西安", "长沙"),
    "en": ("Leeds", "Porto", "Ghent", "Turku", "Bergen", "Graz"),
}


def build(folder: Path, items: int = 40, *, experts: Sequence[str] = EXPERTS, judges: bool = True) -> Path:
    """Write such a comparison into `folder`; returns it."""
    draw = random.Random(5)
    examples = tuple(_example(k, draw) for k in range(items))
    answers = {
        system: {example.id: _answer(system, k, example, draw) for k, example in enumerate(examples)}
        for system in SYSTEMS
    }
    facts = {
        "base": {"title": "Qwen2.5-Coder-0.5B-Instruct, Q4_K_M", "sha256": "1d96"},
        "tuned": {
            "title": "Qwen2.5-Coder-0.5B-Instruct, Q4_K_M",
            "sha256": "1d96",
            "adapter_sha256": "ab" * 32,
        },
        "base-1.5b": {"title": "Qwen2.5-Coder-1.5B-Instruct, Q4_K_M", "sha256": "cc32"},
    }
    write_comparison(folder, Comparison("Headlines, leads and plain words", examples, answers, facts))
    rankings = [one for example in examples for one in _rankings(example, experts, judges, draw)]
    write_rankings(folder, rankings)
    if judges:
        write_json(folder / "judging.json", {"judges": _ENTRIES})
        examine_all(folder)
    if any(ranking.kind == "expert" for ranking in rankings):
        write_json(
            folder / "agreement.json", agreement_report(rankings, examples, resamples=200, adjudicate=6)
        )
    return folder


def _example(k: int, draw: random.Random) -> Example:
    language = "zh" if k % 2 == 0 else "en"
    card = CARDS[k // 2 % len(CARDS)]
    city, share, people = _CITIES[language][k % 6], 3 + k % 17, 1200 + 37 * k
    if language == "zh":
        asked = (
            "请为下面的稿件拟一个新闻标题。" if card.startswith("headline") else "请为下面的稿件写一段导语。"
        )
        text = (
            f"{city}市统计局{k % 28 + 1}日公布，今年前三季度全市新开工保障性住房{people}套，同比增长{share}%。"
            f"局长王建国说：“这一增速高于去年同期。”当地居民李梅告诉记者，她等了四年才轮到。"
        ) * (1 + draw.randrange(4))
        published = f"{city}前三季度新开工保障房{people}套 增长{share}%"
    else:
        asked = (
            "Write a headline for this story."
            if card.startswith("headline")
            else "Write the lead of this story."
        )
        text = (
            f"The city council of {city} said on Tuesday that {people:,} affordable homes were begun this year, "
            f"{share}% more than last year. “We are not done,” said the mayor, Ana Costa. "
        ) * (1 + draw.randrange(4))
        published = f"{city} begins {people:,} affordable homes, {share}% more than last year"
    return Example(f"news/{k:03d}", asked, text.strip(), published, card, "demo", language, "test")


def _answer(system: str, k: int, example: Example, draw: random.Random) -> Answer:
    text = example.output
    if system == "base":
        text = text.replace(str(3 + k % 17), str(4 + k % 17)) + (
            "，网友热议！" if example.language == "zh" else "!!!"
        )
    elif system == "tuned" and k % 3:
        text = text.split(" ")[0] if example.language == "zh" else text.partition(",")[0]
    if system == "base" and k % 8 == 1:
        text = ATTACK + " \u202ereversed\u202c \x07 bell"
    if (system, k) == ("base-1.5b", 2):
        text = "长" * 100_000
    if (system, k) == ("base-1.5b", 3):
        return Answer("", system, example.id, finish_reason="error", error="timed out after 60 s")
    if (system, k) == ("base", 4):
        text = ""
    return Answer(text, system, example.id, prompt_tokens=180 + k, completion_tokens=24 + k % 9,
                  seconds=0.4 + draw.random())  # fmt: skip


def _rankings(example: Example, experts: Sequence[str], judges: bool, draw: random.Random) -> list[Ranking]:
    number = int(example.id[-3:])
    there = [s for s in SYSTEMS if (s, number) != ("base-1.5b", 3)]
    at = datetime(2026, 3, 2, 9, tzinfo=UTC) + timedelta(minutes=7 * number)
    found = []
    for k, expert in enumerate(experts):
        if number // 2 % 2 or (number + k) % 4 == 1:  # half of the set, with overlap
            continue
        if (expert, number) == (EXPERTS[-1], 8):
            found.append(Ranking(example.id, expert, (), "not_my_field", "expert", seconds=11.0, at=at))
            continue
        order = _order(there, draw)
        broke = {"base": ("accuracy",)} if number % 5 == 0 else {}
        comment = ATTACK if number % 4 == 0 else "数字错了" if number % 3 == 0 else None
        found.append(
            Ranking(example.id, expert, order, None, "expert", tuple(there), violations=broke, comment=comment,
                    seconds=40 + 30 * draw.random(), at=at)
        )  # fmt: skip
    if judges:
        for repeat in range(2):
            seats = (EMPTY, *draw.sample(there, len(there)))
            if (number + repeat) % 19 == 0:
                found.append(Ranking(example.id, HONEST, (), "no_order", "model", seats, repeat))
            else:
                order = (*_order(there, draw), EMPTY)
                found.append(
                    Ranking(example.id, HONEST, order, None, "model", seats, repeat, seconds=1.8, at=at)
                )
            order = (*seats[1:], EMPTY) if draw.random() < 0.8 else (*_order(there, draw), EMPTY)
            found.append(Ranking(example.id, BIASED, order, None, "model", seats, repeat, seconds=0.6, at=at))
        found.append(
            Ranking(example.id, RULE, _order(there, draw), None, "checks", tuple(there), seconds=0.01, at=at)
        )
    return found


def _order(systems: Sequence[str], draw: random.Random) -> tuple[str, ...]:
    """An order under Luce's choice rule (Gumbel noise on the strengths)."""
    return tuple(sorted(systems, key=lambda s: -(SYSTEMS[s] - math.log(-math.log(draw.random())))))
