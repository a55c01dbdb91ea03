"""The lead of a story: the published summary, or its first paragraph, without the wire's dateline."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from caibian.instructions.datelines import strip_dateline
from caibian.instructions.prose import finished
from caibian.tasks import size
from caibian.text import clean_whitespace, sentence_spans

if TYPE_CHECKING:
    from caibian.grounding import Mention

# What opens a page but is no lead: the desk's own voice, captions, numbers of a list, greetings.
_NO_LEAD = re.compile(
    r"^(?:图[:：]|点击|关注|来源|作者|编者按|导读|摘要|目录|原标题|标题|提示|视频|大家好|小编|亲|各位|朋友们|新朋友|资料图|\w?\d+版|事实上|其实|众所周知|俗话说|常言道|如今|没有最|什么是|办学宗旨|"
    r"[（(]?[一二三四五1-9][、.）)]|[QA问答][:：])|(?:小编|蜀黍|我们|大家|咱们|亲们|你(?!方)|您|网友们)"
)
# Words that lean on something said before: what they open is not the beginning.
_LEANS_BACK = re.compile(
    r"^(?:该|此|这|那(?!曲)|他|她|它|其(?!中国)|当[日天晚]|随后|之后|随即|对此|同时|此外|另外|另据|然而|不过|但|而|因此|所以|"
    r"不久|目前|经查|经了解|据介绍|据其)"
)
# What a news lead has: a day, an announcement, or somebody who says so.
_NEWS = re.compile(
    r"\d[日号时点]|近日|日前|近期|昨|今[天日晨晚早年]|上午|下午|凌晨|清晨|傍晚|深夜|连日|本[月周]|上[周月]|去年|记者|获悉|"
    r"据.{2,24}(?:消息|报道|通报|介绍|了解|统计|公告)|警方|通报|公布|发布|宣布|公告|召开|举行|举办|出台|印发|启动|开幕|闭幕|落幕|表示|"
    r"[称说](?=[，：“])"
)
_QUOTED = re.compile(r"“[^”]*”|「[^」]*」|\"[^\"]*\"")
_SHOWY = re.compile(r"[？?！!]|…$")
_LEAST_OUTSIDE_QUOTES = 0.5  # of a lead's characters: one that is mostly quotation does not say what happened
_MAX_SENTENCES = 2
_CLAUSE_ENDS = re.compile(r"[，,。；;！？!?]\s*$")
_RECENTLY = re.compile(
    r"近日|日前|近期|连日来?|今[天日晨早晚]|昨[天日晚夜晨]|前[天日]|[本上]周[一二三四五六日末]?|[本上]月"
)
# What may stand between a day and the comma behind it: 5月22日上午9时许，  5月17日至18日，  （星期三）
_REST_OF_DAY = re.compile(
    r"(?:\s|[至到\-—~～](?=\d)|\d{1,2}[日号时点分]|上午|下午|中午|午后|晚间?上?|早上?晨?|凌晨|清晨|傍晚|深夜|夜间?|许|左右"
    r"|[（(][^（）()]{1,8}[）)])*"
)


@dataclass(frozen=True, slots=True)
class Lead:
    """A lead and what it was taken from."""

    text: str
    rest: str  # the body behind it; the whole body where the lead is the published summary
    published: bool  # whether it is the summary as published


def find_lead(
    summary: str | None, body: str, language: str, least: int, most: int, *, plain_news: bool = True
) -> Lead | str:
    """The lead of a story whose headline has been removed from `body`, or the name of the reason why there is none.

    The published summary serves if its length fits; else the first paragraph; else the first one or two sentences.
    Lengths are in characters, in Chinese without spaces. With `plain_news` a lead has to have what leads of reports
    have: a day, an announcement or an attribution.
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
            if plain_news and language == "zh" and not _NEWS.search(text):
                return "lead_not_news"
            return Lead(text, body[ends[count - 1] :].lstrip(), published=False)
    return "lead_too_long" if size(texts[0], language) > most else "lead_too_short"


def without_days(lead: str, days: Iterable[Mention]) -> str:
    """A Chinese lead without the given dates and the words for recent days (近日, 昨天) where they are clauses of their
    own: 5月22日上午，市长… → 市长…

    The day of an event often stands in the lead alone. Nobody can write it from the rest of the story; a model that
    is asked to learns to make days up, and to open with 近日 whatever follows.
    """
    spans = {(day.start, day.end) for day in days} | {match.span() for match in _RECENTLY.finditer(lead)}
    for start, end in sorted(spans, reverse=True):
        before, behind = lead[:start], lead[end:]
        rest = _REST_OF_DAY.match(behind)
        behind = behind[rest.end() :] if rest else behind
        if behind[:1] in {"，", ","} and (not before.strip() or _CLAUSE_ENDS.search(before)):
            lead = before.rstrip() + behind[1:].lstrip()
    return lead


def _refusal(text: str) -> str | None:
    if not finished(text):
        return "lead_unfinished"
    plain = _QUOTED.sub("", text)
    if _NO_LEAD.search(plain):
        return "lead_not_news"
    if _LEANS_BACK.search(text):
        return "lead_leans_back"
    if _SHOWY.search(plain) or len(plain) < _LEAST_OUTSIDE_QUOTES * len(text):
        return "lead_showy"
    return None


def _one_line(text: str) -> str:
    separator = "" if re.search("[\u4e00-\u9fff]", text) else " "
    return clean_whitespace(separator.join(line.strip() for line in text.splitlines()))
