from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from caibian.errors import ConfigError, InputError
from caibian.evaluation.comparison import Comparison, write_comparison
from caibian.evaluation.errors import REFERENCE, analyse, read_answered
from caibian.evaluation.errors.answered import Answered
from caibian.evaluation.errors.rates import share
from caibian.records import Answer, Example, to_table, write_parquet

INSTRUCTION = "判断下面这条新闻的情感倾向，只回答其中一个：正面、中性、负面。"


def example(number: int, output: str = "中性", **changes: Any) -> Example:
    made = Example(
        id=f"e{number}",
        instruction=INSTRUCTION,
        input=f"青岭市图书馆今天开放第{number}阅览室，市民凭证进入。",
        output=output,
        card="sentiment.news",
        dataset="own",
        language="zh",
        split="test",
    )
    return dataclasses.replace(made, **changes)


def answered(**said: list[str | None]) -> Answered:
    """Systems by name with their answers in the order of the examples; None is no answer."""
    count = len(next(iter(said.values())))
    examples = tuple(example(number) for number in range(count))
    answers = {
        system: {
            f"e{number}": Answer(text, system, example_id=f"e{number}")
            for number, text in enumerate(texts)
            if text is not None
        }
        for system, texts in said.items()
    }
    return Answered("desk", examples, answers)


def line(found: dict[str, Any], system: str) -> dict[str, Any]:
    return next(one for one in found["overall"] if one["system"] == system)


# Counting


def test_answers_without_a_cause_and_with_each_are_counted_with_intervals() -> None:
    found = analyse(answered(base=["中性", "喜悦", "喜悦！", "", None]))
    own = line(found, "base")
    assert (own["answers"], own["clean"]["n"]) == (5, 1)
    assert {cause: one["n"] for cause, one in own["causes"].items()} == {
        "off_list_label": 2,
        "empty": 1,
        "missing": 1,
    }
    assert own["clean"]["low"] == pytest.approx(0.0362, abs=1e-3)  # Wilson, 1 of 5
    assert own["clean"]["high"] == pytest.approx(0.6245, abs=1e-3)
    assert sum(one["primary"] for one in own["causes"].values()) == 4


def test_none_in_ten_is_not_said_to_be_certainly_none() -> None:
    assert share(0, 10).low == 0
    assert share(0, 10).high == pytest.approx(0.2775, abs=1e-3)


def test_the_published_outputs_show_the_false_alarms() -> None:
    assert line(analyse(answered(base=["喜悦", "中性"])), REFERENCE)["clean"]["n"] == 2


# Clustering


def test_labels_off_the_list_are_put_together_whatever_their_marks_and_width() -> None:
    found = analyse(answered(base=["喜悦", "喜悦。", "「喜悦」", "ＨＡＰＰＹ", "happy"]))
    group = next(one for one in found["clusters"] if one["cause"] == "off_list_label")
    assert [(c["key"], c["n"]) for c in group["clusters"]] == [("喜悦", 3), ("happy", 2)]


def test_wrong_labels_are_grouped_by_what_was_right_and_what_was_said() -> None:
    found = analyse(answered(base=["负面", "正面", "负面新闻", "中性"]))
    group = next(one for one in found["clusters"] if one["cause"] == "wrong_label")
    assert [(c["key"], c["n"]) for c in group["clusters"]] == [
        ("neutral→negative", 2),
        ("neutral→positive", 1),
    ]


def test_schema_violations_are_grouped_by_path_over_the_items_of_a_list() -> None:
    card = {"card": "quotes.speaker", "output": "[]", "instruction": "摘出稿中全部直接引语。"}
    examples = (example(0, **card), example(1, **card))
    said = {
        "e0": Answer('[{"speaker": "周敏"}, {"speaker": "周敏", "quote": 3}]', "m"),
        "e1": Answer('[{"speaker": "李强", "quote": "好"}, {"speaker": "李强"}]', "m"),
    }
    found = analyse(Answered("desk", examples, {"m": said}))
    group = next(one for one in found["clusters"] if one["cause"] == "schema")
    assert [(c["key"], c["n"]) for c in group["clusters"]] == [
        ("$[].quote: is required and missing", 2),
        ("$[].quote: is not string", 1),
    ]


def test_like_refusals_are_one_group_with_a_representative() -> None:
    sorry = [f"抱歉，我无法判断这条新闻的情感倾向，因为信息不足{mark}" for mark in ("。", "！", "，请谅解。")]
    found = analyse(answered(base=[*sorry, "中性"]))
    group = next(one for one in found["clusters"] if one["cause"] == "refusal")
    assert [c["n"] for c in group["clusters"]] == [3]
    assert group["clusters"][0]["representative"] in sorry


# Two systems


