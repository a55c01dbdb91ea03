from __future__ import annotations

import ast
import inspect
import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from caibian.cli.instruct.audit import audit as command
from caibian.errors import InputError
from caibian.instructions.audit import audit, findings
from caibian.pipeline import audit_page
from caibian.pipeline.audit_page import check_view, sentences, shapes, view
from caibian.pipeline.report import words
from tests.instructions import audited

ATTACK = "</script><script>alert(1)</script><img src=x onerror=alert(2)>{n}"


def visible(html: str, hidden: str = "zh") -> str:
    """The page's text in one language, without tags."""
    text = re.sub(
        rf'<span class="{hidden}".*?</span>|<style>.*?</style>|<script>.*?</script>',
        "",
        html,
        flags=re.DOTALL,
    )
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", text)))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return audit(audited.dirty(tmp_path_factory.mktemp("audit") / "dirty"), samples=120)


@pytest.fixture(scope="module")
def page(found: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return audit_page.render(
        found, tmp_path_factory.mktemp("page") / "audit.html", title="desk", folder="runs/desk"
    )


@pytest.fixture(scope="module")
def html(page: Path) -> str:
    return page.read_text(encoding="utf-8")


# What a reader finds


def test_the_page_is_one_file_that_names_no_address_to_load(html: str) -> None:
    assert not re.findall(r"""(?:src|href)\s*=\s*["'](?!#|data:)[^"']*""", html)
    assert not re.findall(r"@import|url\(", html)
    assert "default-src 'none'" in html


def test_a_leak_is_the_first_thing_said_in_both_languages(html: str) -> None:
    assert "Training examples that give test examples away: 3 (4.3%)." in visible(html)
    assert "泄漏了测试题的训练样例：3 条（4.3%）。" in visible(html, hidden="en")
    assert html.index("give test examples away") < html.index('id="counts"')


def test_a_leak_stands_beside_the_test_example_with_the_shared_run_marked(html: str) -> None:
    leak = next(part for part in html.split('<article class="leak">') if "own/run" in part)
    assert "own/met" in leak
    assert leak.count(f"<mark>{audited.RUN}</mark>") == 2


def test_the_page_shows_every_part_of_the_audit(html: str) -> None:
    text = visible(html)
    for expected in (
        "69", "Section of a news story section.news", "house.card", "finance", "Outputs that name no label: 1",
        "Outputs that name a label not offered: 1", "66 of 68", "own/not-offered", "distinct-2",
        "Unknown tasks, whose labels and checks are left out: house.card.",
        "Train: examples with the text of another one and a different label: 2.",
    ):  # fmt: skip
        assert expected in text, expected


def test_a_few_words_in_common_are_told_from_the_same_story(tmp_path: Path) -> None:
    folder = audited.write(
        tmp_path,
        train=[audited.section(1, input=audited.text(1) + audited.RUN)],
        test=[audited.section(2, input=audited.RUN + audited.text(2), split="test")],
    )
    said = sentences.summary(audit(folder), "en")[0]
    assert said.startswith("Training examples with 13 words in a row out of a test example: 1 (100.0%).")


def test_clean_examples_are_said_to_be_clean(tmp_path: Path) -> None:
    clean = audit(audited.clean(tmp_path / "clean"))
    text = visible(
        audit_page.render(clean, tmp_path / "audit.html", title="clean").read_text(encoding="utf-8")
    )
    assert "No test example stands in training" in text
    assert "Nothing else stood out." in text


def test_a_lone_training_file_gives_a_page_that_says_what_could_not_be_looked_for(tmp_path: Path) -> None:
    alone = audit(audited.write(tmp_path, train=[audited.section(1)]), samples=0, checks=0)
    text = visible(audit_page.render(alone, tmp_path / "audit.html", title="one").read_text(encoding="utf-8"))
    assert "There is no test split, so nothing could be looked for in training." in text
    assert "No samples were asked for." in text


def test_nothing_of_the_data_can_act_on_the_page(tmp_path: Path) -> None:
    evil = {
        "id": ATTACK,
        "input": ATTACK + audited.RUN,
        "output": ATTACK,
        "dataset": ATTACK,
        "instruction": ATTACK,
    }
    folder = audited.write(
        tmp_path,
        train=[audited.section(k, **evil, source_ids=(ATTACK,)) for k in range(3)]
        + [audited.section(5, card="a.b" + ATTACK)],
        test=[audited.section(9, **evil, split="test")],
    )
    html = audit_page.render(audit(folder), tmp_path / "audit.html", title=ATTACK, folder=ATTACK).read_text(
        encoding="utf-8"
    )
    assert html.count("<script>") == 1
    assert "<img" not in html
    assert html.count("&lt;script&gt;") > 10


# Words


def test_every_finding_has_a_sentence_in_both_languages_with_the_values_it_is_given(
    found: dict[str, Any],
) -> None:
    tree = ast.parse(inspect.getsource(findings))
    keys = {
        node.values[0].value  # type: ignore[attr-defined]
        for node in ast.walk(tree)
        if isinstance(node, ast.Dict) and isinstance(node.values[0], ast.Constant)
    }
    said = set(words.catalogue()["audit_finding"])
    assert len(keys) >= 7
    assert keys <= said
    assert set(found["counts"]["flaws"]) <= said
    assert {
        "no_validation",
        "no_test",
        "validation_in_test",
        "train_in_validation",
        "unreadable",
        "not_offered",
    } <= said
    for language in ("en", "zh"):
        lines = sentences.summary(found, language)
        assert len(lines) == len(found["findings"]) + 1
        assert not any("{" in line for line in lines)


def test_everything_the_templates_say_is_in_the_catalogue() -> None:
    templates = Path(audit_page.__file__).with_name("templates")
    asked = re.findall(
        r"""(?:t|plain)\('(\w+)\.(\w+)'""",
        "".join(file.read_text(encoding="utf-8") for file in templates.glob("*.j2")),
    )
    assert len(asked) > 60
    missing = [f"{section}.{key}" for section, key in asked if key not in words.catalogue().get(section, {})]
    assert missing == []


# Plots


def test_the_axis_of_lengths_holds_every_bin_in_use() -> None:
    edges = [10 ** (k / 8) for k in range(41)]
    histogram = [0] * 40
    histogram[9] = histogram[30] = 5  # 13 to 18, and 5,600 to 7,500
    axis = shapes.log_axis(edges, [histogram])
    assert (axis.low, axis.high) == (1, 4)
    assert axis.at(10) == 0
    assert axis.at(10_000) == 100
    assert [label for _, label in axis.ticks] == ["10", "100", "1,000", "10,000"]
    assert shapes.log_axis(edges, [[0] * 40]).high > 0


def test_the_highest_bar_of_a_ridge_fills_its_box_and_bars_stand_side_by_side() -> None:
    edges = [10 ** (k / 8) for k in range(41)]
    histogram = [0] * 40
    histogram[16:19] = [2, 4, 1]
    axis = shapes.LogAxis(2, 3)
    quantiles = dict.fromkeys(("0", "0.05", "0.25", "0.5", "0.75", "0.95", "1"), 150)
    drawn = shapes.ridge({"histogram": histogram, "quantiles": quantiles, "mean": 150.0}, edges, axis)
    assert drawn.path == "M0 100V53H12.5V6H25V76.5H37.5V100Z"
    assert drawn.median == pytest.approx(17.61)
    assert drawn.half[1] == 0


def test_the_estimate_of_what_passes_weighs_cards_by_their_examples() -> None:
    cards = [{"card": "a", "train": 900}, {"card": "b", "train": 100}, {"card": "c", "train": 5000}]
    checks = [
        {"card": "a", "train": {"passed": 100, "checked": 100}},
        {"card": "b", "train": {"passed": 0, "checked": 50}},
        {"card": "c", "train": None},
    ]
    assert check_view.passing({"counts": {"cards": cards}, "checks": checks}) == pytest.approx(0.9)
    assert check_view.passing({"counts": {"cards": cards}, "checks": []}) is None


def test_samples_of_the_cards_take_turns() -> None:
    drawn = view.samples([{"card": card, "id": k} for card in "ab" for k in range(2)])
    assert [(one["card"], one["id"]) for one in drawn] == [("a", 0), ("b", 0), ("a", 1), ("b", 1)]


# The command


def test_the_command_writes_page_and_figures_beside_the_examples(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = audited.clean(tmp_path / "clean")
    command(folder, seed=3, samples=2)
    assert (folder / "audit.html").is_file()
    figures = json.loads((folder / "audit.json").read_text(encoding="utf-8"))
    assert (figures["drawn"]["seed"], len(figures["samples"])) == (3, 2)
    said = capsys.readouterr().out
    assert "90 examples (train 60, validation 12, test 18)" in said
    assert "No test example stands in training" in said
    assert str(folder / "audit.html") in said


def test_the_command_fails_where_test_material_is_in_training_after_writing_the_page(tmp_path: Path) -> None:
    folder = audited.dirty(tmp_path / "dirty")
    with pytest.raises(
        InputError, match=r"test material in training: 3 training examples \(own 2, other 1\)"
    ):
        command(folder, out=tmp_path / "elsewhere", seed=0, samples=1)
    assert (tmp_path / "elsewhere" / "audit.html").is_file()
    assert not (folder / "audit.html").exists()


def test_a_run_directory_is_audited_by_its_instructions_stage(tmp_path: Path) -> None:
    folder = audited.clean(tmp_path / "desk" / "02-instructions-0123456789ab")
    state = {"stages": [{"stage": "instructions", "folder": folder.name}]}
    (tmp_path / "desk" / "run.json").write_text(json.dumps(state), encoding="utf-8")
    with pytest.raises(InputError, match="has not finished; run: caibian instruct build"):
        audit_page.examples_folder(tmp_path / "desk")
    (folder / "DONE").touch()
    assert audit_page.examples_folder(tmp_path / "desk") == folder
    assert audit_page.title_of(folder) == "desk"


def test_a_path_that_is_neither_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"neither a run directory nor a folder that holds train\.parquet"):
        audit_page.examples_folder(tmp_path)


# In a browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from tests.pipeline.browser import browser

    with browser() as running:
        yield running


def test_the_page_speaks_both_languages_without_an_error_or_a_request(browser: Any, page: Path) -> None:
    browser.screen(1280)
    browser.open(page, "?lang=en")
    assert browser.do("document.body.innerText.includes('give test examples away')")
    browser.do("document.querySelector('label[for=language-zh]').click()")
    assert browser.do("document.body.innerText.includes('泄漏了测试题')")
    assert not browser.do("document.body.innerText.includes('give test examples away')")
    assert browser.do("document.title") == "desk · 指令数据审计"
    assert browser.errors == []
    assert all(address.startswith(("file:", "data:")) for address in browser.requests)


@pytest.mark.parametrize("width", [390, 820, 1280])
def test_the_page_fits_every_screen(browser: Any, page: Path, width: int) -> None:
    browser.screen(width)
    for language in ("en", "zh"):
        browser.open(page, f"?lang={language}")
        assert browser.do("document.documentElement.scrollWidth") <= width


def test_samples_can_be_narrowed_to_what_a_check_refuses(browser: Any, page: Path) -> None:
    browser.screen(1280)
    browser.open(page, "?lang=en")
    browser.do("document.querySelector('[data-only=failed]').click()")
    shown = browser.do(
        "[...document.querySelectorAll('.sample')].filter((s) => !s.hidden).map((s) => s.querySelector('header > code').textContent)"
    )
    assert set(shown) == {"own/none", "own/not-offered"}
