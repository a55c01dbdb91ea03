from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from caibian.errors import InputError
from caibian.instructions.audit import audit, rows
from caibian.instructions.audit.checked import wilson
from caibian.instructions.audit.duplicates import repeated
from caibian.instructions.audit.lengths import EDGES
from caibian.records import Example
from tests.instructions import audited
from tests.instructions.audited import section, text, write


def train_and_test(folder: Path, train: list[Example], test: list[Example]) -> dict[str, Any]:
    """The leakage between train and test of the given examples among clean ones."""
    whole = audit(
        write(
            folder,
            train=[section(k) for k in range(6)] + train,
            test=[section(k, split="test") for k in range(6, 12)] + test,
        ),
        checks=0,
    )
    found: dict[str, Any] = whole["leakage"]
    return {**found["pairs"][0], "leaks": found["leaks"], "read": found["examples"]}


def kinds(pair: dict[str, Any]) -> set[str]:
    return {kind for kind in ("exact", "near", "run") if pair[kind]["left"]}


@pytest.fixture(scope="module")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return audit(audited.dirty(tmp_path_factory.mktemp("audit") / "dirty"))


def finding(found: dict[str, Any], key: str) -> list[dict[str, Any]]:
    return [one for one in found["findings"] if one["finding"] == key]


# What there is


def test_examples_are_counted_by_split_card_dataset_and_language(dirty: dict[str, Any]) -> None:
    counts = dirty["counts"]
    assert counts["splits"] == {"train": 69, "validation": 12, "test": 19}
    assert counts["cards"][0] == {
        "card": "section.news", "total": 99, "train": 68, "validation": 12, "test": 19, "extra": 0
    }  # fmt: skip
    assert [(one["dataset"], one["train"]) for one in counts["datasets"]] == [("own", 68), ("other", 1)]
    assert [one["language"] for one in counts["languages"]] == ["zh"]
    assert counts["examples"] == 100


def test_sources_are_counted_and_those_used_most_are_named(tmp_path: Path) -> None:
    examples = [section(k, source_ids=("story-1", f"page-{k}") if k < 3 else ()) for k in range(5)]
    sources = audit(write(tmp_path, train=examples))["counts"]["sources"]
    assert (sources["examples"], sources["different"]) == (3, 4)
    assert sources["most_used"] == [{"source": "story-1", "dataset": "own", "examples": 3}]
    assert sources["datasets"] == [{"dataset": "own", "examples": 3, "sources": 4}]


def test_lengths_are_in_characters_of_the_prompt_as_the_model_reads_it(tmp_path: Path) -> None:
    one = section(1, input="", instruction="问" * 30, output="答" * 4)
    two = section(2, input="नमस्ते", instruction="问" * 30, output="答" * 9)
    found = audit(write(tmp_path, train=[one, two]))["lengths"]["cards"][0]
    assert found["prompt"]["quantiles"]["0"] == len(one.prompt) == 30
    assert found["prompt"]["quantiles"]["1"] == len(two.prompt)
    assert found["output"]["quantiles"]["1"] == 9
    assert found["output"]["mean"] == 6.5


def test_every_length_is_in_the_bin_that_holds_it(tmp_path: Path) -> None:
    lengths = [0, 1, 9, 10, 11, 99, 1000, 99_999, 100_000, 300_000]
    examples = [section(k, output="字" * n, card="headline.news") for k, n in enumerate(lengths)]
    histogram = audit(write(tmp_path, train=examples), checks=0, samples=0)["lengths"]["all"]["output"][
        "histogram"
    ]
    assert sum(histogram) == len(lengths)
    for n in (9, 10, 99, 1000):
        place = max(k for k, edge in enumerate(EDGES) if edge <= n)
        assert histogram[place] >= 1, n
    assert histogram[0] == 2  # nothing and 1
    assert histogram[-1] == 3  # beyond the scale, and just below its end


