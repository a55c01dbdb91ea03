"""Words and colours: both languages are whole, and everything can be read."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

import caibian.workbench
from caibian.api.panel import SKIP_REASONS
from caibian.workbench.design import COLOURS, MUST_CONTRAST, contrast, sheet
from caibian.workbench.words import Words, accepted, catalogue

PACKAGE = Path(caibian.workbench.__file__).parent
# Keys that code puts together, and where their endings come from.
MADE = ("save_", "state_", "not_handed_in_", "kind_")


def test_every_wording_is_in_both_languages_and_names_the_same_values() -> None:
    for section, wordings in catalogue().items():
        for key, wording in wordings.items():
            assert set(wording) == {"zh", "en"}, f"{section}.{key}"
            values = [
                {name for _, name, _, _ in Formatter().parse(text) if name} for text in wording.values()
            ]
            assert values[0] == values[1], f"{section}.{key}"


def test_every_wording_that_the_pages_ask_for_is_there() -> None:
    known = {f"{section}.{key}" for section, wordings in catalogue().items() for key in wordings}
    for file in PACKAGE.rglob("*.py"):
        for key in re.findall(r'words\(\s*"(\w+\.\w+)"', file.read_text(encoding="utf-8")):
            assert key in known, f"{file.name}: {key}"
    script = "".join(file.read_text(encoding="utf-8") for file in (PACKAGE / "board").rglob("*.js"))
    asked = set(re.findall(r"\bwords\.(\w+)", script))
    assert {f"ranking.{key}" for key in asked} <= known
    unused = set(catalogue()["ranking"]) - asked - {"title"}
    assert {key for key in unused if not key.startswith(MADE)} == set()
    assert {f"skip.{reason}" for reason in SKIP_REASONS} <= known


@pytest.mark.parametrize("place", ["review", "models", "operations"])
def test_scripts_ask_for_words_that_are_there_and_leave_none_over(place: str) -> None:
    """Keys are written out, or put together of a fixed beginning or end and a part that varies."""
    script = "".join(file.read_text(encoding="utf-8") for file in (PACKAGE / place).rglob("*.js"))
    known = set(catalogue()[place])
    asked = set(re.findall(r"\bwords\.(\w+)", script))
    assert asked <= known
    starts = tuple(re.findall(r"words\[`(\w+)\$\{", script))
    ends = tuple(re.findall(r"words\[`\$\{[^}]+\}(\w+)`\]", script))
    named = set(re.findall(r'"(\w+)"', script)) | set(re.findall(r"words\[(\w+)\]", script))
    left = known - asked - named
    assert {
        key for key in left if not (starts and key.startswith(starts)) and not (ends and key.endswith(ends))
    } == set()


def test_the_reader_is_greeted_in_a_language_they_accept() -> None:
    assert accepted("fr-FR, en;q=0.8, zh;q=0.5") == "en"
    assert accepted("zh-TW") == "zh"
    assert accepted(None) == "zh"
    assert Words("en").either("中文", "") == "中文"


@pytest.mark.parametrize("ground", [0, 1], ids=["light", "dark"])
def test_all_text_and_edges_stand_out_as_wcag_aa_asks(ground: int) -> None:
    for one, other, least in MUST_CONTRAST:
        found = contrast(COLOURS[one][ground], COLOURS[other][ground])
        assert found >= least, f"{one} on {other}: {found:.2f}"
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


def test_style_sheets_take_colours_from_the_tokens_alone() -> None:
    text, _ = sheet()
    tokens, _, rules = text.partition("/* In Chinese text")
    assert not re.findall(r"#[0-9a-f]{3,8}\b(?!\s*calc)", rules.replace("#000 calc", ""))
    used = set(re.findall(r"var\(--([\w-]+)\)", rules)) - {"font"}
    assert {name for name in used if f"--{name}:" not in tokens} == set()
