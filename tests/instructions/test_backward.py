"""Backwards building: a published story as the output, what may have been there before it as the input."""

from __future__ import annotations

import pytest

from caibian.instructions.backward import brief, facts_table, notes, press_release, published_text, refusal
from caibian.instructions.build import draft
from caibian.instructions.config import CardSettings, InstructionsConfig
from caibian.instructions.story import Draft, Story
from caibian.records import Article
from caibian.tasks import card

TITLE = "松溪县新建12所村卫生室全部投用"
BODY = (
    "新华社松溪5月8日电（记者林一）松溪县卫生健康局8日通报，今年新建的12所村卫生室全部投入使用，惠及3.2万名村民。\n"
    "据介绍，12所卫生室总投资1860万元，每所配备2名医生和一台远程会诊设备。县卫生健康局局长郑文海说：“村民看慢性病不用再翻山进城了。”\n"
    "枫树坪村村民吴桂香告诉记者，过去到乡卫生院要走两个小时，现在出门十分钟就到。\n"
    "松溪县计划在9月底前再改造20所老卫生室。（完）"
)
CARDS = ("story.from_facts", "story.from_notes", "story.from_release", "story.from_brief")


def story(body: str = BODY, title: str = TITLE, split: str = "train", language: str = "zh") -> Story:
    return Story(Article(id="1", body=body, title=title, language=language, split=split))


def made(name: str, one: Story | None = None, config: InstructionsConfig | None = None) -> Draft | str:
    settings = CardSettings(id=name)
    return draft(one or story(), card(name), settings, config or InstructionsConfig(cards=[settings]))


@pytest.mark.parametrize("name", CARDS)
def test_the_story_is_the_output_and_the_input_holds_its_facts_and_not_the_story(name: str) -> None:
    found = made(name)
    assert isinstance(found, Draft), found
    assert found.output.startswith("松溪县卫生健康局8日通报")
    assert found.output.endswith("再改造20所老卫生室。")  # neither dateline nor （完）
    for fact in ("1860万元", "3.2万名", "20所"):
        assert fact in found.input
    assert found.output not in found.input


def test_every_part_is_made_of_the_story_and_bears_being_checked_against_it() -> None:
    text = published_text(story(), 800)
    for make in (facts_table, brief, notes, press_release):
        given = make(TITLE, text, "zh")
        assert refusal(f"{given}\n{facts_table(TITLE, text, 'zh')}", TITLE, text, "zh") is None, make.__name__
    table = facts_table(TITLE, text, "zh").splitlines()
    assert table[0] == f"事件：{TITLE}"
    assert "原话：“村民看慢性病不用再翻山进城了。”" in table
    assert brief(TITLE, text, "zh") == f"{TITLE}。"
    assert "据介绍" not in notes(TITLE, text, "zh")
    assert press_release(TITLE, text, "zh").startswith(f"关于{TITLE}的新闻通稿")


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("总投资1990万元，局长郑文海，12所，3.2万名", "made_number_not_in_story"),
        ("总投资1860万元，上海市市长王建国到场，12所", "made_name_not_in_story"),
        ("总投资1860万元，郑文海说：“卫生室人人满意，我们很自豪”", "made_quote_not_in_story"),
        ("卫生室建成", "made_input_too_thin"),
    ],
)
def test_an_input_that_says_more_than_the_story_is_refused_by_what_it_made_up(
    given: str, reason: str
) -> None:
    assert refusal(given, TITLE, published_text(story(), 800), "zh") == reason


def test_an_input_that_holds_the_story_or_too_little_of_it_is_refused() -> None:
    text = published_text(story(), 800)
    assert refusal(text, TITLE, text, "zh") == "made_input_holds_story"
    assert refusal("12所卫生室，1860万元，3.2万名，9月底", TITLE, text, "zh") == "story_not_in_input"


def test_a_story_is_cut_behind_a_whole_paragraph_or_sentence() -> None:
    assert published_text(story(), 60).endswith("惠及3.2万名村民。")
    assert published_text(story(BODY.replace("\n", "")), 60).endswith("惠及3.2万名村民。")
    assert published_text(story(), 5) == ""


def test_a_lesson_longer_than_wished_becomes_the_head_of_the_story() -> None:
    settings = CardSettings.model_validate({"id": "story.from_facts", "lessons": {"max_output_chars": 110}})
    found = draft(story(), card("story.from_facts"), settings, InstructionsConfig(cards=[settings]))
    assert isinstance(found, Draft), found
    assert found.output.endswith("翻山进城了。”")


def test_an_english_story_is_built_in_english() -> None:
    body = (
        "SONGXI (Reuters) - Songxi county opened 12 village clinics on Monday, serving 32,000 people, the county health office said.\n"
        'The clinics cost 18.6 million yuan and have two doctors each. "Villagers no longer have to cross the mountain," said Zheng Wenhai, '
        "head of the office.\nThe county plans to rebuild 20 older clinics by the end of September."
    )
    found = made("story.from_facts", story(body, "Songxi opens 12 village clinics", language="en"))
    assert isinstance(found, Draft), found
    assert found.input.startswith("Event: Songxi opens 12 village clinics")
    assert "18.6 million yuan" in found.input


def test_a_card_that_mixes_made_parts_with_a_title_is_refused() -> None:
    from caibian.tasks import Build

    with pytest.raises(ValueError, match=r"input\.facts: facts_table does not go with the output title"):
        Build.model_validate({"output": "title", "input": {"facts": "facts_table"}})
    with pytest.raises(ValueError, match="body does not go with the output body"):
        Build.model_validate({"output": "body", "input": {"article": "body"}})
