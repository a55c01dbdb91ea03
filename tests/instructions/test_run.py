"""The stage as a whole, on a small invented archive."""

from __future__ import annotations

import dataclasses
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from caibian.errors import EmptyResult, InputError
from caibian.instructions import InstructionsConfig
from caibian.instructions.exchange import write_jsonl
from caibian.instructions.prose import fold
from caibian.instructions.run import run
from caibian.progress import Context
from caibian.records import SPLITS, Article, Example, Report, read_parquet
from caibian.tasks import card, extract, instruction, variants
from tests.instructions.articles import story, write_corpus

ALL = ["headline.news", "lead.news", "sentiment.news"]
ARCHIVE = [story(number) for number in range(36)]


def build(
    folder: Path, articles: list[Article], seed: int = 0, **config: Any
) -> tuple[Report, dict[str, list[Example]]]:
    inputs = write_corpus(folder / "corpus", articles)
    out = folder / "out"
    # The stories lie near each other by design; only equal headlines count as one story here.
    settings = InstructionsConfig(**{"cards": ALL, "title_similarity": 1.0, **config})
    report = run(settings, inputs, out, Context.quiet(seed=seed))
    return report, {split: read_parquet(out / f"{split}.parquet", Example) for split in SPLITS}


def of_card(examples: list[Example], name: str) -> list[Example]:
    return [example for example in examples if example.card == name]


def test_every_article_gives_an_example_of_each_card_on_its_side_of_the_split(tmp_path: Path) -> None:
    report, made = build(
        tmp_path, ARCHIVE, cards=["headline.news", "lead.news", {"id": "sentiment.news", "balance": "none"}]
    )
    sides = {article.id: article.split for article in ARCHIVE}
    for split, examples in made.items():
        assert {example.split for example in examples} == {split}
        assert all(sides[example.source_ids[0]] == split for example in examples)
        assert {example.card for example in examples} == set(ALL)
    assert report.rows_in == len(ARCHIVE) * 3 == report.rows_out + sum(report.dropped.values())
    assert len(of_card(made["test"], "headline.news")) == 8
    assert len({example.id for examples in made.values() for example in examples}) == report.rows_out


def test_the_input_never_contains_the_output(tmp_path: Path) -> None:
    dirty = [
        dataclasses.replace(
            article,
            title=f"{article.title}_东溪新闻网",
            body=f"原标题：{article.title}\n{article.title}\n{article.body}\n{article.body.splitlines()[0]}\n{article.title}",
        )
        for article in ARCHIVE
    ]
    _, made = build(tmp_path, dirty, cards=["headline.news", "lead.news"])
    examples = [example for split in made.values() for example in split]
    assert len(of_card(examples, "headline.news")) > 20
    assert len(of_card(examples, "lead.news")) > 5
    for example in examples:
        assert fold(example.output) not in fold(example.input)
        assert fold(example.output) not in fold(str(example.source_text))
        assert "新闻网" not in example.output


def test_headlines_leads_and_labels_are_the_published_ones(tmp_path: Path) -> None:
    _, made = build(tmp_path, ARCHIVE)
    titles = {article.id: article.title for article in ARCHIVE}
    labels = {article.id: article.labels["sentiment"] for article in ARCHIVE}
    sentiment = card("sentiment.news")
    for example in [example for split in made.values() for example in split]:
        source = example.source_ids[0]
        if example.card == "headline.news":
            assert example.output == titles[source]
        elif example.card == "sentiment.news":
            assert example.output in {"正面", "中性", "负面"}
            assert extract(sentiment, example.output, "zh") == labels[source]
            assert example.input.startswith(str(titles[source]))
        else:
            assert example.output.startswith("记者")
            assert "新华社" not in example.output + example.input
            assert example.input.startswith(f"标题：{titles[source]}\n正文：")


def test_inputs_keep_to_the_limit_and_say_so_in_the_report(tmp_path: Path) -> None:
    report, made = build(tmp_path, ARCHIVE, max_input_chars=120, cards=["headline.news", "sentiment.news"])
    lengths = [len(example.input) for split in made.values() for example in split]
    assert max(lengths) <= 120
    assert report.metrics["cards"]["headline.news"]["input_characters"]["1"] <= 120


def test_instructions_vary_in_training_by_seed_and_are_the_first_elsewhere(tmp_path: Path) -> None:
    _, made = build(tmp_path / "a", ARCHIVE)
    _, again = build(tmp_path / "b", list(reversed(ARCHIVE)))
    _, other = build(tmp_path / "c", ARCHIVE, seed=1)
    headline = card("headline.news")
    wordings = {instruction(headline, "zh", k) for k in range(variants(headline, "zh"))}
    used = {example.instruction for example in of_card(made["train"], "headline.news")}
    assert len(used) >= 3
    assert used <= wordings
    for split in ("validation", "test"):
        first = {name: instruction(card(name), "zh") for name in ALL}
        assert all(example.instruction == first[example.card] for example in made[split])
    assert again == made
    chosen = {example.id: example.instruction for example in made["train"]}
    assert any(chosen.get(example.id) != example.instruction for example in other["train"])


