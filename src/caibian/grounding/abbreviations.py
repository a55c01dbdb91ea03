"""Short and long forms of one name: 北京市 and 北京, 中国科学院 and 中科院, WHO and World Health Organization."""

from __future__ import annotations

import re

from caibian.grounding import lexicon
from caibian.grounding.folding import skeleton
from caibian.grounding.source import Source

_HAN = r"[\u4e00-\u9fff]"
_ENDS = "院校局委会部行所协联社台厂队署厅处团党办盟司站馆"
# What follows a country's character where it stands for the country: 美军, 俄外长, 中方.
_OF_COUNTRY = "方国军警媒企籍元总外驻副前海空陆内政防议高民法驻对在称与和同及两双"
_NATIONAL = ("中国", "全国", "国家")
# Where these stand, a story is about China and need not say so.
_AT_HOME = re.compile(
    "全国|国务院|中央|我国|中方|中华|国内|新华社(?:北京|" + "|".join(lexicon.provinces()) + ")"
)
_LEAST_SHARE = 0.6  # of a long name that its own short form keeps (中国人民银行: 人民银行)


def find_other_form(name: str, source: Source) -> tuple[int, int] | None:
    """Where another form of a name stands in a source."""
    value = skeleton(name)
    for other in lexicon.synonyms().get(value, ()):
        found = source.find_skeleton(other, whole_words=True)
        if found:
            return found
    if re.search(_HAN, name):
        return (
            _place(name, source)
            or _country(name, source)
            or _short(name, source)
            or _long(name, source)
            or _last_part(name, source)
        )
    return _last_part(name, source) or _acronym(name, source) or _kindred(name, source)


def _place(name: str, source: Source) -> tuple[int, int] | None:
    """北京市 and 北京; and 四川眉山 where both stand in the source."""
    stem = lexicon.PLACE_SUFFIX.sub("", name)
    if stem != name and len(stem) >= 2:
        return source.find_skeleton(skeleton(stem))
    return None


def _country(name: str, source: Source) -> tuple[int, int] | None:
    """中国 where the source says 中方 or 中美."""
    if name in ("中国", "我国", "中华人民共和国") and (home := _AT_HOME.search(source.text)):
        return home.span()
    character = lexicon.characters().get(name)
    if character is None:
        return None
    others = "".join(lexicon.characters().values())
    pattern = rf"{character}[{_OF_COUNTRY}{others}]|(?<=[{others}驻访赴对在旅]){character}"
    found = re.search(pattern, source.text)
    return found.span() if found else None


def _short(name: str, source: Source) -> tuple[int, int] | None:
    """A short form of a long name: in the source stand its first and last characters and some between."""
    if not 4 <= len(name) <= 30 or not re.fullmatch(rf"{_HAN}+", name):
        return None
    if name.endswith("大学") and name[0] + "大" in source.text and len(name) == 4:
        start = source.text.index(name[0] + "大")
        return start, start + 2
    if name[-1] in _ENDS:
        inner = "".join(f"{c}?" for c in name[1:-1])
        for found in re.finditer(f"{name[0]}{inner}{name[-1]}", source.text):
            if len(found.group()) >= 3:
                return found.span()
    for cut in range(2, len(name) - 1):
        lead, rest = name[:cut], name[cut:]
        start = source.text.find(rest)
        if start >= 0 and (lead in source.text or lead in _NATIONAL) and _enough(lead, rest):
            return start, start + len(rest)
    return None


def _enough(lead: str, rest: str) -> bool:
    """Whether a name's end names the same thing with its beginning elsewhere: 印度|最高法院, 吉林|长春."""
    if lead in lexicon.places() and (
        rest in lexicon.places() or rest in lexicon.words("organisation_suffixes")
    ):
        return True
    return len(rest) >= (3 if lead in lexicon.places() else max(4, _LEAST_SHARE * len(lead + rest)))


def _long(name: str, source: Source) -> tuple[int, int] | None:
    """The long form of a short name: the source has its characters in order, close together, to the same end."""
    if not 3 <= len(name) <= 6 or name[-1] not in _ENDS or not re.fullmatch(rf"{_HAN}+", name):
        return None
    found = re.search(f"{_HAN}{{0,4}}".join(name), source.text)
    return found.span() if found else None


def _last_part(name: str, source: Source) -> tuple[int, int] | None:
    """The family name of a person whose given name the source leaves out: 贝拉克·奥巴马, Barack Obama."""
    parts = re.split(r"[·•]| (?=[A-Z])", name)
    if len(parts) < 2 or len(skeleton(parts[-1])) < 2:
        return None
    return source.find_skeleton(skeleton(parts[-1]), whole_words=True)


def _kindred(name: str, source: Source) -> tuple[int, int] | None:
    """Africa where the source has African, Israeli where it has Israel."""
    if not re.fullmatch(r"[A-Z][a-z]{3,}", name):
        return None
    stem = name[: max(4, len(name) - 2)]
    found = re.search(rf"\b{stem}[a-z]{{0,4}}\b", source.text)
    return found.span() if found else None


def _acronym(name: str, source: Source) -> tuple[int, int] | None:
    """WHO where the source has World Health Organization, and the other way."""
    letters = name.replace(".", "")
    if letters.isupper() and 2 <= len(letters) <= 6 and letters.isalpha():
        words = (
            r"[A-Za-z]*(?:[ -](?:of|the|for|and|on|in))?[ -]".join(letters[:-1]) if len(letters) > 1 else ""
        )
        pattern = rf"\b{words}[A-Za-z]*(?:[ -](?:of|the|for|and|on|in))?[ -]{letters[-1]}[A-Za-z]+"
        found = re.search(pattern, source.text)
        return found.span() if found else None
    initials = "".join(word[0] for word in name.split() if word[0].isupper())
    found = re.search(rf"\b{re.escape(initials)}\b", source.text) if len(initials) >= 3 else None
    return found.span() if found else None
