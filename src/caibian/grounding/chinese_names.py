"""Names in Chinese text: jieba's tags, checked by word lists, surnames, titles and suffixes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from caibian.grounding import lexicon
from caibian.grounding.chinese_organisations import find_organisations
from caibian.grounding.chinese_tokens import PERSON_TAGS, Token, frequency, tokens

Span = tuple[int, int]

# Characters that news uses to write foreign names by sound. A run of them that a tagger calls a name is one.
_SOUNDS = frozenset(
    "阿埃艾爱安奥巴白班邦贝本比彼别波伯博布采查楚达大戴丹道德登迪蒂丁东杜顿多俄恩尔法凡范菲费芬丰冯佛夫弗福甫盖冈高戈格葛根贡古瓜圭哈海汉杭豪"
    "赫黑亨洪侯胡华怀霍基吉加佳贾简杰捷金卡凯坎康考柯科可克肯孔库夸奎昆拉腊莱赖兰朗劳勒雷蕾黎里理利丽莉连廉良列林琳龙隆卢鲁伦罗洛吕马玛麦迈曼芒毛梅门"
    "蒙米密明缪摩莫默姆木穆纳娜乃南内尼妮涅宁纽农努诺欧帕潘庞佩彭皮平珀普奇齐恰钱乔切琴琼丘屈让热日荣茹儒瑞若萨塞赛桑沙莎山珊尚绍舍申施什圣史"
    "舒朔丝斯苏索塔泰坦汤唐陶特滕提田图托瓦万威韦维魏温文翁沃乌武西希锡夏香肖谢辛欣休许雪雅亚延扬耶叶伊因英雍尤于约泽扎詹章珍芝知治朱卓兹宗祖佐"
    "万莫曲兼兴川谷森原藤崎岛嘉敏蓬濑贡波弥冢耐逊纬娅薇菱娃婷蒲珠翠黛茜蒂琪苔丝岑柴窦费狄诃贾"
)
_PLACE_END = re.compile(r"[省市县区州镇乡村旗盟岛山河湖江海湾港峡洲洋路街桥寺庙峰谷湾滩关]$")
_DOTS = "·•"
# Occurrences in jieba's dictionary from which a word is a common one; most names of people and towns stand below.
_COMMON_FROM = 100
_COMMON_PLACE_FROM = 300
_SAID = frozenset("说称表示认为指出告诉介绍强调呼吁坦言回忆透露")
_FEW = re.compile(r"[\u4e00-\u9fff]某{1,2}[\u4e00-\u9fff]?(?=[^某]|$)")


def find_chinese_names(text: str) -> Iterator[Span]:
    """Spans of names in a text; they may overlap, the caller keeps the longest."""
    words = tokens(text)
    yield from _people(text, words)
    yield from _places(words)
    yield from find_organisations(words)


def _people(text: str, tokens: list[Token]) -> Iterator[Span]:
    for index, token in enumerate(tokens):
        if token.tag in PERSON_TAGS:
            start, end = _grow(text, tokens, index)
            if _is_person(text[start:end], tokens, index):
                yield start, end
        elif token.word in lexicon.words("titles") and index + 1 < len(tokens):
            yield from _after_title(tokens, index + 1)
    for match in _FEW.finditer(text):
        if match.group()[0] in lexicon.words("surnames"):
            yield match.span()


def _grow(text: str, tokens: list[Token], index: int) -> Span:
    """A name with its parts: over dots, over what writes sounds, and back to a surname left apart."""
    start, end = tokens[index].start, tokens[index].end
    after = index + 1
    while after < len(tokens):
        token = tokens[after]
        dotted = token.word in _DOTS or (text[end - 1] in _DOTS and _sounds(token.word))
        # 弗拉德|里|希, 莫盖|里尼: sounds of one name, as far as no word of its own begins
        more = len(token.word) == 1 or token.tag in PERSON_TAGS
        if not dotted and not (
            more and end - start >= 2 and _sounds(text[start:end]) and _sounds(token.word)
        ):
            break
        if not dotted and tokens[index].tag != "nrt" and token.tag not in PERSON_TAGS:
            break
        end = token.end
        after += 1
    before = index - 1
    while before > 0 and text[start - 1] in _DOTS and _sounds(tokens[before - 1].word):
        start = tokens[before - 1].start
        before -= 2
    if index and before == index - 1 and len(tokens[before].word) == 1 and tokens[before].word in _surnames():
        alone = before == 0 or tokens[before - 1].word in lexicon.words("titles")
        start = tokens[before].start if alone or tokens[before].tag == "nr" else start
    return start, len(text[:end].rstrip(_DOTS))


def _sounds(word: str) -> bool:
    return all(c in _SOUNDS or c in _DOTS or (c.isascii() and c.isalpha()) for c in word)


def _is_person(name: str, tokens: list[Token], index: int) -> bool:
    """Whether a word that the tagger calls a person may be one, by its surname or its sounds."""
    if name in lexicon.words("people"):
        return True
    if len(name) < 2 or name in lexicon.words("not_names"):
        return False
    if any(dot in name for dot in _DOTS):
        return True
    sounds = all(c in _SOUNDS for c in name)
    if sounds and (len(name) > 2 or (tokens[index].tag == "nrt" and not _common(name))):
        return True
    if len(name) > 2 and (_opens_with_place(name) or name.endswith("队")):  # 江苏舜天, 阿森纳队: a team
        return True
    if not _has_surname(name) or (len(name) > 2 and _common(name[:2]) and name[:2] not in _surnames()):
        return False
    return len(name) > 2 or not _common(name) or _beside_title(tokens, index)


def _has_surname(name: str) -> bool:
    surnames = _surnames()
    if len(name) <= 3 and name[0] in surnames:
        return True
    if name[:2] in surnames and 3 <= len(name) <= 5:
        return True
    # A double name of two families: 范徐丽泰.
    return len(name) == 4 and name[0] in surnames and name[1] in surnames and not _common(name[2:])


@cache
def _surnames() -> frozenset[str]:
    return lexicon.words("surnames") | lexicon.words("surnames_japanese")


def _common(word: str) -> bool:
    """Whether a word is too frequent in jieba's dictionary to be taken for a name on a tag alone."""
    return frequency(word) >= _COMMON_FROM


def _beside_title(tokens: list[Token], index: int) -> bool:
    titles = lexicon.words("titles")
    before = index > 0 and tokens[index - 1].word in titles
    return before or (index + 1 < len(tokens) and tokens[index + 1].word in titles)


def _after_title(tokens: list[Token], index: int) -> Iterator[Span]:
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


def _places(tokens: list[Token]) -> Iterator[Span]:
    for token in tokens:
        word = token.word
        if token.tag != "ns" or len(word) < 2 or word in lexicon.words("not_names"):
            continue
        if word in lexicon.places() or word in lexicon.words("people"):
            yield token.start, token.end
        elif len(word) == 2:  # towns are rare words, common words with this tag are mistakes
            if 0 < frequency(word) < _COMMON_PLACE_FROM:
                yield token.start, token.end
        elif _PLACE_END.search(word) or all(c in _SOUNDS for c in word) or _opens_with_place(word):
            yield token.start, token.end


def _opens_with_place(word: str) -> bool:
    return word[:2] in lexicon.places() or word[:3] in lexicon.places()
