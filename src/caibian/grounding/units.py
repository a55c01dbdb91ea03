"""Units and counters after a number: the dimension they measure, and their size in its base unit.

Base units: metre, kilogram, square metre, litre, second, watt, degree Celsius, percent, and each currency's
own. A month is a twelfth of a year of 365.25 days, so that 12个月 is 一年.
"""

from __future__ import annotations

import re
from functools import cache

from caibian.grounding.folding import fold

_DAY = 86_400.0
_YEAR = 365.25 * _DAY
SECONDS_A_MONTH = _YEAR / 12

# Units that measure: they make a claim of even the numeral "one" (一年, 一公里).
_MEASURES: dict[str, dict[str, float]] = {
    "percent": {"%": 1, "个百分点": 1, "百分点": 1, "‰": 0.1, "percent": 1, "per cent": 1, "percentage points": 1,
                "percentage point": 1, "pct": 1, "成": 10, "في المئة": 1, "بالمئة": 1, "في المائة": 1, "بالمائة": 1,
                "فيصد": 1, "प्रतिशत": 1, "फीसदी": 1, "फ़ीसदी": 1},
    "length": {"公里": 1000, "千米": 1000, "米": 1, "厘米": 0.01, "公分": 0.01, "毫米": 0.001, "微米": 1e-6, "里": 500,
               "华里": 500, "英里": 1609.344, "海里": 1852, "英尺": 0.3048, "英寸": 0.0254, "光年": 9.4607e15,
               "km": 1000, "kilometres": 1000, "kilometers": 1000, "kilometre": 1000, "kilometer": 1000, "m": 1,
               "metres": 1, "meters": 1, "metre": 1, "meter": 1, "cm": 0.01, "mm": 0.001, "miles": 1609.344,
               "mile": 1609.344, "feet": 0.3048, "foot": 0.3048, "ft": 0.3048, "inches": 0.0254, "inch": 0.0254,
               "كيلومترا": 1000, "كيلومتر": 1000, "كم": 1000, "مترا": 1, "متر": 1, "किलोमीटर": 1000, "किमी": 1000,
               "मीटर": 1},
    "mass": {"吨": 1000, "公斤": 1, "千克": 1, "克": 0.001, "毫克": 1e-6, "斤": 0.5, "两重": 0.05, "磅": 0.45359237,
             "盎司": 0.028349523, "kg": 1, "kilograms": 1, "kilogram": 1, "grams": 0.001, "gram": 0.001, "tonnes": 1000,
             "tonne": 1000, "tons": 1000, "ton": 1000, "pounds weight": 0.45359237, "lb": 0.45359237, "lbs": 0.45359237,
             "طنا": 1000, "طن": 1000, "كيلوغراما": 1, "كيلوغرام": 1, "टन": 1000, "किलोग्राम": 1, "किलो": 1},
    "area": {"平方公里": 1e6, "平方千米": 1e6, "平方米": 1, "平米": 1, "公顷": 1e4, "亩": 10_000 / 15, "平方英里": 2_589_988,
             "英亩": 4046.856, "square kilometres": 1e6, "square kilometers": 1e6, "sq km": 1e6, "square metres": 1,
             "square meters": 1, "square miles": 2_589_988, "hectares": 1e4, "hectare": 1e4, "acres": 4046.856,
             "acre": 4046.856, "كيلومتر مربع": 1e6, "هكتار": 1e4, "वर्ग किलोमीटर": 1e6, "हेक्टेयर": 1e4, "एकड़": 4046.856},
    "volume": {"立方米": 1000, "升": 1, "毫升": 0.001, "加仑": 3.785, "桶": 158.987, "litres": 1, "liters": 1, "litre": 1,
               "liter": 1, "barrels": 158.987, "barrel": 158.987, "برميل": 158.987, "लीटर": 1},
    "duration": {"年": _YEAR, "周年": _YEAR, "年度": _YEAR, "个月": SECONDS_A_MONTH, "个多月": SECONDS_A_MONTH, "个半月": SECONDS_A_MONTH, "个半小时": 3600, "个半世纪": 100 * _YEAR, "月": SECONDS_A_MONTH, "周": 7 * _DAY,
                 "个星期": 7 * _DAY, "星期": 7 * _DAY, "天": _DAY, "日": _DAY, "昼夜": _DAY, "夜": _DAY, "个小时": 3600,
                 "小时": 3600, "个多小时": 3600, "个钟头": 3600, "分钟": 60, "秒钟": 1, "秒": 1, "毫秒": 0.001,
                 "个世纪": 100 * _YEAR, "世纪": 100 * _YEAR, "个工作日": _DAY, "载": _YEAR, "个年头": _YEAR,
                 "years": _YEAR, "year": _YEAR, "months": SECONDS_A_MONTH, "month": SECONDS_A_MONTH, "weeks": 7 * _DAY,
                 "week": 7 * _DAY, "days": _DAY, "day": _DAY, "hours": 3600, "hour": 3600, "minutes": 60, "minute": 60,
                 "seconds": 1, "second": 1, "decades": 10 * _YEAR, "decade": 10 * _YEAR, "centuries": 100 * _YEAR,
                 "سنوات": _YEAR, "سنة": _YEAR, "عاما": _YEAR, "عام": _YEAR, "أعوام": _YEAR, "اعوام": _YEAR,
                 "أشهر": SECONDS_A_MONTH, "اشهر": SECONDS_A_MONTH, "شهرا": SECONDS_A_MONTH, "شهر": SECONDS_A_MONTH, "أسابيع": 7 * _DAY, "اسابيع": 7 * _DAY,
                 "أيام": _DAY, "ايام": _DAY, "يوما": _DAY, "يوم": _DAY, "ساعات": 3600, "ساعة": 3600, "دقائق": 60,
                 "دقيقة": 60, "वर्षों": _YEAR, "वर्ष": _YEAR, "सालों": _YEAR, "साल": _YEAR, "महीनों": SECONDS_A_MONTH,
                 "महीने": SECONDS_A_MONTH, "माह": SECONDS_A_MONTH, "हफ्ते": 7 * _DAY, "सप्ताह": 7 * _DAY, "दिनों": _DAY, "दिन": _DAY,
                 "घंटों": 3600, "घंटे": 3600, "मिनट": 60},
    "age": {"岁": 1, "周岁": 1, "岁半": 1, "years old": 1, "year old": 1, "-year-old": 1, "-years-old": 1, "वर्षीय": 1},
    "power": {"千瓦": 1e3, "兆瓦": 1e6, "瓦": 1, "吉瓦": 1e9, "kw": 1e3, "mw": 1e6, "gw": 1e9, "megawatts": 1e6,
              "gigawatts": 1e9},
    "energy": {"千瓦时": 3.6e6, "度电": 3.6e6, "kwh": 3.6e6},
    "temperature": {"摄氏度": 1, "℃": 1, "°c": 1, "度": 1, "degrees celsius": 1, "degrees": 1, "华氏度": 1},
    "point": {"点": 1, "分": 1, "个基点": 1, "基点": 1, "环": 1, "points": 1, "point": 1},
    "magnitude": {"级": 1},
    "times": {"倍": 1, "times": 1, "-fold": 1, "fold": 1},
    "money:CNY": {"元": 1, "块": 1, "块钱": 1, "人民币": 1, "元人民币": 1, "角": 0.1, "yuan": 1, "rmb": 1, "renminbi": 1,
                  "يوانا": 1, "يوان": 1, "युआन": 1},
    "money:USD": {"美元": 1, "美金": 1, "美分": 0.01, "dollars": 1, "dollar": 1, "us dollars": 1, "cents": 0.01,
                  "دولارا": 1, "دولارات": 1, "دولار": 1, "डॉलर": 1},
    "money:EUR": {"欧元": 1, "euros": 1, "euro": 1, "يورو": 1, "यूरो": 1},
    "money:GBP": {"英镑": 1, "pounds": 1, "pound": 1, "pence": 0.01},
    "money:JPY": {"日元": 1, "日圆": 1, "yen": 1},
    "money:KRW": {"韩元": 1, "won": 1}, "money:HKD": {"港元": 1, "港币": 1}, "money:TWD": {"新台币": 1, "台币": 1},
    "money:RUB": {"卢布": 1, "roubles": 1, "rubles": 1}, "money:INR": {"卢比": 1, "rupees": 1, "रुपये": 1, "रुपए": 1,
                                                                      "रुपया": 1},
    "money:AUD": {"澳元": 1}, "money:CAD": {"加元": 1}, "money:CHF": {"瑞士法郎": 1, "瑞郎": 1},
    "money:SGD": {"新元": 1, "新加坡元": 1}, "money:THB": {"泰铢": 1}, "money:VND": {"越南盾": 1},
    "money:SAR": {"ريال": 1, "ريالا": 1}, "money:EGP": {"جنيه": 1, "جنيها": 1}, "money:AED": {"درهم": 1},
}  # fmt: skip

