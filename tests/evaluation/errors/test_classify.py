from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from caibian.evaluation.errors import CAUSES, classify, find_refusal
from caibian.evaluation.errors.language import wrong_language
from caibian.evaluation.errors.loops import find_loop
from caibian.records import Answer, Example
from caibian.tasks import card, instruction

LABELLED = Path(__file__).with_name("labelled.yaml")
ENOUGH = 0.95  # precision and recall of each class over the labelled answers


def labelled() -> Iterator[tuple[Example, Answer | None, list[str], list[str]]]:
    """(example, answer, shots, causes) of each labelled answer."""
    for number, group in enumerate(yaml.safe_load(LABELLED.read_text(encoding="utf-8"))):
        example = Example(
            id=str(number),
            instruction=instruction(card(group["card"]), group["language"]),
            input=group["input"],
            output=group["output"],
            card=group["card"],
            dataset="own",
            language=group["language"],
            split="test",
        )
        for row in group["answers"]:
            if isinstance(row, list):
                row = {"answer": row[0], "causes": row[1:]}
            answer = None
            if row["answer"] is not None:
                answer = Answer(
                    row["answer"], "m", finish_reason=row.get("stop", "stop"), error=row.get("error")
                )
            yield example, answer, row.get("shots", []), row["causes"]


def test_every_cause_is_found_where_it_is_and_nowhere_else() -> None:
    right, missed, invented = Counter[str](), Counter[str](), Counter[str]()
    wrong: list[Any] = []
    rows = list(labelled())
    for example, answer, shots, wanted in rows:
        found = {one.cause for one in classify(example, answer, shots=shots)}
        right.update(found & set(wanted))
        missed.update(set(wanted) - found)
        invented.update(found - set(wanted))
        if found != set(wanted):
            wrong.append((example.language, answer and answer.text, sorted(wanted), sorted(found)))
    assert len(rows) >= 120
    assert set(right) == set(CAUSES)
    for cause in right:
        assert right[cause] / (right[cause] + missed[cause]) >= ENOUGH, (cause, wrong)
        assert right[cause] / (right[cause] + invented[cause]) >= ENOUGH, (cause, wrong)


@pytest.mark.parametrize(
    "story",
    [
        "“我无法接受这个判决，”原告走出法庭时说。法院当天下午公布了判决书全文。",
        "市长表示，他不能提供更多细节，调查仍在进行。",
        "王女士说：对不起，我无法回答这个问题。随后她离开了会场。",
        "业主：我们不能接受这个方案",
        "无法提供原件的申请人，可凭公证书办理，市政务中心昨日发布的新规说。" * 4,
        '"I cannot answer your question," the minister told reporters, and left the room.',
        "I can't help falling in love: Elvis show returns to town",
        "I won't support this deal, says union leader",
        "The bank said it was unable to provide the data before Friday.",
        "Unfortunately for the home side, the goal did not stand.",
        "Sorry seems to be the hardest word for ministers",
        "قال الوزير: لا أستطيع تقديم مزيد من التفاصيل الآن",
        "मंत्री ने कहा कि मैं इस सवाल का उत्तर नहीं दे सकता।",
    ],
)
def test_a_story_in_which_somebody_cannot_or_will_not_is_no_refusal(story: str) -> None:
    assert find_refusal(story) is None


@pytest.mark.parametrize(
    "answer",
    [
        "很抱歉，我无法协助您完成这个请求。",
        "“抱歉，我无法提供这类内容。”",
        "您好，很抱歉，根据相关规定我不能为您撰写这篇稿件。",
        "作为AI助手，我不能编造采访内容。我可以帮您整理已有的材料。",
        "我不能帮你写这样的文章。",
        "该请求涉及他人隐私，我无法提供。",
        "感谢您的提问。但我无法按照您的要求编写不实报道。",
        "I'm sorry, but I can't help with that request.",
        "I apologize, but I am not able to write this article.",
        "As a responsible AI, I can't create content that incites hatred.",
        "I can't assist with this. Instead, I can explain how verification works.",
        "I must decline to write this.",
        "Sorry, I cannot fulfill your request because it targets a private person.",
        "عذراً، لا يمكنني كتابة هذا الخبر.",
        "माफ़ करें, मैं ऐसी खबर नहीं लिख सकता।",
    ],
)
def test_a_refusal_is_found_in_its_usual_wordings(answer: str) -> None:
    found = find_refusal(answer)
    assert found is not None
    assert found.kind == "declines"


