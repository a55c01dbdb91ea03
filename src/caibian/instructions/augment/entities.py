"""Other people, places and numbers in an example: the same ones in the input and in the answer.

What is replaced must stand in the text in one unmistakable form; where a shorter name, a short form of a province or
a number that follows from others would be left behind, it is not touched. Countries never are: their leaders, cities
and histories come with them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

from caibian.grounding import find_names, lexicon
from caibian.instructions.augment import lexicon as own
from caibian.instructions.augment.config import Entities, EntityKind
from caibian.instructions.augment.jobs import Job, Refused, covered, edited, passages
from caibian.instructions.augment.numbers import other_number
from caibian.records import Example
from caibian.tasks import TaskCard
from caibian.text import language_of

Texts = tuple[str, str]  # input and answer

# Checks that tie the answers of a text card to their sources: without one, an answer may rest on who and where.
_TIES: dict[EntityKind, frozenset[str]] = {
    "person": frozenset({"names_in_source", "names_kept", "values_in_source"}),
    "place": frozenset({"names_in_source", "names_kept", "values_in_source"}),
    "number": frozenset({"numbers_in_source", "numbers_kept", "values_in_source"}),
}
# The most frequent surnames of China, in the order of their frequency; with them an invented name looks like a name.
_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓韩冯曹彭曾萧田董袁潘蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范廖贾夏韦付方邹孟熊秦邱江尹薛侯段雷龙史陶黎贺顾毛郝龚邵"
# Regions that are no provinces: their full names name a people. The four cities are the only ones of their kind.
_NO_PROVINCES = ("北京", "上海", "天津", "重庆", "内蒙古", "广西", "西藏", "宁夏", "新疆")
# Never in a given name: behind a title they begin the sentence's verb or object (老人占了六成).
_NO_NAME = re.compile("[了的在和是为与将对也有个说称被把从向等及或其这那]")
_AFTER_SURNAME = "某|先生|女士|老师|氏"


def with_other_entities(job: Job, settings: Entities) -> Example:
    """The example with other people, places or numbers in input and answer.

    Raises:
        Refused: the card's answers may depend on them, or there are none that can be replaced.
    """
    kinds = [kind for kind in settings.kinds if _independent(job.card, kind, settings)]
    example = job.example
    if not kinds or language_of(example.output) not in (example.language, "und"):
        raise Refused("card_depends_on_entities")
    draw = job.random
    texts: Texts = (example.input, example.output)
    begun = texts
    for kind in kinds:
        texts = _WAYS[kind](texts, example.language, draw)
    if texts == begun:
        raise Refused("nothing_to_replace")
    changed = passages(job.card, texts[0], example.language)
    if len(changed) != len(passages(job.card, example.input, example.language)):
        raise Refused("field_names_lost")
    return job.with_input(*texts)


def _independent(card: TaskCard, kind: EntityKind, settings: Entities) -> bool:
    if card.output.kind == "label":
        return card.id in settings.label_cards
    return (
        card.output.kind == "text" and card.output.language == "same" and bool(_TIES[kind] & {*card.checks})
    )


def _other_people(texts: Texts, language: str, draw: Random) -> Texts:
    """Each person who is introduced by a title gets another surname: 馆长周敏, 周馆长 -> 馆长程敏, 程馆长."""
    if language != "zh":
        return texts
    titles = "|".join(sorted(map(re.escape, lexicon.words("titles")), key=lambda word: (-len(word), word)))
    whole = "\n".join(texts)
    names = dict.fromkeys(mention.text for mention in find_names(whole, language))
    for name in names:
        surname = name[:1]
        alike = [other for other in names if other != name and other[:1] == surname]
        if (
            not re.fullmatch(r"[\u4e00-\u9fff]{2,3}", name)
            or surname not in lexicon.words("surnames")
            or name in lexicon.words("people") | lexicon.places() | lexicon.organisations()
            or alike
            or _NO_NAME.search(name[1:])
            or not re.search(rf"(?:{titles}){name}|{name}(?:{titles})", whole)
            or re.search(rf"[老小阿]{surname}(?!{name[1:]})|{surname}(?:{_AFTER_SURNAME})", whole)
        ):
            continue
        new = draw.choice([one for one in _SURNAMES if one + name[1:] not in whole and one != surname])
        # The full name, and the surname before a title; 周 in 一周 or 周边 is another word.
        pattern = re.compile(rf"{name}|(?<![\u4e00-\u9fff]){surname}(?=(?:{titles}))")
        texts = _renamed(texts[0], pattern, new), _renamed(texts[1], pattern, new)
        whole = "\n".join(texts)
        if re.search(
            rf"{surname}(?:{titles})", whole
        ):  # 。但周馆长: a surname that was not told from other words
            raise Refused("surname_left")
    return texts


def _renamed(text: str, pattern: re.Pattern[str], surname: str) -> str:
    return pattern.sub(lambda found: surname + found.group()[1:], text)


def _other_place(texts: Texts, language: str, draw: Random) -> Texts:
    """One city becomes another of its province; where there are no cities, one province another."""
    if language != "zh":
        return texts
    spans = [[(name.start, name.end) for name in find_names(text, language)] for text in texts]
    whole = "\n".join(texts)
    cities = [city for city in own.cities() if city in whole]
    provinces = sorted({*lexicon.provinces()} - {*_NO_PROVINCES})
    if cities:
        old = draw.choice(cities)
        news = [
            one
            for one, province in own.cities().items()
            if province == own.cities()[old] and one not in whole
        ]
    else:
        named = [one for one in provinces if one in whole]
        if not named:
            return texts
        old = draw.choice(named)
        short = lexicon.characters().get(old)
        if short and short in whole.replace(old, ""):  # 鲁 of 山东 would be left behind
            return texts
        news = [one for one in provinces if one not in whole]
    for text, names in zip(texts, spans, strict=True):
        places = [found.span() for found in re.finditer(old, text)]
        if not all(covered(names, *place) for place in places):  # 大同 of 大同小异 is no town
            return texts
    if not news:
        return texts
    new = draw.choice(news)
    return texts[0].replace(old, new), texts[1].replace(old, new)


def _other_number(texts: Texts, language: str, draw: Random) -> Texts:
    edits = other_number(texts, language, draw)
    return edited(texts[0], edits[0]), edited(texts[1], edits[1])


_WAYS: dict[EntityKind, Callable[[Texts, str, Random], Texts]] = {
    "person": _other_people,
    "place": _other_place,
    "number": _other_number,
}
