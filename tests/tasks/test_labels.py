"""Reading labels out of answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caibian.tasks import TaskCard, card, extract
from caibian.text import to_traditional
from tests.tasks.test_cards import label_card, text_card

SENTIMENT = card("sentiment.news")
WORDS = [
    (label, language, word)
    for label, wording in SENTIMENT.output.labels.items()
    for language in ("zh", "en", "ar", "hi")
    for word in wording.words(language)
]
STANCE = TaskCard.model_validate(
    label_card(
        {
            "strong": {"zh": "强烈支持", "en": "strongly agree"},
            "agree": {"zh": "支持", "en": "agree"},
            "rumour": {"zh": "谣言", "en": "rumour"},
            "true": {"zh": "非谣言", "en": "not a rumour"},
        }
    )
)


@pytest.mark.parametrize(
    ("answer", "label"),
    [
        ("负面", "negative"),
        (" 负面。\n", "negative"),
        ("負面", "negative"),
        ("「正面」", "positive"),
        ("Ｐｏｓｉｔｉｖｅ", "positive"),
        ("NEGATIVE.", "negative"),
        ("negative", "negative"),
        ("答案是：负面", "negative"),
        ("这条新闻的情感倾向是非常负面的。", "negative"),
        ("不是负面，而是中性", "neutral"),
        ("并非负面；应为正面。", "positive"),
        ("该新闻没有明显情感倾向，属于中性", "neutral"),
        ("不仅正面", "positive"),
        ("The sentiment is not negative but neutral.", "neutral"),
        ("It isn't positive, it is negative.", "negative"),
        ("إيجابية", "positive"),
        ("الخبر سلبي.", "negative"),
        ("यह खबर नकारात्मक है।", "negative"),
        ("负面 负面 负面", "negative"),
        ("答案是negative。", "negative"),
    ],
)
def test_what_an_answer_says_is_understood(answer: str, label: str) -> None:
    assert extract(SENTIMENT, answer, "zh") == label


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "  \n",
        "不是负面",
        "并非一篇负面报道",
        "不正面",
        "民生",
        "正面和负面",
        "正面、中性、负面",
        "中性偏负面",
        "not negative",
        "non-negative",
        "neither positive nor negative",
        "nonnegative",
        "ليس سلبي",
        "सकारात्मक नहीं",
        "positivenegative",
        "....",
    ],
)
def test_an_answer_that_says_nothing_or_two_things_has_no_label(answer: str) -> None:
    assert extract(SENTIMENT, answer, "zh") is None


def test_a_label_of_several_words_is_not_cut_at_its_first() -> None:
    assert extract(STANCE, "I strongly agree.", "en") == "strong"
    assert extract(STANCE, "Strongly  Agree", "en") == "strong"
    assert extract(STANCE, "我强烈支持这个做法", "zh") == "strong"
    assert extract(STANCE, "strongly", "en") is None


def test_a_label_inside_a_longer_label_is_the_longer_one() -> None:
    assert extract(STANCE, "这是非谣言。", "zh") == "true"
    assert extract(STANCE, "这是谣言。", "zh") == "rumour"
    assert extract(STANCE, "This is not a rumour.", "en") == "true"
    assert extract(STANCE, "agreement", "en") is None


@given(
    chosen=st.sampled_from(WORDS),
    before=st.text(alphabet=" \t“\"'（(*【#-", max_size=4),
    after=st.text(alphabet=" 。.!！”\"')）*】\n", max_size=4),
    upper=st.booleans(),
)
def test_punctuation_case_and_script_around_a_label_do_not_matter(
    chosen: tuple[str, str, str], before: str, after: str, upper: bool
) -> None:
    label, language, word = chosen
    said = to_traditional(word.upper() if upper else word)
    assert extract(SENTIMENT, before + said + after, language) == label


@given(
    first=st.sampled_from(WORDS),
    second=st.sampled_from(WORDS),
    between=st.sampled_from([" ", "、", "或 ", ", ", " / "]),
)
def test_two_labels_are_never_guessed_between(
    first: tuple[str, str, str], second: tuple[str, str, str], between: str
) -> None:
    expected = first[0] if first[0] == second[0] else None
    assert extract(SENTIMENT, first[2] + between + second[2], "zh") == expected


@given(st.text(max_size=200))
def test_any_text_gives_a_label_of_the_card_or_none(answer: str) -> None:
    assert extract(SENTIMENT, answer, "zh") in {None, *SENTIMENT.output.labels}


def test_text_cards_give_the_trimmed_text_and_json_cards_the_canonical_document() -> None:
    assert extract(card("headline.news"), " 标题 \n", "zh") == "标题"
    assert extract(card("headline.news"), " \n", "zh") is None
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    record = TaskCard.model_validate(
        text_card(id="record.news", output={"kind": "json", "json_schema": schema})
    )
    assert extract(record, '{"b": "是", "n": 1}', "zh") == '{"b": "是", "n": 1}'
    assert extract(record, '{"n":1,"b":"是"}', "zh") == '{"b": "是", "n": 1}'
    assert extract(record, '{"n": "1"}', "zh") is None
    assert extract(record, "n = 1", "zh") is None


@pytest.mark.parametrize(
    ("said", "label"),
    [
        ("पॉजिटिव", "positive"),
        ("नेगेटिव।", "negative"),
        ("न्यूट्रल", "neutral"),
        ("Sakaratmak", "positive"),
        ("nakaratmak", "negative"),
        ("بوزيتيف", "positive"),
        ("نيجاتيف", "negative"),
        ("natural", None),  # the consonants of neutral, in its own script
        ("पॉजिटिव नेगेटिव", None),
        ("पॉजिटिव नहीं", None),
    ],
)
def test_a_label_in_the_letters_of_another_script_is_that_label(said: str, label: str | None) -> None:
    assert extract(card("sentiment.post"), said, "hi") == label
