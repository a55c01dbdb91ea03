from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caibian.grounding import find_numbers, format_chinese, parse_chinese
from caibian.grounding.mentions import Quantity

NUMBERS = st.integers(min_value=0, max_value=10**16 - 1)


def value(text: str) -> float:
    (mention,) = find_numbers(text)
    assert isinstance(mention.value, Quantity)
    return mention.value.value


@given(NUMBERS)
def test_a_number_written_in_chinese_reads_back_as_itself(number: int) -> None:
    assert parse_chinese(format_chinese(number)) == number


@given(NUMBERS)
def test_a_number_in_figures_reads_back_as_itself_with_and_without_commas(number: int) -> None:
    assert parse_chinese(str(number)) == number
    assert parse_chinese(f"{number:,}") == number


@given(st.integers(1, 9999), st.sampled_from([("万", 10**4), ("亿", 10**8), ("万亿", 10**12)]))
def test_figures_and_units_of_ten_thousands_multiply(number: int, unit: tuple[str, int]) -> None:
    assert parse_chinese(f"{number}{unit[0]}") == number * unit[1]
    assert parse_chinese(f"{number / 10}{unit[0]}") == Decimal(str(number / 10)) * unit[1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("三千五百", 3500),
        ("两百五", 250),
        ("二〇一五", 2015),
        ("十", 10),
        ("一百零五", 105),
        ("3万5千", 35_000),
        ("2亿3000万", 230_000_000),
        ("三万五千亿", 3_500_000_000_000),
        ("五百万零三", 5_000_003),
    ],
)
def test_numerals_as_news_writes_them(text: str, expected: int) -> None:
    assert parse_chinese(text) == expected


@pytest.mark.parametrize("text", ["", "十百", "百人", "一点", "点五", "abc", "亿万", "3千,"])
def test_what_is_no_numeral_has_no_value(text: str) -> None:
    assert parse_chinese(text) is None


@given(st.text(max_size=30))
def test_any_text_is_a_numeral_or_none(text: str) -> None:
    assert parse_chinese(text) is None or isinstance(parse_chinese(text), Decimal)


@given(st.integers(2, 9_999_999))
def test_a_count_in_a_sentence_is_found_with_its_value_in_figures_and_in_chinese(number: int) -> None:
    assert value(f"共有{number}名代表") == number
    assert value(f"共有{format_chinese(number)}名代表") == number


def test_only_numbers_below_ten_to_the_sixteenth_are_formatted() -> None:
    with pytest.raises(ValueError, match="0 … 10"):
        format_chinese(-1)
