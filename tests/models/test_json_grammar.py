"""The JSON automaton, against the json module."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from caibian.errors import UnsupportedSchema
from caibian.models.json_grammar import JsonGrammar

ARTICLE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "title": {"type": "string", "minLength": 2, "maxLength": 5},
        "score": {"type": "integer", "minimum": 1, "maximum": 5},
        "weight": {"type": "number"},
        "labels": {
            "type": "array",
            "items": {"enum": ["正面", "负面", 3, None]},
            "minItems": 1,
            "maxItems": 3,
        },
        "person": {"$ref": "#/$defs/person"},
        "either": {"anyOf": [{"type": "boolean"}, {"const": "unknown"}]},
    },
    "required": ["title", "labels", "either"],
    "$defs": {
        "person": {
            "type": "object",
            "properties": {"name": {"type": "string"}, "friend": {"$ref": "#/$defs/person"}},
            "required": ["name"],
        }
    },
}
GOOD = [
    '{"title": "新闻", "labels": ["正面"], "either": true}',
    '{"title": "a\\"b\\n", "score": 5, "labels": [3, null], "either": "unknown"}',
    '{"title": "😀😀", "weight": -0.25, "labels": ["负面"], "person": {"name": "", "friend": {"name": "x"}}, "either": false}',
]
BAD = [
    '{"title": "x", "labels": ["正面"], "either": true}',  # too short
    '{"title": "abcdef", "labels": ["正面"], "either": true}',  # too long
    '{"title": "ab", "score": 6, "labels": ["正面"], "either": true}',
    '{"title": "ab", "labels": [], "either": true}',
    '{"title": "ab", "labels": [3, 3, 3, 3], "either": true}',
    '{"title": "ab", "labels": ["中性"], "either": true}',
    '{"title": "ab", "either": true}',  # a required property is missing
    '{"labels": [3], "title": "ab", "either": true}',  # not in the schema's order
    '{"title": "ab", "labels": [3], "either": true} ',
    '{"title": "a\nb", "labels": [3], "either": true}',
    '{"title": "ab", "weight": 01, "labels": [3], "either": true}',
]


def accepts(schema: dict[str, Any], text: str) -> bool:
    grammar = JsonGrammar(schema)
    data = text.encode()
    if not grammar.allows(data):
        return False
    grammar.advance(data)
    return grammar.complete


@pytest.mark.parametrize("text", GOOD)
def test_documents_of_the_schema_are_admitted(text: str) -> None:
    json.loads(text)
    assert accepts(ARTICLE, text)


@pytest.mark.parametrize("text", BAD)
def test_others_are_not(text: str) -> None:
    assert not accepts(ARTICLE, text)


@pytest.mark.parametrize(
    "schema", [ARTICLE, {"type": "object"}, {"type": "array"}, {"type": ["integer", "null"]}, {}]
)
def test_whatever_is_written_along_the_grammar_is_json(schema: dict[str, Any]) -> None:
    """Random walks, closing brackets preferred after a while so that they end."""
    chance = random.Random(0)
    for _ in range(60):
        grammar, written = JsonGrammar(schema), bytearray()
        while not grammar.ended:
            allowed = grammar.first_bytes()
            assert allowed, f"stuck after {written!r}"
            if grammar.complete and (len(written) > 20 or chance.random() < 0.2):
                break
            closing = [byte for byte in allowed if byte in b'"]},']
            usual = [byte for byte in allowed if byte < 0x80] or [chance.choice(allowed)]
            byte = chance.choice(closing if closing and len(written) > 40 else usual)
            if byte >= 0x80:  # random continuation bytes need not make a character
                byte = allowed[0]
            grammar.advance(bytes([byte]))
            written.append(byte)
            assert len(written) < 3000
        json.loads(written.decode("utf-8", "replace"))


def test_nothing_may_follow_a_closed_document() -> None:
    grammar = JsonGrammar({"type": "boolean"})
    grammar.advance(b"true")
    assert grammar.ended
    assert grammar.first_bytes() == []


def test_a_number_may_end_or_go_on() -> None:
    grammar = JsonGrammar({"type": "number"})
    grammar.advance(b"12")
    assert grammar.complete
    assert not grammar.ended
    assert grammar.allows(b".5")


@pytest.mark.parametrize(
    ("schema", "named"),
    [
        ({"type": "string", "pattern": "^a"}, r"\$: pattern"),
        ({"type": "object", "properties": {"a": {"not": {}}}}, r"\$\.properties\.a: not"),
        ({"type": "integer", "minimum": 1}, r"minimum and maximum"),
        ({"$ref": "#/$defs/none"}, r"leads nowhere"),
        ({"anyOf": [{}, {"if": {}}]}, r"anyOf\[1\]: if"),
        ({"items": 5}, r"\$\.items"),
    ],
)
def test_what_would_be_ignored_is_refused_with_its_place(schema: dict[str, Any], named: str) -> None:
    with pytest.raises(UnsupportedSchema, match=named):
        JsonGrammar(schema)
