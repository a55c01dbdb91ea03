"""What tells a number of a card, an account or a person from any other number: check digits and dates."""

from __future__ import annotations

import re
from datetime import date

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999
_ID_DIGITS = "10X98765432"
_PROVINCES = frozenset(
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83".split()  # noqa: SIM905
)  # GB/T 2260; 83: residence permits of people from Taiwan

# Lengths by country, from the IBAN registry.
_IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28, "CH": 21,
    "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FO": 18, "FR": 27,
    "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26,
    "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MD": 24, "ME": 22,
    "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18, "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24,
    "RS": 22, "SA": 24, "SC": 31, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24,
    "XK": 20,
}  # fmt: skip

# First digits of cards: UnionPay, Visa, Mastercard, American Express, Discover, JCB, and ICBC's older 9558.
_ISSUERS = re.compile(
    r"62|4|5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)|3[47]|6011|65|64[4-9]|35(?:2[89]|[3-8])|9558"
)
_CARD_LENGTHS = frozenset((15, 16, 17, 18, 19))


def is_resident_id(digits: str) -> bool:
    """Whether 18 characters are a Chinese resident id: province, date of birth, check digit."""
    if digits[:2] not in _PROVINCES or not _is_date(digits[6:10], digits[10:12], digits[12:14]):
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_ID_WEIGHTS, digits, strict=False))
    return _ID_DIGITS[total % 11] == digits[17].upper()


def looks_like_resident_id(digits: str) -> bool:
    """Whether they are one but for the check digit: a mistyped one, where words say what it is."""
    return digits[:2] in _PROVINCES and _is_date(digits[6:10], digits[10:12], digits[12:14])


def is_old_resident_id(digits: str) -> bool:
    """Whether 15 digits are a resident id of before 1999: province and date of birth, without a check digit."""
    return digits[:2] in _PROVINCES and _is_date(f"19{digits[6:8]}", digits[8:10], digits[10:12])


def _is_date(year: str, month: str, day: str) -> bool:
    try:
        return 1880 <= date(int(year), int(month), int(day)).year <= 2100
    except ValueError:
        return False


def luhn(digits: str) -> bool:
    """Whether the last digit checks the others (ISO/IEC 7812)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def is_card(digits: str) -> bool:
    """Whether digits are the number of a bank card: a known issuer, a usual length, and Luhn's check."""
    return len(digits) in _CARD_LENGTHS and bool(_ISSUERS.match(digits)) and luhn(digits)


def iban_length(country: str) -> int | None:
    """How many characters an account number of a country has; None where it has no IBANs."""
    return _IBAN_LENGTHS.get(country)


def is_iban(text: str) -> bool:
    """Whether letters and digits without spaces are an IBAN (ISO 13616: the remainder by 97 is 1)."""
    if len(text) != iban_length(text[:2]):
        return False
    return int("".join(str(int(c, 36)) for c in text[4:] + text[:4])) % 97 == 1
