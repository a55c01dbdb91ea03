"""Personal data made of letters and digits: plates, passports, accounts, names on the net."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from caibian.masking.checksums import iban_length, is_iban
from caibian.masking.kinds import PersonalKind

Found = tuple[PersonalKind, int, int]

_PROVINCE = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_MARK = "A-HJ-NP-Z0-9"  # without I and O
_PLATE = re.compile(
    rf"[{_PROVINCE}][A-HJ-NP-Z][ ·.-]?(?=[{_MARK}]*\d[{_MARK}]*\d)"
    rf"(?:[A-HJK][{_MARK}]\d{{4}}|\d{{5}}[A-HJK]|[{_MARK}]{{5}}|[{_MARK}]{{4}}[挂学警港澳领])(?![0-9A-Za-z])",
    re.IGNORECASE,
)
_NO_PLATE_AFTER = re.compile(r"\s?(?:航班|次列车|股|基金|高速|国道|元|号段)")

_PASSPORT = re.compile(
    r"(?:护照(?:号码|编号|号)?(?:[为是]|[:\s])*|\bpassport(?: (?:no|number|num|#))?\.?(?:\s*(?:is|:|#))*\s*)"
    r"(?P<number>(?=(?:[A-Z]{0,2}\d){5})[A-Z0-9]{7,9})(?![0-9A-Za-z])"
    r"|(?<![0-9A-Za-z])(?P<before>[A-Z]{1,2}\d{7,8}|\d{9})(?=\s?号?(?:中国|普通|公务|外交)?护照)",
    re.IGNORECASE,
)
_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9](?:[A-Za-z0-9._%+-]{0,62}[A-Za-z0-9_+-])?@"
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,24}(?![A-Za-z0-9-])"
)
_WECHAT = re.compile(
    r"(?:(?:微信|威信|薇信)(?:号码|账号|帐号|号|ID)?(?:同号)?\s*(?:[:：]|[为是])\s*|(?:加|\+)\s?(?:微信|我微信|V信|薇信|VX)\s{0,8}(?:[:：]\s{0,8})?|"
    r"(?<![A-Za-z])(?:VX|WX|V信|weixin|we ?chat(?: id)?)\s*(?:[:：]|is\b)\s*)(?P<name>[A-Za-z][A-Za-z0-9_-]{5,19})(?![A-Za-z0-9_-])"
    r"|(?<![A-Za-z0-9_])(?P<raw>wxid_[A-Za-z0-9]{8,20})(?![A-Za-z0-9_])",
    re.IGNORECASE,
)
_QQ = re.compile(
    r"(?<![A-Za-z])(?:QQ|扣扣|企鹅)(?:群号|群|号码|账号|号)?\s{0,8}(?:[:：为是]\s{0,8})?(?P<number>[1-9]\d{4,10})"
    r"(?![0-9A-Za-z_@])(?![.,]\d)(?!\s?(?:元|万|亿|人|个|年|用户|版))",
    re.IGNORECASE,
)
_IBAN = re.compile(r"(?<![0-9A-Za-z])[A-Z]{2}\d{2}(?: ?[0-9A-Z]){11,30}", re.IGNORECASE)
_IP4 = re.compile(r"(?<![0-9A-Za-z_.-])(?:\d{1,3}\.){3}\d{1,3}(?![0-9A-Za-z_])(?!\.\d)")
_IP6 = re.compile(
    r"(?<![0-9A-Za-z_:.])(?:[0-9A-Fa-f]{1,4}:|::)[0-9A-Fa-f:]{3,37}[0-9A-Fa-f](?![0-9A-Za-z_:])"
)
_NO_IP_BEFORE = re.compile(
    r"(?:版本|版|固件|第|章节|\bv(?:ersion)?|\bver|\brelease|\bsection|\bclause|\bchapter|\bfirmware|\bbuild|\bandroid|\bios|\bchrome)"
    r"(?:号)?[^0-9A-Za-z。]{0,6}$",
    re.IGNORECASE,
)
_NO_IP_AFTER = re.compile(r"\W{0,2}(?:版|version|release|build|固件)", re.IGNORECASE)


def find_signs(text: str) -> Iterator[Found]:
    """Plates, passports, accounts and addresses of the net in a folded text."""
    for match in _EMAIL.finditer(text):
        yield "email", *match.span()
    yield from _ibans(text)
    yield from _addresses_of_machines(text)
    for match in _PLATE.finditer(text):
        if not _NO_PLATE_AFTER.match(text, match.end()):
            yield "plate", *match.span()
    for kind, pattern in (("passport", _PASSPORT), ("wechat", _WECHAT), ("qq", _QQ)):
        for match in pattern.finditer(text):
            yield kind, *match.span(match.lastgroup or 0)  # type: ignore[misc]


def _ibans(text: str) -> Iterator[Found]:
    """Cut to the length of the country: capital letters of the next words may follow."""
    for match in _IBAN.finditer(text):
        length = iban_length(match.group()[:2].upper())
        places = [at for at in range(*match.span()) if text[at] != " "]
        if length is None or len(places) < length:
            continue
        end = places[length - 1] + 1
        whole = not text[end : end + 1].isascii() or not text[end : end + 1].isalnum()
        if whole and is_iban("".join(text[at] for at in places[:length]).upper()):
            yield "iban", match.start(), end


def _addresses_of_machines(text: str) -> Iterator[Found]:
    for pattern in (_IP4, _IP6):
        for match in pattern.finditer(text):
            try:
                address = ipaddress.ip_address(match.group())
            except ValueError:
                continue
            nobody = (
                address.is_loopback or address.is_unspecified or address.is_multicast or address == _BROADCAST
            )
            before, after = (
                text[max(0, match.start() - 12) : match.start()],
                text[match.end() : match.end() + 8],
            )
            if not (nobody or _NO_IP_BEFORE.search(before) or _NO_IP_AFTER.match(after)):
                yield "ip", *match.span()


_BROADCAST = ipaddress.ip_address("255.255.255.255")
