"""UHGEval's stories, and literal rules for what of them is a number, a date or a name and where it stands.

The rules share nothing with `caibian.grounding`, which `facts.py` measures by them.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

import jieba.posseg
import pyarrow.parquet as pq

Kind = Literal["number", "date", "name", "quote"]
FILE = "zh_news_xinhua_uhgeval.parquet"
_HAN_NUMERAL = "零〇一二两三四五六七八九十百千万亿"
_FIGURE = re.compile(rf"\d+(?:\.\d+)?|[{_HAN_NUMERAL}]+")
_CALENDAR = re.compile(
    rf"(?:\d{{4}}|[一二][〇零一二三四五六七八九]{{3}})年|(?:\d|[{_HAN_NUMERAL}])+(?:月(?!球)|日|号(?!种子)|年代|世纪)|(?<!\d)\d{{1,2}}(?:时|点)(?!\d|间)"
    r"|昨天|昨日|今天|今日|明天|去年|今年|明年|上周|本周|下周|本月|上月"
)
_SPAN = re.compile(
    r"工作日|个月|周年|年来|年间|时间|小时|历时|为期|[第.]\d+[日时点]|\d{3,}[点时]|\.\d+点|个世纪"
)
_COUNTER = re.compile(
    rf"[{_HAN_NUMERAL}]+(?:多|余)?(?:个|名|位|人|家|件|起|项|条|只|辆|台|架|艘|座|栋|所|套|户|场|次|届|局|轮|盘|票|幅|枚|张|部|篇|种|类|省|市|县|区|村"
    r"|岁|年|天|月|小时|分钟|秒|公里|米|吨|公斤|克|亩|公顷|平方|元|美元|倍|成|%|度|级|层|期|支|组|大|强|连胜|连败|分之|星期|周|金|枚|千|万|亿)"
)
_AROUND = re.compile(
    r"^(?:约|大约|近|逾|超过|截至|将于|从|自)|(?:左右|以上|以下|以来|开始|之前|之后|起|前|后|的|时段|交割合约)$"
)
_NAME_TAGS = {"nr", "nrt", "nrfg", "ns", "nt"}
_TITLES = re.compile(
    r"^(?:[^,]{0,6}(?:总统|总理|主席|部长|外长|记者|教授|秘书长|发言人|队长|主帅|导演))|(?:先生|女士|教授|总统|主席)$"
)


@dataclass
class Story:
    """One row: the whole story, the rest without its real continuation, and the texts to check."""

    id: str
    headline: str
    published: datetime
    beginning: str
    continuation: str
    remainder: str
    generated: str
    keywords: list[tuple[str, bool]]  # keyword, reasonable?

    @property
    def whole(self) -> str:
        """Everything of the story that is real."""
        return "\n".join((self.headline, self.beginning, self.remainder))

    @property
    def body(self) -> str:
        """The story without its headline."""
        return "\n".join((self.beginning, self.remainder))

    @property
    def rest(self) -> str:
        """The story without its real continuation."""
        return "\n".join((self.headline, self.beginning, self.remainder.replace(self.continuation, "", 1)))


def stories(path: Path) -> Iterator[Story]:
    """The rows of the file."""
    for row in pq.read_table(path).to_pylist():
        keywords = []
        for annotation in json.loads(row["annotations"]):
            keyword, _, verdict = annotation.partition("<sep>")
            keywords.append((keyword, not verdict.startswith("不合理")))
        yield Story(
            row["id"],
            row["headLine"],
            datetime.fromisoformat(row["broadcastDate"]),
            row["newsBeginning"],
            row["realContinuation"],
            row["newsRemainder"],
            row["hallucinatedContinuation"],
            keywords,
        )


def plain(text: str) -> str:
    """NFKC without spaces and without commas that group figures."""
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", text))
    return re.sub(r"(?<=\d),(?=\d{3})", "", text)


def kind_of(keyword: str) -> Kind | None:
    """The kind of a keyword by the rules in the head of this file, or None for a phrase of another sort."""
    text = plain(keyword)
    if "《" in text:
        return "name"
    if _CALENDAR.search(text) and not _SPAN.search(text):
        return "date"
    if re.search(r"\d", text):
        return None if re.fullmatch(r"[A-Za-z-]+\d+.*", text) else "number"
    counted = _COUNTER.search(text)
    if counted and not re.match(r"一[^年天个月小分秒公米吨元倍成半]|一个(?!月|小时)", counted.group()):
        return "number"
    bare = _TITLES.sub("", text)
    tags = {pair.flag for pair in jieba.posseg.cut(bare) if pair.word not in "·•"}
    return "name" if len(bare) >= 2 and tags and tags <= _NAME_TAGS else None


def stands(figure: str, text: str, unit: str = "") -> bool:
    """Whether a figure stands in a plain text as a whole numeral, its unit right after it if one is given."""
    inner = r"\d" if figure[0].isdigit() else f"[{_HAN_NUMERAL}]"
    before = rf"(?<!{inner})(?<!\d\.)" if figure[0].isdigit() else f"(?<!{inner})"
    after = rf"(?!{inner}|\.\d)" if figure[-1].isdigit() else f"(?!{inner})"
    return re.search(f"{before}{re.escape(figure)}{after}{re.escape(unit)}", text) is not None


def in_chinese(figure: str) -> str:
    """A whole figure below 100 as Chinese writes it, for the literal search; others as they are."""
    if not figure.isdigit() or not 0 < int(figure) < 100:
        return figure
    tens, ones = divmod(int(figure), 10)
    digits = "零一二三四五六七八九"
    return ("" if tens == 0 else ("十" if tens == 1 else digits[tens] + "十")) + (
        digits[ones] if ones else ""
    )


def holds(kind: Kind, keyword: str, text: str, published: datetime | None = None) -> bool:
    """Whether a text holds a fact literally; see the head of this file."""
    keyword, text = plain(keyword), plain(text)
    core = _AROUND.sub("", keyword)
    if kind == "name":
        return keyword in text or _TITLES.sub("", keyword) in text
    if kind == "number":
        figures = [f for f in _FIGURE.findall(core) if f != "一"] or _FIGURE.findall(core)
        return bool(figures) and all(stands(f, text) or stands(in_chinese(f), text) for f in figures)
    if _literal(core, text):
        return True
    pieces = re.findall(rf"(\d+|[{_HAN_NUMERAL}]+)(年|月|日|时|点|世纪)", core)
    if not pieces:
        return False
    known = {"年": published.year, "月": published.month, "日": published.day} if published else {}
    return all(
        stands(f, text, u) or stands(in_chinese(f), text, u) or (f.isdigit() and known.get(u) == int(f))
        for f, u in pieces
    )


def held(kind: Kind, words: str, text: str, published: datetime) -> bool:
    """Whether a text surely holds a fact: the figure with its own unit or counter, the whole date, the name."""
    core, text = _AROUND.sub("", plain(words)), plain(text)
    if kind == "name":
        return core in text
    if kind == "date":
        whole = re.fullmatch(rf"(?:(?:\d+|[{_HAN_NUMERAL}]+)[年月日时])+", core)
        known = {"年": published.year, "月": published.month, "日": published.day}
        pieces = re.findall(rf"(\d+|[{_HAN_NUMERAL}]+)([年月日时])", core) if whole else []
        rest = "".join(f + u for f, u in pieces if not (f.isdigit() and known.get(u) == int(f)))
        return _literal(core, text) or (bool(rest) and _literal(rest, text))
    if "第" in core:
        return _literal(core, text)
    figures = _FIGURE.findall(core)
    if re.fullmatch(r"\d+[:-]\d+|\d+比\d+", core):
        return re.search(rf"(?<!\d){figures[0]}[:比-]{figures[1]}(?!\d)", text) is not None
    found = re.fullmatch(rf"(?:\D*?)((?:\d|\.|[{_HAN_NUMERAL}])+)([^\d]*?)", core)
    if not found:
        return False
    figure, unit = found.groups()
    units = ["人", "名", "位"] if unit in ("人", "名", "位") else [unit]
    return any(stands(f, text, u) for f in {figure, in_chinese(figure)} for u in units)


def _literal(words: str, text: str) -> bool:
    return bool(words) and re.search(rf"(?<!\d){re.escape(words)}", text) is not None
