"""Labelled datasets as instructions: what is kept, what goes and why, and that nothing leaks."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from caibian.datasets.card import packaged
from caibian.errors import ConfigError, InputError
from caibian.instructions.config import InstructionsConfig
from caibian.instructions.labelled.build import Built, build
from caibian.instructions.labelled.config import DatasetSettings
from caibian.instructions.run import run
from caibian.progress import Context
from caibian.records import Example, read_parquet
from caibian.tasks import extract, load_cards
from tests import support

CARDS = load_cards()
LABELS = {"positive": {"published": ["好评", "POS"]}, "negative": {"published": "差评"}}
TOPICS = ("房间", "早餐", "前台", "停车场", "电梯", "空调", "浴室", "窗外", "走廊", "枕头", "网络", "大堂")


def text(number: int) -> str:
    """A review unlike the others: no two share a run of 13 characters."""
    words = [
        TOPICS[(number * 7 + step * (number + 3)) % len(TOPICS)] + chr(0x4E00 + number * 11 + step)
        for step in range(5)
    ]
    return "，".join(words)


def rows(count: int = 60, **columns: Any) -> dict[str, list[Any]]:
    data: dict[str, list[Any]] = {
        "text": [text(number) for number in range(count)],
        "label": ["好评" if number % 3 else "差评" for number in range(count)],
    }
    return data | {name: list(values) for name, values in columns.items()}


def settings(path: Path, **changes: Any) -> DatasetSettings:
    limits = changes.pop("max_per_split", {})
    more = {name: changes.pop(name) for name in ("max_input_chars", "balance") if name in changes}
    return DatasetSettings(
        id="reviews",
        base="csv",
        path=path,
        changes={"labels": LABELS, **changes},
        max_per_split=limits,
        **more,
    )


def write(path: Path, data: dict[str, list[Any]]) -> Path:
    pq.write_table(pa.table(data), path)
    return path


def built(path: Path, data: dict[str, list[Any]], seed: int = 1, **changes: Any) -> Built:
    (one,) = build([settings(write(path / "r.parquet", data), **changes)], seed=seed)
    return one


def column(one: Built, name: str) -> list[str]:
    return [str(value) for value in one.table[name].cast(pa.string()).to_pylist()]


def split_of(one: Built) -> dict[str, str]:
    return dict(zip(column(one, "id"), column(one, "split"), strict=True))


def test_every_row_becomes_an_example_with_the_cards_wording(tmp_path: Path) -> None:
    one = built(tmp_path, rows())
    assert one.figures["examples"] == {"train": 42, "validation": 6, "test": 12, "extra": 0}
    assert set(column(one, "output")) == {"正面", "负面"}
    assert column(one, "labels")[0] == "positive\nnegative"
    # The card knows four labels; an instruction offers those of the dataset alone.
    assert all("正面、负面" in asked and "矛盾" not in asked for asked in column(one, "instruction"))
    assert len(set(column(one, "instruction"))) > 2
    held_out = {
        i for i, s in zip(column(one, "instruction"), column(one, "split"), strict=True) if s == "test"
    }
    assert len(held_out) == 1  # always the first wording


def test_published_labels_are_read_whatever_their_case_and_counted_where_unknown(tmp_path: Path) -> None:
    labels = ["pos", " POS ", "差评", "中评", None, "", *["好评"] * 54]
    one = built(tmp_path, rows(label=labels))
    assert one.figures["dropped"]["label_unknown"] == 1
    assert one.figures["dropped"]["label_unknown: 中评"] == 1
    assert one.figures["dropped"]["label_missing"] == 2
    assert one.figures["labels_merged"]["pos -> positive"] == 1


def test_dirt_is_dropped_by_reason(tmp_path: Path) -> None:
    data = rows()
    data["text"][:5] = ["text", "", "好！", "  ", "12345 67"]
    dropped = built(tmp_path, data).figures["dropped"]
    assert dropped == {"text_missing": 2, "text_too_short": 2, "header_leftover": 1}


def test_copies_go_and_texts_with_two_labels_go_altogether(tmp_path: Path) -> None:
    data = rows()
    data["text"][1] = data["text"][2] + "！"  # both positive: one stays
    data["text"][3] = data["text"][4].replace("，", " ")  # negative and positive: both go
    dropped = built(tmp_path, data).figures["dropped"]
    assert dropped["repeated"] == 1
    assert dropped["labels_disagree"] == 2


def test_a_copy_across_the_publishers_splits_stays_where_it_is_held_out(tmp_path: Path) -> None:
    split = ["train"] * 40 + ["dev"] * 10 + ["test"] * 10
    data = rows(split=split)
    data["text"][1], data["label"][1] = data["text"][50], data["label"][50]
    data["text"][2], data["label"][2] = data["text"][40], data["label"][40]
    one = built(tmp_path, data, split="split")
    assert one.figures["dropped"] == {"repeated_from_test": 1, "repeated_from_validation": 1}
    assert split_of(one)["reviews/50"] == "test"
    assert one.figures["examples"] == {"train": 38, "validation": 10, "test": 10, "extra": 0}


def test_near_duplicates_and_long_common_runs_do_not_stand_on_both_sides(tmp_path: Path) -> None:
    split = ["train"] * 40 + ["dev"] * 10 + ["test"] * 10
    long = "这家酒店的服务员非常热情周到房间干净整洁早餐品种也很丰富离地铁站只有三分钟路程下次出差还会选择入住也愿意推荐给身边常来这座城市的同事和朋友"
    run = "甲乙丙丁戊己庚辛壬癸子丑寅"
    data = rows(split=split)
    data["text"][1], data["text"][51] = long, long.replace("三分钟", "五分钟")
    data["text"][2], data["text"][52] = f"开头{run}结尾不同", f"另起{run}收尾两样"
    for place in (1, 2, 51, 52):
        data["label"][place] = "好评"
    one = built(tmp_path, data, split="split")
    assert one.figures["dropped"] == {"near_duplicate_in_held_out": 1, "shares_13_tokens_with_test": 1}
    assert {"reviews/51", "reviews/52"} <= set(split_of(one))
    assert not {"reviews/1", "reviews/2"} & set(split_of(one))


def test_groups_stay_on_one_side(tmp_path: Path) -> None:
    one = built(tmp_path, rows(article=[str(number // 4) for number in range(60)]), group="article")
    sides: dict[int, set[str]] = {}
    for name, side in split_of(one).items():
        sides.setdefault(int(name.rpartition("/")[2]) // 4, set()).add(side)
    assert all(len(found) == 1 for found in sides.values())
    assert one.figures["examples"]["test"] == pytest.approx(12, abs=4)


def test_a_split_by_time_tests_on_the_newest(tmp_path: Path) -> None:
    one = built(
        tmp_path, rows(time=[str(1_000_000 + (number * 37) % 60) for number in range(60)]), by_time="time"
    )
    when = {f"reviews/{number}": (number * 37) % 60 for number in range(60)}
    splits = split_of(one)
    oldest_test = min(when[name] for name, side in splits.items() if side == "test")
    assert max(when[name] for name, side in splits.items() if side == "train") < oldest_test
    assert Counter(splits.values()) == {"train": 42, "validation": 6, "test": 12}


def test_labels_keep_their_shares_in_splits_and_under_a_cap(tmp_path: Path) -> None:
    one = built(tmp_path, rows(), max_per_split={"train": 21})
    labels = one.figures["labels"]
    assert labels["train"] == {"positive": 14, "negative": 7}
    assert labels["test"] == {"positive": 8, "negative": 4}
    assert one.figures["dropped"]["over_the_cap"] == 21


@pytest.mark.parametrize(
    ("balance", "train"),
    [
        ("none", {"positive": 14, "negative": 7}),
        ("equal", {"positive": 11, "negative": 10}),
        ("sqrt", {"positive": 12, "negative": 9}),
    ],
)
def test_lessons_may_be_drawn_more_evenly_than_the_labels_are(
    tmp_path: Path, balance: str, train: dict[str, int]
) -> None:
    one = built(tmp_path, rows(), max_per_split={"train": 21}, balance=balance)
    assert one.figures["labels"]["train"] == train
    assert one.figures["labels"]["test"] == {"positive": 8, "negative": 4}  # never the held-out ones


def test_a_scarce_label_leaves_its_room_to_the_others(tmp_path: Path) -> None:
    one = built(tmp_path, rows(), max_per_split={"train": 36}, balance="equal")
    assert one.figures["labels"]["train"] == {"positive": 22, "negative": 14}


def test_two_datasets_of_one_file_share_their_split(tmp_path: Path) -> None:
    path = write(
        tmp_path / "r.parquet",
        rows(grade=["高" if n % 2 else "低" for n in range(60)], split=["train"] * 45 + ["test"] * 15),
    )
    grade = {
        "label": "grade",
        "labels": {"high": {"published": "高"}, "low": {"published": "低"}},
        "card": "risk.opinion",
    }
    second = settings(path, split="split", **grade).model_copy(update={"id": "grades"})
    first, other = build([settings(path, split="split"), second], seed=1)
    assert [side for _, side in sorted((k.rpartition("/")[2], v) for k, v in split_of(first).items())] == [
        side for _, side in sorted((k.rpartition("/")[2], v) for k, v in split_of(other).items())
    ]
    assert first.figures["examples"]["validation"] == 5  # a tenth of the publisher's train
    assert not first.figures["dropped"]


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_split(tmp_path: Path) -> None:
    data = rows()
    assert built(tmp_path, data).table.equals(built(tmp_path, data).table)
    assert split_of(built(tmp_path, data, seed=2)) != split_of(built(tmp_path, data))


def test_long_texts_are_cut_where_the_recipe_says_so(tmp_path: Path) -> None:
    data = rows()
    data["text"] = [one + "。" + "很长" * 50 + one for one in data["text"]]
    assert max(map(len, column(built(tmp_path, data, max_input_chars=40), "input"))) == 40


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl"])
def test_csv_and_json_lines_are_read_with_what_is_broken_counted(tmp_path: Path, suffix: str) -> None:
    data = rows(30)
    pairs = list(zip(data["text"], data["label"], strict=True))
    if suffix == ".jsonl":
        lines = [json.dumps({"text": a, "label": b}, ensure_ascii=False) for a, b in pairs]
        lines[3:3] = ["{broken", "[1]"]
        body = "\n".join(lines).encode()
        reason = {"broken_line": 2}
    else:
        mark = "," if suffix == ".csv" else "\t"
        lines = ["text" + mark + "label", *(f'"{a}"{mark}{b}' for a, b in pairs)]
        lines.insert(5, f"one{mark}two{mark}three")
        body = "\r\n".join(lines).encode("gb18030")
        reason = {"wrong_number_of_columns": 1}
    path = tmp_path / f"own{suffix}"
    path.write_bytes(body)
    (one,) = build([settings(path)], seed=1)
    assert one.figures["dropped"] == reason
    assert one.table.num_rows == 30
    assert one.read == 30 + sum(reason.values())


def test_wrong_cards_are_refused_with_the_remedy(tmp_path: Path) -> None:
    path = write(tmp_path / "r.parquet", rows())
    with pytest.raises(
        InputError,
        match=r"no column 'rating', which the dataset card reviews reads; the file has: text, label",
    ):
        build([settings(path, label="rating")], seed=1)
    with pytest.raises(ConfigError, match=r"reviews: labels\.happy: no label of sentiment\.post"):
        build([settings(path, labels={"happy": {"published": "好评"}})], seed=1)
    with pytest.raises(ConfigError, match=r"the file has a split 'gold', the card maps train, dev"):
        build([settings(write(tmp_path / "s.parquet", rows(split=["gold"] * 60)), split="split")], seed=1)
    with pytest.raises(ValueError, match="also a spelling of positive"):
        settings(path, labels={"positive": {"published": "x"}, "negative": {"published": "X"}})
    with pytest.raises(ValueError, match="no dataset card 'nothing'"):
        DatasetSettings(id="nothing", path=path)
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1 no parquet")
    with pytest.raises(InputError, match=r"broken\.parquet: cannot be read"):
        build([settings(broken)], seed=1)


def test_a_recipe_of_datasets_alone_needs_no_corpus_and_writes_its_files(tmp_path: Path) -> None:
    path = write(tmp_path / "r.parquet", rows())
    config = InstructionsConfig(datasets=[settings(path)])
    out = tmp_path / "out"
    out.mkdir()
    report = run(config, {}, out, Context.quiet(seed=3))
    train = read_parquet(out / "train.parquet", Example)
    assert len(train) == 42
    assert report.rows_out == 60
    assert train[0].labels == ("positive", "negative")
    assert train[0].source_ids == ()
    assert [one.id for one in train] != sorted(one.id for one in train)  # shuffled


def test_augmented_examples_join_training_alone_and_are_counted(tmp_path: Path) -> None:
    path = write(tmp_path / "r.parquet", rows())
    config = InstructionsConfig.model_validate(
        {"datasets": [settings(path).model_dump()], "augment": {"noise": {"times": 0.5}}}
    )
    out = tmp_path / "out"
    out.mkdir()
    report = run(config, {}, out, Context.quiet(seed=3))
    train = read_parquet(out / "train.parquet", Example)
    added = [example for example in train if "#noise" in example.id]
    assert report.metrics["augmented"]["added"] == len(added) > 10
    assert len(train) == 42 + len(added)
    assert {example.split for example in added} == {"train"}
    assert len(read_parquet(out / "test.parquet", Example)) == 12


@pytest.mark.parametrize("identity", sorted(packaged()))
def test_a_packaged_dataset_card_fits_its_task_card(identity: str, tmp_path: Path) -> None:
    """With every column and label it names, in a file of its own making."""
    dataset = packaged()[identity]
    labels = {one.published[0]: label for label, one in dataset.labels.items()}
    card = CARDS[dataset.card]
    labels = labels or {label: label for label in card.output.labels}
    count = 12 * max(1, len(labels))
    data: dict[str, list[str]] = {
        name: [f"{text(n)}{k}" for n in range(count)] for k, name in enumerate(dataset.fields.values())
    }
    if dataset.label:
        data[dataset.label] = [list(labels)[n % len(labels)] for n in range(count)]
    if dataset.output:
        least, most = card.output.limits(dataset.language)
        data[dataset.output] = [f"（体育）{text(n)}" + "述" * ((least or 0) + 5) for n in range(count)]
        data[dataset.output][0] += "述" * (most or 0)
    for name in (dataset.split, dataset.group, dataset.by_time):
        if name:
            data.setdefault(name, ["all" if name == dataset.split else str(n) for n in range(count)])
    path = write(tmp_path / "r.parquet", data)
    (one,) = build([DatasetSettings(id=identity, path=path)], seed=1)
    assert not set(one.figures["dropped"]) & {"label_unknown", "label_missing"}
    assert one.figures["examples"]["train"] > 0
    if dataset.label:
        said = {extract(card, output, dataset.language) for output in column(one, "output")}
        assert said == set(labels.values())
    if dataset.output:
        assert one.figures["dropped"]["output_too_long"] == 1
    if dataset.strip:
        assert not any(output.startswith("（") for output in column(one, "output"))


def test_all_nineteen_task_types_have_a_dataset_card() -> None:
    assert {card.task for card in packaged().values()} >= {
        *(
            "attention-worthiness",
            "check-worthiness",
            "claim",
            "cyberbullying",
            "emotion",
            "factuality",
            "harmfulness",
        ),
        *(
            "hate speech",
            "natural-language inference",
            "news categorisation",
            "news credibility",
            "offensive language",
        ),
        *("propaganda", "sarcasm", "sentiment", "stance", "subjectivity", "summarisation", "news genre"),
    }


def test_the_shared_datasets_all_build_without_an_unknown_label() -> None:
    folder = support.shared_data("tasks").parent
    wanted = [
        DatasetSettings(id=name, path=folder / str(card.file))
        for name, card in packaged().items()
        if card.file
        and name
        in (
            "ans.stance",
            "ans.factuality",
            "checkthat.subjectivity.en",
            "midas.sentiment",
            "ced.time",
            "hasoc.fine",
        )
    ]
    for one in build(wanted, seed=1):
        assert "label_unknown" not in one.figures["dropped"]
        assert all(one.figures["examples"][name] > 0 for name in ("train", "validation", "test"))
        assert np.sum(list(one.figures["examples"].values())) > 1000
