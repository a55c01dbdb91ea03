"""The lead of a story: the published summary, or its first paragraph, without the wire's dateline."""

from __future__ import annotations

import re
from dataclasses import dataclass

from caibian.instructions.prose import finished
from caibian.tasks import size
from caibian.text import clean_whitespace, sentence_spans

_CREDIT = r"(?:\s*[（(\[【][^（）()\[\]【】\n]{0,60}?(?:记者|通讯员|实习生|编辑|作者|见习|摄影|报道员|特约|参与)?[^（）()\[\]【】\n]{0,60}[）)\]】])"
_WIRE = r"(?:电|讯|消息|报道|专电|快讯)"
_DATELINE_ZH = re.compile(
    rf"^\s*(?:[（(【\[][^）)】\]\n]{{0,30}}(?:{_WIRE}|行情|报道|网|日报|晚报)[）)】\]]\s*)?"
    rf"(?:"
    rf"[^，。！？；\n（(]{{0,30}}?\d{{1,2}}月\d{{1,2}}日(?:\s*(?:体育|综合|新媒体)?\s*(?:专电|{_WIRE}))"  # 新华社北京1月2日电
    rf"|[^，。！？；\n（(]{{0,14}}?(?:网|社|报|在线|频道|新闻|台|客户端|法治|观察|周刊|中心)[^，。！？；\n（(]{{0,6}}?讯(?=[\s（(:：，])"  # 本报讯
    rf"|\d{{1,2}}月\d{{1,2}}日消息[，,]?"
    rf")?{_CREDIT}?\s*[:：]?\s*"
)
_BYLINE_ZH = re.compile(
    r"^\s*(?:本报|本网|特派|见习)?(?:记者|通讯员|作者|文/|文\s*[|｜丨])[^，。！？；\n]{1,24}(?:\n|[:：]|报道\s*[:：]?)"
)
_BRACKETED_SOURCE = re.compile(
    r"^\s*[【\[（(](?:据|来源|原标题|导读|摘要|核心提示|提要|编者按|本报)[^】\]）)\n]{0,40}[】\]）)]\s*"
)
_DATELINE_LATIN = re.compile(
    r"^\s*(?:[^.\n]{0,40}?\s*\((?:Reuters|AP|AFP|Xinhua|CNN|BBC|UPI|PTI|رويترز|أ ف ب|भाषा)\)\s*[-–—]+\s*"
    r"|[A-Z][A-Z .,'-]{2,30},?\s+(?:[A-Z][a-z]{2,8}\.?\s+\d{1,2}\s*)?[-–—]+\s+)"
)
# What opens a page but is no lead: the desk's own voice, captions, numbers of a list, greetings.
_NO_LEAD = re.compile(
    r"^(?:图[:：]|点击|关注|来源|作者|编者按|导读|摘要|目录|原标题|标题|提示|视频|大家好|小编|亲|各位|朋友们|新朋友|资料图|\w?\d+版|"
    r"[（(]?[一二三四五1-9][、.）)]|[QA问答][:：])|(?:小编|蜀黍|我们|大家|咱们|亲们|你(?!方)|您|网友们)"
)
# Words that lean on something said before: what they open is not the beginning.
_LEANS_BACK = re.compile(
    r"^(?:该|此|这|那(?!曲)|他|她|它|其(?!中国)|当[日天晚]|随后|之后|随即|对此|同时|此外|另外|另据|然而|不过|但|而|因此|所以|"
    r"不久|目前|经查|经了解|据介绍|据其)"
)
_QUOTED = re.compile(r"“[^”]*”|「[^」]*」|\"[^\"]*\"")
_SHOWY = re.compile(r"[？?！!]|…$")
_MAX_SENTENCES = 2


@dataclass(frozen=True, slots=True)
class Lead:
    """A lead and what it was taken from."""

    text: str
    rest: str  # the body behind it; the whole body where the lead is the published summary
    published: bool  # whether it is the summary as published


def strip_dateline(text: str, language: str) -> str:
    """The text without the wire's dateline and the reporter's credit at its head.

    新华社北京1月2日电（记者张三）两国外长会谈。 → 两国外长会谈。
    """
    patterns = (_BRACKETED_SOURCE, _BYLINE_ZH, _DATELINE_ZH) if language == "zh" else (_DATELINE_LATIN,)
    for pattern in patterns:
        text = pattern.sub("", text, count=1)
    return text.lstrip(" \t　:：-—|")


def find_lead(summary: str | None, body: str, language: str, least: int, most: int) -> Lead | str:
    """The lead of a story whose headline has been removed from `body`, or the name of the reason why there is none.

    The published summary serves if its length fits; else the first paragraph; else the first one or two sentences.
    Lengths are in characters, in Chinese without spaces.
    """
    text = strip_dateline(_one_line(summary or ""), language)
    if text and least <= size(text, language) <= most and finished(text):
        return Lead(text, body, published=True)
    body = strip_dateline(body, language)
    spans = sentence_spans(body, language)
    if not spans:
        return "body_too_short"
    paragraph_end = body.find("\n") if "\n" in body else len(body)
    texts = [body[start:end] for start, end in spans]
    ends = [end for _, end in spans]
    paragraph = sum(end <= paragraph_end for end in ends)
    for count in dict.fromkeys([paragraph, _MAX_SENTENCES, 1]):
        if not 1 <= count <= len(ends):
            continue
        text = _one_line(body[spans[0][0] : ends[count - 1]])
        if least <= size(text, language) <= most:
            if reason := _refusal(text):
                return reason
            return Lead(text, body[ends[count - 1] :].lstrip(), published=False)
    return "lead_too_long" if size(texts[0], language) > most else "lead_too_short"


def _refusal(text: str) -> str | None:
    if not finished(text):
        return "lead_unfinished"
    plain = _QUOTED.sub("", text)
    if _NO_LEAD.search(plain):
        return "lead_not_news"
    if _LEANS_BACK.search(text):
        return "lead_leans_back"
    if _SHOWY.search(plain):
        return "lead_showy"
    return None


def _one_line(text: str) -> str:
    separator = "" if re.search("[\u4e00-\u9fff]", text) else " "
    return clean_whitespace(separator.join(line.strip() for line in text.splitlines()))
