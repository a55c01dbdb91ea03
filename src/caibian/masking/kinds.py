"""The kinds of personal data, and what each is called in a placeholder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

PersonalKind = Literal[
    "resident_id",
    "mobile",
    "landline",
    "phone",
    "bank_card",
    "plate",
    "passport",
    "address",
    "email",
    "wechat",
    "qq",
    "ssn",
    "iban",
    "ip",
]
KINDS: tuple[PersonalKind, ...] = get_args(PersonalKind)

KIND_NAMES: dict[PersonalKind, tuple[str, str]] = {
    "resident_id": ("身份证", "ID"),
    "mobile": ("手机", "MOBILE"),
    "landline": ("座机", "LANDLINE"),
    "phone": ("电话", "PHONE"),
    "bank_card": ("银行卡", "CARD"),
    "plate": ("车牌", "PLATE"),
    "passport": ("护照", "PASSPORT"),
    "address": ("地址", "ADDRESS"),
    "email": ("邮箱", "EMAIL"),
    "wechat": ("微信", "WECHAT"),
    "qq": ("QQ号", "QQ"),
    "ssn": ("社安号", "SSN"),
    "iban": ("国际账号", "IBAN"),
    "ip": ("IP地址", "IP"),
}
"""In Chinese and in English. All differ, in both languages, so that a translated placeholder is still understood."""


@dataclass(frozen=True, slots=True)
class Personal:
    """Personal data found in a text: `text == whole[start:end]`, offsets in characters."""

    kind: PersonalKind
    text: str
    start: int
    end: int