def test_running_again_on_a_half_filled_folder_ends_the_same(tmp_path: Path) -> None:
    first, made = build(tmp_path, ARCHIVE)
    (tmp_path / "out" / "train.parquet").write_bytes(b"half")
    (tmp_path / "out" / "test.parquet").unlink()
    second, again = build(tmp_path, ARCHIVE)
    assert again == made
    assert second.metrics == first.metrics


def test_limits_hold_per_split_and_what_they_leave_out_is_counted(tmp_path: Path) -> None:
    limits = {"train": 5, "validation": 2, "test": 3}
    report, made = build(
        tmp_path,
        ARCHIVE,
        cards=[
            {"id": "headline.news", "max_per_split": limits},
            {"id": "sentiment.news", "max_per_split": limits},
        ],
    )
    for name in ("headline.news", "sentiment.news"):
        assert {split: len(of_card(made[split], name)) for split in SPLITS} == limits
    assert report.dropped["headline.news: limit_reached"] == len(ARCHIVE) - 10
    assert report.rows_in == report.rows_out + sum(report.dropped.values())


def test_limited_examples_are_a_part_of_the_unlimited_ones(tmp_path: Path) -> None:
    _, whole = build(tmp_path / "a", ARCHIVE, cards=["headline.news"])
    limit = {"id": "headline.news", "max_per_split": {"train": 7, "test": 4}}
    _, part = build(tmp_path / "b", ARCHIVE, cards=[limit])
    assert {e.id for e in part["train"]} < {e.id for e in whole["train"]}
    assert {e.id for e in part["validation"]} == {e.id for e in whole["validation"]}


def test_labels_are_balanced_in_training_only(tmp_path: Path) -> None:
    skewed = [story(n, labels={"sentiment": "negative" if n % 6 == 2 else "neutral"}) for n in range(36)]
    report, made = build(tmp_path, skewed, cards=[{"id": "sentiment.news", "balance": "equal"}])
    counts = Counter(example.output for example in made["train"])
    assert counts["负面"] == counts["中性"] > 0
    held_out = Counter(example.output for example in made["test"])
    assert held_out["中性"] > held_out["负面"]
    assert report.metrics["cards"]["sentiment.news"]["labels"]["train"]["negative"] == counts["负面"]
    assert report.dropped["sentiment.news: left_out_for_balance"] > 0


def test_a_story_on_two_sides_stays_only_on_the_held_out_one(tmp_path: Path) -> None:
    twin = story(2, id="twin-title", split="test", cluster="other", body=story(40).body)
    copy = story(3, id="twin-cluster", split="validation", title="完全不同的一个标题写在这里")
    report, made = build(tmp_path, [*ARCHIVE, twin, copy], cards=["sentiment.news"])
    left = {source for split in made.values() for e in split for source in e.source_ids}
    assert left.isdisjoint({"own-0002", "own-0003"})
    assert left >= {"twin-title", "twin-cluster"}
    assert report.dropped["sentiment.news: story_in_two_splits"] == 2
    assert any("losing side" in note for note in report.notes)


def test_nearly_the_same_headline_counts_as_the_same_story(tmp_path: Path) -> None:
    near = story(
        2, id="near", split="test", cluster="other", title=str(story(2).title) + "处", body=story(40).body
    )
    report, _ = build(tmp_path, [*ARCHIVE, near], cards=["sentiment.news"], title_similarity=0.8)
    assert report.dropped["sentiment.news: story_in_two_splits"] >= 1


def test_one_headline_is_one_example(tmp_path: Path) -> None:
    repeated = story(2, id="again", cluster="other", body=story(2).body.replace("居民", "村民"))
    report, made = build(tmp_path, [*ARCHIVE, repeated], cards=["headline.news"])
    assert report.dropped["headline.news: repeated"] == 1
    outputs = [example.output for split in made.values() for example in split]
    assert len(outputs) == len(set(outputs))


def test_training_outputs_with_numbers_that_the_input_lacks_are_left_out_and_held_out_ones_kept(
    tmp_path: Path,
) -> None:
    def unfounded(number: int, split: str) -> Article:
        one = story(number, split=split)
        return dataclasses.replace(one, title=f"{one.title} 惠及7777户")

    articles = [*ARCHIVE[:10], unfounded(22, "train"), unfounded(23, "test")]
    report, made = build(tmp_path / "a", articles, cards=["headline.news"])
    assert report.dropped["headline.news: facts_not_in_input"] == 1
    assert any("7777" in example.output for example in made["test"])
    assert report.metrics["cards"]["headline.news"]["numbers"]["test"]["all_in_input"] < len(made["test"])
    _, lenient = build(tmp_path / "b", articles, cards=["headline.news"], require_supported=[])
    assert any("7777" in example.output for example in lenient["train"])


