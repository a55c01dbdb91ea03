"""Wordings from a model: kept where they are a task of their own, refused with a reason elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from caibian.errors import EmptyResult, InputError
from caibian.instructions.pool import ask, read_pool
from caibian.models.scripted import ScriptedModel
from caibian.tasks import card

RUMOUR = card("rumour.post")
GOOD = "群里有人转来这么一段，值班编辑想先心里有数：归{labels}里的哪一边？"


def test_only_wordings_in_words_of_their_own_are_kept() -> None:
    said = [
        GOOD,
        GOOD.replace("这么一段", "这样一段"),
        "这条是谣言吗？请判断后回答。",
        "Tell me whether this is one of: {labels}.",
        "从{labels}{unknown}里挑一个作答，别的不要写。",
        RUMOUR.instructions["zh"][0],
        "短{labels}",
    ]
    kept, refused = ask(
        ScriptedModel({"*": f"Here: {json.dumps(said, ensure_ascii=False)}"}), RUMOUR, "zh", 5
    )
    assert kept == [GOOD]
    assert refused == {
        "says what another says": 2,
        "does not name {labels}": 1,
        "not in zh": 1,
        "a placeholder that is not known": 1,
        "too short": 1,
    }


@pytest.mark.parametrize("said", ["", "no JSON at all", "[1, 2]", '["half'])
def test_a_model_that_gives_nothing_to_keep_is_an_error_and_no_crash(said: str) -> None:
    with pytest.raises(EmptyResult, match=r"rumour\.post: zh: .* gave no wording to keep"):
        ask(ScriptedModel({"*": said}), RUMOUR, "zh", 3)


def test_a_pool_is_read_back_and_its_mistakes_are_named(tmp_path: Path) -> None:
    path = tmp_path / "pool.yaml"
    path.write_text(f"rumour.post:\n  zh: [{json.dumps(GOOD, ensure_ascii=False)}]\n", encoding="utf-8")
    assert read_pool(path) == {"rumour.post": {"zh": [GOOD]}}
    path.write_text("rumour.post:\n  zh: [没有标签的一种写法]\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"rumour\.post\.zh\[0\]: does not name \{labels\}"):
        read_pool(path)
    path.write_text("rumour.post:\n  fr: [a]\n", encoding="utf-8")
    with pytest.raises(InputError, match="rumour"):
        read_pool(path)
