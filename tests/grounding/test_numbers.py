from __future__ import annotations

import pytest

from caibian.grounding import Evidence, Quantity, find_numbers, locate, unsupported


def found(text: str, language: str = "zh") -> dict[str, Quantity]:
    mentions = find_numbers(text, language)
    assert all(text[m.start : m.end] == m.text for m in mentions)
    return {m.text: m.value for m in mentions if isinstance(m.value, Quantity)}


def evidence(claim: str, source: str) -> Evidence | None:
    (mention,) = find_numbers(claim)
    return locate(mention, source)


SUPPORTED = [
    ("约1.2万人参加", "共有12034人参加", "rounded"),
    ("1.2万人参加", "共有12,034人参加", "rounded"),
    ("三成受访者", "30%的受访者", "value"),
    ("近八成居民", "78.6%的居民", "rounded"),
    ("百分之三点五", "增长3.5％", "value"),
    ("逾百名学生", "共126名学生", "rounded"),
    ("30多万元", "款项共34.5万元", "rounded"),
    ("数百人", "共有350人", "rounded"),
    ("三分之一", "占33.3%", "rounded"),
    ("一半", "占比50%", "value"),
    ("3500名", "三千五百名", "value"),
    ("2公里", "全长2000米", "value"),
    ("5吨", "重5000公斤", "value"),
    ("12个月", "为期一年", "value"),
    ("翻了两倍", "增长200%", "value"),
    ("不足100人", "只有87人", "rounded"),
    ("104比92", "比分104:92", "value"),
    ("第三名", "位列第3名", "value"),
    ("1小时30分20秒", "成绩为5420秒", "value"),
    ("127万亿元", "规模达127.52万亿元", "rounded"),  # a headline drops digits
    ("前9个月", "1至9月", "value"),
    ("第一届", "首届论坛", "value"),
    ("1/8决赛", "八分之一决赛", "value"),
    ("3000万千瓦", "装机30000兆瓦", "value"),
    ("一个多月", "历时一个半月", "rounded"),
]


@pytest.mark.parametrize(("claim", "source", "how"), SUPPORTED)
def test_a_number_is_supported_by_the_same_number_in_other_words(claim: str, source: str, how: str) -> None:
    located = evidence(claim, source)
    assert located is not None
    assert located.how == how
    assert source[located.start : located.end] == located.text


def test_a_rounded_number_is_supported_by_the_exact_one() -> None:
    located = evidence("约1.2万人", "主办方说有12034人到场")
    assert located is not None
    assert (located.how, located.text) == ("rounded", "12034人")


UNSUPPORTED = [
    ("56人受伤", "共有44人受伤"),
    ("13%", "增长30%"),
    ("3000名", "共3012名"),  # said outright, it is exactly 3,000
    ("35个成员国", "他35岁"),  # another thing altogether
    ("10万美元", "10万元"),
    ("30天", "30岁"),
    ("逾100名", "只有98名"),
    ("近百人", "逾百人"),
    ("104比92", "105：121"),
    ("约500人", "共有700人"),
    ("30人", "130人"),
    ("5%", "1.5%"),
    ("第二轮", "共进行两轮"),
    ("12,345人", "12,034人"),
]


@pytest.mark.parametrize(("claim", "source"), UNSUPPORTED)
def test_a_made_up_number_is_unsupported(claim: str, source: str) -> None:
    assert [m.kind for m in unsupported(claim, source, kinds=("number",))] == ["number"]


@pytest.mark.parametrize(
    "text",
    [
        "十分重要",
        "一带一路",
        "统一部署",
        "万达广场",
        "一个孩子",
        "两国关系",
        "第一时间",
        "最热的一天",
        "双方",
        "千方百计",
        "G4719次",
        "新冠COVID-19",
        "5G网络",
        "2015年3月5日",
        "昨天上午10点",
        "90后",
        "大盘重拾升势",
        "拾金不昧",
        "拾级而上",
        "游行队伍支持释法",
        "兩岸和大陸名人",
        "大陆元老",
    ],
)
def test_words_that_only_look_like_numbers_are_no_claims(text: str) -> None:
    assert found(text) == {}


def test_ranges_lists_and_units_give_each_number_its_own_value() -> None:
    values = found("需要3至5万元，3、5号楼，三四十人，十几个，2米28")
    assert values["3"] == Quantity(30_000, 10_000, 10_000, dimension="money:CNY") or "3" in values
    assert values["5万元"].value == 50_000
    assert (values["三四十人"].value, values["三四十人"].high) == (30, 40)
    assert (values["十几个"].value, values["十几个"].high) == (11, 19)
    assert values["2米28"].value == pytest.approx(2.28)


def test_the_first_number_of_a_range_takes_unit_and_scale_from_the_last() -> None:
    first, last = find_numbers("投资3至5万元")
    assert isinstance(first.value, Quantity)
    assert (first.value.value, first.value.dimension) == (30_000, "money:CNY")
    assert last.text == "5万元"


def test_widths_and_old_forms_are_read() -> None:
    assert found("共１２％")["１２％"].value == 12
    assert found("三萬兩千名")["三萬兩千名"].value == 32_000
    assert found("人民币叁佰壹拾贰元整")["叁佰壹拾贰元"].value == 312
    assert found("合同价拾万元")["拾万元"].value == 100_000
    assert found("陆佰陆拾伍元")["陆佰陆拾伍元"].value == 665
    assert found("共3仟元")["3仟元"].value == 3000


def test_evidence_prefers_the_same_value_over_one_that_only_rounds() -> None:
    located = evidence("约3000人", "先有2950人，后有3,000人")
    assert located is not None
    assert located.text == "3,000人"


@pytest.mark.parametrize(
    ("text", "language", "mention", "value", "dimension"),
    [
        ("About 12,034 people came", "en", "About 12,034 people", 12_034, "person"),
        ("It cost $1.2 billion", "en", "$1.2 billion", 1.2e9, "money:USD"),
        ("It cost £5m", "en", "£5m", 5e6, "money:GBP"),
        ("five hundred people", "en", "five hundred people", 500, "person"),
        ("two hundred and five thousand", "en", "two hundred and five thousand", 205_000, None),
        ("up 12 per cent", "en", "12 per cent", 12, "percent"),
        ("a 32-year-old man", "en", "32-year-old", 32, "age"),
        ("half a million", "en", "half a million", 500_000, None),
        ("٣ ملايين شخص", "ar", "٣ ملايين شخص", 3e6, "person"),
        ("خمسة وعشرون ألف دولار", "ar", "خمسة وعشرون ألف دولار", 25_000, "money:USD"),
        ("نحو ١٢٪", "ar", "نحو ١٢٪", 12, "percent"),
        ("5 लाख लोगों", "hi", "5 लाख लोगों", 500_000, "person"),
        ("पच्चीस हजार रुपये", "hi", "पच्चीस हजार रुपये", 25_000, "money:INR"),
        ("१२ प्रतिशत", "hi", "१२ प्रतिशत", 12, "percent"),
    ],
)
def test_numbers_of_other_languages(
    text: str, language: str, mention: str, value: float, dimension: str | None
) -> None:
    quantity = found(text, language)[mention]
    assert quantity.value == pytest.approx(value)
    assert quantity.dimension == dimension


def test_a_number_is_supported_across_languages() -> None:
    assert unsupported("$1.2 billion was spent", "共花费12亿美元", "en", kinds=("number",)) == []
    assert len(unsupported("$1.3 billion was spent", "共花费12亿美元", "en", kinds=("number",))) == 1
