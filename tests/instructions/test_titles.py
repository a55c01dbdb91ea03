"""Headlines out of page titles, and pages that are no news."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caibian.instructions.news import text_refusal, title_refusal
from caibian.instructions.titles import clean_title, truncated

PLAIN = "东溪大桥提前两个月通车"


@pytest.mark.parametrize(
    "page_title",
    [
        PLAIN,
        f"{PLAIN}_网易新闻",
        f"{PLAIN}_大桥_东溪_手机搜狐网",
        f"{PLAIN}-东溪新闻网",
        f"{PLAIN}--东溪资讯",
        f"{PLAIN} - 社会 - 新浪网",
        f"{PLAIN} | 凤凰网",
        f"{PLAIN}-最具影响力的...",
        f"{PLAIN}|不|大桥|通车",
        f"[转载]{PLAIN}",
        f"【图】{PLAIN}(图)",
        f"{PLAIN}（组图）",
        f"【民生关注】{PLAIN}",
        f"东溪发布 | {PLAIN}",
        f"图文：{PLAIN}",
        f" {PLAIN}\u200b ",
    ],
)
def test_sites_sections_and_marks_are_taken_off(page_title: str) -> None:
    assert clean_title(page_title) == PLAIN


@pytest.mark.parametrize(
    "title",
    ["中国-东盟博览会在南宁开幕", "京沪高铁2-3月客流创新高", "《流浪地球》票房破20亿", "A股 | 大盘"],
)
def test_bars_that_belong_to_the_headline_stay(title: str) -> None:
    assert clean_title(title) == title


@given(st.text(max_size=60))
def test_cleaning_is_idempotent_on_what_it_returns_or_still_shortens(title: str) -> None:
    once = clean_title(title)
    assert len(clean_title(once)) <= len(once) <= len(title) + 10


@pytest.mark.parametrize("title", ["大桥通车后居民...", "大桥通车后居民…", "县长说：“大桥的", "大桥（东溪"])
def test_truncated_headlines_are_known(title: str) -> None:
    assert truncated(title)
    assert not truncated(PLAIN)


@pytest.mark.parametrize(
    ("title", "reason"),
    [
        ("东溪螺旋钢管批发价格", "title_advert"),
        ("东溪到青岭直达客车15000000000", "title_advert"),
        ("我家的猫丢了，求助", "title_talk"),
        ("东溪大桥通车了吗", "title_question"),
        ("为什么大桥修了三年", "title_question"),
        ("东溪大桥通车！", "title_exclamation"),
        ("张三与李四借贷纠纷一审民事裁定书", "title_no_report"),
        ("东溪县环境保护局", "title_of_site"),
        ("无良商家坑了一条街", "title_rant"),
        ("大桥通车&n", "title_dirty"),
    ],
)
def test_what_no_desk_would_print_is_refused_by_name(title: str, reason: str) -> None:
    assert title_refusal(title) == reason


@pytest.mark.parametrize(
    "title",
    [PLAIN, "我国科学家发现新物种", "普京同法国总统通电话", "县长：“我为大桥骄傲！”", "某外援加盟东溪队", "彩票销售同比下降6%"],
)  # fmt: skip
def test_plain_headlines_are_not_refused(title: str) -> None:
    assert title_refusal(title) is None


def test_adverts_and_chat_in_the_body_are_refused() -> None:
    assert text_refusal("大桥通车。详情加微信:abc123456，电话0000-1234567。") == "body_advert"
    assert text_refusal("小编带你看大桥，你看过吗？大家快来。") == "body_chat"
    assert text_refusal("居民说：“我和你都等了很久，大家都高兴。”大桥昨日通车。") is None
