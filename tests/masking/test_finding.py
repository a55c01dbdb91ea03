"""How well each kind is found, on sentences with and without it: a table of precision and recall."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
import yaml

from caibian.masking import KIND_NAMES, KINDS, PersonalKind, find_personal

_MARKED = re.compile(r"\[\[(.*?)\]\]")
RECALL, PRECISION = 0.95, 0.95


@dataclass(frozen=True)
class Table:
    """What was found of one kind."""

    right: int
    wanted: int
    reported: int
    misses: tuple[str, ...]
    alarms: tuple[str, ...]


@cache
def cases() -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = yaml.safe_load(
        (Path(__file__).parent / "cases.yaml").read_text(encoding="utf-8")
    )
    return found


def split(marked: str) -> tuple[str, set[tuple[int, int]]]:
    """A sentence without its marks, and the places that were marked."""
    text, places, at = "", set(), 0
    for match in _MARKED.finditer(marked):
        text += marked[at : match.start()]
        places.add((len(text), len(text) + len(match[1])))
        text += match[1]
        at = match.end()
    return text + marked[at:], places


def measure(kind: PersonalKind) -> Table:
    """A value counts as found where it is hidden whole, under its own kind."""
    right = wanted = reported = 0
    misses: list[str] = []
    alarms: list[str] = []
    for marked in cases()[kind]["holds"]:
        text, places = split(marked)
        found = {(one.start, one.end) for one in find_personal(text) if one.kind == kind}
        wanted, reported, right = wanted + len(places), reported + len(found), right + len(places & found)
        misses += [f"{marked}: {sorted(text[a:b] for a, b in found)}"] if places - found else []
    for text in cases()[kind]["holds_none"]:
        found = {(one.start, one.end) for one in find_personal(text) if one.kind == kind}
        reported += len(found)
        alarms += [text] if found else []
    return Table(right, wanted, reported, tuple(misses), tuple(alarms))


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_found_where_it_stands_and_not_where_it_only_seems_to(kind: PersonalKind) -> None:
    assert min(map(len, cases()[kind].values())) >= 15
    table = measure(kind)
    assert table.right / table.wanted >= RECALL, table.misses
    assert table.right / max(1, table.reported) >= PRECISION, (table.alarms, table.misses)


def test_every_kind_has_cases_and_a_name_of_its_own_in_both_languages() -> None:
    assert set(cases()) == set(KINDS) == set(KIND_NAMES)
    names = [name.casefold() for pair in KIND_NAMES.values() for name in set(pair)]
    assert len(names) == len(set(names))


def test_only_the_kinds_asked_for_are_reported_and_in_order() -> None:
    text = "a@b.co，手机13900001111，卡号6212260200001234562"
    assert [one.kind for one in find_personal(text)] == ["email", "mobile", "bank_card"]
    assert [one.text for one in find_personal(text, {"mobile"})] == ["13900001111"]


def test_a_long_text_without_end_is_read_in_time() -> None:
    import time

    start = time.process_time()
    for piece in ("路", "1", "a@", "1 A ", "aB12", "京A1", "(212) ", "村一", "[手机"):
        find_personal((piece * 60_000)[:60_000])
    for word in ("QQ", "加微信", "微信号", "护照", "passport", "路1号"):
        find_personal(word + " " * 60_000)
    assert time.process_time() - start < 5


def test_marks_that_nobody_sees_hide_nothing() -> None:
    text = "\ufeff请致电138\u200b1234\u00ad5678，或写信给zhang\u200b@example.com。"
    found = find_personal(text)
    assert [(one.kind, one.text) for one in found] == [
        ("mobile", "138\u200b1234\u00ad5678"),
        ("email", "zhang\u200b@example.com"),
    ]
    assert all(text[one.start : one.end] == one.text for one in found)