# Counters: what is counted is a person, a thing, or either.
_PEOPLE = "人 名 位 口 人次 people persons person شخصا شخص أشخاص اشخاص लोगों लोग व्यक्ति"
_THINGS = (
    "家 件 起 条 只 头 匹 辆 台 架 艘 座 栋 幢 所 套 户 场 场次 次 届 局 轮 盘 票 幅 枚 张 部 篇 首 省 市 县 区 村 镇 乡 校"
    " 楼 页 份 支 趟 班 班次 门 棵 株 粒 颗 发 枪 步 桌 股 笔 宗 桩 例 章 节 款 字 集 期 卷 箱 瓶 杯 碗 袋 盒 强 连胜 连败"
    " 胜 平 负 球 个进球 篮板 个篮板 助攻 次助攻 抢断 层 间 处 国 城 金 银 铜 手 尾 羽 车 船 机 案 本 国家 个国家 个城市 拍 杆"
)
_EITHER = "个 项 种 类 批 对 双 组 队 级别 大 款 方面 道 段 代 片"
# Never units of a claim after 一 and seldom after 两: they make it an article (一个, 一种, 两国).
_ARTICLES = frozenset("国岸会者地军党校院边侧旁端")

CURRENCY_SIGNS = {"$": "money:USD", "us$": "money:USD", "£": "money:GBP", "€": "money:EUR", "¥": "money:CNY",
                  "₹": "money:INR", "hk$": "money:HKD", "rs": "money:INR", "a$": "money:AUD"}  # fmt: skip


