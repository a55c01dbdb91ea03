"""A comparison of a few items whose systems have telling names, and what other tools would give back for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from caibian.evaluation.comparison import EMPTY, Comparison
from caibian.evaluation.panels import Key
from caibian.records import Answer, Example, Ranking

SYSTEMS = ("qwen-base", "qwen-tuned", "gpt-secret")
RATERS = ("林编辑", "zhao@example.org")

texts = st.text(
    st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00"), max_size=30
) | st.sampled_from(
    [
        "=1+1",
        "'=x",
        "+86",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "＝1",
        'a"b',
        "a\r\nb,c;d",
        "<script>alert(1)</script>",
        "",
    ]
)


def comparison(
    texts: Sequence[str] = ("稿件", "story"), *, failed: tuple[str, int] | None = None
) -> Comparison:
    """One item a text; every system answers with the text and something of its own. failed: system and item."""
    examples = tuple(
        Example(f"i{n}", f"写标题{text}", text, "", "headline.news", "tiny", "zh", "test")
        for n, text in enumerate(texts)
    )
    answers = {
        system: {
            one.id: Answer(
                f"{one.input}{place}",
                system,
                one.id,
                finish_reason="error" if (system, n) == failed else "stop",
            )
            for n, one in enumerate(examples)
        }
        for place, system in enumerate((*SYSTEMS, EMPTY))
    }
    return Comparison("测试 panel", examples, answers)


def letters_of(key: Key, ranking: Ranking) -> list[str]:
    """A ranking as its expert gave it."""
    letter = {system: letter for letter, system in key.items[ranking.example_id].items()}
    return [letter[system] for system in ranking.order]


def annotation(letters: Sequence[str] | None, rater: Any = 7, **more: Any) -> dict[str, Any]:
    """An annotation as Label Studio exports it."""
    result = []
    if letters is not None:
        value = {"ranker": {"ranking": list(letters)}}
        result.append({"from_name": "ranking", "to_name": "answers", "type": "ranker", "value": value})
    for name, kind in (("skip", "choices"), ("comment", "text")):
        if more.get(name):
            result.append({"from_name": name, "to_name": "input", "value": {kind: [more.pop(name)]}})
    return {
        "id": 1,
        "completed_by": rater,
        "was_cancelled": False,
        "result": result,
        "lead_time": 4.25,
    } | more


def said(rankings: Sequence[Ranking]) -> set[tuple[object, ...]]:
    """What rankings say, apart from when and how long."""
    return {(one.example_id, one.judge, one.order, one.abstained, one.comment) for one in rankings}
