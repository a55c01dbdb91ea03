from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from typer.testing import CliRunner

from caibian.cli import application
from caibian.errors import InputError
from caibian.pipeline import comparison_page
from caibian.pipeline.comparison_page import curve_view, samples
from caibian.pipeline.report import words
from tests.pipeline import example_comparison, example_tasks
from tests.pipeline.browser import Browser, browser


def visible(html: str, hidden: str = "zh") -> str:
    """The page's text in one language, without tags."""
    text = re.sub(
        rf'<span class="{hidden}".*?</span>|<style>.*?</style>|<script>.*?</script>',
        "",
        html,
        flags=re.DOTALL,
    )
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", text)))


def section(html: str, key: str) -> str:
    return html[html.index(f'<section id="{key}"') :].partition("</section>")[0]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return example_comparison.build(tmp_path_factory.mktemp("comparison") / "run")


@pytest.fixture(scope="module")
def page(folder: Path) -> Path:
    return comparison_page.render([folder], samples_shown=16)


@pytest.fixture(scope="module")
def html(page: Path) -> str:
    return page.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def tasks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return example_tasks.build(tmp_path_factory.mktemp("tasks") / "evaluation")


@pytest.fixture(scope="module")
def tasks_html(tasks: Path) -> str:
    return comparison_page.render([tasks], samples_shown=8).read_text(encoding="utf-8")


# What an editor reads


def test_the_page_is_one_file_that_names_no_address_to_load(html: str, tasks_html: str) -> None:
    for text in (html, tasks_html):
        assert not re.findall(r"""(?:src|href)\s*=\s*["'](?!#|data:)[^"']*""", text)
        assert not re.findall(r"@import|url\(", text)
        assert "default-src 'none'" in text


def test_the_first_thing_said_is_who_wins_in_each_language_and_by_whom(html: str) -> None:
    english, chinese = (visible(section(html, "answer"), hidden) for hidden in ("zh", "en"))
    assert re.search(r"Chinese tuned is ahead of base \(\d+% \[\d+, \d+\]\)", english)
    assert "Between tuned and base-1.5b there is no difference beyond chance." in english
    assert "Ordered by 3 experts, on 10 items." in english
    assert re.search(r"中文 ?tuned 领先 base（\d+%，区间 \[\d+, \d+\]）", chinese)
    assert "由3 位专家排序，共 10 题。" in chinese


def test_an_unfit_judge_is_struck_and_speaks_in_no_summary(html: str) -> None:
    assert f"{example_comparison.BIASED} is unfit (first seat placed first)" in visible(
        section(html, "answer")
    )
    assert re.search(rf'<th scope="col" class="struck">{example_comparison.BIASED}', html)
    assert f'<span class="struck">{example_comparison.BIASED}</span>' in section(html, "judges")
    assert "✗" in visible(section(html, "judges"))
    assert not re.search(rf"Ordered by[^.]*{example_comparison.BIASED}", visible(html))


def test_the_limits_name_what_each_kind_of_judge_cannot_say(html: str) -> None:
    text = visible(section(html, "limits"))
    for expected in (
        "Experts ranked 20 of 40 items",
        "checks counts failed checks",
        f"{example_comparison.HONEST} is a language model",
        f"{example_comparison.BIASED} judges base-1.5b, which is built on the same model",
        "base-1.5b has no answer to 1 of 40 items",
        "By chance alone about",
    ):
        assert expected in text, expected


def test_everything_that_was_measured_stands_on_the_page(html: str) -> None:
    text = visible(html)
    for expected in (
        "Krippendorff's alpha", "Kendall's W", "Win rates, row before column", "mean rank", "Strength, Plackett-Luce",
        "pairs flipped by reversal", "gives no order", "81,240", "0.0421 USD", "not my field", "Where experts disagree most",
        "Experts spent",
    ):  # fmt: skip
        assert expected in text, expected


