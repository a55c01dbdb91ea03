"""Answers to label cards that name no label of the set, or several."""

from __future__ import annotations

import re

from caibian.evaluation.errors.causes import Found
from caibian.tasks import TaskCard, extract
from caibian.tasks.checks.phrases import LEAD_IN
from caibian.tasks.labels import bare, fold, mentions
from caibian.text import HAN

_SHORT_CHINESE, _SHORT_WORDS = 10, 6  # the longest string that stands for a label; beyond it is prose
_CLAUSES = re.compile(
    r"[，。；！？,;!?؛،؟।]|关于|虽然|因为|但是|\b(?:because|although|about|which|that)\b", re.IGNORECASE
)
_HAS_HAN = re.compile(f"[{HAN}]")
# 情感：…, The label is …, answer: …
_BEFORE = re.compile(
    r"^\W*(?:(?:这(?:条|篇|则|段)?(?:新闻|报道|文本|评论|微博|标题|内容)?(?:的)?)?(?:情感(?:倾向|极性)?|类别|分类|标签|答案|立场|情绪)(?:是|为|属于|应为|应该是)?|"
    r"(?:the )?(?:correct )?(?:answer|label|category|class|sentiment|emotion|stance|tone)(?: (?:is|of the \w+ is))?|"
    r"(?:الإجابة|التصنيف|المشاعر)(?: هي)?|(?:उत्तर|भावना|लेबल)(?: है)?)\s*[:：]?\s*",
    re.IGNORECASE,
)


NO_LABEL = Found("no_label", "names no label of the list")


def label_errors(card: TaskCard, answer: str, language: str, gold: str | None) -> list[Found]:
    """What is wrong with a label's answer: two labels, a string off the list, no label at all, or the wrong one."""
    said = extract(card, answer, language)
    if said is not None:
        if gold is None or said == gold:
            return []
        return [Found("wrong_label", f"{gold} → {said}", key=f"{gold}→{said}")]
    named = named_labels(card, answer)
    if len(named) > 1:
        return [Found("two_labels", ", ".join(named), key=" + ".join(sorted(named)), marks=tuple(named))]
    string = as_label(answer)
    if string:
        return [Found("off_list_label", string, key=bare(string), marks=(string,))]
    return [NO_LABEL]


def named_labels(card: TaskCard, answer: str) -> list[str]:
    """The ids of the labels that an answer mentions and does not deny, in the order of the card."""
    by_word = {
        fold(word): label for label, wording in card.output.labels.items() for word in wording.all_words()
    }
    said = {by_word[word] for word in mentions(fold(answer), [*by_word])}
    return [label for label in card.output.labels if label in said]


def as_label(answer: str) -> str | None:
    """The string that an answer gives as its label, without what leads up to it; None where it is prose."""
    first = next((line.strip() for line in answer.splitlines() if line.strip()), "")
    string = first
    lead = LEAD_IN.match(string)
    if lead and lead.group()[-1] in ":：,，":  # 答案：… leads up to a label, 这是一条… to a sentence
        string = string[lead.end() :] if bare(string[lead.end() :]) else string
    shorter = _BEFORE.sub("", string, count=1)
    string = shorter if bare(shorter) else string
    string = string.strip(" \t\"'“”‘’「」《》【】[]()（）*`。.!！?？:：,，;；-—")
    if not bare(string) or _CLAUSES.search(string):
        return None
    if _HAS_HAN.search(string):
        return string if len(string) <= _SHORT_CHINESE else None
    return string if len(string.split()) <= _SHORT_WORDS else None
