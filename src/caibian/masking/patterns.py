"""What the finders share: one form of widths and dashes, words that say what a number is, and words that say it is none."""

from __future__ import annotations

import re

_FOLD = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}  # full-width ASCII
del _FOLD[0xFF0C]  # ，divides clauses; as an ASCII comma it would tie the figures around it together
_FOLD |= dict.fromkeys(map(ord, "‐‑‒–—―−﹣"), "-")
_FOLD |= dict.fromkeys(map(ord, "\u3000\u00a0\u2002\u2003\u2007\u2009\u202f"), " ")
_FOLD |= {ord("·"): "·", ord("•"): "·", ord("・"): "·", ord("﹒"): "·", ord("．"): "."}

SEPARATOR = "[ -]?"  # between groups of digits

# A number that these words announce is none of a person's: an order, an invoice, a book.
_OTHER_NUMBER = re.compile(
    r"(?:订单|运单|单|流水|编|序列|批|货|案|文|条码|条形码|发票|合同|工单|快递|物流|彩票|档案|项目|备案|批准|许可证|信用代码|税|股票|基金|型|商品|产品|准考证|学|工)"
    r"(?:号码|号|代码)?[为是]?\W{0,3}$|(?:编码|代码|条码|条形码)[为是]?\W{0,3}$|"
    r"(?:order|invoice|tracking|parcel|serial|ref(?:erence)?|case|docket|receipt|sku|isbn|issn|doi|model|batch|lot|"
    r"ticket|transaction|part|item|ean|upc|imei|version|build)"
    r"(?: (?:no|number|id|code))?\.?\W{0,3}$|№\W?$|#$",
    re.IGNORECASE,
)
# Units after a figure: it counts or costs something.
_QUANTITY = re.compile(
    r"\s?(?:多|余)?(?:元|美元|欧元|英镑|日元|港元|卢布|万|亿|千|人|次|吨|公斤|千克|克|个|件|股|份|平方|立方|公里|米|千瓦|度|%|倍|辆|台|套|票|"
    r"yuan\b|dollars?\b|euros?\b|people\b|shares\b|votes\b|tonnes?\b|million\b|billion\b|percent\b|bytes\b|views\b|users\b)"
)
_CURRENCY = re.compile(r"(?:[¥￥$€£₹]|RMB|CNY|USD|EUR|GBP|HK\$)\s?$", re.IGNORECASE)
_BEFORE = 16  # characters that may announce a number


def fold(text: str) -> str:
    """`text` with widths, dashes and spaces in one form; same length, so that offsets carry over."""
    return text.translate(_FOLD)


def digits_of(text: str) -> str:
    """The digits alone, and a check digit X."""
    return "".join(c for c in text if c.isdigit() or c in "xX")


def announced(text: str, start: int, words: re.Pattern[str], within: int = _BEFORE) -> bool:
    """Whether one of `words` stands shortly before a place, with no sentence's end between."""
    before = re.split(r"[。；;！!？?\n]", text[max(0, start - within) : start])[-1]
    return bool(words.search(before))


def is_other_number(text: str, start: int, end: int) -> bool:
    """Whether the words around a figure say that it counts, costs or numbers a thing."""
    before = text[max(0, start - _BEFORE) : start]
    return bool(_OTHER_NUMBER.search(before) or _CURRENCY.search(before) or _QUANTITY.match(text, end))
