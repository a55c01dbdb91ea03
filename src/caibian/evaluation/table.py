"""The before/after table of one card: figures, intervals, differences, baselines and checks, as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from caibian.errors import InputError
from caibian.evaluation import baselines, checks
from caibian.evaluation.bootstrap import Bootstrap, Figure
from caibian.evaluation.config import BaselinesConfig
from caibian.evaluation.figures import confusion, label_figures, text_figures
from caibian.records import Answer, Example, Language
from caibian.tasks import TaskCard, extract
from caibian.tasks.prompt import field_prefix

# None: neither more nor less is better; the length ratio is best near 1.
BETTER: dict[str, str | None] = {"length_ratio": None, "invalid_rate": "lower"}
SYSTEMS = ("before", "after")


@dataclass(frozen=True)
class Labelled:
    """Texts with their labels, for the baselines that learn."""

    texts: Sequence[str]
    labels: Sequence[str]


@dataclass(frozen=True)
class CardTest:
    """Everything one card is judged on; `answers` and `said` are in the order of `examples`."""

    card: TaskCard
    examples: Sequence[Example]
    answers: Mapping[str, Sequence[Answer]]  # "before", "after", and adapters that stand beside them
    train: Sequence[Example] = ()
    articles: Labelled | None = None  # labelled training articles, for the `tfidf_articles` baseline
    published: Mapping[str, datetime] = field(default_factory=dict)  # example id -> time of publication

    def said(self, system: str) -> list[str]:
        """What a system said to each example; an answer that ended in an error says nothing."""
        return ["" if a.finish_reason == "error" else a.text for a in self.answers[system]]


def card_table(test: CardTest, config: BaselinesConfig, bootstrap: Bootstrap, seed: int) -> dict[str, Any]:
    """One entry of `cards` in table.json."""
    card = test.card
    entry: dict[str, Any] = {
        "card": card.id,
        "name": {"zh": card.name.zh, "en": card.name.en},
        "n": len(test.examples),
        "kind": "label" if card.output.kind == "label" else "text",
        "answers": {system: _failures(test.answers[system]) for system in SYSTEMS},
    }
    figures: dict[str, dict[str, Figure]]
    if card.output.kind == "label":
        gold = [true_label(card, example) for example in test.examples]
        labels = list(card.output.labels)
        values = label_answers(test) | _label_baselines(test, gold, labels, config, seed)
        figures = {system: label_figures(said, gold, labels) for system, said in values.items()}
        entry["confusion"] = {system: confusion(said, gold, labels) for system, said in values.items()}
        entry["baselines"] = _baseline_notes(test, values)
    else:
        references = [example.output for example in test.examples]
        languages = [example.language for example in test.examples]
        texts = {system: test.said(system) for system in test.answers} | _text_baselines(test, config)
        figures = {system: text_figures(said, references, languages) for system, said in texts.items()}
    entry["metrics"] = _metrics(figures, bootstrap)
    entry["checks"] = _checks(test, bootstrap)
    return entry


def true_label(card: TaskCard, example: Example) -> str:
    """The published label of an example, as the card spells it.

    Raises:
        InputError: the published output names no label of the card.
    """
    label = extract(card, example.output, example.language)
    if label is None:
        raise InputError(
            f"example {example.id}: output {example.output!r} names no label of the card {card.id} "
            f"({', '.join(card.output.labels)}); correct the data or the card's labels"
        )
    return label


def label_answers(test: CardTest) -> dict[str, list[str | None]]:
    """The label each system's answers name; None where they name none."""
    return {
        system: [
            extract(test.card, said, example.language) if said.strip() else None
            for said, example in zip(test.said(system), test.examples, strict=True)
        ]
        for system in test.answers
    }


def _metrics(figures: Mapping[str, Mapping[str, Figure]], bootstrap: Bootstrap) -> list[dict[str, Any]]:
    """Each metric over all systems, the paired difference after - before, and after - each baseline."""
    others = [system for system in figures if system not in SYSTEMS]
    return [
        {
            "metric": metric,
            "better": BETTER.get(metric, "higher"),
            "values": {system: bootstrap.interval(figures[system][metric]).json() for system in figures},
            "difference": bootstrap.difference(after, figures["before"][metric]).json(),
            "over": {
                system: bootstrap.difference(after, figures[system][metric]).json() for system in others
            },
        }
        for metric, after in figures["after"].items()
    ]


