"""Each filter refuses what it is named after, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.corpus.helpers import curate, story, write_jsonl

LONG_ENGLISH = (
    "The central bank raised its main rate on Thursday, saying that prices had grown faster than wages for a third "
    "month. Economists had expected a smaller step. Sign up for our newsletter, it wrote, was the only popular line."
)
GOOD = [
    story(1),
    LONG_ENGLISH,
    "قال رئيس الوزراء يوم الخميس إن الحكومة ستزيد الإنفاق على التعليم والصحة خلال العام المقبل بعد نقاش طويل.",
    "प्रधानमंत्री ने गुरुवार को कहा कि सरकार अगले साल शिक्षा और स्वास्थ्य पर खर्च बढ़ाएगी और नई योजनाएँ लाएगी।",
    # A consumer story names an offer; a finance story is full of numbers; a story may ask not to be reprinted.
    f"消费者反映，某平台秒杀价与优惠券不能同时使用。{story(2)}",
    f"30日沪指报3266.83点，涨0.44%；深证成指报10888点，涨0.71%，成交5123.4亿元。{story(3, 2)}",
    f"{story(4)}未经授权，不得转载。",
]


def test_good_texts_pass_every_filter(tmp_path: Path) -> None:
    articles, report = curate(
        tmp_path / "out", write_jsonl(tmp_path / "a.jsonl", [{"text": t} for t in GOOD])
    )
    assert [a.body for a in articles] == GOOD
    assert report.dropped == {}


@pytest.mark.parametrize(
    ("reason", "text", "filters"),
    [
        ("too_short", "新华社北京电。", {}),
        ("too_long", story(9, 40), {"max_characters": 300}),
        ("language", LONG_ENGLISH, {"languages": ["zh"]}),
        ("no_title", story(9), {"require_title": True}),
        ("garbled", story(9).encode().decode("gb18030", "replace"), {}),
        ("garbled", f"{story(9)}？？？？？？？？？？？？", {}),
        ("low_han_share", "开奖号码 " + "01 02 03 红 05 " * 20, {"min_letter_share": None}),
        ("few_letters", "12:30 45.6% +7.8% -9.0% " * 8, {}),
        ("duplicate_lines", "\n".join([story(9, 1)] * 4), {}),
        ("boilerplate", "某市今日晴。\n" + "扫描下方二维码关注我们的公众号\n点击下载客户端查看更多精彩内容\n版权所有，不得转载\n", {"min_characters": 5}),
        ("advert", story(9, 2) + "限时优惠，原价199元，立即购买包邮！咨询热线13800138000，加微信免费领取。", {}),
    ],
)  # fmt: skip
def test_each_filter_counts_under_its_own_name(
    tmp_path: Path, reason: str, text: str, filters: dict[str, Any]
) -> None:
    keep = {"text": story(1), "title": "甲乙丙丁"}
    path = write_jsonl(tmp_path / "a.jsonl", [keep, {"text": text}])
    articles, report = curate(tmp_path / "out", path, filters=filters)
    assert [a.body for a in articles] == [story(1)]
    assert report.dropped == {reason: 1}


def test_a_filter_set_to_null_is_off(tmp_path: Path) -> None:
    names = [
        "min_characters", "max_characters", "min_han_share", "min_letter_share", "max_garbled_share",
        "max_boilerplate_share", "max_advert_signs", "max_duplicate_line_share",
    ]  # fmt: skip
    rows = [{"text": t} for t in ("短", "\ufffd\ufffd", "1 2 3", "版权所有", f"{story(1)}\n{story(1)}")]
    path = write_jsonl(tmp_path / "a.jsonl", rows)
    articles, report = curate(tmp_path / "out", path, filters=dict.fromkeys(names))
    assert len(articles) == 5
    assert report.dropped == {}


def test_a_row_counts_once_under_the_first_filter_that_refuses_it(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "a.jsonl", [{"text": "\ufffd" * 5}, {"text": story(1)}])
    _, report = curate(tmp_path / "out", path)
    assert report.dropped == {"too_short": 1}
    assert report.rows_in == report.rows_out + sum(report.dropped.values())