def test_evaluation_inputs_are_cut_without_a_look_at_the_output(tmp_path: Path) -> None:
    late = "".join(f"第{k}批居民代表来到现场了解情况，工作人员逐一解答。" for k in "一二三四五六七八九十")

    def with_late_number(number: int, split: str) -> Article:
        one = story(number, split=split)
        return dataclasses.replace(
            one, title=f"{one.title} 惠及7777户", body=f"{one.body}\n{late}共惠及7777户居民。"
        )

    articles = [*ARCHIVE[:10], with_late_number(22, "train"), with_late_number(23, "test")]
    _, made = build(tmp_path, articles, cards=["headline.news"])
    [trained] = [e for e in made["train"] if "7777" in e.output]
    [tested] = [e for e in made["test"] if "7777" in e.output]
    assert "共惠及7777户居民。" in trained.input
    assert "7777" not in tested.input
    assert "7777" in str(tested.source_text)


def test_every_reason_is_named_and_counted(tmp_path: Path) -> None:
    bad = [
        story(12, title=None),
        story(13, title="青岭市图书馆新馆建成投用..."),
        story(14, title="青岭市" + "图书馆新馆建成投用" * 4),
        story(17, title="完全无关的另一条消息"),
        story(18, body="太短。"),
        story(19, title="新馆建成投用！"),
        story(22, language="fr"),
    ]
    good = [a for a in ARCHIVE if a.id not in {b.id for b in bad}]
    report, _ = build(tmp_path, [*good, *bad], cards=["headline.news"])
    assert report.dropped == {
        f"headline.news: {reason}": 1
        for reason in (
            "no_title",
            "title_truncated",
            "title_too_long",
            "title_not_of_body",
            "body_too_short",
            "title_exclamation",
            "language_not_wanted",
        )
    }


def test_what_cannot_be_told_from_the_input_is_left_out_of_every_split(tmp_path: Path) -> None:
    filler = "各批居民代表先后来到现场，工作人员逐一解答，会场秩序良好。"

    def with_news_below(number: int, split: str) -> Article:
        """The body says what the headline is about, but only below what an input of 100 characters shows."""
        one = story(number, split=split)
        return dataclasses.replace(one, body=f"{filler}{number}号。{filler}{filler}{filler}\n{one.body}")

    hidden = [with_news_below(number, split) for number, split in enumerate(SPLITS, start=50)]
    card = {"id": "headline.news", "max_input_chars": 100}
    _, lenient = build(tmp_path / "a", [*ARCHIVE, *hidden], cards=[card], require_supported=[])
    report, made = build(
        tmp_path / "b", [*ARCHIVE, *hidden], cards=[card | {"min_coverage": 0.3}], require_supported=[]
    )
    assert report.dropped == {"headline.news: title_not_in_input": len(SPLITS)}
    left_out = {e.id for split in lenient.values() for e in split} - {
        e.id for split in made.values() for e in split
    }
    assert left_out == {f"headline.news/{article.id}" for article in hidden}


def test_what_is_asked_of_lessons_alone_leaves_held_out_leads_as_they_are(tmp_path: Path) -> None:
    far = [
        story(k, split=split, title=f"{story(k).title} 沿线居民盼望长期坚持不走样")
        for k, split in ((50, "train"), (51, "test"))
    ]
    _, plain = build(tmp_path, [*ARCHIVE, *far], cards=["lead.news"])
    sizes = sorted(len(e.output) for e in plain["train"])
    for lessons, reason, gone in (
        ({"min_title_overlap": 0.6}, "lesson_far_from_title", 1),
        ({"max_output_chars": sizes[5]}, "lesson_too_long", sum(size > sizes[5] for size in sizes)),
    ):
        card = {"id": "lead.news", "lessons": lessons}
        report, made = build(tmp_path, [*ARCHIVE, *far], cards=[card])
        assert report.dropped[f"lead.news: {reason}"] == gone > 0
        assert len(made["train"]) == len(plain["train"]) - gone
        assert made["test"] == plain["test"]


