"""Personal data made of digits: identity numbers, cards, telephones."""

from __future__ import annotations

import re
from collections.abc import Iterator

from caibian.masking.checksums import is_card, is_old_resident_id, is_resident_id, looks_like_resident_id
from caibian.masking.kinds import PersonalKind
from caibian.masking.patterns import announced, digits_of, is_other_number

Found = tuple[PersonalKind, int, int]

# Not inside a longer number, a decimal or a word.
_LEFT = r"(?<![0-9A-Za-z_])(?<![0-9][.-])"
_RIGHT = r"(?![0-9A-Za-z_])(?![.-][0-9])"

_ID_18 = re.compile(
    rf"{_LEFT}[1-9]\d{{5}}[ -]?(?:18|19|20)\d{{2}}[ -]?[01]\d[ -]?[0-3]\d[ -]?\d{{3}}[ -]?[\dXx]{_RIGHT}"
)
_ID_15 = re.compile(rf"{_LEFT}[1-9]\d{{5}}[ -]?\d{{2}}[01]\d[0-3]\d[ -]?\d{{3}}{_RIGHT}")
_ID_WORDS = re.compile(
    r"身份证|证件号|公民身份|身份号码|居民证|\bID (?:card|number|no)|resident id|identity (?:card|number)",
    re.IGNORECASE,
)

_CARD = re.compile(
    rf"{_LEFT}\d{{4}}(?:[ -]?\d{{4}}){{2,3}}[ -]?\d{{0,4}}\d{_RIGHT}|{_LEFT}3[47]\d{{2}}[ -]\d{{6}}[ -]\d{{5}}{_RIGHT}|{_LEFT}\d{{6}}[ -]?\d{{9,13}}{_RIGHT}"
)
_CARD_WORDS = re.compile(
    r"卡号|银行卡|信用卡|借记卡|储蓄卡|储蓄账|银行账|账号|帐号|账户|\bcard\b|\baccount\b", re.IGNORECASE
)

_COUNTRY = r"(?:\(?(?:\+|00)\s?86\)?[ -]?)"
_MOBILE = re.compile(
    rf"(?<![0-9A-Za-z_+])(?<![0-9][.-])(?:{_COUNTRY}|86[ -])?1[3-9]\d(?:[ -]?\d{{4}}[ -]?\d{{4}}|[ -]\d{{3}}[ -]\d{{5}}|[ -]\d{{3}}[ -]\d{{3}}[ -]\d{{2}}){_RIGHT}"
)

_AREA = r"(?:10|2\d|[3-9]\d{2})"
_LANDLINE = re.compile(
    rf"(?<![0-9A-Za-z_+])(?<![0-9][.-])(?:{_COUNTRY}\(?0?{_AREA}\)?|\(0{_AREA}\)|0{_AREA})[ -]?(?P<local>[2-8]\d{{2,3}}[ -]?\d{{4}})(?:[ -]?(?:转|分机|ext\.?)\s?\d{{1,5}}|-\d{{1,4}})?(?![0-9A-Za-z_])"
)
_LOCAL = re.compile(rf"{_LEFT}[2-8]\d{{2,3}}[ -]?\d{{4}}{_RIGHT}")
_PHONE_WORDS = re.compile(
    r"(?:电话|座机|固话|传真|家中电话|联系方式|手机|拨打|致电)(?:号码|号)?[为是]?\W{0,3}$|(?:\b(?:tel|phone|telephone|fax|call|mobile|cell|contact|reach|at|on|text)\b)[^\n\w]{0,3}(?:(?:me|us|him|her|them|number|no|is|at|on)\b[^\n\w]{0,3}){0,2}$",
    re.IGNORECASE,
)

