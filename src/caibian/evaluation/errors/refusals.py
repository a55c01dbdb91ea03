"""Answers that decline the task, or ask for what was given, in Chinese, English, Arabic and Hindi.

A refusal speaks for the model itself, at the beginning, and of the task. A story in which somebody cannot or will not
do something does none of the three: quotations are blotted out first, a sentence that reports speech is passed over,
and a bare `I cannot` of a long text counts for nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from caibian.grounding import find_quotes
from caibian.text import HAN, sentence_spans

_OPENING = {True: 60, False: 160}  # characters before which it must begin: Chinese, other scripts
_BARE_AT_MOST = {True: 160, False: 480}  # a text that is longer does not decline in three words
_SENTENCES = 3
_HAS_HAN = re.compile(f"[{HAN}]")
_OUTER = {"“": "”", '"': '"', "「": "」", "'": "'", "‘": "’", "«": "»"}

_AI_ZH = r"作为(?:一个|一名|一位|一款)?[^，,。！]{0,16}?(?:AI|人工智能|语言模型|大模型|智能助手|助手)[^，,。！]{0,12}[，,]"
_SORRY_ZH = (
    r"(?:非常|很|十分|真的|实在|我(?:感到)?(?:很|非常)?)?(?:抱歉|对不起|不好意思|遗憾)[，,。！!：:\s]*"
)
_VERBS_ZH = (
    "提供|回答|答复|协助|帮助|帮(?:您|你|忙)|满足|完成|生成|撰写|编写|写|创作|讨论|处理|继续|执行|翻译|概括|总结|给出|判断|确定|"
    "编造|捏造|伪造|冒充|制作|传播|散布|发布|公布|披露|泄露|推断|识别|参与|支持|透露|公开|查询|访问|按照|接受(?:您|你|这|该)|做(?:到|出)?(?:这|此|您|你)|响应"
)
_CANNOT_ZH = "无法|不能|不可以|没(?:有)?办法|不便|不会|拒绝|不愿|难以|不应(?:该)?|没有能力"
_REFUSES_ZH = rf"(?:{_CANNOT_ZH})(?:直接|继续|再)?(?:为|向|给|帮|替|对|就|根据|按|在)?[^。！？\n]{{0,16}}?(?:{_VERBS_ZH})"
_SELF_ZH = r"(?:我|本人|本助手|本模型|小编|我们)(?:恐怕|暂时|目前|现在|实在|也|是|必须|将|真的)*"
_STRONG_ZH = re.compile(
    rf"\W*(?:您好[，,。！!]*|你好[，,。！!]*)?(?:"
    rf"{_SORRY_ZH}(?:但(?:是)?|不过)?(?:{_AI_ZH})?(?:[^，,。！？\n]{{0,14}}?{_SELF_ZH})?{_REFUSES_ZH}|"
    rf"(?:{_SORRY_ZH})?{_AI_ZH}[^。！？\n]{{0,30}}?(?:{_CANNOT_ZH}|不具备|没有(?:能力|权限|个人|自己))|"
    rf"{_SORRY_ZH}[^。！？\n]{{0,24}}(?:违反|不符合|不合适|敏感|不适合|涉及|不合法|不道德)|"
    rf"(?:但(?:是)?|不过|因此|所以)[，,]?{_SELF_ZH}{_REFUSES_ZH}|"
    rf"(?:我|本人)(?:必须|不得不|选择)?(?:拒绝|谢绝)(?:[您你这此该]|执行|回答|提供|协助|撰写)|"
    rf"(?:该|此|这个|这一|您的|你的)(?:请求|要求|问题|内容)[^。！？\n]{{0,16}}(?:{_CANNOT_ZH})(?:被)?(?:{_VERBS_ZH})"
    r")",
    re.IGNORECASE,
)
_BARE_ZH = re.compile(
    rf"\W*(?:{_SELF_ZH}{_REFUSES_ZH}|(?:无法|不能)(?:为您|为你|提供|回答|协助|满足|完成|生成|判断|确定))"
)
_REPORTED_ZH = re.compile(r"(?:表示|称|说|透露|坦言|回应|强调|指出|：“|直言)(?!您|你)")
_ABOUT_ZH = re.compile(
    r"(?:您|你)(?:的)?|请求|该(?:内容|要求|请求|问题)|这(?:个|类|种|项|样)?(?:请求|要求|内容|问题|任务|文章)|AI|语言模型|助手"
)

_AI_EN = (
    r"as an? (?:ai|artificial|language|responsible|ethical|large|assistant|virtual)[^.!?\n]{0,60}?[,;:]?\s*"
)
_SORRY_EN = (
    r"(?:(?:i['’]m|i am|we['’]re|we are) (?:very |truly |so |really |deeply )?(?:sorry|afraid)|sorry|(?:my )?apologies|"
    r"i apologi[sz]e|unfortunately|regrettably)[^.!?\n]{0,40}?[\s,.:;!—-]*(?:but |however,? |that )?"
)
_VERBS_EN = (
    r"(?:help(?! \w+ing\b| but\b)|assist\w*|provid\w*|fulfil|compl(?:y|ete)|writ|generat|creat|answer|do (?:that|this|so)|continue|"
    r"produc|translat|summari|discuss|offer|respond|process|determine|classify|accommodate|proceed|condone|promote|"
    r"fabricat|invent|draft|publish|disclose|identify|engage in|participate in|support (?:this|that|your|any)|share|give|make up|"
    r"access|be (?:used|involved|part))"
)
_CANNOT_EN = (
    r"(?:can(?:no|['’])t|can not|(?:['’]m|am|are|['’]re) (?:not able|unable) to|(?:['’]m|am) not (?:comfortable|going to|willing)|"
    r"won['’]t|will not|(?:must|have to|need to) (?:decline|refuse)|don['’]t (?:feel comfortable|have (?:access|the ability|enough))|"
    r"do not (?:feel comfortable|have (?:access|the ability|enough))|decline to|refuse to|(?:should|could)(?: not|n['’]t))"
)
_REFUSES_EN = rf"(?:i|we) ?(?:really |simply |also |just |currently )?{_CANNOT_EN}"
_STRONG_EN = re.compile(
    rf"\W*(?:hello[,.!]? |hi[,.!]? |thank you[^.!\n]{{0,40}}[.!] )?(?:"
    rf"{_SORRY_EN}(?:{_AI_EN})?(?:{_REFUSES_EN}|unable to|not able to)[^.!?\n]{{0,30}}?(?:{_VERBS_EN}|find|see|understand|locate|do it)\w*|"
    rf"{_SORRY_EN}(?:this|that|your) request|"
    rf"(?:{_SORRY_EN})?{_AI_EN}(?:i )?[^.!?\n]{{0,40}}?(?:{_CANNOT_EN}|do(?:n['’]t| not) have|am not)|"
    rf"i (?:must|have to) (?:respectfully )?(?:decline|refuse)\b|"
    rf"(?:however|but|therefore|so),? {_REFUSES_EN}[^.!?\n]{{0,20}}?(?:{_VERBS_EN}|comment|express)\w*|"
    rf"{_REFUSES_EN}[^.!?\n]{{0,20}}?{_VERBS_EN}[^.!?\n]{{0,50}}?\b(?:your (?:request|question|prompt)|this request|that request|"
    r"(?:with|for) (?:that|this|you)\b|such (?:content|requests?|a request)|you with)|"
    r"(?:this|that|your) request (?:cannot|can['’]t|violates|goes against)"
    r")",
    re.IGNORECASE,
)
_BARE_EN = re.compile(rf"\W*{_REFUSES_EN}\s+(?:\w+ ){{0,3}}?{_VERBS_EN}", re.IGNORECASE)
_REPORTED_EN = re.compile(
    r"\b(?:says?|said|tells?|told|claims?|insists?|warns?|admits?|declares?|vows?|adds?|added|confess(?:es|ed))\b",
    re.IGNORECASE,
)
_ABOUT_EN = re.compile(
    r"\b(?:your (?:request|question|prompt)|this request|that request|ai|language model|assist(?:ant)?)\b",
    re.IGNORECASE,
)

_STRONG_AR = re.compile(
    r"\W*(?:(?:عذر[اً]*ا?|المعذرة|معذرة|آسف|أنا آسف|أعتذر|نعتذر|يؤسفني|للأسف)[^.!؟\n]{0,60}?"
    r"(?:لا (?:أستطيع|يمكنني|أقدر|يمكن)|لن (?:أتمكن|أستطيع)|لست قادر|غير قادر)|"
    r"(?:بصفتي|كوني|أنا|ك)\s*(?:مجرد )?(?:نموذج|مساعد|ذكاء)[^.!؟\n]{0,60}?(?:لا |ليس |لن ))"
)
_BARE_AR = re.compile(
    r"\W*(?:لا (?:أستطيع|يمكنني)|لن أتمكن من|أنا غير قادر على)\s*(?:أن )?(?:ال)?(?:مساعد|تقديم|كتابة|إجابة|الإجابة|إنشاء|تلخيص|ترجمة|"
    r"تحديد|تصنيف|تلبية|قيام|القيام|تنفيذ|أكتب|أقدم|أساعد|توفير|إعطاء)"
)
_REPORTED_AR = re.compile(r"(?:^|\s)(?:قال|قالت|يقول|تقول|أكد|أكدت|صرح|أضاف)")
_STRONG_HI = re.compile(
    r"\W*(?:क्षमा करें|क्षमा कीजिए|माफ़? ?कीजिए(?:गा)?|माफ़? ?करें|माफ़ करें|मुझे (?:खेद|अफसोस|अफ़सोस) है|खेद है|"
    r"एक (?:AI|एआई|कृत्रिम|भाषा मॉडल)[^।,\n]{0,40})[^।\n]{0,100}?"
    r"(?:नहीं (?:कर|दे|लिख|बता|बना)?\s*(?:सकता|सकती|सकते|पाऊ)|असमर्थ|नहीं कर पा)"
)
_BARE_HI = re.compile(
    r"\W*(?:मैं|हम)\s[^।\n]{0,60}?(?:मदद|सहायता|अनुरोध|जानकारी|उत्तर|सामग्री|अनुवाद|सारांश)[^।\n]{0,30}?"
    r"नहीं (?:कर|दे|लिख|बना|बता)\s*(?:सकता|सकती|सकते)"
)
_REPORTED_HI = re.compile(r"(?:ने कहा|कहते हैं|कहा कि|ने बताया|का कहना)")

_ASKS = re.compile(
    r"\W*(?:(?:当然|好的|好|没问题|可以)?[，,。！!\s]*(?:请|麻烦)(?:您|你)?(?:先|将|把)?(?:提供|给出|给我|告诉我|输入|上传|补充|发送|粘贴)"
    r"[^。！？\n]{0,30}?(?:内容|文本|文章|稿件|材料|信息|原文|新闻|正文|句子|标题|段落)|"
    r"(?:sure|certainly|of course|okay)?[,.!]?\s*(?:please|could you|can you|would you)(?: please)? (?:provide|share|paste|give me|send|supply|enter)"
    r"[^.!?\n]{0,40}?\b(?:text|article|story|content|details|information|post|sentence|passage|news|headline|statement|tweet)s?\b|"
    r"(?:من فضلك|يرجى|الرجاء)\s+(?:تقديم|تزويدي|إرسال|إدخال|كتابة)[^.!؟\n]{0,40}(?:النص|المقال|المحتوى|الخبر|المعلومات|الجملة)|"
    r"(?:कृपया|कृपा करके)\s[^।\n]{0,40}(?:पाठ|लेख|सामग्री|समाचार|जानकारी|वाक्य|खबर)[^।\n]{0,20}(?:प्रदान करें|दें|भेजें|दीजिए|साझा करें))",
    re.IGNORECASE,
)
_ASKS_AT_MOST = 200  # characters: who asks for the text does not write one


@dataclass(frozen=True, slots=True)
class Refusal:
    """How an answer declines: the words that say so, and where its sentence begins and ends."""

    kind: Literal["declines", "asks"]
    words: str
    start: int
    end: int


def find_refusal(text: str) -> Refusal | None:
    """The sentence at the beginning of an answer that declines the task or asks for its input; None where none does.

    What follows it does not matter here: an answer may decline and then comply.
    """
    whole = text.strip()
    if len(whole) > 1 and _OUTER.get(whole[0]) == whole[-1]:
        whole = whole[1:-1].strip()
    chinese = bool(_HAS_HAN.search(whole[:80]))
    masked = _without_quotes(whole)
    for start, end in sentence_spans(whole[:1200])[:_SENTENCES]:
        if start > _OPENING[chinese]:
            break
        sentence = masked[start:end]
        if (words := _declines(sentence, len(whole) <= _BARE_AT_MOST[chinese])) is not None:
            return Refusal("declines", words.strip(), start, end)
    if len(whole) <= _ASKS_AT_MOST and (match := _ASKS.match(masked)):
        return Refusal("asks", match.group().strip(), match.start(), match.end())
    return None


def _declines(sentence: str, short: bool) -> str | None:
    """The words with which one sentence, its quotations blotted out, declines."""
    for strong, bare, reported, about in (
        (_STRONG_ZH, _BARE_ZH, _REPORTED_ZH, _ABOUT_ZH),
        (_STRONG_EN, _BARE_EN, _REPORTED_EN, _ABOUT_EN),
        (_STRONG_AR, _BARE_AR, _REPORTED_AR, None),
        (_STRONG_HI, _BARE_HI, _REPORTED_HI, None),
    ):
        match = strong.match(sentence) or (bare.match(sentence) if short else None)
        if match is None:
            continue
        if reported.search(sentence) and not (about and about.search(sentence)):
            continue  # somebody in the story speaks
        return match.group()
    return None


def _without_quotes(text: str) -> str:
    """The text with the insides of its quotations as blanks of the same length."""
    letters = list(text)
    for quote in find_quotes(text):
        letters[quote.start : quote.end] = " " * (quote.end - quote.start)
    return "".join(letters)