def test_flaws_of_the_files_are_counted(tmp_path: Path) -> None:
    examples = [section(1), section(2, id="own/1"), section(3, output=""), section(4, split="test")]
    found = audit(write(tmp_path, train=examples))
    assert found["counts"]["flaws"] == {
        "repeated_id": 1, "empty_output": 1, "empty_prompt": 0, "other_split_named": 1
    }  # fmt: skip
    assert {one["finding"] for one in found["findings"]} >= {
        "repeated_id",
        "empty_output",
        "other_split_named",
        "no_test",
    }


# Leaks


def test_clean_examples_have_no_leak(tmp_path: Path) -> None:
    found = audit(audited.clean(tmp_path))["leakage"]
    assert found["leaks"] == 0
    assert all(pair["any"] == {"left": 0, "right": 0} for pair in found["pairs"])
    assert found["datasets"] == []


def test_the_same_input_is_a_leak_whatever_is_asked_of_it_and_whose_it_is(tmp_path: Path) -> None:
    train = section(50, card="headline.news", dataset="other", instruction="请拟标题。", output="标题")
    found = train_and_test(tmp_path, [train], [section(51, input=f"  {train.input}\n", split="test")])
    assert found["exact"] == {"left": 1, "right": 1}
    assert found["leaks"] == 1


def test_a_text_that_was_touched_up_is_a_near_leak(tmp_path: Path) -> None:
    story = text(50) + text(51) + text(52)
    train = section(50, input=f"{story}记者张某某报道。")
    found = train_and_test(tmp_path, [train], [section(51, input=f"{story}记者李某某报道。", split="test")])
    assert "exact" not in kinds(found)
    assert "near" in kinds(found)
    assert found["read"][0]["kind"] == "near"


@pytest.mark.parametrize(
    ("language", "unit", "apart"),
    [
        ("zh", "县政府昨日召开防汛工作会议部署巡查", ""),
        ("en", "the council met on monday to vote on a new bridge across the river today", " "),
        ("ar", "قال رئيس البلدية إن المجلس سيصوت يوم الاثنين على مشروع الجسر الجديد فوق النهر غدا", " "),
        ("hi", "नगर परिषद ने सोमवार को नदी पर नए पुल के निर्माण का प्रस्ताव पारित कर दिया", " "),
    ],
)
def test_thirteen_words_in_a_row_are_a_leak_and_twelve_are_not(
    tmp_path: Path, language: str, unit: str, apart: str
) -> None:
    words = unit.split(" ") if apart else list(unit)
    fill = {
        "zh": "甲乙丙丁戊己庚辛壬癸",
        "en": "red green blue",
        "ar": "أحمر أخضر أزرق",
        "hi": "लाल हरा नीला",
    }[language]
    other = {
        "zh": "子丑寅卯辰巳午未申酉",
        "en": "one two three",
        "ar": "واحد اثنان ثلاثة",
        "hi": "एक दो तीन",
    }[language]

    def leak(n: int) -> set[str]:
        shared = apart.join(words[:n])
        return kinds(
            train_and_test(
                tmp_path / str(n),
                [section(50, language=language, input=f"{fill}{apart}{shared}，{apart}{fill}")],
                [
                    section(
                        51, language=language, input=f"{other}{apart}{shared}.{apart}{other}", split="test"
                    )
                ],
            )
        )

    assert leak(12) == set()
    assert leak(13) == {"run"}


def test_names_of_fields_do_not_make_a_run(tmp_path: Path) -> None:
    """Eleven shared characters behind 说法： would be thirteen with it; the same eleven with two more of the text are."""

    def leak(folder: str, shared: str) -> set[str]:
        train = section(
            50, card="stance.pair", input=f"说法：{shared}甲乙丙丁戊己庚\n文本：子丑寅卯辰巳午未申酉戌亥"
        )
        test = section(
            51,
            card="stance.pair",
            input=f"说法：{shared}天地玄黄宇宙洪\n文本：金木水火土东西南北中发白",
            split="test",
        )
        return kinds(train_and_test(tmp_path / folder, [train], [test]))

    assert leak("eleven", "县政府昨日召开防汛会") == set()
    assert leak("thirteen", "县政府昨日召开防汛会议并部署") == {"run"}


