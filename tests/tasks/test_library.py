"""The packaged library as a whole, and what its comparison finds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from caibian.records import Example
from caibian.tasks import TaskCard, extract, instruction, load_cards, render_input, run_checks
from caibian.tasks.library import likenesses
from caibian.tasks.page import by_category, markdown, text
from tests.tasks.test_cards import text_card

CARDS = load_cards()
PAGE = Path(__file__).parents[2] / "docs" / "task-cards.md"


def test_there_are_ninety_cards_in_four_categories_with_one_good_and_two_bad_examples_each() -> None:
    assert len(CARDS) >= 90
    assert all(len(those) >= 10 for those in by_category(CARDS).values())
    assert all(len(card.examples.bad) >= 2 for card in CARDS.values())
    labelled = [card for card in CARDS.values() if card.output.kind == "label"]
    assert all(set(card.instructions) == {"zh", "en", "ar", "hi"} for card in labelled)


def test_no_two_cards_say_the_same() -> None:
    assert likenesses(CARDS) == []


@pytest.mark.parametrize("card", CARDS.values(), ids=list(CARDS))
def test_a_valid_example_is_built_from_every_card(card: TaskCard) -> None:
    good = card.examples.good
    example = Example(
        id=f"{card.id}/own",
        instruction=instruction(card, good.language),
        input=render_input(card, good.input, good.language),
        output=good.answer,
        card=card.id,
        dataset="own",
        language=good.language,
        split="train",
    )
    assert example.prompt.startswith(example.instruction)
    assert extract(card, example.output, example.language) is not None
    assert all(result.passed for result in run_checks(card, example.output, example).values())


def like(**changes: Any) -> dict[str, TaskCard]:
    """Two cards of the house; the second differs from the first by `changes` alone."""
    first = text_card(
        instructions={
            "zh": [f"第{k}种说法：{word * 6}" for k, word in enumerate("甲乙丙丁戊")],
            "en": [f"{word * 4} wording" for word in ("alpha", "beta", "gamma", "delta", "omega")],
        }
    )
    second: dict[str, Any] = {
        **first,
        "id": "caption.other",
        "instructions": {
            "zh": [f"另{k}种写法：{word * 6}" for k, word in enumerate("子丑寅卯辰")],
            "en": [f"{word * 4} phrase" for word in ("red", "green", "blue", "black", "white")],
        },
        "rubric": {"general": ["accuracy"], "specific": {"own": {"zh": "各说各的。", "en": "Its own."}}},
    }
    for key, value in changes.items():
        second[key] = {**second[key], **value}
    return {card.id: card for card in map(TaskCard.model_validate, (first, second))}


def test_cards_that_differ_are_let_be() -> None:
    assert likenesses(like()) == []


def test_wordings_that_differ_by_the_name_of_the_input_alone_are_one_wording() -> None:
    cards = like(instructions={"zh": [f"第0种说法：{'甲' * 6}稿件", "二" * 6, "三" * 6, "四" * 6, "五" * 6]})
    (found,) = likenesses(cards)
    assert (
        "caption.house: instructions.zh[0] and caption.other: instructions.zh[0] say nearly the same" in found
    )


def test_a_rubric_text_of_another_card_is_named_with_both_places() -> None:
    (found,) = likenesses(
        like(rubric={"specific": {"mine": {"zh": "说画面。", "en": "Something of its own."}}})
    )
    assert (
        found
        == "caption.other: rubric.specific.mine.zh is the text of caption.house: rubric.specific.seen.zh"
    )


def test_the_page_of_the_documentation_is_that_of_the_cards() -> None:
    assert PAGE.read_text(encoding="utf-8") == markdown(CARDS), (
        "run: caibian tasks page --out docs/task-cards.md"
    )


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_card_can_be_shown_whole_in_both_languages(language: str) -> None:
    for card in CARDS.values():
        shown = text(card, language)
        assert card.id in shown
        assert card.examples.good.answer in shown
        assert "None" not in shown.splitlines()[0]
