"""Foldings for comparison.

`fold` changes one character for another, so that offsets stay: widths, the digits of all scripts, the
traditional forms of numerals, units and date words. `skeleton` drops what quotes and names may differ in
(case, spaces, punctuation) and keeps the offset of every character that is left.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache


def listed(words: str) -> list[str]:
    """The words of a text: long word lists read better as one string than as a column of quotes."""
    return words.split()


def _table() -> dict[int, str]:
    table = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}  # full-width ASCII
    del table[0xFF0C]  # ，divides clauses; as an ASCII comma it would group the digits around it
    for zero in "٠۰०":  # Arabic-Indic, Persian, Devanagari
        table.update({ord(zero) + digit: str(digit) for digit in range(10)})
    pairs = {
        "\u3000\u00a0\u2009\u202f\u2007": "     ",
        "٪٫٬": "%.,",
        "∶︰–—−‐‑‒〜∼": "::------~~",
        # Only where the traditional form is never another simplified word's: numerals, units, date words.
        "萬億兩幾個餘點數達約過歲時號紀國隊場輛條種張塊錢幣頓畝類雙噸": "万亿两几个余点数达约过岁时号纪国队场辆条种张块钱币顿亩类双吨",
        "層樓隻頭圓間項週後際區縣黨將於滿贏": "层楼只头圆间项周后际区县党将于满赢",
        "أإآٱىی": "اااايي",
    }
    for old, new in pairs.items():
        table.update(zip(map(ord, old), new, strict=True))
    return table


_FOLD = _table()
# A cheque's numerals are everyday words elsewhere (队伍支持, 重拾升势, 大陆): they count beside each other or a scale.
_CHEQUE = dict(zip("壹贰貳叁參肆伍陆陸柒捌玖拾佰仟", "一二二三三四五六六七八九十百千", strict=True))
_ALL = "".join(_CHEQUE)
_CHEQUE_NUMERAL = re.compile(
    rf"[{_ALL}](?=[{_ALL}零])|(?<=[{_ALL}零])[{_ALL}]|(?<![队隊收重])[{_ALL.replace('陆', '').replace('陸', '')}](?=[万萬亿億元圆圓])"
    r"|(?<=[一二三四五六七八九两\d])[拾佰仟]"
)


@lru_cache(maxsize=256)  # a source is folded for its dates, its numbers and every look-up
def fold(text: str) -> str:
    """`text` with digits, widths and numerals in one form; same length, so that offsets carry over."""
    text = _CHEQUE_NUMERAL.sub(lambda found: _CHEQUE[found[0]], text)
    return text.translate(_FOLD)


@lru_cache(maxsize=65536)
def _letters(character: str) -> str:
    """What is left of a character for comparing names and quotes; empty for spaces and punctuation."""
    folded = unicodedata.normalize("NFKC", character).casefold()
    return "".join(part for part in folded if part.isalnum() or unicodedata.category(part) in {"Mn", "Mc"})


_LETTERS = r"a-zA-Z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0621-\u065f\u0670-\u06d3\u0900-\u097f"
_LETTER = re.compile(rf"[{_LETTERS}$£€₹¥]")
_NOT_CHINESE = re.compile(r"[^\u3001-\u303f\u4e00-\u9fff\uff0c]+")


def passages(text: str) -> Iterator[tuple[int, int]]:
    """Spans of a text that are not Chinese and hold letters or a sign of currency.

    They are all of an English text and little of a Chinese one, which saves most of the search there.
    """
    for match in _NOT_CHINESE.finditer(text):
        if _LETTER.search(text, match.start(), match.end()):
            yield match.span()


def skeleton(text: str) -> str:
    """`text` without case, spaces and punctuation, in compatibility form."""
    return "".join(map(_letters, text))


def skeleton_with_offsets(text: str) -> tuple[str, list[int]]:
    """The skeleton, and for each of its characters the offset in `text` it came from."""
    letters = [_letters(character) for character in text]
    if max(map(len, letters), default=0) <= 1:
        return "".join(letters), [offset for offset, kept in enumerate(letters) if kept]
    return "".join(letters), [offset for offset, kept in enumerate(letters) for _ in kept]
