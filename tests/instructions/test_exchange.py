"""Examples to and from the files of other tools."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from caibian.cli.instruct import exchange as verbs
from caibian.errors import ConfigError, EmptyResult, InputError
from caibian.instructions.exchange import LAYOUTS, export, export_llama_factory, import_
from caibian.instructions.exchange import items as items_module
from caibian.instructions.exchange.items import items
from caibian.instructions.exchange.lines import as_line
from caibian.records import Example, read_parquet, to_table, write_parquet

# What breaks files of text: every script, quotes, breaks that only some programs know, signs beyond the BMP.
_TEXTS = st.text(
    st.sampled_from(
        "新闻标题“”《》，。headline \"\\/'{}[]:,\n\r\t\u0085\u2028\u2029خبر عاجلसमाचार🗞️👩🏽‍💻𠮷\u200d\u00a0\ufffd"
    ),
    max_size=40,
)
_SAID = _TEXTS.filter(str.strip)
_NAMES = st.text(st.sampled_from("abc/#新-.1 "), min_size=1, max_size=12)
_EXAMPLES = st.lists(
    st.builds(
        Example,
        id=_NAMES,
        instruction=_SAID,
        input=_TEXTS,
        output=_SAID,
        card=_NAMES,
        dataset=_NAMES,
        language=st.sampled_from(["zh", "en", "ar", "hi"]),
        split=st.sampled_from(["train", "validation", "test", "extra"]),
        source_ids=st.lists(_NAMES, max_size=2).map(tuple),
        source_text=st.none() | _TEXTS,
        labels=st.lists(_NAMES, max_size=2).map(tuple),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda example: example.id,
)


def example(number: int = 0, **changes: Any) -> Example:
    parts: dict[str, Any] = {
        "id": f"headline.news/{number}",
        "instruction": "请为下面的稿件拟一个标题。",
        "input": f"青岭市图书馆新馆{number}日开馆，藏书110万册。",
        "output": f"青岭市图书馆新馆{number}日开馆",
        "card": "headline.news",
        "dataset": "own",
        "language": "zh",
        "split": "train",
        "source_ids": (f"own-{number}",),
    }
    return Example(**{**parts, **changes})


def parquet(folder: Path, *examples: Example) -> Path:
    path = folder / "examples.parquet"
    write_parquet(path, to_table(examples, Example))
    return path


def lines(path: Path, *rows: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{r if isinstance(r, str) else as_line(r)}\n" for r in rows), encoding="utf-8")
    return path


def imported(path: Path, **options: Any) -> list[Example]:
    out = path.parent / "imported.parquet"
    import_(path, out, **options)
    return read_parquet(out, Example)


@settings(max_examples=60)
@given(_EXAMPLES)
def test_what_is_exported_with_our_columns_comes_back_the_same(
    tmp_path_factory: pytest.TempPathFactory, examples: list[Example]
) -> None:
    folder = tmp_path_factory.mktemp("round")
    source = parquet(folder, *examples)
    for layout in LAYOUTS:
        for name in ("data.jsonl", "data.json"):
            export(source, folder / name, layout)
            assert imported(folder / name) == examples
    for formatting in ("alpaca", "sharegpt"):
        there = folder / formatting
        export_llama_factory(source, there, formatting=formatting)
        assert sorted(imported(there), key=lambda one: one.id) == sorted(examples, key=lambda one: one.id)


@settings(max_examples=40)
@given(_EXAMPLES)
def test_without_our_columns_prompt_and_answer_come_back(
    tmp_path_factory: pytest.TempPathFactory, examples: list[Example]
) -> None:
    folder = tmp_path_factory.mktemp("plain")
    source = parquet(folder, *examples)
    for layout in LAYOUTS:
        export(source, folder / "data.jsonl", layout, keep_ours=False)
        for line in (folder / "data.jsonl").read_text(encoding="utf-8").splitlines():
            assert json.loads(line).keys() <= {"instruction", "input", "output", "conversations", "messages"}
        found = imported(folder / "data.jsonl", dataset="theirs")
        assert [(one.prompt, one.output) for one in found] == [(one.prompt, one.output) for one in examples]
        assert {one.split for one in found} == {"train"}
        assert [one.id for one in found] == [f"theirs/{n}" for n in range(len(examples))]


def test_the_layouts_are_those_that_other_tools_read(tmp_path: Path) -> None:
    source = parquet(tmp_path, one := example())
    written = {}
    for layout in LAYOUTS:
        export(source, tmp_path / f"{layout}.json", layout, keep_ours=False)
        [written[layout]] = json.loads((tmp_path / f"{layout}.json").read_text(encoding="utf-8"))
    assert written["alpaca"] == {"instruction": one.instruction, "input": one.input, "output": one.output}
    assert written["sharegpt"]["conversations"] == [
        {"from": "human", "value": one.prompt},
        {"from": "gpt", "value": one.output},
    ]
    assert written["messages"]["messages"] == [
        {"role": "user", "content": one.prompt},
        {"role": "assistant", "content": one.output},
    ]


def test_our_columns_have_the_same_types_in_every_row_so_that_loaders_by_blocks_can_read_them(
    tmp_path: Path,
) -> None:
    source = parquet(tmp_path, example(1), example(2, labels=("positive",), source_text="全文"))
    export(source, tmp_path / "a.jsonl", "alpaca")
    rows = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text("utf-8").splitlines()]
    assert all(isinstance(value, str) for row in rows for value in row.values())
    assert rows[0].keys() == rows[1].keys()


def test_a_folder_is_exported_train_first_and_one_split_alone_on_request(tmp_path: Path) -> None:
    for split in ("extra", "test", "train", "validation"):
        write_parquet(
            tmp_path / "in" / f"{split}.parquet", to_table([example(split=split, id=split)], Example)
        )
    report = export(tmp_path / "in", tmp_path / "all.jsonl", "alpaca")
    rows = [json.loads(line) for line in (tmp_path / "all.jsonl").read_text("utf-8").splitlines()]
    assert [row["split"] for row in rows] == ["train", "validation", "test", "extra"]
    assert report.rows_out == 4
    export(tmp_path / "in", tmp_path / "test.jsonl", "alpaca", split="test")
    assert [one.id for one in imported(tmp_path / "test.jsonl")] == ["test"]
    with pytest.raises(EmptyResult, match=r"'dev'.*train 1"):
        export(tmp_path / "in", tmp_path / "dev.jsonl", split="dev")
    assert not (tmp_path / "dev.jsonl").exists()


def test_what_cannot_be_exported_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"\.jsonl.*got '\.csv'"):
        export(tmp_path, tmp_path / "out.csv")
    with pytest.raises(InputError, match="no such file"):
        export(tmp_path / "nothing.parquet", tmp_path / "out.jsonl")
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 not")
    with pytest.raises(InputError, match=r"broken\.parquet: not a readable Parquet"):
        export(tmp_path / "broken.parquet", tmp_path / "out.jsonl")
    write_parquet(tmp_path / "other.parquet", to_table([example()], Example).select(["id", "output"]))
    with pytest.raises(InputError, match=r"other\.parquet.*lacks the column 'instruction'"):
        export(tmp_path / "other.parquet", tmp_path / "out.jsonl")
    assert not list(tmp_path.glob("*out*"))


def test_llama_factory_finds_columns_and_tags_and_other_datasets_stay(tmp_path: Path) -> None:
    source = parquet(tmp_path, example(1), example(2, split="test"))
    folder = tmp_path / "data"
    lines(folder / "dataset_info.json", {"identity": {"file_name": "identity.json"}})
    export_llama_factory(source, folder, name="desk", formatting="sharegpt")
    export_llama_factory(source, folder, name="plain", formatting="alpaca", split="train")
    info = json.loads((folder / "dataset_info.json").read_text(encoding="utf-8"))
    assert list(info) == ["identity", "desk_train", "desk_test", "plain_train"]
    assert info["plain_train"] == {
        "file_name": "plain_train.jsonl",
        "formatting": "alpaca",
        "columns": {"prompt": "instruction", "query": "input", "response": "output"},
    }
    assert info["desk_train"]["columns"] == {"messages": "conversations"}
    tags = info["desk_train"]["tags"]
    [row] = [json.loads(line) for line in (folder / "desk_train.jsonl").read_text("utf-8").splitlines()]
    assert [turn[tags["role_tag"]] for turn in row["conversations"]] == [
        tags["user_tag"],
        tags["assistant_tag"],
    ]
    assert [turn[tags["content_tag"]] for turn in row["conversations"]] == [
        example(1).prompt,
        example(1).output,
    ]


def test_a_llama_factory_folder_is_read_by_its_own_names_and_what_is_no_example_is_said(
    tmp_path: Path,
) -> None:
    lines(
        tmp_path / "own.json", [{"q": "写标题", "a": "开馆", "sys": "你是编辑", "past": [["你好", "您好"]]}]
    )
    lines(tmp_path / "chat.jsonl", {"talk": [{"who": "ask", "text": "问"}, {"who": "say", "text": "答"}]})
    lines(
        tmp_path / "dataset_info.json",
        {
            "own": {
                "file_name": "own.json",
                "columns": {"prompt": "q", "response": "a", "system": "sys", "history": "past"},
            },
            "chat": {
                "file_name": "chat.jsonl",
                "formatting": "sharegpt",
                "columns": {"messages": "talk"},
                "tags": {"role_tag": "who", "content_tag": "text", "user_tag": "ask", "assistant_tag": "say"},
            },
            "hub": {"hf_hub_url": "someone/something"},
            "better": {"file_name": "own.json", "ranking": True},
            "books": {"file_name": "own.json", "columns": {"prompt": "q"}},
            "gone": {"file_name": "gone.json"},
        },
    )
    report = import_(tmp_path, tmp_path / "out.parquet")
    found = read_parquet(tmp_path / "out.parquet", Example)
    assert [(one.dataset, one.instruction, one.output) for one in found] == [
        ("own", "你是编辑\n\n你好", "您好"),
        ("own", "你是编辑\n\n用户：你好\n助手：您好\n\n写标题", "开馆"),
        ("chat", "问", "答"),
    ]
    assert list(report.metrics["left_out"]) == ["hub", "better", "books", "gone"]
    import_(tmp_path, tmp_path / "out.parquet", only=["chat"])
    assert [one.output for one in read_parquet(tmp_path / "out.parquet", Example)] == ["答"]
    with pytest.raises(ConfigError, match="no dataset 'nobody'; it has: own, chat"):
        import_(tmp_path, tmp_path / "out.parquet", only=["nobody"])
    with pytest.raises(ConfigError, match="better: holds preferences"):
        import_(tmp_path, tmp_path / "out.parquet", only=["better"])


def test_every_turn_of_the_assistant_is_an_example_that_holds_what_was_said_before(tmp_path: Path) -> None:
    said = [
        ("user", "第一问"),
        ("system", "你是编辑。"),
        ("assistant", "第一答"),
        ("user", "第二问"),
        ("user", "再补一句"),
        ("assistant", "第二答"),
        ("user", "没人回答"),
    ]
    path = lines(
        tmp_path / "chat.jsonl", {"messages": [{"role": role, "content": text} for role, text in said]}
    )
    first, second = imported(path)
    assert (first.instruction, first.output) == ("你是编辑。\n\n第一问", "第一答")
    assert second.instruction == "你是编辑。\n\n用户：第一问\n助手：第一答\n\n第二问\n\n再补一句"
    assert (second.output, second.language) == ("第二答", "zh")
    assert [first.id, second.id] == ["chat/0", "chat/0.1"]


def test_bad_records_are_counted_by_reason_with_their_lines_and_the_good_ones_kept(tmp_path: Path) -> None:
    def talk(*turns: Any) -> dict[str, Any]:
        return {"conversations": [{"from": role, "value": text} for role, text in turns]}

    path = lines(
        tmp_path / "mixed.jsonl",
        talk(("human", "Name the river."), ("gpt", "The Dongxi.")),
        '{"conversations": [',
        "",
        "[1, 2]",
        talk(("human", "问"), ("gpt", "  ")),
        talk(("human", "问"), ("tool", "42"), ("gpt", "答")),
        talk(("human", "问"), ("gpt", 7)),
        talk(("human", "问")),
        talk(("gpt", "答")),
        {"conversations": []},
        {"conversations": "问"},
        {"conversations": ["问"]},
        {"text": "另一种"},
        {"conversations": [{"from": "human", "value": "问"}, {"from": "gpt"}]},
        '{"conversations": [{"from": "human", "value": "\\ud83d"}, {"from": "gpt", "value": "好"}]}',
        talk(("system", "编辑"), ("human", " "), ("gpt", "答")),
        talk(("human", "२ नदियाँ"), ("gpt", "हाँ")),
    )
    report = import_(path, tmp_path / "out.parquet", dataset="d")
    found = read_parquet(tmp_path / "out.parquet", Example)
    assert [(one.id, one.language) for one in found] == [("d/0", "en"), ("d/15", "hi")]
    assert report.dropped == {
        "broken_line": 1,
        "not_an_object": 1,
        "empty_output": 1,
        "unknown_role": 1,
        "turn_not_text": 1,
        "no_answer": 1,
        "no_question": 1,
        "empty_conversation": 1,
        "conversation_not_a_list": 1,
        "turn_not_an_object": 1,
        "conversation_missing": 1,
        "turn_without_text": 1,
        "broken_character": 1,
        "empty_instruction": 1,
    }
    assert report.rows_in == 16 == report.rows_out + sum(report.dropped.values())
    assert "broken_line: 1 (mixed.jsonl, line 2)" in report.notes
    assert "not_an_object: 1 (mixed.jsonl, line 4)" in report.notes


def test_alpaca_fields_that_are_missing_or_of_another_type_are_counted(tmp_path: Path) -> None:
    path = lines(
        tmp_path / "a.jsonl",
        {"instruction": "写标题", "output": "开馆"},
        {"instruction": "写标题", "input": None, "output": "开馆二"},
        {"instruction": "", "input": "只有输入", "output": "答"},
        {"instruction": "写标题", "output": ["开馆"]},
        {"instruction": "写标题", "input": 5, "output": "开馆"},
        {"instruction": 5, "output": "开馆"},
        {"instruction": "写标题"},
        {"input": "稿件", "output": "开馆"},
        {"instruction": "写标题", "output": "\n"},
        {"instruction": "", "output": "开馆"},
        {"instruction": "写标题", "output": "开馆", "history": 5},
    )
    report = import_(path, tmp_path / "out.parquet")
    found = read_parquet(tmp_path / "out.parquet", Example)
    assert [one.prompt for one in found] == ["写标题", "写标题", "只有输入"]
    assert report.dropped == {
        "output_not_text": 1,
        "input_not_text": 1,
        "instruction_not_text": 1,
        "output_missing": 1,
        "instruction_missing": 1,
        "empty_output": 1,
        "empty_instruction": 1,
        "history_not_pairs": 1,
    }


def test_where_nothing_is_left_the_error_names_reasons_and_lines_and_no_file_is_written(
    tmp_path: Path,
) -> None:
    path = lines(tmp_path / "a.jsonl", {"instruction": "写", "output": ""}, "{", "{")
    with pytest.raises(
        EmptyResult, match=r"broken_line: 2 \(a\.jsonl, line 2; a\.jsonl, line 3\).*empty_output"
    ):
        import_(path, tmp_path / "out.parquet")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.jsonl"]


@pytest.mark.parametrize(
    ("text", "values", "problems"),
    [
        ("[]", [], []),
        ('[{"a": 1}, {"a": "[}\\",{"}]', [{"a": 1}, {"a": '[}",{'}], []),
        ('\n\n[\n{"a": 1},\n\n{"a" 2},\n{"a": 3}]', [{"a": 1}, {"a": 3}], [("broken_item", 6)]),
        ('[{"a": 1}}, {"a": 3}]', [{"a": 3}], [("broken_item", 1)]),
        ('[{"a": 1},\n{"a": 2, "b": "cut', [{"a": 1}], [("broken_item", 2)]),
        ('[5, "text", null,]', [5, "text", None], []),
        ('[{"a": 1}]\n{"a": 2}', [{"a": 1}], [("behind_the_array", 1)]),
    ],
)
@pytest.mark.parametrize("block", [1, 7, 1 << 20])
def test_a_broken_element_of_an_array_costs_itself_alone(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    values: list[Any],
    problems: list[Any],
    block: int,
) -> None:
    monkeypatch.setattr(items_module, "_BLOCK", block)
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    found = list(items(tmp_path / "a.json"))
    assert [item.value for item in found if not item.problem] == values
    assert [(item.problem, item.line) for item in found if item.problem] == problems


def test_items_too_long_for_memory_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(items_module, "MAX_ITEM", 50)
    monkeypatch.setattr(items_module, "_BLOCK", 10)
    long = {"a": "长" * 200}
    assert [item.problem for item in items(lines(tmp_path / "a.jsonl", long, {"a": 1}))] == ["too_long", None]
    assert [item.problem for item in items(lines(tmp_path / "a.json", [{"a": 1}, long]))] == [
        None,
        "too_long",
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_encodings_of_chinese_desks_are_told_apart(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.jsonl"
    row = {"instruction": "请为下面的稿件拟一个标题", "input": "青岭市图书馆新馆开馆", "output": "新馆开馆"}
    path.write_bytes((json.dumps(row, ensure_ascii=False) + "\n").encode(encoding))
    assert [one.output for one in imported(path)] == ["新馆开馆"]


def test_bytes_that_are_no_text_cost_their_line_alone_and_gzip_is_unpacked(tmp_path: Path) -> None:
    good = json.dumps({"instruction": "写标题", "output": "新馆开馆"}, ensure_ascii=False).encode()
    with gzip.open(tmp_path / "a.jsonl.gz", "wb") as stream:
        stream.write(good + b"\n" + good.replace("开".encode(), b"\xff") + b"\n")
    report = import_(tmp_path / "a.jsonl.gz", tmp_path / "out.parquet")
    assert (report.rows_out, report.dropped) == (1, {"broken_character": 1})


def test_a_file_of_no_known_layout_is_refused_with_its_keys(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl", {"question": "问", "reply": "答"})
    with pytest.raises(InputError, match=r"a\.jsonl: its layout cannot be told.*question, reply"):
        import_(path, tmp_path / "out.parquet")
    with pytest.raises(EmptyResult, match="output_missing"):
        import_(lines(tmp_path / "b.jsonl", {"instruction": "问"}), tmp_path / "out.parquet", layout="alpaca")
    with pytest.raises(InputError, match=r"dataset_info\.json"):
        import_(tmp_path, tmp_path / "out.parquet")
    with pytest.raises(ConfigError, match=r"no task card 'headlin\.news'"):
        import_(path, tmp_path / "out.parquet", card="headlin.news")


def test_an_import_may_name_card_and_dataset_and_is_laid_down_by_split(tmp_path: Path) -> None:
    source = parquet(tmp_path, example(1), example(2, split="test"))
    export(source, tmp_path / "a.jsonl", "alpaca")
    with (tmp_path / "a.jsonl").open("a", encoding="utf-8") as stream:
        stream.write(as_line({"instruction": "写标题", "output": "开馆"}) + "\n")
        stream.write(as_line({"instruction": "写标题", "output": "开馆", "caibian": "{broken"}) + "\n")
    report = import_(tmp_path / "a.jsonl", tmp_path / "out", card="headline.news", dataset="theirs")
    assert report.metrics == {"splits": {"train": 3, "test": 1}, "restored": 2, "left_out": {}}
    train = read_parquet(tmp_path / "out" / "train.parquet", Example)
    assert train[0] == example(1)
    assert [(one.id, one.card, one.dataset, one.split) for one in train[1:]] == [
        ("theirs/2", "headline.news", "theirs", "train"),
        ("theirs/3", "headline.news", "theirs", "train"),
    ]
    assert read_parquet(tmp_path / "out" / "test.parquet", Example) == [example(2, split="test")]


def test_an_id_that_stands_twice_is_kept_once_and_counted(tmp_path: Path) -> None:
    export(parquet(tmp_path, example(1), example(1)), tmp_path / "a.jsonl", "sharegpt")
    report = import_(tmp_path / "a.jsonl", tmp_path / "out.parquet")
    assert (report.rows_out, report.dropped) == (1, {"repeated_id": 1})


def test_a_prompt_that_was_edited_after_the_export_is_still_read(tmp_path: Path) -> None:
    export(parquet(tmp_path, example(1)), tmp_path / "a.jsonl", "messages")
    row = json.loads((tmp_path / "a.jsonl").read_text(encoding="utf-8"))
    row["messages"][0]["content"] = "写个标题：新馆开馆"
    row["messages"].insert(0, {"role": "system", "content": "你是编辑。"})
    [found] = imported(lines(tmp_path / "b.jsonl", row))
    assert (found.prompt, found.id) == ("你是编辑。\n\n写个标题：新馆开馆", example(1).id)


def test_the_command_line_exports_and_imports(tmp_path: Path) -> None:
    app = typer.Typer()
    app.command("export")(verbs.export)
    app.command("import")(verbs.import_)

    def run(*words: object) -> str:
        done = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.stdout

    source = parquet(tmp_path, example(1), example(2, split="test"))
    assert "2 examples (train 1, test 1)" in run(
        "export", source, "--to", "sharegpt", "--out", tmp_path / "a.json"
    )
    assert "1 examples (test 1)" in run(
        "export", source, "--to", "messages", "--out", tmp_path / "b.jsonl", "--split", "test", "--plain"
    )
    run("export", source, "--to", "llama-factory", "--out", tmp_path / "lf", "--formatting", "alpaca")
    for file in ("a.json", "lf"):
        said = run("import", tmp_path / file, "--out", tmp_path / "back.parquet")
        assert "2 examples (train 1, test 1), 2 with our columns" in said
        assert read_parquet(tmp_path / "back.parquet", Example) == [example(1), example(2, split="test")]
    said = run(
        "import",
        tmp_path / "b.jsonl",
        "--out",
        tmp_path / "c.parquet",
        "--card",
        "headline.news",
        "--dataset",
        "d",
    )
    assert "1 examples (train 1), 0 with our columns" in said
    [found] = read_parquet(tmp_path / "c.parquet", Example)
    assert (found.card, found.dataset, found.prompt) == ("headline.news", "d", example(2).prompt)
    lines(tmp_path / "d.jsonl", {"instruction": "写标题", "output": "开馆"}, "{")
    assert "left out: broken_line: 1 (d.jsonl, line 2)" in run(
        "import", tmp_path / "d.jsonl", "--out", tmp_path / "d.parquet"
    )