def test_what_tuning_mended_and_what_it_broke_is_counted_over_the_same_examples() -> None:
    found = analyse(answered(before=["喜悦", "喜悦", "中性", "中性"], after=["中性", "中性", "正面", "中性"]))
    (pair,) = found["pairs"]
    assert (pair["before"], pair["after"]) == ("before", "after")
    assert (pair["mended"], pair["broken"], pair["clean_both"], pair["clean_neither"]) == (2, 1, 1, 0)
    causes = {one["cause"]: (one["mended"], one["broken"]) for one in pair["causes"]}
    assert causes == {"off_list_label": (2, 0), "wrong_label": (0, 1)}
    assert {"from": "off_list_label", "to": "none", "n": 2} in pair["moves"]
    assert pair["causes"][0]["mended_examples"][0] == {
        "id": "e0", "card": "sentiment.news", "reference": "中性", "before": "喜悦", "after": "中性",
    }  # fmt: skip


def test_a_system_that_is_not_there_is_refused_with_the_names_of_those_that_are() -> None:
    with pytest.raises(ConfigError, match=r"--before: no system 'x' here; there are: base"):
        analyse(answered(base=["中性"]), before="x")


def test_a_card_of_another_house_is_named_and_its_answers_are_looked_at_without_it() -> None:
    one = example(0, card="house.card")
    said = {"e0": Answer("抱歉，我无法提供帮助。", "m")}
    found = analyse(Answered("desk", (one,), {"m": said}))
    assert found["unknown_cards"] == ["house.card"]
    assert set(line(found, "m")["causes"]) == {"refusal"}


# Folders


def test_a_comparison_a_stage_and_a_folder_of_tasks_are_read_alike(tmp_path: Path) -> None:
    made = answered(before=["中性", "喜悦"], after=["中性", "中性"])
    write_comparison(tmp_path / "comparison", Comparison("desk", made.examples, made.answers))
    tasks = tmp_path / "tasks"
    write_parquet(tasks / "items.parquet", to_table(made.examples, Example))
    stage = tmp_path / "run" / "04-evaluation-0123456789ab"
    extra = [*made.examples, example(99)]  # held out, and never asked
    write_parquet(tmp_path / "run" / "02-instructions-aa" / "test.parquet", to_table(extra, Example))
    for system, said in made.answers.items():
        table = to_table([*said.values()], Answer)
        write_parquet(tasks / "answers" / f"{system}.parquet", table)
        write_parquet(stage / f"answers-{system}.parquet", table)
    for folder in (tmp_path / "comparison", tasks, stage, tmp_path / "run"):
        read = read_answered(folder)
        assert [*read.answers] == ["before", "after"], folder
        assert read.examples == made.examples, folder
        assert read.answers["before"]["e1"].text == "喜悦"


def test_a_recited_example_of_the_prompt_is_found_where_the_examples_are_given(tmp_path: Path) -> None:
    made = answered(base=["老城墙修缮完成后昨日重新对游客开放"])
    write_parquet(tmp_path / "items.parquet", to_table(made.examples, Example))
    write_parquet(tmp_path / "answers" / "base.parquet", to_table([*made.answers["base"].values()], Answer))
    shot = example(9, input="老城墙修缮完成后昨日重新对游客开放，市民免费入场。")
    write_parquet(tmp_path / "shots.parquet", to_table([shot], Example))
    assert "leaked_turn" not in line(analyse(read_answered(tmp_path)), "base")["causes"]
    read = read_answered(tmp_path, shots=tmp_path / "shots.parquet")
    assert line(analyse(read), "base")["causes"]["leaked_turn"]["n"] == 1


def test_a_name_that_no_file_can_have_comes_back_as_it_was(tmp_path: Path) -> None:
    made = answered(**{"server/v1#model": ["中性"]})
    write_parquet(tmp_path / "items.parquet", to_table(made.examples, Example))
    said = made.answers["server/v1#model"]
    write_parquet(tmp_path / "answers" / "server%2Fv1%23model.parquet", to_table([*said.values()], Answer))
    assert [*read_answered(tmp_path).answers] == ["server/v1#model"]


def test_a_folder_without_answers_or_without_examples_says_what_is_wanted(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no answers here; wanted comparison\.json"):
        read_answered(tmp_path)
    write_parquet(tmp_path / "answers-base.parquet", to_table([Answer("x", "m", example_id="e0")], Answer))
    with pytest.raises(
        InputError, match=r"no test\.parquet that holds these examples; name it with --examples"
    ):
        read_answered(tmp_path)
    with pytest.raises(InputError, match="no such folder"):
        read_answered(tmp_path / "nowhere")


def test_the_analysis_is_a_json_document_whatever_the_answers_are(tmp_path: Path) -> None:
    hostile = ["<script>alert(1)</script>", "中性\ud800", "x" * 100_000, "\x00\x1b[31m", "{{ 7 * 7 }}"]
    found = analyse(answered(base=[*hostile]))
    assert len(json.dumps(found)) < 200_000
