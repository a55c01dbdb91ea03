"""Every prompt asks for what the schema admits, in every backend."""

from __future__ import annotations

import json

import pytest

from caibian.instructions.selfinstruct.passages import Passage
from caibian.instructions.selfinstruct.prompts import prompt, schema
from caibian.models.json_grammar import JsonGrammar
from caibian.models.json_schemas import BASIC, check_schema
from caibian.tasks.schema import violations

CASES = [(topic, language) for topic in ("news", "operations") for language in ("zh", "en")]


@pytest.mark.parametrize(("topic", "language"), CASES)
def test_the_worked_turn_is_an_answer_that_the_schema_admits(topic, language) -> None:  # type: ignore[no-untyped-def]
    turns = prompt(topic, language).conversation("手册", Passage(1, "正文 {braces} 100%"), 3)
    assert [turn["role"] for turn in turns] == ["system", "user", "assistant", "user"]
    assert violations(json.loads(turns[2]["content"]), schema(2)) == []
    grammar = JsonGrammar(schema(2))
    assert grammar.allows(turns[2]["content"].encode())
    assert "正文 {braces} 100%" in turns[3]["content"]
    assert "3" in turns[3]["content"]


@pytest.mark.parametrize(("topic", "language"), CASES)
def test_quotes_of_the_worked_turn_are_copied_from_its_passage(topic, language) -> None:  # type: ignore[no-untyped-def]
    shot = prompt(topic, language).example
    assert all(pair.quote in shot.passage for pair in shot.pairs)


def test_the_line_of_the_section_is_left_out_where_there_is_none() -> None:
    wording = prompt("news", "zh")
    with_one = wording.conversation("手册", Passage(1, "正文", section=("第一章", "核实")), 2)[3]["content"]
    assert "小节：第一章 › 核实" in with_one
    assert "小节" not in wording.conversation("手册", Passage(1, "正文"), 2)[3]["content"]


def test_the_schema_is_within_what_every_backend_can_keep_to() -> None:
    check_schema(schema(5), BASIC)