def test_a_run_that_leaks_is_shown_where_it_stands(dirty: dict[str, Any]) -> None:
    read = {one["train"]["id"]: one for one in dirty["leakage"]["examples"]}
    assert {id: one["kind"] for id, one in read.items()} == {
        "own/exact": "exact",
        "own/near": "near",
        "own/run": "run",
    }
    for side in ("train", "test"):
        shared = read["own/run"][side]["shared"]
        assert audited.RUN in shared
        assert shared in read["own/run"][side]["text"]
    assert read["own/exact"]["test"]["id"] == "own/72"


def test_the_datasets_of_a_leak_are_named(dirty: dict[str, Any]) -> None:
    assert dirty["leakage"]["leaks"] == 3
    assert dirty["leakage"]["datasets"] == [
        {"dataset": "own", "train": 2, "test": 3},
        {"dataset": "other", "train": 1, "test": 0},
    ]


def test_validation_text_in_training_is_found_but_is_no_leak_of_the_test(tmp_path: Path) -> None:
    found = audit(
        write(
            tmp_path,
            train=[section(k) for k in range(6)],
            validation=[section(5, split="validation", id="v")],
            test=[section(9, split="test")],
        )
    )
    assert found["leakage"]["leaks"] == 0
    assert found["leakage"]["pairs"][2]["exact"] == {"left": 1, "right": 1}
    assert finding(found, "train_in_validation") == [{"finding": "train_in_validation", "n": 1}]


def test_what_is_kept_aside_is_neither_learnt_nor_tested(tmp_path: Path) -> None:
    found = audit(
        write(
            tmp_path,
            train=[section(1)],
            test=[section(2, split="test")],
            extra=[section(1, split="extra"), section(2, split="extra")],
        )
    )
    assert found["leakage"]["leaks"] == 0
    assert found["counts"]["splits"]["extra"] == 2


def test_examples_without_an_input_are_compared_by_their_instruction(tmp_path: Path) -> None:
    asked = {"input": "", "card": "headline.news"}
    apart = train_and_test(
        tmp_path / "apart",
        [section(50, instruction="怎样核实一张流传的照片？", **asked)],
        [section(51, instruction="直播带货有哪些法律红线？", split="test", **asked)],
    )
    assert kinds(apart) == set()
    same = train_and_test(
        tmp_path / "same",
        [section(50, instruction="怎样核实一张流传的照片？", **asked)],
        [section(51, instruction="怎样核实一张流传的照片？", split="test", **asked)],
    )
    assert "exact" in kinds(same)


def test_files_are_read_in_blocks_without_a_difference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = audited.dirty(tmp_path)
    whole = audit(folder)
    monkeypatch.setattr(rows, "_BLOCK", 7)
    assert audit(folder) == whole
    assert whole["leakage"]["leaks"] == 3


# Copies


def test_copies_of_one_card_are_counted_and_those_with_another_label_named(dirty: dict[str, Any]) -> None:
    train = dirty["duplicates"]["splits"][0]
    assert (train["exact"], train["near"], train["torn"]) == (2, 0, 2)
    assert finding(dirty, "torn") == [{"finding": "torn", "split": "train", "n": 2}]


def test_two_tasks_on_one_text_are_no_copies(tmp_path: Path) -> None:
    other = {"card": "headline.news", "instruction": "请拟标题。", "output": "标题"}
    examples = [section(k) for k in range(4)] + [section(k, id=f"h/{k}", **other) for k in range(4)]
    assert audit(write(tmp_path, train=examples))["duplicates"]["splits"][0]["exact"] == 0


def test_near_copies_in_training_are_counted_once_and_not_as_exact_ones(tmp_path: Path) -> None:
    long = text(97) + text(98) + text(99)
    examples = [section(k) for k in range(4)]
    examples += [section(10, input=f"{long}记者张某报道。"), section(11, input=f"{long}记者李某报道。")]
    examples += [section(12, input=f"{long}记者张某报道。")]
    found = audit(write(tmp_path, train=examples), checks=0)
    assert found["duplicates"]["train"] == [
        {"dataset": "own", "examples": 7, "exact": 1, "near": 1, "torn": 2}
    ]
    assert finding(found, "copies")[0]["n"] == 2