_E164 = re.compile(r"(?<![0-9A-Za-z_+])\+[1-9]\d{0,2}(?:[ .-]?\(?\d{1,5}\)?){2,6}(?![0-9A-Za-z_])")
_US = re.compile(
    r"(?<![0-9A-Za-z_+])(?<![0-9][.-])(?:1[ .-])?(?:\((?P<a>[2-9]\d{2})\) ?|(?P<b>[2-9]\d{2})(?P<sep>[ .-]))[2-9]\d{2}[ .-]\d{4}(?:\s?(?:x|ext\.?)\s?\d{1,5})?(?![0-9A-Za-z_])(?![.-][0-9])"
)
_NO_PERSON = frozenset("400 800 822 833 844 855 866 877 888 900".split())  # noqa: SIM905  service and toll-free numbers
_UK = re.compile(
    rf"{_LEFT}(?:\(?07\d{{3}}\)? ?\d{{3}} ?\d{{3}}|\(?02\d\)? ?\d{{4}} ?\d{{4}}|\(?01\d1\)? ?\d{{3}} ?\d{{4}}|\(?011\d\)? ?\d{{3}} ?\d{{4}}|\(?01\d{{3}}\)? ?\d{{5,6}}|\(?01\d{{3}}\)? ?\d{{3}} ?\d{{3}}){_RIGHT}"
)
_HAN = re.compile(r"[\u4e00-\u9fff]")
_DIVIDED = re.compile(r"[ ()-]")

_SSN = re.compile(rf"{_LEFT}(?!000|666|9)\d{{3}}(?P<sep>[- ]?)(?!00)\d{{2}}(?P=sep)(?!0000)\d{{4}}{_RIGHT}")
_SSN_WORDS = re.compile(r"\bSSN\b|social security|社会安全|社安|社会保障号", re.IGNORECASE)


def find_digits(text: str) -> Iterator[Found]:
    """Identity numbers, cards and telephones of a folded text, the surer kinds first."""
    yield from _identities(text)
    yield from _cards(text)
    yield from _telephones(text)


def _identities(text: str) -> Iterator[Found]:
    for match in _ID_18.finditer(text):
        digits = digits_of(match.group())
        mistyped = looks_like_resident_id(digits) and announced(text, match.start(), _ID_WORDS)
        if is_resident_id(digits) or mistyped:
            yield "resident_id", *match.span()
    for match in _ID_15.finditer(text):
        digits = digits_of(match.group())
        if is_old_resident_id(digits) and not is_other_number(text, *match.span()) and not is_card(digits):
            yield "resident_id", *match.span()
    for match in _SSN.finditer(text):
        if match["sep"] == "-" or announced(text, match.start(), _SSN_WORDS, 30):
            yield "ssn", *match.span()


def _cards(text: str) -> Iterator[Found]:
    for match in _CARD.finditer(text):
        digits = digits_of(match.group())
        if is_card(digits):
            sure = not is_other_number(text, *match.span())
        else:  # mistyped, yet words say what it is
            sure = 16 <= len(digits) <= 19 and announced(text, match.start(), _CARD_WORDS, 12)
        if sure:
            yield "bank_card", *match.span()


def _telephones(text: str) -> Iterator[Found]:
    for match in _MOBILE.finditer(text):
        if not is_other_number(text, *match.span()):
            yield "mobile", *match.span()
    if not _HAN.search(text):  # 020 is Canton's code and London's
        yield from _british(text)
    for match in _LANDLINE.finditer(text):
        divided = _DIVIDED.search(match.group()) or match.group().startswith("+")
        sure = divided or announced(text, match.start(), _PHONE_WORDS)
        if sure and not is_other_number(text, *match.span()):
            yield "landline", *match.span()
    for match in _LOCAL.finditer(text):
        if announced(text, match.start(), _PHONE_WORDS) and not is_other_number(text, *match.span()):
            yield "landline", *match.span()
    for match in _E164.finditer(text):
        if 8 <= len(digits_of(match.group())) <= 15:
            yield "phone", *match.span()
    for match in _US.finditer(text):
        spaced = match["a"] is None and match["sep"] == " "
        sure = not spaced or announced(text, match.start(), _PHONE_WORDS)
        if sure and (match["a"] or match["b"]) not in _NO_PERSON and not is_other_number(text, *match.span()):
            yield "phone", *match.span()
    yield from _british(text)


def _british(text: str) -> Iterator[Found]:
    for match in _UK.finditer(text):
        sure = _DIVIDED.search(match.group()) or announced(text, match.start(), _PHONE_WORDS)
        if sure and not is_other_number(text, *match.span()):
            yield "phone", *match.span()
