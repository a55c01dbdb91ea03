"""Published headlines out of page titles: site names taken off, and what no editor would print refused."""

from __future__ import annotations

import re

from caibian.text import HAN, tidy

_REPOST = re.compile(
    r"^\s*[\[【（(](?:转载|转|原创|转帖|图|图片|视频|组图|多图|图文|高清|快讯|更新)[\]】）)]\s*"
)
# The name of a column before the headline, as slugs of a wire: 【以案说法】, 域外法制 |
_COLUMN = re.compile(r"^\s*(?:[\[【][^\]】]{1,14}[\]】]|[^\s|｜丨，。！？]{2,8}\s*[|｜丨])\s*")
# Key words of the page behind the headline: 被拘留|不|给钱
_KEY_WORDS = re.compile(r"(?:[|｜丨][^|｜丨]{1,8}){2,}$")
_SUBJECT = re.compile(r"^题\s*[:：]\s*")
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

_QUESTION = re.compile(r"[？?]|(?:吗|呢|么)\s*$|^(?:如何|怎么|怎样|为什么|为何|哪些|哪里|谁)")
_SHOUT = re.compile(r"[！!~～]")
# Documents, serials, advice: texts that are no report of anything.
_NO_REPORT = re.compile(
    r"(?:裁定|判决|调解|决定|通知)书|分集|剧情介绍|概念股|复盘|使用说明|注意事项|方法$|技巧|秘诀|大全|须知|观音|报案中心|第\d+章|"
    r"[（(][一二三四五六七八九十\d]{1,3}[）)]"
)
_ADVERT = re.compile(
    r"\d{7,}|微信号?[:：]|加微信|QQ|电话[:：]|热线电话|批发(?:零售|价|市场|商)|厂家(?:直|电话|$)|生产厂家|报价|售价|多少钱|价格表|价格$|加盟(?:店|费|商|热线|条件)|"
    r"招商加盟|招代理|代办|急转|急售|^求购|出售二手|促销|特价|优惠高达|团购|招聘(?:信息|启事|网)|诚聘|急聘|哪家好|十大品牌|排行榜前十名|下载|破解|攻略|"
    r"教程|时时彩|彩票平台|平台开户|返利|包邮|优质供应|供应信息|公司动态|怎么样|套现|正品|直达(?:客车|汽车)|专线运输",
    re.IGNORECASE,
)
# Talk of a forum: I and you outside of quotes, 我国 and 我市 apart.
_TALK = re.compile(
    r"我(?!国|市|县|省|区|校|军|州|院|局|党|方|队|镇|乡|村|会)|(?<!迷)你|您|咱|俺|求助|请问|楼主|亲们|小编|大家|啦$|哦$|哟$|呀$|吧$"
)
_QUOTED = re.compile(r"“[^”]*”|「[^」]*」|《[^》]*》|\"[^\"]*\"")
_DIRT = re.compile(r"[□■◆★☆♥@#]|�|&\w{2,5};|\.(?:com|cn|net)\b|http|^\W+$", re.IGNORECASE)


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


def refusal(title: str) -> str | None:
    """Why no desk would print this as the headline of a news story, or None: the reason's name."""
    spoken = _QUOTED.sub("", title)
    if _DIRT.search(title):
        return "title_dirty"
    if _ADVERT.search(title):
        return "title_advert"
    if _NO_REPORT.search(title):
        return "title_no_report"
    if _QUESTION.search(spoken):
        return "title_question"
    if _SHOUT.search(spoken):
        return "title_exclamation"
    if re.search(f"[{HAN}]", title) and _TALK.search(spoken):
        return "title_talk"
    return None
