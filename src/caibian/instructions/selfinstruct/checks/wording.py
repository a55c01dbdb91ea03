"""Words that give a pair away: refusals, questions that point at a text nobody sees, placeholders."""

from __future__ import annotations

import re

# Quotations inside an answer are somebody else's words: “我不能代表公司表态” is no refusal.
QUOTED = re.compile(r"“[^”\n]{0,300}”|「[^」\n]{0,300}」|\"[^\"\n]{0,300}\"")

REFUSAL = re.compile(
    r"^\W*(?:(?:非常|很|十分|实在|深感)?(?:抱歉|对不起|不好意思)|恕)|"
    r"(?:作为|我(?:只|仅)?是)(?:一[个款名位])?[^，。]{0,8}(?:\bAI\b|AI|人工智能|语言模型|虚拟助手|智能助手|机器人)|"
    r"我(?:暂时|目前|现在|还|并|只|也)?(?:无法|不能|没有办法|没办法|没法|不便|不方便|回答不了|没有(?:足够|相关|查阅|权限))|"
    r"我[^，。]{0,6}回答不了|^\W*(?:暂时|目前|现在)?(?:无法|不能|不便|难以)(?:回答|作答|提供(?:答案|相关|您|该|这))|"
    r"超出了?(?:我|本模型)的?(?:能力|知识|范围)|"
    r"^\W*(?:i'?m |i am |we'?re )?(?:so |very |terribly |really )?(?:sorry|afraid)\b|^\W*unfortunately,? (?:i|we)\b|"
    r"\bas an? (?:ai|artificial|large language|language model|virtual)\b|\bi(?:'m| am)? (?:just |only |merely )?an? (?:ai|virtual|language|digital)\b|"
    r"\bi (?:can(?:no|')t|could not|couldn't|won't|am (?:unable|not able|not allowed|not permitted)|do(?: not|n't) have (?:enough|access|any|the|sufficient))\b|"
    r"\bi'm (?:unable|not able|not allowed)\b|\bi apologi[sz]e\b|\bmy (?:guidelines|policy|programming|training data)\b",
    re.IGNORECASE,
)

_TEXT_ZH = "文章|短文|文本|文字|文段|段落|段话|段文字|篇文章|则材料|材料|原文|资料|案例|内容|章节|信息"
DANGLING = re.compile(
    # 本文 and its like, not the ends of 样本, 版本, 脚本 … nor the beginnings of 本文件, 本节目, 本章程
    r"(?<![样版剧文脚副范课基读标底日])本(?:文(?![件字书本])|章(?!程)|节(?!目)|段(?!时)|材料|篇|教材|书(?!店))|"
    r"(?<![网线以])上(?:文(?![件章化字明])|述(?!职))|(?<![在于正])文中(?=[提指说所认介列描的主是有作对])|"
    r"(?<![原版书剧课])本(?:届|次|轮|场|期(?!间|望))|(?:新闻|上述)?报道(?:中|里)(?:所)?(?:提到|提及|介绍)?的?|第\s?\d+\s?篇|"
    rf"(?:根据|按照|依据|结合|阅读|参考|通过)(?:上面|下面|以上|以下|下列|所给|给定|给出|提供|这|该)?的?(?:{_TEXT_ZH})(?=[，,、：:。]|中|里|的?内容|回答|可知)|"
    rf"(?:这|以上|以下|下面|上面|下列|所给|给定)的?(?:这)?(?:{_TEXT_ZH})|(?:材料|资料|原文|段落)[中里](?=[提指说所的]|怎|如何|为|，)|"
    r"(?:^|[，。？])\W*(?:作者|笔者)|(?:作者|笔者)(?:认为|指出|提到|强调|的观点|为什么|觉得|主张|在文|是如何|怎样看|怎么看)|"
    r"(?<![地配插列代发拼])[图表]\s?[\d一二三四五六七八九十]|(?:[上下左右]|如)[图表](?!书|格|现|达|示)|"
    r"^\W*(?:请问?|请?(?:介绍|说明|解释|概括|分析|简述|谈谈)(?:一下)?|根据|按照|在)?(?:该(?!不该)|此(?!外)|这(?:一|个|位|家|篇|段|份|项|种|些|里))|"
    r"\b(?:this|the (?:above|following|given|provided|preceding)|given|provided) "
    r"(?:passage|text|excerpt|extract|paragraph|material|document|article|section|chapter|information|context)\b|"
    r"\bthe (?:passage(?! of (?:time|a bill|the bill))|excerpt|extract)\b|"
    r"\b(?:according to|based on|(?:stated|described|mentioned|discussed) in|does) the (?:text|article|document|material|paragraph|section|chapter)\b|"
    r"\bdo(?:es)? the (?:author|writer)\b|\bthe (?:author|writer)s?(?:'s)? (?:think|believe|argue|suggest|sa[iy]|mean|view|opinion|describe)|"
    r"\b(?:figure|table|chart|diagram|exhibit) \d|\bthe (?:table|figure|chart|diagram|image|graph) (?:above|below|shows?)\b|"
    r"\b(?:mentioned|described|discussed|listed|shown|stated) (?:above|below|here)\b",
    re.IGNORECASE,
)

