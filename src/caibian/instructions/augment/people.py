"""Another surname for a person of a Chinese text, wherever the person stands in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from random import Random

from caibian.grounding import find_names, lexicon
from caibian.instructions.augment.jobs import Refused

# The most frequent surnames of China, in the order of their frequency; with them an invented name looks like a name.
_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓韩冯曹彭曾萧田董袁潘蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范廖贾夏韦付方邹孟熊秦邱江尹薛侯段雷龙史陶黎贺顾毛郝龚邵"
# Who may be called otherwise. Officials, spokespeople, champions and stars may not: news that names them wrongly is
# false, and in print a grave mistake.
_ORDINARY = frozenset(
    (
        *(
            "记者",
            "编辑",
            "馆长",
            "校长",
            "副校长",
            "教师",
            "老师",
            "教授",
            "副教授",
            "研究员",
            "副研究员",
            "医生",
        ),
        *(
            "护士",
            "律师",
            "经理",
            "副经理",
            "总经理",
            "副总经理",
            "厂长",
            "站长",
            "队长",
            "工程师",
            "总工程师",
        ),
        *("消防员", "居民", "村民", "市民", "业主", "农民"),
    )
)
# Never in a given name: behind a title they begin the sentence's verb or object (老人占了六成).
_NO_NAME = re.compile("[了的在和是为与将对也有个说称被把从向等及或其这那]")
_AFTER_SURNAME = "某|先生|女士|氏"


def other_people(texts: tuple[str, str], draw: Random) -> tuple[str, str]:
    """Input and answer with another surname for every person of an ordinary title: 馆长周敏, 周馆长 -> 馆长程敏, 程馆长.

    Raises:
        Refused: a surname stands alone before a title, but cannot be told from another word.
    """
    whole = "\n".join(texts)
    names = list(dict.fromkeys(mention.text for mention in find_names(whole, "zh")))
    for name in names:
        if not _replaceable(name, names, whole):
            continue
        surname, given = name[0], name[1:]
        new = draw.choice([one for one in _SURNAMES if one + given not in whole and one != surname])
        # The full name, and the surname before a title; 周 in 一周 or 周边 is another word.
        pattern = re.compile(rf"{name}|(?<![\u4e00-\u9fff]){surname}(?=(?:{_titles()}))")
        texts = _renamed(texts[0], pattern, new), _renamed(texts[1], pattern, new)
        whole = "\n".join(texts)
        if re.search(rf"{surname}(?:{_titles()})", whole):  # 但周馆长 is no 周馆长 for certain
            raise Refused("surname_left")
    return texts


def _replaceable(name: str, names: list[str], whole: str) -> bool:
    surname, given = name[:1], name[1:]
    if not re.fullmatch(r"[\u4e00-\u9fff]{2,3}", name) or surname not in lexicon.words("surnames"):
        return False
    if name in lexicon.words("people") | lexicon.places() | lexicon.organisations() or _NO_NAME.search(given):
        return False
    if any(other != name and other[0] == surname for other in names):
        return False  # which of the two is 周馆长?
    if re.search(rf"[老小阿]{surname}(?!{given})|{surname}(?:{_AFTER_SURNAME})", whole):
        return False
    held = set(_held(name, whole))
    return bool(held) and held <= _ORDINARY


def _held(name: str, text: str) -> Iterator[str]:
    """The titles beside a name, and behind its surname."""
    for found in re.finditer(rf"({_titles()})?{name}({_titles()})?|{name[0]}({_titles()})", text):
        yield from (title for title in found.groups() if title)


@cache
def _titles() -> str:
    """All titles as a pattern, the longest first."""
    return "|".join(sorted(lexicon.words("titles"), key=lambda word: (-len(word), word)))


def _renamed(text: str, pattern: re.Pattern[str], surname: str) -> str:
    return pattern.sub(lambda found: surname + found.group()[1:], text)