def _checks(test: CardTest, bootstrap: Bootstrap) -> list[dict[str, Any]]:
    """Pass rates of the card's checks for both systems and for the published references.

    The references' failures are the checker's own false alarms, as far as editors get their facts right.
    """
    texts = {system: test.said(system) for system in SYSTEMS}
    texts["reference"] = [example.output for example in test.examples]
    figures = {
        system: checks.check_figures(
            [
                checks.passed(test.card, text, example, test.published.get(example.id))
                for text, example in zip(said, test.examples, strict=True)
            ]
        )
        for system, said in texts.items()
    }
    if "numbers_in_source" in test.card.checks:
        for system, said in texts.items():
            figures[system] |= checks.number_figures(said, test.examples)
    return [
        {
            "check": check,
            "values": {
                system: bootstrap.interval(figures[system][check]).json()
                | {"n": int(figures[system][check].rows[:, 1].sum())}
                for system in texts
            },
            "difference": bootstrap.difference(figures["after"][check], figures["before"][check]).json(),
        }
        for check in figures["after"]
    ]


def _text_baselines(test: CardTest, config: BaselinesConfig) -> dict[str, list[str]]:
    if not config.first_sentence:
        return {}
    texts = [(_article(test.card, example), example.language) for example in test.examples]
    answers = {"first_sentence": [baselines.first_sentence(*text) for text in texts]}
    if limits := dict(test.card.output.max_chars or {}):
        answers["first_sentence_cut"] = [
            baselines.first_sentence(text, language, limits.get(cast(Language, language)))
            for text, language in texts
        ]
    return answers


def _article(card: TaskCard, example: Example) -> str:
    """The article in an input of several named fields (`标题：…` before `正文：…`); else the whole input."""
    if "article" not in card.input:
        return example.input
    start = example.input.find(prefix := field_prefix(card, "article", example.language))
    at_line_start = start == 0 or example.input[start - 1 : start] == "\n"
    return example.input[start + len(prefix) :] if start >= 0 and at_line_start else example.input


def _label_baselines(
    test: CardTest, gold: Sequence[str], labels: Sequence[str], config: BaselinesConfig, seed: int
) -> dict[str, list[str | None]]:
    train = Labelled([e.input for e in test.train], [true_label(test.card, e) for e in test.train])
    inputs = [example.input for example in test.examples]
    answers: dict[str, Sequence[str | None]] = {}
    if config.majority and train.labels:
        answers["majority"] = baselines.majority(train.labels, len(gold))
    if config.tfidf and train.labels:
        answers["tfidf"] = baselines.tfidf(train.texts, train.labels, inputs)
    if config.tfidf_articles and test.articles and test.articles.labels:
        answers["tfidf_articles"] = baselines.tfidf(test.articles.texts, test.articles.labels, inputs)
    if config.random:
        answers["random"] = baselines.random_labels(labels, len(gold), seed)
    return {name: list(said) for name, said in answers.items()}


def _baseline_notes(test: CardTest, values: Mapping[str, object]) -> dict[str, dict[str, int]]:
    """On how many texts the learning baselines were trained."""
    trained = {"majority": len(test.train), "tfidf": len(test.train)}
    trained["tfidf_articles"] = len(test.articles.labels) if test.articles else 0
    return {name: {"trained_on": n} for name, n in trained.items() if name in values}


def _failures(answers: Sequence[Answer]) -> dict[str, int]:
    """Answers that ended in an error, said nothing, or ran into the token limit."""
    errors = sum(answer.finish_reason == "error" for answer in answers)
    empty = sum(answer.finish_reason != "error" and not answer.text.strip() for answer in answers)
    return {"error": errors, "empty": empty, "cut": sum(a.finish_reason == "length" for a in answers)}