def test_a_row_repeats_an_earlier_one_only_if_all_keys_agree() -> None:
    assert repeated(np.array([1, 1, 2, 1, 1]), np.array([5, 6, 5, 5, 5])).tolist() == [
        False,
        False,
        False,
        True,
        True,
    ]
    assert repeated(np.array([], dtype=int)).tolist() == []


# Labels


def test_labels_are_counted_as_the_evaluation_reads_them(dirty: dict[str, Any]) -> None:
    own = next(one for one in dirty["labels"] if one["dataset"] == "own")
    counts = {one["label"]: one["train"] for one in own["labels"]}
    assert set(counts) == {"finance", "sports", "games", "realty"}
    assert counts["realty"] == 1
    assert sum(counts.values()) + own["unreadable"]["train"] == 67
    assert own["unreadable"]["train"] == 1
    assert own["not_offered"] == {"train": 1, "validation": 0, "test": 0, "extra": 0}
    assert own["labels"][0]["name"] == {"zh": "财经", "en": "finance"}


def test_an_output_that_is_a_whole_book_is_soon_known_to_be_no_label(tmp_path: Path) -> None:
    found = audit(
        write(tmp_path, train=[section(1), section(2, output="这是一本书。" * 100_000)]), checks=0, samples=0
    )
    assert found["labels"][0]["unreadable"]["train"] == 1


def test_a_label_that_is_offered_and_never_learnt_stands_with_zero(tmp_path: Path) -> None:
    train = [section(k, output="财经") for k in range(4)]
    test = [section(k, output="体育", split="test") for k in range(4, 8)]
    found = audit(write(tmp_path, train=train, test=test))
    assert found["labels"][0]["drift"] == 1.0
    assert finding(found, "label_never")[0]["labels"] == ["sports", "games"]
    assert finding(found, "drift")[0]["share"] == 1.0


# Instructions


def test_instructions_are_counted_by_how_evenly_they_are_used(tmp_path: Path) -> None:
    asked = ["这篇该放哪个栏目？", "按题材归一类。", "频道怎么分？", "写出栏目名。"]
    even = [section(k, instruction=asked[k % 4]) for k in range(40)]
    uneven = [
        section(k, instruction=asked[0 if k > 2 else k + 1], card="sentiment.news") for k in range(40, 80)
    ]
    uneven += [section(k, instruction=asked[k], card="sentiment.news") for k in (1, 2, 3)]
    held_out = [section(k, instruction="另一种问法", split="test") for k in range(90, 95)]
    found = {
        one["card"]: one for one in audit(write(tmp_path, train=even + uneven, test=held_out))["wordings"]
    }
    assert (found["section.news"]["wordings"], found["section.news"]["effective"]) == (4, 4.0)
    assert found["sentiment.news"]["wordings"] == 4
    assert 1 < found["sentiment.news"]["effective"] < 2
    assert found["sentiment.news"]["most_used"][0] == {"text": asked[0], "examples": 40}


def test_instructions_that_say_the_same_are_told_from_different_ones(tmp_path: Path) -> None:
    alike = [
        f"请为下面这篇新闻稿件选择一个最合适的栏目名称，只写名称{mark}" for mark in ("", "。", "即可", "就行")
    ]
    apart = ["这篇该放哪个栏目？", "按题材归一类。", "频道怎么分？", "写出你的判断，一词。"]
    examples = [section(k, instruction=alike[k % 4]) for k in range(8)]
    examples += [section(k, instruction=apart[k % 4], card="sentiment.news") for k in range(8, 16)]
    found = {one["card"]: one for one in audit(write(tmp_path, train=examples))["wordings"]}
    assert found["section.news"]["jaccard"] > 0.7 > 0.2 > found["sentiment.news"]["jaccard"]
    assert found["section.news"]["distinct_2"] < 0.5 < found["sentiment.news"]["distinct_2"]


# Checks and samples