def test_answers_stand_with_everybodys_place_failed_checks_and_violations(html: str) -> None:
    shown = section(html, "samples").split('<article class="sample"')[1:]
    assert len(shown) == 16
    assert "data-disputed" in shown[0]
    assert any("An expert marked:" in one and "Accuracy" in one for one in shown)
    assert any("Numbers in the source" in one for one in shown)
    assert all(f"{example_comparison.HONEST} <b>" in one for one in shown)


def test_what_is_missing_is_said_in_words(tmp_path: Path) -> None:
    bare = example_comparison.build(tmp_path / "bare", items=6, experts=(), judges=False)
    text = visible(comparison_page.render([bare], samples_shown=2).read_text(encoding="utf-8"))
    for expected in (
        "Nobody has ranked these answers yet", "No judge has ranked yet.", "No expert has ranked these answers.",
        "Errors have not been analysed here.",
    ):  # fmt: skip
        assert expected in text, expected


def test_damaged_files_cost_only_themselves(folder: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(folder, broken)
    (broken / "judging.json").write_text("{", encoding="utf-8")
    (broken / "agreement.json").write_text('{"items": 3}', encoding="utf-8")
    (broken / "errors.json").write_text("[]", encoding="utf-8")
    (broken / "rankings" / f"{example_comparison.RULE}.parquet").write_bytes(b"PAR1")
    html = comparison_page.render([broken], samples_shown=2).read_text(encoding="utf-8")
    text = visible(html)
    for name in ("judging.json", "agreement.json", "errors.json", "rankings/checks.parquet"):
        assert name in text, name
    assert "tuned is ahead of base" in text
    assert "The bias of qwen2.5-7b-instruct was not measured." in text


def test_a_folder_without_an_evaluation_is_refused_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="caibian evaluate answer or caibian evaluate tasks"):
        comparison_page.render([tmp_path])
    (tmp_path / "table.json").write_text('{"cards": []}', encoding="utf-8")
    with pytest.raises(InputError, match="caibian report RUN"):
        comparison_page.render([tmp_path])


# Safety


def test_nothing_of_answers_comments_or_data_can_act_on_the_page(html: str, tasks_html: str) -> None:
    for text in (html, tasks_html):
        assert text.count("<script>") == 1
        assert "<img" not in text
        assert "&lt;script&gt;" in text


def test_what_would_reorder_or_hide_text_is_shown_by_its_number() -> None:
    pieces, more = samples.readable("a\u202eb\x07c\ud800\u2067", 100)
    assert pieces == [("a", False), ("U+202E", True), ("b", False), ("U+0007", True), ("c", False), ("U+D800", True), ("U+2067", True)]  # fmt: skip
    assert more == 0
    assert samples.readable("\u0627\u200f\u0644")[0] == [
        ("\u0627\u200f\u0644", False)
    ]  # marks that Arabic needs


def test_an_answer_of_a_hundred_thousand_characters_is_cut_and_counted(html: str) -> None:
    pieces, more = samples.readable("长" * 100_000)
    assert (len(pieces[0][0]), more) == (samples.MOST_SHOWN, 100_000 - samples.MOST_SHOWN)
    assert len(html) < 1_500_000


# Task evaluations


def test_a_task_evaluation_says_where_the_model_is_ahead_and_by_how_much(tasks_html: str) -> None:
    assert "The model against base: ahead beyond chance on" in visible(section(tasks_html, "answer"))
    assert "模型与 base 相比" in visible(section(tasks_html, "answer"), "en")


def test_published_figures_stand_with_their_source_and_what_does_not_compare_is_grey(tasks_html: str) -> None:
    text = section(tasks_html, "tasks")
    assert re.search(r'<tr class="incomparable"><th scope="row">Giant-70B', text)
    assert re.search(r'<div class="row incomparable"><span class="label">Giant-70B', text)
    assert "Roe 2024, table 1" in text
    assert "not comparable" in visible(text)
    assert "another split" in visible(section(tasks_html, "limits"))


