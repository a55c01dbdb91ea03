"""Phrases that give an answer away: clickbait, and the chatter of an assistant around what was asked for."""

from __future__ import annotations

import re

CLICKBAIT = re.compile(
    r"震惊[！!，,]|^震惊|惊呆|惊掉|惊爆|吓(?:坏|傻|瘫|尿|人)了|你(?:绝对|肯定|一定)?(?:想不到|不知道的|猜不到)|万万没想到|竟然是|"
    r"原因(?:竟|竟然|居然)|真相(?:竟|竟然|居然|令人|惊人|了)|结局(?:竟|亮了|令人)|(?:不|没)看(?:会|将)?后悔|看完(?:我|你|都|沉默|泪)|"
    r"(?:赶紧|赶快|速速?)看|速看|必看|转疯|刷屏了|炸锅|沸腾了|太可怕了|细思极恐|亮瞎|99%的?人|内幕曝光|"
    r"(?:男人|女人|孩子)看了(?:沉默|流泪)|[！!]{2,}|[？?]{2,}|[！!][？?]|[？?][！!]|"
    r"\byou won['’]t believe\b|\bwhat happen(?:s|ed) next\b|\bwill (?:shock|amaze|blow)\b|\bshocking\b|\bjaw[- ]dropping\b|"
    r"\bmind[- ]blowing\b|\b(?:one|this) (?:weird|simple) trick\b|\bnumber \d+ will\b|\bdoctors hate\b|\bmust[- ]see\b|"
    r"\bgone wrong\b|\bthe internet (?:is|can['’]t)\b",
    re.IGNORECASE,
)

_FIELD_ZH = "标题|新闻标题|导语|新闻导语|摘要|正文|答案|回答|结果|情感|情感倾向|输出"
_FIELD_EN = "headline|title|lead|lead paragraph|summary|answer|sentiment|output|result"
LEAD_IN = re.compile(
    rf"^\W*(?:好的|好[，,]|当然|没问题|以下(?:是|为)|下面(?:是|为)|这(?:里)?是(?:一|为|我|您)|根据(?:您|你)(?:的|提供)|"
    rf"(?:作为|我是)(?:一个|一名|一位)?(?:AI|人工智能|语言模型|新闻编辑)|(?:{_FIELD_ZH})\W{{0,3}}[:：]|"
    rf"sure\b|certainly\b|of course\b|okay\b|here (?:is|are)\b|here['’]s\b|as an ai\b|i['’]m (?:sorry|an ai)\b|"
    rf"(?:the )?(?:{_FIELD_EN})\W{{0,3}}[:：])",
    re.IGNORECASE,
)
CHATTER_AFTER = re.compile(
    r"(?:希望(?:这|以上|对)(?:您|你|能|个)?.{0,12}(?:帮助|满意|符合)|如(?:果)?(?:您|你)?(?:有|需要).{0,12}(?:修改|调整|告诉)|"
    r"[（(](?:字数|共|约)\W{0,2}\d+\s*字?[）)]|\bi hope this\b|\blet me know\b|\bfeel free to\b).{0,20}$",
    re.IGNORECASE,
)
MARKDOWN = re.compile(r"^\s*(?:#{1,6}\s|\*\*|```|[-*]\s|\d+[.、)]\s)|\*\*")