# Questions that nobody could answer even with the passage at hand: they ask for nothing in particular.
VAGUE = re.compile(
    r"(?:这|那)(?:是|又是)(?:什么|怎么回事|为什么|谁)[^？?]{0,4}[？?]?$|"
    r"^(?:《[^》]+》)?(?:的?第\s?\d+\s?[篇章节])?(?:中|里|报道中)?(?:都|还)?(?:提到|报道|介绍|讲|说|谈到)了?(?:的是)?(?:什么|些什么|哪些(?:内容|信息)?)[？?]?$|"
    r"\b(?:what|why) is (?:this|that)\s*\?$",
    re.IGNORECASE,
)

# What makes a Chinese sentence a question or a request; a statement asks for nothing.
ASKING = re.compile(
    r"[？?]|什么|哪|谁|几|多少|多久|多长|多大|多远|怎|如何|为何|何时|何地|是否|能否|可否|吗|呢|"
    r"请|列|说|介绍|解释|概|描述|分析|比较|写|指出|总结|归纳|谈|简述|告诉|给出|举|设计|制定|安排|回答|梳理"
)

# 这架直升机, 此次展览, 该公司: something that the question must have named before (`form.unanswerable`).
POINTER = re.compile(
    r"(?:这(?:[一两几]?[次起场架名位家款份篇座条辆艘批部本张个种项]|些)|此(?:次|起|场)|(?<!应)该(?=公司|项目|市|县|校|院|报|平台|活动|案|片|剧|厂|店|机构|产品))"
    r"(?P<what>[\u4e00-\u9fff]{2})"
)
# 第 57 篇, 第3.1节: a part of a document that nobody named. 《著作权法》第四章 says of what.
NUMBERED_PART = re.compile(r"(?<!》)(?<!》的)(?<!》中)第\s?[\d.]+\s?[篇章节](?!目)")
INTRODUCED = re.compile(r"[一某有]")  # 一名记者…这名记者
# 他的妻子…: a pronoun before anybody is named.
PRONOUN = re.compile(
    r"^(?:在|根据)?(?:《[^》]+》|“”)?(?:的?第\s?\d+\s?[篇章节])?(?:的?(?:报道|文章|采访))?[中里]?[，,]?\s*"
    r"(?P<who>他们|她们|他(?![人国乡日方处])|她|它们?)"
)

# A question for a purpose, and what a sentence that tells one holds (Chinese).
PURPOSE_ASKED = re.compile("目的")
PURPOSE_TOLD = re.compile(
    "目的|为了|旨在|以便|意在|用来|用于|以免|防止|，以(?![及上下前后来外往])|为.{2,24}(?:提供|贡献|服务|创造|保障)"
)

NOT_STATED = re.compile(
    r"(?:文中|原文|材料|本文|文章|资料|上文|书中|手册|文件|段落|规程|给定|提供)[^，。；]{0,10}"
    r"(?:没有?|未|并未|不曾)(?:明确|具体|直接|进一步|详细)*(?:提到|提及|说明|提供|给出|指出|涉及|交代|介绍|记载|列出|写明|透露|指明|谈到)|"
    r"(?:材料|文中|原文|资料)[^。；]{0,40}[，,](?:并?未|没有)(?:明确|具体)?(?:说明|提及|提到|给出|交代)|"
    r"(?:因此|所以|故|从[^，。]{2,8})(?:无法|不能|难以)(?:得知|确定|判断|知道|获知|推断)|"
    r"\b(?:passage|text|excerpt|material|document|article|context|information|paragraph)\b[^.]{0,40}"
    r"\b(?:does|do|did|is|are|was|were)(?: not|n't)\b[^.]{0,20}\b(?:mention|state|say|specif|provide|indicate|contain|include|given?|discuss|explain|available)|"
    r"\b(?:is|are|was|were)(?: not|n't) (?:mentioned|stated|specified|given|provided|discussed|indicated|disclosed|available) (?:in|by)\b|"
    r"\bcannot be (?:determined|answered|known|inferred) (?:from|with)\b|\bso it cannot be\b",
    re.IGNORECASE,
)

PLACEHOLDER = re.compile(
    r"\W*(?:无|暂无|没有|空|略|同上|待定|待补充|未知|答案|回答|问题|指令|原文|引文|此处(?:填写|插入)?(?:答案|问题|内容)|"
    r"n/?a|nil|null|none|nan|unknown|todo|tbd|string|text|empty|undefined|instruction|answer|quote|question|response|"
    r"(?:your |the |insert )?(?:answer|question|text|quote) (?:here|goes here))?\W*",
    re.IGNORECASE,
)
