"""Names in Chinese text: jieba's tags, checked by word lists, surnames, titles and suffixes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from caibian.grounding import lexicon

Span = tuple[int, int]

# Characters that news uses to write foreign names by sound. A run of them that a tagger calls a name is one.
_SOUNDS = frozenset(
    "阿埃艾爱安奥巴白班邦贝本比彼别波伯博布采查楚达大戴丹道德登迪蒂丁东杜顿多俄恩尔法凡范菲费芬丰冯佛夫弗福甫盖冈高戈格葛根贡古瓜圭哈海汉杭豪"
    "赫黑亨洪侯胡华怀霍基吉加佳贾简杰捷金卡凯坎康考柯科可克肯孔库夸奎昆拉腊莱赖兰朗劳勒雷蕾黎里理利丽莉连廉良列林琳龙隆卢鲁伦罗洛吕马玛麦迈曼芒毛梅门"
    "蒙米密明缪摩莫默姆木穆纳娜乃南内尼妮涅宁纽农努诺欧帕潘庞佩彭皮平珀普奇齐恰钱乔切琴琼丘屈让热日荣茹儒瑞若萨塞赛桑沙莎山珊尚绍舍申施什圣史"
    "舒朔丝斯苏索塔泰坦汤唐陶特滕提田图托瓦万威韦维魏温文翁沃乌武西希锡夏香肖谢辛欣休许雪雅亚延扬耶叶伊因英雍尤于约泽扎詹章珍芝知治朱卓兹宗祖佐"
    "曲兼兴川谷森原藤崎岛嘉敏蓬濑贡波弥冢耐逊纬娅薇菱娃婷蒲珠翠黛茜蒂琪苔丝岑柴窦费狄诃贾"
)
_PERSON_TAGS = ("nr", "nrt", "nrfg")
_PROPER_TAGS = (*_PERSON_TAGS, "ns", "nt", "nz", "eng")
_ORGANISATION_PARTS = (
    "n",
    "b",
    "vn",
    "j",
    "f",
    "s",
    "ns",
    "nt",
    "nz",
    "nr",
    "nrt",
    "nrfg",
    "eng",
    "an",
    "ng",
    "v",
    "m",
    "a",
)
_MOST_PARTS = 7  # words before the suffix of an organisation
_PLACE_END = re.compile(r"[省市县区州镇乡村旗盟岛山河湖江海湾港峡洲洋路街桥寺庙峰谷湾滩关]$")
_SAID = frozenset("说称表示认为指出告诉介绍强调呼吁坦言回忆透露")
_FEW = re.compile(r"[\u4e00-\u9fff]某{1,2}[\u4e00-\u9fff]?(?=[^某]|$)")


@dataclass(frozen=True, slots=True)
class _Token:
    word: str
    tag: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.word)


@cache
def _tagger() -> Any:
    """A tagger of our own, so that our words do not change jieba for the program that uses us."""
    import logging

    import jieba
    import jieba.posseg

    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    tokenizer.initialize()
    tagger = jieba.posseg.POSTokenizer(tokenizer)
    for tag, words in (("ns", lexicon.places()), ("nt", lexicon.organisations())):
        for word in words:
            if len(word) > 1:
                tokenizer.add_word(word, tag=tag)
                tagger.word_tag_tab[word] = tag
    return tagger


def find_chinese_names(text: str) -> Iterator[Span]:
    """Spans of names in a text; they may overlap, the caller keeps the longest."""
    tokens = []
    position = 0
    for pair in _tagger().cut(text):
        tokens.append(_Token(pair.word, pair.flag, position))
        position += len(pair.word)
    yield from _people(text, tokens)
    yield from _places(tokens)
    yield from _organisations(tokens)


def _people(text: str, tokens: list[_Token]) -> Iterator[Span]:
    for index, token in enumerate(tokens):
        if token.tag in _PERSON_TAGS:
            start, end = _grow(text, tokens, index)
            if _is_person(text[start:end], tokens[index]):
                yield start, end
        elif token.word in lexicon.words("titles") and index + 1 < len(tokens):
            yield from _after_title(tokens, index + 1)
    for match in _FEW.finditer(text):
        if match.group()[0] in lexicon.words("surnames"):
            yield match.span()


def _grow(text: str, tokens: list[_Token], index: int) -> Span:
    """A foreign name with its parts: over dots, and over single characters that write sounds."""
    start, end = tokens[index].start, tokens[index].end
    foreign = all(c in _SOUNDS for c in tokens[index].word)
    after = index + 1
    while after < len(tokens):
        word = tokens[after].word
        dotted = word in "·•" or (text[end - 1] in "·•" and _sounds(word))
        spelled = foreign and len(word) == 1 and word in _SOUNDS and end - start >= 2
        if not dotted and not (spelled and tokens[index].tag == "nrt"):
            break
        end = tokens[after].end
        after += 1
    before = index - 1
    while before > 0 and text[start - 1] in "·•" and _sounds(tokens[before - 1].word):
        start = tokens[before - 1].start
        before -= 2
    return start, len(text[:end].rstrip("·•"))


def _sounds(word: str) -> bool:
    return all(c in _SOUNDS or (c.isascii() and c.isalpha()) for c in word)


def _is_person(name: str, token: _Token) -> bool:
    if len(name) < 2 or name in lexicon.words("not_names"):
        return False
    if "·" in name or "•" in name:
        return True
    surnames = lexicon.words("surnames")
    if 2 <= len(name) <= 3 and name[0] in surnames:
        return True
    if 3 <= len(name) <= 4 and name[:2] in surnames:
        return True
    return len(name) >= 2 and token.tag == "nrt" and all(c in _SOUNDS for c in name)


def _after_title(tokens: list[_Token], index: int) -> Iterator[Span]:
    """A surname and one or two single characters after a title (记者 冯 国栋), which the tagger left apart."""
    first = tokens[index]
    surnames = lexicon.words("surnames")
    if first.word not in surnames or len(first.word) > 2:
        return
    given, position = "", index + 1
    while position < len(tokens) and len(given) < 2:
        word = tokens[position].word
        if len(given) + len(word) > 2 or not "\u4e00" <= word[0] <= "\u9fff" or word[0] in _SAID:
            break
        if len(word) == 2 and given:
            break
        given += word
        position += 1
    if given and (given[0] not in "的在和与是等也将对"):
        yield first.start, tokens[position - 1].end


def _places(tokens: list[_Token]) -> Iterator[Span]:
    for token in tokens:
        if token.tag == "ns" and len(token.word) >= 2 and token.word not in lexicon.words("not_names"):
            yield token.start, token.end


def _organisations(tokens: list[_Token]) -> Iterator[Span]:
    """Known organisations, and words that end as one does and begin with a proper name."""
    for index, token in enumerate(tokens):
        if token.tag == "nt" and token.word in lexicon.organisations():
            yield token.start, token.end
        if not _ends_organisation(token.word):
            continue
        first = index
        opened = None
        if token.tag == "nt":
            opened = index
        while first > 0 and index - first < _MOST_PARTS and tokens[first - 1].tag in _ORGANISATION_PARTS:
            first -= 1
            if tokens[first].tag in _PROPER_TAGS and tokens[first].word not in lexicon.words("not_names"):
                opened = first
        if opened is not None and len(token.word) + token.start - tokens[opened].start >= 4:
            yield tokens[opened].start, token.end


def _ends_organisation(word: str) -> bool:
    suffixes = lexicon.words("organisation_suffixes")
    return word in suffixes or any(
        word.endswith(s) for s in suffixes if len(s) >= 2 and len(word) > len(s) + 1
    )
