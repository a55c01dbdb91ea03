from __future__ import annotations

import csv
import io
import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from caibian.errors import ConfigError, EmptyResult
from caibian.evaluation.comparison import Comparison, write_comparison, write_rankings
from caibian.evaluation.tables.changes import changes, snapshot
from caibian.evaluation.tables.export import export, ranked_standings
from caibian.evaluation.tables.folder import read_evaluated
from caibian.evaluation.tables.lm_eval import lm_tasks, write_lm_eval
from caibian.evaluation.tables.rows import Row, as_csv
from caibian.evaluation.tables.sheet import Cell, Sheet, as_latex, as_markdown, latex
from caibian.evaluation.tables.tasks import ahead, task_rows
from caibian.records import Answer, Example, Ranking
from caibian.tasks import card, instruction, label_wording
from tests.pipeline import example_tasks

SENTIMENT = card("sentiment.news")


def labelled(number: int, language: str = "zh", **changed: Any) -> Example:
    label = list(SENTIMENT.output.labels)[number % 3]
    fields = {
        "id": f"s/{number}", "instruction": instruction(SENTIMENT, language), "input": f" {{{{x}}}} 消息{number}\n",
        "output": label_wording(SENTIMENT, label, language), "card": SENTIMENT.id, "dataset": "House News",
        "language": language, "split": "test",
    }  # fmt: skip
    return Example(**(fields | changed))


@pytest.fixture
def comparison(tmp_path: Path) -> Path:
    """Twelve items on which `good_1` always wins over `bad`, and `rest` lies anywhere."""
    examples = tuple(labelled(k, "zh" if k % 2 else "en") for k in range(12))
    systems = ("good_1", "bad", "rest")
    answers = {s: {e.id: Answer(f"{s} {e.id}", s, e.id) for e in examples} for s in systems}
    write_comparison(tmp_path / "c", Comparison("A & B", examples, answers))
    orders = [("good_1", "rest", "bad"), ("good_1", "bad", "rest")]
    write_rankings(tmp_path / "c", [Ranking(e.id, "=judge", orders[k % 2]) for k, e in enumerate(examples)])
    return tmp_path / "c"


# CSV


def test_every_figure_of_a_comparison_is_one_tidy_row(comparison: Path) -> None:
    (file,) = export(comparison, "csv")
    rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"), newline="")))
    duel = next(r for r in rows if (r["system"], r["over"], r["language"]) == ("good_1", "bad", ""))
    assert (duel["metric"], float(duel["value"]), int(duel["n"])) == ("win_rate", 1.0, 12)
    assert float(duel["low"]) > 0.5
    assert {r["language"] for r in rows} == {"", "zh", "en"}
    assert {r["metric"] for r in rows} == {"win_rate", "mean_rank"}


def test_a_name_that_a_spreadsheet_would_run_is_text(comparison: Path) -> None:
    text = export(comparison, "csv")[0].read_text(encoding="utf-8")
    assert "'=judge" in text
    assert ",=judge" not in text


@given(st.text(max_size=30), st.floats(allow_nan=False, allow_infinity=False))
def test_csv_reads_back_as_it_was(name: str, value: float) -> None:
    text = as_csv([Row(name, "m", value)])
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert row["system"].removeprefix("'") == name.removeprefix("'")
    assert float(row["value"]) == value


def test_task_figures_come_with_differences_and_published_figures(tmp_path: Path) -> None:
    table = json.loads((example_tasks.build(tmp_path, items=18) / "table.json").read_text(encoding="utf-8"))
    rows = task_rows(table)
    assert {row.dataset for row in rows} == {"sentiment_zh", "sentiment_en", "headlines"}
    assert any(row.metric == "macro_f1_difference" and row.over == "majority" for row in rows)
    published = {row.system: (row.comparable, row.source) for row in rows if row.source}
    assert published["Giant-70B"] == ("no", "Roe 2024, table 1")


# Best in bold


def metric(
    values: dict[str, tuple[float, float, float]], differences: dict[str, tuple[float, float]]
) -> dict[str, Any]:
    return {
        "metric": "accuracy",
        "better": "higher",
        "values": {s: dict(zip(("value", "low", "high"), v, strict=True)) for s, v in values.items()},
        "differences": {s: {"low": low, "high": high} for s, (low, high) in differences.items()},
    }


def test_the_best_is_bold_only_where_every_paired_interval_excludes_zero() -> None:
    values = {"model": (0.8, 0.7, 0.9), "a": (0.7, 0.6, 0.8), "b": (0.6, 0.5, 0.7)}
    assert ahead(metric(values, {"a": (0.01, 0.2), "b": (0.1, 0.3)}), "model") == "model"
    assert ahead(metric(values, {"a": (-0.01, 0.2), "b": (0.1, 0.3)}), "model") is None


def test_another_than_the_main_system_must_have_its_interval_apart_from_third_ones() -> None:
    values = {"model": (0.5, 0.4, 0.6), "a": (0.8, 0.75, 0.9), "b": (0.7, 0.6, 0.76)}
    less = {"a": (-0.4, -0.2), "b": (-0.3, -0.1)}
    assert ahead(metric(values, less), "model") is None
    values["b"] = (0.7, 0.6, 0.74)
    assert ahead(metric(values, less), "model") == "a"
    lower = metric(values, {"a": (-0.4, -0.2), "b": (-0.3, -0.1)}) | {"better": "lower"}
    assert ahead(lower, "model") == "model"
    assert ahead(lower | {"better": None}, "model") is None


# Markdown and LaTeX


