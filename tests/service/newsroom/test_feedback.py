"""Feedback: what is kept of it, and what can be learnt from it."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from caibian.cli import main
from caibian.errors import EmptyResult
from caibian.records import Example, Report, read_parquet
from caibian.service.newsroom.lessons import export_feedback
from caibian.storage import Database
from caibian.storage.audit import history
from caibian.storage.newsroom.feedback import with_consent
from caibian.tasks import load_cards
from tests.service.newsroom.house import House

_numbers = itertools.count()
ARTICLE = "记者李明（电话13812345678）报道，今天下雨。"
TWO = [{"model": "tuned", "text": "今日降雨"}, {"model": "base", "text": "天晴"}]


def given(**more: Any) -> dict[str, Any]:
    return {
        "task": "headline.news",
        "language": "zh",
        "input": {"article": ARTICLE},
        "answers": TWO,
        "consent": True,
        "key": f"key-{next(_numbers):08}",
    } | more


@pytest.mark.parametrize(
    ("more", "examples", "pairs"),
    [
        ({"chosen": 0, "edited": "今日有雨"}, 1, 2),
        ({"chosen": 0}, 1, 1),
        ({"chosen": 0, "thumb": "down"}, 0, 0),
        ({"chosen": 0, "thumb": "down", "edited": "今日有雨"}, 1, 1),
        ({"answers": TWO[:1], "thumb": "up"}, 1, 0),
        ({"answers": TWO[:1], "thumb": "down"}, 0, 0),
        ({"answers": TWO[:1], "edited": "今日有雨"}, 1, 1),
        ({"answers": TWO[:1], "chosen": 0, "edited": "今日降雨 "}, 1, 0),
        ({"answers": [TWO[0], TWO[0]], "chosen": 1}, 1, 0),
        ({"thumb": "up"}, 0, 0),
        ({"chosen": 0, "edited": "今日有雨", "consent": False}, 0, 0),
    ],
)
def test_what_feedback_yields(house: House, more: dict[str, Any], examples: int, pairs: int) -> None:
    kept = house.post("reporter", "/feedback", given(**more))
    assert (kept["examples"], kept["pairs"]) == (examples, pairs)


def test_without_consent_no_text_is_kept_anywhere(any_house: House) -> None:
    body = given(chosen=0, thumb="up", edited="秘密的改稿", comment="秘密的话", consent=False)
    any_house.post("reporter", "/feedback", body)
    assert list(with_consent(any_house.database)) == []
    with any_house.database.reading() as session:
        rows = session.connection().exec_driver_sql("SELECT * FROM feedback").all()
    assert len(rows) == 1
    assert not any(word in str(rows[0]) for word in ("秘密", "\\u79d8", "今日", "13812345678"))


def test_the_same_feedback_twice_is_kept_once_and_counted_by_task(any_house: House) -> None:
    body = given(chosen=0, thumb="up")
    assert any_house.post("reporter", "/feedback", body) == any_house.post("reporter", "/feedback", body)
    any_house.post("other", "/feedback", given(task="summary.news", thumb="down", consent=False))
    assert any_house.problem("reporter", "GET", "/feedback", 403).code == "forbidden"
    found = any_house.get("editor", "/feedback")
    found.pop("since")
    assert found == {
        "total": 2,
        "up": 1,
        "down": 1,
        "with_consent": 1,
        "examples": 1,
        "pairs": 1,
        "by_task": {"headline.news": 1, "summary.news": 1},
    }


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"chosen": 2}, "chosen"),
        ({"task": "x\x00"}, "task"),
        ({"thumb": "sideways"}, "thumb"),
        ({"answers": []}, "answers"),
    ],
)
def test_feedback_that_cannot_be_is_refused(house: House, more: dict[str, Any], field: str) -> None:
    problem = house.problem("reporter", "POST", "/feedback", 422, json=given(**more))
    assert problem.message.startswith(field)


def lessons(database: Database, out: Path) -> tuple[Report, list[Example], list[dict[str, Any]]]:
    report = export_feedback(database, out, load_cards())
    pairs = [json.loads(line) for line in (out / "preferences.jsonl").read_text().splitlines()]
    assert pq.read_table(out / "preferences.parquet").to_pylist() == pairs
    return report, read_parquet(out / "examples.parquet", Example), pairs


def test_feedback_becomes_examples_and_pairs_without_personal_data(any_house: House, tmp_path: Path) -> None:
    any_house.post("reporter", "/feedback", given(chosen=0, edited="今日有雨，详询13812345678"))
    any_house.post("other", "/feedback", given(chosen=0, edited="今日有雨，详询13812345678"))
    report, examples, pairs = lessons(any_house.database, out := tmp_path / "out")
    (example,) = examples
    hidden = example.output.removeprefix("今日有雨，详询")
    assert hidden in example.input  # the same placeholder for the same number
    assert not any(
        "13812345678" in text
        for text in (example.input, *(path.read_text("utf-8", "replace") for path in out.iterdir()))
    )
    assert [(pair["chosen"][0]["content"], pair["rejected"][0]["content"]) for pair in pairs] == [
        (example.output, "今日降雨"),
        ("今日降雨", "天晴"),
    ]
    for pair in pairs:  # the conversational layout of TRL
        assert pair["prompt"] == [{"role": "user", "content": example.prompt}]
        assert pair["chosen"][0]["role"] == pair["rejected"][0]["role"] == "assistant"
        assert pair["split"] == example.split
    assert report.dropped == {"duplicate_example": 1, "duplicate_pair": 2}
    assert (report.rows_in, report.metrics["personal_data_hidden"]) == (2, {"mobile": 2})
    assert Report.read(out).metrics == report.metrics
    (line,) = history(any_house.database, "(feedback)")
    assert (line.action, line.detail) == ("export feedback", {"examples": 1, "pairs": 2})


def test_what_cannot_teach_is_counted_by_reason(house: House, tmp_path: Path) -> None:
    for more in (
        {"task": "headline.gone", "thumb": "up", "answers": TWO[:1]},
        {"input": {"no_field": "x"}, "thumb": "up", "answers": TWO[:1]},
        {"thumb": "up"},
        {"chosen": 0},
        {"chosen": 1},
        {"answers": TWO[:1], "edited": "今日降雨13912345678"},
        {"answers": [{"model": "m", "text": "电话13912345678"}], "edited": "电话13812345679"},
    ):
        house.post("reporter", "/feedback", given(**more))
    report, examples, pairs = lessons(house.database, tmp_path)
    assert report.dropped == {"unknown_task": 1, "unfit_input": 1, "no_preference": 1, "contradicted_pair": 2}
    assert len(examples) == 4
    assert len(pairs) == 2


def test_one_prompt_is_always_of_one_split_and_all_splits_get_some(house: House, tmp_path: Path) -> None:
    for number in range(60):
        house.post(
            "reporter", "/feedback", given(input={"article": f"第{number}篇"}, thumb="up", answers=TWO[:1])
        )
    _, first, _ = lessons(house.database, tmp_path / "one")
    house.post("reporter", "/feedback", given(input={"article": "第0篇"}, chosen=1))
    _, second, _ = lessons(house.database, tmp_path / "two")
    of = {example.prompt: example.split for example in second}
    assert all(of[example.prompt] == example.split for example in first)
    assert all(of[example.prompt] == example.split for example in second)
    assert {"train", "test"} <= set(of.values())


def test_the_command_line_says_what_it_wrote_and_that_there_was_nothing(
    house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(EmptyResult, match="0 given with consent"):
        export_feedback(house.database, tmp_path / "out", load_cards())
    assert not (tmp_path / "out").exists()
    house.post("reporter", "/feedback", given(chosen=0))
    place = str(house.database.engine.url.database)
    with pytest.raises(SystemExit) as ended:
        main(["newsroom", "feedback", "export", str(tmp_path / "out"), "--db", place])
    assert ended.value.code == 0
    assert "1 examples and 1 preference pairs out of 1 answers" in capsys.readouterr().out
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "examples.parquet",
        "preferences.jsonl",
        "preferences.parquet",
        "report.json",
    ]