@cache
def units() -> dict[str, tuple[str, float]]:
    """Unit or counter -> its dimension and its size in that dimension's base unit."""
    table = dict.fromkeys(_EITHER.split(), ("count", 1.0))
    table.update({unit: ("thing", 1.0) for unit in _THINGS.split() if unit not in table})
    table.update(dict.fromkeys(_PEOPLE.split(), ("person", 1.0)))
    for dimension, sizes in _MEASURES.items():
        table.update({unit: (dimension, float(size)) for unit, size in sizes.items()})
    return {fold(unit): measure for unit, measure in table.items()}


@cache
def unit_pattern(letters: str) -> re.Pattern[str]:
    """A pattern for the longest unit at a position; `letters` is "han" or "words" (whole words, other scripts)."""
    is_han = [u for u in units() if ("\u4e00" <= u[0] <= "\u9fff") == (letters == "han")]
    signs = ["%", "‰", "℃", "°c"] if letters == "han" else []
    longest_first = "|".join(re.escape(u) for u in sorted(is_han + signs, key=len, reverse=True))
    if letters == "han":
        latin = "km|kg|cm|mm|kw|mw|gw|kwh"
        return re.compile(rf"(?:{longest_first})|(?:{latin})(?![a-z])", re.IGNORECASE)
    return re.compile(rf"[ -]?({longest_first})(?![a-z\u0621-\u065f\u0900-\u0963])", re.IGNORECASE)


def is_measure(unit: str) -> bool:
    """Whether a unit measures (年, 公里), so that even "one" of it is a claim; counters (个, 名) do not."""
    return units().get(unit, ("", 0.0))[0] not in {"", "count", "thing", "person"}


def is_article(numeral: str, unit: str) -> bool:
    """Whether numeral and counter are no claim of a number: 一个, 两国."""
    if numeral == "一":
        return not is_measure(unit)
    return numeral == "两" and unit in _ARTICLES


def compatible(one: str | None, other: str | None) -> bool:
    """Whether numbers of two dimensions may speak of the same thing; a bare number goes with everything."""
    if one is None or other is None or one == other:
        return True
    return {one, other} in ({"count", "person"}, {"count", "thing"}, {"times", "percent"})
