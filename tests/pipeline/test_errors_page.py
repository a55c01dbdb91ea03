from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from caibian.cli.evaluate.errors import errors as command
from caibian.evaluation.comparison import Comparison, write_comparison
from caibian.evaluation.errors import CAUSES, analyse
from caibian.evaluation.errors.answered import Answered
from caibian.pipeline import errors_page
from caibian.pipeline.report import words
from caibian.records import Answer
from tests.evaluation.errors.test_classify import labelled
from tests.pipeline.test_audit_page import ATTACK, visible


def desk() -> Answered:
    """The labelled answers as those of one system, and a second that mends some and breaks one."""
    examples, before, after = [], {}, {}
    for number, (example, answer, _, _) in enumerate(labelled()):
        own = dataclasses.replace(example, id=f"e{number}")
        examples.append(own)
        if answer is not None:
            before[own.id] = dataclasses.replace(answer, example_id=own.id)
        after[own.id] = Answer("" if number == 0 else own.output, "tuned", example_id=own.id)
    return Answered("desk", tuple(examples), {"before": before, "after": after})


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    return analyse(desk())


@pytest.fixture(scope="module")
def page(found: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return errors_page.render(found, tmp_path_factory.mktemp("page") / "errors.html", folder="runs/desk")


@pytest.fixture(scope="module")
def html(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def test_the_page_is_one_file_that_names_no_address_to_load(html: str) -> None:
    assert not re.findall(r"""(?:src|href)\s*=\s*["'](?!#|data:)[^"']*""", html)
    assert "default-src 'none'" in html


def test_a_reader_finds_shares_pairs_groups_and_answers_in_both_languages(html: str) -> None:
    text = visible(html)
    for expected in (
        "nothing wrong was found in", "Refusal", "The published texts were classified", "Mended", "neutral→negative",
        "喜悦", "Before tuning → After tuning", "inside a Markdown fence",
    ):  # fmt: skip
        assert expected in text, expected
    chinese = visible(html, hidden="en")
    for expected in ("未发现问题", "拒答", "发布原文也按同样的规则", "改好", "调优前 → 调优后"):
        assert expected in chinese, expected


def test_every_cause_has_a_name_and_an_explanation_in_both_languages() -> None:
    for section in ("errors_cause", "errors_about"):
        assert set(CAUSES) <= set(words.catalogue()[section]), section
        for wording in words.catalogue()[section].values():
            assert wording["en"]
            assert wording["zh"]


def test_everything_the_template_says_is_in_the_catalogue() -> None:
    folder = Path(errors_page.__file__).with_name("templates")
    source = "".join(file.read_text(encoding="utf-8") for file in folder.glob("*.j2"))
    asked = re.findall(r"""(?:t|plain)\('(\w+)\.(\w+)'""", source)
    assert len(asked) > 30
    assert [f"{a}.{b}" for a, b in asked if b not in words.catalogue().get(a, {})] == []


def test_nothing_of_the_data_can_act_on_the_page(tmp_path: Path) -> None:
    made = desk()
    examples = tuple(
        dataclasses.replace(e, instruction=ATTACK, input=ATTACK, output=ATTACK, id=f"{e.id}{ATTACK}")
        for e in made.examples[:8]
    )
    said = {e.id: Answer(ATTACK, "m", example_id=e.id) for e in examples}
    analysis = analyse(Answered(ATTACK, examples, {ATTACK: said, "other": {}}))
    analysis["notes"] = [ATTACK]
    html = errors_page.render(analysis, tmp_path / "errors.html", folder=ATTACK).read_text(encoding="utf-8")
    assert html.count("<script>") == 1
    assert "<img" not in html
    assert html.count("&lt;script&gt;") > 10


def test_the_command_writes_page_and_figures_and_prints_the_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = desk()
    folder = tmp_path / "comparison"
    write_comparison(folder, Comparison("desk", made.examples[:30], made.answers))
    command(folder, before="after", after="before", seed=1)
    figures = json.loads((folder / "errors.json").read_text(encoding="utf-8"))
    assert [(pair["before"], pair["after"]) for pair in figures["pairs"]] == [("after", "before")]
    said = capsys.readouterr().out
    assert "nothing wrong" in said
    assert str(folder / "errors.html") in said.replace("\n", "")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from tests.pipeline.browser import browser

    with browser() as running:
        yield running


def test_the_page_speaks_both_languages_fits_every_screen_and_filters_by_cause(
    browser: Any, page: Path
) -> None:
    for width in (390, 1280):
        browser.screen(width)
        for language in ("en", "zh"):
            browser.open(page, f"?lang={language}")
            assert browser.do("document.documentElement.scrollWidth") <= width
    assert browser.do("document.title") == "desk · 错误分析"
    browser.do("document.querySelector('.chip[data-card=loop]').click()")
    shown = browser.do(
        "[...document.querySelectorAll('.sample')].filter((s) => !s.hidden).map((s) => s.dataset.card)"
    )
    assert set(shown) == {"loop"}
    assert browser.errors == []
    assert all(address.startswith(("file:", "data:")) for address in browser.requests)
