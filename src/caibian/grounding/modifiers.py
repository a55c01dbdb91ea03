"""Words around a number that say how exactly it is meant (约, 逾, 左右, nearly, أكثر من, लगभग)."""

from __future__ import annotations

import re

from caibian.grounding.folding import fold
from caibian.grounding.mentions import Mode

_BEFORE: dict[Mode, str] = {
    "about": "约 大约 约为 约合 约有 约占 大概 大致 估计 |about |around |roughly |approximately |approx. |some |circa "
    "|an estimated |estimated |حوالي |نحو |قرابة |زهاء |تقريبا |लगभग |करीब |तकरीबन ",
    "over": "逾 超 超过 超出 超出了 超过了 高于 多于 大于 突破 突破了 至少 最少 不低于 不少于 不小于 |more than |over |above "
    "|at least |exceeding |upwards of |no fewer than |no less than |greater than |أكثر من |ما لا يقل عن |يزيد على "
    "|يزيد عن |कम से कम ",
    "near": "近 将近 接近 逼近 |nearly |almost |close to |just under |approaching |ما يقرب من |ما يقارب ",
    "under": "不足 不到 未到 未满 低于 少于 小于 不超过 至多 最多 不高于 不多于 |less than |fewer than |under |below |at most "
    "|no more than |أقل من |",
}
_AFTER: dict[Mode, str] = {
    "about": "左右 上下 许| or so| or thereabouts| تقريبا",
    "over": "以上 开外 之多| or more| and above| plus| से अधिक| से ज्यादा| से ज़्यादा",
    "under": "以下 以内 之内| or less| or fewer| से कम",
}
# 约 and 近 are also the ends of other words.
_NOT_BEFORE = {"约": "合条预节签契违解邀公纽", "近": "最附靠远邻亲走", "超": "中英德意赶高反"}


def _words(table: dict[Mode, str]) -> dict[str, Mode]:
    """Chinese words stand before the first bar, divided by spaces; those of other scripts after it."""
    words: dict[str, Mode] = {}
    for mode, listed in table.items():
        chinese, _, others = listed.partition("|")
        words.update(dict.fromkeys(chinese.split(), mode))
        words.update({fold(word): mode for word in others.split("|") if word.strip()})
    return words


_MODE_BEFORE = _words(_BEFORE)
_MODE_AFTER = _words(_AFTER)
_LAST = frozenset(word[-1] for word in _MODE_BEFORE)
_FIRST = frozenset(word[0] for word in _MODE_AFTER)
_LONGEST = max(map(len, _MODE_BEFORE))
_BEFORE_PATTERN = re.compile(
    "(?:" + "|".join(re.escape(w) for w in sorted(_MODE_BEFORE, key=len, reverse=True)) + ")$", re.IGNORECASE
)
_AFTER_PATTERN = re.compile(
    "(?:" + "|".join(re.escape(w) for w in sorted(_MODE_AFTER, key=len, reverse=True)) + ")", re.IGNORECASE
)


def before(text: str, position: int) -> tuple[int, Mode | None]:
    """Where the modifier that ends at `position` begins, and its mode; `(position, None)` where there is none."""
    if position == 0 or text[position - 1].lower() not in _LAST:
        return position, None
    found = _BEFORE_PATTERN.search(text[max(0, position - _LONGEST) : position])
    if not found:
        return position, None
    word = found.group()
    start = position - len(word)
    if start and text[start - 1] in _NOT_BEFORE.get(word, ""):
        return position, None
    if start and word[0].isascii() and word[0].isalpha() and text[start - 1].isalnum():  # "cover 30"
        return position, None
    return start, _MODE_BEFORE[word.lower()]


def after(text: str, position: int) -> tuple[int, Mode | None]:
    """Where the modifier that begins at `position` ends, and its mode; `(position, None)` where there is none."""
    if text[position : position + 1] not in _FIRST:
        return position, None
    found = _AFTER_PATTERN.match(text, position)
    if not found or (found.group() == "以上" and text[found.end() : found.end() + 1] == "海"):  # 以上海
        return position, None
    return found.end(), _MODE_AFTER[found.group().lower()]