def test_the_winner_of_a_comparison_is_bold_and_nothing_breaks_the_table(comparison: Path) -> None:
    markdown = export(comparison, "markdown")[0].read_text(encoding="utf-8")
    assert re.search(r"\| All items \|[^\n]* \*\*100\*\* \[", markdown)
    assert "good\\_1" in markdown
    tex = export(comparison, "latex")[0].read_text(encoding="utf-8")
    assert r"\textbf{100}" in tex
    assert r"A \& B" in tex
    assert r"good\_1" in tex
    assert tex.count(r"\toprule") == tex.count(r"\bottomrule") == tex.count(r"\end{table}")


@given(st.text(max_size=60))
def test_text_in_latex_holds_no_character_that_acts(text: str) -> None:
    shown = latex(text)
    bare = re.sub(r"\\(?:textbackslash|textasciicircum|textasciitilde|textless|textgreater|textbar|textquotedbl)\{\}|\\[{}$&#_%]|\{[][*]\}", "", shown)  # fmt: skip
    assert not re.search(r"[\\{}$&#^_~%<>|\[\]*\"]", bare)


@given(st.text(max_size=40))
def test_a_markdown_cell_stays_one_cell(text: str) -> None:
    sheet = Sheet(text, ["x", text], [(text, [Cell("1")])])
    lines = as_markdown([sheet]).split("\n")
    table = [line for line in lines if line.startswith("| ")]
    assert [len(re.findall(r"(?<!\\)\|", line)) for line in table] == [3, 3, 3]


def test_a_bracket_at_the_start_of_a_row_is_no_argument() -> None:
    assert "\n[" not in as_latex([Sheet("t", ["a", "b"], [("[x]", [Cell("1", "[0, 2]")])])])


# lm-evaluation-harness


def test_prompts_arrive_to_the_byte_and_labels_as_their_wordings(tmp_path: Path) -> None:
    examples = [*(labelled(k) for k in range(3)), labelled(3, "en")]
    names = write_lm_eval(tmp_path, examples)
    assert names == ["caibian_sentiment_news_house_news_zh", "caibian_sentiment_news_house_news_en"]
    settings = yaml.safe_load((tmp_path / f"{names[0]}.yaml").read_text(encoding="utf-8").partition("\n")[2])
    rows = [
        json.loads(line) for line in (tmp_path / f"{names[0]}.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert settings["output_type"] == "multiple_choice"
    # Names of fields: the harness takes a field as it is, and renders only what is none.
    assert {settings["doc_to_text"], settings["doc_to_choice"], settings["doc_to_target"]} <= set(rows[0])
    assert [row["prompt"] for row in rows] == [example.prompt for example in examples[:3]]
    assert [row["choices"][row["answer"]] for row in rows] == [example.output for example in examples[:3]]
    assert (tmp_path / "caibian_data.py").is_file()


def test_texts_become_greedy_generation_as_long_as_their_card_allows() -> None:
    known = card("headline.news")
    example = Example("h", instruction(known, "zh"), "正文", "标题", known.id, "d", "zh", "test")
    (task,) = lm_tasks([example])
    assert task.settings["output_type"] == "generate_until"
    assert task.settings["generation_kwargs"]["do_sample"] is False
    assert (
        task.settings["generation_kwargs"]["max_gen_toks"] >= max((known.output.max_chars or {}).values()) / 4
    )
    assert task.rows == [{"id": "h", "prompt": example.prompt, "answer": "标题"}]


def test_labels_offered_are_those_of_the_example_in_the_language_of_its_output() -> None:
    (task,) = lm_tasks(
        [labelled(1, output=label_wording(SENTIMENT, "neutral", "en"), labels=("neutral", "negative"))]
    )
    assert task.rows[0]["choices"] == [label_wording(SENTIMENT, one, "en") for one in ("neutral", "negative")]
    with pytest.raises(ConfigError, match="is none of the labels offered"):
        lm_tasks([labelled(0, labels=("neutral", "negative"))])


def test_nothing_to_export_is_an_error_that_says_what_comes_first(tmp_path: Path) -> None:
    write_comparison(tmp_path / "c", Comparison("c", (labelled(0),), {"a": {}, "b": {}}))
    with pytest.raises(EmptyResult, match="caibian evaluate judge"):
        export(tmp_path / "c", "csv")


# Changes


def test_figures_move_only_where_each_value_lies_outside_the_others_interval(tmp_path: Path) -> None:
    shots = []
    for skill in (0.95, 0.9, 0.2):
        found = read_evaluated(example_tasks.build(tmp_path / str(skill), items=30, skill={"model": skill}))
        shots.append(snapshot(found, ranked_standings(found)))
    assert json.loads(json.dumps(shots[0])) == shots[0]
    near, far = changes(shots[0], shots[1]), changes(shots[0], shots[2])
    assert near.same_set
    assert near.compared == far.compared > 0
    assert len(near.moved) < len(far.moved)
    for one in far.moved:
        assert one.after.value is not None
        assert not (one.before.low or -math.inf) <= one.after.value <= (one.before.high or math.inf)
    (flips,) = far.flips
    assert len(flips.to_wrong) > len(flips.to_right)
    assert flips.p is not None
    assert flips.p < 0.01


def test_nothing_changed_is_said_as_nothing(comparison: Path) -> None:
    found = read_evaluated(comparison)
    shot = snapshot(found, ranked_standings(found))
    same = changes(shot, shot)
    assert (same.moved, same.new, same.gone) == ([], [], [])
    assert all(not one.differ and not one.to_wrong for one in same.flips)
