"""The packaged cards, and what the loader says of cards that are wrong."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from caibian.errors import ConfigError
from caibian.tasks import (
    CHECKS,
    TaskCard,
    card,
    general_rubric,
    instruction,
    load_cards,
    render_input,
    variants,
    verify_examples,
)

CARDS = load_cards()


def text_card(**changes: Any) -> dict[str, Any]:
    """A small valid card of the house, as YAML would give it, with parts replaced."""
    data: dict[str, Any] = {
        "id": "caption.house",
        "name": {"zh": "图片说明", "en": "Photo caption"},
        "category": "creation",
        "may": {"add_views": False, "alter_facts": False},
        "input": {"article": "required", "angle": "optional"},
        "output": {"kind": "text", "max_chars": {"zh": 40, "en": 120}},
        "instructions": {
            "zh": [f"写图片说明，不超过{{max_chars}}字（{k}）。" for k in range(5)],
            "en": [f"Write a photo caption ({k})." for k in range(5)],
        },
        "checks": ["not_empty", "length", "no_lead_ins"],
        "rubric": {
            "general": ["accuracy"],
            "specific": {"seen": {"zh": "说画面。", "en": "Says what is seen."}},
        },
        "examples": {
            "good": {"input": {"article": "渔民在港口卸鱼。"}, "answer": "渔民在港口卸鱼。"},
            "bad": [
                {"answer": "图片说明" * 20, "refused_by": "length", "why": {"zh": "太长", "en": "Too long"}},
                {"answer": "", "refused_by": "not_empty", "why": {"zh": "空", "en": "Empty"}},
            ],
        },
    }
    return {**data, **changes}


def label_card(labels: dict[str, Any], **changes: Any) -> dict[str, Any]:
    data = text_card(
        id="stance.news",
        output={"kind": "label", "labels": labels},
        checks=["label_valid", "not_empty"],
        **changes,
    )
    data["instructions"]["zh"] = [f"从{{labels}}中选一个（{k}）。" for k in range(5)]
    data["examples"]["bad"] = [
        {"answer": "", "refused_by": "not_empty", "why": {"zh": "空", "en": "Empty"}},
        {"answer": "别的", "refused_by": "label_valid", "why": {"zh": "无此类", "en": "No class"}},
    ]
    return data


def load(folder: Path, *cards: dict[str, Any], name: str = "house.yaml") -> dict[str, TaskCard]:
    (folder / name).write_text(
        yaml.safe_dump(list(cards), allow_unicode=True, sort_keys=False), encoding="utf-8"
    )
    return load_cards(folder)


def complaint(folder: Path, *cards: dict[str, Any]) -> str:
    with pytest.raises(ConfigError) as caught:
        load(folder, *cards)
    return str(caught.value)


@pytest.mark.parametrize("one", CARDS.values(), ids=list(CARDS))
def test_the_good_example_passes_every_check_and_each_bad_one_is_refused_by_the_check_it_names(
    one: TaskCard,
) -> None:
    assert verify_examples(one) == []


@pytest.mark.parametrize("one", CARDS.values(), ids=list(CARDS))
def test_every_instruction_renders_in_every_language(one: TaskCard) -> None:
    for language in one.instructions:
        rendered = [instruction(one, language, k) for k in range(variants(one, language))]
        assert len(rendered) >= 5
        assert not any(re.search(r"\{\w*\}|\bNone\b", text) for text in rendered)


def test_verification_tells_of_a_good_example_that_fails_and_a_bad_one_that_passes() -> None:
    data = text_card()
    data["examples"]["good"]["answer"] = "好的，以下是图片说明：渔民卸鱼。"
    data["examples"]["bad"][0]["answer"] = "渔民卸鱼。"
    found = verify_examples(TaskCard.model_validate(data))
    assert len(found) == 2
    assert "good: refused by no_lead_ins" in found[0]
    assert "bad[0]: length does not refuse it" in found[1]


def test_sentiment_speaks_four_languages() -> None:
    sentiment = card("sentiment.news")
    assert set(sentiment.instructions) == {"zh", "en", "ar", "hi"}
    assert "إيجابي، محايد، سلبي" in instruction(sentiment, "ar")
    assert "正面、中性、负面" in instruction(sentiment, "zh")


def test_a_new_card_is_one_yaml_entry_and_no_code(tmp_path: Path) -> None:
    cards = load(tmp_path, text_card())
    assert set(cards) == {*CARDS, "caption.house"}
    assert instruction(cards["caption.house"], "zh") == "写图片说明，不超过40字（0）。"
    assert "caption.house" not in load_cards()


def test_all_mistakes_of_all_files_are_reported_at_once_with_file_card_and_field(tmp_path: Path) -> None:
    wrong = text_card(id="one.a", checks=["lenght", "length"], colour="red")
    few = text_card(id="two.b")
    few["instructions"]["en"] = ["Only one."]
    few["examples"]["bad"][0]["refused_by"] = "no_clickbait"
    (tmp_path / "broken.yaml").write_text("- id: [unclosed", encoding="utf-8")
    message = complaint(tmp_path, wrong, few)
    assert "broken.yaml: " in message
    assert "house.yaml: card one.a: colour: Extra inputs are not permitted" in message
    assert "house.yaml: card two.b: instructions.en: needs 5 variants, has 1" in message
    assert "card two.b: examples.bad[0].refused_by: 'no_clickbait' is not among the card's checks" in message


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"checks": ["lenght", "not_empty", "length"]}, "checks: no check 'lenght'; there are: "),
        ({"checks": ["json_valid", "not_empty", "length"]}, "json_valid is for output.kind json"),
        ({"output": {"kind": "text", "max_chars": {"zh": 40}}}, "a limit for zh and for en"),
        (
            {"output": {"kind": "text", "max_chars": {"zh": 40, "en": 9}, "min_chars": {"en": 10}}},
            "min_chars.en: 10 is more than max_chars (9)",
        ),
        ({"category": "poetry"}, "category: "),
        ({"input": {"article": "perhaps"}}, "input.article.use: "),
        ({"input": {"weather": "required"}}, "input.weather.name: "),
        ({"id": "Headline"}, "id: "),
        ({"rubric": {"general": ["beauty"], "specific": {"a": {"zh": "一", "en": "a"}}}}, "no general dimension 'beauty'"),
        ({"build": {"output": "title", "input": {"article": "title"}}}, "the title is the output"),
        ({"build": {"output": "label.topic", "input": {"article": "body"}}}, "does not fit output.kind text"),
        ({"build": {"output": "title", "input": {"story": "body"}}}, "build.input.article: is required and missing"),
        ({"output": {"kind": "json", "json_schema": {"type": "object", "oneOf": []}}}, "oneOf: is not a supported"),
    ],
)  # fmt: skip
def test_a_wrong_card_is_refused_by_the_field_that_is_wrong(
    tmp_path: Path, changes: dict[str, Any], expected: str
) -> None:
    assert expected in complaint(tmp_path, text_card(**changes))


def test_a_placeholder_without_a_value_is_refused(tmp_path: Path) -> None:
    data = text_card()
    data["instructions"]["en"][2] = "Choose one of {labels}."
    assert "instructions.en[2]: {labels} has no value for en" in complaint(tmp_path, data)


def test_labels_that_share_a_wording_are_refused(tmp_path: Path) -> None:
    labels = {
        "support": {"zh": ["支持", "贊成"], "en": "support"},
        "oppose": {"zh": ["反对", "赞成"], "en": "Support!"},
    }
    message = complaint(tmp_path, label_card(labels))
    assert "output.labels.oppose: '赞成' also means support" in message
    assert "output.labels.oppose: 'Support!' also means support" in message


def test_labels_need_a_wording_in_every_language_of_the_instructions(tmp_path: Path) -> None:
    data = label_card({"yes": {"zh": "是", "en": "yes"}, "no": {"zh": "否", "en": "no"}})
    data["instructions"]["hi"] = ["हाँ या नहीं?"]
    assert "output.labels.yes: has no wording in hi" in complaint(tmp_path, data)


def test_a_card_that_stands_twice_is_refused_and_both_places_named(tmp_path: Path) -> None:
    message = complaint(tmp_path, text_card(id="headline.news"))
    assert "house.yaml: card headline.news: id: stands already in headlines.yaml" in message


def test_a_key_that_stands_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "twice.yaml").write_text("- id: a.b\n  id: a.c\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="the key 'id' stands twice"):
        load_cards(tmp_path)


def test_files_that_are_not_utf8_not_lists_or_not_there_are_named(tmp_path: Path) -> None:
    (tmp_path / "gb.yaml").write_bytes("- id: 标题".encode("gb18030"))
    (tmp_path / "map.yaml").write_text("id: a.b\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_cards(tmp_path, tmp_path / "absent.yaml")
    assert "gb.yaml: is not UTF-8" in str(caught.value)
    assert "map.yaml: must be a list of cards" in str(caught.value)
    assert "absent.yaml: no YAML file there" in str(caught.value)


def test_an_unknown_card_is_answered_with_the_nearest_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"no task card 'headline'; did you mean .*headline\.news"):
        card("headline")


def test_a_single_field_stands_bare_and_several_under_their_names() -> None:
    headline = card("headline.news")
    assert render_input(headline, {"article": " 正文。 "}, "zh") == "正文。"
    both = render_input(headline, {"angle": "成本", "article": "正文。"}, "zh")
    assert both == "正文：正文。\n角度：成本"
    assert render_input(headline, {"article": "A.", "angle": "cost"}, "en") == "Story: A.\nAngle: cost"
    with pytest.raises(ConfigError, match="'article' is required"):
        render_input(headline, {"angle": "成本"}, "zh")
    with pytest.raises(ConfigError, match="no input field 'body'"):
        render_input(headline, {"body": "正文"}, "zh")


def test_cards_are_data_and_cannot_be_changed_by_accident() -> None:
    with pytest.raises(Exception, match="frozen"):
        card("headline.news").id = "other.id"  # type: ignore[misc]
    known = load_cards()
    known.clear()
    assert load_cards()


def test_every_general_dimension_and_every_check_has_a_user_or_is_documented() -> None:
    assert {name for one in CARDS.values() for name in one.rubric.general} <= set(general_rubric())
    assert {name for one in CARDS.values() for name in one.checks} <= set(CHECKS)
    assert copy.copy(CHECKS).keys() >= {"json_valid", "label_valid", "dates_in_source", "quotes_in_source"}
