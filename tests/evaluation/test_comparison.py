"""The folder that judges and experts rank: what is written comes back, what was frozen stays frozen."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from caibian.errors import InputError
from caibian.evaluation.comparison import (
    Comparison,
    read_comparison,
    read_rankings,
    write_comparison,
    write_rankings,
)
from caibian.records import Answer, Example, Ranking, to_table, write_parquet

EXAMPLES = tuple(
    Example(str(n), "拟标题", f"正文{n}", "标题", "headline.news", "x", "zh", "test") for n in range(2)
)


def comparison(*systems: str) -> Comparison:
    return Comparison(
        "desk",
        EXAMPLES,
        {system: {e.id: Answer(f"{system} {e.id}", system, e.id) for e in EXAMPLES} for system in systems},
    )


def test_systems_come_back_in_their_order_whatever_they_are_called(tmp_path: Path) -> None:
    names = ("tuned", "base", "larger/1.5b", "..", "乙 (v2)")
    write_comparison(tmp_path, comparison(*names))
    back = read_comparison(tmp_path)
    assert tuple(back.answers) == names
    assert back.answers["larger/1.5b"]["1"].text == "larger/1.5b 1"
    assert all(
        file.parent == tmp_path / "answers"
        for file in tmp_path.glob("**/*.parquet")
        if "answers" in str(file)
    )


def test_an_answer_that_failed_is_missing_not_wrong(tmp_path: Path) -> None:
    made = comparison("a", "b")
    made.answers["b"]["0"] = Answer("", "b", "0", finish_reason="error", error="timed out")  # type: ignore[index]
    write_comparison(tmp_path, made)
    back = read_comparison(tmp_path)
    assert [set(said) for _, said in back.items()] == [{"a"}, {"a", "b"}]
    assert back.missing() == {"a": 0, "b": 1}


def test_examples_that_were_changed_after_they_were_frozen_are_refused(tmp_path: Path) -> None:
    write_comparison(tmp_path, comparison("a"))
    write_parquet(tmp_path / "examples.parquet", to_table(EXAMPLES[:1], Example))
    with pytest.raises(InputError, match="not the examples that were frozen"):
        read_comparison(tmp_path)


def test_rankings_keep_their_seats_violations_and_reasons(tmp_path: Path) -> None:
    given = [
        Ranking(
            "0",
            "陈/编辑",
            ("b", "a"),
            kind="expert",
            shown=("a", "b"),
            violations={"a": ("accuracy", "concision")},
            comment="甲有误",
            seconds=12.5,
            at=datetime(2026, 1, 2, tzinfo=UTC),
        ),
        Ranking("1", "陈/编辑", (), abstained="cannot_tell", kind="expert"),
    ]
    write_rankings(tmp_path, given)
    assert read_rankings(tmp_path) == given
    write_rankings(tmp_path, [Ranking("0", "checks", ("a", "b"), kind="checks")])
    assert len(read_rankings(tmp_path)) == 3  # other judges' files stay


def test_half_a_character_out_of_a_model_costs_no_answer(tmp_path: Path) -> None:
    made = comparison("a")
    made.answers["a"]["0"] = Answer("好\ud83d的", "a", "0")  # type: ignore[index]
    write_comparison(tmp_path, made)
    assert read_comparison(tmp_path).answers["a"]["0"].text == "好?的"
