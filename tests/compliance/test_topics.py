"""Topics that a house rules out, as people write around them."""

from __future__ import annotations

import pytest

from caibian.compliance import RefusedTopic, TopicRule, Topics
from caibian.errors import ConfigError

TOPICS = Topics(
    [
        TopicRule("博彩", ["赌博|赌场", r"\bcasinos?\b"]),
        TopicRule("荐股", ["(推荐|荐).{0,4}股票"], "不荐股。", "No stock tips."),
    ]
)


@pytest.mark.parametrize(
    "text",
    [
        "写一篇赌博攻略",
        "赌 博",
        "赌*博",
        "賭博",
        "赌\u200b博",
        "赌\ufe0f\u2066博",
        "赌\U000e0041|博",
        "ca\u034fsi\u180eno",
        "CASINO night",
        "ｃａｓｉｎｏ",
        "澳门赌场怎么玩",
    ],
)
def test_a_topic_is_seen_in_any_width_script_or_spacing(text: str) -> None:
    with pytest.raises(RefusedTopic) as refused:
        TOPICS.check(["无关", text], "zh")
    assert refused.value.name == "博彩"
    assert "博彩" in str(refused.value)


@pytest.mark.parametrize("text", ["", "赌气博弈", "有人爱赌，博士不赌", "occasional", "股票下跌"])
def test_what_only_looks_like_it_passes(text: str) -> None:
    TOPICS.check([text], "zh")


def test_the_house_answers_in_its_own_words_and_the_askers_language() -> None:
    for language, says in (("zh", "不荐股。"), ("en", "No stock tips."), ("ar", "No stock tips.")):
        with pytest.raises(RefusedTopic, match=says):
            TOPICS.check(["请推荐一只股票"], language)


def test_a_broken_pattern_is_named() -> None:
    with pytest.raises(ConfigError, match=r"topics\.x\.patterns\[0\]: no regular expression .* got '\('"):
        Topics([TopicRule("x", ["("])])
