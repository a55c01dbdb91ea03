"""Published headlines out of page titles: the names of sites, sections and columns taken off."""

from __future__ import annotations

import re

from caibian.text import tidy

_REPOST = re.compile(
    r"^\s*[\[【（(](?:转载|转|原创|转帖|图|图片|视频|组图|多图|图文|高清|快讯|更新)[\]】）)]\s*"
)
# The name of a column before the headline, as slugs of a wire: 【以案说法】, 域外法制 |
_COLUMN = re.compile(r"^\s*(?:[\[【][^\]】]{1,14}[\]】]|[^\s|｜丨，。！？]{2,8}\s*[|｜丨])\s*")
# Key words of the page behind the headline: 被拘留|不|给钱
_KEY_WORDS = re.compile(r"(?:[|｜丨][^|｜丨]{1,8}){2,}$")
_SUBJECT = re.compile(r"^(?:题|图文|组图|快讯|视频)\s*[:：]\s*|^[.…]+")
_PICTURE_NOTE = re.compile(
    r"\s*[（(](?:图|组图|多图|视频|转载|转|附图|图文|\d{1,2})[）)]\s*$|\s*[\[【](?:图|图片|组图|视频)[\]】]\s*$"
)
# Underscores stand in page titles only between headline, section and site; no newspaper prints them.
_UNDERSCORE_TAIL = re.compile(r"\s*_+.*$", re.DOTALL)
_SITE_WORD = (
    r"网|在线|新闻|资讯|论坛|社区|博客|日报|晚报|早报|时报|晨报|商报|周刊|政府|频道|搜狐|新浪|网易|腾讯|凤凰|百度|知乎|头条|贴吧|"
    r"门户|公司|集团|公安局|教育局|法院|电视台|客户端|公众号|天涯|豆瓣|马蜂窝|步行街|物流|理财|\.(?:com|cn|net|org)\b"
)
_SITE_TAIL = re.compile(
    rf"\s*(?:[-–—|｜丨]+|\s·)\s*(?:[^\s\-–—|｜丨，。！？、：]{{0,14}}(?:{_SITE_WORD})[^\s\-–—|｜丨，。！？、：]{{0,6}}|[^\-–—|｜丨，。！？]{{0,16}}(?:\.{{2,}}|…+))\s*$"
)
# A section between spaced bars at the end: … - 手机
_SECTION_TAIL = re.compile(r"\s[-–—|｜丨]\s*\S{2,8}$")
_TRUNCATED = re.compile(r"(?:\.{2,}|…+|\.\s*\.)\s*[”\"』」]?\s*$")
_PAIRS = tuple(zip("“‘「『《【（([〈", "”’」』》】）)]〉", strict=True))
_MIN_HEAD_CHARS = 8  # a suffix is taken off only where this much is left


def clean_title(title: str) -> str:
    """A page title without reposting marks, picture notes, and the names of sites, sections and columns."""
    text = tidy(title).replace("\n", " ").strip()
    text = _REPOST.sub("", text)
    for pattern in (
        _UNDERSCORE_TAIL,
        _KEY_WORDS,
        _SITE_TAIL,
        _SITE_TAIL,
        _SECTION_TAIL,
        _PICTURE_NOTE,
        _COLUMN,
        _SUBJECT,
    ):
        shorter = pattern.sub("", text).strip()
        if len(shorter) >= _MIN_HEAD_CHARS:
            text = shorter
    return text


def truncated(title: str) -> bool:
    """Whether the end of a headline was cut off: dots at its end, or a quote or bracket that never closes."""
    if _TRUNCATED.search(title):
        return True
    return any(title.count(opening) > title.count(closing) for opening, closing in _PAIRS)
