"""Another city or province for that of a Chinese text, wherever it stands in it."""

from __future__ import annotations

import re
from random import Random

from caibian.grounding import find_names, lexicon
from caibian.instructions.augment import lexicon as own
from caibian.instructions.augment.jobs import covered

# Regions that are no provinces: their full names name a people. The four cities are the only ones of their kind.
_NO_PROVINCES = ("北京", "上海", "天津", "重庆", "内蒙古", "广西", "西藏", "宁夏", "新疆")
_PART = re.compile("[区县镇乡村旗]")  # 昆明市盘龙区: another city has no such part


def other_place(texts: tuple[str, str], draw: Random) -> tuple[str, str]:
    """Input and answer with one city for another of its province or, where there are no cities, one province for another.

    Unchanged where parts of the place, or the character that stands for a province, would be left behind.
    """
    names = [find_names(text, "zh") for text in texts]
    if any(_PART.search(name.text) for found in names for name in found):
        return texts
    whole = "\n".join(texts)
    provinces = sorted({*lexicon.provinces()} - {*_NO_PROVINCES})
    if cities := [city for city in own.cities() if city in whole]:
        old = draw.choice(cities)
        news = [one for one, province in own.cities().items() if province == own.cities()[old]]
    elif named := [one for one in provinces if one in whole]:
        old = draw.choice(named)
        news = provinces
        short = lexicon.characters().get(old)
        if short and short in whole.replace(old, ""):  # 鲁 of 山东
            return texts
    else:
        return texts
    for text, found in zip(texts, names, strict=True):
        spans = [(name.start, name.end) for name in found]
        if not all(covered(spans, *place.span()) for place in re.finditer(old, text)):
            return texts  # 大同 of 大同小异 is no town
    news = [one for one in news if one not in whole]
    if not news:
        return texts
    new = draw.choice(news)
    return texts[0].replace(old, new), texts[1].replace(old, new)
