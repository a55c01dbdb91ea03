"""Systems answer a set side by side: resumable, one by one, and never under a name that others have."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from caibian.cli import main
from caibian.errors import ConfigError, InputError
from caibian.evaluation import answering
from caibian.evaluation.answering import answer, read_set
from caibian.evaluation.comparison import read_comparison
from caibian.evaluation.systems import System, identity, parse_judge, parse_system, same_weights
from caibian.models.chat import Conversation
from caibian.models.scripted import ScriptedModel
from caibian.records import Example, to_table, write_parquet
from tests.evaluation.judging.house import examples
from tests.evaluation.support import held_out_examples

SET = held_out_examples(3)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What models were asked; `scripted:fails` fails on the stories of one town."""
    questions: list[str] = []

    def open_scripted(system: System, backend: str | None = None, **_: object) -> ScriptedModel:
        def script(conversation: Conversation) -> str:
            questions.append(conversation[-1]["content"])
            if system.model == "scripted:fails" and "东溪" in questions[-1]:
                raise TimeoutError("too slow")
            return system.model.removeprefix("scripted:")

        return ScriptedModel(script, system.name)

    monkeypatch.setattr(answering, "open_system", open_scripted)
    return questions


def test_every_system_answers_every_example_and_more_can_be_added(tmp_path: Path, asked: list[str]) -> None:
    answer(SET, [System("one", "scripted:first")], tmp_path)
    found = answer(SET, [System("two", "scripted:second")], tmp_path)
    assert list(found.answers) == ["one", "two"]
    assert {one.text for one in found.answers["two"].values()} == {"second"}
    assert found.systems["one"]["name"] == "scripted:first"
    assert len(asked) == 2 * len(SET)
    answer(SET, [System("one", "scripted:first")], tmp_path)
    assert len(asked) == 2 * len(SET)


def test_an_answer_that_failed_is_missing_and_asked_again(tmp_path: Path, asked: list[str]) -> None:
    found = answer(SET, [System("one", "scripted:fails")], tmp_path)
    assert found.missing() == {"one": 2}
    before = len(asked)
    answer(SET, [System("one", "scripted:fails")], tmp_path)
    assert len(asked) > before


def test_a_name_stays_with_its_weights_and_a_folder_with_its_set(tmp_path: Path, asked: list[str]) -> None:
    answer(SET, [System("one", "scripted:first")], tmp_path)
    with pytest.raises(ConfigError, match="choose another name"):
        answer(SET, [System("one", "scripted:other")], tmp_path)
    with pytest.raises(ConfigError, match="stands twice"):
        answer(SET, [System("two", "scripted:x"), System("two", "scripted:x")], tmp_path)
    with pytest.raises(InputError, match="other examples"):
        answer(SET[:2], [System("two", "scripted:x")], tmp_path)


def test_systems_and_judges_are_named_on_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "a+b").mkdir()
    (tmp_path / "lora").mkdir()
    assert parse_system(f"mine=default+{tmp_path / 'lora'}") == System(
        "mine", "default", str(tmp_path / "lora")
    )
    assert parse_system(f"x={tmp_path / 'a+b'}") == System("x", str(tmp_path / "a+b"))
    assert parse_system("far=https://host/v1#a+b") == System("far", "https://host/v1#a+b")
    assert parse_judge("coder-1.5b") == System("", "coder-1.5b")
    assert parse_judge("https://host/v1?key=x#m").name == ""
    assert parse_judge("strong=https://host/v1#m") == System("strong", "https://host/v1#m")
    for wrong in ("default", "=default", "x="):
        with pytest.raises(ConfigError, match="NAME=MODEL"):
            parse_system(wrong)
    with pytest.raises(ConfigError, match="no adapter here"):
        parse_system("x=default+nowhere")


def test_a_judge_is_known_to_be_a_system_by_its_weights(tmp_path: Path) -> None:
    weights = tmp_path / "toy.gguf"
    weights.write_bytes(b"GGUF toy")
    adapter = tmp_path / "adapter"
    adapter.mkdir()
    (adapter / "adapter_config.json").write_text("{}")
    (adapter / "adapter_model.safetensors").write_bytes(b"lora")
    base = identity(System("base", str(weights)))
    tuned = identity(System("tuned", str(weights), str(adapter)))
    assert same_weights(base, identity(System("", str(weights)), "llama.cpp"))
    assert not same_weights(base, tuned)
    assert tuned["adapter_sha256"] != base["sha256"]
    far = identity(System("far", "http://host/v1#m"))
    assert same_weights(far, far)
    assert not same_weights(far, base)
    assert not same_weights({}, {})


def test_a_set_is_read_from_a_file_or_a_folder_and_refused_with_a_reason(tmp_path: Path) -> None:
    write_parquet(tmp_path / "examples.parquet", to_table(SET, Example))
    assert read_set(tmp_path) == read_set(tmp_path / "examples.parquet") == SET
    assert len(read_set(tmp_path, limit=2)) == 2
    write_parquet(tmp_path / "twice.parquet", to_table([*SET, SET[0]], Example))
    with pytest.raises(InputError, match="1 examples repeat the id"):
        read_set(tmp_path / "twice.parquet")
    with pytest.raises(InputError, match="no such file"):
        read_set(tmp_path / "nowhere")


def test_the_command_answers_and_says_what_stands_behind_each_system(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_parquet(tmp_path / "set" / "examples.parquet", to_table(examples(3), Example))
    script = tmp_path / "script.json"
    script.write_text(json.dumps({"*": "青岭市图书馆开馆"}), encoding="utf-8")
    out = tmp_path / "comparison"
    with pytest.raises(SystemExit) as left:
        main(
            [
                "evaluate",
                "answer",
                str(tmp_path / "set"),
                "--system",
                f"toy=scripted:{script}",
                "--out",
                str(out),
            ]
        )
    assert not left.value.code
    assert "toy: 3 answers" in capsys.readouterr().out
    assert {one.text for one in read_comparison(out).answers["toy"].values()} == {"青岭市图书馆开馆"}
