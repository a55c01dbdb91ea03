"""The automatic checks, one by one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from caibian.records import Example
from caibian.tasks import CHECKS, CheckContext, CheckResult, TaskCard, card, instruction, run_checks
from caibian.tasks.schema import violations
from tests.tasks.test_cards import text_card

HEADLINE = card("headline.news")
SOURCE = (
    "3月6日，青岭市图书馆新馆开馆，总面积2.4万平方米，藏书110万册。馆长周敏说：“新馆每天开放到22时。”"
    "开馆首日，前来借阅的市民超过6000人次。"
)


def check(
    name: str, answer: str, *, source: str = SOURCE, language: str = "zh", of: TaskCard = HEADLINE
) -> CheckResult:
    return CHECKS[name](answer, CheckContext(of, language, source, instruction(of, language)))


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("not_empty", " …！\n"),
        ("length", "开馆"),
        ("length", "青岭市图书馆新馆开馆" * 4),
        ("lines", "青岭市图书馆\n新馆开馆"),
        ("language", "New library opens in Qingling"),
        ("numbers_in_source", "新馆藏书120万册"),
        ("dates_in_source", "图书馆新馆4月9日开馆"),
        ("quotes_in_source", "馆长：“全年无休服务市民”"),
        ("no_clickbait", "震惊！图书馆开馆当天发生了这件事"),
        ("no_clickbait", "图书馆开馆了！！"),
        ("no_lead_ins", "好的，以下是为您拟定的标题：新馆开馆"),
        ("no_lead_ins", "标题：新馆开馆"),
        ("no_markdown", "**新馆开馆**"),
        ("no_lead_ins", "新馆开馆（字数：4）"),
        ("no_lead_ins", "Here is the headline: New library opens"),
        ("not_copied_prompt", "请为下面的稿件拟一个新闻标题，不超过30个字。新馆开馆"),
    ],
)  # fmt: skip
def test_a_check_refuses_what_it_is_for_and_says_why(name: str, answer: str) -> None:
    result = check(name, answer)
    assert not result.passed
    assert result.detail


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("length", "青岭市图书馆 新馆开馆试运行"),
        ("lines", "青岭市图书馆新馆开馆\n"),
        ("language", "青岭市图书馆新馆用上5G"),
        ("numbers_in_source", "新馆藏书一百一十万册 面积24000平方米"),
        ("dates_in_source", "图书馆新馆3月6日开馆"),
        ("quotes_in_source", "馆长：“新馆每天开放到22时”"),
        ("no_clickbait", "业内人士称此举震惊市场"),
        ("no_lead_ins", "以色列总理抵京访问"),
        ("no_lead_ins", "好莱坞编剧罢工结束"),
        ("not_copied_prompt", "青岭市图书馆新馆开馆"),
    ],
)
def test_a_check_lets_honest_answers_pass(name: str, answer: str) -> None:
    result = check(name, answer)
    assert result.passed, result.detail


def test_unsupported_facts_are_shown_where_they_stand() -> None:
    answer = "新馆藏书120万册"
    result = check("numbers_in_source", answer)
    assert [answer[start:end] for start, end in result.spans] == ["120万册"] or "120万" in result.detail
    assert all(0 <= start < end <= len(answer) for start, end in result.spans)


def test_names_that_the_source_lacks_are_refused() -> None:
    assert check("names_in_source", "馆长周敏：新馆每天开放到22时").passed
    assert not check("names_in_source", "上海图书馆馆长王建国：新馆每天开放").passed


def test_run_checks_runs_exactly_the_cards_checks_in_order_against_the_whole_source() -> None:
    example = Example(
        id="headline.news/1",
        instruction=instruction(HEADLINE, "zh"),
        input=SOURCE[:30],
        output="",
        card="headline.news",
        dataset="own",
        language="zh",
        split="test",
        source_text=SOURCE,
    )
    results = run_checks(HEADLINE, "青岭市图书馆新馆首日迎客超6000人次", example)
    assert list(results) == HEADLINE.checks
    assert all(result.passed for result in results.values()), results


def test_a_publication_time_supports_a_date_that_the_source_says_in_other_words() -> None:
    example = Example("x/1", "", "昨天，图书馆新馆开馆。", "", "headline.news", "own", "zh", "test")
    answer = "图书馆新馆3月6日开馆"
    published = datetime(2024, 3, 7, 8, tzinfo=UTC)
    assert not run_checks(HEADLINE, answer, example)["dates_in_source"].passed
    assert run_checks(HEADLINE, answer, example, published_at=published)["dates_in_source"].passed


def test_an_answer_in_a_fixed_language_is_held_to_it() -> None:
    english = TaskCard.model_validate(
        text_card(output={"kind": "text", "language": "en", "max_chars": {"zh": 40, "en": 60}})
    )
    assert CHECKS["language"]("Fishermen unload their catch", CheckContext(english, "zh")).passed
    assert not CHECKS["language"]("渔民卸鱼", CheckContext(english, "zh")).passed
    assert not CHECKS["length"]("x" * 61, CheckContext(english, "zh")).passed


def test_json_answers_are_held_to_the_schema() -> None:
    schema = {
        "type": "object",
        "properties": {
            "people": {"type": "array", "items": {"type": "string"}, "maxItems": 2},
            "tone": {"enum": ["calm", "loud"]},
            "age": {"type": "integer", "minimum": 0},
        },
        "required": ["people"],
        "additionalProperties": False,
    }
    record = TaskCard.model_validate(
        text_card(id="record.news", output={"kind": "json", "json_schema": schema})
    )
    context = CheckContext(record, "zh")
    assert CHECKS["json_valid"]('{"people": ["周敏"], "tone": "calm", "age": 3}', context).passed
    for wrong in (
        '{"people": "周敏"}',
        '{"tone": "calm"}',
        '{"people": [], "tone": "shy"}',
        "[1",
        '{"people": [], "x": 1}',
    ):
        assert not CHECKS["json_valid"](wrong, context).passed, wrong
    assert violations({"people": [1], "age": -1}, schema) == [
        "$.people[0]: is not string",
        "$.age: -1 is less than 0",
    ]
    assert violations(True, {"type": "integer"}) == ["$: is not integer"]
