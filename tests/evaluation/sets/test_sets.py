"""Evaluation sets: even, clean of training data, the same for the same inputs, frozen, and honest about what is missing."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import Result
from typer.testing import CliRunner

from caibian.cli import application
from caibian.errors import EmptyResult, InputError
from caibian.evaluation import answering
from caibian.evaluation.sets import WORKED, EvaluationSet, build_set, read_set, write_set
from caibian.records import Example, to_table, write_parquet
from caibian.tasks import load_cards

# Cards of each category, and a wording by which inputs of one number stay unlike all others.
CARDS = {
    "headline.news": "understanding",
    "sentiment.news": "understanding",
    "summary.news": "understanding",
    "comment.quick": "creation",
    "abridge.story": "rewriting",
    "qa.document": "qa",
}
TOWNS = ["青岭", "东溪", "云浦", "北川", "南屏", "石门", "白塔", "金湖", "松江", "永宁"]
THINGS = [
    "图书馆",
    "体育场",
    "水厂",
    "地铁站",
    "博物馆",
    "小学",
    "医院",
    "码头",
    "果园",
    "电影院",
    "养老院",
    "天文台",
]


def story(number: int) -> str:
    """An input that shares no long run with that of another number."""
    town, thing = TOWNS[number % 10], THINGS[(number // 10) % 12]
    return f"{number}号：{town}的{thing}今年{number * 7919 % 10007}人到访，{THINGS[number % 12]}旁{TOWNS[number // 7 % 10]}{number * 31}米。"


def example(number: int, card: str = "headline.news", **more: object) -> Example:
    facts = {
        "id": f"{card}-{number}",
        "instruction": "完成下面的任务。",
        "input": story(number),
        "output": f"答案{number}",
        "card": card,
        "dataset": "tiny",
        "language": "zh",
        "split": "test",
    }
    return Example(**facts | more)  # type: ignore[arg-type]


def parquet(path: Path, examples: Sequence[Example]) -> Path:
    write_parquet(path, to_table(list(examples), Example))
    return path


def many(cards: Sequence[str] = tuple(CARDS), each: int = 12) -> list[Example]:
    return [
        example(100 * place + number, card, dataset=("tiny", "small")[number % 2])
        for place, card in enumerate(cards)
        for number in range(each)
    ]


def ids(made: EvaluationSet) -> set[str]:
    return {one.id for one in made.examples}


def test_the_cards_of_these_tests_are_of_the_categories_they_say() -> None:
    assert {name: load_cards()[name].category for name in CARDS} == CARDS


def test_each_category_gets_its_number_evenly_over_cards_languages_and_datasets(tmp_path: Path) -> None:
    english = [example(900 + n, "sentiment.news", language="en", dataset="tiny") for n in range(12)]
    made = build_set([parquet(tmp_path / "a.parquet", [*many(), *english])], per_category=9)
    assert made.manifest["counts"]["categories"] == {
        "creation": 9,
        "rewriting": 9,
        "understanding": 9,
        "qa": 9,
    }
    cards = made.manifest["counts"]["cards"]
    assert {cards[name] for name, category in CARDS.items() if category == "understanding"} == {3}
    languages = Counter(one.language for one in made.examples if one.card == "sentiment.news")
    assert sorted(languages.values()) == [1, 2]
    assert set(Counter(one.dataset for one in made.examples if one.card == "qa.document").values()) == {4, 5}
    assert made.manifest["shortages"] == {}


def test_a_card_with_little_is_made_up_for_by_the_others(tmp_path: Path) -> None:
    rows = [example(n) for n in range(20)] + [example(50 + n, "sentiment.news") for n in range(2)]
    made = build_set([parquet(tmp_path / "a.parquet", rows)], per_category=10)
    assert made.manifest["counts"]["cards"] == {"headline.news": 8, "sentiment.news": 2}


def test_the_same_inputs_and_seed_give_the_same_bytes_whatever_the_files_are_called(tmp_path: Path) -> None:
    rows = many()
    for run, (first, second) in enumerate([("a", "b"), ("z", "y")]):
        files = [
            parquet(tmp_path / f"{first}.parquet", rows[::2]),
            parquet(tmp_path / f"{second}.parquet", rows[1::2]),
        ]
        write_set(tmp_path / f"set{run}", build_set(files[:: 1 - 2 * run], per_category=5, seed=3))
    one, other = (tmp_path / f"set{run}" for run in (0, 1))
    assert (one / "examples.parquet").read_bytes() == (other / "examples.parquet").read_bytes()
    again = build_set([tmp_path / "a.parquet", tmp_path / "b.parquet"], per_category=5, seed=3)
    write_set(tmp_path / "set2", again)
    assert (tmp_path / "set2" / "set.json").read_bytes() == (one / "set.json").read_bytes()
    assert ids(build_set([tmp_path / "a.parquet", tmp_path / "b.parquet"], per_category=5, seed=4)) != ids(
        again
    )


def test_more_examples_of_a_dataset_change_few_of_the_draws(tmp_path: Path) -> None:
    few = [example(n) for n in range(100)]
    more = few + [example(n) for n in range(100, 110)]
    before, after = (
        ids(build_set([parquet(tmp_path / f"{len(rows)}.parquet", rows)], per_category=40))
        for rows in (few, more)
    )
    assert len(before & after) >= 33  # ten of a hundred and ten: four of forty on average


def test_what_stands_in_training_is_left_out_by_reason(tmp_path: Path) -> None:
    long = "市民代表在听证会上依次发言，谈到停车难、噪声大和绿地少等多个方面的具体问题。"
    answer = "会议决定从明年春天起分三期改造老城区的供水管网"
    rows = [
        example(1),
        example(2, input=long + "第二天上午，代表们到现场看了三个小区，听取居民意见。"),
        example(
            3,
            input="前言不同。" + "从明年一月起全市公交实行统一票价每人两元" + "。后文也不同，没有相似之处。",
        ),
        example(4, "summary.news", output=answer),
        example(5),
    ]
    training = [
        example(1, id="t1", split="train"),
        example(6, id="t2", input=long + "第二天上午，代表们到现场看了三个小区，听取居民的意见。"),
        example(7, id="t3", input="记者获悉，从明年一月起全市公交实行统一票价每人两元，老人免费。"),
        example(8, id="t4", output=f"{answer}。"),
    ]
    made = build_set(
        [parquet(tmp_path / "test.parquet", rows)],
        training=[parquet(tmp_path / "train.parquet", training)],
        per_category=5,
    )
    assert ids(made) == {"headline.news-5"}
    assert made.manifest["dropped"] == {
        "same_text_in_training": 1,
        "near_duplicate_in_training": 1,
        "shares_13_tokens_with_training": 1,
        "reference_shares_13_tokens_with_training": 1,
    }
    assert [one["rows"] for one in made.manifest["training"]] == [4]
    lenient = build_set([tmp_path / "test.parquet"], training=[tmp_path / "train.parquet"], tokens=30)
    assert ids(lenient) == {"headline.news-3", "summary.news-4", "headline.news-5"}


def test_labels_that_equal_those_of_training_are_no_leak(tmp_path: Path) -> None:
    label = "这是一个特别长的标签名称用来凑够十三个字"
    made = build_set(
        [parquet(tmp_path / "test.parquet", [example(1, "sentiment.news", output=label)])],
        training=[parquet(tmp_path / "train.parquet", [example(2, "sentiment.news", output=label)])],
    )
    assert len(made.examples) == 1


def test_unusable_examples_are_left_out_by_reason(tmp_path: Path) -> None:
    rows = [
        example(1),
        example(2, output=" \n"),
        example(3, instruction="", input=""),
        example(4, card="no.such_card"),
        example(5, split="train"),
        example(6, id="headline.news-1"),
        example(7),
        example(7, id="copy", card="summary.news"),
    ]
    made = build_set([parquet(tmp_path / "a.parquet", [*rows, example(1)])])
    assert ids(made) in ({"headline.news-1", "headline.news-7"}, {"headline.news-1", "copy"})
    assert made.manifest["dropped"] == {
        "empty_reference": 1,
        "empty_prompt": 1,
        "unknown_card": 1,
        "not_in_test_split": 1,
        "id_of_another_example": 1,
        "repeated": 1,
        "near_duplicate_in_set": 1,
    }


def test_the_same_story_is_not_asked_about_twice(tmp_path: Path) -> None:
    rows = [example(n, card) for n in range(6) for card in ("headline.news", "summary.news", "abridge.story")]
    made = build_set([parquet(tmp_path / "a.parquet", rows)], per_category=10)
    assert len({one.input for one in made.examples}) == len(made.examples) == 6


def test_a_set_that_falls_short_says_by_category_how_many_are_missing_and_why(tmp_path: Path) -> None:
    rows = [example(n) for n in range(4)] + [example(20, "qa.document", output="")]
    short = build_set([parquet(tmp_path / "a.parquet", rows)], per_category=5).manifest["shortages"]
    assert short["understanding"]["missing"] == 1
    assert short["qa"]["missing"] == 5
    assert short["qa"]["left_out"] == {"empty_reference": 1}
    assert "qa.document" in short["qa"]["cards_without_examples"]
    assert "headline.news" not in short["understanding"]["cards_without_examples"]


def test_worked_examples_stand_in_for_cards_without_data_and_are_marked(tmp_path: Path) -> None:
    source = parquet(tmp_path / "a.parquet", [example(n) for n in range(3)])
    made = build_set([source], per_category=30, use_worked_examples=True)
    worked = [one for one in made.examples if one.dataset == WORKED]
    assert "headline.news" not in {one.card for one in worked}
    assert made.manifest["counts"]["datasets"][WORKED] == len(worked) > 80
    one = next(one for one in worked if one.card == "qa.document")
    assert one.output == load_cards()["qa.document"].examples.good.answer
    assert one.instruction
    assert one.input
    assert len(build_set([], per_category=2, use_worked_examples=True).examples) == 8


def test_nothing_left_is_an_error_that_counts_the_reasons(tmp_path: Path) -> None:
    source = parquet(tmp_path / "a.parquet", [example(1, output=""), example(2)])
    with pytest.raises(EmptyResult, match="empty reference 1, same text in training 1"):
        build_set([source], training=[source])
    with pytest.raises(InputError, match="none of 1 examples is of the split test"):
        build_set([parquet(tmp_path / "b.parquet", [example(1, split="train")])])
    (tmp_path / "c.parquet").write_bytes(b"no parquet")
    with pytest.raises(InputError, match="not a readable Parquet file"):
        build_set([source], training=[tmp_path / "c.parquet"])


def test_a_frozen_set_comes_back_the_same_and_a_changed_one_is_refused(tmp_path: Path) -> None:
    made = build_set([parquet(tmp_path / "a.parquet", many())], per_category=3)
    write_set(tmp_path / "set", made)
    back = read_set(tmp_path / "set")
    assert back.examples == made.examples
    assert back.manifest["examples_sha256"] == made.sha256
    asked = answering.read_set(tmp_path / "set")  # the next command of a person takes the folder as it is
    assert asked == list(made.examples)
    table = pq.read_table(tmp_path / "set" / "examples.parquet")
    pq.write_table(
        table, tmp_path / "set" / "examples.parquet", compression="none"
    )  # the same rows, another file
    with pytest.raises(InputError, match="not the file that was frozen"):
        read_set(tmp_path / "set")
    changed = [dataclasses.replace(made.examples[0], output="another"), *made.examples[1:]]
    parquet(tmp_path / "set" / "examples.parquet", changed)
    with pytest.raises(InputError, match="restore it, or build the set again"):
        read_set(tmp_path / "set")
    with pytest.raises(InputError, match="build one with caibian evaluate set"):
        read_set(tmp_path)


def test_a_frozen_set_is_not_overwritten_by_another(tmp_path: Path) -> None:
    source = parquet(tmp_path / "a.parquet", many())
    write_set(tmp_path / "set", build_set([source], per_category=3))
    write_set(tmp_path / "set", build_set([source], per_category=3))
    with pytest.raises(InputError, match="holds another frozen set"):
        write_set(tmp_path / "set", build_set([source], per_category=3, seed=1))
    assert read_set(tmp_path / "set").manifest["seed"] == 0


def run(*arguments: object) -> Result:
    return CliRunner().invoke(application(), ["evaluate", "set", *map(str, arguments)])


def test_the_command_takes_the_training_data_beside_its_source_by_itself(tmp_path: Path) -> None:
    parquet(tmp_path / "stage" / "test.parquet", many(each=4))
    parquet(tmp_path / "stage" / "train.parquet", [example(0, id="t")])
    result = run(tmp_path / "stage", "--out", tmp_path / "set", "--per-category", 4)
    assert result.exit_code == 0, result.output
    assert "same text in training 1" in result.output
    assert "creation          4 of 4" in result.output
    made = read_set(tmp_path / "set")
    assert "headline.news-0" not in ids(made)
    assert json.loads((tmp_path / "set" / "set.json").read_text())["per_category"] == 4


def test_the_command_says_what_is_missing_and_what_was_not_compared(tmp_path: Path) -> None:
    source = parquet(tmp_path / "only.parquet", [example(1)])
    result = run(source, "--out", tmp_path / "set", "--per-category", 2)
    assert "1 missing: no examples of 45 of 46 cards" in result.output
    assert "not compared with any training data" in result.output
    for arguments in ((), (tmp_path,)):
        assert isinstance(run(*arguments, "--out", tmp_path / "other").exception, InputError)
