"""Postal addresses down to the house: Chinese ones by street and number, English ones by street and postcode."""

from __future__ import annotations

import re
from collections.abc import Iterator

from caibian.masking.kinds import PersonalKind

Found = tuple[PersonalKind, int, int]

_HAN = r"\u4e00-\u9fff"
_NUMBER = r"(?:[0-9]{1,5}|[零〇一二三四五六七八九十百]{1,6}|[甲乙丙丁][0-9]{1,4})(?:[-之][0-9]{1,4}){0,3}"
_STREETS = (
    "大街|大道|街道|胡同|公路|新街|老街|东路|西路|南路|北路|中路|环路|里弄|支弄|路|街|巷|弄|道|里|坊|条"
)
_ESTATES = "小区|花园|公寓|家园|新村|花苑|雅苑|名苑|新城|社区|宿舍|大院|家属院|家属楼|山庄|别墅|广场|大厦|苑|城|府|庭|院|里"
_VILLAGES = "村|屯|庄|寨|堡|营|乡|镇"
_DETAIL = r"(?:[ ,，]?(?:(?:[0-9]{1,5}|[A-Za-z]|[零一二三四五六七八九十百]{1,5}|[东西南北中甲乙丙丁]|地下[一二三0-9])(?:[-][0-9A-Za-z]{1,5}){0,3}(?:号楼|号院|号|栋|幢|座|单元|门|层|楼|室|房|户|组)|(?:小区|花园|公寓|家园|大厦)))"
_ROOM = r"(?:[ ,，]?[0-9]{1,2}(?:-[0-9]{1,5}){1,3}(?![0-9])(?:室|号|户)?)"
# 路1号线, 街3号台风: no house.
_NOT_A_HOUSE = (
    r"(?!线|台风|文件|公告|令|机组|机|选手|种子|病|坑|口|段|出口|航站|泊位|矿|井|高炉|站|桥|隧道|地块)"
)

# Each from the suffix of the name on: what stands before it is looked at only where a house number follows.
_HOUSES = (
    re.compile(
        rf"(?:{_STREETS})[ ]?{_NUMBER}(?:号院|号楼|号|弄){_NOT_A_HOUSE}"
        rf"(?:[{_HAN}]{{1,8}}(?:{_ESTATES}))?(?:{_DETAIL}|{_ROOM})*"
    ),
    re.compile(
        rf"(?:{_ESTATES})[ ]?{_NUMBER}(?:号楼|号院|号|栋|幢|座|单元)"
        rf"(?:{_DETAIL}*[ ,，]?[0-9A-Za-z-]{{1,8}}(?:室|户|房|号|单元)|{_ROOM})"
    ),
    re.compile(rf"(?:[0-9]{{1,2}}|[一二三四五六七八九十]{{1,3}})区[ ]?{_NUMBER}号楼{_NOT_A_HOUSE}{_DETAIL}*"),
    re.compile(rf"(?:{_VILLAGES})(?:第?{_NUMBER}(?:组|社|队|屯))?{_NUMBER}号{_NOT_A_HOUSE}"),
)
_NAME = re.compile(rf"[{_HAN}0-9·]*$")
_LONGEST_NAME = 24  # characters before the suffix, regions included
# What an address does not begin with: everything up to these words belongs to the sentence before it.
_BEFORE = re.compile(
    r".*(?:[,，、:：]|坐落于|位于|地处|家住|居住|住址|地址|住所|户籍|现住|住|寄到|寄往|寄至|寄|送到|送至|送往|搬到|搬至|来到|前往|赶到|抵达|回到|"
    r"设在|就在|发生在|在|到|至|往|对|出任|从|是|为|自|于(?!洪|都|田)|的|了)"
)
_REGION = re.compile(r"(?:省|自治区|市|自治州|盟|区|县|旗|镇|乡|街道)")
_LONGEST_STREET = 8  # characters of a street's name where no region stands before it

_STREET_EN = (
    r"Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Way|Place|Pl|Square|Sq|Terrace|Close|"
    r"Crescent|Parkway|Pkwy|Highway|Hwy|Circle|Gardens|Grove|Mews|Row|Hill"
)
_ENGLISH = re.compile(
    rf"(?<![0-9A-Za-z.,-])(?:(?:Flat|Apt|Apartment|Unit|Suite) [0-9A-Za-z-]{{1,6}}, )?[0-9]{{1,5}}[A-Za-z]?(?:-[0-9]{{1,5}})? "
    rf"(?:[NSEW]\.? |(?:North|South|East|West) )?(?:[A-Z0-9][A-Za-z0-9'’.-]* ){{1,4}}(?:{_STREET_EN})\b\.?"
    rf"(?:,? (?:[NSEW]{{1,2}}\b|(?:Apt|Apartment|Suite|Ste|Unit|Flat|Floor|#)\.? ?#?[0-9A-Za-z-]{{1,6}})){{0,2}}"
    r"(?:,?[ \n](?:[A-Z][A-Za-z'’.-]*[ ]?){1,4}){0,3},?[ \n](?:(?:[A-Z]{2}|[A-Z][a-z]+) [0-9]{5}(?:-[0-9]{4})?|[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2})(?![0-9A-Za-z])"
)


def find_addresses(text: str) -> Iterator[Found]:
    """Addresses of a folded text."""
    for pattern in _HOUSES:
        for match in pattern.finditer(text):
            start = _begin(text, match.start())
            if start is not None:
                yield "address", start, match.end()
    for match in _ENGLISH.finditer(text):
        yield "address", *match.span()


def _begin(text: str, suffix: int) -> int | None:
    """Where the address begins whose name ends with the suffix at a place; None where nothing stands before that."""
    run = _NAME.search(text, max(0, suffix - _LONGEST_NAME), suffix)
    start = run.start() if run else suffix
    if (before := _BEFORE.match(text, start, suffix)) is not None:
        start = before.end()
    if not _REGION.search(text, start, suffix):
        start = max(start, suffix - _LONGEST_STREET)
    return start if start < suffix else None
