"""What users of `caibian.text` rely on."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from caibian import text

# News-like strings: the scripts we serve, their punctuation, numbers, invisible characters and line breaks.
_ALPHABET = (
    "新华社北京月日电记者的是在中国３Ａｂ12.,%。！？!?；：“”‘’（）《》…— \n\t\r\u3000\u00a0\u200b\ufeffe\u0301́"
    "ABCabz'’-كتابرُ؟،हिन्दी।ﬁ㎏①"
)
news = st.one_of(st.text(alphabet=_ALPHABET, max_size=80), st.text(max_size=40))
languages = st.sampled_from(["zh", "en", "ar", "hi", None])


def visible(string: str) -> str:
    return "".join(string.split())


@given(news)
@example("¨\u00a0\u0301a")
def test_normalize_is_idempotent(string: str) -> None:
    once = text.normalize(string)
    assert text.normalize(once) == once


@given(news)
@example("e\u200b\u0301")
def test_tidy_is_idempotent(string: str) -> None:
    once = text.tidy(string)
    assert text.tidy(once) == once


@given(news)
def test_clean_whitespace_changes_nothing_but_spaces(string: str) -> None:
    cleaned = text.clean_whitespace(string)
    assert visible(cleaned) == visible(string)
    assert cleaned == cleaned.strip()
    assert not re.search(r"[^\S \n]|  | \n|\n |\n{3}", cleaned)


@given(news, languages)
def test_sentences_lose_no_character(string: str, language: str | None) -> None:
    assert visible("".join(text.sentences(string, language))) == visible(string)


@given(news, languages)
def test_sentence_spans_are_ordered_trimmed_and_apart(string: str, language: str | None) -> None:
    end = 0
    for left, right in text.sentence_spans(string, language):
        assert end <= left < right
        assert string[left:right] == string[left:right].strip()
        assert not string[end:left].strip()
        end = right


@given(news)
def test_characters_count_as_the_length_of_chinese(string: str) -> None:
    assert len(text.characters(string)) == text.length(string, "zh")


@given(st.lists(st.integers(), max_size=12), st.integers(1, 5))
def test_ngrams_are_all_runs(tokens: list[int], n: int) -> None:
    grams = text.ngrams(tokens, n)
    assert len(grams) == max(0, len(tokens) - n + 1)
    assert all(list(gram) == tokens[i : i + n] for i, gram in enumerate(grams))


def test_ngrams_of_size_zero_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        text.ngrams([1, 2], 0)


@given(news)
def test_rouge_tokens_hold_every_han_character(string: str) -> None:
    han = re.compile(f"[{text.HAN}]")
    assert [t for t in text.rouge_tokens(string) if han.match(t)] == han.findall(
        text.normalize(string).lower()
    )


@pytest.mark.parametrize(
    ("string", "tokens"),
    [
        ("A股上涨3.65%", ["a", "股", "上", "涨", "3.65"]),
        ("1,299万人次", ["1299", "万", "人", "次"]),
        ("Ｇ２０峰会", ["g20", "峰", "会"]),
        ("मैं हिन्दी में", ["मैं", "हिन्दी", "में"]),
        ("قَالَ الرئيسُ", ["قال", "الرئيس"]),
        ("Don’t panic!", ["don", "t", "panic"]),
        ("", []),
    ],
)
def test_rouge_tokens(string: str, tokens: list[str]) -> None:
    assert text.rouge_tokens(string) == tokens


@pytest.mark.parametrize(
    ("string", "language"),
    [
        ("微软发布 Windows 11 Insider Preview", "zh"),
        ("Xi Jinping (习近平) said today that trade will grow", "en"),
        ("قال الرئيس في بيان", "ar"),
        ("प्रधानमंत्री ने कहा", "hi"),
        ("これは日本語の文章です", "ja"),
        ("한국어 문장", "ko"),
        ("2023-07-20 … 100%", "und"),
        ("", "und"),
    ],
)
def test_language_of(string: str, language: str) -> None:
    assert text.language_of(string) == language


@pytest.mark.parametrize(
    ("string", "expected"),
    [
        ("占比3.5%。他说：“是的。”会议结束", ["占比3.5%。", "他说：“是的。”", "会议结束"]),
        ("“真的吗？”，他问。", ["“真的吗？”，他问。"]),
        ("特稿（挨批！总理坐专机）发表", ["特稿（挨批！总理坐专机）发表"]),
        ("还有……他走了？！真的", ["还有……", "他走了？！", "真的"]),
        ("第一段\n第二段。", ["第一段", "第二段。"]),
    ],
)
def test_chinese_sentences(string: str, expected: list[str]) -> None:
    assert text.sentences(string, "zh") == expected


@pytest.mark.parametrize(
    ("string", "expected"),
    [
        (
            "Mr. Smith of the U.S. Senate left at 5 p.m. on Jan. 5. It rose 3.5%!",
            ["Mr. Smith of the U.S. Senate left at 5 p.m. on Jan. 5.", "It rose 3.5%!"],
        ),
        ('He said "No." He left.', ['He said "No."', "He left."]),
        ("“Why?” she asked. It grew in the U.S. The bank agreed.",
         ["“Why?” she asked.", "It grew in the U.S.", "The bank agreed."]),
    ],
)  # fmt: skip
def test_english_sentences(string: str, expected: list[str]) -> None:
    assert text.sentences(string, "en") == expected


def test_arabic_and_hindi_sentences() -> None:
    assert text.sentences("النسبة 3.5 في المئة. هل هذا صحيح؟ نعم.") == [
        "النسبة 3.5 في المئة.",
        "هل هذا صحيح؟",
        "نعم.",
    ]
    assert text.sentences("यह सही है। क्या आप? हाँ!") == ["यह सही है।", "क्या आप?", "हाँ!"]


def test_tidy_keeps_chinese_punctuation_and_normalize_does_not() -> None:
    assert text.tidy("Ｇ２０峰会，（完）\u200b") == "G20峰会，（完）"
    assert text.normalize("Ｇ２０峰会，（完）") == "G20峰会,(完)"


def test_joiners_that_hindi_spelling_needs_stay() -> None:
    assert text.tidy("क्\u200dष") == "क्\u200dष"


def test_lengths_are_what_editors_count() -> None:
    assert text.length("中国 G20 峰会") == 7
    assert text.length("The well-known bank's profit rose 3.5%") == 6
    assert text.length("यह सही है।") == 3


def test_chinese_words_are_cut_and_carry_no_punctuation() -> None:
    assert text.words("北京是中国的首都。", "zh") == ["北京", "是", "中国", "的", "首都"]


def test_simplified_and_traditional() -> None:
    assert text.to_simplified("臺灣選舉結果") == "台湾选举结果"
    assert text.to_traditional("经济发展") == "經濟發展"


def test_han_share() -> None:
    assert text.han_share("中国ab") == 0.5
    assert text.han_share(" ") == 0.0


def test_import_is_light() -> None:
    code = "import sys, caibian.text; print({'jieba', 'opencc', 'numpy', 'torch'} & set(sys.modules))"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        == "set()\n"
    )
