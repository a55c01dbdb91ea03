"""Datelines and credits at the head of wire copy and of newspaper stories."""

from __future__ import annotations

import re

_CREDIT = r"(?:\s*[（(\[【][^（）()\[\]【】\n]{2,80}[）)\]】])"
_WIRE = r"(?:专电|电(?![话影视力])|快讯|讯(?![息号问])|消息(?!人士|灵通|称))"
_OUTLET = r"(?:网|社|报|在线|频道|新闻|台|客户端|法治|法制|观察|周刊|中心|日报|晚报|时报|商报)"
_DATELINE_ZH = re.compile(
    r"^\s*(?:[（(【\[][^）)】\]\n]{0,30}(?:电|讯|行情|报道|网|报)[）)】\]]\s*)?"
    rf"(?:"
    # 新华社北京1月2日电（记者…）, 街电12月24日消息，
    rf"(?!据)[^，。！？；\n（(]{{0,30}}?\d{{0,2}}月\d{{0,2}}日\s*(?:体育|综合|新媒体)?\s*{_WIRE}{_CREDIT}?[，,]?"
    rf"|(?!据)[^，。！？；\n（(]{{0,14}}?网\d{{0,2}}月\d{{0,2}}日报道[，,\s]"  # 参考消息网3月9日报道
    rf"|[^，。！？；\n（(]{{0,14}}?{_OUTLET}[^，。！？；\n（(]{{0,6}}?讯\s*{_CREDIT}"  # 本报讯（记者…）
    rf"|[^，。！？；\n（(]{{0,14}}?{_OUTLET}[^，。！？；\n（(]{{0,6}}?讯(?=[\s:：，])"
    rf"|[^，。！？；\n（(]{{0,14}}?{_OUTLET}\s*[（(](?:记者|通讯员)[^）)\n]{{2,40}}[）)]"
    rf"|[（(](?:本报|通讯员|记者|见习)[^）)\n]{{2,40}}[）)]"
    rf")\s*[:：]?\s*"
)
# Behind a caption or a slogan: …“漂浮云端”。中新网南京2月24日电 (…)一场浓雾
_LATE_DATELINE_ZH = re.compile(
    rf"^.{{4,80}}?(?:(?:新华社|中新社|中新网|人民网|央视网|新华网|本报|本网)[^，。！？；\n（(]{{0,12}}\d{{0,2}}月\d{{0,2}}日电"
    rf"|\w{{0,6}}(?:日报|晚报|都市报|商报|时报)讯)\s*{_CREDIT}\s*",
    re.DOTALL,
)
# 珠江商报讯记者何蕴瑶通讯员谭坚挺报道:, 河南商报记者 弯文奎 陈媛媛近日， (the first word of the story ends the names)
_BYLINE_ZH = re.compile(
    r"^\s*[^，。！？；\n（(]{0,16}?(?:讯\s*)?(?:(?:本报|本网|特派|见习|全媒体)?(?:记者|通讯员|作者)\s*|文\s*[/|｜丨]\s*)[^，。！？；\n:：]{2,24}?"
    r"(?:\n|[:：]|报道\s*[:：]?|(?=(?:近日|日前|昨[日天]|今[日天]|本月|连日来?|\d{1,4}[月年])(?!从|在|获悉|走访)))"
)
_REPORTER_SAYS = re.compile(r"^\s*(?:记者)?(?:从|\d|近|昨|今|获|了解|走访|采访|日前|在)")
_BRACKETED_SOURCE = re.compile(
    r"^\s*[【\[（(](?:据|来源|原标题|导读|摘要|核心提示|提要|编者按|本报|图源|图)[^】\]）)\n]{0,40}[】\]）)]\s*"
)
_DATELINE_LATIN = re.compile(
    r"^\s*(?:[^.\n]{0,40}?\s*\((?:Reuters|AP|AFP|Xinhua|CNN|BBC|UPI|PTI|رويترز|أ ف ب|भाषा)\)\s*[-–—]+\s*"
    r"|[A-Z][A-Z .,'-]{2,30},?\s+(?:[A-Z][a-z]{2,8}\.?\s+\d{1,2}\s*)?[-–—]+\s+)"
)
_TOPICS = re.compile(r"^\s*(?:#[^#\n]{1,16}#\s*|【[^】\n]{2,20}】\s*|[□■◆]\s*)+")


def strip_dateline(text: str, language: str) -> str:
    """The text without the wire's dateline and the reporter's credit at its head.

    新华社北京1月2日电（记者张三）两国外长会谈。 → 两国外长会谈。
    """
    if language != "zh":
        return _DATELINE_LATIN.sub("", text, count=1).lstrip()
    if late := _LATE_DATELINE_ZH.match(text[:200]):
        text = text[late.end() :]
    for pattern in (_TOPICS, _BRACKETED_SOURCE, _DATELINE_ZH):
        text = pattern.sub("", text, count=1)
    if not _REPORTER_SAYS.match(text):
        text = _BYLINE_ZH.sub("", text, count=1)
    return text.lstrip(" \t　:：-—|，,")