@pytest.mark.parametrize(
    ("text", "loops"),
    [
        ("东溪通水东溪通水东溪通水东溪通水", True),
        ("the water the water the water the water", True),
        ("啊" * 40, True),
        ("啊啊啊啊啊啊啊啊啊啊啊啊啊，太好了", False),
        ("هههههههههههههه", False),
        ("2023 2023 2023 2023 2023", False),
        ("工程通水了，大家高兴。" * 3, True),
        ("张三说好。李四说好。王五说好。", False),
        ("正常的开头，说的是通水的事情。" + "循环的句子在很后面。" * 300, True),
    ],
)
def test_loops_are_told_from_laughter_lists_and_refrains(text: str, loops: bool) -> None:
    assert (find_loop(text) is not None) == loops


@pytest.mark.parametrize(
    ("text", "wanted", "said"),
    [
        ("La compañía de agua de la ciudad abre el canal para los vecinos", "en", "es"),
        ("Die Stadt hat die neue Leitung für das Wasser in Betrieb genommen und ist zufrieden", "en", "de"),
        ("The water company opens the canal for the people of the city", "en", None),
        ("شركت آب شهر اعلام کرد که خط لوله جدید گشایش یافت و مردم آن را پسندیدند چون پاک است", "ar", "fa"),
        ("أعلنت شركة المياه افتتاح الخط الجديد يوم الاثنين", "ar", None),
        ("या शहरात नवीन पाणी योजना सुरू झाले आहे आणि लोक आनंदी आहेत", "hi", "mr"),
        ("स्टार पैदा होते हैं, कलाकार तैयार होते हैं", "hi", None),
        ("OpenAI发布GPT-5，售价20美元", "zh", None),
        ("iPhone 16 Pro Max", "zh", None),
        ("水が町に届いたと市長が話した", "zh", "ja"),
        ("123 456", "zh", None),
    ],
)
def test_languages_are_told_by_script_and_by_common_words(text: str, wanted: str, said: str | None) -> None:
    assert wrong_language(text, wanted, "") == said


def an_example(**changes: Any) -> Example:
    made = Example(
        id="1",
        instruction="写一个标题",
        input="青岭市通水。",
        output="青岭市正式通水了",
        card="headline.news",
        dataset="own",
        language="zh",
        split="test",
    )
    return dataclasses.replace(made, **changes)


def test_the_primary_cause_is_the_one_that_explains_the_others() -> None:
    text = "东溪通水了" * 60
    found = classify(an_example(), Answer(text, "m", finish_reason="length"))
    assert [one.cause for one in found][:2] == ["loop", "cut"]
    assert "too_long" in {one.cause for one in found}


def test_a_label_that_the_instruction_does_not_offer_is_off_the_list() -> None:
    narrowed = an_example(
        card="sentiment.news", output="正面", labels=("positive", "negative"), instruction="正面还是负面？"
    )
    assert [one.cause for one in classify(narrowed, Answer("中性", "m"))] == ["off_list_label"]
    assert classify(narrowed, Answer("正面", "m")) == []


def test_a_masked_name_is_known_by_its_first_two_characters() -> None:
    story = an_example(input="男子苏某昨天在车站持刀伤人，警方已将其抓获。", output="苏某被抓")
    assert classify(story, Answer("男子苏某持刀伤人被警方抓获", "m")) == []
    assert [one.cause for one in classify(story, Answer("男子胡某持刀伤人被警方抓获", "m"))] == [
        "unsupported_name"
    ]


def test_a_reason_for_no_answer_is_told_by_its_words() -> None:
    for reason, key in {
        "timed out after 60 s": "timeout",
        "4096 tokens: longer than the model's context": "too long for the model",
        "https://host: 429 rate limit": "refused by the server",
        "https://host: connection reset": "server failed",
        "something else": "other error",
    }.items():
        failed = Answer("", "m", finish_reason="error", error=reason)
        assert classify(an_example(), failed)[0].key == key


@given(st.text(max_size=400))
def test_any_answer_whatever_can_be_classified(text: str) -> None:
    for one in (
        an_example(),
        an_example(card="sentiment.news", output="正面"),
        an_example(card="entities.news"),
    ):
        causes = [found.cause for found in classify(one, Answer(text, "m"))]
        assert causes == sorted(causes, key=CAUSES.index)