def test_outputs_are_put_to_the_checks_of_their_card(dirty: dict[str, Any]) -> None:
    (line,) = dirty["checks"]
    train = line["train"]
    assert (line["card"], train["checked"], train["passed"]) == ("section.news", 68, 66)
    assert {one["check"]: one["failed"] for one in train["checks"]}["label_valid"] == 2
    assert {one["id"] for one in train["failures"]} == {"own/none", "own/not-offered"}
    assert train["low"] < 66 / 68 < train["high"] < 1


def test_what_is_learnt_and_what_is_asked_are_checked_apart(tmp_path: Path) -> None:
    test = [section(k, split="test", output="无可奉告") for k in range(40, 50)]
    found = audit(write(tmp_path, train=[section(k) for k in range(40)], test=test))
    (line,) = found["checks"]
    assert (line["train"]["passed"], line["train"]["checked"]) == (40, 40)
    assert (line["held_out"]["passed"], line["held_out"]["checked"]) == (0, 10)
    assert [one["finding"] for one in found["findings"] if one["finding"].startswith("few_pass")] == [
        "few_pass_held_out"
    ]


def test_a_card_that_is_not_known_here_is_named_and_its_examples_are_shown(dirty: dict[str, Any]) -> None:
    assert finding(dirty, "unknown_cards") == [{"finding": "unknown_cards", "cards": ["house.card"]}]
    assert [one["id"] for one in dirty["samples"] if one["card"] == "house.card"] == ["own/foreign"]


def test_samples_follow_the_seed_and_are_as_many_as_asked(tmp_path: Path) -> None:
    folder = audited.clean(tmp_path)
    first, again, other = (audit(folder, seed=seed, samples=4, checks=20) for seed in (1, 1, 2))
    assert json.dumps(first) == json.dumps(again)
    assert len(first["samples"]) == 4
    assert first["checks"][0]["train"]["checked"] == 20
    assert [one["id"] for one in first["samples"]] != [one["id"] for one in other["samples"]]
    assert first["leakage"] == other["leakage"]


@pytest.mark.parametrize(("passed", "of"), [(0, 200), (200, 200), (37, 40), (1, 1)])
def test_the_interval_of_a_share_holds_it_and_stays_within_bounds(passed: int, of: int) -> None:
    low, high = wilson(passed, of)
    assert 0 <= low <= passed / of <= high <= 1
    assert high - low > 0


def test_the_interval_is_that_of_wilson() -> None:
    """For no success the upper end is z² / (n + z²)."""
    assert wilson(0, 10) == (0.0, pytest.approx(1.959964**2 / (10 + 1.959964**2), abs=1e-4))
    assert math.isclose(wilson(5, 10)[0], 0.2366, abs_tol=1e-4)


# Bad input


def test_a_folder_without_training_examples_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no train\.parquet; name a run directory"):
        audit(tmp_path)


def test_a_file_that_lacks_a_column_is_named_with_it(tmp_path: Path) -> None:
    pq.write_table(pa.table({"instruction": ["a"], "output": ["b"]}), tmp_path / "train.parquet")
    with pytest.raises(InputError, match=r"train\.parquet: no column 'id'"):
        audit(tmp_path)


def test_a_file_that_is_no_parquet_is_named(tmp_path: Path) -> None:
    audited.clean(tmp_path)
    (tmp_path / "test.parquet").write_bytes(b"PAR1 cut off")
    with pytest.raises(InputError, match=r"test\.parquet: not a readable Parquet file"):
        audit(tmp_path)


def test_a_folder_of_empty_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no example in train"):
        audit(write(tmp_path, train=[]))


def test_an_empty_test_file_beside_training_is_audited(tmp_path: Path) -> None:
    found = audit(write(tmp_path, train=[section(1), section(2)], test=[]))
    assert found["leakage"]["leaks"] == 0
    assert finding(found, "no_test")


def test_examples_of_an_older_build_without_optional_columns_are_read(tmp_path: Path) -> None:
    folder = audited.clean(tmp_path)
    for file in folder.glob("*.parquet"):
        pq.write_table(pq.read_table(file).drop_columns(["labels", "source_ids", "source_text"]), file)
    found = audit(folder)
    assert found["counts"]["examples"] == 90
    assert found["labels"][0]["not_offered"]["train"] == 0
