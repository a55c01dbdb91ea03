"""The output is taken out of the input wherever it stands, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from caibian.instructions.prose import fold, prepare
from caibian.instructions.removal import leaks, remove, remove_headline
from caibian.text import to_traditional

TITLE = "青岭市图书馆新馆开馆 藏书一百一十万册"
STORY = "周敏馆长介绍，这座建筑历时三年完工，市民凭身份证即可入内。\n少儿阅览区将在五月开放，届时每个周末都有故事会。"


@pytest.mark.parametrize(
    "page",
    [
        f"{TITLE}\n{STORY}",
        f"{TITLE}{STORY}",
        f"{TITLE}\n{TITLE}\n{TITLE}\n{STORY}",
        f"原标题：{TITLE}\n{STORY}",
        f"（原标题：{TITLE}）\n{STORY}",
        f"原标题:青岭市图书馆新馆开馆，藏书110万册 {STORY}",
        f"{TITLE}_网易新闻\n{STORY}",
        f"{TITLE}-新浪\n{STORY}",
        f"《{TITLE}》\n{STORY}",
        f"{STORY}\n标题：{TITLE}。",
        f"{to_traditional(TITLE)}\n{STORY}",
        f"青岭市图书馆新馆　开馆，藏书一百一十万册！\n{STORY}",
        f"青岭市图书馆新馆昨开馆 藏书一百一十万册\n{STORY}",
        f"据报道，{TITLE.replace(' ', '，')}，引起市民关注。\n{STORY}",
    ],
)
def test_every_copy_of_a_headline_goes_and_the_story_stays(page: str) -> None:
    left = remove(page, TITLE, "zh")
    assert not leaks(left, TITLE, 0.85)
    assert left.replace("\n", "") == STORY.replace("\n", "")


def test_a_sentence_that_holds_the_headline_goes_whole_for_the_rest_would_be_none() -> None:
    title = "东溪大桥通车"
    body = "昨日上午，东溪大桥通车，首批车辆驶过江面。大桥全长1860米。"
    assert remove(body, title, "zh") == "大桥全长1860米。"


def test_where_the_headline_is_shown_the_first_sentence_of_the_story_stays() -> None:
    title = "东溪大桥通车"
    body = "东溪大桥通车\n昨日上午，东溪大桥通车，首批车辆驶过江面。"
    assert remove_headline(body, title, "zh") == "昨日上午，东溪大桥通车，首批车辆驶过江面。"


def test_a_lead_goes_sentence_by_sentence() -> None:
    lead = "青岭市图书馆新馆6日开馆。首日迎来6000名读者前来借阅。"
    body = f"首日迎来6000名读者前来借阅。{STORY}青岭市图书馆新馆昨6日开馆。"
    assert remove(body, lead, "zh").replace("\n", "") == STORY.replace("\n", "")


def test_a_headline_of_a_few_letters_does_not_eat_the_story() -> None:
    assert remove(STORY, "市民", "zh") == STORY


def test_english_headlines_go_too() -> None:
    body = (
        "Bridge opens two months early\nThe Dongxi bridge, 1,860 metres long, took its first cars on Monday."
    )
    assert remove(body, "Bridge Opens Two Months Early", "en") == body.split("\n")[1]


def test_leaks_sees_through_width_case_script_and_punctuation() -> None:
    assert leaks("前文。图书馆、新館開館ＡＢ！后文", "图书馆新馆开馆ab", 0.85)
    assert leaks("图书馆新馆今日开馆", "图书馆新馆开馆", 0.5)
    assert not leaks("图书馆新馆今日开馆", "图书馆新馆开馆", 0.85)
    assert not leaks("任何文字", "", 0.85)


_HAN = st.text(
    alphabet="青岭市图书馆新馆开放读者借阅大桥通车居民医院学校报道昨日记者", min_size=8, max_size=24
)


@given(title=_HAN, before=_HAN, after=_HAN, mark=st.sampled_from(["", "\n", "。", " ", "，", "！"]))
def test_no_text_keeps_its_headline(title: str, before: str, after: str, mark: str) -> None:
    for page in (f"{before}{mark}{title}{mark}{after}", f"{title}{mark}{after}", f"{before}{mark}{title}"):
        assert fold(title) not in fold(remove(page, title, "zh"))


@example("0\x1f!0", "0")
@given(st.text(max_size=300), st.text(max_size=40))
def test_removal_only_ever_takes_away(text: str, output: str) -> None:
    left = remove(text, output, "zh")
    characters = iter(text)
    # A subsequence, but for whitespace; that is asked first, for a search in an iterator uses it up.
    assert all(c.isspace() or c in characters for c in left)


def test_page_furniture_and_escaped_breaks_are_undone() -> None:
    page = (
        "点击上方蓝字关注我们\\n昨日，大桥通车（记者\\n何志远）。\\n图为大桥。 李四 摄\\n"
        "??? 首批车辆驶过江面。\\n责任编辑：王五\\n返回搜狐，查看更多"
    )
    assert prepare(page, "zh") == "昨日，大桥通车（记者 何志远）。\n首批车辆驶过江面。"


def test_a_features_own_heading_above_its_byline_is_dropped() -> None:
    assert (
        prepare("黄金回归商品属性\n卜小明\n国际金价21日下跌。\n投资者离场。", "zh")
        == "国际金价21日下跌。\n投资者离场。"
    )
    kept = "国际金价21日下跌。\n投资者离场。\n分析师观望。"
    assert prepare(kept, "zh") == kept
