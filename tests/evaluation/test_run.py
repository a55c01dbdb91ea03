"""The evaluation stage as a whole, on scripted models: what it writes, counts, refuses and resumes."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from caibian.errors import ConfigError, EmptyResult, InputError, ModelError
from caibian.evaluation import EvaluationConfig
from caibian.evaluation.run import run
from caibian.records import Answer, Example, read_parquet
from tests.evaluation.support import (
    headline,
    held_out_examples,
    quiet,
    right,
    scripted,
    sentiment,
    write_inputs,
)

CONFIG = EvaluationConfig(shard=2, resamples=200, samples=5)


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def card_of(table: dict[str, Any], name: str) -> dict[str, Any]:
    return next(card for card in table["cards"] if card["card"] == name)


def metric_of(card: dict[str, Any], name: str) -> dict[str, Any]:
    return next(row for row in card["metrics"] if row["metric"] == name)


def check_of(card: dict[str, Any], name: str) -> dict[str, Any]:
    return next(row for row in card["checks"] if row["check"] == name)


def worse(examples: list[Example]) -> dict[str, str | Exception]:
    """An untuned model: a made-up number in each headline; labels right, wrong, invalid and empty by turns."""
    said = ["正面", "负面", "我不知道", "", "正面", "负面"]
    return {
        e.prompt: f"图书馆迎客{900 + k}人" if e.card == "headline.news" else said[int(e.id[-2:])]
        for k, e in enumerate(examples)
    }


@pytest.fixture
def inputs(tmp_path: Path) -> dict[str, Path]:
    return write_inputs(tmp_path / "in")


def test_the_table_holds_both_models_baselines_checks_and_intervals(
    inputs: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    examples = held_out_examples()
    with scripted(monkeypatch, worse(examples), right(examples)):
        report = run(CONFIG, inputs, tmp_path / "out", quiet(tmp_path / "in"))
    table = read(tmp_path / "out" / "table.json")
    assert set(table["models"]) == {"before", "after"}
    assert table["models"]["after"]["adapter_sha256"]

    headlines = card_of(table, "headline.news")
    assert (headlines["n"], headlines["kind"], headlines["name"]["en"]) == (6, "text", "News headline")
    rouge = metric_of(headlines, "rougeL")
    assert rouge["values"]["after"] == {"value": 1, "low": 1, "high": 1}
    assert set(rouge["values"]) == {"before", "after", "first_sentence", "first_sentence_cut"}
    assert rouge["difference"]["value"] == pytest.approx(1 - rouge["values"]["before"]["value"], abs=1e-5)
    assert 0 < rouge["difference"]["low"] <= rouge["difference"]["value"] <= rouge["difference"]["high"]
    assert rouge["over"]["first_sentence"]["low"] > 0

    labels = card_of(table, "sentiment.news")
    assert labels["kind"] == "label"
    # Truth 正中负正中负, said 正负?_正负: 2 right, 2 wrong, 2 invalid, all of them counted.
    accuracy = metric_of(labels, "accuracy")
    assert accuracy["values"]["before"]["value"] == pytest.approx(2 / 6, abs=1e-6)
    assert metric_of(labels, "invalid_rate")["values"]["before"]["value"] == pytest.approx(2 / 6, abs=1e-6)
    assert metric_of(labels, "invalid_rate")["better"] == "lower"
    assert accuracy["values"]["after"]["value"] == 1
    assert set(accuracy["values"]) == {"before", "after", "majority", "tfidf", "tfidf_articles", "random"}
    assert accuracy["values"]["majority"]["value"] == pytest.approx(2 / 6, abs=1e-6)
    assert labels["baselines"] == {
        "majority": {"trained_on": 12},
        "tfidf": {"trained_on": 12},
        "tfidf_articles": {"trained_on": 24},
    }
    assert labels["confusion"]["before"]["counts"] == [[1, 0, 0, 1], [1, 0, 1, 0], [0, 0, 1, 1]]

    assert report.rows_in == report.rows_out == 12
    assert report.metrics["cards"]["sentiment.news"]["accuracy"]["difference"] == pytest.approx(
        4 / 6, abs=1e-6
    )
    assert report.artefacts["table"] == "table.json"


def test_facts_are_counted_beside_the_checkers_own_alarms_on_the_references(
    inputs: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    examples = held_out_examples()
    before = worse(examples)
    before[examples[0].prompt] = "图书馆开馆"  # no number: not among those whose numbers are judged
    with scripted(monkeypatch, before, right(examples)):
        run(CONFIG, inputs, tmp_path / "out", quiet(tmp_path / "in"))
    card = card_of(read(tmp_path / "out" / "table.json"), "headline.news")
    share, supported = check_of(card, "share_with_number"), check_of(card, "numbers_supported")
    assert share["values"]["before"]["value"] == pytest.approx(5 / 6, abs=1e-6)
    assert share["values"]["before"]["n"] == 6
    assert (supported["values"]["before"]["value"], supported["values"]["before"]["n"]) == (0, 5)
    assert (supported["values"]["after"]["value"], supported["values"]["after"]["n"]) == (1, 6)
    assert (supported["values"]["reference"]["value"], supported["values"]["reference"]["n"]) == (1, 6)
    assert supported["difference"]["low"] == 1
    assert check_of(card, "numbers_in_source")["values"]["before"]["value"] == pytest.approx(1 / 6, abs=1e-6)


def test_silence_and_errors_are_wrong_answers_that_pass_no_check(
    inputs: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    examples = held_out_examples()
    after: dict[str, str | Exception] = dict(right(examples))
    after[headline(0).prompt] = ""
    after[sentiment(0).prompt] = ModelError("out of memory")
    with scripted(monkeypatch, right(examples), after):
        report = run(CONFIG, inputs, tmp_path / "out", quiet(tmp_path / "in"))
    table = read(tmp_path / "out" / "table.json")
    headlines, labels = card_of(table, "headline.news"), card_of(table, "sentiment.news")
    assert headlines["n"] == labels["n"] == 6
    for name in ("rouge1", "rougeL", "chrf"):
        assert metric_of(headlines, name)["values"]["after"]["value"] == pytest.approx(5 / 6, abs=1e-6)
    for check in ("not_empty", "lines", "numbers_in_source", "no_clickbait"):
        assert check_of(headlines, check)["values"]["after"]["value"] == pytest.approx(5 / 6, abs=1e-6)
    assert metric_of(labels, "accuracy")["values"]["after"]["value"] == pytest.approx(5 / 6, abs=1e-6)
    assert metric_of(labels, "invalid_rate")["values"]["after"]["value"] == pytest.approx(1 / 6, abs=1e-6)
    assert headlines["answers"]["after"] == {"error": 0, "empty": 1, "cut": 0}
    assert labels["answers"]["after"] == {"error": 1, "empty": 0, "cut": 0}
    assert any("1 of 6 answers after tuning failed" in note for note in report.notes)
    assert any("1 of 6 answers after tuning were empty" in note for note in report.notes)
    kept = {
        answer.example_id: answer for answer in read_parquet(tmp_path / "out/answers-after.parquet", Answer)
    }
    assert kept[sentiment(0).id].error == "out of memory"
    assert kept[sentiment(1).id].value == "neutral"


def test_a_model_that_tuning_did_not_change_has_intervals_around_zero(
    inputs: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    examples = held_out_examples()
    with scripted(monkeypatch, worse(examples), worse(examples)):
        run(CONFIG, inputs, tmp_path / "out", quiet(tmp_path / "in"))
    for card in read(tmp_path / "out" / "table.json")["cards"]:
        for row in (*card["metrics"], *card["checks"]):
            assert row["difference"] == {"value": 0, "low": 0, "high": 0}, row


def test_a_baseline_that_beats_the_model_is_said_aloud(
    inputs: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    examples = held_out_examples()
    bad = {example.prompt: "不知道" for example in examples}
    with scripted(monkeypatch, right(examples), bad):
        report = run(CONFIG, inputs, tmp_path / "out", quiet(tmp_path / "in"))
    assert any("first_sentence beats the tuned model in rougeL" in note for note in report.notes)
    assert any("tfidf beats the tuned model in macro_f1" in note for note in report.notes)
    assert any("tuning lowered macro_f1 from 1.000 to 0.000" in note for note in report.notes)


def test_samples_stand_side_by_side_evenly_over_the_cards(
    inputs: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    examples = held_out_examples()
    with scripted(monkeypatch, worse(examples), right(examples)):
        run(CONFIG, inputs, tmp_path / "out", quiet(tmp_path / "in"))
    samples = read(tmp_path / "out" / "samples.json")
    assert [row["card"] for row in samples] == ["headline.news"] * 3 + ["sentiment.news"] * 2
    first = samples[0]
    assert set(first) == {
        *("example_id", "card", "source", "instruction", "reference", "before", "after", "checks"),
        "unsupported",
    }
    assert first["after"] == first["reference"]
    assert first["checks"]["after"]["numbers_in_source"] is True
    assert first["checks"]["before"]["numbers_in_source"] is False
    assert first["unsupported"]["after"] == []
    assert any("90" in fact for fact in first["unsupported"]["before"])


def test_at_most_max_per_card_are_evaluated_and_the_rest_is_counted(
    inputs: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    examples = held_out_examples()
    config = CONFIG.model_copy(update={"max_per_card": 4})
    with scripted(monkeypatch, right(examples), right(examples)):
        report = run(config, inputs, tmp_path / "out", quiet(tmp_path / "in"))
    assert (report.rows_in, report.rows_out) == (12, 8)
    assert report.dropped == {"beyond max_per_card": 4}
    assert len(read_parquet(tmp_path / "out" / "answers-before.parquet", Answer)) == 8


@pytest.mark.parametrize("stop_after", [0, 1, 4, 6, 9])
def test_an_interrupted_run_asks_only_what_is_missing_and_ends_the_same(
    inputs: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop_after: int
) -> None:
    examples = held_out_examples()
    scripts = worse(examples), right(examples)
    with scripted(monkeypatch, *scripts):
        whole = run(CONFIG, inputs, tmp_path / "whole", quiet(tmp_path / "in"))
    with scripted(monkeypatch, *scripts, stop_after=stop_after) as first, pytest.raises(KeyboardInterrupt):
        run(CONFIG, inputs, tmp_path / "broken", quiet(tmp_path / "in"))
    with scripted(monkeypatch, *scripts) as second:
        resumed = run(CONFIG, inputs, tmp_path / "broken", quiet(tmp_path / "in"))
    assert len(first.questions) == 2 * stop_after
    assert len(second.questions) == 24 - 2 * stop_after
    assert not set(first.questions) & set(second.questions)
    assert resumed == whole
    for file in ("table.json", "samples.json"):
        assert (tmp_path / "broken" / file).read_bytes() == (tmp_path / "whole" / file).read_bytes()


def test_a_finished_run_called_again_asks_nothing(
    inputs: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    examples = held_out_examples()
    with scripted(monkeypatch, worse(examples), right(examples)):
        first = run(CONFIG, inputs, tmp_path / "out", quiet(tmp_path / "in"))
    with scripted(monkeypatch, {}, {}) as again:
        assert run(CONFIG, inputs, tmp_path / "out", quiet(tmp_path / "in")) == first
    assert again.questions == []


def test_answers_made_with_another_adapter_are_not_taken_over(
    inputs: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    examples = held_out_examples()
    with scripted(monkeypatch, worse(examples), worse(examples)):
        run(CONFIG, inputs, tmp_path / "out", quiet(tmp_path / "in"))
    (inputs["training"] / "adapter" / "adapter_model.safetensors").write_bytes(b"retrained")
    with scripted(monkeypatch, worse(examples), right(examples)):
        report = run(CONFIG, inputs, tmp_path / "out", quiet(tmp_path / "in"))
    assert report.metrics["cards"]["sentiment.news"]["accuracy"]["after"] == 1


def test_half_a_shard_file_is_generated_again(
    inputs: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    examples = held_out_examples()
    with scripted(monkeypatch, worse(examples), right(examples)):
        first = run(CONFIG, inputs, tmp_path / "out", quiet(tmp_path / "in"))
    shard = sorted((tmp_path / "out" / "shards" / "after").glob("*.parquet"))[0]
    shard.write_bytes(shard.read_bytes()[:100])
    with scripted(monkeypatch, worse(examples), right(examples)) as again:
        assert run(CONFIG, inputs, tmp_path / "out", quiet(tmp_path / "in")) == first
    assert len(again.questions) == 2


def test_a_model_that_answers_nothing_at_all_stops_the_run_and_is_asked_again_next_time(
    inputs: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    examples = held_out_examples()
    broken = {example.prompt: ModelError("connection refused") for example in examples}
    with (
        scripted(monkeypatch, right(examples), broken),
        pytest.raises(ModelError, match=r"none of 12 questions.*connection refused"),
    ):
        run(CONFIG, inputs, tmp_path / "out", quiet(tmp_path / "in"))
    with scripted(monkeypatch, {}, right(examples)):
        assert run(CONFIG, inputs, tmp_path / "out", quiet(tmp_path / "in")).rows_out == 12


def test_a_missing_adapter_names_the_stage_to_run(tmp_path: Path, inputs: dict[str, Path]) -> None:
    (inputs["training"] / "adapter" / "adapter_config.json").unlink()
    with pytest.raises(InputError, match="run the training stage first"):
        run(CONFIG, inputs, tmp_path / "out", quiet(tmp_path / "in"))


def test_no_held_out_example_is_an_empty_result(tmp_path: Path) -> None:
    inputs = write_inputs(tmp_path / "in", held_out=[])
    with pytest.raises(EmptyResult, match="no held-out example"):
        run(CONFIG, inputs, tmp_path / "out", quiet(tmp_path / "in"))


def test_repeated_ids_are_refused(tmp_path: Path) -> None:
    inputs = write_inputs(tmp_path / "in", held_out=[headline(0), headline(0)])
    with pytest.raises(InputError, match="1 examples repeat the id"):
        run(CONFIG, inputs, tmp_path / "out", quiet(tmp_path / "in"))


def test_a_published_label_outside_the_card_is_refused_before_anything_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stray = dataclasses.replace(sentiment(0), output="喜忧参半")
    inputs = write_inputs(tmp_path / "in", held_out=[stray, sentiment(1)])
    with scripted(monkeypatch, {}, {}) as asked, pytest.raises(InputError, match=r"s-test-00.*喜忧参半"):
        run(CONFIG, inputs, tmp_path / "out", quiet(tmp_path / "in"))
    assert asked.questions == []


def test_max_tokens_for_a_card_that_is_not_there_is_refused(tmp_path: Path, inputs: dict[str, Path]) -> None:
    config = CONFIG.model_copy(update={"max_tokens": {"text": 64, "headline.nwes": 40}})
    with pytest.raises(ConfigError, match=r"evaluation\.max_tokens\.headline\.nwes"):
        run(config, inputs, tmp_path / "out", quiet(tmp_path / "in"))


def test_the_cards_own_token_limit_wins(
    inputs: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    examples = held_out_examples()
    config = CONFIG.model_copy(update={"max_tokens": {"text": 64, "label": 8, "headline.news": 5}})
    with scripted(monkeypatch, right(examples), right(examples)):  # a scripted token is one character
        run(config, inputs, tmp_path / "out", quiet(tmp_path / "in"))
    table = read(tmp_path / "out" / "table.json")
    assert card_of(table, "headline.news")["answers"]["after"]["cut"] == 6
    assert card_of(table, "sentiment.news")["answers"]["after"]["cut"] == 0