def test_calibration_confusion_classes_and_invalid_answers_are_shown(tasks_html: str) -> None:
    text = section(tasks_html, "tasks")
    assert text.count('<figure class="reliability">') == 2
    assert text.count('<table class="matrix') == 4
    assert "Label by label" in visible(text)
    assert "我不确定" in text
    assert "are left out of its figures, not counted as wrong: timed out" in visible(text)


# What changed, and learning curves


def test_a_second_report_says_which_answers_turned_and_which_figures_moved(tmp_path: Path) -> None:
    folder = example_tasks.build(tmp_path / "evaluation", skill={"model": 0.95})
    first = comparison_page.render([folder], samples_shown=0).read_text(encoding="utf-8")
    assert 'id="changes"' not in first
    example_tasks.build(folder, skill={"model": 0.3})
    for _ in range(2):  # drawn again over the same figures, it still tells of the evaluation before
        text = section(
            comparison_page.render([folder], samples_shown=0).read_text(encoding="utf-8"), "changes"
        )
        assert re.search(r"\d+ of \d+ figures moved beyond their intervals", visible(text))
        assert "right → wrong" in visible(text)
        assert "<code>sentiment_zh/" in text


def test_several_evaluations_in_order_make_curves_and_the_last_is_held_against_the_one_before(
    tmp_path: Path,
) -> None:
    folders = [
        example_tasks.build(tmp_path / f"step-{k}", items=24, skill={"model": skill})
        for k, skill in enumerate((0.4, 0.7, 0.9))
    ]
    html = comparison_page.render(folders, tmp_path / "all.html", samples_shown=0).read_text(encoding="utf-8")
    curves = section(html, "curves")
    assert curves.count('<figure class="curve">') == 3
    assert all(f">step-{k}</span>" in curves for k in range(3))
    assert "Held against the evaluation before: step-1." in visible(section(html, "changes"))
    assert not (folders[-1] / "report.html").exists()


def test_a_curve_needs_two_points() -> None:
    assert curve_view.curves([]) == []


# Words and the browser


def test_every_wording_of_the_page_is_there_in_both_languages() -> None:
    for name, wordings in words.catalogue().items():
        if name.startswith("cmp"):
            for key, wording in wordings.items():
                assert wording["en"].strip(), (name, key)
                assert wording["zh"].strip(), (name, key)
                fields = [set(re.findall(r"\{(\w+)\}", wording[code])) for code in ("en", "zh")]
                assert fields[0] == fields[1], (name, key)


def test_the_command_writes_the_page_and_prints_where_it_is(tasks: Path, tmp_path: Path) -> None:
    target = tmp_path / "own.html"
    arguments = ["evaluate", "report", str(tasks), "--out", str(target), "--samples", "1"]
    result = CliRunner().invoke(application(), arguments, catch_exceptions=False)
    assert result.exit_code == 0
    assert result.output.strip() == str(target)
    kept = json.loads(target.with_suffix(".figures.json").read_text(encoding="utf-8"))
    assert kept["last"]["figures"]


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.mark.parametrize("width", [390, 1440])
def test_the_page_fits_phone_and_desk_in_both_languages_without_errors(
    chrome: Browser, page: Path, tasks: Path, tasks_html: str, width: int
) -> None:
    for file in (page, tasks / "report.html"):
        for language in ("en", "zh"):
            chrome.screen(width, dark=language == "zh")
            chrome.open(file, f"?lang={language}")
            wide = chrome.do("document.documentElement.scrollWidth")
            assert wide <= width, (file.name, language, wide)
    assert chrome.errors == []
    assert all(address.startswith("file:") or address.startswith("data:") for address in chrome.requests)


def test_filters_show_only_what_experts_dispute(chrome: Browser, page: Path) -> None:
    chrome.screen(1440)
    chrome.open(page, "?lang=en")
    chrome.do("document.querySelector('[data-only=disputed]').click()")
    shown = chrome.do(
        "[...document.querySelectorAll('.sample')].filter(s => !s.hidden).every(s => 'disputed' in s.dataset)"
    )
    assert shown is True
