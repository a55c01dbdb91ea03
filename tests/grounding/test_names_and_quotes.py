from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from caibian.grounding import chinese_tokens, find_names, find_quotes, lexicon, locate, unsupported


def names(text: str, language: str = "zh") -> list[str]:
    mentions = find_names(text, language)
    assert all(text[m.start : m.end] == m.text for m in mentions)
    return [m.text for m in mentions]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("德国外长弗拉德里希表示", ["德国", "弗拉德里希"]),
        ("记者王建国从四川成都发回报道", ["王建国", "四川", "成都"]),
        ("教授李红和张某", ["李红", "张某"]),
        ("韩国法务部调查局的说法", ["韩国法务部调查局"]),
        ("北京大学公布了《健康报告》", ["北京大学", "健康报告"]),
        ("韩国STX集团", ["韩国STX集团"]),
        ("加开G4719次列车", ["G4719"]),
        ("贝拉克·奥巴马说", ["贝拉克·奥巴马"]),
    ],
)
def test_names_in_chinese_text(text: str, expected: list[str]) -> None:
    assert names(text) == expected


@pytest.mark.parametrize(
    "text", ["关怀和帮助", "毛巾与许可证", "强降雨天气", "高水平发展", "从两会获悉", "任何人都高兴"]
)
def test_common_words_that_a_tagger_takes_for_names_are_none(text: str) -> None:
    assert names(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "The president, Barack Obama, met Angela Merkel in Berlin.",
            ["Barack Obama", "Angela Merkel", "Berlin"],
        ),
        ("However, profits rose. Shares fell.", []),
        ("On Monday the Bank of England cut rates.", ["Bank of England"]),
        ("NATO said so.", ["NATO"]),
        ("He left the Conservative Party. It lost.", ["Conservative Party"]),
        ("Germany's exports to New York grew.", ["Germany", "New York"]),
        ("Germany won.", ["Germany"]),
    ],
)
def test_names_in_english_text(text: str, expected: list[str]) -> None:
    assert names(text, "en") == expected


def test_names_after_titles_in_arabic_and_hindi() -> None:
    assert names("قال الرئيس عبد الفتاح", "ar") == ["عبد الفتاح"]
    assert names("प्रधानमंत्री नरेंद्र मोदी ने", "hi") == ["नरेंद्र मोदी"]


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("北京市", "记者在北京看到"),
        ("北京", "北京市公安局"),
        ("中国科学院", "中科院研究员"),
        ("中科院", "中国科学院研究员"),
        ("贝拉克·奥巴马", "奥巴马说"),
        ("中国人民银行", "央行宣布"),
        ("世界卫生组织", "世卫组织表示"),
        ("美国", "美军和美方"),
        ("World Health Organization", "the WHO said"),
        ("WHO", "the World Health Organization said"),
        ("Barack Obama", "Mr Obama said"),
        ("Africa", "an African club"),
        ("中国", "China said"),
        ("印度最高法院", "印度媒体说，最高法院裁定"),
        ("四川眉山", "眉山市位于四川省"),
    ],
)
def test_short_and_long_forms_of_a_name_support_each_other(name: str, source: str) -> None:
    (mention, *_) = find_names(f"在{name}，" if name[0] >= "\u4e00" else f"He saw {name}", "zh")
    located = locate(mention, source)
    assert located is not None
    assert source[located.start : located.end] == located.text


def test_a_made_up_name_is_unsupported() -> None:
    source = "德国外长施泰因迈尔会后接受采访。韩国反腐特别调查小组负责此案。"
    assert [m.text for m in unsupported("德国外长弗拉德里希表示", source, kinds=("name",))] == ["弗拉德里希"]
    assert [m.text for m in unsupported("韩国法务部调查局", source, kinds=("name",))] == ["韩国法务部调查局"]


def test_a_latin_name_inside_a_longer_word_is_no_evidence() -> None:
    assert [m.text for m in unsupported("He met Ali there", "Alibaba rose", "en", kinds=("name",))] == ["Ali"]


def test_quotes_in_the_marks_of_all_scripts() -> None:
    text = '他说：“今天‘很好’。”「是的」，『好』 "yes" and «نعم»'
    assert [m.text for m in find_quotes(text)] == ["今天‘很好’。", "很好", "是的", "好", "yes", "نعم"]


def test_a_quote_is_located_whatever_its_spaces_punctuation_and_width() -> None:
    (mention,) = find_quotes("“我们 将坚持ＡＢＣ，直到胜利！”")
    source = "他说，我们将坚持abc直到胜利。"
    located = locate(mention, source)
    assert located is not None
    assert located.text == "我们将坚持abc直到胜利"


def test_an_altered_quote_is_unsupported_and_one_with_an_ellipsis_is_not() -> None:
    source = "他说：“我们将坚持改革开放，不断扩大合作。”"
    assert [m.text for m in unsupported("“我们将坚持闭关锁国”", source, kinds=("quote",))] == [
        "我们将坚持闭关锁国"
    ]
    assert unsupported("“我们将坚持……扩大合作”", source, kinds=("quote",)) == []
    assert len(unsupported("“扩大合作……我们将坚持”", source, kinds=("quote",))) == 1


def test_apostrophes_inches_and_open_marks_quote_nothing() -> None:
    assert find_quotes("Don't say it's John’s 5\" pipe “never closed") == []


def test_importing_grounding_loads_neither_jieba_nor_opencc() -> None:
    code = "import sys, caibian.grounding; print({'jieba', 'opencc', 'pyarrow', 'torch'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_our_words_do_not_change_jieba_for_others() -> None:
    import jieba

    find_names("在北京")
    jieba.initialize()
    untouched = jieba.Tokenizer()
    untouched.initialize()
    ours = [word for word in lexicon.organisations() if word not in untouched.FREQ]
    assert ours
    assert all(chinese_tokens.frequency(word) for word in ours if len(word) > 1)
    assert jieba.dt.FREQ == untouched.FREQ


def test_threads_that_want_names_at_the_same_moment_load_the_word_lists_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loads = []

    def slowly() -> object:
        loads.append(time.sleep(0.05))
        return tagger

    tagger = chinese_tokens._tagger()
    monkeypatch.setattr(chinese_tokens, "_loaded", [])
    monkeypatch.setattr(chinese_tokens, "_load", slowly)
    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(lambda _: chinese_tokens._tagger(), range(8))) == {tagger}
    assert len(loads) == 1
