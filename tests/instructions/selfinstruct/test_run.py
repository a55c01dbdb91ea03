"""A run from documents to examples: what it writes, what it survives, and how it goes on."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from caibian.cli.instruct.selfinstruct import selfinstruct
from caibian.errors import EmptyResult, InputError, ModelError
from caibian.instructions.selfinstruct import SelfInstructConfig
from caibian.instructions.selfinstruct.again import disagreement
from caibian.instructions.selfinstruct.config import Limits
from caibian.instructions.selfinstruct.run import run
from caibian.models.chat import Choice, Conversation, Options
from caibian.models.openai_client import OpenAIChat
from caibian.models.scripted import ScriptedModel
from caibian.records import Answer, Example, Report, read_parquet
from tests.instructions.selfinstruct.files import encrypt_pdf, write_pdf
from tests.instructions.selfinstruct.house import RULES, good_answer, write_handbook

CONFIG = SelfInstructConfig(passage_tokens=130)


class Model(ScriptedModel):
    """Counts what it is asked; `fails` may raise for a question, by its number from 1."""

    def __init__(self, fails: Callable[[int], None] = lambda number: None, answer=good_answer) -> None:  # type: ignore[no-untyped-def]
        self.questions: list[Conversation] = []

        def say(conversation: Conversation) -> str:
            self.questions.append(conversation)
            fails(len(self.questions))
            return str(answer(conversation))

        super().__init__(say, "writer")


def fails_on(*numbers: int, reason: str = "HTTP 429: slow down") -> Callable[[int], None]:
    def fail(number: int) -> None:
        if number in numbers:
            raise ModelError(reason)

    return fail


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def handbook(tmp_path: Path) -> Path:
    return write_handbook(tmp_path)


def test_each_example_carries_its_passage_its_place_and_its_quote(tmp_path: Path, handbook: Path) -> None:
    report = run(CONFIG, [handbook], tmp_path / "out", Model())
    examples = read_parquet(tmp_path / "out/examples.parquet", Example)
    assert len(examples) == len(RULES) == report.rows_out
    first = examples[0]
    assert first.instruction == "《临澜晚报》对航拍有什么规定？"
    assert (first.card, first.dataset, first.language, first.split) == (
        "qa.document",
        "handbook.md",
        "zh",
        "train",
    )
    assert first.source_ids == ("handbook.md#passage=1",)
    assert RULES["航拍"] in str(first.source_text)
    evidence = {line["id"]: line for line in lines(tmp_path / "out/evidence.jsonl")}
    assert all(evidence[one.id]["quote"] in str(one.source_text) for one in examples)
    assert evidence[first.id]["section"] == "航拍"


def test_examples_of_a_pdf_carry_the_page(tmp_path: Path) -> None:
    more = "此外还要逐项登记备查。" * 7
    pages = [
        [f"第{k}章 {name}", f"《临澜晚报》规定，{RULES[name]}。", more] for k, name in enumerate(RULES, 1)
    ]
    path = write_pdf(tmp_path / "house.pdf", pages)
    run(SelfInstructConfig(passage_tokens=150), [path], tmp_path / "out", Model())
    places = [one.source_ids[0] for one in read_parquet(tmp_path / "out/examples.parquet", Example)]
    assert places[0] == "house.pdf#page=1#passage=1"
    assert places[-1].startswith("house.pdf#page=8#")


def test_the_report_counts_passages_requests_pairs_and_the_yield_before_and_after(
    tmp_path: Path, handbook: Path
) -> None:
    (tmp_path / "other.md").write_text("An English page about the newsroom. " * 12)
    (tmp_path / "short.txt").write_text("短。")
    run(CONFIG, [tmp_path], tmp_path / "out", Model())
    report = Report.read(tmp_path / "out")
    assert (report.rows_in, report.rows_out, report.dropped) == (16, 8, {"unanswerable": 8})
    assert report.metrics["passages"] == {
        "cut": 10,
        "left_out": {"other_language": 1, "too_short": 1},
        "asked_about": 8,
        "answered": 8,
        "unanswered": 0,
    }
    assert report.metrics["requests"]["answered_now"] == 8
    assert report.metrics["tokens"]["prompt"] > 0
    pairs = report.metrics["pairs"]
    assert (pairs["asked_for"], pairs["yield_before_checks"], pairs["yield_after_checks"]) == (16, 1.0, 0.5)
    refused = lines(tmp_path / "out/refused.jsonl")
    assert {line["detail"] for line in refused} == {"says: 如图"}


def test_a_failure_costs_its_passage_only_and_the_same_command_asks_only_for_that(
    tmp_path: Path, handbook: Path
) -> None:
    whole = tmp_path / "whole"
    run(CONFIG, [handbook], whole, Model())
    out = tmp_path / "out"
    report = run(CONFIG, [handbook], out, Model(fails_on(3, 5)))
    assert report.rows_out == 6
    assert report.metrics["passages"]["unanswered"] == 2
    (note,) = report.notes
    assert note.startswith(
        "2 passages have no answer yet (2 × HTTP 429: slow down). What was answered is kept"
    )
    again = Model()
    report = run(CONFIG, [handbook], out, again)
    assert len(again.questions) == 2
    assert report.metrics["requests"]["answered_before"] == 6
    assert report.notes == []
    for name in ("examples.parquet", "evidence.jsonl", "refused.jsonl"):
        assert (out / name).read_bytes() == (whole / name).read_bytes()


def test_ctrl_c_loses_no_answer(tmp_path: Path, handbook: Path) -> None:
    def stop(number: int) -> None:
        if number == 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(CONFIG, [handbook], tmp_path / "out", Model(stop))
    again = Model()
    assert run(CONFIG, [handbook], tmp_path / "out", again).rows_out == 8
    assert len(again.questions) == 3


def test_a_damaged_stored_answer_is_asked_for_again(tmp_path: Path, handbook: Path) -> None:
    run(CONFIG, [handbook], tmp_path / "out", Model())
    stored = sorted((tmp_path / "out/requests").glob("*/*.json"))
    assert len(stored) == 8
    stored[0].write_text('{"answer": {"te')
    again = Model()
    assert run(CONFIG, [handbook], tmp_path / "out", again).rows_out == 8
    assert len(again.questions) == 1


@pytest.mark.parametrize("change", [{"per_passage": 3}, {"topic": "operations"}, {"temperature": 0.7}])
def test_what_changes_the_question_asks_anew_and_what_changes_the_checks_does_not(
    tmp_path: Path, handbook: Path, change: dict[str, Any]
) -> None:
    run(CONFIG, [handbook], tmp_path / "out", Model())
    anew, checks = Model(), Model()
    run(CONFIG.model_copy(update=change), [handbook], tmp_path / "out", anew)
    stricter = CONFIG.model_copy(update={"answer_limits": Limits(least=5, most=30)})
    assert run(stricter, [handbook], tmp_path / "out", checks).dropped["too_long"] > 0
    assert (len(anew.questions), len(checks.questions)) == (8, 0)


def test_a_model_that_fails_again_and_again_is_given_up_and_the_rest_waits(tmp_path: Path) -> None:
    rules = {f"{name}{k}": rule.replace(name, f"{name}{k}") for k in range(4) for name, rule in RULES.items()}
    path = write_handbook(tmp_path, rules)
    model = Model(fails_on(*range(2, 99), reason="HTTP 401: no key"))
    report = run(CONFIG, [path], tmp_path / "out", model)
    assert len(model.questions) == 13  # one answer, twelve failures
    assert report.metrics["requests"]["not_asked"] == 32 - 13
    assert "19 were not asked" in report.notes[0]


def test_passages_that_are_too_long_for_the_model_do_not_stop_the_others(tmp_path: Path) -> None:
    rules = {f"{name}{k}": rule.replace(name, f"{name}{k}") for k in range(4) for name, rule in RULES.items()}

    def too_long(number: int) -> None:
        if number <= 20:
            raise ModelError(f"the conversation has {9000 + number} tokens and leaves no room for an answer")

    model = Model(too_long)
    report = run(CONFIG, [write_handbook(tmp_path, rules)], tmp_path / "out", model)
    assert len(model.questions) == 32
    assert report.metrics["requests"]["not_asked"] == 0


def test_a_run_without_any_answer_says_why_and_that_it_goes_on(tmp_path: Path, handbook: Path) -> None:
    with pytest.raises(
        ModelError, match=r"writer: 8 passages have no answer yet \(8 × HTTP 500.*same command"
    ):
        run(CONFIG, [handbook], tmp_path / "out", Model(fails_on(*range(1, 9), reason="HTTP 500: broken")))
    assert Report.read(tmp_path / "out").rows_out == 0


def test_a_run_that_yields_nothing_names_what_took_the_pairs(tmp_path: Path, handbook: Path) -> None:
    answers = iter(["材料里没有可问的。"] * 5 + ['{"pairs": [{"quote": "引", "instruction": "x"}'] * 3)
    with pytest.raises(EmptyResult, match=r"none of 8 pairs from 8 answers.*not_json 5, broken_pair 3"):
        run(CONFIG, [handbook], tmp_path / "out", Model(answer=lambda _: next(answers)))
    assert not (tmp_path / "out/examples.parquet").exists()
    assert lines(tmp_path / "out/refused.jsonl")[0]["answer"] == "材料里没有可问的。"


def test_the_few_shot_example_itself_is_refused(tmp_path: Path, handbook: Path) -> None:
    with pytest.raises(EmptyResult, match=r"none of 16 pairs.*: few_shot_leakage 16\."):
        run(CONFIG, [handbook], tmp_path / "out", Model(answer=lambda turns: turns[2]["content"]))


def test_documents_in_another_language_are_named_as_such(tmp_path: Path) -> None:
    path = tmp_path / "guide.txt"
    path.write_text("The desk checks every figure before it prints the story. " * 30)
    with pytest.raises(
        EmptyResult, match=r"no passage to ask about; taken by: other_language \d.*--language en"
    ):
        run(CONFIG, [path], tmp_path / "out", Model())


def test_one_unreadable_document_is_noted_and_costs_no_other(tmp_path: Path, handbook: Path) -> None:
    locked = encrypt_pdf(write_pdf(tmp_path / "plain.pdf", [["正文。"]]), tmp_path / "locked.pdf", user="x")
    report = run(CONFIG, [locked, handbook], tmp_path / "out", Model())
    assert report.rows_out == 8
    assert report.notes == [
        "A document was not read: locked.pdf: encrypted; save it without its password first "
        "(qpdf --decrypt, or print to PDF)"
    ]
    with pytest.raises(InputError, match=r"locked\.pdf: encrypted"):
        run(CONFIG, [locked], tmp_path / "alone", Model())


def test_a_limit_draws_passages_by_the_seed(tmp_path: Path, handbook: Path) -> None:
    def drawn(seed: int, out: str) -> list[str]:
        config = CONFIG.model_copy(update={"limit": 3, "seed": seed})
        run(config, [handbook], tmp_path / out, Model())
        return [one.id for one in read_parquet(tmp_path / out / "examples.parquet", Example)]

    first = drawn(0, "a")
    assert len(first) == 3
    assert first == drawn(0, "b")
    assert len({tuple(drawn(seed, f"s{seed}")) for seed in range(4)}) > 1


def test_the_same_text_in_two_files_is_asked_about_once(tmp_path: Path, handbook: Path) -> None:
    (tmp_path / "copy.md").write_bytes(handbook.read_bytes())
    model = Model()
    report = run(CONFIG, [handbook, tmp_path / "copy.md"], tmp_path / "out", model)
    assert len(model.questions) == 8
    assert report.metrics["passages"]["left_out"] == {"repeated": 8}


class Plain:
    """A `ChatModel` that is no backend of ours: it hands its answers back together."""

    name = "plain"

    def __init__(self) -> None:
        self.batches: list[int] = []

    def generate(self, conversations: list[Conversation], options: Options = Options()) -> list[Answer]:  # noqa: B008
        self.batches.append(len(conversations))
        return [Answer(text=good_answer(one), model=self.name) for one in conversations]

    def stream(self, conversation: Conversation, options: Options = Options()) -> Iterator[str]:  # noqa: B008
        raise NotImplementedError

    def choose(self, conversation: Conversation, choices: Any) -> Choice:
        raise NotImplementedError

    def logprobs(self, conversation: Conversation, answer: str) -> list[float]:
        raise NotImplementedError

    def close(self) -> None:
        pass


def test_any_chat_model_will_do_and_its_answers_are_kept_batch_by_batch(
    tmp_path: Path, handbook: Path
) -> None:
    model = Plain()
    assert run(CONFIG, [handbook], tmp_path / "out", model).rows_out == 8
    assert model.batches == [4, 4]


@pytest.fixture
def server() -> Iterator[tuple[str, list[int]]]:
    """A chat server that first answers 429, 500 and nothing at all, then as it should; yields its URL and statuses."""
    statuses: list[int] = []
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            with lock:
                status = {1: 429, 2: 500, 3: 0}.get(len(statuses) + 1, 200)
                statuses.append(status)
            if status == 0:
                self.close_connection = True  # hangs up without a word
                return
            text = good_answer(body["messages"]) if status == 200 else ""
            assert body["response_format"]["json_schema"]["schema"]["required"] == ["pairs"]
            choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
            data = json.dumps({"choices": [choice], "usage": {"prompt_tokens": 9, "completion_tokens": 4}})
            self.send_response(status)
            self.send_header("content-length", str(len(data.encode())))
            self.end_headers()
            self.wfile.write(data.encode())

        def log_message(self, *_: Any) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    threading.Thread(target=http.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{http.server_port}/v1", statuses
    http.shutdown()
    http.server_close()


def test_429_500_and_silence_of_a_server_are_counted_and_asked_again_by_the_next_run(
    tmp_path: Path, handbook: Path, server: tuple[str, list[int]]
) -> None:
    url, statuses = server
    settings: dict[str, Any] = {"retries": 0, "concurrency": 1, "cache": False}
    with OpenAIChat(url, "m", ledger=tmp_path / "ledger", **settings) as model:
        report = run(CONFIG, [handbook], tmp_path / "out", model)
    assert report.rows_out == 5
    reasons = " ".join(report.metrics["requests"]["failed"])
    assert all(what in reasons for what in ("HTTP 429", "HTTP 500", "no answer"))
    with OpenAIChat(url, "m", ledger=tmp_path / "ledger", **settings) as model:
        report = run(CONFIG, [handbook], tmp_path / "out", model)
    assert (report.rows_out, len(statuses)) == (8, 8 + 3)
    assert report.metrics["tokens"] == {"prompt": 72, "completion": 32}


def test_the_command_line_prints_the_yield_and_what_took_the_rest(tmp_path: Path, handbook: Path) -> None:
    app = typer.Typer()
    app.command()(selfinstruct)
    answer = json.dumps(
        {
            "pairs": [
                {
                    "quote": RULES["航拍"],
                    "instruction": "《临澜晚报》对航拍有什么规定？",
                    "answer": f"按规定，{RULES['航拍']}。",
                }
            ]
        }
    )
    asked = [str(handbook), "--out", str(tmp_path / "out"), "--passage-tokens", "130"]
    done = CliRunner().invoke(app, [*asked, "--model", f"scripted:{answer}"])
    assert done.exit_code == 0, done.output
    assert "8 passages, 8 asked about, 8 answered" in done.output
    assert "8 pairs written of 16 asked for" in done.output
    assert "refused: off_topic 7 (88%)" in done.output
    assert "1 examples: " in done.output
    script = tmp_path / "script.json"
    script.write_text(json.dumps({"航拍": answer}))  # an answer to a question that nobody asks
    done = CliRunner().invoke(app, [*asked, "--model", f"scripted:{script}", "--per-passage", "3"])
    assert isinstance(done.exception, ModelError)
    assert "the script has no answer" in str(done.exception)
    wrong = CliRunner().invoke(app, [*asked, "--language", "fr"])
    assert wrong.exit_code == 2


def test_the_command_line_exits_with_1_and_says_what_to_do_while_passages_wait(
    tmp_path: Path, handbook: Path, server: tuple[str, list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("caibian.models.openai_client.model.SLEEP", lambda _: None)
    monkeypatch.setattr("caibian.models.openai_client.transport._RETRIED", frozenset())
    monkeypatch.setenv("CAIBIAN_HOME", str(tmp_path / "home"))
    app = typer.Typer()
    app.command()(selfinstruct)
    asked = [
        str(handbook),
        "--out",
        str(tmp_path / "out"),
        "--passage-tokens",
        "130",
        "--model",
        f"{server[0]}#m",
    ]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 1
    assert "2 passages have no answer yet" in done.output
    assert "the same command asks only for the rest" in " ".join(done.output.split())
    done = CliRunner().invoke(app, asked)
    assert (done.exit_code, "8 examples: " in done.output) == (0, True)


def test_what_the_model_answers_otherwise_when_asked_again_is_not_kept(
    tmp_path: Path, handbook: Path
) -> None:
    def answer(conversation: Conversation) -> str:
        question = conversation[-1]["content"]
        if "问题：" not in question:
            return good_answer(conversation)
        if "航拍" in question:
            return "由值班编辑葛薇每天抄录，不得转载。"
        if "匿名爆料" in question:
            return "材料没有说明。"
        return f"规定是：{next(rule for name, rule in RULES.items() if name in question)}。"

    config = CONFIG.model_copy(update={"confirm": True})
    model = Model(answer=answer)
    report = run(config, [handbook], tmp_path / "out", model)
    kept = {example.instruction for example in read_parquet(tmp_path / "out/examples.parquet", Example)}
    assert report.dropped["not_confirmed"] == 2
    assert len(kept) == len(RULES) - 2 == len(lines(tmp_path / "out/evidence.jsonl"))
    assert not any("航拍" in one or "匿名爆料" in one for one in kept)
    asked = len(model.questions)
    assert run(config, [handbook], tmp_path / "out", model).dropped == report.dropped
    assert len(model.questions) == asked  # every second answer is stored too


def test_only_the_share_that_the_model_is_surest_of_is_kept(tmp_path: Path, handbook: Path) -> None:
    doubted = ("航拍", "匿名爆料", "天气预警")

    def answer(conversation: Conversation) -> str:
        asked = conversation[-1]["content"]
        if "回答：" not in asked:
            return good_answer(conversation)
        return "错" if any(name in asked for name in doubted) else "对"

    out = tmp_path / "out"
    model = ScriptedModel(answer)
    config = CONFIG.model_copy(update={"best": 0.6})
    report = run(config, [handbook], out, model)
    kept = {example.instruction for example in read_parquet(out / "examples.parquet", Example)}
    assert report.dropped["unsure"] == 3
    assert len(kept) == 5 == len(lines(out / "evidence.jsonl"))  # 60 % of eight, rounded up
    assert not any(name in one for one in kept for name in doubted)
    assert all(line["log_odds"] > 0 for line in lines(out / "evidence.jsonl"))
    refused = [line for line in lines(out / "refused.jsonl") if line["reason"] == "unsure"]
    assert all("-" in line["detail"] for line in refused)
    before = report.metrics["requests"]["answered_now"]
    again = run(config, [handbook], out, model).metrics["requests"]
    assert (again["answered_now"], again["answered_before"]) == (0, before)  # closed questions are stored too


def test_a_pair_that_could_not_be_asked_about_is_left_for_the_next_run(
    tmp_path: Path, handbook: Path
) -> None:
    failing = True

    def answer(conversation: Conversation) -> str:
        asked = conversation[-1]["content"]
        if failing and "回答：" in asked and "航拍" in asked:
            raise ModelError("overloaded")
        return "对" if "回答：" in asked else good_answer(conversation)

    config = CONFIG.model_copy(update={"best": 0.99})
    report = run(config, [handbook], tmp_path / "out", ScriptedModel(answer))
    assert (report.dropped["unsure"], report.rows_out) == (1, len(RULES) - 1)
    assert report.metrics["passages"]["unanswered"] == 3  # in each of its framings
    failing = False
    assert run(config, [handbook], tmp_path / "out", ScriptedModel(answer)).rows_out == len(RULES)


def test_two_answers_that_give_other_figures_disagree() -> None:
    example = Example(
        "1",
        "岚桥日报的录音怎样保存？",
        "",
        "录音上传编辑部服务器，保存三年。",
        "qa.document",
        "x.md",
        "zh",
        "train",
    )
    assert disagreement(example, "《岚桥日报》的录音文件上传服务器，保存三年。") == ""
    assert "other figures" in disagreement(example, "录音上传编辑部服务器，保存五年。")
    assert "材料没有说明" in disagreement(example, "材料没有说明。")


def test_a_passage_of_commands_between_chinese_words_is_not_asked_about(
    tmp_path: Path, handbook: Path
) -> None:
    commands = "\n".join(
        f"运行 apt-get install libreoffice-writer-{n} 之后再执行 dpkg --configure 安装。" for n in range(12)
    )
    (tmp_path / "commands.txt").write_text(commands, encoding="utf-8")
    report = run(CONFIG, [handbook, tmp_path / "commands.txt"], tmp_path / "out", Model())
    assert report.metrics["passages"]["left_out"].get("mixed_language", 0) >= 1
    assert report.metrics["documents"]["commands.txt"]["examples"] == 0
    assert report.rows_out == len(RULES)