def test_lessons_can_be_asked_for_numbers_as_they_are_written(tmp_path: Path) -> None:
    rounded = [
        story(k, split=split, title=re.sub(r"涉及(\d)\d\d个", r"涉及\1百多个", str(story(k).title)))
        for k, split in ((50, "train"), (51, "test"))
    ]
    assert all("百多" in str(one.title) for one in rounded)
    card = {"id": "headline.news", "lessons": {"verbatim_numbers": True}}
    report, made = build(tmp_path, [*ARCHIVE, *rounded], cards=[card])
    assert report.dropped == {"headline.news: lesson_rewrites_numbers": 1}
    assert f"headline.news/{rounded[1].id}" in {e.id for e in made["test"]}


def test_labels_that_are_missing_or_unknown_are_counted(tmp_path: Path) -> None:
    odd = [
        story(36, labels={}),
        story(37, labels={"sentiment": "angry"}),
        story(38, labels={"sentiment": "负面"}),
    ]
    report, made = build(tmp_path, [*ARCHIVE, *odd], cards=[{"id": "sentiment.news", "balance": "none"}])
    assert report.dropped == {"sentiment.news: no_label": 1, "sentiment.news: label_unknown": 1}
    assert any(e.source_ids == ("own-0038",) and e.output == "负面" for split in made.values() for e in split)


def test_english_articles_get_english_examples(tmp_path: Path) -> None:
    body = (
        "The Dongxi bridge took its first cars on Monday, two months ahead of plan, the city's transport office said. "
        "It is 1,860 metres long and has six lanes. Commuters used to queue for the ferry every morning."
    )
    english = [
        story(k, language="en", title=f"Dongxi bridge number {k} opens two months early", body=f"{body} Car {k} was red.", labels={"sentiment": "positive"})
        for k in (40, 41, 42)
    ]  # fmt: skip
    _, made = build(tmp_path, english, cards=["headline.news", "sentiment.news"], title_similarity=1.0)
    examples = [e for split in made.values() for e in split]
    assert {e.language for e in examples} == {"en"}
    assert {e.output for e in of_card(examples, "sentiment.news")} == {"positive"}
    assert all(e.instruction.isascii() for e in examples)


def test_nothing_left_is_an_error_that_names_what_took_it(tmp_path: Path) -> None:
    with pytest.raises(
        EmptyResult, match=r"card headline\.news has 0 training examples.*taken by: no_title 36"
    ):
        build(tmp_path, [dataclasses.replace(a, title=None) for a in ARCHIVE], cards=["headline.news"])
    with pytest.raises(EmptyResult, match="at least 500 are wanted"):
        build(tmp_path, ARCHIVE, cards=["headline.news"], min_examples=500)


def test_articles_without_a_split_or_no_articles_are_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="own-0036: split is None"):
        build(tmp_path / "a", [*ARCHIVE, story(36, split=None)])
    with pytest.raises(InputError, match="no articles"):
        build(tmp_path / "b", [])


def test_the_report_can_be_written_and_read(tmp_path: Path) -> None:
    report, made = build(tmp_path, ARCHIVE)
    report.write(tmp_path)
    assert Report.read(tmp_path) == report
    shown = report.metrics["cards"]["headline.news"]
    assert shown["examples"] == {split: len(of_card(made[split], "headline.news")) for split in SPLITS}
    assert shown["samples"][0]["output"]
    assert report.artefacts == {split: f"{split}.parquet" for split in SPLITS}


@pytest.mark.parametrize(
    ("config", "place"),
    [
        ({"cards": ["headline.sports"]}, "no task card 'headline.sports'"),
        ({"cards": ["headline.news", "headline.news"]}, "stands twice"),
        ({"cards": []}, "both empty"),
        ({"max_input_chars": 5}, "max_input_chars"),
        ({"cards": [{"id": "headline.news", "balance": "even"}]}, "balance"),
        ({"shuffle": True}, "shuffle"),
    ],
)
def test_wrong_settings_are_refused(config: dict[str, Any], place: str) -> None:
    with pytest.raises(ValidationError, match=place):
        InstructionsConfig(**config)


def test_examples_export_to_the_layouts_of_other_tools(tmp_path: Path) -> None:
    _, made = build(tmp_path, ARCHIVE, cards=["headline.news"])
    example = made["test"][0]
    write_jsonl(tmp_path / "m.jsonl", made["test"])
    write_jsonl(tmp_path / "a.jsonl", made["test"], "alpaca")
    write_jsonl(tmp_path / "s.jsonl", made["test"], "sharegpt")
    first = {n: json.loads((tmp_path / f"{n}.jsonl").read_text("utf-8").splitlines()[0]) for n in "mas"}
    assert first["m"]["messages"] == [
        {"role": "user", "content": f"{example.instruction}\n\n{example.input}"},
        {"role": "assistant", "content": example.output},
    ]
    assert first["a"] == {
        "instruction": example.instruction,
        "input": example.input,
        "output": example.output,
    }
    assert first["s"]["conversations"][1] == {"from": "gpt", "value": example.output}
