"""What a user relies on in `caibian evaluate tasks`: what is asked, how answers are read, and what the table says."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from caibian.cli import application
from caibian.datasets.card import packaged
from caibian.errors import ConfigError, InputError, ModelError
from caibian.evaluation.tasks import llamalens, ways
from caibian.evaluation.tasks.console import markdown
from caibian.evaluation.tasks.items import TaskSet, example_sets
from caibian.evaluation.tasks.published import published
from caibian.evaluation.tasks.systems import systems
from caibian.models.chat import Options
from caibian.models.scripted import ScriptedModel
from caibian.models.torch_chat import TorchChat
from caibian.records import Answer, Example, read_parquet, to_table, write_parquet
from caibian.tasks import card
from tests.evaluation.tasks.newsroom import DATASET, reviews, right, run, scripted, value, write_data
from tests.models.tiny import tiny_model, tiny_tokenizer


@pytest.fixture
def one(tmp_path: Path) -> TaskSet:
    return reviews(tmp_path / "data")


def headline(number: int, output: str, split: str = "test") -> Example:
    text = f"青岭市新建的图书馆将于{number}日正式开馆。馆藏{number}万册。"
    return Example(f"{split}{number}", "拟一个标题。", text, output, "headline.news", "own", "zh", split)


def test_items_are_the_test_split_in_the_first_wording_with_the_datasets_labels(one: TaskSet) -> None:
    assert len(one.examples) == one.test_items == 12
    assert {example.instruction for example in one.examples} == {one.examples[0].instruction}
    assert one.choices == ["正面", "负面"]
    assert all(choice in one.examples[0].instruction for choice in one.choices)
    assert Counter(one.gold()) == {"positive": 4, "negative": 8}


def test_a_limit_draws_the_same_items_again_and_adds_to_them(tmp_path: Path) -> None:
    few, more = (reviews(tmp_path / "data", limit=limit) for limit in (4, 8))
    assert len(few.examples) == 4
    assert {e.id for e in few.examples} < {e.id for e in more.examples}
    assert few.test_items == 12


def test_shots_come_from_train_alone_one_label_after_the_other_in_the_items_wording(one: TaskSet) -> None:
    shot = one.with_shots(4, seed=1)
    assert {example.split for example in shot.shots} == {"train"}
    assert Counter(example.output for example in shot.shots) == {"正面": 2, "负面": 2}
    turns = shot.conversation(shot.examples[0])
    assert [turn["role"] for turn in turns] == ["user", "assistant"] * 4 + ["user"]
    assert all(turn["content"].startswith(one.examples[0].instruction) for turn in turns[::2])
    assert one.with_shots(4, seed=1).shots == shot.shots != one.with_shots(4, seed=2).shots


def test_more_shots_than_training_examples_are_refused(one: TaskSet) -> None:
    with pytest.raises(InputError, match="1000 shots asked for, but its train split holds"):
        one.with_shots(1000, seed=0)


def test_an_item_that_failed_is_missing_and_not_wrong(
    one: TaskSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = right(one)
    script[one.examples[0].prompt] = ModelError("timed out after 60 s")
    table = run(monkeypatch, tmp_path / "out", [one], {"model": script, "other": right(one)})
    assert value(table, "accuracy") == 1.0
    [entry] = table["datasets"]
    assert entry["systems"]["model"]["missing"] == 1
    assert entry["systems"]["model"]["missing_reasons"] == {"timed out after 60 s": 1}
    assert entry["metrics"][0]["values"]["model"]["n"] == 11
    assert entry["metrics"][0]["differences"]["other"]["n"] == entry["mcnemar"]["other"]["n"] == 11
    assert sum(map(sum, entry["confusion"]["model"]["counts"])) == 11


def test_an_invalid_answer_is_wrong_and_shown(
    one: TaskSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = right(one)
    script[one.examples[0].prompt] = "<b>我|不知道</b>"
    table = run(monkeypatch, tmp_path / "out", [one], {"model": script})
    assert value(table, "accuracy") == pytest.approx(11 / 12, abs=1e-6)
    assert value(table, "invalid_rate") == pytest.approx(1 / 12, abs=1e-6)
    [entry] = table["datasets"]
    [shown] = entry["systems"]["model"]["invalid"]["examples"]
    assert (shown["id"], shown["answer"]) == (one.examples[0].id, "<b>我|不知道</b>")
    assert r"\<b\>我\|不知道" in markdown(table)


def test_every_table_has_the_simple_methods_and_paired_differences_to_them(
    one: TaskSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = run(monkeypatch, tmp_path / "out", [one], {"model": right(one)})
    [entry] = table["datasets"]
    assert list(entry["baselines"]) == ["random", "majority", "tfidf"]
    assert entry["baselines"]["tfidf"]["trained_on"] == len(one.train)
    assert value(table, "accuracy", "majority") == pytest.approx(8 / 12, abs=1e-6)
    accuracy = entry["metrics"][0]
    assert accuracy["differences"]["majority"]["value"] == pytest.approx(4 / 12, abs=1e-6)
    assert accuracy["differences"]["majority"]["low"] > 0
    assert entry["mcnemar"]["majority"] == {"only_first": 4, "only_second": 0, "p": 0.125, "n": 12}
    assert {row["label"]: row["support"] for row in entry["per_class"]["model"]} == {
        "positive": 4,
        "negative": 8,
    }


def test_what_was_answered_is_not_asked_again(
    one: TaskSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run(monkeypatch, tmp_path / "out", [one], {"model": right(one)}, shard=5)
    with scripted(monkeypatch, {}) as opened:
        assert run(monkeypatch, tmp_path / "out", [one], {"model": []}, shard=5) == first
        assert opened == []
    # Another system beside it leaves its answers where they are; another wording of the question does not.
    both = run(monkeypatch, tmp_path / "out", [one], {"model": [], "other": ["正面"]}, shard=5)
    assert value(both, "accuracy") == 1.0
    with pytest.raises(ModelError, match="none of 12 questions"):
        run(monkeypatch, tmp_path / "out", [one], {"model": []}, shard=5, shots=2)


def test_the_folder_holds_items_and_answers_with_their_labels(
    one: TaskSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = run(monkeypatch, tmp_path / "out", [one], {"model": right(one)}, way="scored")
    assert json.loads((tmp_path / "out" / "table.json").read_text(encoding="utf-8")) == json.loads(
        json.dumps(table)
    )
    assert read_parquet(tmp_path / "out" / "items.parquet", Example) == list(one.examples)
    answers = read_parquet(tmp_path / "out" / "answers" / "model.parquet", Answer)
    assert [answer.value for answer in answers] == one.gold()
    columns = pq.read_table(tmp_path / "out" / "answers" / "model.parquet")
    assert set(columns["dataset"].to_pylist()) == {DATASET}
    assert dict(columns["scores"].to_pylist()[0]).keys() == {"positive", "negative"}


def test_scores_are_normalised_by_length_and_the_winner_by_sum_stays_beside(one: TaskSet) -> None:
    answer = Answer("[[-1.0, -1.0, -1.0], [-2.0]]", "m")
    [reading, *_] = ways.read(one, "scored", [answer] * 12)
    assert (reading.value, reading.text) == ("positive", "正面")  # -1 a token against -2
    assert reading.by_sum == "negative"  # -3 against -2
    assert reading.scores == {"positive": -1.0, "negative": -2.0}


@pytest.mark.parametrize(
    ("said", "label"),
    [
        ("负面。", "negative"),
        ("情感：Negative", "negative"),
        ("“POSITIVE”", "positive"),
        ("這段話是負面的", "negative"),
        ("既有正面也有负面", None),
        ("不是正面", None),
        ("不好说", None),
        ("", None),
    ],
)
def test_free_answers_are_read_whatever_their_case_script_and_language(
    one: TaskSet, said: str, label: str | None
) -> None:
    assert ways.read(one, "free", [Answer(said, "m")] * 12)[0].value == label


def test_labels_of_several_words_are_never_cut_at_the_first() -> None:
    liar = card("factuality.claim")
    english = Example("1", "?", "x", "mostly true", liar.id, "liar", "en", "test")
    asked = TaskSet("liar", {}, liar, "en", (english,) * 3)
    said = ["Mostly true.", "The claim is mostly true", "true"]
    found = ways.read(asked, "free", [Answer(text, "m") for text in said])
    assert [reading.value for reading in found] == ["mostly_true", "mostly_true", "true"]


def test_llamalens_mode_replaces_wrong_forms_by_a_label_drawn_at_random(one: TaskSet) -> None:
    exact = [ways.Reading(f" {example.output} ", None) for example in one.examples]
    assert [r.value for r in llamalens.reread(one, exact, seed=0)] == one.gold()
    polite = [ways.Reading(f"答案是{example.output}", "positive") for example in one.examples]
    drawn = llamalens.reread(one, polite, seed=0)
    assert {reading.value for reading in drawn} == {"positive", "negative"}
    assert drawn == llamalens.reread(one, polite, seed=0)
    [missing, *_] = llamalens.reread(one, [ways.Reading("", None, "error")] * 12, seed=0)
    assert (missing.value, missing.missing) == (None, "error")


def test_a_backend_without_label_sets_is_constrained_by_a_schema(one: TaskSet) -> None:
    seen: list[Options] = []

    class Structured(ScriptedModel):
        def generate_iter(self, conversations: Any, options: Options = Options()) -> Any:  # noqa: B008
            seen.append(options)
            return super().generate_iter(conversations, options)

    asker = ways.Asker(Structured(['"负面"']), one, "constrained")
    answers = asker.generate([example.messages() for example in one.examples], Options())
    assert seen[0].json_schema == {"type": "string", "enum": ["正面", "负面"]}
    assert {reading.value for reading in ways.read(one, "constrained", answers)} == {"negative"}


def test_packed_ways_agree_with_choose_one_by_one(one: TaskSet) -> None:
    tokenizer = tiny_tokenizer()
    model = TorchChat(tiny_model(tokenizer), tokenizer, "tiny")
    few = dataclasses.replace(one, examples=one.examples[:3]).with_shots(1, seed=0)
    asked = [example.messages() for example in few.examples]
    scored = ways.read(few, "scored", ways.Asker(model, few, "scored").generate(asked, Options()))
    for example, reading in zip(few.examples, scored, strict=True):
        alone = model.choose(few.conversation(example), few.choices)
        assert reading.sums is not None
        assert list(reading.sums.values()) == pytest.approx(list(alone.logprobs.values()), abs=1e-3)
        assert few.choices[few.labels.index(str(reading.by_sum))] == alone.best
    constrained = ways.read(
        few, "constrained", ways.Asker(model, few, "constrained").generate(asked, Options())
    )
    assert all(reading.value in few.labels for reading in constrained)


def test_texts_are_generated_and_measured_beside_the_first_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    examples = [headline(number, f"青岭市图书馆{number}日开馆") for number in range(1, 5)]
    write_parquet(tmp_path / "test.parquet", to_table(examples, Example))
    sets = example_sets([tmp_path / "test.parquet"], [], seed=0)
    table = run(monkeypatch, tmp_path / "out", sets, {"model": right(sets[0])}, way="scored")
    assert [value(table, name) for name in ("rouge1", "rougeL", "bleu", "chrf_corpus", "length_ratio")] == [
        1.0
    ] * 5
    assert 0 < value(table, "rougeL", "first_sentence") < 1
    assert table["datasets"][0]["kind"] == "text"


def test_examples_of_a_known_dataset_are_a_set_of_its_own_with_its_published_figures(
    one: TaskSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = [
        dataclasses.replace(example, id=f"{dataset}-{example.id}", dataset=dataset)
        for dataset in ("olid", "nobodys")
        for example in one.examples
    ]
    write_parquet(tmp_path / "test.parquet", to_table(items, Example))
    sets = example_sets([tmp_path / "test.parquet"], [tmp_path / "test.parquet"], seed=0)
    assert [(each.id, len(each.examples), len(each.train)) for each in sets] == [
        (one.card.id.partition("@")[0], len(one.examples), len(one.examples)),
        ("olid", len(one.examples), len(one.examples)),
    ]
    assert sets[1].name == packaged()["olid"].name
    table = run(monkeypatch, tmp_path / "out", sets, {"model": right(one)})
    assert [bool(entry["published"]) for entry in table["datasets"]] == [False, True]


def test_one_set_that_cannot_be_answered_does_not_cost_the_others(
    one: TaskSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = dataclasses.replace(one, id="other", examples=one.examples[:3])
    other = dataclasses.replace(
        other,
        examples=tuple(dataclasses.replace(e, id=f"x{e.id}", input=e.input + "！") for e in other.examples),
    )
    table = run(monkeypatch, tmp_path / "out", [one, other], {"model": right(one)})
    assert [entry["systems"]["model"]["missing"] for entry in table["datasets"]] == [0, 3]
    assert table["datasets"][1]["metrics"][0]["values"]["model"]["value"] is None


def test_published_figures_name_datasets_that_exist_and_say_why_they_compare() -> None:
    assert all(one.dataset in packaged() for one in published())
    assert all(one.source and one.url.startswith("https://") for one in published())


@pytest.mark.parametrize(
    ("against", "message"),
    [("base", "must be NAME=MODEL"), ("a/b=c", "must be NAME=MODEL"), ("tfidf=c", "stands there already")],
)
def test_names_of_systems_are_checked(against: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        systems("default", None, [against])


def test_an_adapter_behind_a_name_goes_onto_the_model(tmp_path: Path) -> None:
    (tmp_path / "tuned").mkdir()
    (tmp_path / "tuned" / "adapter_config.json").write_text("{}")
    base, tuned, other = systems("default", None, [f"tuned={tmp_path / 'tuned'}", "api=https://host/v1#m"])
    assert (tuned.reference, tuned.adapter) == ("default", tmp_path / "tuned")
    assert (base.backend, other.backend) == ("transformers", "openai")


def test_the_command_prints_a_table_and_names_its_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [
        "evaluate",
        "tasks",
        "scripted:负面",
        "--against",
        "rival=scripted:正面",
        "--way",
        "constrained",
    ]
    arguments += [
        "--data",
        str(write_data(tmp_path / "data")),
        "--out",
        str(tmp_path / "out"),
        "--resamples",
        "100",
    ]
    application()(arguments, standalone_mode=False)
    printed = capsys.readouterr().out
    assert "macro-F1" in printed
    assert "chnsenticorp: simple methods are above" in printed
    assert (tmp_path / "out" / "table.md").is_file()


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        (["--dataset", "nope"], "no dataset card nope"),
        (["--way", "guess"], "--way"),
        (["--llamalens"], "way must be free"),
        (["--data", "nowhere"], "no file of any dataset card"),
    ],
)
def test_wrong_options_are_refused_before_anything_is_loaded(extra: list[str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        application()(["evaluate", "tasks", "scripted:x", *extra], standalone_mode=False)
